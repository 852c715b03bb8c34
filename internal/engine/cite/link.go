package cite

import (
	"strings"
)

// bracket reads what a bracket opens: a mark, a link, or where a link leads to.
func (w *Writer) bracket(v view) (int, met) {
	_, n, m := marks(v.text)
	switch {
	case m == more && !v.ended || v.text == "[" && !v.ended:
		return 0, more
	case strings.HasPrefix(v.text, "[^"):
		w.emit("[^")
		return 2, yes
	case m == yes:
		return w.marked(v, n)
	}
	n, m = closing(v, 0)
	if m != yes {
		return 0, m
	}
	if n == len(v.text) {
		return 0, v.undecided()
	}
	switch v.text[n] {
	case '(':
		return w.link(v, n)
	case ':':
		if w.first() {
			return w.definition(v, n, false)
		}
	}
	return 0, no
}

// marked reads a mark, and the link that some models make of it.
func (w *Writer) marked(v view, n int) (int, met) {
	switch {
	case n == len(v.text):
	case v.text[n] == '(':
		_, end, m := target(v, n)
		if m == yes {
			w.mark(view{v.text[:n], true})
			return end, yes
		}
		if m == more {
			return 0, more
		}
	case v.text[n] == ':' && w.first():
		if end, m := w.definition(v, n, true); m != no {
			return end, m
		}
	}
	return w.mark(v)
}

// link reads a link whose text ends before n. One that nobody named leaves its
// text.
func (w *Writer) link(v view, n int) (int, met) {
	dest, end, m := target(v, n)
	if m != yes {
		return 0, m
	}
	text := w.within(v.text[1:n-1], false)
	if w.allowed(dest) && !w.inner {
		w.emit("[" + text + "](" + dest + ")")
		return end, yes
	}
	w.drop()
	w.emit(text)
	w.drop()
	return end, yes
}

// image reads an image, of which the text that describes it stays.
func (w *Writer) image(v view) (int, met) {
	switch {
	case len(v.text) == 1:
		return 0, v.undecided()
	case v.text[1] != '[':
		return 0, no
	}
	n, m := closing(v, 1)
	if m != yes {
		return 0, m
	}
	if n == len(v.text) && !v.ended {
		return 0, more
	}
	next := v.text[n:]
	if _, _, mark := marks(v.text[1:]); mark == yes && !strings.HasPrefix(next, "(") {
		return 0, no // an exclamation
	}
	end := n
	switch {
	case strings.HasPrefix(next, "("):
		if _, end, m = target(v, n); m == more {
			return 0, more
		} else if m == no {
			end = n
		}
	case strings.HasPrefix(next, "["):
		if end, m = closing(v, n); m == more {
			return 0, more
		} else if m == no {
			end = n
		}
	}
	w.drop()
	w.emit(w.within(v.text[2:n-1], false))
	w.drop()
	return end, yes
}

// definition reads where the links of a name lead to: all of the line goes if
// nobody named the place, or if the name is a mark.
func (w *Writer) definition(v view, n int, mark bool) (int, met) {
	at := spaces(v.text, n+1)
	dest, end := destination(v.text, at)
	if end == len(v.text) && !v.ended {
		return 0, more
	}
	line := end + len(v.text[end:]) - len(strings.TrimLeft(v.text[end:], " \t\r"))
	switch {
	case line == len(v.text) && !v.ended:
		return 0, more
	case dest == "" || line < len(v.text) && strings.IndexByte("\n\"'(", v.text[line]) < 0:
		return 0, no
	case !mark && w.allowed(dest):
		return 0, no
	}
	stop := strings.IndexByte(v.text[line:], '\n')
	if stop < 0 && !v.ended {
		return 0, more
	}
	w.drop()
	if stop < 0 {
		return len(v.text), yes
	}
	return line + stop, yes
}

// closing finds the end of what the bracket at an offset opens, after the bracket
// that closes it, in the same paragraph.
func closing(v view, at int) (int, met) {
	depth := 0
	for i := at; i < len(v.text); i++ {
		switch v.text[i] {
		case '\\':
			i++
		case '[':
			depth++
		case ']':
			if depth--; depth == 0 {
				return i + 1, yes
			}
		case '\n':
			if i+1 < len(v.text) && v.text[i+1] == '\n' {
				return 0, no
			}
		}
	}
	return 0, v.undecided()
}

// target reads the part of a link in parentheses: where to, and a title.
func target(v view, at int) (dest string, end int, m met) {
	dest, i := destination(v.text, spaces(v.text, at+1))
	next := spaces(v.text, i)
	if next < len(v.text) && next > i && strings.IndexByte(`"'(`, v.text[next]) >= 0 {
		if next = title(v.text, next); next < 0 {
			return "", 0, no
		}
		next = spaces(v.text, next)
	}
	switch {
	case next >= len(v.text):
		return "", 0, v.undecided()
	case v.text[next] != ')':
		return "", 0, no
	}
	return dest, next + 1, yes
}

// destination reads where a link leads to: between angles, or up to white space or
// the parenthesis that closes the link.
func destination(text string, at int) (string, int) {
	if at < len(text) && text[at] == '<' {
		end := strings.IndexAny(text[at:], ">\n")
		if end < 0 {
			return "", len(text)
		}
		if text[at+end] == '>' {
			return text[at+1 : at+end], at + end + 1
		}
	}
	depth := 0
	for i := at; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\':
			i++
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth < 0 {
				return text[at:i], i
			}
		case c <= ' ':
			return text[at:i], i
		}
	}
	return text[min(at, len(text)):], len(text)
}

// title goes over a title; to the end of the text if it does not end, and to -1 if
// a blank line ends it.
func title(text string, at int) int {
	end := text[at]
	if end == '(' {
		end = ')'
	}
	for i := at + 1; i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case text[i] == end:
			return i + 1
		case strings.HasPrefix(text[i:], "\n\n"):
			return -1
		}
	}
	return len(text)
}

// spaces goes over white space, and one end of a line at most.
func spaces(text string, at int) int {
	lines := 0
	for at < len(text) && strings.IndexByte(" \t\r\n", text[at]) >= 0 {
		if text[at] == '\n' {
			if lines++; lines > 1 {
				break
			}
		}
		at++
	}
	return min(at, len(text))
}
