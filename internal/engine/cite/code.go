package cite

import "strings"

// fence is the code block that the text is in; n is 0 in none.
type fence struct {
	char byte
	n    int // characters of the fence
}

// span, as the length of a fence, is code that no fence ends.
const span = 1 << 30

// code reports whether the text is code: marks and links are none there, but URLs
// are URLs.
func (w *Writer) code() bool { return w.fence.n > 0 }

// fenced reads a line's beginning that opens or closes a code block.
func (w *Writer) fenced(v view) (int, met) {
	c := v.text[0]
	if c != '`' && c != '~' || w.inner || w.code() && c != w.fence.char || !w.first() {
		return 0, no
	}
	n := len(v.text) - len(strings.TrimLeft(v.text, string(c)))
	end := strings.IndexByte(v.text, '\n')
	switch {
	case n < 3 && n < len(v.text):
		return 0, no
	case end < 0 && !v.ended:
		return 0, more
	case end < 0:
		end = len(v.text)
	}
	info := v.text[n:end]
	switch {
	case n < 3:
		return 0, no
	case !w.code() && !strings.ContainsRune(info, '`'):
		w.fence = fence{c, n}
	case w.code() && n >= w.fence.n && strings.Trim(info, " \t\r") == "":
		w.fence = fence{}
	default:
		return 0, no
	}
	w.emit(v.text[:n])
	return n, yes
}

// span reads code within a line.
func (w *Writer) span(v view) (int, met) {
	text := strings.TrimLeft(v.text, "`")
	n := len(v.text) - len(text)
	ticks := v.text[:n]
	line, _, ended := strings.Cut(text, "\n")
	for at := 0; ; {
		i := strings.Index(line[at:], ticks)
		if i < 0 {
			break
		}
		at += i
		run := len(line[at:]) - len(strings.TrimLeft(line[at:], "`"))
		switch {
		case at+run == len(line) && !ended && !v.ended:
			return 0, more
		case run == n && at > 0:
			w.emit(ticks + w.coded(line[:at]) + ticks)
			return 2*n + at, yes
		}
		at += run
	}
	if !ended && !v.ended {
		return 0, more
	}
	w.emit(ticks)
	return n, yes
}

// coded is what remains of code: white space at its ends, and all but URLs that
// nobody named.
func (w *Writer) coded(text string) string {
	inner := strings.TrimLeft(text, " \t")
	indent := text[:len(text)-len(inner)]
	trimmed := strings.TrimRight(inner, " \t")
	return indent + w.within(trimmed, true) + inner[len(trimmed):]
}
