package op

import (
	"context"
	"fmt"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// Duplex is both directions of an event stream, in the model's unions. One
// goroutine may receive while another sends.
type Duplex[In, Out any] interface {
	// Receive waits for the client's next event; io.EOF when it has ended its
	// side. A *fault.Error is an event that breaks the model or a limit. Whatever
	// the error, the operation returns it.
	Receive(ctx context.Context) (*In, error)
	// Send gives the client an event, and waits as long as the client is slow,
	// bounded by a deadline. An error says that the client is gone.
	Send(ctx context.Context, event *Out) error
}

// Events is a Duplex without its types, which the operation alone knows. The wire
// makes it. The answer begins with the first call of either method: an operation
// that fails before is answered like any other.
type Events interface {
	// Receive reads the client's next event into a pointer to a zero union.
	Receive(ctx context.Context, event any) error
	// Send writes the union that event points to.
	Send(ctx context.Context, event any) error
}

// HandleStream is Handle for an operation whose input and output are event streams.
// What fn returns ends the stream: nil, or an error that the client is told in
// place of the next event. Repeated idempotency tokens are fn's.
func HandleStream[In, Out, Received, Sent any](r *Registry, o *smithy.Operation[In, Out], fn func(ctx context.Context, c Caller, in *In, d Duplex[Received, Sent]) error) {
	r.register(handler{route: o.Route, stream: func(ctx context.Context, c Caller, in any, s Events) error {
		return fn(ctx, c, in.(*In), duplex[Received, Sent]{s})
	}})
}

// duplex gives Events its types back.
type duplex[In, Out any] struct{ events Events }

func (d duplex[In, Out]) Receive(ctx context.Context) (*In, error) {
	event := new(In)
	if err := d.events.Receive(ctx, event); err != nil {
		return nil, err
	}
	return event, nil
}

func (d duplex[In, Out]) Send(ctx context.Context, event *Out) error {
	return d.events.Send(ctx, event)
}

// Stream is Call for an operation that was registered with HandleStream: it returns
// when the operation has done with the stream.
func (r *Registry) Stream(ctx context.Context, c Caller, route *smithy.Route, in any, s Events) error {
	h, c, err := r.admit(ctx, c, route, in)
	if err != nil {
		return err
	}
	if h.stream == nil {
		return fault.Hidden(fmt.Errorf("op: %s is no stream", route.Name))
	}
	return declared(route, h.stream(ctx, c, in, s))
}
