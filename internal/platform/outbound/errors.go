package outbound

import (
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ErrTooLarge reports a response body over Policy.MaxBody. Reading the body
// fails with it, or the request does when the server announces the size.
var ErrTooLarge = errors.New("the response is larger than may be read")

// RefusedError is a request that the policy does not let out. Nothing was sent.
type RefusedError struct {
	Origin string // scheme://host:port, without path and query, which may hold secrets
	Why    string
}

// Error says what was refused and what the operator can do.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("outbound request to %s refused: %s", e.Origin, e.Why)
}

// UnreachableError is a request that was let out and got no answer, or none
// that can be read. Its text holds nothing of the request or the answer.
type UnreachableError struct {
	Origin string // scheme://host:port
	Why    string // a clause for users, such as "the connection was refused"
	Broken bool   // a connection was made and lost: another try may succeed

	cause error
}

// Error says who could not be reached and why.
func (e *UnreachableError) Error() string { return e.Origin + " cannot be reached: " + e.Why }

// Unwrap returns the cause, for errors.Is; its text may quote the request.
func (e *UnreachableError) Unwrap() error { return e.cause }

// addressError carries a refusal out of the dialer.
type addressError struct{ addr netip.Addr }

func (e *addressError) Error() string {
	return fmt.Sprintf("%s is not a public address; the operator can open the origin in the outbound allow-list", e.addr)
}

// explain turns an error of net/http, which may quote URLs, headers and parts
// of an answer, into one of this package.
func (c *Client) explain(ctx context.Context, u *url.URL, err error) error {
	origin := OriginOf(u)
	if quoting, ok := errors.AsType[*url.Error](err); ok {
		if hop, err := url.Parse(quoting.URL); err == nil && hop.Host != "" {
			origin = OriginOf(hop) // that of the redirect that failed
		}
		err = quoting.Err
	}
	if refused, ok := errors.AsType[*RefusedError](err); ok {
		return refused
	}
	if unreachable, ok := errors.AsType[*UnreachableError](err); ok {
		return unreachable
	}
	if errors.Is(err, ErrTooLarge) {
		return fmt.Errorf("outbound request to %s: %w", origin, err)
	}
	e := &UnreachableError{Origin: origin.String(), cause: err}
	e.Why, e.Broken = c.policy.clause(ctx, origin, err)
	return e
}

// clause says in words for users what went wrong, and whether a connection
// that had been made was lost.
func (p Policy) clause(ctx context.Context, to Origin, err error) (why string, broken bool) {
	for _, ask := range []func() string{
		func() string { return own(err) },
		func() string { return ended(ctx) },
		func() string { return resolving(err) },
		func() string { return certificate(err) },
		func() string { return p.late(err) },
		func() string { return connecting(err, to) },
		func() string { return speaking(err) },
	} {
		if why = ask(); why != "" {
			return why, false
		}
	}
	if lost(err) {
		return "the connection broke before the whole answer had come", true
	}
	return "its answer is not one of HTTP", false
}

// ended is about the caller's own patience.
func ended(ctx context.Context) string {
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return "the request was cancelled"
	case ctx.Err() != nil:
		return "no answer in the time that was left for it"
	}
	return ""
}

// own is about errors of this package that are clauses already. http.Client
// keeps only the text of one that it meets after its own time-out.
func own(err error) string {
	if strings.Contains(err.Error(), errBusy.Error()) {
		return errBusy.Error()
	}
	if proxy, ok := errors.AsType[*proxyError](err); ok {
		return proxy.Error()
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "proxyconnect" {
		return "the proxy cannot be reached"
	}
	return ""
}

func resolving(err error) string {
	dns, ok := errors.AsType[*net.DNSError](err)
	switch {
	case !ok:
		return ""
	case dns.IsTimeout:
		return "the name " + dns.Name + " was not resolved in time"
	}
	return "the name " + dns.Name + " cannot be resolved"
}

func certificate(err error) string {
	const distrust = "its TLS certificate is not trusted: "
	if _, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return distrust + "an authority signed it that is not known here"
	}
	if _, ok := errors.AsType[x509.HostnameError](err); ok {
		return distrust + "it is for another name"
	}
	invalid, ok := errors.AsType[x509.CertificateInvalidError](err)
	switch {
	case ok && invalid.Reason == x509.Expired:
		return distrust + "it has expired or is not valid yet"
	case ok:
		return distrust + "it is not for a server, or not valid"
	}
	if _, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return distrust + "it cannot be verified"
	}
	return ""
}

func (p Policy) late(err error) string {
	var timeout net.Error
	if !errors.As(err, &timeout) || !timeout.Timeout() {
		return ""
	}
	op, _ := errors.AsType[*net.OpError](err)
	switch text := err.Error(); {
	case op != nil && op.Op == "dial":
		return "it took no connection within " + inWords(p.ConnectTimeout)
	case strings.Contains(text, "TLS handshake timeout"):
		return "the TLS handshake took longer than " + inWords(p.ConnectTimeout)
	case strings.Contains(text, "timeout awaiting response headers"):
		return "no answer within " + inWords(p.HeaderTimeout)
	}
	return "no whole answer within " + inWords(p.Timeout)
}

func connecting(err error, to Origin) string {
	_, notTLS := errors.AsType[tls.RecordHeaderError](err)
	op, _ := errors.AsType[*net.OpError](err)
	switch text := err.Error(); {
	case errors.Is(err, syscall.ECONNREFUSED):
		return "the connection was refused"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no route to it"
	case notTLS, strings.Contains(text, "server gave HTTP response to HTTPS client"):
		return fmt.Sprintf("it does not speak TLS on port %d; is it http rather than https?", to.Port)
	case op != nil && (op.Op == "remote error" || op.Op == "local error"), strings.HasPrefix(text, "tls: "):
		return "the TLS handshake failed; TLS 1.2 or later is needed"
	case op != nil && op.Op == "dial":
		return "no connection could be made"
	}
	return ""
}

// speaking is about answers that break a rule; most errors of net/http about
// that have no type.
func speaking(err error) string {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	switch text := err.Error(); {
	case corrupt, errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return "its answer is not the gzip that it says it is"
	case strings.Contains(text, "response headers exceeded"), strings.Contains(text, "response header list larger"):
		return "its answer has more than " + strconv.Itoa(maxHeader>>10) + " KB of headers"
	case strings.Contains(text, "failed to parse Location header"):
		return "it redirects to what is not a URL"
	}
	return ""
}

// lost reports a connection that broke after it had been made.
func lost(err error) bool {
	for _, cause := range []error{io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED, net.ErrClosed} {
		if errors.Is(err, cause) {
			return true
		}
	}
	text := err.Error()
	for _, cause := range []string{"server closed idle connection", "server sent GOAWAY", "client connection lost", "stream error: "} {
		if strings.Contains(text, cause) {
			return true
		}
	}
	return false
}

// inWords writes 20 s and 250ms.
func inWords(d time.Duration) string {
	if d < time.Second {
		return d.String()
	}
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " s"
}
