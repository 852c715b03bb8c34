package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
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
	linger(r.Context(), rand.N(slowest/2)) // the server is killed while it waits
	d.mu.Lock()
	d.tickets[ticket.Subject]++
	d.mu.Unlock()
	linger(r.Context(), rand.N(slowest/2))
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	fmt.Fprintf(w, `{"subject":%q}`, ticket.Subject)
}

// linger lets some time pass, and reports whether nobody left meanwhile.
func linger(ctx context.Context, d time.Duration) bool {
	pause := time.NewTimer(d)
	defer pause.Stop()
	select {
	case <-pause.C:
		return true
	case <-ctx.Done():
		return false
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

// orders are what one person ordered at the desk: ticket after ticket, named by a
// number.
type orders struct {
	desk    *desk
	name    string // of the person
	count   int
	done    []string // subjects whose ticket was acknowledged
	unknown []string // subjects of which the server said that it does not know
}

func (o *orders) who() string { return o.name }

// counts compares what the desk has with what was acknowledged.
func (o *orders) counts() error {
	for i := range o.count {
		subject := fmt.Sprintf("%s-%d", o.name, i+1)
		n := o.desk.made(subject)
		switch {
		case n > 1:
			return fmt.Errorf("%s was created %d times", subject, n)
		case n == 0 && slices.Contains(o.done, subject):
			return fmt.Errorf("%s was acknowledged and is not there", subject)
		case n == 1 && !slices.Contains(o.done, subject) && !slices.Contains(o.unknown, subject):
			return fmt.Errorf("%s is there, and nobody was told so", subject)
		}
	}
	return nil
}
