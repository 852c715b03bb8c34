// Package outbound is the one guarded way out of the server.
//
// It owns where requests to the outside may go: schemes, ports, addresses
// (checked at connect time, after resolution), redirects, an operator's proxy,
// and the bounds on time, size and concurrency. Whoever fetches a document,
// asks for a token or calls an action does it through a Client. It does not
// retry, authorize, or read bodies: platform/remote does that for calls.
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

	Proxy  *url.URL // carries every request, as ParseProxy reads it; nil for none, whatever the environment says
	Direct []Origin // reached without Proxy, and opened as those in Allow are

	ConnectTimeout time.Duration // resolving and TCP together, then TLS; default 5 s
	HeaderTimeout  time.Duration // from request to response headers; default 20 s
	Timeout        time.Duration // all of it, body and redirects included; default 30 s
	MaxBody        int64         // bytes of a response body, compressed and not; default 10 MiB
	MaxRedirects   int           // default 5; negative for none
	MaxPerHost     int           // requests under way to one origin, others wait; default 16

	RootCAs *x509.CertPool // who may certify servers; nil for the system's
}

// Terms are what one request asks beyond the policy.
type Terms struct {
	// NoRedirects makes a redirect the answer.
	NoRedirects bool
	// Partial makes a body announced over Policy.MaxBody an answer, too: reading
	// it fails with ErrTooLarge once the cap is reached.
	Partial bool
	// Credentials names query parameters that hold credentials. A redirect that
	// would take one of their values to another origin is refused. Headers need
	// no naming: only harmless ones go to another origin.
	Credentials []string
}

// Client sends requests within a Policy. It is safe for concurrent use.
type Client struct {
	http   *http.Client
	policy Policy
}

// New makes a Client. Refusals are logged.
func New(p Policy, log *slog.Logger) *Client { return build(p, log, nil) }

// build is New with a resolver, nil for the system's, and further options of
// the guard over addresses.
func build(p Policy, log *slog.Logger, resolver *net.Resolver, options ...ssrf.Option) *Client {
	p = p.withDefaults()
	g := &guard{policy: p, log: log, queue: newQueue(p.MaxPerHost), addresses: ssrf.New(append([]ssrf.Option{
		ssrf.WithAnyPort(), // ports are judged with the scheme, in checkURL
		ssrf.WithDeniedV4Prefixes(netip.MustParsePrefix("168.63.129.16/32")), // Azure's host agent
	}, options...)...)}
	g.open = p.transport(&net.Dialer{Timeout: p.ConnectTimeout, Resolver: resolver})
	g.strict = p.transport(&net.Dialer{Timeout: p.ConnectTimeout, Resolver: resolver, ControlContext: g.control})
	if p.Proxy != nil { // it connects for us, and may well have a private address itself
		g.strict = g.open
	}
	return &Client{policy: p, http: &http.Client{Transport: g, Timeout: p.Timeout, CheckRedirect: g.redirect}}
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
		Proxy:                  p.proxyFor, // never that of the environment
		OnProxyConnectResponse: proxyAnswered,
		DialContext:            dialer.DialContext,
		TLSClientConfig:        &tls.Config{RootCAs: p.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    p.ConnectTimeout,
		ResponseHeaderTimeout:  p.HeaderTimeout,
		MaxResponseHeaderBytes: maxHeader,
		MaxConnsPerHost:        p.MaxPerHost,
		MaxIdleConnsPerHost:    p.MaxPerHost,
		MaxIdleConns:           512,
		IdleConnTimeout:        90 * time.Second,
		DisableCompression:     true, // decompress does it, and counts both sides
		ForceAttemptHTTP2:      true,
	}
}

// maxHeader bounds the bytes of a response's headers.
const maxHeader = 256 << 10

// HTTP returns the guarded client for libraries that want an *http.Client. Its
// errors quote whole URLs; prefer Do where a query may hold a secret.
func (c *Client) HTTP() *http.Client { return c.http }

// Do sends a request. Its errors, and those of reading the body, name the
// origin at most: *RefusedError when the policy does not let it out, one that
// is ErrTooLarge for a large answer, *UnreachableError for everything else.
func (c *Client) Do(r *http.Request) (*http.Response, error) { return c.Send(r, Terms{}) }

// Send is Do under terms.
func (c *Client) Send(r *http.Request, t Terms) (*http.Response, error) {
	res, err := c.http.Do(r.WithContext(context.WithValue(r.Context(), termsKey{}, t)))
	if err != nil {
		return nil, c.explain(r.Context(), r.URL, err)
	}
	res.Body = &explainedBody{res.Body, func(err error) error { return c.explain(r.Context(), res.Request.URL, err) }}
	return res, nil
}

// termsKey is where the terms of a request travel to its guard.
type termsKey struct{}

func termsOf(ctx context.Context) Terms {
	t, _ := ctx.Value(termsKey{}).(Terms)
	return t
}

// CloseIdleConnections closes connections that wait for another request.
func (c *Client) CloseIdleConnections() { c.http.CloseIdleConnections() }

// guard is the transport of a Client. An origin that the operator opened goes
// by open, every other by strict, whose dialer refuses addresses.
type guard struct {
	policy       Policy
	log          *slog.Logger
	addresses    *ssrf.Guardian
	queue        *queue
	open, strict *http.Transport
}

// RoundTrip judges each request, and so each hop of a redirect.
func (g *guard) RoundTrip(r *http.Request) (*http.Response, error) {
	origin, transport := OriginOf(r.URL), g.strict
	allowed := g.policy.opens(origin)
	if allowed {
		transport = g.open
	}
	if err := g.check(r, allowed); err != nil {
		return nil, g.refuse(r.Context(), r.URL, err)
	}
	leave, err := g.queue.enter(r.Context(), origin)
	if err != nil {
		return nil, err
	}
	asked := askForGzip(r)
	res, err := transport.RoundTrip(asked)
	if err == nil {
		err = g.bound(res, asked != r, leave)
	}
	if err != nil {
		leave()
		if prohibited, ok := errors.AsType[*addressError](err); ok {
			return nil, g.refuse(r.Context(), r.URL, prohibited)
		}
		return nil, err
	}
	return res, nil
}

// bound puts the caps around a response's body; leave is called when the body
// has been read or closed.
func (g *guard) bound(res *http.Response, decompressing bool, leave func()) error {
	most := g.policy.MaxBody
	if res.ContentLength > most && res.Request.Method != http.MethodHead && !termsOf(res.Request.Context()).Partial {
		res.Body.Close()
		return fmt.Errorf("%w: it has %d bytes, at most %d", ErrTooLarge, res.ContentLength, most)
	}
	res.Body = &lastingBody{res.Body, leave}
	if decompressing {
		decompress(res, most)
	}
	res.Body = &cappedBody{ReadCloser: res.Body, left: most}
	return nil
}

// CloseIdleConnections is what http.Client looks for in a transport.
func (g *guard) CloseIdleConnections() {
	g.open.CloseIdleConnections()
	g.strict.CloseIdleConnections()
}

func (g *guard) refuse(ctx context.Context, u *url.URL, why error) error {
	err := &RefusedError{Origin: OriginOf(u).String(), Why: why.Error()}
	g.log.WarnContext(ctx, "outbound request refused", "origin", err.Origin, "why", err.Why)
	return err
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

// opens reports whether the operator opened an origin by name.
func (p Policy) opens(o Origin) bool {
	return slices.Contains(p.Allow, o) || slices.Contains(p.Direct, o)
}
