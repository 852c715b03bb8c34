package oidc_test

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/oidc/oidctest"
)

// noon is when the tests take place.
var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// canary is in every token, and may be in no error.
const canary = "canary-of-a-claim"

// world is an issuer, and a verifier that knows nothing yet.
type world struct {
	testing.TB
	*oidctest.Issuer
	oidc.Verifier
	now time.Time
}

func newWorld(t testing.TB) *world {
	w := &world{TB: t, Issuer: oidctest.New(t), now: noon}
	w.Issuer.Now = func() time.Time { return w.now }
	w.Verifier.Now, w.Verifier.Out = w.Issuer.Now, w.Issuer.Out(t)
	return w
}

func (w *world) pass(d time.Duration) { w.now = w.now.Add(d) }

// claims are those of a good token, changed. A nil leaves one out.
func (w *world) claims(changes ...any) oidc.Claims {
	all := oidc.Claims{"sub": "alice", "aud": "parley", "secret": canary}
	for i := 0; i < len(changes); i += 2 {
		all[changes[i].(string)] = changes[i+1]
	}
	return w.Complete(all)
}

// good is a token that is accepted.
func (w *world) good() string { return w.Issuer.Sign(w.claims()) }

// headed is a good token with other members in its header.
func (w *world) headed(header oidc.Claims) string { return w.Key().Sign(w.TB, header, w.claims()) }

func (w *world) verify(token string) (oidc.Claims, error) {
	w.Helper()
	claims, err := w.Verifier.Verify(w.Context(), token, w.URL, []string{"parley", "parley-too"})
	if err != nil && (claims != nil || strings.Contains(err.Error(), canary)) {
		w.Errorf("claims come with, or in, the error: %v, %v", claims, err)
	}
	return claims, err
}

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// serve starts a server that stops with the test and returns its URL.
func serve(t testing.TB, h http.Handler) string {
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}
