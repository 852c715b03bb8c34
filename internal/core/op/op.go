// Package op is the pipeline behind the wire: an operation is a typed function
// from input to output that knows no HTTP, or one between two streams of events
// (Duplex), and Registry.Call owns the steps that all of them share: authorize,
// replay by idempotency token, call.
//
// Who may is decided by an Authorizer (edge/access), and what was answered
// before is kept by a Replayer (platform/replay). Decoding, validation and
// encoding belong to edge/wire.
package op

import (
	"context"
	"fmt"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// Func is an operation: it returns the output or a *fault.Error; any other
// error is an internal one.
type Func[In, Out any] func(ctx context.Context, c Caller, in *In) (*Out, error)

// Authorizer decides who may. It returns the account whose resources the caller
// may use, or a fault.AccessDenied that names the principal, the action and the
// resource.
type Authorizer interface {
	Authorize(ctx context.Context, c Caller, route *smithy.Route, in any) (owner string, err error)
}

// Replayer finds the answer that was given to an idempotency token before.
// found is false when there is none, or none that is still valid.
type Replayer interface {
	Find(ctx context.Context, c Caller, t Token) (kept Kept, found bool, err error)
}

// Kept is an answer given before, and the input it was given to.
type Kept struct {
	Input  Digest
	Answer []byte // the output's JSON
}

// Registry maps operations to functions and calls them.
type Registry struct {
	Access  Authorizer
	Replays Replayer

	handlers map[*smithy.Route]handler
}

type handler struct {
	route  *smithy.Route
	call   func(ctx context.Context, c Caller, in any) (any, error)
	stream func(ctx context.Context, c Caller, in any, s Events) error // in place of call
	output func() any                                                  // a pointer to a zero output
	tokens bool                                                        // it answers repeated tokens itself
}

// Handle registers the function of an operation. It panics when the operation
// has one already: that can only be a mistake in the program.
func Handle[In, Out any](r *Registry, o *smithy.Operation[In, Out], fn Func[In, Out]) {
	r.register(handler{route: o.Route, call: call(fn), output: zero[Out]})
}

// HandleTokens is Handle for an operation that keeps the answers to its
// idempotency tokens itself: its function is called for a repeated one too.
func HandleTokens[In, Out any](r *Registry, o *smithy.Operation[In, Out], fn Func[In, Out]) {
	r.register(handler{route: o.Route, call: call(fn), output: zero[Out], tokens: true})
}

// call forgets the types of an operation's function. What is generic is compiled
// anew for each of some two hundred operations, so it does no more than it must.
func call[In, Out any](fn Func[In, Out]) func(context.Context, Caller, any) (any, error) {
	return func(ctx context.Context, c Caller, in any) (any, error) {
		out, err := fn(ctx, c, in.(*In))
		if err != nil {
			return nil, err
		}
		return out, nil
	}
}

func zero[Out any]() any { return new(Out) }

func (r *Registry) register(h handler) {
	if r.Built(h.route) {
		panic(fmt.Sprintf("op: %s is mounted twice", h.route.Action()))
	}
	if r.handlers == nil {
		r.handlers = map[*smithy.Route]handler{}
	}
	r.handlers[h.route] = h
}

// Built reports whether the operation has a function.
func (r *Registry) Built(route *smithy.Route) bool {
	_, ok := r.handlers[route]
	return ok
}

// Call runs an operation for a caller who has been authenticated, on an input
// that has been validated. in is a pointer to the operation's input and the
// answer one to its output. The error is always a *fault.Error that the
// operation declares, or a fault.NotImplemented.
func (r *Registry) Call(ctx context.Context, c Caller, route *smithy.Route, in any) (any, error) {
	h, c, err := r.admit(ctx, c, route, in)
	if err != nil {
		return nil, err
	}
	if h.call == nil {
		return nil, fault.Hidden(fmt.Errorf("op: %s is a stream", route.Name))
	}
	if c.Token == nil || h.tokens {
		out, err := h.call(ctx, c, in)
		return out, declared(route, err)
	}
	out, err := r.once(ctx, c, h, in)
	return out, declared(route, err)
}

// admit authorizes a caller, and returns the operation's handler and the caller as
// the operation is to know it.
func (r *Registry) admit(ctx context.Context, c Caller, route *smithy.Route, in any) (handler, Caller, error) {
	owner, err := r.Access.Authorize(ctx, c, route, in)
	if err != nil {
		return handler{}, c, declared(route, err)
	}
	c.Owner = owner
	c.Trail.admitted(owner)
	h, ok := r.handlers[route]
	if !ok {
		return handler{}, c, notBuilt(route)
	}
	c.Token = tokenOf(c, route, in)
	return h, c, nil
}

// declared makes sure that an operation answers no error its model row does
// not declare: such an answer is a mistake of ours, so it is an internal one.
// An operation that is built in part may say so.
func declared(route *smithy.Route, err error) error {
	if err == nil {
		return nil
	}
	f := fault.As(err)
	if f == nil {
		return fault.Hidden(err)
	}
	if f.Code != fault.NotImplemented && !route.Declares(string(f.Code)) {
		return fault.Hidden(fmt.Errorf("op: %s may not answer %w", route.Name, err))
	}
	return f
}

func notBuilt(route *smithy.Route) error {
	return &fault.Error{
		Code:    fault.NotImplemented,
		Message: fmt.Sprintf("%s is not built yet in this version of Parley. The request was well formed, and you may call it; see docs/compatibility.md for what is there.", route.Name),
	}
}
