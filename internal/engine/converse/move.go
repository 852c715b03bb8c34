package converse

import (
	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/guard"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/plan"
)

// A Move is what a turn does at once.
type Move struct {
	Events []Event // to be told, in order
	Next   Effect  // to be done; nil: the turn has ended
}

// An Effect is something that only the world can do: a *Search, a *Decide, an
// *Invoke or a *Generate. It is answered once, through one of its methods.
//
//sumtype:decl
type Effect interface{ effect() }

// Decide asks the planner about Turn.
type Decide struct {
	Turn plan.Turn

	turn *Turn
}

// Decided goes on with the planner's decision.
func (d *Decide) Decided(decision plan.Decision) Move { return d.turn.decided(decision) }

// Failed ends the turn: the planner could not decide.
func (d *Decide) Failed(f Failure) Move { return d.turn.fail(f) }

// Invoke makes a call to the third party.
type Invoke struct {
	Call

	turn *Turn
}

// Answered goes on with what the third party answered: with the planner after a
// read, to the end after a write.
func (i *Invoke) Answered(a Answer) Move {
	t := i.turn
	t.last = &a
	t.Steps = append(t.Steps, plan.Step{Tool: i.Tool, Args: i.Args, Result: a.excerpt()})
	next := t.decide()
	if i.Confirmed {
		next = t.finish(t.Tools[i.Tool], a)
	}
	next.Events = append([]Event{Result{i.Call, a}}, next.Events...)
	return next
}

// SignIn ends the turn: the person has to sign in at url first, and nothing was
// sent. The call goes on with Run afterwards.
func (i *Invoke) SignIn(url string) Move {
	return i.turn.say(signIn(i.turn.Tools[i.Tool], i.Confirmed), Challenge{URL: url, Call: i.Call})
}

// Failed ends the turn. What is wrong with the arguments of a read is a question
// to the person.
func (i *Invoke) Failed(f Failure) Move {
	if len(f.Problems) > 0 && !i.Confirmed {
		return i.turn.say(question(i.turn.Tools[i.Tool].Action, f.Problems))
	}
	return i.turn.fail(f)
}

// Search asks for the passages of documents that the person may see at this
// moment.
type Search struct {
	Query string
	Limit int                // passages, at most
	Only  []guard.DataSource // to look in; nil: all

	turn *Turn
}

// Found goes on with the passages, the best first.
func (s *Search) Found(passages []cite.Passage) Move { return s.turn.found(passages) }

// Failed ends the turn: nothing could be searched.
func (s *Search) Failed(f Failure) Move { return s.turn.fail(f) }

// Generate asks the language model. While its answer streams, each event of it
// is given to Said; then comes Ended or Failed.
type Generate struct {
	Request llm.Request

	listener listener
}

// A listener knows what a request was made for.
type listener interface {
	said(e llm.Event) []Event
	enough() bool
	ended() Move
	failed(f Failure) Move
}

// Said returns what is to be told at once.
func (g *Generate) Said(e llm.Event) []Event { return g.listener.said(e) }

// Enough reports that the rest of the stream changes nothing: it can be left,
// and Ended called.
func (g *Generate) Enough() bool { return g.listener.enough() }

// Ended goes on after the end of the stream.
func (g *Generate) Ended() Move { return g.listener.ended() }

// Failed goes on after a stream that broke off. What was told stays told.
func (g *Generate) Failed(f Failure) Move { return g.listener.failed(f) }

func (*Search) effect()   {}
func (*Decide) effect()   {}
func (*Invoke) effect()   {}
func (*Generate) effect() {}

// An Event is something that the person or the record gets to know of: a Text,
// a Grounded, a Review, a Challenge, a Result, a Failure or a Final.
//
//sumtype:decl
type Event interface{ event() }

// Text is said to the person.
type Text struct{ Text string }

// Grounded replaces all Texts so far: what the passages did not bear out was
// corrected, or taken out.
type Grounded struct{ Text string }

// Final is the last event of every turn that does not end in a Failure. Unless
// the answer was blocked or Grounded, the Texts make up Answer.Text.
type Final struct {
	Answer   cite.Answer
	Blocked  bool // by what the administrator does not allow: Answer is the message about that
	NoAnswer bool // Answer says that there is none
}

// Review is the form of a write, which the person has to confirm.
type Review struct {
	Call Call // as the planner means it; not confirmed
	Form action.Review
}

// Challenge asks the person to sign in at the third party.
type Challenge struct {
	URL  string
	Call Call // to Run afterwards
}

// Result is a third party's answer, for the record.
type Result struct {
	Call   Call
	Answer Answer
}

// Failure ends a turn that did not get to its answer.
type Failure struct {
	Text     string           // for the person: what went wrong, and what to do; empty: nothing that a person has to know
	Problems []action.Problem // with the arguments: nothing was sent
	Sent     bool             // a write was sent, and may have been carried out
	Cause    error            // for the log, never for the person; may be nil
}

func (Text) event()      {}
func (Grounded) event()  {}
func (Final) event()     {}
func (Review) event()    {}
func (Challenge) event() {}
func (Result) event()    {}
func (Failure) event()   {}
