package wire

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"time"
)

// handshakeRecord is the first byte of a connection that speaks TLS: the type of
// its first record (RFC 8446, section 5.1). No HTTP request begins with it.
const handshakeRecord = 0x16

// port is a listener whose connections speak TLS or plain HTTP, as each one's
// first byte tells. Accept returns a *tls.Conn for the former: that is how
// net/http knows.
type port struct {
	net.Listener
	tls      *tls.Config
	patience time.Duration // for the first byte

	open     context.Context // until Close
	close    context.CancelFunc
	accepted chan accepted
}

// accepted is what Accept returns.
type accepted struct {
	conn net.Conn
	err  error
}

// newPort takes connections from l until it is closed.
func newPort(l net.Listener, c *tls.Config, patience time.Duration) *port {
	p := &port{Listener: l, tls: c, patience: patience, accepted: make(chan accepted)}
	p.open, p.close = context.WithCancel(context.Background())
	go p.run()
	return p
}

// run hands each connection to a goroutine of its own, so that one which says
// nothing keeps nobody waiting. An error waits for Accept, whose caller knows
// when to try again.
func (p *port) run() {
	for p.open.Err() == nil {
		c, err := p.Listener.Accept()
		if err != nil {
			p.pass(accepted{err: err})
			continue
		}
		go p.sort(c)
	}
}

// sort finds out what a connection speaks. One that does not say so in time is
// closed, and so is one that has not when the port closes.
func (p *port) sort(c net.Conn) {
	waiting, done := context.WithTimeout(p.open, p.patience)
	defer done()
	over := context.AfterFunc(waiting, func() { _ = c.Close() })
	begun := &begunConn{Conn: c}
	n, _ := c.Read(begun.first[:])
	if !over() || n == 0 {
		_ = c.Close()
		return
	}
	begun.unread = true
	if begun.first[0] == handshakeRecord {
		c = tls.Server(begun, p.tls)
	} else {
		c = begun
	}
	if !p.pass(accepted{conn: c}) {
		_ = c.Close()
	}
}

// pass gives Accept something to return, and reports whether it will.
func (p *port) pass(a accepted) bool {
	select {
	case p.accepted <- a:
		return true
	case <-p.open.Done():
		return false
	}
}

// Accept returns the next connection that has said what it speaks.
func (p *port) Accept() (net.Conn, error) {
	select {
	case a := <-p.accepted:
		return a.conn, a.err
	case <-p.open.Done():
		return nil, net.ErrClosed
	}
}

// Close ends the listener, and connections that have said nothing yet.
func (p *port) Close() error {
	p.close()
	return p.Listener.Close()
}

// begunConn is a connection of which the first byte was read already.
type begunConn struct {
	net.Conn
	first  [1]byte
	unread bool
}

// Read gives the first byte back before all others.
func (c *begunConn) Read(b []byte) (int, error) {
	if !c.unread || len(b) == 0 {
		return c.Conn.Read(b)
	}
	c.unread = false
	return copy(b, c.first[:]), nil
}

// CloseWrite lets net/http end an answer to a client that is still sending.
func (c *begunConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// inClear refuses what was sent in clear. It was readable on its way already; the
// refusal keeps that from becoming a habit.
func inClear() error {
	return &refusal{status: http.StatusBadRequest, code: "InsecureTransport",
		message: "This port wants TLS from other machines, and the request came in plain HTTP: use https:// in the endpoint URL."}
}

// guarded is what connections get: the API, or the refusal of what came in clear
// from beyond this machine to a server that requires TLS.
func (s *Server) guarded(w http.ResponseWriter, r *http.Request) {
	if !s.config.RequireTLS || r.TLS != nil || fromHere(r) {
		s.ServeHTTP(w, r)
		return
	}
	x := s.begin(w, r)
	defer s.end(x)
	s.refuse(x, inClear())
}

// fromHere reports whether a request came over loopback.
func fromHere(r *http.Request) bool {
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	return err == nil && from.Addr().Unmap().IsLoopback()
}
