package wire

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
	"github.com/parleyhq/parley/internal/platform/audit"
)

// The headers of an answer, in the form that http.Header keys have.
const (
	headerRequestID = "X-Amzn-Requestid"
	headerErrorType = "X-Amzn-Errortype"
)

// maxKept bounds the answer buffer that an exchange keeps for the next one.
const maxKept = 64 << 10

// exchange is one request and its answer. The zero endpoint, caller and code
// say that the request did not come that far.
type exchange struct {
	w     http.ResponseWriter
	r     *http.Request
	id    string
	began time.Time

	protocol protocol // of the answer
	endpoint *endpoint
	limit    int64 // bytes of body that are read
	body     []byte
	purse    purse // of the key that it names
	held     int64 // bytes from it that body takes
	strange  int64 // of these, what counts among strangers'
	known    bool  // it names a key that is known
	caller   op.Caller
	probe    bool         // of /healthz or /readyz
	chain    *sigv4.Chain // of the signatures of the events to come
	stream   *stream      // nil: the request is answered in one piece

	answer []byte // the body of the answer
	status int
	late   int    // the status of an error that came after the answer had begun
	code   string // of an error
	cause  error  // why, for the log
	input  any    // nil: it could not be read
	failed error  // what the answer says an error of

	labels map[string]string // kept between exchanges
}

// begin takes an exchange from the pool and gives the request its id.
func (s *Server) begin(w http.ResponseWriter, r *http.Request) *exchange {
	x, ok := s.pool.Get().(*exchange)
	if !ok {
		x = &exchange{labels: map[string]string{}}
	}
	x.w, x.r, x.id, x.began, x.protocol = w, r, uuid.NewString(), s.config.Now(), restJSON1{}
	w.Header()[headerRequestID] = []string{x.id}
	s.config.Metrics.began()
	return x
}

// request is what bindRequest reads.
func (x *exchange) request() request {
	x.endpoint.fill(x.labels, x.r.URL.EscapedPath())
	return request{Labels: x.labels, Query: x.r.URL.RawQuery, Header: x.r.Header, Body: x.body}
}

// send writes the answer in one piece. A client that does not take it is not
// our error: its connection is closed by net/http.
func (x *exchange) send(status int) {
	x.status = status
	h := x.w.Header()
	h["Content-Type"] = []string{x.protocol.mediaType()}
	h["Content-Length"] = []string{strconv.Itoa(len(x.answer))}
	x.w.WriteHeader(status)
	_, _ = x.w.Write(x.answer) //nolint:gosec // it is JSON, and its type says so
}

// end answers a panic, writes the event of the request, and gives everything
// back. It must be deferred directly.
func (s *Server) end(x *exchange) {
	if p := recover(); p != nil {
		s.config.Log.LogAttrs(context.Background(), slog.LevelError, "panic",
			slog.String("request_id", x.id), slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
		s.refuse(x, fmt.Errorf("panic: %v", p))
	}
	if x.stream != nil {
		x.stream.finish(x)
	}
	took := s.config.Now().Sub(x.began)
	s.config.Metrics.ended(x.operation(), x.code, took)
	s.log(x, took)
	s.audit(x)
	x.purse.give(x.held)
	s.strange.give(x.strange)
	s.release(x)
}

// release returns an exchange to the pool, emptied.
func (s *Server) release(x *exchange) {
	kept := exchange{labels: x.labels}
	if cap(x.answer) <= maxKept {
		kept.answer = x.answer[:0]
	}
	clear(kept.labels)
	*x = kept
	s.pool.Put(x)
}

// operation names what was asked for, among a bounded number of names.
func (x *exchange) operation() string {
	switch {
	case x.endpoint != nil:
		return x.endpoint.title
	case x.probe:
		return "probe"
	}
	return "unknown"
}

// audit records a request that is somebody's, or is for an operation that takes
// no signature.
func (s *Server) audit(x *exchange) {
	if x.caller.RequestID == "" {
		return
	}
	s.config.Audit.Note(audit.Event{Caller: x.caller, Route: x.endpoint.Route, Input: x.input, Code: x.code, Err: x.failed})
}

// log writes the one event of a request. Neither query nor body are ever in
// it: they may carry a signature or a secret.
func (s *Server) log(x *exchange, took time.Duration) {
	level := slog.LevelInfo
	switch {
	case max(x.status, x.late) >= 500 && x.status != http.StatusNotImplemented:
		level = slog.LevelError
	case x.probe:
		level = slog.LevelDebug
	}
	ctx := x.r.Context()
	if !s.config.Log.Enabled(ctx, level) {
		return
	}
	in, out := x.moved()
	attrs := make([]slog.Attr, 0, 12)
	attrs = append(attrs,
		slog.String("request_id", x.id),
		slog.String("operation", x.operation()),
		slog.Int("status", x.status),
		slog.Duration("duration", took),
		slog.Int64("bytes_in", in),
		slog.Int64("bytes_out", out),
		slog.String("remote", x.r.RemoteAddr))
	if x.endpoint == nil {
		attrs = append(attrs, slog.String("method", clip(x.r.Method, 16)), slog.String("path", clip(x.r.URL.Path, 128)))
	}
	if x.caller.Account != "" {
		attrs = append(attrs, slog.String("account", x.caller.Account), slog.String("principal", x.caller.Principal))
	}
	if x.code != "" {
		attrs = append(attrs, slog.String("error", x.code))
	}
	if x.cause != nil {
		attrs = append(attrs, slog.String("cause", x.cause.Error()))
	}
	s.config.Log.LogAttrs(ctx, level, "request", attrs...)
}

// moved is how many bytes of bodies went either way.
func (x *exchange) moved() (in, out int64) {
	if in, out = int64(len(x.body)), int64(len(x.answer)); x.stream != nil {
		in, out = in+x.stream.received.Load(), out+x.stream.sent
	}
	return in, out
}
