package main

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"github.com/parleyhq/parley/internal/platform/certificate"
)

// tlsDir is the development certificate in a data directory.
const tlsDir = "tls"

// getCertificate chooses the certificate of a handshake.
type getCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error)

// certificate is the one that the flags name, or else one for development. A
// server that can have none serves plain HTTP alone, and says why in its log.
func (c serveCmd) certificate(p *process, l net.Listener, log *slog.Logger) (getCertificate, error) {
	if c.TLSCert != "" {
		cert, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		if err != nil {
			return nil, fmt.Errorf("the certificate cannot be used: %w", err)
		}
		return func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return &cert, nil }, nil
	}
	if a, ok := l.Addr().(*net.TCPAddr); ok && !a.IP.IsLoopback() {
		log.Warn("requests are served in clear beyond this machine: signatures keep them from being forged, not from being read; give --tls-cert and --tls-key", "listen", l.Addr().String())
	}
	k, err := certificate.Open(certificate.Config{Dir: filepath.Join(c.Data, tlsDir), Names: c.names(), Now: p.now, Log: log})
	if err != nil {
		log.Warn("there is no TLS: make room for a development certificate, or give --tls-cert and --tls-key", "reason", err.Error())
		return nil, nil
	}
	return k.Certificate, nil
}

// names are those by which clients may reach the server: what --listen and
// --public-url say, and the machine's own.
func (c serveCmd) names() []string {
	var names []string
	if host, _, err := net.SplitHostPort(c.Listen); err == nil {
		names = append(names, host)
	}
	if public, err := url.Parse(c.PublicURL); err == nil {
		names = append(names, public.Hostname())
	}
	if host, err := os.Hostname(); err == nil {
		names = append(names, host)
	}
	return names
}
