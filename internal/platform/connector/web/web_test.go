package web

import (
	"encoding/json"
	"fmt"
	"html"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/platform/connector/connectortest"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// answerOf is what a site answers to one URL.
type answerOf struct {
	status int // 0: 200
	header map[string]string
	body   string
}

// site is a web site on loopback. It answers by the URL's path and query.
type site struct {
	*httptest.Server
	mu      sync.Mutex
	answers map[string]answerOf
	asked   []string          // method, path and query of every request
	auth    map[string]string // header Authorization by path
	listed  bool              // whether /sitemap.xml names all paths
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{answers: map[string]answerOf{}, auth: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.answer))
	t.Cleanup(s.Close)
	return s
}

func (s *site) answer(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, r.Method+" "+r.RequestURI)
	s.auth[r.RequestURI] = r.Header.Get("Authorization")
	a, ok := s.answers[r.RequestURI]
	if s.listed && r.RequestURI == "/sitemap.xml" {
		a, ok = s.siteMap(), true
	}
	if !ok {
		a.status = http.StatusNotFound
	}
	if a.header["Content-Type"] == "" {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
	}
	for name, value := range a.header {
		w.Header().Set(name, value)
	}
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	_, _ = w.Write([]byte(strings.ReplaceAll(a.body, "SITE", s.URL)))
}

func (s *site) siteMap() answerOf {
	var body strings.Builder
	body.WriteString("<?xml version='1.0'?><urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>")
	for _, path := range slices.Sorted(maps.Keys(s.answers)) {
		fmt.Fprintf(&body, "<url><loc>SITE%s</loc></url>", html.EscapeString(path))
	}
	body.WriteString("</urlset>")
	return answerOf{body: body.String(), header: map[string]string{"Content-Type": "application/xml"}}
}

func (s *site) remove(path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.answers, path)
}

// put sets what the site answers to a path.
func (s *site) put(path string, a answerOf) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[path] = a
}

// page puts an HTML page with links.
func (s *site) page(path, text string, links ...string) {
	var body strings.Builder
	fmt.Fprintf(&body, "<!doctype html><title>%s</title><body><p>%s", html.EscapeString(path), text)
	for _, l := range links {
		fmt.Fprintf(&body, `<a href="%s">link</a> `, html.EscapeString(l))
	}
	s.put(path, answerOf{body: body.String()})
}

// requests are those since the last call, in order.
func (s *site) requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	asked := s.asked
	s.asked = nil
	return asked
}

// client reaches sites, and no other place of this machine.
func client(t *testing.T, sites ...*site) *outbound.Client {
	t.Helper()
	var allow []outbound.Origin
	for _, s := range sites {
		origin, err := outbound.ParseOrigin(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		allow = append(allow, origin)
	}
	c := outbound.New(outbound.Policy{Allow: allow, MaxBody: 4 << 20, Timeout: 5 * time.Second}, slog.New(slog.DiscardHandler))
	t.Cleanup(c.CloseIdleConnections)
	return c
}

func environment(t *testing.T, sites ...*site) connector.Env {
	return connectortest.Env(connector.Env{Out: client(t, sites...), Log: slog.New(slog.DiscardHandler)})
}

// configuration is one with a seed and further members.
func configuration(t *testing.T, endpoint, additional map[string]any) json.RawMessage {
	t.Helper()
	data, err := json.Marshal(map[string]any{
		"type":                    "WEBCRAWLERV2",
		"connectionConfiguration": map[string]any{"repositoryEndpointMetadata": endpoint},
		"additionalProperties":    additional,
	})
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func seed(urls ...string) map[string]any {
	var seeds []map[string]string
	for _, u := range urls {
		seeds = append(seeds, map[string]string{"seedUrl": u})
	}
	return map[string]any{"seedUrlConnections": seeds}
}

// world is a site whose sitemap names everything.
func world(t *testing.T, header map[string]string) *connectortest.World {
	s := newSite(t)
	s.listed = true
	at := func(name string) string {
		u, err := parse((&url.URL{Scheme: "http", Host: "site.test", Path: "/" + name}).String())
		if err != nil {
			t.Fatal(err)
		}
		return u.RequestURI()
	}
	return &connectortest.World{
		Kind:    Kind{},
		Config:  configuration(t, map[string]any{"siteMapUrls": []string{s.URL + "/sitemap.xml"}}, map[string]any{"maxFileSize": "1"}),
		Env:     environment(t, s),
		MaxSize: 1 << 20,
		Put: func(name, text string) {
			h := maps.Clone(header)
			if _, tagged := h["ETag"]; tagged {
				h["ETag"] = fmt.Sprintf("%q", fmt.Sprint(len(text), text[:min(20, len(text))]))
			}
			s.put(at(name), answerOf{body: text, header: h})
		},
		Remove: func(name string) { s.remove(at(name)) },
		Break:  func(name string) { s.put(at(name), answerOf{status: http.StatusInternalServerError}) },
		ID:     func(name string) string { return s.URL + at(name) },
		State: func() string {
			return fmt.Sprint(slices.DeleteFunc(s.requests(), func(r string) bool { return strings.HasPrefix(r, "GET ") }))
		},
	}
}

func TestPages(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) *connectortest.World { return world(t, nil) })
}

func TestFiles(t *testing.T) {
	connectortest.Run(t, func(t *testing.T) *connectortest.World {
		w := world(t, map[string]string{"Content-Type": "text/plain", "ETag": ""})
		w.Many = 500
		return w
	})
}
