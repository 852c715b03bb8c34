package outbound

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"code.dny.dev/ssrf"
	"golang.org/x/net/dns/dnsmessage"
)

// world is a small internet on loopback addresses. All servers listen on one
// port, so that a name may move from one to another. Of its addresses only
// those of api, stranger and hostile count as public.
type world struct {
	port  string
	roots *x509.CertPool
	ca    *authority
	zone  *zone

	victim *victim // 127.0.0.1 and [::1]: what must never be connected to
	proxy  *proxy  // any address: operators name their proxy
	leaked evidence
	hits   evidence // methods and paths that reached stranger
	done   chan struct{}
}

const (
	apiIP, strangerIP, hostileIP = "127.0.0.2", "127.0.0.3", "127.0.0.4"
	secret                       = "canary"
)

// evidence is what servers saw.
type evidence struct {
	mu    sync.Mutex
	lines []string
}

func (e *evidence) add(line string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lines = append(e.lines, line)
}

func (e *evidence) take() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	lines := e.lines
	e.lines = nil
	return lines
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{ca: newAuthority(t), zone: newZone(), done: make(chan struct{})}
	w.roots = w.ca.pool
	w.proxy = newProxy(t)
	t.Cleanup(func() { close(w.done) })
	listeners := w.listen(t)
	w.victim = &victim{}
	go w.victim.serve(listeners[0])
	if six, err := net.Listen("tcp6", "[::1]:"+w.port); err == nil {
		t.Cleanup(func() { six.Close() })
		go w.victim.serve(six)
	}
	w.serve(t, listeners[1], http.HandlerFunc(w.api))
	w.serve(t, listeners[2], http.HandlerFunc(w.stranger))
	w.serve(t, listeners[3], http.HandlerFunc(w.hostile))
	return w
}

// listen opens the victim's address and the public ones on the same port.
func (w *world) listen(t *testing.T) []net.Listener {
	t.Helper()
tries:
	for range 20 {
		var all []net.Listener
		w.port = "0"
		for _, ip := range []string{"127.0.0.1", apiIP, strangerIP, hostileIP} {
			l, err := net.Listen("tcp4", net.JoinHostPort(ip, w.port))
			if err != nil {
				for _, l := range all {
					l.Close()
				}
				continue tries
			}
			all = append(all, l)
			_, w.port, _ = net.SplitHostPort(l.Addr().String())
		}
		t.Cleanup(func() {
			for _, l := range all {
				l.Close()
			}
		})
		return all
	}
	t.Fatal("no port is free on four addresses")
	return nil
}

// serve speaks TLS or plain HTTP, as the client begins.
func (w *world) serve(t *testing.T, l net.Listener, h http.Handler) {
	t.Helper()
	srv := &http.Server{Handler: h, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	config := &tls.Config{Certificates: []tls.Certificate{w.ca.certify(t, leaf{names: []string{"*.test"}})}}
	go srv.Serve(either(l, config))
	t.Cleanup(func() { srv.Close() })
}

// client makes a Client for which the world's public addresses are public.
func (w *world) client(t *testing.T, p Policy, log *slog.Logger) *Client {
	t.Helper()
	p.RootCAs = w.roots
	c := build(p, log, w.zone.resolver(t), ssrf.WithAllowedV4Prefixes(
		netip.MustParsePrefix(apiIP+"/32"), netip.MustParsePrefix(strangerIP+"/32"), netip.MustParsePrefix(hostileIP+"/32"),
	))
	t.Cleanup(c.CloseIdleConnections)
	return c
}

// policy opens the world's port and plain http, so that only addresses are in
// the way.
func (w *world) policy() Policy {
	return Policy{Plain: true, Ports: []uint16{portOf(w.port)}, ConnectTimeout: 2 * time.Second, HeaderTimeout: 5 * time.Second, Timeout: 10 * time.Second}
}

func portOf(s string) uint16 { return netip.MustParseAddrPort("0.0.0.0:" + s).Port() }

// api redirects to ?to= with the status that is its path, or says hello.
func (w *world) api(res http.ResponseWriter, r *http.Request) {
	res.Header().Set("Connection", "close")
	to := r.URL.Query().Get("to")
	if r.URL.Path == "/loop" {
		to = "/loop"
	}
	if to == "" {
		fmt.Fprint(res, "hello")
		return
	}
	code := http.StatusFound
	fmt.Sscanf(r.URL.Path, "/%d", &code)
	res.Header()["Location"] = []string{strings.ReplaceAll(to, "PORT", w.port)}
	res.WriteHeader(code)
}

// stranger notes every credential that reaches it.
func (w *world) stranger(res http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	var seen bytes.Buffer
	r.Header.Write(&seen)
	if all := r.RequestURI + "\n" + seen.String() + string(body); strings.Contains(all, secret) {
		w.leaked.add(all)
	}
	w.hits.add(r.Method + " " + r.URL.Path)
	if to := r.URL.Query().Get("to"); to != "" {
		res.Header().Set("Location", strings.ReplaceAll(to, "PORT", w.port))
		res.WriteHeader(http.StatusFound)
	}
}

// victim counts connections.
type victim struct{ connections atomic.Int32 }

func (v *victim) serve(l net.Listener) {
	for {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		v.connections.Add(1)
		go func() {
			defer conn.Close()
			conn.Read(make([]byte, 4096))
			io.WriteString(conn, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nsecrets of the house")
		}()
	}
}

// eitherListener gives out TLS connections to clients that begin with a
// handshake, and plain ones to others.
type eitherListener struct {
	net.Listener
	peeked chan net.Conn
}

func either(l net.Listener, config *tls.Config) *eitherListener {
	e := &eitherListener{l, make(chan net.Conn)}
	go func() {
		defer close(e.peeked)
		var peeking sync.WaitGroup
		defer peeking.Wait()
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			peeking.Go(func() { e.peek(conn, config) })
		}
	}()
	return e
}

func (l *eitherListener) peek(conn net.Conn, config *tls.Config) {
	conn.SetReadDeadline(time.Now().Add(2 * time.Second))
	peeked := &peekedConn{conn, bufio.NewReader(conn)}
	first, err := peeked.r.Peek(1)
	conn.SetReadDeadline(time.Time{})
	switch {
	case err != nil:
		conn.Close()
	case first[0] == 0x16:
		l.peeked <- tls.Server(peeked, config)
	default:
		l.peeked <- peeked
	}
}

func (l *eitherListener) Accept() (net.Conn, error) {
	if conn, ok := <-l.peeked; ok {
		return conn, nil
	}
	return nil, net.ErrClosed
}

type peekedConn struct {
	net.Conn
	r *bufio.Reader
}

func (c *peekedConn) Read(p []byte) (int, error) { return c.r.Read(p) }

// zone is a small DNS server. A name has a list of answers; each is given once,
// the last for ever.
type zone struct {
	mu    sync.Mutex
	names map[string][][]string
	asked map[string]int
}

func newZone() *zone {
	return &zone{asked: map[string]int{}, names: map[string][][]string{
		"api.test":       {{apiIP}},
		"stranger.test":  {{strangerIP}},
		"hostile.test":   {{hostileIP}},
		"loopback.test":  {{"127.0.0.1"}},
		"six.test":       {{"::1"}},
		"private.test":   {{"10.0.0.1"}},
		"metadata.test":  {{"169.254.169.254"}},
		"several.test":   {{"192.168.0.1", "fd00:ec2::254", "127.0.0.1"}},
		"both.test":      {{"127.0.0.1", "::1"}},
		"mapped.test":    {{"::ffff:127.0.0.1"}},
		"nat64.test":     {{"64:ff9b::7f00:1"}},
		"sixtofour.test": {{"2002:7f00:1::"}},
		"teredo.test":    {{"2001:0:7f00:1::"}},
		"any.test":       {{"0.0.0.0"}},
		"anysix.test":    {{"::"}},
		"multicast.test": {{"224.0.0.1"}},
		"badfirst.test":  {{"127.0.0.1", apiIP}},
		"badlast.test":   {{apiIP, "127.0.0.1"}},
		"badsix.test":    {{apiIP, "::1"}},
		"rebind.test":    {{apiIP}, {"127.0.0.1"}},
		"rebindsix.test": {{apiIP}, {"::1"}},
		"nowhere.test":   {},
	}}
}

func (z *zone) resolver(t *testing.T) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go z.serve(conn)
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "udp", conn.LocalAddr().String())
	}}
}

func (z *zone) serve(conn net.PacketConn) {
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
		z.answer(&m)
		if out, err := m.Pack(); err == nil {
			conn.WriteTo(out, from)
		}
	}
}

func (z *zone) answer(m *dnsmessage.Message) {
	q := m.Questions[0]
	m.Response, m.Additionals = true, nil
	addrs, known := z.ask(strings.TrimSuffix(strings.ToLower(q.Name.String()), "."), q.Type)
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

func (z *zone) ask(name string, kind dnsmessage.Type) ([]string, bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	answers := z.names[name]
	if len(answers) == 0 {
		return nil, false
	}
	key := name + kind.String()
	i := min(z.asked[key], len(answers)-1)
	z.asked[key]++
	return answers[i], true
}

// proxy is an HTTP proxy that notes what it is asked for. Whatever the name, it
// connects to the port's public server at apiIP.
type proxy struct {
	*httptest.Server
	asked  evidence // the whole head of each request
	status int      // of its refusal; 0 connects

	proxyURL *url.URL
}

func newProxy(t *testing.T) *proxy {
	t.Helper()
	p := &proxy{}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	var err error
	if p.proxyURL, err = ParseProxy(strings.Replace(p.URL, "://", "://user:proxy-password@", 1)); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *proxy) ServeHTTP(res http.ResponseWriter, r *http.Request) {
	var head bytes.Buffer
	fmt.Fprintf(&head, "%s %s\n", r.Method, r.RequestURI)
	r.Header.Write(&head)
	p.asked.add(head.String())
	if p.status != 0 || r.Method != http.MethodConnect {
		res.WriteHeader(max(p.status, 200))
		return
	}
	_, port, _ := net.SplitHostPort(r.Host)
	up, err := net.Dial("tcp", net.JoinHostPort(apiIP, port))
	if err != nil {
		res.WriteHeader(http.StatusBadGateway)
		return
	}
	down, _, err := http.NewResponseController(res).Hijack()
	if err != nil {
		up.Close()
		return
	}
	io.WriteString(down, "HTTP/1.1 200 Connection established\r\n\r\n")
	go func() { io.Copy(up, down); up.Close() }()
	go func() { io.Copy(down, up); down.Close() }()
}

// authority signs certificates for tests.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pool *x509.CertPool
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{key: newKey(t), pool: x509.NewCertPool()}
	a.cert = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "the tests' authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, a.cert, a.cert, a.key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	if a.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	a.pool.AddCert(a.cert)
	return a
}

// leaf says what a certificate is to be.
type leaf struct {
	names []string
	until time.Time // zero for an hour from now
	usage x509.ExtKeyUsage
}

func (a *authority) certify(t *testing.T, l leaf) tls.Certificate {
	t.Helper()
	if l.until.IsZero() {
		l.until = time.Now().Add(time.Hour)
	}
	if l.usage == 0 {
		l.usage = x509.ExtKeyUsageServerAuth
	}
	key := newKey(t)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), DNSNames: l.names, NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: l.until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{l.usage},
	}, a.cert, key.Public(), a.key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}
