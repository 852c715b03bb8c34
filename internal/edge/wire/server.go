// Package wire is HTTP on one side and operations on the other. It owns the
// route table, the limits, the protocol codec (restJson1), the form of every
// error, the request id, the one log event and the figures of a request, and
// the listeners.
//
// It does not know who a key belongs to nor who may do what (edge/access), how
// a signature is verified (wire/sigv4), what an operation does (core/op calls
// it) or what the model says (core/api, core/smithy).
package wire

import (
	"context"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// Authenticator finds out who signed a request. body is the whole body, and
// nil when the operation reads its input as an event stream: the signature
// then covers sigv4.EventsPayload in place of a hash. A refusal is a
// *sigv4.Error; any other error is an internal one.
type Authenticator interface {
	Authenticate(ctx context.Context, r *http.Request, body []byte) (op.Caller, error)
}

// Config is what a Server is made of. Fields without a remark are required.
type Config struct {
	Routes []*smithy.Route // the operations: api.Routes
	Errors []*smithy.Shape // the errors they declare: api.Schema.Errors()
	Calls  *op.Registry
	Auth   Authenticator
	Log    *slog.Logger
	Now    func() time.Time

	Ready    func(context.Context) error // optional: why /readyz should say no
	Metrics  *Metrics                    // optional
	Timeouts Timeouts                    // optional
	InFlight int64                       // optional: bytes of request bodies held at once
}

// Server answers HTTP requests. It is made by New.
type Server struct {
	config Config

	table    *table
	errors   map[string]*smithy.Shape
	held     budget
	draining atomic.Bool
	pool     sync.Pool // of *exchange
}

// New returns a server that is ready to serve.
func New(c Config) *Server {
	c.Timeouts = c.Timeouts.orDefaults()
	if c.InFlight == 0 {
		c.InFlight = defaultInFlight
	}
	s := &Server{config: c, table: newTable(c.Routes), errors: map[string]*smithy.Shape{}}
	s.held.most = c.InFlight
	for _, shape := range c.Errors {
		s.errors[shape.Name] = shape
	}
	return s
}

// ServeHTTP answers one request: always with a request id, always in JSON, and
// always in one piece.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
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
	x.send(http.StatusOK)
}

// serve takes a request to its operation and the output into x.answer.
func (s *Server) serve(x *exchange) (err error) {
	ctx := x.r.Context()

	// 2. Which operation? An unknown path is answered before the signature is
	// looked at: it says nothing about anybody.
	if x.endpoint, err = s.table.find(x.r.Method, x.r.URL); err != nil {
		return err
	}
	// 3. The body, no larger than the operation takes.
	if err := s.readBody(x); err != nil {
		return err
	}
	// 4. Who signed it?
	if x.caller, err = s.config.Auth.Authenticate(ctx, x.r, x.body); err != nil {
		return err
	}
	x.caller.RequestID = x.id
	// 5. The input, held against every constraint of the model.
	in := x.endpoint.NewInput()
	if refused := bindRequest(x.endpoint.Route, x.request(), in); refused != nil {
		return refused
	}
	// 6. The operation: may the caller, was it answered before, do it.
	out, err := s.config.Calls.Call(ctx, x.caller, x.endpoint.Route, in)
	if err != nil {
		return err
	}
	// 7. The output.
	x.answer = appendResponse(x.answer, x.endpoint.Route, out)
	return nil
}
