package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
)

// slowest is how long the desk may take to answer.
const slowest = 30 * time.Millisecond

// desk is the third party: it counts the tickets of each subject.
type desk struct {
	url string

	mu      sync.Mutex
	tickets map[string]int
	under   sync.WaitGroup // requests that are being answered
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{tickets: map[string]int{}}
	web := httptest.NewServer(http.HandlerFunc(d.create))
	t.Cleanup(web.Close)
	d.url = web.URL
	return d
}

func (d *desk) create(w http.ResponseWriter, r *http.Request) {
	d.under.Add(1)
	defer d.under.Done()
	var ticket struct{ Subject string }
	if err := json.NewDecoder(r.Body).Decode(&ticket); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	d.linger(r.Context())
	d.mu.Lock()
	d.tickets[ticket.Subject]++
	d.mu.Unlock()
	d.linger(r.Context())
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"subject":%q}`, ticket.Subject)
}

// linger lets some time pass, so that the server is killed while it waits.
func (d *desk) linger(ctx context.Context) {
	select {
	case <-time.After(rand.N(slowest / 2)):
	case <-ctx.Done():
	}
}

// made is how many tickets there are of a subject.
func (d *desk) made(subject string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.tickets[subject]
}

// document describes the desk.
func (d *desk) document() string {
	return `{"openapi":"3.0.3","info":{"title":"Desk","version":"1"},"servers":[{"url":"` + d.url + `"}],"paths":{"/tickets":{"post":{
		"operationId":"createTicket","summary":"Create a ticket","description":"Opens a ticket.",
		"requestBody":{"required":true,"content":{"application/json":{"schema":{"type":"object","required":["subject"],"properties":{
			"subject":{"type":"string","description":"What is broken."}}}}}},
		"responses":{"201":{"description":"The ticket."}}}}}}`
}
