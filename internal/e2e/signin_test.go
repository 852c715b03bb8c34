package e2e

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/parleyhq/parley/internal/e2e/launch"
	"github.com/parleyhq/parley/internal/resource/plugin/login/oauthtest"
)

// vault is the official client of the secret store on the same endpoint.
func (s *site) vault() *secretsmanager.Client {
	return secretsmanager.NewFromConfig(aws.Config{
		Region: launch.Region, BaseEndpoint: &s.server.Endpoint, HTTPClient: s.answers.client(),
		Credentials: aws.CredentialsProviderFunc(provide(s.server.Key)),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
}

// secret stores a secret and returns its ARN.
func (s *site) secret(t *testing.T, name, value string) string {
	t.Helper()
	out := must(s.vault().CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: &name, SecretString: &value}))(t)
	return *out.ARN
}

// role makes the role that plugins read their secrets with.
func (s *site) role(t *testing.T) *string {
	t.Helper()
	return new(must(launch.Role(t.Context(), s.server.Endpoint, s.server.Key, "000000000000"))(t))
}

// secretAuth is the authorization of a plugin whose document says the rest.
func (s *site) secretAuth(t *testing.T, arn string) types.PluginAuthConfiguration {
	t.Helper()
	return &types.PluginAuthConfigurationMemberOAuth2ClientCredentialConfiguration{Value: types.OAuth2ClientCredentialConfiguration{
		SecretArn: &arn, RoleArn: s.role(t),
	}}
}

// oauthSecurity is the security of a document whose users sign in at a server.
func oauthSecurity(o *oauthtest.Server) string {
	return fmt.Sprintf(`
security: [{signIn: [tickets]}]
components:
  securitySchemes:
    signIn:
      type: oauth2
      flows: {authorizationCode: {authorizationUrl: %[1]s/authorize, tokenUrl: %[1]s/token, scopes: {tickets: Tickets}}}
`, o.URL)
}

// guarded is a server with a plugin whose desk wants a sign-in at an
// authorization server. The browser comes back to the server's own page.
func guarded(t *testing.T, database string, flags ...string) (*talk, *desk, *oauthtest.Server) {
	t.Helper()
	d, o := newDesk(t), oauthtest.New(t)
	s := open(t, database, append([]string{"--outbound-allow", d.URL + "," + o.URL}, flags...)...)
	o.Redirect = s.server.Endpoint + "/oauth/callback"
	return s.guardedBy(t, "desk", d, o), d, o
}

// guardedBy makes a plugin of a desk that admits whom an authorization server
// gave a token.
func (s *site) guardedBy(t *testing.T, name string, d *desk, o *oauthtest.Server) *talk {
	t.Helper()
	d.behind(o)
	arn := s.secret(t, "QBusiness-plugin-"+name, o.Secret())
	return s.talkTo(t, name, d.document(t, oauthSecurity(o)), s.secretAuth(t, arn)).as("ann")
}

// behind makes a desk admit whom an authorization server gave a token.
func (d *desk) behind(o *oauthtest.Server) {
	d.set(func(d *desk) {
		d.admits = func(r *http.Request) bool {
			return o.Call(func(check *http.Request) error {
				check.Header["Authorization"] = r.Header["Authorization"]
				return nil
			}) == http.StatusOK
		}
	})
}

// signingIn runs a test of a plugin that wants a sign-in.
func signingIn(t *testing.T, test func(t *testing.T, k *talk, d *desk, o *oauthtest.Server)) {
	t.Parallel()
	onEach(t, func(t *testing.T, database string) {
		k, d, o := guarded(t, database)
		test(t, k, d, o)
	})
}

// challenged demands that an answer asks for a sign-in, and nothing else.
func challenged(t *testing.T, out *qbusiness.ChatSyncOutput) string {
	t.Helper()
	if out.AuthChallengeRequest == nil || out.ActionReview != nil {
		t.Fatalf("no sign-in is asked for, but %q", *out.SystemMessage)
	}
	return *out.AuthChallengeRequest.AuthorizationUrl
}

// browse follows a link as a browser does, and returns the page it ends on.
func browse(t *testing.T, link string) (status int, page string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, link, nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{}} // to loopback, past any proxy
	defer client.CloseIdleConnections()
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), oauthtest.Canary) {
		t.Errorf("the page repeats what is secret: %s", b)
	}
	return resp.StatusCode, string(b)
}

// signIn does what a person does who is asked to.
func signIn(t *testing.T, out *qbusiness.ChatSyncOutput, user string) {
	t.Helper()
	status, page := browse(t, challenged(t, out))
	if status != http.StatusOK || !strings.Contains(page, "You are signed in to ") || !strings.Contains(page, user) {
		t.Fatalf("the browser ends on %d: %s", status, page)
	}
}

// response answers a challenge with what the browser brought.
func (k *talk) response(out *qbusiness.ChatSyncOutput, brought url.Values) *qbusiness.ChatSyncInput {
	in := k.request()
	in.AuthChallengeResponse = &types.AuthChallengeResponse{ResponseMap: map[string]string{}}
	for name := range brought {
		in.AuthChallengeResponse.ResponseMap[name] = brought.Get(name)
	}
	return follow(out, in)
}

// answered demands the desk's tickets in an answer.
func answered(t *testing.T, out *qbusiness.ChatSyncOutput) {
	t.Helper()
	if out.AuthChallengeRequest != nil || !strings.Contains(*out.SystemMessage, "Coffee machine leaks") {
		t.Errorf("the answer is %q, challenge %v", *out.SystemMessage, out.AuthChallengeRequest != nil)
	}
}

// stateOf is the state of an authorization URL.
func stateOf(t *testing.T, link string) url.Values {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return url.Values{"state": {u.Query().Get("state")}}
}

// TestSignInInTheBrowser: each user signs in once, in the browser, which lands
// on Parley's page; then the message is said again.
func TestSignInInTheBrowser(t *testing.T) {
	signingIn(t, func(t *testing.T, k *talk, d *desk, o *oauthtest.Server) {
		out := k.say(t, nil, askOpen)
		if n := len(d.arrived()); n != 0 {
			t.Errorf("%d requests before the sign-in", n)
		}
		signIn(t, out, "ann")
		again := k.say(t, out, askOpen)
		answered(t, again)
		answered(t, k.say(t, nil, askOpen)) // in every conversation
		if n := o.Requests("authorization_code"); n != 1 {
			t.Errorf("%d codes were exchanged", n)
		}
		challenged(t, k.as("bob").say(t, nil, askOpen))
		if status, page := browse(t, *out.AuthChallengeRequest.AuthorizationUrl); status != http.StatusBadRequest {
			t.Errorf("a link that is followed twice ends on %d: %s", status, page)
		}
	})
}

// TestSignInByResponse: a client that takes the redirect itself brings code and
// state, and the call goes on.
func TestSignInByResponse(t *testing.T) {
	signingIn(t, func(t *testing.T, k *talk, d *desk, o *oauthtest.Server) {
		out := k.say(t, nil, askOpen)
		brought := o.Visit(challenged(t, out))
		bob := k.as("bob")
		hisOut := bob.say(t, nil, askOpen)
		_, err := k.ChatSync(t.Context(), bob.response(hisOut, brought))
		refusedMember(t, err, "authChallengeResponse.responseMap.state")
		_, err = k.ChatSync(t.Context(), k.response(out, url.Values{"state": brought["state"]}))
		refusedMember(t, err, "authChallengeResponse.responseMap.code")
		_, err = k.ChatSync(t.Context(), k.response(out, url.Values{"state": {"of my own"}, "code": brought["code"]}))
		refusedMember(t, err, "authChallengeResponse.responseMap.state")
		done := k.chat(t, k.response(out, brought))
		answered(t, done)
		_, err = k.ChatSync(t.Context(), k.response(out, brought))
		refusedMember(t, err, "authChallengeResponse")
		if r := d.arrived(); len(r) != 1 {
			t.Errorf("%d requests", len(r))
		}
	})
}

// TestSaysNo: a person who does not consent is told so, on the page and in the
// chat.
func TestSaysNo(t *testing.T) {
	signingIn(t, func(t *testing.T, k *talk, d *desk, o *oauthtest.Server) {
		o.Behave(func(b *oauthtest.Behaviour) { b.Deny = true })
		out := k.say(t, nil, askOpen)
		if status, page := browse(t, challenged(t, out)); status != http.StatusForbidden {
			t.Errorf("the browser ends on %d: %s", status, page)
		}
		again := k.say(t, out, askOpen)
		_, err := k.ChatSync(t.Context(), k.response(again, o.Visit(challenged(t, again))))
		if e := fails[*types.AccessDeniedException](t, err); strings.Contains(e.ErrorMessage(), oauthtest.Canary) {
			t.Errorf("%q", e.ErrorMessage())
		}
		if n := len(d.arrived()); n != 0 {
			t.Errorf("%d requests", n)
		}
	})
}

// TestConfirmedBeforeSignIn: what was confirmed is sent after the sign-in, once.
func TestConfirmedBeforeSignIn(t *testing.T) {
	signingIn(t, func(t *testing.T, k *talk, d *desk, _ *oauthtest.Server) {
		form := k.form(t, nil)
		out := k.chat(t, k.confirm(t, form, map[string]any{"people": 2}))
		signIn(t, out, "ann")
		sameTickets(t, d)
		in := k.response(out, stateOf(t, *out.AuthChallengeRequest.AuthorizationUrl))
		k.chat(t, in)
		sameTickets(t, d, `{"subject":"Printer on floor 3 jams","priority":"urgent","dueBy":"2026-12-01","people":2,"origin":"parley"}`)
		in.ClientToken = nil // the SDK has filled it in
		_, err := k.ChatSync(t.Context(), in)
		refusedMember(t, err, "authChallengeResponse")
		_, err = k.ChatSync(t.Context(), k.confirm(t, form, nil))
		conflicts(t, err, "message", *form.SystemMessageId, "was confirmed before")
		if n := len(d.made()); n != 1 {
			t.Errorf("%d tickets", n)
		}
	})
}

// TestTokensEnd: a token that expires or is refused is renewed without a word; a
// grant that was taken back leads to a new sign-in.
func TestTokensEnd(t *testing.T) {
	signingIn(t, func(t *testing.T, k *talk, d *desk, o *oauthtest.Server) {
		o.Behave(func(b *oauthtest.Behaviour) { b.Life, b.Rotate = 1, true })
		out := k.say(t, nil, askOpen)
		signIn(t, out, "ann")
		eventually(t, "the token is renewed before it expires", func() bool {
			answered(t, k.say(t, nil, askOpen))
			return o.Requests("refresh_token") > 0
		})
		o.Behave(func(b *oauthtest.Behaviour) { b.Life = 3600 })
		eventually(t, "a token of an hour", func() bool {
			before := o.Requests("refresh_token")
			answered(t, k.say(t, nil, askOpen))
			return o.Requests("refresh_token") > before
		})
		before := o.Requests("refresh_token")
		o.RevokeAccess()
		answered(t, k.say(t, nil, askOpen))
		if n := o.Requests("refresh_token") - before; n != 1 {
			t.Errorf("%d renewals after one 401", n)
		}
		o.Revoke()
		again := k.say(t, nil, askOpen)
		challenged(t, again)
		signIn(t, again, "ann")
		answered(t, k.say(t, again, askOpen))
	})
}

// TestKilledDuringSignIn: a sign-in that was begun can be ended after the server
// died, before and after the browser came back.
func TestKilledDuringSignIn(t *testing.T) {
	signingIn(t, func(t *testing.T, k *talk, d *desk, o *oauthtest.Server) {
		out := k.say(t, nil, askOpen)
		k.crash(t)
		signIn(t, out, "ann")
		k.crash(t)
		done := k.chat(t, k.response(out, stateOf(t, *out.AuthChallengeRequest.AuthorizationUrl)))
		answered(t, done)
		k.crash(t)
		answered(t, k.say(t, done, askOpen))
		if n := o.Requests("authorization_code"); n != 1 {
			t.Errorf("%d codes were exchanged", n)
		}
	})
}

// TestSecretRotated: a new client secret counts from the next use on.
func TestSecretRotated(t *testing.T) {
	signingIn(t, func(t *testing.T, k *talk, _ *desk, o *oauthtest.Server) {
		o.Rotate(oauthtest.Canary + "-rotated")
		out := k.say(t, nil, askOpen)
		if status, page := browse(t, challenged(t, out)); status != http.StatusBadGateway {
			t.Errorf("with the old secret the browser ends on %d: %s", status, page)
		}
		must(k.vault().PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: new("QBusiness-plugin-desk"), SecretString: new(o.Secret())}))(t)
		again := k.say(t, out, askOpen)
		signIn(t, again, "ann")
		answered(t, k.say(t, again, askOpen))
	})
}
