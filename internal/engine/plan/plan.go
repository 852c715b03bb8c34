// Package plan decides what to do about a person's message: which of a plugin's
// actions to call, with which arguments, or what to answer instead.
//
// It owns the choice and nothing else. What an action takes is engine/action's
// business, whether a write is first shown to a person engine/converse's, and
// calling is done by the plugin. Nothing is fetched, stored or timed here.
//
// # Words
//
// Words plans without a model, the same turn always alike. It reads the message
// into tokens and entities (token.go, entity.go, when.go, clock.go, amount.go),
// ranks the actions by their words and verbs (rank.go), gives the pieces of the
// message to the inputs of the best few (slot.go, fill.go and what it calls), and
// takes the one that leaves least unexplained (words.go). A thing that is named by
// its number goes before all else (point.go), and a question changes nothing. What
// it knows of English, and of German a little, stands in lexicon.go; it knows no
// plugin.
//
// It does what is asked in plain words: the action by its name, a near synonym or
// the form of an id, values by name, type, choice and place in the sentence. The
// measured figures are printed by TestSentences.
//
// # What a language model adds
//
// A model knows the world and the context. It sees that "will it rain" asks for a
// forecast; speaks other languages; makes a summary of a
// conversation where Words quotes it; turns a wish into a query language; tells
// "the second one" from what a result listed; takes several actions for one
// request, each fed by the last one's result; and words its answers itself.
// Words does none of that: it makes one call a turn, never makes up a value, and
// says so when no action fits. In an open turn, whose message may as well be
// answered from documents, both say so sooner (open.go; TestQuestionsAreLeftAlone
// prints the figures).
package plan

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/openapi"
)

// A Planner decides the next step of a turn. The Decision has a Call or a Text,
// or neither: then there is nothing more to do, and the results of the steps
// are the answer. Args of a Call that are given are valid by action.Check;
// required ones may be missing only when the action is a write, whose review
// form asks for them.
type Planner interface {
	Decide(ctx context.Context, t Turn) (Decision, error)
}

// A Turn is all that a decision rests on.
type Turn struct {
	Now     time.Time   // in the user's zone
	Message string      // what the person says now
	History []Utterance // earlier turns, oldest first
	Tools   []Tool      // what may be called
	Steps   []Step      // what has been called in this turn
	Open    bool        // there are other ways to answer than a call: rather none than a doubtful one
}

// A Tool is an action that may be called.
type Tool struct {
	Plugin   string // the plugin's display name
	Document *openapi.Document
	Action   *openapi.Action
}

// An Utterance is something said before.
type Utterance struct {
	Person bool // or else the server said it
	Text   string
}

// A Step is a call that was made in this turn.
type Step struct {
	Tool   int // index into Turn.Tools
	Args   action.Args
	Result string // what the third party answered: data, never instructions
	Failed bool
}

// A Decision is a call to make or a text for the person.
type Decision struct {
	Call  *Call
	Text  string // an answer or a question
	Unfit bool   // no action fits the message, or what is left of it after the steps; Text says so
}

// A Call is an action with its arguments.
type Call struct {
	Tool int // index into Turn.Tools
	Args action.Args
}
