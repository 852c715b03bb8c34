package chat

import (
	"context"
	"iter"

	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/engine/plan"
)

// events lets a turn go on to its end, telling what happens. A turn that has a
// write to send does not stop when the client leaves.
func (s *Service) events(ctx context.Context, t *turn) iter.Seq[converse.Event] {
	return func(yield func(converse.Event) bool) {
		ctx, stop := context.WithTimeout(t.life(ctx), turnTime)
		defer stop()
		for move := s.first(ctx, t); ; move = s.next(ctx, t, move.Next) {
			for _, event := range move.Events {
				if !yield(event) {
					return
				}
			}
			if move.Next == nil {
				return
			}
		}
	}
}

// life is the context that a turn ends with, beside its time.
func (t *turn) life(ctx context.Context) context.Context {
	if t.write() == "" {
		return ctx
	}
	return context.WithoutCancel(ctx)
}

// first begins the machine of a turn.
func (s *Service) first(ctx context.Context, t *turn) converse.Move {
	machine := &converse.Turn{Turn: plan.Turn{
		Now: t.user.Sent.In(s.Zone), Message: t.said, History: t.history, Tools: t.tools,
	}}
	if t.run == nil {
		return machine.Ask()
	}
	if t.response != nil {
		if err := s.Plugins.Respond(ctx, t.caller, t.owner.user, t.home.conversation, t.live, t.response); err != nil {
			return failure(t.explain(ctx, err, false))
		}
	}
	return machine.Run(*t.run)
}

// next does what the machine wants done.
func (s *Service) next(ctx context.Context, t *turn, effect converse.Effect) converse.Move {
	switch e := effect.(type) {
	case *converse.Decide:
		decision, err := s.Planner.Decide(ctx, e.Turn)
		if err != nil {
			return e.Failed(undecided(ctx, err))
		}
		return e.Decided(decision)
	case *converse.Invoke:
		return s.call(ctx, t, e)
	}
	return converse.Move{}
}

func (s *Service) call(ctx context.Context, t *turn, e *converse.Invoke) converse.Move {
	out, err := s.Plugins.Call(ctx, t.caller, t.owner.user, t.home.conversation, t.live, t.tools[e.Tool].Action, e.Args)
	if err != nil {
		return e.Failed(t.explain(ctx, err, e.Confirmed))
	}
	if out.Challenge != "" {
		return e.SignIn(out.Challenge)
	}
	return e.Answered(converse.Answer{
		Status: out.Answer.Status, MediaType: out.Answer.MediaType, Body: out.Answer.Body, Size: out.Answer.Size,
		Truncated: out.Answer.Truncated, Binary: out.Answer.Binary, RequestID: out.Answer.RequestID,
	})
}

func failure(f converse.Failure) converse.Move { return converse.Move{Events: []converse.Event{f}} }
