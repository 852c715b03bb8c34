package plan

import (
	"context"
	"regexp"
	"slices"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/openapi"
)

// Words is the planner that needs no model.
type Words struct{}

// What it takes to choose an action.
const (
	threshold = 1.5 // least score of words and values together
	tried     = 4   // how many of the best by words are filled in to see which fits
	hopeless  = 8   // what values cannot make up for
	named     = 1.5 // what it is worth that the message names the very thing
	vague     = 2   // what speaks against all actions but those for it
	uncalled  = 2   // what speaks against a change that the message neither commands nor gives values for
)

// Decide implements Planner. It makes one call a turn: what is done in a turn
// already is the answer.
func (Words) Decide(ctx context.Context, t Turn) (Decision, error) {
	if err := ctx.Err(); err != nil {
		return Decision{}, err
	}
	if len(t.Steps) > 0 {
		return Decision{}, nil
	}
	list := candidates(t.Tools)
	best := choose(read(t.Message, t.Now), list)
	best = best.followUp(t, list)
	best.borrow(t)
	if !best.sure() || t.Open && !best.plain() {
		return Decision{Text: offer(t.Tools), Unfit: true}, nil
	}
	return best.decide()
}

// A choice is a candidate that was filled in.
type choice struct {
	*candidate
	*filling
	total  float64
	single bool // for one thing, which the message names
}

// sure says whether the message is about the action at all: a word of it, or a
// value of its own form, must be there.
func (c choice) sure() bool {
	if c.candidate == nil || c.total < threshold {
		return false
	}
	searched := c.candidate.lead == "search" && c.message.verb == "search" && c.gain > 0
	return c.common > 0 || c.gain >= 0.7 || searched
}

// choose takes the candidate that words and values speak for most.
func choose(m *message, list []candidate) choice {
	list = slices.Clone(list) // other messages are ranked otherwise
	rank(m, list)
	if m.asks || m.question && m.command < 0 && !courteous[m.low(0)] {
		list = slices.DeleteFunc(list, candidate.writes) // a question wants nothing changed
	}
	compiled := map[string]*regexp.Regexp{}
	var all []choice
	single := false
	for i := range list {
		if c := &list[i]; i < tried && c.score >= list[0].score-hopeless || c.takes(m, compiled) {
			all = append(all, newChoice(m, c, compiled))
			single = single || all[len(all)-1].single
		}
	}
	best := choice{}
	for _, c := range all {
		if single && !c.single && m.verb != "search" {
			c.total -= vague
		}
		if best.candidate == nil || c.total > best.total {
			best = c
		}
	}
	return best
}

func newChoice(m *message, c *candidate, compiled map[string]*regexp.Regexp) choice {
	f := &filling{message: m, effect: c.action.Effect, lead: c.lead, of: c, slots: prepare(c.inputs, c.separator, compiled)}
	f.fill()
	single := f.addressed()
	if single {
		f.gain += named
	}
	return choice{candidate: c, filling: f, total: c.score + f.gain - f.loss(), single: single}
}

// bare says whether the message gives no more than which thing it is about.
func (f *filling) bare() bool {
	return !slices.ContainsFunc(f.slots, func(s slot) bool { return !s.open() && !s.identifies() })
}

// loss is what speaks against an action: values of the message that it has no
// use for, and values it needs that the message has not.
func (f *filling) loss() float64 {
	loss := 0.0
	for i := range f.entities {
		if e := &f.entities[i]; e.sort != lasting && f.free(e.first, e.last) {
			loss += 0.8
		}
	}
	for i := range f.slots {
		if s := &f.slots[i]; s.open() && s.Required && s.Default == nil && len(s.Enum) != 1 {
			loss += 0.4
			if s.id {
				loss++
			}
		}
	}
	if f.effect != openapi.Read && f.command < 0 && f.bare() {
		loss += uncalled
	}
	return loss + f.hollow()
}

// hollow is what the names of inputs have added to the score that the message gives
// no values for: "the status of ticket 102" asks for the status, and is no list of
// tickets by it. An update may be asked for with its values still to come.
func (f *filling) hollow() float64 {
	sum := 0.0
	for _, c := range f.of.credits {
		if f.hollows(c) {
			sum += c.worth
		}
	}
	return sum
}

func (f *filling) hollows(c credit) bool {
	return (f.effect == openapi.Read || f.command < 0) && f.slots[c.input].open()
}

// decide makes the call, or asks for what a read lacks.
func (c choice) decide() (Decision, error) {
	args := c.args()
	if c.action.Effect == openapi.Read {
		if missing := c.missing(args); len(missing) > 0 {
			return Decision{Text: ask(c.action, missing)}, nil
		}
	}
	return Decision{Call: &Call{Tool: c.tool, Args: args}}, nil
}

// args are the values found, without those that the action does not take.
func (c choice) args() action.Args {
	args := action.Args{}
	for i := range c.slots {
		if s := &c.slots[i]; !s.open() {
			args[s.Key] = s.value
		}
	}
	for _, p := range action.Check(c.action, args) {
		delete(args, p.Key)
	}
	return args
}

// missing are the inputs that the action cannot do without and that neither
// args nor the document give.
func (c choice) missing(args action.Args) []action.Input {
	complete := action.Complete(c.action, args)
	var out []action.Input
	for _, in := range c.inputs {
		if in.Required && complete[in.Key] == nil {
			out = append(out, in)
		}
	}
	return out
}
