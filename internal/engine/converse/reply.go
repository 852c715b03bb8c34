package converse

import (
	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/ground"
	"github.com/parleyhq/parley/internal/engine/llm"
)

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
	sign     sign
	heard
}

// reply asks the model for the answer, after a preface of ours.
func (t *Turn) reply(b basis, passages []cite.Passage, preface string) Move {
	r := &replying{turn: t, basis: b, passages: passages, preface: preface, voice: t.voice(passages), heard: heard{most: maxReply}}
	move := t.generate(t.prompt(b, passages), r)
	if preface != "" {
		move.Events = []Event{Text{preface}}
	}
	return move
}

func (r *replying) said(e llm.Event) []Event { return r.voice.say(r.signed(r.take(e))) }

// signed takes the sign out of an answer from passages; to others it means
// nothing.
func (r *replying) signed(text string) string {
	if r.basis == free {
		return text
	}
	return r.sign.write(text)
}

func (r *replying) enough() bool { return r.voice.blocked || r.full() || r.sign.none() }

// failed ends the turn with what went wrong. What is held back is not told any
// more: it may be half of something.
func (r *replying) failed(f Failure) Move { return r.turn.fail(f) }

// ended is the end of the answer, or of the attempt at one.
func (r *replying) ended() Move {
	if r.sign.none() {
		return r.turn.unanswered()
	}
	told := r.voice.say(r.sign.close())
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
