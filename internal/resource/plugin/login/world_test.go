package login

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/plugin/catalogue"
	"github.com/parleyhq/parley/internal/resource/plugin/login/oauthtest"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/secretstore"
)

const (
	tenant = "111122223333:us-east-1"
	arn    = "arn:aws:secretsmanager:us-east-1:111122223333:secret:helpdesk-AbCdEf"
	role   = "arn:aws:iam::111122223333:role/plugins"
	chat   = "5c0e9a1e-0000-4000-8000-00000000000c"
)

// holder is the user of most tests.
func holder() Holder {
	return Holder{Tenant: tenant, Application: "app-1", Plugin: "plugin-1", User: "ann@example.com"}
}

// vault is where the secrets of a test are.
type vault struct {
	mu   sync.Mutex
	held map[string]string
	err  error // in place of every answer
}

func (v *vault) Value(_ context.Context, _, arn string) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.err != nil {
		return "", v.err
	}
	text, ok := v.held[arn]
	if !ok {
		return "", &secretstore.UnavailableError{ARN: arn, Err: secretstore.ErrNoSecret}
	}
	return text, nil
}

func (v *vault) put(text string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.held[arn] = text
}

// world is a server, the third party, and what is between them.
type world struct {
	*Service
	third *oauthtest.Server
	vault *vault
	clock *storetest.Clock
	logs  *logbook
}

// logbook keeps what is logged.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// each runs a test in a world of its own on every database there is. Whatever
// was logged or stored in it must hold nothing secret.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, clock)
		test(t, w)
		w.holdsNothingSecret(t)
	}, storetest.WithClock(clock.Now))
}

func newWorld(t testing.TB, db *store.DB, clock *storetest.Clock) *world {
	w := &world{third: oauthtest.New(t), vault: &vault{held: map[string]string{}}, clock: clock, logs: &logbook{}}
	w.vault.put(w.third.Secret())
	log := slog.New(slog.NewTextHandler(w.logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	origin, err := outbound.ParseOrigin(w.third.URL)
	if err != nil {
		t.Fatal(err)
	}
	w.Service = &Service{
		DB: db, Keys: seal.Random(), Secrets: w.vault, Log: log, Jobs: job.New(db, log, clock.Now),
		Out:   outbound.New(outbound.Policy{Allow: []outbound.Origin{origin}}, log),
		Wait:  wait(runtime.Gosched),
		Roles: &principal.ServiceRoles{Principals: &principal.Service{DB: db}, TrustUnknown: true},
	}
	w.Work()
	t.Cleanup(w.Out.CloseIdleConnections)
	return w
}

// wait is a Wait that does f in place of time passing.
func wait(f func()) func(context.Context, time.Duration) error {
	return func(ctx context.Context, _ time.Duration) error {
		f()
		return ctx.Err()
	}
}

// server is another server on the same store.
func (w *world) server() *Service {
	return &Service{DB: w.DB, Keys: w.Keys, Secrets: w.Secrets, Roles: w.Roles, Out: w.Out, Jobs: w.Jobs, Log: w.Log, Wait: w.Wait}
}

// target is a custom plugin with one OAuth 2.0 scheme.
func (w *world) target(scopes ...string) Target {
	return Target{
		Name: "helpdesk", Server: w.third.URL + "/api",
		Auth: api.PluginAuthConfiguration{OAuth2ClientCredentialConfiguration: &api.OAuth2ClientCredentialConfiguration{SecretARN: arn, RoleARN: role}},
		Schemes: []openapi.Scheme{{
			Name: "login", Kind: authorizationCode, AuthorizationURL: w.third.URL + "/authorize", TokenURL: w.third.URL + "/token",
		}},
		Security: []openapi.Requirement{{Schemes: []openapi.Use{{Scheme: "login", Scopes: scopes}}}},
		Type:     catalogue.Type{Name: "CUSTOM"},
	}
}

// machine is a plugin of the first generation's Salesforce kind.
func (w *world) machine() Target {
	t := w.target()
	t.Schemes, t.Security = nil, nil
	t.Server = w.third.URL
	t.Type = catalogue.Type{Name: "SALESFORCE", TokenURL: "{server}/token"}
	return t
}

// challenged authorizes a call and returns where the person has to sign in.
func (w *world) challenged(t *testing.T, target Target) string {
	t.Helper()
	_, err := w.Authorize(t.Context(), holder(), chat, target)
	challenge, ok := errors.AsType[*ChallengeError](err)
	if !ok {
		t.Fatalf("%v, want a challenge", err)
	}
	return challenge.AuthorizationURL
}

// signIn has the person sign in, by way of the chat.
func (w *world) signIn(t *testing.T, target Target) {
	t.Helper()
	if err := w.Respond(t.Context(), holder(), chat, target, first(w.third.Visit(w.challenged(t, target)))); err != nil {
		t.Fatal(err)
	}
}

// pass authorizes a call without a challenge.
func (w *world) pass(t *testing.T, target Target) *Pass {
	t.Helper()
	p, err := w.Authorize(t.Context(), holder(), chat, target)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// header is what a pass puts into Authorization.
func header(t *testing.T, p *Pass) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "https://api.example.com/tickets", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Apply(r); err != nil {
		t.Fatal(err)
	}
	return r.Header.Get("Authorization")
}

// first takes the first value of each parameter, as a responseMap has them.
func first(query url.Values) map[string]string {
	m := map[string]string{}
	for k, v := range query {
		m[k] = v[0]
	}
	return m
}

// says fails t unless err is a fault of the code that says want, word for word.
// "URL" stands for the third party's URL, which changes from run to run.
func (w *world) says(t *testing.T, err error, code fault.Code, want string) {
	t.Helper()
	f := fault.As(err)
	if f == nil {
		t.Fatalf("%v, want %s", err, code)
	}
	if got := strings.ReplaceAll(f.Message, w.third.URL, "URL"); f.Code != code || got != want {
		t.Errorf("%s: %s\nwant %s: %s", f.Code, got, code, want)
	}
	discreet(t, f.Error())
	if f.Cause != nil {
		discreet(t, f.Cause.Error())
	}
}

// discreet fails t when a text holds something secret.
func discreet(t *testing.T, text string) {
	t.Helper()
	if strings.Contains(text, oauthtest.Canary) {
		t.Errorf("it holds something secret: %s", text)
	}
}

// holdsNothingSecret looks for secret things in the logs and in every row.
func (w *world) holdsNothingSecret(t *testing.T) {
	t.Helper()
	discreet(t, w.logs.String())
	err := w.DB.View(t.Context(), func(tx *store.Tx) error {
		err := tx.Each(`SELECT tokens, holder, client, lease, revision FROM login_grant WHERE tenant = $1`, []any{tenant}, func(r *store.Rows) error {
			var tokens []byte
			var holder, client, lease, revision string
			err := r.Scan(&tokens, &holder, &client, &lease, &revision)
			discreet(t, string(tokens)+holder+client+lease+revision)
			return err
		})
		if err != nil {
			return err
		}
		return tx.Each(`SELECT state, doc FROM login_state WHERE tenant = $1`, []any{tenant}, func(r *store.Rows) error {
			var state, doc string
			err := r.Scan(&state, &doc)
			discreet(t, state+doc)
			return err
		})
	})
	if err != nil {
		t.Error(err)
	}
}
