package wire

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// maxHeader bounds the request line and headers: a presigned query of 64 KiB,
// which is what sigv4 reads, and ordinary headers.
const maxHeader = 80 << 10

// Timeouts bound how long a client may keep the server waiting. A zero
// stands for the default.
type Timeouts struct {
	Header time.Duration // to send the request line and headers
	Read   time.Duration // to send all of the request
	Write  time.Duration // from the end of the headers to the end of the answer
	Idle   time.Duration // between two requests
	Drain  time.Duration // for requests that are being answered when Serve is told to end
}

// orDefaults fills in the zeros. The default Read lets the largest body arrive
// at 10 Mbit/s.
func (t Timeouts) orDefaults() Timeouts {
	return Timeouts{
		Header: cmp.Or(t.Header, 10*time.Second),
		Read:   cmp.Or(t.Read, time.Minute),
		Write:  cmp.Or(t.Write, 2*time.Minute),
		Idle:   cmp.Or(t.Idle, 2*time.Minute),
		Drain:  cmp.Or(t.Drain, 20*time.Second),
	}
}

// ports are the listeners, each of which speaks TLS too when there is a
// certificate.
func (s *Server) ports(listeners []net.Listener) []net.Listener {
	if s.config.Certificate == nil {
		return listeners
	}
	c := &tls.Config{
		GetCertificate: s.config.Certificate,
		MinVersion:     tls.VersionTLS12,
		NextProtos:     []string{"h2", "http/1.1"},
	}
	var ports []net.Listener
	for _, l := range listeners {
		ports = append(ports, newPort(l, c, s.config.Timeouts.Header))
	}
	return ports
}

// Serve answers on the listeners, in HTTP/1.1 and HTTP/2 (in clear: by prior
// knowledge; in TLS: as the client chooses by ALPN), until ctx ends. It then
// takes no new requests, lets those that are being answered finish, and returns
// nil; or an error if they take longer than Timeouts.Drain, or if a listener
// fails. It closes the listeners.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	web := s.web()
	ended := make(chan error, len(listeners))
	for _, l := range s.ports(listeners) {
		go func() { ended <- web.Serve(l) }()
	}
	var failed []error
	running := len(listeners)
	select {
	case err := <-ended:
		failed = append(failed, err)
		running--
	case <-ctx.Done():
	}
	failed = append(failed, s.drain(ctx, web))
	for range running {
		if err := <-ended; !errors.Is(err, http.ErrServerClosed) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}

// drain ends a server gracefully, or by force when its time is over.
func (s *Server) drain(ctx context.Context, web *http.Server) error {
	s.draining.Store(true)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.Timeouts.Drain)
	defer cancel()
	if err := errors.Join(web.Shutdown(ctx), s.sockets.drain(ctx)); err != nil {
		return errors.Join(fmt.Errorf("wire: requests were cut off after %s: %w", s.config.Timeouts.Drain, err), web.Close())
	}
	return nil
}

func (s *Server) web() *http.Server {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           http.HandlerFunc(s.guarded),
		Protocols:         protocols,
		MaxHeaderBytes:    maxHeader,
		ReadHeaderTimeout: s.config.Timeouts.Header,
		ReadTimeout:       s.config.Timeouts.Read,
		WriteTimeout:      s.config.Timeouts.Write,
		IdleTimeout:       s.config.Timeouts.Idle,
		HTTP2:             &http.HTTP2Config{SendPingTimeout: s.config.Streams.Ping, PingTimeout: s.config.Streams.Ping}, // who is gone without a word
		ErrorLog:          slog.NewLogLogger(s.config.Log.Handler(), slog.LevelInfo),

		DisableGeneralOptionsHandler: true, // "OPTIONS *" gets our 404, with a request id
	}
}
