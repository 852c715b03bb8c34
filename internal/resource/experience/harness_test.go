package experience

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/secretstore"
	"github.com/parleyhq/parley/internal/resource/tag"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	account = "111122223333"
	public  = "https://parley.example.com"
)

func us() op.Caller {
	c := optest.Root(account)
	c.Origin = op.Origin{Host: "127.0.0.1:8080"}
	return c
}

// rig is a server with the rooms that experiences stand on.
type rig struct {
	*Service
	*op.Registry
	clock *storetest.Clock
	jobs  *job.Queue
	vault *secretstore.Service
	apps  *application.Service
}

// id is the n-th experience's.
func id(n int) string { return fmt.Sprintf("e0000000-0000-4000-8000-%012d", n) }

func each(t *testing.T, test func(t *testing.T, r *rig), opts ...storetest.Option) {
	clock := storetest.NewClock()
	opts = append(opts, storetest.WithClock(clock.Now))
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newRig(t, db, clock)) }, opts...)
}

func newRig(t *testing.T, db *store.DB, clock *storetest.Clock) *rig {
	t.Helper()
	keys, book := seal.Random(), &replay.Book{DB: db}
	pages, jobs := page.New(keys), job.New(db, slog.New(slog.DiscardHandler), clock.Now)
	people := &principal.Service{DB: db, Keys: keys, Pages: pages, Now: clock.Now}
	roles := &principal.ServiceRoles{Principals: people, TrustUnknown: true}
	var n, m atomic.Int64
	apps := &application.Service{
		DB: db, Jobs: jobs, Pages: pages, Replays: book, Roles: roles, Below: []application.Purger{PurgeApplication},
		NewID: func() string { return fmt.Sprintf("a0000000-0000-4000-8000-%012d", m.Add(1)) },
	}
	vault := &secretstore.Service{DB: db, Keys: keys, Jobs: jobs, Pages: pages}
	r := &rig{
		Registry: &op.Registry{Access: optest.Anyone{}, Replays: book}, clock: clock, jobs: jobs, vault: vault, apps: apps,
		Service: &Service{
			DB: db, Keys: keys, Jobs: jobs, Pages: pages, Replays: book, Apps: apps, Roles: roles, Now: clock.Now, PublicURL: public + "/",
			Secrets: &secretstore.Resolver{Own: vault, Remote: secretstore.NewRemote(secretstore.RemoteConfig{})}, NewID: func() string { return id(int(n.Add(1))) },
		},
	}
	(&tag.Service{DB: db, Kinds: map[string]tag.Kind{"application/web-experience": Kind}}).Mount(r.Registry)
	for _, mount := range []func(*op.Registry){apps.Mount, vault.Mount, people.Mount, r.Service.Mount} {
		mount(r.Registry)
	}
	for _, work := range []func(){apps.Work, vault.Work, r.Service.Work} {
		work()
	}
	return r
}

func call[In, Out any](t *testing.T, r *rig, o *smithy.Operation[In, Out], in *In) (*Out, error) {
	t.Helper()
	return optest.Call(t, r.Registry, us(), o, in)
}

func must[In, Out any](t *testing.T, r *rig, o *smithy.Operation[In, Out], in *In) *Out {
	t.Helper()
	return optest.Must(t, r.Registry, us(), o, in)
}

// work runs the jobs that are due.
func (r *rig) work(t *testing.T) {
	t.Helper()
	if _, err := r.jobs.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// app makes an application with users of a type.
func (r *rig) app(t *testing.T, kind api.IdentityType) string {
	t.Helper()
	in := &api.CreateApplicationInput{DisplayName: "app-" + string(kind), IdentityType: &kind}
	switch kind {
	case api.IdentityTypeAwsIAMIDC:
		in.IdentityCenterInstanceARN = new("arn:aws:sso:::instance/ssoins-1111222233334444")
	case api.IdentityTypeAwsIAMIDPSAML:
		in.IAMIdentityProviderARN = new("arn:aws:iam::" + account + ":saml-provider/idp")
	case api.IdentityTypeAwsIAMIDPOIDC:
		in.IAMIdentityProviderARN, in.ClientIDsForOIDC = new("arn:aws:iam::"+account+":oidc-provider/idp.example.com"), []string{"client"}
	case api.IdentityTypeAwsQuicksightIDP:
		in.QuickSightConfiguration = &api.QuickSightConfiguration{ClientNamespace: "default"}
	case api.IdentityTypeAnonymous:
	}
	return *must(t, r, api.CreateApplication, in).ApplicationID
}

// open makes an experience of an ANONYMOUS application.
func (r *rig) open(t *testing.T) (app, experience string) {
	t.Helper()
	app = r.app(t, api.IdentityTypeAnonymous)
	return app, *must(t, r, api.CreateWebExperience, &api.CreateWebExperienceInput{
		ApplicationID: app, Title: new("Ask us"), Subtitle: new("Anything"), WelcomeMessage: new("Good to have you."),
	}).WebExperienceID
}

func (r *rig) get(t *testing.T, app, id string) *api.GetWebExperienceOutput {
	t.Helper()
	return must(t, r, api.GetWebExperience, &api.GetWebExperienceInput{ApplicationID: app, WebExperienceID: id})
}

const (
	role       = "arn:aws:iam::" + account + ":role/page"
	secretRole = "arn:aws:iam::" + account + ":role/reader"
)

// secret keeps a value, and returns its ARN.
func (r *rig) secret(t *testing.T, value string) string {
	t.Helper()
	return *must(t, r, secretsmanager.CreateSecret, &secretsmanager.CreateSecretInput{Name: "oidc", SecretString: &value}).ARN
}

func oidc(secret string) *api.IdentityProviderConfiguration {
	return &api.IdentityProviderConfiguration{OpenIDConnectConfiguration: &api.OpenIDConnectProviderConfiguration{SecretsARN: secret, SecretsRole: secretRole}}
}

func samlAt(address string) *api.IdentityProviderConfiguration {
	return &api.IdentityProviderConfiguration{SAMLConfiguration: &api.SAMLProviderConfiguration{AuthenticationURL: address}}
}

// makeRole makes a role that trusts somebody, and may read secrets.
func (r *rig) makeRole(t *testing.T, name, trust string) {
	t.Helper()
	must(t, r, iam.CreateRole, &iam.CreateRoleInput{RoleName: name,
		AssumeRolePolicyDocument: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"` + trust + `"},"Action":"sts:AssumeRole"}}`})
	must(t, r, iam.PutRolePolicy, &iam.PutRolePolicyInput{RoleName: name, PolicyName: "reads",
		PolicyDocument: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}}`})
}

func absent(kind, id string) fault.Error {
	return fault.Error{Code: fault.ResourceNotFound, ResourceType: kind, ResourceID: id}
}
