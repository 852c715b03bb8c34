// Package oidctest is a small real OpenID Connect issuer for tests: discovery, a
// key set, and tokens with any claims, over HTTP on the loopback interface.
//
// It signs nobody in. What it can be told to do wrong stands in Broken.
package oidctest

import (
	"encoding/json"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// Where an issuer answers.
const (
	DiscoveryPath = "/.well-known/openid-configuration"
	KeysPath      = "/keys"
)

// Issuer is one issuer. It is safe for concurrent use.
type Issuer struct {
	URL string           // its iss: http://127.0.0.1:PORT, or https
	Now func() time.Time // for the dates of tokens; the machine's clock in New

	t      testing.TB
	server *httptest.Server
	mu     sync.Mutex
	key    Key
	broken Broken
	asked  map[string]int
}

// Broken is what an issuer does wrong. Its zero value is nothing.
type Broken struct {
	Issuer    string                // named by the discovery document in the place of the URL
	KeysURL   string                // likewise, as jwks_uri
	Discovery http.HandlerFunc      // answers in the place of the discovery document
	Keys      http.HandlerFunc      // answers in the place of the key set
	Change    func(jwk oidc.Claims) // changes the published key
}

// New starts an issuer over plain HTTP that stops with the test. It signs with
// ES256.
func New(t testing.TB) *Issuer { return start(t, (*httptest.Server).Start) }

// NewTLS is New over HTTPS, with a certificate that only Out trusts.
func NewTLS(t testing.TB) *Issuer { return start(t, (*httptest.Server).StartTLS) }

func start(t testing.TB, serve func(*httptest.Server)) *Issuer {
	i := &Issuer{Now: time.Now, t: t, asked: map[string]int{}, key: NewKey(t, "ES256")}
	i.server = httptest.NewUnstartedServer(i)
	i.server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	serve(i.server)
	i.URL = i.server.URL
	t.Cleanup(i.server.Close)
	return i
}

// Out is a client that reaches this issuer, and others that are opened here.
func (i *Issuer) Out(t testing.TB, others ...*Issuer) *outbound.Client {
	policy := outbound.Policy{}
	for _, one := range append(others, i) {
		origin, err := outbound.ParseOrigin(one.URL)
		if err != nil {
			t.Fatal(err)
		}
		policy.Allow = append(policy.Allow, origin)
	}
	if i.server.TLS != nil {
		policy.RootCAs = i.server.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	}
	out := outbound.New(policy, slog.New(slog.DiscardHandler))
	t.Cleanup(out.CloseIdleConnections)
	return out
}

// Sign makes a token of the claims, signed with the current key. The claims iss,
// iat and exp (in an hour) are filled in where they are missing; one that is nil
// is left out.
func (i *Issuer) Sign(claims oidc.Claims) string {
	i.t.Helper()
	return i.Key().Sign(i.t, nil, i.Complete(claims))
}

// Complete fills claims in as Sign does.
func (i *Issuer) Complete(claims oidc.Claims) oidc.Claims {
	all := oidc.Claims{"iss": i.URL, "iat": i.Now().Unix(), "exp": i.Now().Add(time.Hour).Unix()}
	maps.Copy(all, claims)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	return all
}

// Rotate puts a new key in the place of the one that signs; the old one is no
// longer published.
func (i *Issuer) Rotate() { i.Use(NewKey(i.t, i.Key().Algorithm)) }

// Use signs with a key from now on, and publishes it.
func (i *Issuer) Use(k Key) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.key = k
}

// Key is the key that signs.
func (i *Issuer) Key() Key {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.key
}

// Break makes the issuer do wrong from now on, and Broken{} right again.
func (i *Issuer) Break(b Broken) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.broken = b
}

// Asked is how often a path was asked for.
func (i *Issuer) Asked(path string) int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.asked[path]
}

// ServeHTTP answers discovery and the key set.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	i.asked[r.URL.Path]++
	broken, key := i.broken, i.key
	i.mu.Unlock()
	switch {
	case r.URL.Path == DiscoveryPath && broken.Discovery != nil:
		broken.Discovery(w, r)
	case r.URL.Path == KeysPath && broken.Keys != nil:
		broken.Keys(w, r)
	case r.URL.Path == DiscoveryPath:
		i.answer(w, i.discovery(broken))
	case r.URL.Path == KeysPath:
		public := key.JWK()
		if broken.Change != nil {
			broken.Change(public)
		}
		i.answer(w, map[string]any{"keys": []any{public}})
	default:
		http.NotFound(w, r)
	}
}

func (i *Issuer) discovery(b Broken) map[string]any {
	d := map[string]any{
		"issuer": i.URL, "jwks_uri": i.URL + KeysPath,
		"authorization_endpoint": i.URL + "/authorize", "token_endpoint": i.URL + "/token",
		"response_types_supported": []string{"id_token"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{i.Key().Algorithm},
	}
	if b.Issuer != "" {
		d["issuer"] = b.Issuer
	}
	if b.KeysURL != "" {
		d["jwks_uri"] = b.KeysURL
	}
	return d
}

func (i *Issuer) answer(w http.ResponseWriter, document any) {
	b, err := json.Marshal(document)
	if err != nil {
		i.t.Error(err)
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(b) // a client that goes away is its own affair
}
