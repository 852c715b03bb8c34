// Package wire is HTTP on one side and operations on the other. It owns the
// route table, the limits, the protocol codecs (restJson1, awsJson1_1, awsQuery), the
// form of every error, the request id, the one log event and the figures of a
// request, the listeners, and what the events of a stream travel on: HTTP/2 or a
// WebSocket. Their frames are eventstream's.
//
// Several APIs share one endpoint. Each is a smithy.Service with a protocol:
// Server.find tells from the path, the headers and the form which operation of which
// API is meant, and the signature has to name that API's service.
//
// It does not know who a key belongs to nor who may do what (edge/access), how
// a signature is verified (wire/sigv4), what an operation does (core/op calls
// it) or what the model says (core/api, core/smithy).
package wire

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
	"github.com/parleyhq/parley/internal/platform/audit"
)

// Authenticator finds out who signed a request for a service. A refusal, such as of a
// signature for another service, is a *sigv4.Error; any other error is an internal
// one.
type Authenticator interface {
	// Authenticate is for a request with that whole body.
	Authenticate(ctx context.Context, r *http.Request, service string, body []byte) (op.Caller, error)
	// AuthenticateEvents is for one whose body is an event stream. The signature
	// covers sigv4.EventsPayload in place of a hash, and the chain goes on from it.
	AuthenticateEvents(ctx context.Context, r *http.Request, service string) (op.Caller, *sigv4.Chain, error)
	// Known is for one whose body has not come yet: whether it names a key that is
	// known. It proves nothing.
	Known(ctx context.Context, r *http.Request, service string) error
	// Lasts is for one that was authenticated, and whose events still come: whether its
	// key is known, and its session not over.
	Lasts(ctx context.Context, r *http.Request, service string) error
}

// Config is what a Server is made of. Fields without a remark are required.
type Config struct {
	Services []*smithy.Service // the APIs on this endpoint: api.Service and its neighbours
	Calls    *op.Registry
	Auth     Authenticator
	Log      *slog.Logger
	Now      func() time.Time
	Region   string // of callers who do not sign, where an operation has such

	Pages    map[string]http.Handler     // optional: by path, what browsers ask for, unsigned; /a/ has all below it
	Ready    func(context.Context) error // optional: why /readyz should say no
	Metrics  *Metrics                    // optional
	Audit    *audit.Book                 // optional: what every request is recorded in
	Timeouts Timeouts                    // optional
	Streams  StreamLimits                // optional
	InFlight int64                       // optional: bytes of request bodies held at once

	// Certificate makes Serve speak TLS too, beside plain HTTP and on the same
	// listeners. Optional.
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	RequireTLS  bool // of clients that are not on this machine
}

// Server answers HTTP requests. It is made by New.
type Server struct {
	config Config

	paths    *table                 // the operations of restJson1
	targets  map[string]*endpoint   // those of awsJson1_1, by X-Amz-Target
	actions  *actions               // those of awsQuery
	doors    map[string]*endpoint   // where a WebSocket begins, by path
	errors   map[string]*vocabulary // by service
	held     budget
	strange  budget // of held, what requests have that name no key we know
	shares   shares // of held, by key
	sockets  sockets
	draining atomic.Bool
	pool     sync.Pool // of *exchange
}

// New returns a server that is ready to serve.
func New(c Config) *Server {
	c.Timeouts, c.Streams = c.Timeouts.orDefaults(), c.Streams.orDefaults()
	if c.InFlight == 0 {
		c.InFlight = defaultInFlight
	}
	s := &Server{config: c, paths: newTable(nil), targets: map[string]*endpoint{}, actions: newActions(), doors: map[string]*endpoint{}, errors: map[string]*vocabulary{}}
	s.held.most, s.strange.most = c.InFlight, c.InFlight/2
	s.shares.most, s.shares.held = c.InFlight-c.InFlight/4, map[string]int64{}
	for _, service := range c.Services {
		s.add(service)
	}
	return s
}

// add takes an API into the tables. It panics on a protocol that is not spoken
// here: that can only be a mistake in the program.
func (s *Server) add(service *smithy.Service) {
	s.errors[service.Name] = newVocabulary(service.Schema.Errors())
	if service.Protocol == smithy.AWSQuery {
		s.actions.add(service)
		return
	}
	for _, route := range service.Routes {
		switch service.Protocol {
		case smithy.RestJSON1:
			s.paths.add(route)
			if path := socketPaths[route.Action()]; path != "" {
				s.doors[path] = newSocketEndpoint(route)
			}
		case smithy.AWSJSON11:
			s.targets[service.Target+"."+route.Name] = newEndpoint(route)
		default:
			panic("wire: no codec for " + string(service.Protocol))
		}
	}
}

// find tells in which protocol a request is to be answered, and which operation
// it is for. The operations of awsJson1_1 share the path / and are named by a
// header, those of restJson1 have paths of their own. Those of awsQuery share the
// path / too, and are named in the form: the endpoint stays nil until it is read. A
// WebSocket begins on a path of its own.
func (s *Server) find(x *exchange) (err error) {
	target, given := x.r.Header[headerTarget]
	switch {
	case given && x.r.URL.Path == "/":
		x.protocol = awsJSON11{}
		x.endpoint, err = s.target(x.r.Method, target)
	case len(s.actions.services) > 0 && isForm(x.r):
		x.protocol, x.limit = s.actions.protocol(x.r)
	case s.doors[x.r.URL.Path] != nil:
		door := s.doors[x.r.URL.Path]
		x.protocol = webSocket{document: door.document}
		x.endpoint, err = door, shakesHands(x.r)
	default:
		x.endpoint, err = s.paths.find(x.r.Method, x.r.URL)
	}
	if x.endpoint != nil {
		x.limit = x.endpoint.limit
	}
	return err
}

// ServeHTTP answers one request: always with a request id, and in one piece, unless
// it is for an operation that streams. A page is its own handler's.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if page := s.page(r.URL.Path); page != nil {
		page.ServeHTTP(w, r)
		return
	}
	// 1. Whatever happens from here on is answered, counted and logged under
	// this request's id.
	x := s.begin(w, r)
	defer s.end(x)
	if s.probe(x) {
		return
	}
	if err := s.serve(x); err != nil {
		s.refuse(x, err)
		return
	}
	if x.stream == nil {
		x.send(http.StatusOK)
	}
}

// page is what browsers ask for at a path: itself, or all below its first segment.
func (s *Server) page(path string) http.Handler {
	if page := s.config.Pages[path]; page != nil {
		return page
	}
	if end := strings.IndexByte(strings.TrimPrefix(path, "/"), '/'); end >= 0 {
		return s.config.Pages[path[:end+2]]
	}
	return nil
}

// serve takes a request to its operation and the output into x.answer.
func (s *Server) serve(x *exchange) (err error) {
	ctx := x.r.Context()

	// 2. Which operation? An unknown one is answered before the signature is
	// looked at: it says nothing about anybody.
	if err := s.find(x); err != nil {
		return err
	}
	// 3. The body, no larger than the operation takes. A form says only now which
	// one that is.
	if err := s.readBody(x); err != nil {
		return err
	}
	if x.endpoint == nil {
		if err := s.actions.find(x); err != nil {
			return err
		}
	}
	// 4. Who signed it?
	if x.caller, err = s.caller(ctx, x); err != nil {
		return err
	}
	if err := s.recorded(x); err != nil {
		return err
	}
	// 5. The input, held against every constraint of the model.
	in := x.endpoint.NewInput()
	if refused := x.protocol.bind(x.endpoint.Route, x.request(), in); refused != nil {
		return refused
	}
	x.input = in
	// 6. The operation: may the caller, was it answered before, do it.
	if x.endpoint.streams {
		return s.stream(x, in)
	}
	out, err := s.config.Calls.Call(ctx, x.caller, x.endpoint.Route, in)
	if err != nil {
		return err
	}
	// 7. The output.
	x.answer = x.protocol.answer(x.answer, x.endpoint.Route, out, x.id)
	return nil
}

// caller is who signed the request; nobody, where nobody has to. Of whom it is
// known where it came from.
func (s *Server) caller(ctx context.Context, x *exchange) (c op.Caller, err error) {
	switch {
	case x.endpoint.Unsigned:
		c.Region = s.config.Region
	case x.endpoint.socket:
		c, err = s.visitor(ctx, x)
	case x.endpoint.streams:
		c, x.chain, err = s.config.Auth.AuthenticateEvents(ctx, x.r, x.endpoint.Service)
	default:
		c, err = s.config.Auth.Authenticate(ctx, x.r, x.endpoint.Service, x.body)
	}
	if err != nil {
		return op.Caller{}, err
	}
	from, _ := netip.ParseAddrPort(x.r.RemoteAddr) // the zero address is one that is not known
	c.RequestID = x.id
	c.Origin = op.Origin{IP: from.Addr().Unmap(), Agent: x.r.UserAgent(), Secure: x.r.TLS != nil, Host: x.r.Host, At: x.began}
	return c, nil
}

// recorded gives the request a trail for its audit record, or refuses it when
// there has to be one and cannot.
func (s *Server) recorded(x *exchange) error {
	if s.config.Audit == nil {
		return nil
	}
	x.caller.Trail = new(op.Trail)
	if cause := s.config.Audit.Refuses(); cause != nil {
		return unrecorded(cause)
	}
	return nil
}
