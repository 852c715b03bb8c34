// Package oauthtest is a third party for tests: a small and strict OAuth 2.0
// authorization server on loopback, with an API behind it that takes its tokens.
//
// It knows codes, refresh tokens with and without rotation, client credentials,
// both ways of client authentication, and how such servers fail. Every secret
// thing that it makes has Canary in it, so that a test can look for it where it
// should not be. It owns no rows.
package oauthtest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// Canary is in each client secret, code and token.
const Canary = "canary-c0ffee"

// Server is the third party. It is safe for concurrent use.
type Server struct {
	URL      string // of everything: /authorize, /token and the API at /api
	ID       string // of the one client
	Redirect string // the client's redirect URI

	t      testing.TB
	http   *httptest.Server
	client *http.Client

	mu       sync.Mutex
	behave   Behaviour
	secret   string
	made     int
	asked    map[string]int    // token requests by grant_type
	codes    map[string]bool   // true: not used yet
	access   map[string]string // the family of an access token that is honoured
	refresh  map[string]string // the family of a refresh token that is honoured
	replaced map[string]string // the family of a refresh token that was rotated away
}

// Behaviour is how the server answers. Its zero value gives tokens of no known
// life with a refresh token that stays.
type Behaviour struct {
	Life      int    // expires_in, in seconds; 0: not said
	NoRefresh bool   // give no refresh token
	Rotate    bool   // give another refresh token at each use
	InHeader  bool   // take the client's credentials in the header only
	Deny      bool   // the person says no
	Instance  string // instance_url of the answer

	// Answer replaces the token endpoint's answer when its status is not 0.
	Answer func(form url.Values) (status int, body string)
	// Hold is called before a token request is looked at.
	Hold func(r *http.Request)
}

// New starts a server that ends with the test.
func New(t testing.TB) *Server {
	s := &Server{
		ID: "parley-client", Redirect: "https://chat.example.com/oauth/callback", secret: Canary + "-client-secret",
		t: t, asked: map[string]int{}, codes: map[string]bool{},
		access: map[string]string{}, refresh: map[string]string{}, replaced: map[string]string{},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /authorize", s.authorize)
	mux.HandleFunc("POST /token", s.token)
	mux.HandleFunc("/api", s.api)
	s.http = httptest.NewServer(mux)
	t.Cleanup(s.http.Close)
	s.URL = s.http.URL
	s.client = s.http.Client()
	s.client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return s
}

// Behave changes how the server answers from now on.
func (s *Server) Behave(change func(b *Behaviour)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.behave)
}

// Rotate gives the client another secret.
func (s *Server) Rotate(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secret = secret
}

// Secret is the JSON that a plugin's secretArn should stand for.
func (s *Server) Secret() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return fmt.Sprintf(`{"client_id":%q,"client_secret":%q,"redirect_uri":%q}`, s.ID, s.secret, s.Redirect)
}

// Requests is how many token requests of a grant type there were: of all types
// when it is empty.
func (s *Server) Requests(grantType string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if grantType != "" {
		return s.asked[grantType]
	}
	n := 0
	for _, count := range s.asked {
		n += count
	}
	return n
}

// Revoke ends every grant: neither access nor refresh tokens are honoured.
func (s *Server) Revoke() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.access)
	clear(s.refresh)
}

// RevokeAccess ends every access token; refresh tokens stay.
func (s *Server) RevokeAccess() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.access)
}

// Visit is what a person does who is sent to an authorization URL: sign in, and
// say yes, or no if the server is to Deny. It returns the query with which the
// browser is sent to the redirect URI.
func (s *Server) Visit(authorizationURL string) url.Values {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, authorizationURL, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	to, err := res.Location()
	if err != nil {
		s.t.Fatalf("the authorization endpoint answered %s and sends the browser nowhere", res.Status)
	}
	if place, _, _ := strings.Cut(to.String(), "?"); place != s.Redirect {
		s.t.Fatalf("the browser is sent to %s, not to %s", place, s.Redirect)
	}
	return to.Query()
}

// Call calls the API with a request that apply may change, and returns the status.
func (s *Server) Call(apply func(*http.Request) error) int {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.URL+"/api", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := apply(r); err != nil {
		s.t.Fatal(err)
	}
	res, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// api is 200 for whoever brings an access token that is honoured.
func (s *Server) api(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if _, honoured := s.access[token]; !ok || !honoured {
		w.Header().Set("WWW-Authenticate", "Bearer")
		w.WriteHeader(http.StatusUnauthorized)
	}
}

// make makes a secret thing. The caller holds the lock.
func (s *Server) make(kind string) string {
	s.made++
	return fmt.Sprintf("%s-%s-%d", Canary, kind, s.made)
}
