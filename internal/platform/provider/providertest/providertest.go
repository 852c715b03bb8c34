// Package providertest holds what every provider must do, as one suite, and
// servers that speak as those do which are known: it writes their wire formats,
// with their oddities, from a script of events.
package providertest

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/provider"
)

// Canaries: none of them may be in an error, whatever a server does with it.
const (
	Key    = "canary-4f1d-key"
	Prompt = "canary-77aa-prompt"
	Body   = "canary-b0d1-body"
)

// A Dialect is how a server speaks.
type Dialect struct {
	Name string
	// Open makes a Model that asks the server at a URL, with Key.
	Open func(c provider.Config, url string) llm.Model
	// MediaType is that of an answer.
	MediaType string
	// Answer writes an answer, event by event. Joined they are the body.
	Answer func(events []llm.Event) [][]byte
	// Refuse writes the body of an error, and says what comes in the headers.
	Refuse func(r Refusal, message string) (h http.Header, body string)
	// Images reads the images in the body of a request.
	Images func(body []byte) []llm.Image
	// Whole: the server answers at once, not as a stream.
	Whole bool
	// Countless: it does not count tokens.
	Countless bool
	// Unstopped: it does not say why an answer ends.
	Unstopped bool
}

// A Refusal is a way in which servers refuse.
type Refusal string

// The refusals there are.
const (
	Unauthenticated Refusal = "401"
	Forbidden       Refusal = "403"
	NoModel         Refusal = "no model"
	Throttled       Refusal = "429"
	Bad             Refusal = "400"
	TooLong         Refusal = "context length"
	Broken          Refusal = "500"
	Down            Refusal = "503"
)

// A server answers each request with the next of its handlers; the last stays.
type server struct {
	*httptest.Server

	mu       sync.Mutex
	handlers []http.HandlerFunc
	asked    int
	gone     chan struct{} // gets one for each request whose client has left
}

func newServer(t *testing.T, handlers ...http.HandlerFunc) *server {
	t.Helper()
	s := &server{handlers: handlers, gone: make(chan struct{}, 16)}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		next := s.handlers[min(s.asked, len(s.handlers)-1)]
		s.asked++
		s.mu.Unlock()
		next(w, r)
		if r.Context().Err() != nil {
			s.gone <- struct{}{}
		}
	}))
	t.Cleanup(s.Close)
	return s
}

func (s *server) requests() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// waits records pauses instead of making them.
type waits struct {
	mu   sync.Mutex
	list []time.Duration
}

func (w *waits) add(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.list = append(w.list, d)
}

func (w *waits) all() []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.list)
}
