package wire

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// harbour is a server that speaks TLS and plain HTTP on one port, and a client for
// each.
type harbour struct {
	addr          string
	plain, secure *http.Client
	book          *logbook
	end           func() error // ends Serve and returns what it said
}

// startSecured serves until the test ends.
func startSecured(t *testing.T, change ...func(*Config)) *harbour {
	t.Helper()
	cert, roots := certificate(t)
	c := secured(t, cert)
	book := new(logbook)
	c.Log = config(book).Log
	for _, ch := range change {
		ch(&c)
	}
	l := listen(t)
	end := serve(t, New(c), l)
	return &harbour{l.Addr().String(), client(t, nil, http1), client(t, roots, http1), book, end}
}

func http1(p *http.Protocols) { p.SetHTTP1(true) }

// alive demands an answer, in clear and by TLS.
func (h *harbour) alive(t *testing.T) {
	t.Helper()
	for url, c := range map[string]*http.Client{"http://" + h.addr + "/healthz": h.plain, "https://" + h.addr + "/healthz": h.secure} {
		resp, err := c.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", url, resp.Status)
		}
	}
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return c
}

// TestSilentConnectionsHoldNothingUp: those that say nothing, or one byte only,
// keep nobody waiting, and are closed when their time is over.
func TestSilentConnectionsHoldNothingUp(t *testing.T) {
	h := startSecured(t, func(c *Config) { c.Timeouts.Header = time.Second })
	var silent []net.Conn
	for i := range 200 {
		c := dial(t, h.addr)
		if first := []string{"", "\x16", "G", ""}[i%4]; first != "" {
			if _, err := io.WriteString(c, first); err != nil {
				t.Fatal(err)
			}
		}
		silent = append(silent, c)
	}
	h.alive(t)
	for i, c := range silent {
		if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("connection %d is still open", i)
		}
	}
	h.alive(t)
}

// TestGarbage: what is neither TLS nor HTTP ends its own connection only.
func TestGarbage(t *testing.T) {
	h := startSecured(t)
	for name, text := range map[string]string{
		"nothing":               "",
		"one byte of TLS":       "\x16",
		"one byte of HTTP":      "G",
		"zero":                  "\x00",
		"a handshake of zeros":  "\x16" + strings.Repeat("\x00", 600),
		"an endless handshake":  "\x16\x03\x01\xff\xff" + strings.Repeat("\x01", 600),
		"an alert":              "\x15\x03\x01\x00\x02\x02\x28",
		"SSL 2":                 "\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10",
		"half a preface":        "PRI * HTTP/2.0\r\n\r\nSM",
		"no HTTP":               "SSH-2.0-OpenSSH_9.2\r\n\r\n",
		"bytes above seven bit": strings.Repeat("\xff", 600),
	} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, h.addr)
			if _, err := io.WriteString(c, text); err != nil {
				t.Fatal(err)
			}
			if err := c.(*net.TCPConn).CloseWrite(); err != nil && !errors.Is(err, syscall.ENOTCONN) { // it was closed already
				t.Fatal(err)
			}
			answer, err := io.ReadAll(c)
			if err != nil && !errors.Is(err, syscall.ECONNRESET) {
				t.Fatalf("the connection: %v", err)
			}
			if bytes.Contains(answer, []byte(" 200 ")) {
				t.Errorf("answered %q", answer)
			}
			h.alive(t)
		})
	}
	if strings.Contains(h.book.String(), `"level":"ERROR"`) {
		t.Errorf("garbage is no error of ours:\n%s", h.book)
	}
}

// TestFirstByteAlone: a request whose bytes come one by one is answered, in clear
// and by TLS.
func TestFirstByteAlone(t *testing.T) {
	h := startSecured(t)
	request := "GET /healthz HTTP/1.1\r\nHost: " + h.addr + "\r\nConnection: close\r\n\r\n"
	for name, c := range map[string]net.Conn{
		"plain": slowly{dial(t, h.addr)},
		"TLS":   tls.Client(slowly{dial(t, h.addr)}, &tls.Config{RootCAs: h.secure.Transport.(*http.Transport).TLSClientConfig.RootCAs, ServerName: "127.0.0.1"}),
	} {
		if _, err := io.WriteString(c, request); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(c), nil)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK {
			t.Errorf("%s: %s", name, resp.Status)
		}
	}
}

// slowly writes byte by byte.
type slowly struct{ net.Conn }

func (c slowly) Write(b []byte) (int, error) {
	for i := range b {
		if _, err := c.Conn.Write(b[i : i+1]); err != nil {
			return i, err
		}
	}
	return len(b), nil
}

// TestCloseEndsSilentConnections: a server that ends waits for no connection
// that has said nothing, and leaves nothing behind.
func TestCloseEndsSilentConnections(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	h := startSecured(t)
	silent := dial(t, h.addr)
	h.alive(t)
	h.plain.CloseIdleConnections()
	h.secure.CloseIdleConnections()
	if err := h.end(); err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := silent.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("the silent connection: %v", err)
	}
}

// failing fails once, as a listener does that is out of file descriptors.
type failing struct {
	net.Listener
	failures chan error
}

func (l failing) Accept() (net.Conn, error) {
	select {
	case err := <-l.failures:
		return nil, err
	default:
		return l.Listener.Accept()
	}
}

func TestPortOutlivesATemporaryFailure(t *testing.T) {
	cert, roots := certificate(t)
	l := failing{listen(t), make(chan error, 1)}
	l.failures <- &net.OpError{Op: "accept", Err: os.NewSyscallError("accept", syscall.EMFILE)}
	serve(t, New(secured(t, cert)), l)
	h := &harbour{addr: l.Addr().String(), plain: client(t, nil, http1), secure: client(t, roots, http1)}
	h.alive(t)
}

func TestServeEndsWhenAPortFails(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	cert, _ := certificate(t)
	good, bad := listen(t), listen(t)
	bad.Close()
	if err := New(secured(t, cert)).Serve(t.Context(), good, bad); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve: %v", err)
	}
}

// abroad makes every connection look as if it came from another machine.
type abroad struct{ net.Listener }

func (l abroad) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return foreign{c}, nil
}

type foreign struct{ net.Conn }

func (foreign) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("203.0.113.7:4711"))
}

// TestPlainFromOtherMachines: with a certificate of its own, a server refuses
// plain HTTP from beyond this machine, whatever is asked for, and nothing else.
func TestPlainFromOtherMachines(t *testing.T) {
	cert, roots := certificate(t)
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	tests := []struct {
		name    string
		require bool
		from    func(net.Listener) net.Listener
		scheme  string
		enable  func(*http.Protocols)
		refused bool
	}{
		{"plain from abroad", true, func(l net.Listener) net.Listener { return abroad{l} }, "http", http1, true},
		{"h2c from abroad", true, func(l net.Listener) net.Listener { return abroad{l} }, "http", func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }, true},
		{"TLS from abroad", true, func(l net.Listener) net.Listener { return abroad{l} }, "https", http1, false},
		{"HTTP/2 over TLS from abroad", true, func(l net.Listener) net.Listener { return abroad{l} }, "https", func(p *http.Protocols) { p.SetHTTP2(true) }, false},
		{"plain from here", true, func(l net.Listener) net.Listener { return l }, "http", http1, false},
		{"plain from abroad where it may", false, func(l net.Listener) net.Listener { return abroad{l} }, "http", http1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := secured(t, cert)
			c.RequireTLS = tt.require
			c.Pages = map[string]http.Handler{"/page": page}
			l := listen(t)
			serve(t, New(c), tt.from(l))
			web := client(t, roots, tt.enable)
			for path, want := range map[string]int{"/healthz": http.StatusOK, "/page": http.StatusTeapot, "/nowhere": http.StatusNotFound} {
				resp, err := web.Get(tt.scheme + "://" + l.Addr().String() + path)
				if err != nil {
					t.Fatal(err)
				}
				body, err := io.ReadAll(resp.Body)
				resp.Body.Close()
				if err != nil {
					t.Fatal(err)
				}
				if !tt.refused {
					if resp.StatusCode != want {
						t.Errorf("%s: %s, want %d", path, resp.Status, want)
					}
					continue
				}
				if resp.StatusCode != http.StatusBadRequest || resp.Header.Get(headerErrorType) != "InsecureTransport" ||
					resp.Header.Get(headerRequestID) == "" || !bytes.Contains(body, []byte("This port wants TLS from other machines")) {
					t.Errorf("%s: %s %s", path, resp.Status, body)
				}
			}
		})
	}
}

// TestCertificateIsAskedFor: each handshake gets the certificate of its time.
func TestCertificateIsAskedFor(t *testing.T) {
	first, roots := certificate(t)
	second, others := certificate(t)
	var now atomic.Pointer[tls.Certificate]
	now.Store(&first)
	h := startSecured(t, func(c *Config) {
		c.Certificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return now.Load(), nil }
	})
	for _, pool := range []*tls.Config{{RootCAs: roots}, {RootCAs: others}} {
		c, err := (&tls.Dialer{Config: pool}).DialContext(context.Background(), "tcp", h.addr)
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		now.Store(&second)
	}
}
