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
	c := &correcting{reply: r, first: a, wrong: wrong}
	c.most = maxReply
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
func (c *correcting) failed(Failure) Move { return c.replace(ground.Without(c.first, c.wrong)) }

func (c *correcting) ended() Move {
	writer := cite.NewWriter(c.reply.passages, c.reply.turn.known()...)
	writer.Write(c.text.String())
	_, second := writer.Close()
	usable := second.Text != "" && !strings.Contains(second.Text, noAnswer) && !c.reply.turn.Guard.Answer(second.Text).Blocked
	if !usable || c.stop == llm.CutShort || c.stop == llm.Withheld {
		return c.failed(Failure{})
	}
	return c.replace(ground.Without(second, ground.Unsupported(second, c.reply.passages)))
}

// replace ends the turn with another answer than the one that was told.
func (c *correcting) replace(a cite.Answer) Move {
	if v := c.reply.turn.Guard.Answer(a.Text); v.Blocked {
		return c.reply.withhold(nil, v)
	}
	f := Final{Answer: a}
	if strings.TrimSpace(a.Text) == "" {
		f = Final{Answer: cite.Answer{Text: c.reply.turn.nowhere()}, NoAnswer: true}
	}
	return Move{Events: []Event{Grounded{f.Answer.Text}, f}}
}
