package cite

import (
	"strings"
	"unicode/utf8"
)

// step reads what the text begins with, and returns how many bytes that was; 0 if
// more has to come before it is decided, which it never says of a view that has
// ended.
func (w *Writer) step(v view) int {
	c := v.text[0]
	switch {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		w.skip = false
		w.blank(c)
		return 1
	case w.skip:
		return w.skipped(v)
	}
	if n, met := w.fenced(v); met != no {
		return n
	}
	if alnum(c) || c == '&' {
		return w.word(v)
	}
	if c == '/' {
		return w.slashes(v)
	}
	if w.code() {
		return w.plain(v)
	}
	if n, met := w.construct(v); met != no {
		return n
	}
	return w.plain(v)
}

// met is what became of looking for something at the beginning of a view.
type met int

const (
	no   met = iota // it is something else
	more            // that is not decided
	yes
)

// undecided is more, or no if nothing more comes.
func (v view) undecided() met {
	if v.ended {
		return no
	}
	return more
}

// construct reads a mark, a link, an image, a tag, or a code span.
func (w *Writer) construct(v view) (int, met) {
	switch v.text[0] {
	case '[':
		return w.bracket(v)
	case '(':
		return w.enclosed(v)
	case '!':
		return w.image(v)
	case '<':
		return w.tag(v)
	case '`':
		return w.span(v)
	case '\\':
		return w.escape(v)
	case "【"[0]:
		return w.lenticular(v)
	}
	return 0, no
}

// escape reads a character that stands for itself.
func (w *Writer) escape(v view) (int, met) {
	if len(v.text) == 1 {
		return 0, v.undecided()
	}
	if strings.IndexByte("[]()!`*_\\#", v.text[1]) < 0 {
		return 0, no
	}
	w.emit(v.text[:2])
	return 2, yes
}

// plain reads characters that mean nothing, up to one that may.
func (w *Writer) plain(v view) int {
	end := 1
	if v.text[0] >= utf8.RuneSelf {
		end = w.wide(v)
		if end == 0 {
			return 0
		}
	}
	w.emit(v.text[:end])
	return end
}

// wide is the length of the characters beyond ASCII that a view begins with.
func (w *Writer) wide(v view) int {
	end := 0
	for end < len(v.text) && v.text[end] >= utf8.RuneSelf {
		if !utf8.FullRuneInString(v.text[end:]) {
			if end == 0 && v.ended {
				return 1
			}
			break
		}
		r, size := utf8.DecodeRuneInString(v.text[end:])
		if end > 0 && (r == '【' || r == utf8.RuneError) {
			break
		}
		end += size
		if r == utf8.RuneError {
			break
		}
	}
	return end
}

func alnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
