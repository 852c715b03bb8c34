// Package conversetest lets turns of engine/converse go to their end in tests:
// World does what they want done, and Obedient is a language model that works for
// whoever spoke last.
package conversetest

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/plan"
)

// World answers the effects of turns.
type World struct {
	Model     llm.Model    // of Generate
	Planner   plan.Planner // of Decide
	Documents []cite.Passage
	Call      func(converse.Call) converse.Answer  // of Invoke
	Fail      func(e converse.Effect, n int) error // instead of doing the effect, the nth from 0; nil: none fails
}

// Record is what came of a turn.
type Record struct {
	Events   []converse.Event
	Effects  []converse.Effect
	Requests []llm.Request // of Generate
	Shown    string        // all Texts, after a Grounded that alone and what followed
	Said     string        // all Texts
	Final    *converse.Final
	Failure  *converse.Failure
	Ends     int // how many events ended it
	Review   *converse.Review
	Calls    []converse.Call
}

// Run lets a turn go on from a move to its end.
func (w World) Run(ctx context.Context, m converse.Move) *Record {
	r := &Record{}
	for n := 0; ; n++ {
		for _, e := range m.Events {
			r.take(e)
		}
		if m.Next == nil {
			return r
		}
		r.Effects = append(r.Effects, m.Next)
		m = w.do(ctx, r, m.Next, n)
	}
}

func (w World) do(ctx context.Context, r *Record, effect converse.Effect, n int) converse.Move {
	var failure error
	if w.Fail != nil {
		failure = w.Fail(effect, n)
	}
	switch e := effect.(type) {
	case *converse.Search:
		if failure != nil {
			return e.Failed(failed(failure))
		}
		return e.Found(w.Documents)
	case *converse.Decide:
		d, err := plan.Decision{}, failure
		if err == nil {
			d, err = w.Planner.Decide(ctx, e.Turn)
		}
		if err != nil {
			return e.Failed(failed(err))
		}
		return e.Decided(d)
	case *converse.Invoke:
		r.Calls = append(r.Calls, e.Call)
		if failure != nil {
			return e.Failed(failed(failure))
		}
		return e.Answered(w.Call(e.Call))
	case *converse.Generate:
		r.Requests = append(r.Requests, e.Request)
		return w.generate(ctx, r, e, failure)
	}
	return converse.Move{}
}

func (w World) generate(ctx context.Context, r *Record, g *converse.Generate, failure error) converse.Move {
	if failure != nil {
		return g.Failed(failed(failure))
	}
	for event, err := range w.Model.Stream(ctx, g.Request) {
		if err != nil {
			return g.Failed(failed(err))
		}
		for _, e := range g.Said(event) {
			r.take(e)
		}
		if g.Enough() {
			break
		}
	}
	return g.Ended()
}

// failed is an error as a person hears of it.
func failed(err error) converse.Failure {
	f := converse.Failure{Text: "It did not work. Try again.", Cause: err}
	if e, ok := errors.AsType[*llm.Error](err); ok {
		f.Text = e.Sentence()
	}
	return f
}

func (r *Record) take(event converse.Event) {
	r.Events = append(r.Events, event)
	switch e := event.(type) {
	case converse.Text:
		r.Said += e.Text
		r.Shown += e.Text
	case converse.Grounded:
		r.Shown = e.Text
	case converse.Final:
		r.Final = &e
		r.Ends++
	case converse.Failure:
		r.Failure = &e
		r.Ends++
	case converse.Review:
		r.Review = &e
	case converse.Challenge, converse.Result:
	}
}
