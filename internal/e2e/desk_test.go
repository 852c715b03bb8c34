package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"slices"
	"strings"
	"sync"
	"testing"
)

// desk is a third party on loopback: the API that testdata/desk.yaml describes.
// It keeps every request as it arrived.
type desk struct {
	URL string

	mu       sync.Mutex
	admits   func(r *http.Request) bool // nil: everybody
	status   int                        // not 0: what every request is answered with
	requests []string
	tickets  []string // bodies of POST /tickets, as they arrived
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{}
	routes := http.NewServeMux()
	routes.HandleFunc("GET /v1/tickets", d.find)
	routes.HandleFunc("POST /v1/tickets", d.create)
	web := httptest.NewServer(d.record(routes))
	t.Cleanup(web.Close)
	d.URL = web.URL
	return d
}

// record keeps a request, and answers those that are not admitted.
func (d *desk) record(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := httputil.DumpRequest(r, true)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		d.mu.Lock()
		d.requests = append(d.requests, string(text))
		admits, status := d.admits, d.status
		d.mu.Unlock()
		switch {
		case admits != nil && !admits(r):
			w.Header().Set("WWW-Authenticate", "Bearer")
			http.Error(w, "who are you?", http.StatusUnauthorized)
		case status != 0:
			http.Error(w, "no, and you sent "+string(text), status) // as some APIs do
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (d *desk) find(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `[{"id":101,"subject":"Coffee machine leaks","status":%q}]`, r.URL.Query().Get("status"))
}

func (d *desk) create(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || !json.Valid(body) {
		http.Error(w, "not JSON", http.StatusBadRequest)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.tickets = append(d.tickets, string(body))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"id":%d,"status":"open"}`, 101+len(d.tickets))
}

// set changes how the desk answers from now on.
func (d *desk) set(change func(d *desk)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

// arrived are the requests so far, oldest first.
func (d *desk) arrived() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.requests)
}

// made are the bodies of the tickets that were made.
func (d *desk) made() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return slices.Clone(d.tickets)
}

// document describes the desk, with the security that is given in YAML.
func (d *desk) document(t *testing.T, security string) string {
	t.Helper()
	return strings.Replace(material(t, "desk.yaml"), "https://desk.example.com", d.URL, 1) + security
}
