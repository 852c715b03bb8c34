package wire

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/edge/wire/eventstream"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
)

// maxFrame bounds one event of a client, in bytes: an attachment of 10 MB as base64.
const maxFrame = 16 * mib

// endOfInput is the event with which a client says that it sends no more. Nothing is
// waited for after it: clients may leave their side open.
const endOfInput = "endOfInputEvent"

// StreamLimits bound an event stream, beside what bounds the bytes of a request. A
// zero stands for the default.
type StreamLimits struct {
	Idle   time.Duration // until the client's next event, while the operation waits for it
	Write  time.Duration // until the client has taken an event
	Turn   time.Duration // from the request to the end of the answer
	Ping   time.Duration // of silence before the client is asked whether it is there, and until it answers
	Events int           // of the client
}

func (l StreamLimits) orDefaults() StreamLimits {
	return StreamLimits{
		Idle:   cmp.Or(l.Idle, 2*time.Minute),
		Write:  cmp.Or(l.Write, 30*time.Second),
		Turn:   cmp.Or(l.Turn, 15*time.Minute),
		Ping:   cmp.Or(l.Ping, 30*time.Second),
		Events: cmp.Or(l.Events, 256),
	}
}

// carrier is what the frames of a request travel on. One goroutine may read while
// another writes.
type carrier interface {
	// open begins the answer. An error is answered in place of it.
	open() error
	// read waits for the client's next message, which is good until the next call;
	// io.EOF when the client has ended its side.
	read(ctx context.Context) (eventstream.Message, error)
	// ended says that nothing is read any more.
	ended()
	// write sends a frame, and returns when it is on its way.
	write(ctx context.Context, frame []byte) error
	// exception is what the last frame calls an error.
	exception(rep reply) string
	// close ends the answer, after that error; the zero reply is none. It returns the
	// status with which the answer began.
	close(rep reply) (status int)
}

// stream is the events of one request over a carrier: an op.Events.
type stream struct {
	carrier  carrier
	limits   StreamLimits
	endpoint *endpoint
	purse    purse
	lasts    func(context.Context) error // whoever signed may still say something

	opening  sync.Once
	refused  error // why it could not be opened
	open     atomic.Bool
	received atomic.Int64 // bytes, all of which were taken from purse
	failure  atomic.Pointer[error]
	last     reply // the error that ended it

	receiving sync.Mutex // over the next two
	over      error      // why nothing is received any more
	events    int        // received

	sending sync.Mutex // over the rest
	frame   []byte
	sent    int64 // bytes
	shut    bool
}

// stream runs an operation between two event streams. The error is what to refuse
// the request with, or to end the answer with.
func (s *Server) stream(x *exchange, in any) error {
	limits := s.config.Streams
	ctx, cancel := context.WithTimeoutCause(x.r.Context(), limits.Turn, late("The turn took longer than %s.", limits.Turn))
	defer cancel()
	ctx, cut := context.WithCancelCause(ctx)
	defer cut(nil)
	x.stream = &stream{limits: limits, endpoint: x.endpoint, purse: s.purse(x.caller.AccessKeyID)}
	x.stream.lasts = func(ctx context.Context) error { return s.config.Auth.Lasts(ctx, x.r, x.endpoint.Service) }
	if x.endpoint.socket {
		x.stream.carrier = s.newSocket(x, cut)
	} else {
		x.stream.carrier = newDuplex(x)
	}
	if err := s.config.Calls.Stream(ctx, x.caller, x.endpoint.Route, in, x.stream); err != nil {
		return x.stream.because(ctx, err)
	}
	return x.stream.begin()
}

// because is why a stream failed: what the wire found out, rather than what the
// operation made of it.
func (st *stream) because(ctx context.Context, err error) error {
	if found := st.failure.Load(); found != nil {
		return *found
	}
	if cause := context.Cause(ctx); told(cause) {
		return cause
	}
	return err
}

// begin opens the answer, once.
func (st *stream) begin() error {
	st.opening.Do(func() {
		st.refused = st.carrier.open()
		st.open.Store(st.refused == nil)
	})
	return st.refused
}

// Receive reads the client's next event into a pointer to a zero union.
func (st *stream) Receive(ctx context.Context, event any) error {
	st.receiving.Lock()
	defer st.receiving.Unlock()
	if err := st.begin(); err != nil {
		return err
	}
	if st.over != nil {
		return st.over
	}
	ctx, cancel := context.WithTimeoutCause(ctx, st.limits.Idle, late("No event came for %s. Send endOfInputEvent when there is no other.", st.limits.Idle))
	defer cancel()
	name, err := st.receive(ctx, event)
	if err != nil {
		return st.stop(st.found(ctx, err))
	}
	if name == endOfInput {
		_ = st.stop(io.EOF)
	}
	return nil
}

func (st *stream) receive(ctx context.Context, event any) (name string, err error) {
	m, err := st.carrier.read(ctx)
	if err != nil {
		return "", err
	}
	if err := st.lasts(ctx); err != nil {
		return "", err
	}
	if st.events++; st.events > st.limits.Events {
		return "", fault.InvalidField(eventstream.EventType, "%s takes at most %d events.", st.endpoint.Name, st.limits.Events)
	}
	return decodeEvent(m, events(st.endpoint.Input), event)
}

// stop says why nothing is received any more.
func (st *stream) stop(why error) error {
	st.over = why
	st.carrier.ended()
	return why
}

// Send writes the union that event points to.
func (st *stream) Send(ctx context.Context, event any) error {
	st.sending.Lock()
	defer st.sending.Unlock()
	if err := st.begin(); err != nil {
		return err
	}
	if st.shut {
		return aborted(errors.New("wire: sent to a stream that has ended"))
	}
	if ctx.Err() != nil {
		return st.found(ctx, ctx.Err())
	}
	frame, err := appendEvent(st.frame[:0], events(st.endpoint.Output), event)
	if err != nil {
		return err
	}
	return st.write(ctx, frame)
}

// write writes a frame within its time, and keeps its memory for the next one. Only
// that time ends it: a frame that is cut short would end the connection, and with it
// the words for what happened.
func (st *stream) write(ctx context.Context, frame []byte) error {
	if cap(frame) <= maxKept {
		st.frame = frame
	}
	ctx, cancel := context.WithTimeoutCause(context.WithoutCancel(ctx), st.limits.Write, late("The client took no event for %s.", st.limits.Write))
	defer cancel()
	if err := st.carrier.write(ctx, frame); err != nil {
		return st.found(ctx, err)
	}
	st.sent += int64(len(frame))
	return nil
}

// refuse writes the exception that ends the answer. Who is gone does not read it.
func (st *stream) refuse(ctx context.Context, rep reply, body []byte) {
	st.sending.Lock()
	defer st.sending.Unlock()
	st.last = rep
	frame := eventstream.AppendException(st.frame[:0], st.carrier.exception(rep), body)
	_ = st.write(ctx, frame)
}

// finish ends the answer, and waits for whoever still receives or sends. It gives
// back the memory.
func (st *stream) finish(x *exchange) {
	gone := aborted(errors.New("wire: the stream has ended"))
	st.opening.Do(func() { st.refused = gone })
	st.receiving.Lock()
	st.over = gone
	st.receiving.Unlock()
	st.sending.Lock()
	defer st.sending.Unlock()
	st.shut = true
	if st.open.Load() {
		x.status = st.carrier.close(st.last)
	}
	st.purse.give(st.received.Load())
}

// reserve takes the memory for so many bytes more of the client's.
func (st *stream) reserve(n int) error {
	most := st.endpoint.limit
	if st.received.Load()+int64(n) > most {
		return &refusal{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLargeException",
			message: fmt.Sprintf("The events have more than the %d bytes that %s takes.", most, st.endpoint.Name)}
	}
	if !st.purse.take(int64(n)) {
		return noMemory()
	}
	st.received.Add(int64(n))
	return nil
}

// found is why nothing comes or goes any more. What the wire can tell is kept: it is
// not the operation that words it.
func (st *stream) found(ctx context.Context, err error) error {
	switch {
	case errors.Is(err, io.EOF):
		return err
	case told(err):
	case told(context.Cause(ctx)):
		err = context.Cause(ctx)
	case ctx.Err() != nil:
		return ctx.Err() // the operation's own doing, or the end of the connection
	default:
		err = aborted(err)
	}
	st.failure.CompareAndSwap(nil, &err)
	return err
}

// told reports whether an error has words for the client.
func told(err error) bool {
	return errors.As(err, new(*refusal)) || errors.As(err, new(*sigv4.Error)) || fault.As(err) != nil
}

// late refuses to wait longer.
func late(format string, limit time.Duration) error {
	return &refusal{status: http.StatusRequestTimeout, code: "RequestTimeoutException", message: fmt.Sprintf(format, limit)}
}

// events is the union of the events that a shape streams.
func events(s *smithy.Shape) *smithy.Shape {
	for i := range s.Members {
		if s.Members[i].Field == smithy.Streamed {
			return s.Members[i].Shape
		}
	}
	return nil
}
