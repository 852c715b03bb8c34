package converse

import (
	"cmp"
	"strings"

	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/guard"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/plan"
	"github.com/parleyhq/parley/internal/engine/quote"
)

// say ends the turn with a text, and with what comes with it. What is not
// allowed is not said, and what came with it does not come.
func (t *Turn) say(text string, with ...Event) Move {
	return t.conclude(cite.Answer{Text: text}, with...)
}

// conclude ends the turn with an answer that nobody has heard yet.
func (t *Turn) conclude(a cite.Answer, with ...Event) Move {
	if v := t.Guard.Answer(a.Text); v.Blocked {
		return t.blocked(v)
	}
	events := append([]Event{Text{a.Text}}, with...)
	return Move{Events: append(events, Final{Answer: t.shown(a)})}
}

// finish ends the turn after a write. That it was carried out is told whatever else
// may not be: who is not told so asks for it again.
func (t *Turn) finish(tool plan.Tool, a Answer) Move {
	text := done(tool, a)
	if v := t.Guard.Answer(text); v.Blocked {
		text = done(tool, Answer{}) + paragraph(cmp.Or(v.Message, guard.DefaultMessage))
	}
	return Move{Events: []Event{Text{text}, Final{Answer: cite.Answer{Text: text}}}}
}

// speak ends the turn with a text in a planner's words, or with the latest result
// if it has none.
func (t *Turn) speak(text string) Move {
	writer := cite.NewWriter(nil, t.known()...)
	writer.Write(text)
	if _, a := writer.Close(); strings.TrimSpace(a.Text) != "" {
		return t.say(a.Text)
	}
	return t.report()
}

// blocked ends the turn with what the administrator has people told instead.
func (t *Turn) blocked(v guard.Verdict) Move {
	message := cmp.Or(v.Message, guard.DefaultMessage)
	return Move{Events: []Event{Text{message}, Final{Answer: cite.Answer{Text: message}, Blocked: true}}}
}

// fail ends the turn with what went wrong.
func (t *Turn) fail(f Failure) Move { return Move{Events: []Event{f}} }

// none ends the turn without an answer.
func (t *Turn) none() Move {
	text := t.nowhere()
	return Move{Events: []Event{Text{text}, Final{Answer: cite.Answer{Text: text}, NoAnswer: true}}}
}

// quote ends the turn without a model: with the passages' own words.
func (t *Turn) quote(passages []cite.Passage) Move {
	asked := t.asked()
	message, _ := clip(asked[0], maxQuery)
	if a, ok := quote.Answer(message, passages, asked[1:]...); ok {
		return t.conclude(a)
	}
	return t.none()
}

// conclude ends the turn with the answer that was told, and says so when it is
// not whole.
func (r *replying) conclude(told []Event, a cite.Answer) Move {
	a.Text = r.preface + a.Text // an answer with a preface cites nothing: no place in it moves
	if note := unfinished(r.stop); note != "" {
		a.Text += note
		told = append(told, Text{note})
	}
	return Move{Events: append(told, Final{Answer: r.turn.shown(a), NoAnswer: r.sign.seen && len(a.Sources) == 0})}
}

// withhold ends the turn in the middle of an answer that is not allowed, or
// after it. What was told stays told.
func (r *replying) withhold(told []Event, v guard.Verdict) Move {
	move := r.turn.blocked(v)
	if r.voice.said || r.preface != "" {
		move.Events[0] = Text{paragraph(cmp.Or(v.Message, guard.DefaultMessage))}
	}
	move.Events = append(told, move.Events...)
	return move
}

// silent ends a turn in which the model said nothing that can be shown.
func (r *replying) silent() Move {
	if r.stop != llm.Withheld {
		return r.turn.fail(Failure{Text: silence})
	}
	return Move{Events: []Event{Text{withheld}, Final{Answer: cite.Answer{Text: r.preface + withheld}, NoAnswer: true}}}
}
