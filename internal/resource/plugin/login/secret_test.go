package login

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/plugin/catalogue"
	"github.com/parleyhq/parley/internal/resource/secretstore"
)

// shared is a custom plugin whose secret everybody shares. Each alternative of
// its action's security is a line of scheme names.
func shared(w *world, alternatives ...string) Target {
	t := w.target()
	t.Auth = api.PluginAuthConfiguration{BasicAuthConfiguration: &api.BasicAuthConfiguration{SecretARN: arn, RoleARN: role}}
	t.Schemes = []openapi.Scheme{
		{Name: "user", Kind: basic}, {Name: "jwt", Kind: bearer},
		{Name: "head", Kind: apiKey, In: "header", Parameter: "X-Key"},
		{Name: "query", Kind: apiKey, In: "query", Parameter: "key"},
		{Name: "cookie", Kind: apiKey, In: "cookie", Parameter: "SID"},
		{Name: "machine", Kind: clientCredentials, TokenURL: w.third.URL + "/token"},
		{Name: "login", Kind: authorizationCode, AuthorizationURL: w.third.URL + "/authorize", TokenURL: w.third.URL + "/token"},
	}
	t.Security = nil
	for _, line := range alternatives {
		var r openapi.Requirement
		for name := range strings.FieldsSeq(line) {
			r.Schemes = append(r.Schemes, openapi.Use{Scheme: name})
		}
		t.Security = append(t.Security, r)
	}
	return t
}

// sent is what a pass makes of a request that has some of it already.
type sent struct{ Query, Authorization, Key, Cookie string }

func send(t *testing.T, p *Pass) sent {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "https://api.example.com/tickets?q=a%20b&key=old&key", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header = http.Header{"Cookie": {"a=1; SID=old", "b=2"}, "X-Key": {"old"}}
	if err := p.Apply(r); err != nil {
		t.Fatal(err)
	}
	return sent{r.URL.RawQuery, r.Header.Get("Authorization"), r.Header.Get("X-Key"), strings.Join(r.Header.Values("Cookie"), "|")}
}

func TestCredentialsOfASecret(t *testing.T) {
	w := newWorld(t, storetest.New(t), storetest.NewClock())
	plain := sent{"q=a%20b&key=old&key", "", "old", "a=1; SID=old|b=2"}
	with := func(change func(s *sent)) sent {
		s := plain
		change(&s)
		return s
	}
	zendesk := shared(w)
	zendesk.Type = catalogue.Type{Name: "ZENDESK"}
	jira := shared(w)
	jira.Type = catalogue.Type{Name: "JIRA"}
	open := shared(w, "user")
	open.Auth = api.PluginAuthConfiguration{NoAuthConfiguration: &api.NoAuthConfiguration{}}
	bare := shared(w)
	bare.Schemes = nil
	// "Aladdin:open sesame", the example of RFC 7617.
	aladdin := with(func(s *sent) { s.Authorization = "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==" })
	for _, c := range []struct {
		name, secret string
		target       Target
		want         sent
	}{
		{"basic", `{"username":"Aladdin","password":"open sesame"}`, shared(w, "user"), aladdin},
		{"basic by user and token", `{"user":"Aladdin","api_token":"open sesame"}`, jira, aladdin},
		{"basic by email and token", `{"email":"Aladdin","token":"open sesame"}`, jira, aladdin},
		{"basic of a document without schemes", `{"username":"Aladdin","password":"open sesame"}`, bare, aladdin},
		{"Zendesk's token", `{"email":"a@b.c","api_token":"t"}`, zendesk, with(func(s *sent) { s.Authorization = "Basic YUBiLmMvdG9rZW46dA==" })},
		{"Zendesk's password", `{"email":"a@b.c","password":"t"}`, zendesk, with(func(s *sent) { s.Authorization = "Basic YUBiLmM6dA==" })},
		{"bearer", `{"bearer_token":"abc"}`, shared(w, "jwt"), with(func(s *sent) { s.Authorization = "Bearer abc" })},
		{"bearer by the scheme's name", `{"token":"no","jwt":"abc"}`, shared(w, "jwt"), with(func(s *sent) { s.Authorization = "Bearer abc" })},
		{"key in a header", `{"api_key":"k"}`, shared(w, "head"), with(func(s *sent) { s.Key = "k" })},
		{"key in the query", `{"apiKey":"k&=ü"}`, shared(w, "query"), with(func(s *sent) { s.Query = "q=a%20b&key=k%26%3D%C3%BC" })},
		{"key in a cookie", `{"value":"k"}`, shared(w, "cookie"), with(func(s *sent) { s.Cookie = "a=1; b=2; SID=k" })},
		{"key by its parameter's name", `{"api_key":"no","X-Key":"k"}`, shared(w, "head"), with(func(s *sent) { s.Key = "k" })},
		{"a number as key", `{"api_key":12345678901234567890}`, shared(w, "head"), with(func(s *sent) { s.Key = "12345678901234567890" })},
		{"several together", `{"head":"h","query":"q","cookie":"c","token":"t"}`, shared(w, "head query cookie jwt"), sent{"q=a%20b&key=q", "Bearer t", "h", "a=1; b=2; SID=c"}},
		{"the first alternative", `{"api_key":"k","token":"t"}`, shared(w, "jwt", "head"), with(func(s *sent) { s.Authorization = "Bearer t" })},
		{"the first that can be met", `{"api_key":"k"}`, shared(w, "user", "login", "jwt head", "gone", "head"), with(func(s *sent) { s.Key = "k" })},
		{"nothing is the last resort", `{"api_key":"k"}`, shared(w, "", "head"), with(func(s *sent) { s.Key = "k" })},
		{"nothing where nothing else can be met", `{}`, shared(w, "", "head"), plain},
		{"an action that asks for nothing", `{"api_key":"k"}`, shared(w), plain},
		{"a plugin without authorization", `{"username":"a","password":"b"}`, open, plain},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.vault.put(c.secret)
			if diff := cmp.Diff(c.want, send(t, w.pass(t, c.target))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestASecretCanFeedASignInAndAKeyTogether(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		target := w.target()
		target.Schemes = append(target.Schemes, openapi.Scheme{Name: "head", Kind: apiKey, In: "header", Parameter: "X-Key"})
		target.Security[0].Schemes = append(target.Security[0].Schemes, openapi.Use{Scheme: "head"})
		w.vault.put(strings.Replace(w.third.Secret(), "{", `{"api_key":"k",`, 1))
		w.signIn(t, target)
		got := send(t, w.pass(t, target))
		if got.Key != "k" || !strings.HasPrefix(got.Authorization, "Bearer ") {
			t.Errorf("X-Key %q and %d characters of Authorization", got.Key, len(got.Authorization))
		}
	})
}

func TestClientCredentialsOfADocument(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		p := w.pass(t, shared(w, "machine"))
		if status := w.third.Call(p.Apply); status != 200 {
			t.Errorf("the API answered %d", status)
		}
		if p.Server != "" {
			t.Errorf("a custom plugin's server moved to %s", p.Server)
		}
	})
}

func TestSecretsThatCannotBeUsed(t *testing.T) {
	w := newWorld(t, storetest.New(t), storetest.NewClock())
	const cannot = "The plugin helpdesk cannot be authorized: "
	const no = "the secret " + arn + " has no key "
	elsewhere := w.target()
	elsewhere.Schemes[0].AuthorizationURL, elsewhere.Schemes[0].TokenURL = "javascript:alert(1)", ""
	for _, c := range []struct {
		name, secret string
		target       Target
		want         string
	}{
		{"no JSON", `canary-c0ffee`, w.target(), `The secret ` + arn + ` is not a JSON object. Store one such as {"client_id": "…", "client_secret": "…", "redirect_uri": "…"}.`},
		{"an array", `["canary-c0ffee"]`, w.target(), `The secret ` + arn + ` is not a JSON object. Store one such as {"client_id": "…", "client_secret": "…", "redirect_uri": "…"}.`},
		{"null", `null`, w.target(), `The secret ` + arn + ` is not a JSON object. Store one such as {"client_id": "…", "client_secret": "…", "redirect_uri": "…"}.`},
		{"empty", `{"canary-c0ffee":"x"}`, w.target(), cannot + no + "client_id; " + no + "client_secret; " + no + "redirect_uri."},
		{"not text", `{"client_id":"x","client_secret":{"canary-c0ffee":1},"redirect_uri":true}`, w.target(), cannot + no + "client_secret; " + no + "redirect_uri."},
		{"no user", `{"password":"canary-c0ffee"}`, shared(w, "user"), cannot + no + "username or user or email."},
		{"no password", `{"username":"x"}`, shared(w, "user"), cannot + no + "password or api_token or token."},
		{"a colon", `{"username":"canary-c0ffee:x","password":"x"}`, shared(w, "user"), cannot + "the user name in the secret " + arn + " has a colon, which HTTP Basic authentication cannot send."},
		{"no token", `{}`, shared(w, "jwt"), cannot + no + "jwt or bearer_token or token or access_token."},
		{"no key", `{}`, shared(w, "head"), cannot + no + "head or X-Key or api_key or apiKey or value."},
		{"a line break", `{"api_key":"canary-c0ffee\n"}`, shared(w, "head"), cannot + "the value of api_key in the secret " + arn + " has a line break or another control character."},
		{"a cookie's end", `{"api_key":"canary-c0ffee;"}`, shared(w, "cookie"), cannot + "the API key in the secret " + arn + " has a character that no cookie can hold."},
		{"the first alternative is told", `{}`, shared(w, "jwt", "head"), cannot + no + "jwt or bearer_token or token or access_token."},
		{"two at one place", `{"token":"x","username":"x","password":"x"}`, shared(w, "jwt user"), cannot + "two of the schemes that the action asks for together need the header Authorization."},
		{"a scheme that is not there", `{}`, shared(w, "gone"), cannot + `the security scheme "gone" of its document cannot be met.`},
		{"a person's sign-in", w.third.Secret(), shared(w, "login"), cannot + "a person's sign-in needs an oAuth2ClientCredentialConfiguration."},
		{"URLs", w.third.Secret(), elsewhere, cannot + "neither its authConfiguration nor its document names a tokenUrl; its authorizationUrl is not a URL that begins with https:// (or http://) and a host."},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.vault.put(c.secret)
			_, err := w.Authorize(t.Context(), holder(), chat, c.target)
			w.says(t, err, fault.ExternalResource, c.want)
		})
	}
}

func TestSecretsThatCannotBeHad(t *testing.T) {
	w := newWorld(t, storetest.New(t), storetest.NewClock())
	for _, c := range []struct {
		err  error
		want string
	}{
		{&secretstore.UnavailableError{ARN: arn, Err: secretstore.ErrNoSecret}, "The secret " + arn + " cannot be used: there is no such secret."},
		{&secretstore.UnavailableError{ARN: arn, Err: secretstore.ErrDeleted}, "The secret " + arn + " cannot be used: the secret is scheduled for deletion; restore it first."},
		{errors.New("disk on fire"), "The secret " + arn + " cannot be read now. Try again; if it stays, look in the server's log for the request id."},
	} {
		w.vault.err = c.err
		_, err := w.Authorize(t.Context(), holder(), chat, w.target())
		w.says(t, err, fault.ExternalResource, c.want)
	}
}

func TestARejectedSecret(t *testing.T) {
	w := newWorld(t, storetest.New(t), storetest.NewClock())
	w.vault.put(`{"api_key":"old"}`)
	p := w.pass(t, shared(w, "head"))
	w.says(t, w.Reject(t.Context(), holder(), shared(w, "head"), p), fault.ExternalResource,
		"The API of the plugin helpdesk does not accept the credentials in the secret "+arn+". Correct the secret.")
	w.vault.put(`{"api_key":"new"}`)
	if err := w.Reject(t.Context(), holder(), shared(w, "head"), p); err != nil {
		t.Errorf("the secret was rotated meanwhile, so the call is worth another try: %v", err)
	}
	if got := send(t, w.pass(t, shared(w, "head"))).Key; got != "new" {
		t.Errorf("X-Key %q", got)
	}
	p = w.pass(t, shared(w))
	w.says(t, w.Reject(t.Context(), holder(), shared(w), p), fault.ExternalResource,
		"The API of the plugin helpdesk asks for credentials (HTTP 401), but the plugin's document asks for none: name the scheme under security, for this action or for all.")
	open := shared(w)
	open.Auth = api.PluginAuthConfiguration{NoAuthConfiguration: &api.NoAuthConfiguration{}}
	w.says(t, w.Reject(t.Context(), holder(), open, w.pass(t, open)), fault.ExternalResource,
		"The API of the plugin helpdesk asks for credentials (HTTP 401), and the plugin has none for this action.")
}
