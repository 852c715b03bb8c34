package guard

import (
	"unicode/utf8"
)

// Filter holds back, of a text that comes in pieces, what could become a blocked
// phrase. What it lets out is a beginning of the text, and no phrase is in it or
// begins in it; a text without phrases is let out as it is. What is held back is
// no longer than the longest phrase with all that may be passed over in it.
//
// It is for one text, and one goroutine.
type Filter struct {
	search  *search // nil: nothing is looked for
	held    string  // of the text, from the byte shown on
	shown   int
	blocked bool
}

// NewFilter returns a filter for one text.
func (r Rules) NewFilter() *Filter {
	f := &Filter{}
	if len(r.phrases) > 0 {
		f.search = newSearch(r.phrases)
	}
	return f
}

// Write takes the next piece, which may end within a character, and returns what
// may be shown by now. Once a phrase is complete, blocked is true for good, and
// nothing more is shown.
func (f *Filter) Write(piece string) (shown string, blocked bool) {
	if f.search == nil || f.blocked {
		return ifNot(f.blocked, piece), f.blocked
	}
	f.held += piece
	unread := f.held[f.search.at-f.shown:]
	if start := f.search.read(unread[:whole(unread)]); start >= 0 {
		return f.block(start)
	}
	return f.release(f.search.open()), false
}

// Close ends the text, and returns what was held back of it.
func (f *Filter) Close() (rest string, blocked bool) {
	if f.search == nil || f.blocked {
		return "", f.blocked
	}
	if start := f.search.read(f.held[f.search.at-f.shown:]); start >= 0 { // half a character
		return f.block(start)
	}
	if f.search.ended >= 0 {
		return f.block(f.search.ended)
	}
	return f.release(f.shown + len(f.held)), false
}

// block lets out what is before a phrase, and no more.
func (f *Filter) block(start int) (string, bool) {
	shown := f.release(start)
	f.blocked, f.held = true, ""
	return shown, true
}

func (f *Filter) release(end int) string {
	shown := f.held[:end-f.shown]
	f.held = f.held[len(shown):]
	f.shown = end
	return shown
}

func ifNot(blocked bool, piece string) string {
	if blocked {
		return ""
	}
	return piece
}

// whole is the length of a piece without the character that it ends within.
func whole(piece string) int {
	for i := len(piece) - 1; i >= 0 && i >= len(piece)-utf8.UTFMax; i-- {
		if utf8.RuneStart(piece[i]) {
			if !utf8.FullRuneInString(piece[i:]) {
				return i
			}
			break
		}
	}
	return len(piece)
}
