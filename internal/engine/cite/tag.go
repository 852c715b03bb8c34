package cite

import (
	"html"
	"strings"
)

// dangerous are the elements that do something even without attributes.
const dangerous = " script style iframe frame frameset object embed applet img image svg math form input button textarea select base link meta video audio source track picture portal template noscript noembed noframes title xmp plaintext listing marquee "

// tag reads HTML and links between angles. Of HTML, elements without attributes
// stay, and links to what somebody named.
func (w *Writer) tag(v view) (int, met) {
	if len(v.text) == 1 {
		return 0, v.undecided()
	}
	switch c := v.text[1]; {
	case c == '!' || c == '?':
		return w.declaration(v)
	case c != '/' && (!alnum(c) || c <= '9'):
		return 0, no
	}
	if link, n, m := angled(v); m == more {
		return 0, more
	} else if m == yes {
		if !strings.Contains(link, ":") || w.allowed(link) && !w.inner {
			w.emit(v.text[:n])
		} else {
			w.drop()
		}
		return n, yes
	}
	e, n, m := element(v)
	switch {
	case m == no && strings.Contains(dangerous, " "+e.name+" "):
		w.emit("<")
		w.cut = true // no browser shall see the beginning of a tag in it
		return 1, yes
	case m != yes:
		return 0, m
	case w.inner:
		w.drop()
	case e.name == "a" && e.only == "href" && w.allowed(html.UnescapeString(e.value)):
		w.emit(`<a href="` + html.EscapeString(html.UnescapeString(e.value)) + `">`)
	case e.attributes == 0 && !strings.Contains(dangerous, " "+e.name+" "):
		w.emit(v.text[:n])
	default:
		w.drop()
	}
	return n, yes
}

// declaration reads a comment and what else HTML does not show.
func (w *Writer) declaration(v view) (int, met) {
	end := ">"
	if strings.HasPrefix(v.text, "<!--") {
		end = "-->"
	} else if !v.ended && len(v.text) < len("<!--") {
		return 0, more
	}
	at := strings.Index(v.text, end)
	if at < 0 {
		return 0, v.undecided()
	}
	w.drop()
	return at + len(end), yes
}

// angled reads a link or an address of mail between angles.
func angled(v view) (link string, n int, m met) {
	end := strings.IndexAny(v.text[1:], " \t\r\n<>\"")
	if end < 0 {
		return "", 0, v.undecided()
	}
	link = v.text[1 : 1+end]
	if v.text[1+end] != '>' || link == "" || link[0] == '/' {
		return "", 0, no
	}
	before, _, schemed := strings.Cut(link, ":")
	if schemed && strings.Trim(before, schemeChars) == "" || strings.Contains(link, "@") && !strings.ContainsAny(link, ":/?#&%=") {
		return link, end + 2, yes
	}
	return "", 0, no
}

const schemeChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+.-"

// start is the tag that begins an element, or ends it.
type start struct {
	name        string
	attributes  int
	only, value string // the last attribute
}

// element reads a tag as HTML has it: a name, attributes, in one paragraph.
func element(v view) (e start, n int, m met) {
	at := 1
	if v.text[at] == '/' {
		at++
	}
	end := at + run(v.text[at:], func(c byte) bool { return alnum(c) || c == '-' || c == ':' })
	e.name = strings.ToLower(v.text[at:end])
	if e.name == "" && end < len(v.text) {
		return e, 0, no
	}
	for at = end; ; {
		next := at + run(v.text[at:], func(c byte) bool { return strings.IndexByte(" \t\r\n/", c) >= 0 })
		switch {
		case next == len(v.text):
			return e, 0, v.undecided()
		case v.text[next] == '>':
			return e, next + 1, yes
		case next == at && e.attributes == 0 || strings.Contains(v.text[at:next], "\n\n"):
			return e, 0, no
		}
		size, m := e.attribute(view{v.text[next:], v.ended})
		if m != yes {
			return e, 0, m
		}
		at = next + size
	}
}

// attribute reads one with its value.
func (e *start) attribute(v view) (int, met) {
	const most = 12 // of words after a smaller-than that could be attributes
	n := run(v.text, func(c byte) bool { return alnum(c) || strings.IndexByte("-_:.@", c) >= 0 })
	if n == 0 || e.attributes == most {
		return 0, no
	}
	e.attributes++
	e.only, e.value = strings.ToLower(v.text[:n]), ""
	if e.attributes > 1 {
		e.only = ""
	}
	at := n + run(v.text[n:], white)
	if at == len(v.text) {
		return 0, v.undecided()
	}
	if v.text[at] != '=' {
		return n, yes
	}
	if at += 1 + run(v.text[at+1:], white); at == len(v.text) {
		return 0, v.undecided()
	}
	return e.quoted(v, at)
}

// quoted reads an attribute's value.
func (e *start) quoted(v view, at int) (int, met) {
	if c := v.text[at]; c == '"' || c == '\'' {
		end := strings.IndexByte(v.text[at+1:], c)
		if end < 0 {
			return 0, v.undecided()
		}
		e.value = v.text[at+1 : at+1+end]
		return at + end + 2, yes
	}
	n := run(v.text[at:], func(c byte) bool { return strings.IndexByte(" \t\r\n\"'<>`", c) < 0 })
	if n == 0 {
		return 0, no
	}
	e.value = v.text[at : at+n]
	return at + n, yes
}

func white(c byte) bool { return strings.IndexByte(" \t\r\n", c) >= 0 }

// run is how many bytes a text begins with that are of a kind.
func run(text string, of func(byte) bool) int {
	n := 0
	for n < len(text) && of(text[n]) {
		n++
	}
	return n
}
