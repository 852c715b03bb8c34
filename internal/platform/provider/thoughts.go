package provider

import "strings"

// thoughts leaves out what a model thinks before it speaks, where its server
// does not tell the two apart: a text that begins with <think> is none up to
// </think>. Models such as DeepSeek R1 and Qwen 3 write so.
type thoughts struct {
	stage   stage
	held    string // what may yet be a mark, or the beginning of one
	thought bool   // something was left out
}

type stage int

const (
	beginning stage = iota
	thinking
	speaking
)

const (
	opening, closing = "<think>", "</think>"

	blank    = " \t\r\n"
	maxBlank = 1024 // bytes of white space that a mark is waited for in
)

// without returns what of the next piece of text is spoken.
func (t *thoughts) without(piece string) string {
	if t.stage == speaking || piece == "" {
		return piece
	}
	t.held += piece
	for {
		if t.stage == thinking {
			_, after, closed := strings.Cut(t.held, closing)
			if !closed {
				t.held = t.held[max(0, len(t.held)-len(closing)):]
				return ""
			}
			t.stage, t.held = beginning, after
		}
		start := strings.TrimLeft(t.held, blank)
		if t.thought {
			t.held = start // the white space belongs to what was left out
		}
		switch {
		case strings.HasPrefix(start, opening):
			t.stage, t.held, t.thought = thinking, start[len(opening):], true
		case strings.HasPrefix(opening, start) && len(t.held) <= maxBlank:
			return "" // not known yet
		default:
			t.stage = speaking
			return t.held
		}
	}
}

// rest is what was held back when the text ended: no mark after all.
func (t *thoughts) rest() string {
	if t.stage == beginning {
		return t.held
	}
	return ""
}
