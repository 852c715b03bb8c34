package outbound

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

// names is a small DNS server: it answers every A and AAAA question from a
// table and returns a resolver that asks it.
func names(t *testing.T, table map[string][]string) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var m dnsmessage.Message
			if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
				continue
			}
			answer(&m, table)
			if out, err := m.Pack(); err == nil {
				conn.WriteTo(out, from)
			}
		}
	}()
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func answer(m *dnsmessage.Message, table map[string][]string) {
	q := m.Questions[0]
	m.Response, m.Additionals = true, nil
	addrs, known := table[strings.TrimSuffix(strings.ToLower(q.Name.String()), ".")]
	if !known {
		m.RCode = dnsmessage.RCodeNameError
		return
	}
	for _, s := range addrs {
		addr := netip.MustParseAddr(s)
		header := dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class, Type: q.Type}
		switch {
		case addr.Is4() && q.Type == dnsmessage.TypeA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AResource{A: addr.As4()}})
		case addr.Is6() && q.Type == dnsmessage.TypeAAAA:
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: header, Body: &dnsmessage.AAAAResource{AAAA: addr.As16()}})
		}
	}
}

// attack is a URL that must not lead to a connection.
type attack struct{ url, why string }

func attacks() []attack {
	const public = "is not a public address"
	return []attack{
		// Addresses written plainly.
		{"https://127.0.0.1/", public},
		{"https://127.8.9.1/", public},
		{"https://0.0.0.0/", public},
		{"https://10.1.2.3/", public},
		{"https://172.16.0.1/", public},
		{"https://172.31.255.255/", public},
		{"https://192.168.1.1/", public},
		{"https://100.64.0.1/", public},
		{"https://100.100.100.200/latest/meta-data/", public}, // Alibaba's metadata
		{"https://169.254.169.254/latest/meta-data/", public}, // AWS, GCP, Azure
		{"https://169.254.170.2/v2/credentials/", public},     // ECS
		{"https://168.63.129.16/", public},                    // Azure's host agent
		{"https://192.0.0.192/", public},                      // Oracle's metadata
		{"https://198.18.0.1/", public},
		{"https://203.0.113.7/", public},
		{"https://224.0.0.1/", public},
		{"https://240.0.0.1/", public},
		{"https://255.255.255.255/", public},
		{"https://[::1]/", public},
		{"https://[::]/", public},
		{"https://[fe80::1]/", public},
		{"https://[fd00:ec2::254]/", public}, // AWS over IPv6
		{"https://[fc00::1]/", public},
		{"https://[ff02::1]/", public},
		{"https://[2001:db8::1]/", public},
		// IPv4 inside IPv6.
		{"https://[::ffff:127.0.0.1]/", public},
		{"https://[::ffff:a9fe:a9fe]/", public},
		{"https://[::127.0.0.1]/", public},
		{"https://[64:ff9b::7f00:1]/", public},
		{"https://[2002:7f00:1::]/", public},
		{"https://[2001:0:7f00:1::]/", public},
		// Odd notations.
		{"https://2130706433/", "odd notation"},
		{"https://0x7f000001/", "odd notation"},
		{"https://0x7f.0.0.1/", "odd notation"},
		{"https://0177.0.0.1/", "odd notation"},
		{"https://127.1/", "odd notation"},
		{"https://127.0.0.1./", "odd notation"},
		{"https://127.0.0.0x1/", "odd notation"},
		{"https://256.256.256.256/", "odd notation"},
		{"https://１２７.０.０.１/", "outside ASCII"},
		{"https://ⓛocalhost/", "outside ASCII"},
		{"https://localhost。/", "outside ASCII"},
		{"https://[fe80::1%25eth0]/", "zone"},
		// Names, judged after resolution.
		{"https://localhost/", public},
		{"https://LOOPBACK.test./", public},
		{"https://loopback.test/", public},
		{"https://private.test/", public},
		{"https://metadata.test/", public},
		{"https://six.test/", public},
		{"https://several.test/", public},
		// Schemes, ports, users.
		{"http://loopback.test/", "plain http is not open"},
		{"ftp://example.com/", `scheme "ftp" is not open`},
		{"file:///etc/passwd", "has no host"},
		{"gopher://127.0.0.1:6379/_x", `scheme "gopher" is not open`},
		{"https://example.com:22/", "port 22 is not open"},
		{"https://example.com:6379/", "port 6379 is not open"},
		{"https://example.com:80/", "port 80 is not open for https"},
		{"https://example.com:0/", "port 0 is not open"},
		{"https://example.com:65979/", "port 0 is not open"}, // 443 + 65536
		{"https://user@example.com/", "user name"},
		{"https://example.com:443@127.0.0.1/", "user name"},
		{"https:///path", "has no host"},
		{"https://a_b!.test/", "which no host name has"},
		{"https://" + strings.Repeat("a", 254) + "/", "longer than 253"},
	}
}

func TestAttacks(t *testing.T) {
	client := build(Policy{}, quiet(), names(t, map[string][]string{
		"loopback.test": {"127.0.0.1"},
		"private.test":  {"10.0.0.1"},
		"metadata.test": {"169.254.169.254"},
		"six.test":      {"::1"},
		"several.test":  {"192.168.0.1", "fd00:ec2::254", "127.0.0.1"},
	}))
	for _, a := range attacks() {
		t.Run(a.url[:min(len(a.url), 60)], func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, a.url, nil)
			if err != nil {
				t.Fatal(err)
			}
			res, err := client.Do(r)
			if err == nil {
				res.Body.Close()
			}
			wantRefusal(t, err, a.why)
		})
	}
}

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
