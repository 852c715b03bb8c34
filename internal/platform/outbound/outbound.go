// Package outbound is the one guarded way out of the server.
//
// It owns where requests to the outside may go: schemes, ports, addresses
// (checked at connect time, after resolution), redirects, and the bounds on
// time and size. Whoever fetches a document, asks for a token or calls an
// action does it through a Client. It does not retry, sign, or read bodies.
//
// Addresses are judged by code.dny.dev/ssrf, which follows IANA's registries of
// special-purpose addresses; the rules above that are ours.
package outbound

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"syscall"
	"time"

	"code.dny.dev/ssrf"
)

// Policy says where requests may go and how long and large they may get. The
// zero value opens HTTPS on port 443 of public addresses. Policy is not changed
// after New.
type Policy struct {
	Allow []Origin // opened by the operator, whatever scheme, port or address
	Plain bool     // open http on port 80 of public addresses too
	Ports []uint16 // further ports of public addresses

	ConnectTimeout time.Duration // TCP and TLS, each; default 5 s
	HeaderTimeout  time.Duration // from request to response headers; default 20 s
	Timeout        time.Duration // all of it, body and redirects included; default 30 s
	MaxBody        int64         // bytes of a response body, decompressed; default 10 MiB
	MaxRedirects   int           // default 5; negative for none
	MaxPerHost     int           // connections to one host; default 16

	RootCAs *x509.CertPool // who may certify servers; nil for the system's
}

// ErrTooLarge reports a response body over Policy.MaxBody. Reading the body
// fails with it, or the request does when the server announces the size.
var ErrTooLarge = errors.New("the response is larger than may be read")

// RefusedError is a request that the policy does not let out.
type RefusedError struct {
	Origin string // scheme://host:port, without path and query, which may hold secrets
	Why    string
}

// Error says what was refused and what the operator can do.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("outbound request to %s refused: %s", e.Origin, e.Why)
}

// Client sends requests within a Policy. It is safe for concurrent use.
type Client struct{ http *http.Client }

// New makes a Client. Refusals are logged.
func New(p Policy, log *slog.Logger) *Client { return build(p, log, nil) }

// build is New with a resolver, nil for the system's.
func build(p Policy, log *slog.Logger, resolver *net.Resolver) *Client {
	p = p.withDefaults()
	g := &guard{policy: p, log: log, addresses: ssrf.New(
		ssrf.WithAnyPort(), // ports are judged with the scheme, in checkURL
		ssrf.WithDeniedV4Prefixes(netip.MustParsePrefix("168.63.129.16/32")), // Azure's host agent
	)}
	g.open = p.transport(&net.Dialer{Timeout: p.ConnectTimeout, Resolver: resolver})
	g.strict = p.transport(&net.Dialer{Timeout: p.ConnectTimeout, Resolver: resolver, ControlContext: g.control})
	return &Client{&http.Client{Transport: g, Timeout: p.Timeout, CheckRedirect: g.redirect}}
}

func (p Policy) withDefaults() Policy {
	fill := func(d *time.Duration, value time.Duration) {
		if *d == 0 {
			*d = value
		}
	}
	fill(&p.ConnectTimeout, 5*time.Second)
	fill(&p.HeaderTimeout, 20*time.Second)
	fill(&p.Timeout, 30*time.Second)
	if p.MaxBody == 0 {
		p.MaxBody = 10 << 20
	}
	if p.MaxRedirects == 0 {
		p.MaxRedirects = 5
	}
	if p.MaxPerHost == 0 {
		p.MaxPerHost = 16
	}
	return p
}

func (p Policy) transport(dialer *net.Dialer) *http.Transport {
	return &http.Transport{
		Proxy:                  nil, // no proxy from the environment: it would connect for us, unguarded
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: p.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    p.ConnectTimeout,
		ResponseHeaderTimeout:  p.HeaderTimeout,
		MaxResponseHeaderBytes: 256 << 10,
		MaxConnsPerHost:        p.MaxPerHost,
		IdleConnTimeout:        90 * time.Second,
		ForceAttemptHTTP2:      true,
	}
}

// HTTP returns the guarded client for libraries that want an *http.Client. Its
// errors quote whole URLs; prefer Do where a query may hold a secret.
func (c *Client) HTTP() *http.Client { return c.http }

// Do sends a request. Its errors name the origin at most; one that the policy
// refuses is a *RefusedError.
func (c *Client) Do(r *http.Request) (*http.Response, error) {
	res, err := c.http.Do(r)
	if quoting, ok := errors.AsType[*url.Error](err); ok {
		if refused, ok := errors.AsType[*RefusedError](err); ok {
			return nil, refused
		}
		return nil, fmt.Errorf("outbound request to %s: %w", originOf(r.URL), quoting.Err)
	}
	return res, err
}

// CloseIdleConnections closes connections that wait for another request.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// guard is the transport of a Client. An origin on the allow-list goes by open,
// every other by strict, whose dialer refuses addresses.
type guard struct {
	policy       Policy
	log          *slog.Logger
	addresses    *ssrf.Guardian
	open, strict *http.Transport
}

// RoundTrip judges each request, and so each hop of a redirect.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	transport := g.open
	if !slices.Contains(g.policy.Allow, originOf(r.URL)) {
		transport = g.strict
	}
	if err := g.checkURL(r.URL, transport == g.open); err != nil {
		return nil, g.refuse(r.Context(), r.URL, err)
	}
	res, err := transport.RoundTrip(r)
	if prohibited, ok := errors.AsType[*addressError](err); ok {
		return nil, g.refuse(r.Context(), r.URL, prohibited)
	}
	if err != nil {
		return nil, err
	}
	if res.ContentLength > g.policy.MaxBody && r.Method != http.MethodHead {
		res.Body.Close()
		return nil, fmt.Errorf("%w: it has %d bytes, at most %d", ErrTooLarge, res.ContentLength, g.policy.MaxBody)
	}
	res.Body = &cappedBody{ReadCloser: res.Body, left: g.policy.MaxBody}
	return res, nil
}

// CloseIdleConnections is what http.Client looks for in a transport.
func (g *guard) CloseIdleConnections() {
	g.open.CloseIdleConnections()
	g.strict.CloseIdleConnections()
}

func (g *guard) refuse(ctx context.Context, u *url.URL, why error) error {
	err := &RefusedError{Origin: originOf(u).String(), Why: why.Error()}
	g.log.WarnContext(ctx, "outbound request refused", "origin", err.Origin, "why", err.Why)
	return err
}

// addressError carries a refusal out of the dialer.
type addressError struct{ addr netip.Addr }

func (e *addressError) Error() string {
	return fmt.Sprintf("%s is not a public address; the operator can open the origin in the outbound allow-list", e.addr)
}

// control runs before every connection, on the address that was resolved: a
// name that changes its mind after a check gains nothing.
func (g *guard) control(_ context.Context, network, address string, conn syscall.RawConn) error {
	if err := g.addresses.Safe(network, address, conn); err != nil {
		to, _ := netip.ParseAddrPort(address)
		return &addressError{to.Addr()}
	}
	return nil
}
