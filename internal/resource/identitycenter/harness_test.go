package identitycenter

import (
	"encoding/json"
	"log/slog"
	"net/url"
	"testing"

	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/api/ssooidc"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/oidc/oidctest"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/identitycenter/people"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// The customer has the Identity Center; the vendor is another account that asks for
// tokens.
const (
	customer = "111122223333"
	vendor   = "444455556666"
	absent   = "00000000-0000-4000-8000-000000000000"
	password = "correct horse battery"
	callback = "https://vendor.example/callback"
)

// world is one customer's Identity Center and one vendor's role.
type world struct {
	*Service
	clock  *storetest.Clock
	calls  *op.Registry
	roles  *principal.Service
	idp    *oidctest.Issuer // of the vendor
	admin  op.Caller        // the customer's root
	vendor op.Caller        // a session of the vendor's role, which may ask for tokens
	ann    string           // ID of a user
}

// each runs a test on every database.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newWorld(t, db, clock)) }, storetest.WithClock(clock.Now))
}

func newWorld(t testing.TB, db *store.DB, clock *storetest.Clock) *world {
	t.Helper()
	keys := seal.Random()
	pages := page.New(keys)
	w := &world{
		clock: clock, idp: oidctest.New(t), admin: optest.Root(customer),
		roles: &principal.Service{DB: db, Keys: keys, Pages: pages, Now: clock.Now},
	}
	w.idp.Now = clock.Now
	w.Service = &Service{
		DB: db, Keys: keys, Pages: pages, Replays: &replay.Book{DB: db}, NewID: uuid.NewString, Now: clock.Now,
		Jobs:   job.New(db, slog.New(slog.DiscardHandler), clock.Now),
		People: &people.Service{DB: db, Keys: keys, Pages: pages, NewID: uuid.NewString, Rounds: 10},
		Tokens: &oidc.Verifier{Out: w.idp.Out(t), Now: clock.Now},
		Grants: w.roles.Grants, PublicURL: "https://parley.example/",
	}
	w.People.Removed = w.Forget
	w.calls = &op.Registry{Access: optest.Anyone{}, Replays: w.Replays}
	w.Mount(w.calls)
	w.vendor = w.role(t, vendor, "search", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sso-oauth:CreateTokenWithIAM","Resource":"*"}]}`)
	w.ann = w.user(t, "ann", "ann@example.com")
	return w
}

const trust = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`

// role makes a role with a policy, or none, and is a session of it.
func (w *world) role(t testing.TB, account, name, policy string) op.Caller {
	t.Helper()
	root := optest.Root(account)
	if _, err := w.roles.CreateRole(t.Context(), root, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: trust}); err != nil {
		t.Fatal(err)
	}
	if policy != "" {
		if _, err := w.roles.PutRolePolicy(t.Context(), root, &iam.PutRolePolicyInput{RoleName: name, PolicyName: "inline", PolicyDocument: policy}); err != nil {
			t.Fatal(err)
		}
	}
	r, found, err := w.roles.Role(t.Context(), "arn:aws:iam::"+account+":role/"+name)
	if err != nil || !found {
		t.Fatalf("role %s: %v, %v", name, found, err)
	}
	c := r.Session("ann")
	c.Region = "us-east-1"
	return c
}

// user adds a user with a password.
func (w *world) user(t testing.TB, name, email string) string {
	t.Helper()
	id, err := w.People.Add(t.Context(), customer, people.NewUser{UserName: name, Email: email, Password: password})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// application makes one that every user may use, and that admits the vendor's role.
func (w *world) application(t testing.TB) string {
	t.Helper()
	arn := *optest.Must(t, w.calls, w.admin, ssoadmin.CreateApplication, &ssoadmin.CreateApplicationInput{
		InstanceARN: InstanceARN(customer), ApplicationProviderARN: providerCustom, Name: "Search desk",
	}).ApplicationARN
	w.admitsRole(t, arn, w.vendor.Role)
	w.open(t, arn, true)
	for _, scope := range []string{scopeConversations, scopeContent} {
		optest.Must(t, w.calls, w.admin, ssoadmin.PutApplicationAccessScope, &ssoadmin.PutApplicationAccessScopeInput{ApplicationARN: arn, Scope: scope})
	}
	return arn
}

func (w *world) admitsRole(t testing.TB, arn, role string) {
	t.Helper()
	optest.Must(t, w.calls, w.admin, ssoadmin.PutApplicationAuthenticationMethod, &ssoadmin.PutApplicationAuthenticationMethodInput{
		ApplicationARN: arn, AuthenticationMethodType: ssoadmin.AuthenticationMethodTypeIAM,
		AuthenticationMethod: ssoadmin.AuthenticationMethod{IAM: &ssoadmin.IAMAuthenticationMethod{ActorPolicy: actorPolicy(role)}},
	})
}

func (w *world) open(t testing.TB, arn string, open bool) {
	t.Helper()
	optest.Must(t, w.calls, w.admin, ssoadmin.PutApplicationAssignmentConfiguration, &ssoadmin.PutApplicationAssignmentConfigurationInput{
		ApplicationARN: arn, AssignmentRequired: !open,
	})
}

func (w *world) assign(t testing.TB, arn string, kind ssoadmin.PrincipalType, id string) {
	t.Helper()
	optest.Must(t, w.calls, w.admin, ssoadmin.CreateApplicationAssignment, &ssoadmin.CreateApplicationAssignmentInput{
		ApplicationARN: arn, PrincipalType: kind, PrincipalID: id,
	})
}

func (w *world) grant(t testing.TB, arn string, kind ssoadmin.GrantType, g ssoadmin.Grant) {
	t.Helper()
	optest.Must(t, w.calls, w.admin, ssoadmin.PutApplicationGrant, &ssoadmin.PutApplicationGrantInput{ApplicationARN: arn, GrantType: kind, Grant: g})
}

// byCodes lets the application sign users in on the page, and refresh.
func (w *world) byCodes(t testing.TB, arn string, redirects ...string) {
	t.Helper()
	w.grant(t, arn, grantCode, ssoadmin.Grant{AuthorizationCode: &ssoadmin.AuthorizationCodeGrant{RedirectUris: append(redirects, callback)}})
	w.grant(t, arn, grantRefresh, ssoadmin.Grant{RefreshToken: &ssoadmin.RefreshTokenGrant{}})
}

// trusts makes the vendor's issuer a trusted one, and the application take its
// tokens. It returns the issuer's ARN.
func (w *world) trusts(t testing.TB, arn, claim, attribute string) string {
	t.Helper()
	issuer := *optest.Must(t, w.calls, w.admin, ssoadmin.CreateTrustedTokenIssuer, issuerOf("vendor", w.idp.URL, claim, attribute)).TrustedTokenIssuerARN
	w.grant(t, arn, grantBearer, ssoadmin.Grant{JwtBearer: &ssoadmin.JwtBearerGrant{AuthorizedTokenIssuers: []ssoadmin.AuthorizedTokenIssuer{
		{TrustedTokenIssuerARN: &issuer, AuthorizedAudiences: []string{"parley", "tenant-7"}},
	}}})
	return issuer
}

func issuerOf(name, url, claim, attribute string) *ssoadmin.CreateTrustedTokenIssuerInput {
	return &ssoadmin.CreateTrustedTokenIssuerInput{
		InstanceARN: InstanceARN(customer), Name: name, TrustedTokenIssuerType: ssoadmin.TrustedTokenIssuerTypeOIDCJwt,
		TrustedTokenIssuerConfiguration: ssoadmin.TrustedTokenIssuerConfiguration{OIDCJwtConfiguration: &ssoadmin.OIDCJwtConfiguration{
			IssuerURL: url, ClaimAttributePath: claim, IdentityStoreAttributePath: attribute,
			JwksRetrievalOption: ssoadmin.JwksRetrievalOptionOpenIDDiscovery,
		}},
	}
}

// token asks for tokens.
func (w *world) token(t testing.TB, c op.Caller, in *ssooidc.CreateTokenWithIAMInput) (*ssooidc.CreateTokenWithIAMOutput, error) {
	t.Helper()
	return optest.Call(t, w.calls, c, ssooidc.CreateTokenWithIAM, in)
}

func byAssertion(arn, assertion string) *ssooidc.CreateTokenWithIAMInput {
	return &ssooidc.CreateTokenWithIAMInput{ClientID: arn, GrantType: string(grantBearer), Assertion: &assertion}
}

func byCode(arn, code string) *ssooidc.CreateTokenWithIAMInput {
	return &ssooidc.CreateTokenWithIAMInput{ClientID: arn, GrantType: string(grantCode), Code: &code, RedirectURI: new(callback)}
}

func byRefresh(arn, token string) *ssooidc.CreateTokenWithIAMInput {
	return &ssooidc.CreateTokenWithIAMInput{ClientID: arn, GrantType: string(grantRefresh), RefreshToken: &token}
}

// query is that of a browser which an application sends to the sign-in page.
func query(arn string, more ...string) url.Values {
	q := url.Values{"response_type": {"code"}, "client_id": {arn}, "redirect_uri": {callback}, "state": {"s7&%"}}
	for i := 0; i < len(more); i += 2 {
		q.Set(more[i], more[i+1])
		if more[i+1] == "" {
			q.Del(more[i])
		}
	}
	return q
}

// signedIn signs ann in on the page and returns the code.
func (w *world) signedIn(t testing.TB, arn string, more ...string) string {
	t.Helper()
	asked, err := w.Authorize(t.Context(), query(arn, more...))
	if err != nil || asked.Ticket == "" {
		t.Fatalf("%+v, %v", asked, err)
	}
	done, err := w.SignIn(t.Context(), asked.Ticket, "ann", password)
	if err != nil || done.To == "" {
		t.Fatalf("%+v, %v", done, err)
	}
	to, err := url.Parse(done.To)
	if err != nil || to.Query().Get("code") == "" {
		t.Fatalf("%s, %v", done.To, err)
	}
	return to.Query().Get("code")
}

// claims are those of a token, which nobody verifies here.
func claims(t testing.TB, token string) oidc.Claims {
	t.Helper()
	var said oidc.Claims
	if err := json.Unmarshal(payload(t, token), &said); err != nil {
		t.Fatal(err)
	}
	return said
}

// groupOf makes a group of users.
func (w *world) groupOf(t testing.TB, name string, users ...string) string {
	t.Helper()
	id := optest.Must(t, w.calls, w.admin, identitystore.CreateGroup, &identitystore.CreateGroupInput{
		IdentityStoreID: people.StoreID(customer), DisplayName: &name}).GroupID
	for _, user := range users {
		optest.Must(t, w.calls, w.admin, identitystore.CreateGroupMembership, &identitystore.CreateGroupMembershipInput{
			IdentityStoreID: people.StoreID(customer), GroupID: id, MemberID: identitystore.MemberID{UserID: &user}})
	}
	return id
}
