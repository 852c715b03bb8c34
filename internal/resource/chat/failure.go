package chat

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/remote"
)

// unsaid says that a planner or a language model failed.
func unsaid(ctx context.Context, err error) converse.Failure {
	if left(ctx) || fault.As(err) != nil {
		return converse.Failure{Cause: err}
	}
	text := "The language model cannot be reached, or broke off. Try again; if it stays, tell the administrator."
	if e, ok := errors.AsType[*llm.Error](err); ok {
		text = e.Sentence()
	}
	return converse.Failure{Text: text, Cause: err}
}

// explain says what an error of Plugins means to the user. One that is not the
// third party's has no text, unless a write may have been sent.
func (t *turn) explain(ctx context.Context, err error, c converse.Call) converse.Failure {
	name, confirmed := t.of[c.Tool].Name, c.Confirmed
	if bad, ok := errors.AsType[*action.ArgumentError](err); ok {
		return converse.Failure{Problems: bad.Problems}
	}
	if refused, ok := errors.AsType[*outbound.RefusedError](err); ok {
		return converse.Failure{Text: name + " may not be called from here: " + refused.Error() + ". Nothing was sent; tell the administrator."}
	}
	if f := fault.As(err); f != nil && f.Code == fault.ExternalResource {
		return converse.Failure{Text: f.Message, Cause: f.Cause}
	}
	if fault.As(err) != nil || left(ctx) && !confirmed {
		return converse.Failure{Cause: err} // of a fault, nothing was sent
	}
	if status, ok := errors.AsType[*remote.StatusError](err); ok {
		if definite(status.Status) {
			return converse.Failure{Text: name + " did not do it: " + status.Error() + "."}
		}
		return t.unanswered(name, status.Error(), confirmed)
	}
	if unreachable, ok := errors.AsType[*remote.UnreachableError](err); ok {
		return t.unanswered(name, unreachable.Error(), confirmed)
	}
	if ctx.Err() != nil {
		return t.unanswered(name, "it took longer than a turn may take", confirmed)
	}
	if !confirmed {
		return converse.Failure{Cause: err}
	}
	f := t.unanswered(name, "an internal error", confirmed)
	f.Cause = err
	return f
}

// left reports whether the client has left, as against a turn that took too long.
func left(ctx context.Context) bool { return errors.Is(ctx.Err(), context.Canceled) }

// unanswered is a call that may have been carried out.
func (t *turn) unanswered(name, why string, confirmed bool) converse.Failure {
	if !confirmed {
		return converse.Failure{Text: name + " could not be asked: " + why + "."}
	}
	return converse.Failure{
		Text: name + " did not answer as it should: " + why + ". Whether “" + t.write() + "” was carried out is not known: look there before you ask for it again.",
		Sent: true,
	}
}

// definite reports a status that means that nothing was done: the third party
// refused the request (RFC 9110, section 15.5), other than for its being late.
func definite(status int) bool { return status/100 == 4 && status != 408 && status != 425 }

// unfound says that documents could not be searched.
func unfound(ctx context.Context, err error) converse.Failure {
	if ctx.Err() != nil && !left(ctx) {
		return converse.Failure{Text: "The search took longer than a turn may take. Try again.", Cause: err}
	}
	return converse.Failure{Cause: err}
}
