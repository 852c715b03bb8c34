package converse

import (
	"strings"

	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/ground"
	"github.com/parleyhq/parley/internal/engine/llm"
)

// A correcting is a model asked to correct its answer, of which the passages do
// not bear out everything. It has one try; what they do not bear out then is
// taken out.
type correcting struct {
	reply *replying
	first cite.Answer // as it was told
	wrong []ground.Sentence
	heard
}

func (r *replying) correct(told []Event, a cite.Answer, wrong []ground.Sentence) Move {
	c := &correcting{reply: r, first: a, wrong: wrong, heard: heard{most: maxReply}}
	move := r.turn.generate(r.turn.correction(r.passages, a, wrong), c)
	move.Events = told
	return move
}

func (c *correcting) said(e llm.Event) []Event {
	c.take(e)
	return nil
}

func (c *correcting) enough() bool { return c.full() }

// failed leaves it at the first answer, without what is not borne out: the
// person has an answer, and need not hear that a second could not be had.
func (c *correcting) failed(Failure) Move {
	rest := ground.Without(c.first, c.wrong)
	if rest.Text != "" {
		rest.Text += unfinished(c.reply.stop)
	}
	return c.replace(rest)
}

func (c *correcting) ended() Move {
	writer := cite.NewWriter(c.reply.passages, c.reply.turn.known()...)
	writer.Write(c.text.String())
	if _, second := writer.Close(); c.usable(second) {
		return c.replace(ground.Without(second, ground.Unsupported(second, c.reply.passages)))
	}
	return c.failed(Failure{})
}

// usable reports whether the second answer is one, and whole.
func (c *correcting) usable(a cite.Answer) bool {
	whole := c.stop != llm.CutShort && c.stop != llm.Withheld
	return whole && a.Text != "" && !strings.Contains(a.Text, noAnswer) && !c.reply.turn.Guard.Answer(a.Text).Blocked
}

// replace ends the turn with another answer than the one that was told.
func (c *correcting) replace(a cite.Answer) Move {
	if v := c.reply.turn.Guard.Answer(a.Text); v.Blocked {
		return c.reply.withhold(nil, v)
	}
	f := Final{Answer: c.reply.turn.shown(a)}
	if strings.TrimSpace(a.Text) == "" {
		f = Final{Answer: cite.Answer{Text: c.reply.turn.nowhere()}, NoAnswer: true}
	}
	return Move{Events: []Event{Grounded{f.Answer.Text}, f}}
}
