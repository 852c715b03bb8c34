package plugin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/remote"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/plugin/login/oauthtest"
)

// vault is a store of one secret.
type vault string

func (v vault) Value(context.Context, string, string) (string, error) { return string(v), nil }

// open lets the plugins call the servers, and has the one secret that they need.
func (b *bench) open(t *testing.T, secret string, servers ...string) {
	t.Helper()
	var policy outbound.Policy
	for _, s := range servers {
		origin, err := outbound.ParseOrigin(s)
		if err != nil {
			t.Fatal(err)
		}
		policy.Allow = append(policy.Allow, origin)
	}
	log := slog.New(slog.DiscardHandler)
	out := outbound.New(policy, log)
	t.Cleanup(out.CloseIdleConnections)
	wait := func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	b.plugins.Logins.Out, b.plugins.Logins.Secrets, b.plugins.Logins.Wait = out, vault(secret), wait
	b.plugins.Remote = &remote.Caller{Out: out, Now: b.clock.Now, Wait: wait, Log: log}
}

// call calls an action for anna.
func (b *bench) call(t *testing.T, l *Live, operation string, args action.Args) (*Outcome, error) {
	t.Helper()
	return b.plugins.Call(t.Context(), b.caller, "anna", "talk", l, l.action(operation), args)
}

func (b *bench) live(t *testing.T, id string) *Live {
	t.Helper()
	l, err := b.plugins.Live(t.Context(), b.caller, b.app, id)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// teams is an API in which people know teams by their names.
const teams = `{"openapi": "3.0.3", "info": {"title": "Teams", "version": "1"}, "servers": [{"url": "%s"}], "paths": {
	"/teams": {"get": {"operationId": "listTeams", "description": "Lists teams.", "x-amzn-action-internal": true, "responses": {"200": {"description": "Teams."}}}},
	"/teams/{team}/notes": {"post": {"operationId": "addNote", "description": "Adds a note to a team.",
		"parameters": [{"name": "team", "in": "path", "required": true, "description": "The team.", "schema": {"type": "string"},
			"x-parley-lookup": {"operationId": "listTeams", "list": "/items", "match": ["/name"], "value": "/id"}}],
		"requestBody": {"required": true, "content": {"application/json": {"schema": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}}}},
		"responses": {"201": {"description": "Added."}}}}}}`

func TestNamesAreLookedUpFirst(t *testing.T) {
	b := newBench(t, storetest.New(t), storetest.NewClock())
	var seen []string
	status := http.StatusOK
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		seen = append(seen, r.Method+" "+r.URL.Path+" "+string(body))
		w.Header().Set("Content-Type", "application/json")
		if r.Method == http.MethodGet {
			w.WriteHeader(status)
			io.WriteString(w, `{"items": [{"id": "t-1", "name": "Red"}, {"id": "t-2", "name": "Blue"}]}`)
			return
		}
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, `{"ok": true}`)
	}))
	defer web.Close()
	b.open(t, "", web.URL)
	l := b.live(t, b.create(t, b.custom("teams", inline(fmt.Sprintf(teams, web.URL)))))
	note := func(team string) (*Outcome, error) {
		seen = nil
		return b.call(t, l, "addNote", action.Args{"team": json.RawMessage(team), "text": json.RawMessage(`"hello"`)})
	}

	out, err := note(`"blue"`)
	if err != nil || out.Answer.Status != http.StatusCreated {
		t.Fatalf("outcome %+v, error %v", out, err)
	}
	if want := []string{"GET /teams ", `POST /teams/t-2/notes {"text":"hello"}`}; !slices.Equal(seen, want) {
		t.Errorf("the API saw %q, want %q", seen, want)
	}

	_, err = note(`"green"`)
	wrong, ok := errors.AsType[*action.ArgumentError](err)
	if !ok || wrong.Problems[0].Key != "team" || !strings.Contains(wrong.Problems[0].Message, "Red") {
		t.Errorf("an unknown name: %v", err)
	}

	status = http.StatusNotFound
	if _, err = note(`"blue"`); !errors.As(err, &wrong) || wrong.Problems[0].Message != "there is nothing of that name" {
		t.Errorf("nothing there: %v", err)
	}

	status = http.StatusInternalServerError
	_, err = note(`"blue"`)
	if f := fault.As(err); f == nil || f.Code != fault.ExternalResource || !strings.HasPrefix(f.Message, "teams was not asked to do it") {
		t.Errorf("a look-up that fails: %v", err)
	}
	for _, request := range seen {
		if strings.HasPrefix(request, "POST") {
			t.Errorf("the note was sent: %s", request)
		}
	}
}

// mine is an API behind a sign-in.
const mine = `{"openapi": "3.0.3", "info": {"title": "Mine", "version": "1"}, "servers": [{"url": %q}], "security": [{"signIn": []}], "paths": {
	%q: {"get": {"operationId": "show", "description": "Shows what is mine.", "responses": {"200": {"description": "Mine."}}}}},
	"components": {"securitySchemes": {"signIn": {"type": "oauth2", "flows": {"authorizationCode": {"authorizationUrl": %q, "tokenUrl": %q, "scopes": {}}}}}}}`

// signedIn makes a plugin for an API behind an authorization server.
func (b *bench) signedIn(t *testing.T, server, path string, s *oauthtest.Server) *Live {
	t.Helper()
	b.open(t, s.Secret(), server, s.URL)
	in := b.custom("mine", inline(fmt.Sprintf(mine, server, path, s.URL+"/authorize", s.URL+"/token")))
	in.AuthConfiguration = api.PluginAuthConfiguration{OAuth2ClientCredentialConfiguration: &api.OAuth2ClientCredentialConfiguration{SecretARN: secret, RoleARN: role}}
	return b.live(t, b.create(t, in))
}

// signIn follows a challenge to its end.
func (b *bench) signIn(t *testing.T, l *Live, s *oauthtest.Server) {
	t.Helper()
	out, err := b.call(t, l, "show", nil)
	if err != nil || out.Challenge == "" {
		t.Fatalf("there is no challenge: %+v, %v", out, err)
	}
	back := s.Visit(out.Challenge)
	err = b.plugins.Respond(t.Context(), b.caller, "anna", "talk", l, map[string]string{"code": back.Get("code"), "state": back.Get("state")})
	if err != nil {
		t.Fatal(err)
	}
}

func TestALoginIsRenewedAndAskedForAgain(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		s := oauthtest.New(t)
		l := b.signedIn(t, s.URL, "/api", s)
		b.signIn(t, l, s)
		shown := func(when string) {
			t.Helper()
			if out, err := b.call(t, l, "show", nil); err != nil || out.Answer == nil {
				t.Errorf("%s: outcome %+v, error %v", when, out, err)
			}
		}
		shown("after the sign-in")
		s.RevokeAccess()
		shown("after the access token was revoked")
		if n := s.Requests("refresh_token"); n != 1 {
			t.Errorf("%d renewals, want 1", n)
		}
		s.Revoke()
		if out, err := b.call(t, l, "show", nil); err != nil || out.Challenge == "" {
			t.Errorf("after the grant was revoked: outcome %+v, error %v", out, err)
		}
	})
}

func TestALoginThatIsNeverHonouredLeadsToASignIn(t *testing.T) {
	b := newBench(t, storetest.New(t), storetest.NewClock())
	s := oauthtest.New(t)
	calls := 0
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		calls++
		w.WriteHeader(http.StatusUnauthorized)
	}))
	defer web.Close()
	l := b.signedIn(t, web.URL, "/mine", s)
	b.signIn(t, l, s)
	out, err := b.call(t, l, "show", nil)
	if err != nil || out.Challenge == "" {
		t.Errorf("outcome %+v, error %v", out, err)
	}
	if calls != 2 {
		t.Errorf("%d calls, want 2: one, and one with the renewed token", calls)
	}
}

// TestASharedKeyOfACustomPlugin: basicAuthConfiguration names the secret for a
// document's own apiKey scheme.
func TestASharedKeyOfACustomPlugin(t *testing.T) {
	b := newBench(t, storetest.New(t), storetest.NewClock())
	var key string
	web := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { key = r.Header.Get("X-Key") }))
	defer web.Close()
	b.open(t, `{"api_key": "k-1"}`, web.URL)
	in := b.custom("keyed", inline(fmt.Sprintf(`{"openapi": "3.0.3", "info": {"title": "Keyed", "version": "1"}, "servers": [{"url": %q}], "security": [{"key": []}],
		"paths": {"/": {"get": {"operationId": "show", "description": "Shows.", "responses": {"200": {"description": "ok"}}}}},
		"components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}}`, web.URL)))
	in.AuthConfiguration = basicAuth()
	if _, err := b.call(t, b.live(t, b.create(t, in)), "show", nil); err != nil || key != "k-1" {
		t.Errorf("the API got the key %q; error %v", key, err)
	}
}

func TestWhatCannotBeCalledSaysWhy(t *testing.T) {
	b := newBench(t, storetest.New(t), storetest.NewClock())
	off := b.create(t, b.custom("off", inline(tasks)))
	if err := b.update(t, &api.UpdatePluginInput{PluginID: off, State: new(api.PluginStateDisabled)}); err != nil {
		t.Fatal(err)
	}
	b.bucket.objects["documents/tasks.json"] = tasks
	unbuilt := b.create(t, b.custom("unbuilt", inBucket("tasks.json")))
	const absent = "451fc00f-740d-474b-a3ff-f015cbd23359"
	for name, tt := range map[string]struct {
		id, says string
		code     fault.Code
	}{
		"disabled":  {off, "The plugin off is DISABLED. Enable it with UpdatePlugin, then ask again.", fault.Conflict},
		"not built": {unbuilt, "The plugin unbuilt has no actions yet: its buildStatus is CREATE_IN_PROGRESS.", fault.Conflict},
		"absent":    {absent, "There is no plugin with ID " + absent, fault.ResourceNotFound},
	} {
		_, err := b.plugins.Live(t.Context(), b.caller, b.app, tt.id)
		optest.Refused(t, err, fault.Error{Code: tt.code, ResourceType: "plugin", ResourceID: tt.id})
		if f := fault.As(err); f == nil || !strings.HasPrefix(f.Message, tt.says) {
			t.Errorf("%s: %v, want %q", name, err, tt.says)
		}
	}
}

// TestLivesAreThoseThatCanBeCalled: what is off, not built or of another
// application is not among them.
func TestLivesAreThoseThatCanBeCalled(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		off := b.create(t, b.custom("off", inline(tasks)))
		if err := b.update(t, &api.UpdatePluginInput{PluginID: off, State: new(api.PluginStateDisabled)}); err != nil {
			t.Fatal(err)
		}
		b.create(t, b.custom("unbuilt", inBucket("tasks.json")))
		one := b.create(t, b.custom("one", inline(tasks)))
		b.clock.Advance(time.Second)
		two := b.create(t, b.custom("two", inline(tasks)))
		for app, want := range map[string][]string{b.app: {two, one}, "00000000-0000-4000-8000-000000000000": nil} {
			lives, err := b.plugins.Lives(t.Context(), b.caller, app)
			var got []string
			for _, l := range lives {
				got = append(got, l.ID)
			}
			if err != nil || !slices.Equal(got, want) {
				t.Errorf("got %q, want %q; %v", got, want, err)
			}
		}
	})
}
