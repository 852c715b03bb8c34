package converse

import (
	"strings"

	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/ground"
	"github.com/parleyhq/parley/internal/engine/llm"
)

// noAnswer is what a model is to write when the passages have no answer.
const noAnswer = "NO_ANSWER"

// basis is what an answer of a model rests on.
type basis int

const (
	grounded basis = iota // passages, and nothing else
	free                  // its own knowledge, and passages where there are some
)

// A replying is a model asked for the answer.
type replying struct {
	turn     *Turn
	basis    basis
	passages []cite.Passage
	preface  string // was told before
	voice    *voice
	heard

	held    string // of the beginning: what may yet become noAnswer
	decided bool   // it has not
}

// reply asks the model for the answer, after a preface of ours.
func (t *Turn) reply(b basis, passages []cite.Passage, preface string) Move {
	r := &replying{turn: t, basis: b, passages: passages, preface: preface, voice: t.voice(passages), decided: b == free}
	r.most = maxReply
	move := t.generate(t.prompt(b, passages), r)
	if preface != "" {
		move.Events = []Event{Text{preface}}
	}
	return move
}

func (r *replying) said(e llm.Event) []Event { return r.voice.say(r.opening(r.take(e))) }

// opening holds back the beginning of an answer until it is clear that it is
// one. White space before it goes.
func (r *replying) opening(piece string) string {
	if r.decided {
		return piece
	}
	r.held = strings.TrimLeft(r.held+piece, " \t\r\n")
	if bare := unmarked(r.held); strings.HasPrefix(noAnswer, bare) || r.none() {
		return ""
	}
	return r.release()
}

// release gives out what was held back.
func (r *replying) release() string {
	text := r.held
	r.held, r.decided = "", true
	return text
}

// none reports that the model found no answer in the passages.
func (r *replying) none() bool { return strings.HasPrefix(unmarked(r.held), noAnswer) }

// unmarked is a text without marks of quotation or emphasis before it.
func unmarked(text string) string { return strings.TrimLeft(text, "*_`\"'“ \n") }

func (r *replying) enough() bool { return r.voice.blocked || r.full() || r.none() }

// failed ends the turn with what went wrong. What is held back is not told any
// more: it may be half of something.
func (r *replying) failed(f Failure) Move { return r.turn.fail(f) }

// ended is the end of the answer, or of the attempt at one.
func (r *replying) ended() Move {
	if r.none() {
		return r.turn.unanswered()
	}
	told := r.voice.say(r.release())
	rest, answer := r.voice.close()
	told = append(told, rest...)
	if answer.Text == "" {
		return r.silent()
	}
	if v := r.turn.Guard.Answer(answer.Text); r.voice.blocked || v.Blocked {
		return r.withhold(told, v)
	}
	if r.turn.Check && r.basis == grounded {
		if wrong := ground.Unsupported(answer, r.passages); len(wrong) > 0 {
			return r.correct(told, answer, wrong)
		}
	}
	return r.conclude(told, answer)
}
