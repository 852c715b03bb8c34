package wire

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// endless is a body without an announced length.
type endless struct{ io.Reader }

func TestBodyTooLarge(t *testing.T) {
	f := start(t)
	tests := []struct {
		name, target string
		size         int
		announced    bool
		status       int
		message      string
	}{
		{"at the limit", "/applications", defaultLimit, true, 403, ""}, // it is not signed
		{"at the limit, not announced", "/applications", defaultLimit, false, 403, ""},
		{"one more", "/applications", defaultLimit + 1, true, 413, "The body has 1048577 bytes; CreateApplication takes at most 1048576."},
		{"one more, not announced", "/applications", defaultLimit + 1, false, 413, "The body is larger than the 1048576 bytes that CreateApplication takes."},
		{"a larger limit", applicationPath + "/plugins", 8 * mib, true, 403, ""},
		{"beyond the larger limit", applicationPath + "/plugins", 8*mib + 1, true, 413, "The body has 8388609 bytes; CreatePlugin takes at most 8388608."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := f.newRequest(t, "POST", tt.target, strings.Repeat(" ", tt.size))
			if !tt.announced {
				r.Body, r.ContentLength = io.NopCloser(endless{r.Body}), -1
			}
			a := send(t, http.DefaultClient, r)
			if a.status != tt.status {
				t.Errorf("status %d; want %d", a.status, tt.status)
			}
			if tt.status == 413 && (a.header.Get("x-amzn-ErrorType") != "RequestEntityTooLargeException" || a.members["message"] != tt.message) {
				t.Errorf("%s: %s", a.header.Get("x-amzn-ErrorType"), a.members["message"])
			}
		})
	}
	if held := f.held.held.Load(); held != 0 {
		t.Errorf("%d bytes are still held", held)
	}
}

// HTTP/2 has its own ways to end a body early.
func TestBodyTooLargeInHTTP2(t *testing.T) {
	f := start(t)
	h2 := client(t, nil, func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) })
	for _, announced := range []bool{true, false} {
		r := f.newRequest(t, "POST", "/applications", strings.Repeat(" ", 3*mib))
		if !announced {
			r.Body, r.ContentLength = io.NopCloser(endless{r.Body}), -1
		}
		if a := send(t, h2, r); a.status != http.StatusRequestEntityTooLarge {
			t.Errorf("announced %v: status %d", announced, a.status)
		}
	}
}

// conversation is a connection on which a test decides over every byte.
type conversation struct {
	net.Conn
	r *bufio.Reader
}

func (f *fixture) dial(t testing.TB) *conversation {
	t.Helper()
	c, err := net.Dial("tcp", f.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return &conversation{c, bufio.NewReader(c)}
}

func (c *conversation) say(t testing.TB, format string, args ...any) {
	t.Helper()
	if _, err := fmt.Fprintf(c, format, args...); err != nil {
		t.Fatal(err)
	}
}

func (c *conversation) answer(t testing.TB) answer {
	t.Helper()
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return read(t, "POST", resp)
}

func TestTooLargeIsRefusedBeforeTheBodyComes(t *testing.T) {
	c := start(t).dial(t)
	c.say(t, "POST /applications HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: %d\r\n\r\n", 10*mib)
	if a := c.answer(t); a.status != http.StatusRequestEntityTooLarge { // and no 100 before it
		t.Errorf("status %d", a.status)
	}
}

func TestExpectContinue(t *testing.T) {
	c := start(t).dial(t)
	c.say(t, "POST /applications HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
	line, err := c.r.ReadString('\n')
	if err != nil || line != "HTTP/1.1 100 Continue\r\n" {
		t.Fatalf("%q, %v", line, err)
	}
	if _, err := c.r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	c.say(t, "{}")
	if a := c.answer(t); a.header.Get("x-amzn-ErrorType") != "MissingAuthenticationToken" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

func TestSlowBody(t *testing.T) {
	f := start(t, func(c *Config) { c.Timeouts.Read = 50 * time.Millisecond })
	c := f.dial(t)
	c.say(t, "POST /applications HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
	if a := c.answer(t); a.status != http.StatusRequestTimeout || a.header.Get("x-amzn-ErrorType") != "RequestTimeoutException" {
		t.Errorf("%d %s", a.status, a.header.Get("x-amzn-ErrorType"))
	}
	if _, err := c.r.ReadByte(); err != io.EOF {
		t.Errorf("the connection stays open: %v", err)
	}
}

func TestSlowHeader(t *testing.T) {
	f := start(t, func(c *Config) { c.Timeouts.Header = 50 * time.Millisecond })
	c := f.dial(t)
	c.say(t, "POST /applications HTTP/1.1\r\nHost: x\r\nX-Slow: ")
	if _, err := io.ReadAll(c.r); err != nil {
		t.Errorf("the connection stays open: %v", err)
	}
}

func TestHugeHeader(t *testing.T) {
	c := start(t).dial(t)
	c.say(t, "GET /applications HTTP/1.1\r\nHost: x\r\nX-Huge: %s\r\n\r\n", strings.Repeat("h", maxHeader+8<<10))
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge { // net/http's own answer: no handler sees it
		t.Errorf("status %d", resp.StatusCode)
	}
}

func TestBodyCutOff(t *testing.T) {
	c := start(t).dial(t)
	c.say(t, "POST /applications HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\n{")
	if err := c.Conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if a := c.answer(t); a.status != http.StatusBadRequest || a.header.Get("x-amzn-ErrorType") != "RequestAbortedException" {
		t.Errorf("%d %s", a.status, a.header.Get("x-amzn-ErrorType"))
	}
}

// The budget holds for all requests together, is charged as bytes arrive, and
// is given back.
func TestBodiesInFlight(t *testing.T) {
	f := start(t, func(c *Config) { c.InFlight = 2 * mib })
	var slow []*conversation
	for _, key := range []string{root.AccessKeyID, stranger.AccessKeyID} {
		slow = append(slow, f.uploads(t, key, 513<<10))
	}
	waitFor(t, func() bool { return f.held.held.Load() == 2*mib }) // they have all there is

	r := f.newRequest(t, "POST", applicationPath+"/plugins", strings.Repeat(" ", 1536<<10))
	if a := send(t, http.DefaultClient, r); a.status != http.StatusTooManyRequests || a.header.Get("x-amzn-ErrorType") != "ThrottlingException" {
		t.Errorf("%d %s", a.status, a.header.Get("x-amzn-ErrorType"))
	}
	if a := f.call(t, "GET", pluginPath, ""); a.status != http.StatusOK {
		t.Errorf("a request without a body: %d", a.status)
	}
	for _, c := range slow {
		c.Close()
	}
	waitFor(t, func() bool { return f.held.held.Load() == 0 && f.strange.held.Load() == 0 })
	if a := send(t, http.DefaultClient, f.newRequest(t, "POST", applicationPath+"/plugins", strings.Repeat(" ", 512<<10))); a.status != 403 {
		t.Errorf("status %d once there is room", a.status)
	}
}

// uploads sends the beginning of a large body in the name of a key, and no more.
func (f *fixture) uploads(t *testing.T, key string, size int) *conversation {
	t.Helper()
	c := f.dial(t)
	c.say(t, "POST %s/plugins HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s", applicationPath, naming(key), 8*mib, strings.Repeat(" ", size))
	return c
}

// TestAKeyLeavesRoom: whoever has a key, and uploads slowly, leaves a quarter of the
// memory for bodies to others; what it was charged is given back.
func TestAKeyLeavesRoom(t *testing.T) {
	f := start(t, func(c *Config) { c.InFlight = 4 * mib })
	for i := range 3 {
		c := f.uploads(t, root.AccessKeyID, 513<<10)
		defer c.Close()
		waitFor(t, func() bool { return f.held.held.Load() == int64(i+1)*mib })
	}
	more := f.uploads(t, root.AccessKeyID, 64<<10)
	if a := more.answer(t); a.status != http.StatusTooManyRequests || a.header.Get("x-amzn-ErrorType") != "ThrottlingException" {
		t.Errorf("%d %s", a.status, a.body)
	}
	other := f.uploads(t, stranger.AccessKeyID, 513<<10)
	waitFor(t, func() bool { return f.held.held.Load() == 4*mib })
	other.Close()
	waitFor(t, func() bool { return f.held.held.Load() == 3*mib })
	f.shares.mu.Lock()
	defer f.shares.mu.Unlock()
	if diff := cmp.Diff(map[string]int64{root.AccessKeyID: 3 * mib}, f.shares.held); diff != "" {
		t.Error(diff)
	}
}

// naming is the headers of a request that claims to be signed with a key.
func naming(key string) string {
	now := time.Now().UTC()
	return fmt.Sprintf("X-Amz-Date: %s\r\nAuthorization: AWS4-HMAC-SHA256 Credential=%s/%s/%s/qbusiness/aws4_request, SignedHeaders=host;x-amz-date, Signature=00\r\n",
		now.Format("20060102T150405Z"), key, now.Format("20060102"), region)
}

// TestStrangersHaveHalf of the memory for bodies: whoever has no key keeps nobody out
// who has one.
func TestStrangersHaveHalf(t *testing.T) {
	f := start(t, func(c *Config) { c.InFlight = 4 * mib })
	for i, key := range []string{"", naming("AKIAUNKNOWN"), "Authorization: Basic x\r\n"} {
		c := f.dial(t)
		c.say(t, "POST %s/plugins HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s", applicationPath, key, 8*mib, strings.Repeat(" ", 513<<10))
		t.Cleanup(func() { c.Close() })
		if i == 2 {
			if a := c.answer(t); a.status != http.StatusTooManyRequests {
				t.Errorf("the third stranger: %d", a.status)
			}
		}
		waitFor(t, func() bool { return f.strange.held.Load() == int64(min(i+1, 2)*mib) })
	}
	known := f.dial(t)
	known.say(t, "POST %s/plugins HTTP/1.1\r\nHost: x\r\n%sContent-Length: %d\r\n\r\n%s", applicationPath, naming(root.AccessKeyID), 513<<10, strings.Repeat(" ", 513<<10))
	if a := known.answer(t); a.status != http.StatusForbidden { // its signature is wrong
		t.Errorf("who names a key: %d %s", a.status, a.body)
	}
	waitFor(t, func() bool { return f.held.held.Load() == 2*mib && f.strange.held.Load() == 2*mib })
}

// waitFor waits until something that another goroutine does has happened.
func waitFor(t testing.TB, happened func() bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(10 * time.Second); !happened(); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("it did not happen within 10 s")
		}
	}
}

func TestBudget(t *testing.T) {
	b := budget{most: 1000}
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for range 1000 {
				if b.take(30) {
					b.give(30)
				}
			}
		})
	}
	all.Wait()
	if held := b.held.Load(); held != 0 {
		t.Errorf("%d bytes are held by nobody", held)
	}
	if b.take(1001) || !b.take(1000) || b.take(1) {
		t.Error("the bound is not 1000")
	}
}
