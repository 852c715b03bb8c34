package outbound

import (
	"bytes"
	"compress/gzip"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

func wantRefusal(t *testing.T, err error, why string) {
	t.Helper()
	var refused *RefusedError
	if !errors.As(err, &refused) {
		t.Fatalf("err = %v, want a *RefusedError", err)
	}
	if !strings.Contains(refused.Why, why) {
		t.Errorf("why = %q, want %q", refused.Why, why)
	}
}

// A name that is public when first asked and private when connected to is
// refused by the connection itself, so the dialer's check is tried alone.
func TestControlJudgesTheAddressItself(t *testing.T) {
	g := build(Policy{}, quiet(), nil).http.Transport.(*guard)
	for address, ok := range map[string]bool{
		"93.184.215.14:443": true, "[2606:2800:21f:cb07::1]:443": true,
		"127.0.0.1:443": false, "[::ffff:93.184.215.14]:443": false, "[::1]:443": false, "168.63.129.16:443": false, "nonsense": false,
	} {
		if err := g.control(t.Context(), "tcp4", address, nil); (err == nil) != ok {
			t.Errorf("%s: %v, want open %t", address, err, ok)
		}
	}
}

// allowed makes a Client that may reach the given servers and nothing else
// that is not public.
func allowed(t *testing.T, p Policy, servers ...*httptest.Server) *Client {
	t.Helper()
	p.RootCAs = x509.NewCertPool()
	for _, s := range servers {
		o, err := ParseOrigin(s.URL)
		if err != nil {
			t.Fatal(err)
		}
		p.Allow = append(p.Allow, o)
		if s.Certificate() != nil {
			p.RootCAs.AddCert(s.Certificate())
		}
	}
	c := New(p, quiet())
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// get sends a GET with credentials and returns the body.
func get(t *testing.T, c *Client, url string) (string, error) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer canary")
	r.Header.Set("X-Api-Key", "canary")
	r.Header.Set("Accept", "application/json")
	res, err := c.Do(r)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

func echoHeaders(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%s|%s|%s|%s", r.Header.Get("Authorization"), r.Header.Get("X-Api-Key"), r.Header.Get("Referer"), r.Header.Get("Accept"))
}

func TestAllowListOpensOneOrigin(t *testing.T) {
	plain := httptest.NewServer(http.HandlerFunc(echoHeaders))
	defer plain.Close()
	other := httptest.NewServer(http.HandlerFunc(echoHeaders))
	defer other.Close()
	c := allowed(t, Policy{}, plain)
	if body, err := get(t, c, plain.URL); err != nil || !strings.HasPrefix(body, "Bearer canary|canary||") {
		t.Errorf("allowed origin: %q, %v", body, err)
	}
	_, err := get(t, c, other.URL)
	wantRefusal(t, err, "plain http is not open")
	_, err = get(t, c, strings.Replace(plain.URL, "http:", "https:", 1))
	wantRefusal(t, err, "is not open")
}

func TestRedirects(t *testing.T) {
	var target string
	code := http.StatusFound
	first := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/same":
			http.Redirect(w, r, "/end", http.StatusFound)
		case "/end":
			echoHeaders(w, r)
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		default:
			http.Redirect(w, r, target, code)
		}
	}))
	defer first.Close()
	second := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/back" {
			http.Redirect(w, r, first.URL+"/end", http.StatusFound)
			return
		}
		echoHeaders(w, r)
	}))
	defer second.Close()
	plain := httptest.NewServer(http.HandlerFunc(echoHeaders))
	defer plain.Close()
	c := allowed(t, Policy{}, first, second, plain)

	for _, tc := range []struct{ path, target, want string }{
		{"/same", "", "Bearer canary|canary||application/json"},
		{"/away?token=canary", second.URL + "/", "|||application/json"},
		{"/away", second.URL + "/back", "|||application/json"}, // nor again on the way back
	} {
		target = tc.target
		if body, err := get(t, c, first.URL+tc.path); err != nil || body != tc.want {
			t.Errorf("%s to %s: %q, %v; want %q", tc.path, tc.target, body, err, tc.want)
		}
	}
	for _, tc := range []struct{ path, target, why string }{
		{"/away", "https://169.254.169.254/latest/meta-data/", "is not a public address"},
		{"/away", "https://localhost/", "is not a public address"},
		{"/away", "https://example.com:22/", "port 22 is not open"},
		{"/away", "file:///etc/passwd", "from https to http"},
		{"/away", plain.URL, "from https to http"},
		{"/loop", "", "more than 5 redirects"},
	} {
		target = tc.target
		_, err := get(t, c, first.URL+tc.path)
		wantRefusal(t, err, tc.why)
	}

	target, code = second.URL, http.StatusTemporaryRedirect
	r, err := http.NewRequest(http.MethodPost, first.URL+"/away", strings.NewReader("client_secret=canary"))
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Do(r)
	wantRefusal(t, err, "a redirect of a POST to another origin")
	_, err = get(t, allowed(t, Policy{MaxRedirects: -1}, first), first.URL+"/same")
	wantRefusal(t, err, "more than 0 redirects")
}

func TestBodyIsBounded(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/announced":
			w.Header().Set("Content-Length", "1001")
			w.Write(make([]byte, 1001))
		case "/streamed":
			for range 1001 {
				w.Write([]byte("x"))
				w.(http.Flusher).Flush()
			}
		case "/bomb":
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			z.Write(make([]byte, 1<<20))
			z.Close()
		case "/full":
			w.Write(bytes.Repeat([]byte("x"), 1000))
		}
	}))
	defer srv.Close()
	c := allowed(t, Policy{MaxBody: 1000}, srv)
	for _, path := range []string{"/announced", "/streamed", "/bomb"} {
		if body, err := get(t, c, srv.URL+path); !errors.Is(err, ErrTooLarge) || len(body) > 1000 {
			t.Errorf("%s: %d bytes, %v", path, len(body), err)
		}
	}
	if body, err := get(t, c, srv.URL+"/full"); err != nil || len(body) != 1000 {
		t.Errorf("a full body: %d bytes, %v", len(body), err)
	}
}

func TestTimeouts(t *testing.T) {
	done := make(chan struct{})
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow-body" {
			w.Write([]byte("x"))
			w.(http.Flusher).Flush()
		}
		<-done
	}))
	defer srv.Close()
	defer close(done)
	for path, p := range map[string]Policy{
		"/slow-header": {HeaderTimeout: 20 * time.Millisecond},
		"/slow-body":   {Timeout: 50 * time.Millisecond},
	} {
		_, err := get(t, allowed(t, p, srv), srv.URL+path)
		var timeout net.Error
		if !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("%s: %v, want a time-out", path, err)
		}
	}
}

func TestErrorsAndLogsHideTheQuery(t *testing.T) {
	var log bytes.Buffer
	c := New(Policy{ConnectTimeout: time.Second}, slog.New(slog.NewTextHandler(&log, nil)))
	_, err := get(t, c, "https://127.0.0.1/path-canary?key=canary")
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("err = %v", err)
	}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		conn, _, _ := w.(http.Hijacker).Hijack()
		conn.Close()
	}))
	defer srv.Close()
	if _, err = get(t, allowed(t, Policy{}, srv), srv.URL+"/path-canary?key=canary"); err == nil || strings.Contains(err.Error(), "canary") || !strings.Contains(err.Error(), srv.URL) {
		t.Errorf("err = %v", err)
	}
	if got := log.String(); strings.Contains(got, "canary") || !strings.Contains(got, "origin=https://127.0.0.1:443") {
		t.Errorf("log: %s", got)
	}
}

func TestPlainAndPorts(t *testing.T) {
	g := build(Policy{Plain: true, Ports: []uint16{8443}}, quiet(), nil).http.Transport.(*guard)
	for raw, ok := range map[string]bool{
		"http://example.com/": true, "https://example.com:8443/": true, "http://example.com:8443/": true,
		"http://example.com:443/": false, "https://example.com:9443/": false, "http://127.0.0.1/": false,
	} {
		r, err := http.NewRequest(http.MethodGet, raw, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := g.checkURL(r.URL, false); (err == nil) != ok {
			t.Errorf("%s: %v, want open %t", raw, err, ok)
		}
	}
}

func TestParseOrigin(t *testing.T) {
	for s, want := range map[string]string{
		"https://Example.com":       "https://example.com:443",
		"http://10.0.0.5:9000/":     "http://10.0.0.5:9000",
		"http://[::1]:8080":         "http://[::1]:8080",
		"https://[::ffff:10.0.0.1]": "https://10.0.0.1:443",
		"https://example.com.:8443": "https://example.com:8443",
		"http://minio.internal":     "http://minio.internal:80",
	} {
		if o, err := ParseOrigin(s); err != nil || o.String() != want {
			t.Errorf("%s: %v, %v; want %s", s, o, err, want)
		}
	}
	for s, want := range map[string]string{
		"example.com":             "must begin with http",
		"ftp://example.com":       "must begin with http",
		"https://example.com/x":   "scheme, host and port only",
		"https://u@example.com":   "scheme, host and port only",
		"https://example.com?x=1": "scheme, host and port only",
		"https://example.com:0":   "no valid port",
		"https://":                "no host",
		"https://127.1":           "odd notation",
		"http://%zz":              "not a URL",
	} {
		if _, err := ParseOrigin(s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", s, err, want)
		}
	}
}
