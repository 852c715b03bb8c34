package provider

import "strings"

// thoughts leaves out what a model thinks before it speaks, where its server
// does not tell the two apart: a text that begins with <think> is none up to
// </think>. Models such as DeepSeek R1 and Qwen 3 write so.
type thoughts struct {
	held  string // of the text's beginning: it may yet be a mark
	stage stage
}

type stage int

const (
	beginning stage = iota
	thinking
	speaking
)

const opening, closing = "<think>", "</think>"

// without returns what of the next piece of text is spoken.
func (t *thoughts) without(piece string) string {
	if t.stage == speaking || piece == "" {
		return piece
	}
	t.held += piece
	if t.stage == beginning {
		start := strings.TrimLeft(t.held, " \t\r\n")
		switch {
		case strings.HasPrefix(start, opening):
			t.stage, t.held = thinking, start[len(opening):]
		case strings.HasPrefix(opening, start):
			return "" // not known yet
		default:
			t.stage = speaking
			return t.held
		}
	}
	_, spoken, closed := strings.Cut(t.held, closing)
	if !closed {
		t.held = t.held[max(0, len(t.held)-len(closing)):]
		return ""
	}
	t.held = ""
	if spoken = strings.TrimLeft(spoken, " \t\r\n"); spoken == "" {
		t.stage = beginning
		return ""
	}
	t.stage = speaking
	return spoken
}

// rest is what was held back when the text ended: no mark after all.
func (t *thoughts) rest() string {
	if t.stage == beginning {
		return t.held
	}
	return ""
}
