// Package converse holds one turn of a conversation: what happens between a
// person's message and the answer to it.
//
// A Turn is a state machine. Each Move tells what the person and the record get
// to know (Events) and what is to be done next (an Effect); what came of that is
// given to the Effect, which answers with the next Move. So the same turn can be
// collected into one answer or streamed while it goes on, and no input can come
// at a wrong moment. Every turn ends in exactly one Final or Failure.
//
// It owns the way from message to answer (turn.go), by the mode: what is
// searched (query.go, retrieve.go, files.go), what a model is asked (prompt.go)
// and what becomes of what it says (generate.go, reply.go, check.go, ending.go),
// which actions are called (this file), and how much is remembered (memory.go).
// It owns the wording of a turn, and how a third party's answer becomes readable
// (answer.go).
//
// It does not choose actions (engine/plan), know forms and arguments
// (engine/action), place citations (engine/cite), compose answers without a model
// (engine/quote), judge what is borne out (engine/ground) or allowed
// (engine/guard), search or call anybody, or remember anything between turns
// (resource/chat).
//
// # What holds for every model
//
// A model, and a planner that asks one, is taken for somebody who does whatever
// the text he read last tells him. What documents, files, third parties, earlier
// answers, profiles and settings say stands within borders in what he is asked
// (engine/border), and whatever he makes of it:
//
//   - Reads run at once, of the actions that are offered and with the arguments
//     that these take; the calls of a turn are bounded, and none is made twice. A
//     write ends the turn with a form, and is called only by Run with Confirmed
//     set. A model that writes an answer is offered no tools, and calls that it
//     asks for all the same are passed over.
//   - Who the person is, what may be searched and which rules hold is no text,
//     and comes from nowhere but the Turn.
//   - What he says is shown without images, and without links that are not, letter
//     by letter, in a passage, in the person's words or in a result: nothing is
//     carried out in an address. Citations are of the passages that were given.
//   - What is not allowed is not shown, in what a person reads of it: also with
//     marks in it, and in pieces.
//
// TestInjection holds all that against a model that obeys. Such a model can still
// say what is not true, in words: claim that something was done, cite a passage
// for what it does not say (Check finds some of that), repeat its rules, tell the
// person what the person may see anyway, propose a form, read with arguments that
// an attacker chose from an action that the person may use, or say that there is
// no answer. A link that a document has may be shown as the document has it.
//
// # What is remembered
//
// Of earlier turns the model is told the texts alone: History as far as there is
// room, and a Summary of what was said before. The passages and files that those
// answers rested on are not told again: each turn searches anew, for what the
// person may see at that moment. An answer that was given while a document could
// be seen stays in the conversation, as it stays in the person's memory.
package converse

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/engine/plan"
)

// MaxCalls is how many calls a turn makes unless its Limit says otherwise.
const MaxCalls = 5

// A Call is an action with its arguments.
type Call struct {
	Tool      int // index into Turn.Tools
	Args      action.Args
	Confirmed bool // a person has confirmed exactly this: without it no write is called
}

// Run begins a turn with a call that an earlier one ended in: a write that a
// person has confirmed by now, or one that waited for a sign-in. After a read
// the planner goes on with the message.
func (t *Turn) Run(c Call) Move {
	tool, ok := t.tool(c.Tool)
	switch {
	case !ok:
		return t.lost()
	case c.Confirmed:
		return t.invoke(c)
	case tool.Action.Effect == openapi.Read:
		return t.read(c)
	}
	return t.review(c)
}

func (t *Turn) tool(i int) (plan.Tool, bool) {
	if i < 0 || i >= len(t.Tools) {
		return plan.Tool{}, false
	}
	return t.Tools[i], true
}

func (t *Turn) decide() Move {
	asked := t.Turn
	asked.Steps = slices.Clone(t.Steps)
	return Move{Next: &Decide{Turn: asked, turn: t}}
}

func (t *Turn) invoke(c Call) Move { return Move{Next: &Invoke{Call: c, turn: t}} }

// decided follows a decision, as far as the rules allow.
func (t *Turn) decided(d plan.Decision) Move {
	switch {
	case d.Call == nil && d.Unfit:
		return t.unfit(d.Text)
	case d.Call == nil:
		return t.speak(d.Text)
	}
	c := Call{Tool: d.Call.Tool, Args: d.Call.Args}
	tool, ok := t.tool(c.Tool)
	switch {
	case !ok:
		return t.lost()
	case tool.Action.Effect == openapi.Read:
		return t.read(c)
	}
	return t.review(c) // an effect that is unknown counts as a write
}

// unfit goes on when no action fits the message, or what is left of it: with documents,
// where no mode was asked for and there is anything that could answer. Only a model can
// make one answer of documents and of what actions answered.
func (t *Turn) unfit(text string) Move {
	elsewhere := t.Searchable || len(t.Files) > 0 || t.Model && t.General
	polite := t.courtesy()
	switch {
	case polite != "" && len(t.Steps) == 0:
		return t.say(polite)
	case len(t.Steps) > 0 && (t.Mode != Orchestrated || !t.Model || !t.Searchable):
		return t.report()
	case t.Mode != Orchestrated || !elsewhere:
		return t.speak(text)
	}
	return t.look()
}

// read calls a read, unless a person has to say more first or the turn has
// called enough.
func (t *Turn) read(c Call) Move {
	a := t.Tools[c.Tool].Action
	c.Args = action.Complete(a, c.Args)
	if problems := action.Check(a, c.Args); len(problems) > 0 {
		return t.say(question(a, problems))
	}
	if t.repeats(c) {
		return t.report()
	}
	if len(t.Steps) >= t.limit() {
		return t.say(stopped(len(t.Steps)) + paragraph(t.results()))
	}
	return t.invoke(c)
}

// review ends the turn with the form of a write. Arguments that do not fit are
// left out, for the person to fill in.
func (t *Turn) review(c Call) Move {
	tool := t.Tools[c.Tool]
	c.Args = action.Complete(tool.Action, c.Args)
	for _, p := range action.Check(tool.Action, c.Args) {
		delete(c.Args, p.Key)
	}
	for key, value := range c.Args {
		if t.says(spoken(value)) {
			delete(c.Args, key)
		}
	}
	form := action.NewReview(tool.Action, c.Args)
	return t.say(confirm(tool, form), Review{Call: c, Form: form})
}

// report ends the turn with the latest result.
func (t *Turn) report() Move { return t.say(cmp.Or(t.results(), nothing)) }

// results is the latest answer in readable form; empty when nothing was called. Of
// one that shows nothing it is said whose it is.
func (t *Turn) results() string {
	switch {
	case t.last == nil:
		return ""
	case t.last.bare():
		return carriedOut(t.Tools[t.Steps[len(t.Steps)-1].Tool]) + " " + t.last.outcome()
	}
	return t.last.outcome()
}

func (t *Turn) limit() int {
	if t.Limit > 0 {
		return t.Limit
	}
	return MaxCalls
}

// repeats reports whether the turn has made this very call.
func (t *Turn) repeats(c Call) bool {
	return slices.ContainsFunc(t.Steps, func(s plan.Step) bool {
		return s.Tool == c.Tool && sameArgs(s.Args, c.Args)
	})
}

func sameArgs(a, b action.Args) bool {
	if len(a) != len(b) {
		return false
	}
	for key, value := range a {
		other, ok := b[key]
		if !ok || !bytes.Equal(compact(value), compact(other)) {
			return false
		}
	}
	return true
}

// compact is JSON without its white space; what is not JSON stays.
func compact(value json.RawMessage) []byte {
	var b bytes.Buffer
	if json.Compact(&b, value) != nil {
		return value
	}
	return b.Bytes()
}

// lost ends a turn whose planner has named an action that there is not.
func (t *Turn) lost() Move {
	return t.fail(Failure{Text: "The planner chose an action that this plugin does not have. Ask again in other words."})
}
