package remote

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

const secret = "canary"

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// party is a third party on loopback that answers in turn and keeps what it got.
type party struct {
	*httptest.Server
	mu      sync.Mutex
	answers []http.HandlerFunc // the last one for ever
	got     []string
}

func newParty(t testing.TB, answers ...http.HandlerFunc) *party {
	t.Helper()
	p := &party{answers: answers}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *party) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body bytes.Buffer
	body.ReadFrom(r.Body)
	p.mu.Lock()
	answer := p.answers[min(len(p.got), len(p.answers)-1)]
	p.got = append(p.got, fmt.Sprintf("%s %s %s", r.Method, r.URL, &body))
	p.mu.Unlock()
	answer(w, r)
}

func (p *party) requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.got
}

// says answers with a status, headers ("Name: value") and a body.
func says(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header()[name] = append(w.Header()[name], value)
		}
		w.WriteHeader(status)
		w.Write([]byte(body))
	}
}

// breaks closes the connection without an answer.
func breaks(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		conn.Close()
	}
}

// caller may reach the given servers. Its waits are noted, not waited.
type caller struct {
	*Caller
	waited []time.Duration
	log    bytes.Buffer
}

func newCaller(t testing.TB, p outbound.Policy, servers ...*httptest.Server) *caller {
	t.Helper()
	for _, s := range servers {
		o, err := outbound.ParseOrigin(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		p.Allow = append(p.Allow, o)
	}
	c := &caller{}
	log := slog.New(slog.NewTextHandler(&c.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	out := outbound.New(p, log)
	t.Cleanup(out.CloseIdleConnections)
	c.Caller = &Caller{Out: out, Now: func() time.Time { return noon }, Log: log, Wait: func(ctx context.Context, d time.Duration) error {
		c.waited = append(c.waited, d)
		return ctx.Err()
	}}
	return c
}

// read is a GET that may be sent again, with secrets all over.
func read(url string) Call {
	return Call{Read: true, Request: &action.Request{Method: "GET", URL: url + "?q=" + secret}, Authorize: bearer}
}

func write(method, url string) Call {
	return Call{Request: &action.Request{Method: method, URL: url + "?q=" + secret, Body: []byte(`{"secret":"canary"}`)}, Authorize: bearer}
}

func bearer(r *http.Request) error {
	r.Header.Set("Authorization", "Bearer "+secret)
	return nil
}

// do makes a call, and sees that neither its error nor the log tell a secret.
func (c *caller) do(t *testing.T, call Call) (*Answer, error) {
	t.Helper()
	a, err := c.Do(t.Context(), call)
	if err != nil && strings.Contains(err.Error(), secret) {
		t.Errorf("the error tells a secret: %v", err)
	}
	if strings.Contains(c.log.String(), secret) {
		t.Errorf("the log tells a secret: %s", &c.log)
	}
	if (a == nil) == (err == nil) {
		t.Errorf("answer %v with error %v", a, err)
	}
	return a, err
}
