package outbound

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// hall is a server that keeps requests until it is told to let them go, and
// knows how many it has had at once.
type hall struct {
	*httptest.Server
	mu           sync.Mutex
	inside, most int
	arrived      chan struct{}
	open         chan struct{}
}

func newHall(t *testing.T, http2 bool) *hall {
	t.Helper()
	h := &hall{arrived: make(chan struct{}, 100), open: make(chan struct{})}
	h.Server = httptest.NewUnstartedServer(h)
	h.EnableHTTP2 = http2
	h.StartTLS()
	t.Cleanup(h.Close)
	return h
}

func (h *hall) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	h.inside++
	h.most = max(h.most, h.inside)
	h.mu.Unlock()
	defer func() { h.mu.Lock(); h.inside--; h.mu.Unlock() }()
	h.arrived <- struct{}{}
	<-h.open
	fmt.Fprint(w, r.Proto)
}

func TestConcurrencyIsBounded(t *testing.T) {
	for proto, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2.0": true} {
		t.Run(proto, func(t *testing.T) {
			h := newHall(t, http2)
			c := allowed(t, Policy{MaxPerHost: 3}, h.Server)
			var all sync.WaitGroup
			for range 12 {
				all.Go(func() {
					if body, err := get(t, c, h.URL); err != nil || body != proto {
						t.Errorf("%q, %v", body, err)
					}
				})
			}
			for range 3 {
				<-h.arrived
			}
			close(h.open)
			all.Wait()
			if h.most != 3 {
				t.Errorf("%d requests at once", h.most)
			}
			if q := c.http.Transport.(*guard).queue; len(q.doors) != 0 {
				t.Errorf("the queue keeps %v", q.doors)
			}
		})
	}
}

// Who waits for a place does so no longer than its context lasts.
func TestQueueWaitsWithinTheContext(t *testing.T) {
	h := newHall(t, false)
	c := allowed(t, Policy{MaxPerHost: 1}, h.Server)
	var first sync.WaitGroup
	first.Go(func() {
		if _, err := get(t, c, h.URL); err != nil {
			t.Error(err)
		}
	})
	<-h.arrived
	impatient := &Client{policy: c.policy, http: &http.Client{Transport: c.http.Transport, Timeout: 20 * time.Millisecond}}
	_, err := get(t, impatient, h.URL+"/?canary")
	if want := h.URL + " cannot be reached: as many requests to it as may be are under way already"; err == nil || err.Error() != want {
		t.Errorf("%v, want %q", err, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, _ := http.NewRequestWithContext(ctx, http.MethodGet, h.URL, nil)
	if _, err := c.Do(r); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want context.Canceled", err)
	}
	close(h.open)
	first.Wait()
	if h.most != 1 {
		t.Errorf("%d requests at once", h.most)
	}
}

func TestQueueGivesPlacesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue(1)
		a, b := Origin{"https", "a", 443}, Origin{"https", "b", 443}
		leave, err := q.enter(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		if leaveB, err := q.enter(t.Context(), b); err != nil {
			t.Error("one origin waits for another")
		} else {
			leaveB()
		}
		in := make(chan func())
		go func() { leave, _ := q.enter(context.WithoutCancel(t.Context()), a); in <- leave }()
		synctest.Wait()
		select {
		case <-in:
			t.Error("two are inside")
		default:
		}
		leave()
		leave() // once too often
		next := <-in
		next()
		if len(q.doors) != 0 {
			t.Errorf("doors = %v", q.doors)
		}
	})
}

// A place is kept until the body has been read or closed.
func TestThePlaceLastsAsLongAsTheBody(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "hello") }))
	defer srv.Close()
	c := allowed(t, Policy{MaxPerHost: 1}, srv)
	doors := func() int {
		q := c.http.Transport.(*guard).queue
		q.mu.Lock()
		defer q.mu.Unlock()
		return len(q.doors)
	}
	for name, finish := range map[string]func(io.ReadCloser){
		"closed": func(b io.ReadCloser) { b.Close() },
		"read":   func(b io.ReadCloser) { io.ReadAll(b) },
	} {
		r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, srv.URL, nil)
		res, err := c.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		before := doors()
		finish(res.Body)
		if after := doors(); before != 1 || after != 0 {
			t.Errorf("%s: %d doors before, %d after", name, before, after)
		}
		res.Body.Close()
	}
}
