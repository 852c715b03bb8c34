package provider

import (
	"context"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// errLeft ends a source whose events nobody wants any more.
var errLeft = errors.New("provider: nobody listens")

// errSilent is why a request ends whose answer does not come, or does not go on.
var errSilent = errors.New("provider: patience is at an end")

// An asking is one request, with its tries.
type asking struct {
	*steady
	yield func(llm.Event, error) bool
	began time.Time
	use   Use
	said  bool // something was told: there is no other try
	left  bool // by whoever asked
}

// ask tries until it went well, something has been said, or there is no use.
func (a *asking) ask(ctx context.Context, r llm.Request) error {
	for {
		a.use.Tries++
		err := a.try(ctx, r)
		if err == nil || a.left {
			return nil
		}
		pause, again := a.again(ctx, err)
		if !again || a.Wait(ctx, pause) != nil {
			return err
		}
	}
}

// try sends the request once. An error is an *llm.Error.
func (a *asking) try(ctx context.Context, r llm.Request) error {
	asking, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	clock := time.AfterFunc(a.Patience.First, func() { stop(errSilent) })
	defer clock.Stop()
	spent := Bounds{}
	err := a.source.stream(asking, r, func(e llm.Event) error {
		clock.Stop() // whoever listens may take their time
		defer clock.Reset(a.Patience.Next)
		if e == nil {
			return nil
		}
		if err := spent.take(e, a.Bounds); err != nil {
			return err
		}
		return a.tell(e)
	})
	if err == nil {
		return nil
	}
	return a.explain(ctx, asking, err)
}

func (a *asking) tell(e llm.Event) error {
	if a.use.First == 0 {
		a.use.First = a.Now().Sub(a.began)
	}
	if u, ok := e.(llm.Usage); ok {
		a.use.Input, a.use.Output = u.Input, u.Output
	}
	a.said = true
	if !a.yield(e, nil) {
		a.left = true
		return errLeft
	}
	return nil
}

// take adds an event to what was read, as far as the bounds allow.
func (b *Bounds) take(e llm.Event, most Bounds) error {
	switch e := e.(type) {
	case llm.Text:
		b.Text += len(e.Text)
	case llm.ToolCall:
		b.Calls++
		b.Arguments += len(e.Arguments)
	case llm.Usage, llm.Stop:
	}
	if b.Text > most.Text || b.Calls > most.Calls || b.Arguments > most.Arguments {
		return tooMuch()
	}
	return nil
}

func tooMuch() error {
	return &llm.Error{Reason: llm.BadAnswer, Detail: "it is larger than may be read"}
}

// again says whether another try is worth it, and after how long.
func (a *asking) again(ctx context.Context, err error) (time.Duration, bool) {
	if a.said {
		return 0, false
	}
	return worthwhile(ctx, a.Config, a.use.Tries, err)
}

// worthwhile is again for what has been tried so many times and said nothing.
func worthwhile(ctx context.Context, c Config, tries int, err error) (time.Duration, bool) {
	e, ok := errors.AsType[*llm.Error](err)
	if !ok || tries >= c.Patience.Tries {
		return 0, false
	}
	if e.Reason != llm.Unavailable && e.Reason != llm.RateLimited {
		return 0, false
	}
	if _, ruled := errors.AsType[*outbound.RefusedError](err); ruled {
		return 0, false
	}
	pause := max(e.RetryAfter, 250*time.Millisecond<<tries)
	deadline, bounded := ctx.Deadline()
	inTime := !bounded || c.Now().Add(pause).Before(deadline)
	return pause, pause <= c.Patience.Pause && inTime
}

// explain makes an *llm.Error of any error. outer is the context of whoever
// asked, inner that of the try.
func (a *asking) explain(outer, inner context.Context, err error) error {
	e, ok := errors.AsType[*llm.Error](err)
	if !ok {
		e = &llm.Error{Reason: llm.Unavailable, Cause: err}
		e.Detail = detail(err)
	}
	switch {
	case errors.Is(outer.Err(), context.Canceled):
		e = &llm.Error{Reason: llm.Cancelled, Cause: outer.Err()}
	case outer.Err() != nil:
		e = &llm.Error{Reason: llm.Timeout, Detail: "no whole answer in the time that was left for it", Cause: outer.Err()}
	case errors.Is(context.Cause(inner), errSilent):
		e = &llm.Error{Reason: llm.Timeout, Detail: "no further word in " + a.waited(), Cause: errSilent}
	case errors.Is(err, outbound.ErrTooLarge):
		e = &llm.Error{Reason: llm.BadAnswer, Detail: "it is larger than may be read", Cause: err}
	}
	named := *e
	named.Model = a.Model
	return &named
}

func (a *asking) waited() string {
	if a.said {
		return a.Patience.Next.String()
	}
	return a.Patience.First.String()
}

// detail is what may be told of an error: outbound's say nothing of what was
// sent or received.
func detail(err error) string {
	if unreachable, ok := errors.AsType[*outbound.UnreachableError](err); ok {
		return unreachable.Error()
	}
	if refused, ok := errors.AsType[*outbound.RefusedError](err); ok {
		return refused.Error()
	}
	return ""
}
