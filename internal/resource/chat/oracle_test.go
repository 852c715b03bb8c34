package chat

import (
	"context"
	"iter"
	"strings"
	"sync"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// oracle is a language model that says what it was told to, one reply for each
// request; the last of them for all that follow.
type oracle struct {
	replies []reply

	mu    sync.Mutex
	asked []llm.Request
}

// reply is one answer: pieces of text or calls, then an error, or a stop.
type reply struct {
	events []llm.Event
	err    error
	stop   llm.StopReason // empty: EndOfTurn
	before func()         // called before anything is said
}

// words is a reply of a text, in pieces of a word.
func words(text string) reply {
	var r reply
	for _, piece := range strings.SplitAfter(text, " ") {
		r.events = append(r.events, llm.Text{Text: piece})
	}
	return r
}

func (r reply) breaking(err error) reply {
	r.err = err
	return r
}

// Stream implements llm.Model.
func (o *oracle) Stream(ctx context.Context, r llm.Request) iter.Seq2[llm.Event, error] {
	return func(yield func(llm.Event, error) bool) {
		o.mu.Lock()
		say := o.replies[min(len(o.asked), len(o.replies)-1)]
		o.asked = append(o.asked, r)
		o.mu.Unlock()
		if say.before != nil {
			say.before()
		}
		for _, e := range say.events {
			if ctx.Err() != nil {
				yield(nil, &llm.Error{Reason: llm.Cancelled, Model: "oracle", Cause: ctx.Err()})
				return
			}
			if !yield(e, nil) {
				return
			}
		}
		switch {
		case say.err != nil:
			yield(nil, say.err)
		case say.stop != "":
			yield(llm.Stop{Reason: say.stop}, nil)
		default:
			yield(llm.Stop{Reason: llm.EndOfTurn}, nil)
		}
	}
}

// heard is all that a request tells the model.
func heard(r llm.Request) string {
	text := r.System
	for _, m := range r.Messages {
		text += "\n" + m.Text
		for _, result := range m.Results {
			text += "\n" + result.Text
		}
	}
	return text
}

// last is the latest request.
func (o *oracle) last() llm.Request {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.asked[len(o.asked)-1]
}
