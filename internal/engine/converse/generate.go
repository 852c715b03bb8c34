package converse

import (
	"strings"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/guard"
	"github.com/parleyhq/parley/internal/engine/llm"
)

// Bounds of what a model answers.
const (
	maxTokens  = 4096
	maxReply   = 40_000 // characters that are read of an answer
	maxVerdict = 2_000  // of what it says about topics
)

func (t *Turn) generate(r llm.Request, l listener) Move {
	return Move{Next: &Generate{Request: r, listener: l}}
}

// heard is the text of a stream, and how it ended.
type heard struct {
	text strings.Builder
	most int // characters
	size int
	stop llm.StopReason
}

// take returns the text that an event adds. Calls are asked for by nobody here,
// and count for nothing.
func (h *heard) take(e llm.Event) string {
	switch e := e.(type) {
	case llm.Text:
		text, cut := clip(e.Text, max(0, h.most-h.size))
		if cut {
			h.stop = llm.CutShort
		}
		h.size += utf8.RuneCountInString(text)
		h.text.WriteString(text)
		return text
	case llm.Stop:
		if h.stop == "" {
			h.stop = e.Reason
		}
	case llm.ToolCall, llm.Usage:
	}
	return ""
}

func (h *heard) full() bool { return h.size >= h.most }

// A judging is a model asked which topics a message is on.
type judging struct {
	turn *Turn
	heard
}

func (j *judging) said(e llm.Event) []Event {
	j.take(e)
	return nil
}

func (j *judging) enough() bool { return j.full() }

func (j *judging) ended() Move {
	return j.turn.admit(j.turn.Guard.Told(j.turn.Message, j.text.String()))
}

// failed ends the turn: a message that nobody could judge is not answered.
func (j *judging) failed(f Failure) Move { return j.turn.fail(f) }

// A voice is a text as a person gets to hear it: the marks made citations, and
// nothing said that is not allowed, also where a mark stood in the middle of it.
type voice struct {
	writer  *cite.Writer
	filter  *guard.Filter
	said    bool // something was told
	blocked bool
}

func (t *Turn) voice(passages []cite.Passage) *voice {
	return &voice{writer: cite.NewWriter(passages, t.known()...), filter: t.Guard.NewFilter()}
}

// known are the texts whose links may be repeated: what the person said, and
// what third parties answered in this turn.
func (t *Turn) known() []string {
	texts := []string{t.Message}
	for _, u := range t.History {
		if u.Person {
			texts = append(texts, u.Text)
		}
	}
	for _, s := range t.Steps {
		texts = append(texts, s.Result)
	}
	return texts
}

func (v *voice) say(piece string) []Event { return v.tell(v.writer.Write(piece), v.filter.Write) }

func (v *voice) tell(text string, filter func(string) (string, bool)) []Event {
	if v.blocked {
		return nil
	}
	text, v.blocked = filter(text)
	if text == "" {
		return nil
	}
	v.said = true
	return []Event{Text{text}}
}

// close ends the text and returns the rest of it, and all.
func (v *voice) close() ([]Event, cite.Answer) {
	rest, answer := v.writer.Close()
	told := v.tell(rest, v.filter.Write)
	end := v.tell("", func(string) (string, bool) { return v.filter.Close() })
	return append(told, end...), answer
}
