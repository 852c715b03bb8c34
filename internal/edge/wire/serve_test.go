package wire

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
)

// certificate makes a certificate for 127.0.0.1 and a pool that trusts it.
func certificate(t testing.TB) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "parley"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, pool
}

// secured is config with a certificate.
func secured(t testing.TB, cert tls.Certificate) Config {
	c := config(t.Output())
	c.Certificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &cert, nil }
	return c
}

// client speaks only the protocols that enable names.
func client(t testing.TB, roots *x509.CertPool, enable func(*http.Protocols)) *http.Client {
	p := new(http.Protocols)
	enable(p)
	transport := &http.Transport{Protocols: p, TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestProtocols(t *testing.T) {
	cert, roots := certificate(t)
	l := listen(t)
	serve(t, New(secured(t, cert)), l)
	tests := []struct {
		name, url string
		enable    func(*http.Protocols)
		major     int
	}{
		{"HTTP/1.1", "http://" + l.Addr().String(), func(p *http.Protocols) { p.SetHTTP1(true) }, 1},
		{"h2c by prior knowledge", "http://" + l.Addr().String(), func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }, 2},
		{"HTTP/1.1 over TLS", "https://" + l.Addr().String(), func(p *http.Protocols) { p.SetHTTP1(true) }, 1},
		{"HTTP/2 over TLS", "https://" + l.Addr().String(), func(p *http.Protocols) { p.SetHTTP2(true) }, 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := client(t, roots, tt.enable)
			r, err := http.NewRequest("GET", tt.url+pluginPath, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := c.Do(sign(t, r, ""))
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close()
			if a := read(t, "GET", resp); a.status != http.StatusOK || a.members["pluginId"] != pluginID {
				t.Errorf("%d %s", a.status, a.body)
			}
			if resp.ProtoMajor != tt.major {
				t.Errorf("answered in %s", resp.Proto)
			}
		})
	}
}

func TestOldTLSIsRefused(t *testing.T) {
	cert, roots := certificate(t)
	l := listen(t)
	serve(t, New(secured(t, cert)), l)
	_, err := tls.Dial("tcp", l.Addr().String(), &tls.Config{RootCAs: roots, MaxVersion: tls.VersionTLS11, MinVersion: tls.VersionTLS10})
	if err == nil || !strings.Contains(err.Error(), "protocol version") {
		t.Errorf("TLS 1.1: %v", err)
	}
}

// held is a server with one operation that waits until it is let go.
type held struct {
	*fixture
	entered, letGo chan struct{}
	ended          chan error // what became of the operation's context
}

func startHeld(t *testing.T, drain time.Duration) *held {
	h := &held{entered: make(chan struct{}), letGo: make(chan struct{}), ended: make(chan error, 1)}
	h.fixture = start(t, func(c *Config) {
		c.Timeouts.Drain = drain
		op.Handle(c.Calls, api.GetRetriever, func(ctx context.Context, _ op.Caller, in *api.GetRetrieverInput) (*api.GetRetrieverOutput, error) {
			close(h.entered)
			select {
			case <-h.letGo:
			case <-ctx.Done():
			}
			h.ended <- ctx.Err()
			return &api.GetRetrieverOutput{ApplicationID: &in.ApplicationID}, ctx.Err()
		})
	})
	return h
}

// ask calls the operation and sends what came of it.
func (h *held) ask(ctx context.Context, t *testing.T) <-chan error {
	r := sign(t, h.newRequest(t, "GET", applicationPath+"/retrievers/"+appID, ""), "").WithContext(ctx)
	came := make(chan error, 1)
	go func() {
		resp, err := http.DefaultClient.Do(r)
		if err == nil {
			resp.Body.Close()
			if resp.StatusCode != http.StatusOK {
				err = errors.New(resp.Status)
			}
		}
		came <- err
	}()
	<-h.entered
	return came
}

func TestDrain(t *testing.T) {
	h := startHeld(t, 10*time.Second)
	came := h.ask(t.Context(), t)
	ended := make(chan error, 1)
	go func() { ended <- h.end() }()
	waitFor(t, h.draining.Load)
	if _, err := net.Dial("tcp", h.addr); err == nil {
		waitFor(t, func() bool { _, err := net.Dial("tcp", h.addr); return err != nil })
	}
	select {
	case err := <-ended:
		t.Fatalf("Serve ended while a request was being answered: %v", err)
	default:
	}
	close(h.letGo)
	if err := <-came; err != nil {
		t.Errorf("the request that was being answered: %v", err)
	}
	if err := <-ended; err != nil {
		t.Errorf("Serve: %v", err)
	}
}

func TestDrainEnds(t *testing.T) {
	h := startHeld(t, time.Millisecond)
	came := h.ask(t.Context(), t)
	if err := h.end(); err == nil || !strings.Contains(err.Error(), "cut off after 1ms") {
		t.Errorf("Serve: %v", err)
	}
	if err := <-came; err == nil {
		t.Error("the request was answered")
	}
	if err := <-h.ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the operation's context: %v", err)
	}
}

func TestClientGone(t *testing.T) {
	h := startHeld(t, time.Second)
	ctx, cancel := context.WithCancel(t.Context())
	came := h.ask(ctx, t)
	cancel()
	<-came
	if err := <-h.ended; !errors.Is(err, context.Canceled) {
		t.Fatalf("the operation's context: %v", err)
	}
	waitFor(t, func() bool { return strings.Contains(h.book.String(), `"status":499`) })
	if strings.Contains(h.book.String(), `"level":"ERROR"`) {
		t.Errorf("a client that goes is no error:\n%s", h.book)
	}
}

func TestServeEndsWhenAListenerFails(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	good, bad := listen(t), listen(t)
	bad.Close()
	if err := New(config(t.Output())).Serve(t.Context(), good, bad); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve: %v", err)
	}
}

func TestProbes(t *testing.T) {
	var why error
	f := start(t, func(c *Config) { c.Ready = func(context.Context) error { return why } })
	check := func(path string, status int, body string) {
		t.Helper()
		if a := send(t, http.DefaultClient, f.newRequest(t, "GET", path, "")); a.status != status || string(a.body) != body {
			t.Errorf("%s: %d %s; want %d %s", path, a.status, a.body, status, body)
		}
	}
	check("/healthz", 200, `{"status":"ok"}`)
	check("/readyz", 200, `{"status":"ok"}`)
	why = errors.New("the store is locked")
	check("/healthz", 200, `{"status":"ok"}`)
	check("/readyz", 503, `{"status":"not ready"}`) // the reason is in the log alone
	why = nil
	f.draining.Store(true)
	check("/readyz", 503, `{"status":"not ready"}`)
	if !strings.Contains(f.book.String(), `"cause":"the store is locked"`) {
		t.Errorf("the log does not say why:\n%s", f.book)
	}
}
