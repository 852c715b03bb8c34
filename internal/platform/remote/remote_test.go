package remote

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

func TestRequestIsSentAsBound(t *testing.T) {
	var got *http.Request
	srv := newParty(t, func(w http.ResponseWriter, r *http.Request) { got = r.Clone(context.Background()) })
	c := newCaller(t, outbound.Policy{}, srv.Server)
	_, err := c.do(t, Call{
		Request: &action.Request{Method: "PATCH", URL: srv.URL + "/a%2Fb/c?x=1&y=%20", Body: []byte("body"), Header: http.Header{
			"Content-Type": {"application/json"}, "X-Two": {"1", "2"}, "accept": {"text/csv"}, "Cookie": {"a=b"},
			"Host": {"evil.test"}, "Connection": {"X-Two"}, "Content-Length": {"1"}, "Transfer-Encoding": {"chunked"},
			"Accept-Encoding": {"br"}, "Proxy-Authorization": {"x"}, "Expect": {"100-continue"}, "Upgrade": {"h2c"}, "Range": {"bytes=0-1"},
		}},
		Authorize: func(r *http.Request) error {
			r.Header.Set("X-Api-Key", "key")
			q := r.URL.Query()
			q.Set("token", "t")
			r.URL.RawQuery = q.Encode()
			return nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Method != "PATCH" || got.RequestURI != "/a%2Fb/c?token=t&x=1&y=+" || got.Host != strings.TrimPrefix(srv.URL, "http://") {
		t.Errorf("%s %s at %s", got.Method, got.RequestURI, got.Host)
	}
	if diff := cmp.Diff(http.Header{
		"Content-Type": {"application/json"}, "X-Two": {"1", "2"}, "Accept": {"text/csv"}, "Cookie": {"a=b"}, "X-Api-Key": {"key"},
		"User-Agent": {"Parley"}, "Accept-Encoding": {"gzip"}, "Content-Length": {"4"},
	}, got.Header); diff != "" {
		t.Error(diff)
	}
}

func TestAuthorizeFails(t *testing.T) {
	srv := newParty(t, says(200, "ok"))
	why := errors.New("no login")
	_, err := newCaller(t, outbound.Policy{}, srv.Server).do(t, Call{
		Request: &action.Request{Method: "GET", URL: srv.URL}, Read: true, Authorize: func(*http.Request) error { return why },
	})
	if !errors.Is(err, why) || len(srv.requests()) != 0 {
		t.Errorf("%v after %q", err, srv.requests())
	}
}

func TestUnsendable(t *testing.T) {
	c := newCaller(t, outbound.Policy{})
	for _, call := range []Call{
		{Request: &action.Request{Method: "GET", URL: "http://%zz/?canary"}},
		{Request: &action.Request{Method: "GE T", URL: "https://api.test/?canary"}},
	} {
		if _, err := c.do(t, call); err == nil || err.Error() != "the call has a method or a URL that HTTP cannot send" {
			t.Errorf("err = %v", err)
		}
	}
	_, err := c.do(t, read("http://169.254.169.254/latest"))
	if _, ok := errors.AsType[*outbound.RefusedError](err); !ok {
		t.Errorf("%v, want a *outbound.RefusedError", err)
	}
}

// What is sent how often, and what comes of it.
func TestSendingAgain(t *testing.T) {
	ok := says(200, "fine", "Content-Type: text/plain")
	post := func(url string) Call { return write("POST", url) }
	get := func(url string) Call { c := write("GET", url); c.Request.Body = nil; return c } // a GET that acts
	keyed := func(url string) Call {
		c := post(url)
		c.Request.Header = http.Header{"Idempotency-Key": {"1"}}
		return c
	}
	for _, tc := range []struct {
		name    string
		call    func(url string) Call
		answers []http.HandlerFunc
		sent    int
		waited  []time.Duration
		status  int  // of a *StatusError; 0 for none
		broken  bool // *UnreachableError
	}{
		{name: "read", call: read, answers: []http.HandlerFunc{ok}, sent: 1},
		{name: "read breaks", call: read, answers: []http.HandlerFunc{breaks, ok}, sent: 2},
		{name: "read breaks twice", call: read, answers: []http.HandlerFunc{breaks, breaks, ok}, sent: 2, broken: true},
		{name: "read breaks in the body", call: read, answers: []http.HandlerFunc{says(200, "x", "Content-Length: 9", "Content-Type: text/plain"), ok}, sent: 2},
		{name: "read, 500", call: read, answers: []http.HandlerFunc{says(500, ""), ok}, sent: 1, status: 500},
		{name: "read, 502", call: read, answers: []http.HandlerFunc{says(502, ""), ok}, sent: 2, waited: []time.Duration{250 * time.Millisecond}},
		{name: "read, 503", call: read, answers: []http.HandlerFunc{says(503, ""), ok}, sent: 2, waited: []time.Duration{250 * time.Millisecond}},
		{name: "read, 504 twice", call: read, answers: []http.HandlerFunc{says(504, ""), says(504, ""), ok}, sent: 2, waited: []time.Duration{250 * time.Millisecond}, status: 504},
		{name: "read, 503 for 3 s", call: read, answers: []http.HandlerFunc{says(503, "", "Retry-After: 3"), ok}, sent: 2, waited: []time.Duration{3 * time.Second}},
		{name: "read, 503 for too long", call: read, answers: []http.HandlerFunc{says(503, "", "Retry-After: 11"), ok}, sent: 1, status: 503},
		{name: "read, 429", call: read, answers: []http.HandlerFunc{says(429, ""), ok}, sent: 1, status: 429},
		{name: "read, 429 for 10 s", call: read, answers: []http.HandlerFunc{says(429, "", "Retry-After: 10"), ok}, sent: 2, waited: []time.Duration{10 * time.Second}},
		{name: "read, 429 until a date", call: read, answers: []http.HandlerFunc{says(429, "", "Retry-After: Sun, 22 Nov 2026 12:00:05 GMT"), ok}, sent: 2, waited: []time.Duration{5 * time.Second}},
		{name: "read, 429 twice", call: read, answers: []http.HandlerFunc{says(429, "", "Retry-After: 1"), says(429, "", "Retry-After: 2")}, sent: 2, waited: []time.Duration{time.Second}, status: 429},
		{name: "read, 404", call: read, answers: []http.HandlerFunc{says(404, ""), ok}, sent: 1, status: 404},
		{name: "write", call: post, answers: []http.HandlerFunc{ok}, sent: 1},
		{name: "write breaks", call: post, answers: []http.HandlerFunc{breaks, ok}, sent: 1, broken: true},
		{name: "write, 502", call: post, answers: []http.HandlerFunc{says(502, ""), ok}, sent: 1, status: 502},
		{name: "write, 503 for 1 s", call: post, answers: []http.HandlerFunc{says(503, "", "Retry-After: 1"), ok}, sent: 1, status: 503},
		{name: "write, 429 for 1 s", call: post, answers: []http.HandlerFunc{says(429, "", "Retry-After: 1"), ok}, sent: 1, status: 429},
		{name: "GET that acts breaks", call: get, answers: []http.HandlerFunc{breaks, ok}, sent: 1, broken: true},
		{name: "write with a key breaks", call: keyed, answers: []http.HandlerFunc{breaks, ok}, sent: 1, broken: true},
		{name: "write, 307 to itself", call: post, answers: []http.HandlerFunc{says(307, "", "Location: /again"), ok}, sent: 1, status: 307},
		{name: "GET that acts, 302", call: get, answers: []http.HandlerFunc{says(302, "", "Location: /again"), ok}, sent: 1, status: 302},
		{name: "read, 302", call: read, answers: []http.HandlerFunc{says(302, "", "Location: /again"), ok}, sent: 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			srv := newParty(t, tc.answers...)
			c := newCaller(t, outbound.Policy{}, srv.Server)
			call := tc.call(srv.URL + "/path")
			if !call.Read { // on a connection that has been used, which net/http is bolder with
				c.warm(t, srv)
			}
			a, err := c.do(t, call)
			var status *StatusError
			var unreachable *UnreachableError
			switch {
			case tc.status != 0:
				if !errors.As(err, &status) || status.Status != tc.status {
					t.Errorf("err = %v, want status %d", err, tc.status)
				}
			case tc.broken:
				if !errors.As(err, &unreachable) || unreachable.Why != "the connection broke before the whole answer had come" {
					t.Errorf("err = %v", err)
				}
			case err != nil || string(a.Body) != "fine":
				t.Errorf("%v, %v", a, err)
			}
			if sent := srv.requests(); len(sent) != tc.sent {
				t.Errorf("sent %d times, want %d: %q", len(sent), tc.sent, sent)
			}
			if !slices.Equal(c.waited, tc.waited) {
				t.Errorf("waited %v, want %v", c.waited, tc.waited)
			}
		})
	}
}

// warm leaves a connection to a party behind.
func (c *caller) warm(t *testing.T, p *party) {
	t.Helper()
	answers := p.answers
	p.answers = []http.HandlerFunc{says(200, "warm")}
	if _, err := c.do(t, read(p.URL)); err != nil {
		t.Fatal(err)
	}
	p.answers, p.got = answers, nil
}

// A wait that would outlast the caller's deadline is not begun.
func TestWaitEndsBeforeTheDeadline(t *testing.T) {
	srv := newParty(t, says(429, "", "Retry-After: 5"), says(200, "ok"))
	for left, sent := range map[time.Duration]int{4 * time.Second: 1, time.Hour: 2} {
		srv.got = nil
		c := newCaller(t, outbound.Policy{}, srv.Server)
		c.Now = time.Now
		ctx, cancel := context.WithTimeout(t.Context(), left)
		defer cancel()
		_, err := c.Do(ctx, read(srv.URL))
		if status, ok := errors.AsType[*StatusError](err); len(srv.requests()) != sent || ok != (sent == 1) || ok && status.RetryAfter != 5*time.Second {
			t.Errorf("%s left: sent %d times, %v", left, len(srv.requests()), err)
		}
	}
}

// Credentials are asked for anew for each try.
func TestEachTryIsAuthorized(t *testing.T) {
	srv := newParty(t, breaks, says(200, "ok"))
	n := 0
	call := read(srv.URL)
	call.Authorize = func(*http.Request) error { n++; return nil }
	if _, err := newCaller(t, outbound.Policy{}, srv.Server).do(t, call); err != nil || n != 2 {
		t.Errorf("authorized %d times, %v", n, err)
	}
}

func TestRedirectOfReadDropsCredentials(t *testing.T) {
	other := newParty(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || strings.Contains(r.URL.String(), secret) {
			t.Errorf("the other origin was told %s %v", r.URL, r.Header)
		}
	})
	srv := newParty(t, says(302, "", "Location: "+other.URL+"/there"))
	c := newCaller(t, outbound.Policy{}, srv.Server, other.Server)
	if _, err := c.do(t, read(srv.URL)); err != nil || len(other.requests()) != 1 {
		t.Errorf("%v after %q", err, other.requests())
	}
	srv.answers = []http.HandlerFunc{says(302, "", "Location: "+other.URL+"/there?key=canary")}
	call := read(srv.URL)
	call.Authorize = func(r *http.Request) error { r.URL.RawQuery += "&key=" + secret; return nil }
	_, err := c.do(t, call)
	var refused *outbound.RefusedError
	if !errors.As(err, &refused) || len(other.requests()) != 1 {
		t.Errorf("%v after %q", err, other.requests())
	}
}

func TestUnreachable(t *testing.T) {
	slow := newParty(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	gone := httptest.NewServer(nil)
	gone.Close()
	untrusted := httptest.NewUnstartedServer(nil)
	untrusted.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	untrusted.StartTLS()
	defer untrusted.Close()
	plain := newParty(t, says(200, ""))
	tls := &httptest.Server{URL: strings.Replace(plain.URL, "http:", "https:", 1)}
	nowhere := &httptest.Server{URL: "http://nowhere.invalid"}
	p := outbound.Policy{HeaderTimeout: 30 * time.Millisecond}
	c := newCaller(t, p, slow.Server, gone, untrusted, tls, nowhere)
	for url, why := range map[string]string{
		slow.URL:      "no answer within 30ms",
		gone.URL:      "the connection was refused",
		untrusted.URL: "its TLS certificate is not trusted: an authority signed it that is not known here",
		tls.URL:       "it does not speak TLS on port " + tls.URL[strings.LastIndex(tls.URL, ":")+1:] + "; is it http rather than https?",
		nowhere.URL:   "the name nowhere.invalid cannot be resolved",
	} {
		_, err := c.do(t, read(url+"/"+secret))
		var unreachable *UnreachableError
		if !errors.As(err, &unreachable) || unreachable.Why != why || !strings.HasPrefix(unreachable.Origin, url) {
			t.Errorf("%s: %v, want %s", url, err, why)
		}
	}
	if len(slow.requests()) != 1 {
		t.Errorf("a read that took too long was sent %d times", len(slow.requests()))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Do(ctx, read(slow.URL)); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want context.Canceled", err)
	}
}

// Without a Wait the clock is waited by.
func TestWaitByTheClock(t *testing.T) {
	c := &Caller{}
	if err := c.wait(t.Context(), time.Nanosecond); err != nil {
		t.Error(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.wait(ctx, time.Hour); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}
