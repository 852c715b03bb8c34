package session

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/principal"
)

const (
	own   = "111122223333"
	other = "444455556666"
)

// world is a service with the identities that it asks for, and a clock.
type world struct {
	*Service
	*storetest.Clock
	t     testing.TB
	calls *op.Registry
}

// each runs a test on every kind of store.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		test(t, newWorld(t, db, clock, seal.Random()))
	}, storetest.WithClock(clock.Now))
}

// alone is a world on the embedded store.
func alone(t testing.TB) *world {
	clock := storetest.NewClock()
	return newWorld(t, storetest.New(t, storetest.WithClock(clock.Now)), clock, seal.Random())
}

func newWorld(t testing.TB, db *store.DB, clock *storetest.Clock, keys *seal.Keys) *world {
	w := &world{t: t, Clock: clock, calls: &op.Registry{Access: optest.Anyone{}, Replays: optest.NoTokens{}}}
	w.Service = &Service{
		DB: db, Keys: keys, Now: clock.Now,
		Principals: &principal.Service{DB: db, Keys: keys, Pages: page.New(keys), Now: clock.Now},
		Contexts:   oneContext,
	}
	w.Service.Mount(w.calls)
	w.Principals.Mount(w.calls)
	return w
}

// Now is the clock's time.
func (w *world) Now() time.Time { return w.Clock.Now() }

// oneContext knows one context assertion.
func oneContext(_ context.Context, assertion string) (op.Person, map[string][]string, error) {
	if assertion != "assertion" {
		return op.Person{}, nil, ErrContext
	}
	keys := map[string][]string{"identitystore:UserId": {"u-1"}, "identitycenter:ApplicationArn": {"arn:aws:sso::111122223333:application/ssoins-1/apl-1"}}
	return op.Person{ID: "u-1", Name: "ann", Email: "ann@example.com", Groups: []string{"g-1"}}, keys, nil
}

// role makes a role. Its trust policy and its own policies are statements.
func (w *world) role(account, name, trust string, own ...string) principal.Role {
	w.t.Helper()
	optest.Must(w.t, w.calls, optest.Root(account), iam.CreateRole, &iam.CreateRoleInput{
		RoleName: name, AssumeRolePolicyDocument: document(trust), MaxSessionDuration: new(int32(7200)),
		Tags: []iam.Tag{{Key: "team", Value: "search"}, {Key: "Kind", Value: "robot"}},
	})
	for _, statement := range own {
		optest.Must(w.t, w.calls, optest.Root(account), iam.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: name, PolicyName: "own", PolicyDocument: document(statement)})
	}
	r, found, err := w.Principals.Role(w.t.Context(), "arn:aws:iam::"+account+":role/"+name)
	if err != nil || !found {
		w.t.Fatalf("the role %s: found %t, %v", name, found, err)
	}
	return r
}

// trusts gives a role another trust policy.
func (w *world) trusts(role principal.Role, statements ...string) {
	w.t.Helper()
	optest.Must(w.t, w.calls, optest.Root(role.Account), iam.UpdateAssumeRolePolicy, &iam.UpdateAssumeRolePolicyInput{
		RoleName: role.Name, PolicyDocument: document(statements...),
	})
}

// user makes a user, and is the caller that signs with a key of theirs.
func (w *world) user(account, name string, own ...string) op.Caller {
	w.t.Helper()
	root := optest.Root(account)
	out := optest.Must(w.t, w.calls, root, iam.CreateUser, &iam.CreateUserInput{UserName: name, Tags: []iam.Tag{{Key: "team", Value: "search"}}})
	if len(own) > 0 {
		optest.Must(w.t, w.calls, root, iam.PutUserPolicy, &iam.PutUserPolicyInput{UserName: name, PolicyName: "own", PolicyDocument: document(own...)})
	}
	return op.Caller{
		Account: account, Region: "us-east-1", Principal: out.User.ARN, ID: out.User.UserID, Tags: map[string]string{"team": "search"},
		Origin: op.Origin{IP: netip.MustParseAddr("192.0.2.1"), Secure: true, At: w.Now()},
	}
}

// account is the user who signs.
func (w *world) account(c op.Caller) *principal.User {
	w.t.Helper()
	u, found, err := w.Principals.User(w.t.Context(), c.Principal)
	if err != nil || !found {
		w.t.Fatalf("the user %s: found %t, %v", c.Principal, found, err)
	}
	return &u
}

// document is a policy of statements.
func document(statements ...string) string {
	return `{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`
}

// allow is a statement of an identity-based policy.
func allow(actions string) string {
	return `{"Effect":"Allow","Resource":"*","Action":` + list(actions) + `}`
}

// trust is a statement of a trust policy, with what comes after as it is.
func trust(who, actions string, more ...string) string {
	return `{"Effect":"Allow","Principal":{"AWS":"` + who + `"},"Action":` + list(actions) + strings.Join(append([]string{""}, more...), ",") + `}`
}

// when is a condition.
func when(operator, key, value string) string {
	return `"Condition":{"` + operator + `":{"` + key + `":` + list(value) + `}}`
}

func list(words string) string { return `["` + strings.Join(strings.Fields(words), `","`) + `"]` }

// into is a request to assume a role.
func into(role string) *sts.AssumeRoleInput {
	return &sts.AssumeRoleInput{RoleARN: role, RoleSessionName: "ann"}
}

// assume begins a session that has to begin, and is who signs with it.
func (w *world) assume(c op.Caller, in *sts.AssumeRoleInput) (op.Caller, *sts.AssumeRoleOutput) {
	w.t.Helper()
	out := optest.Must(w.t, w.calls, c, sts.AssumeRole, in)
	return w.signer(out.Credentials), out
}

// signer is who signs with credentials.
func (w *world) signer(k *sts.Credentials) op.Caller {
	w.t.Helper()
	c, secret, err := w.Find(w.t.Context(), k.AccessKeyID, k.SessionToken)
	if err != nil || secret != k.SecretAccessKey {
		w.t.Fatalf("the new session is not found: %v", err)
	}
	c.Region = "us-east-1"
	return c
}

// refuses compares an error with a fault and its words.
func refuses(t testing.TB, err error, code fault.Code, message string) {
	t.Helper()
	if f := fault.As(err); f == nil || f.Code != code || f.Message != message {
		t.Errorf("got  %v\nwant %s: %s", err, code, message)
	}
}

// plain compares addresses as the values that they are.
var plain = cmpopts.EquateComparable(netip.Addr{})
