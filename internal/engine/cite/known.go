package cite

import (
	"html"
	"strings"
	"unicode/utf8"
)

// allowed reports whether a passage or a known text has a link as it is, all of
// it: a model could write into one more character what it was told.
func (w *Writer) allowed(link string) bool {
	return link != "" && w.urls()[canonical(link)]
}

// urls are the links of the passages and the known texts.
func (w *Writer) urls() map[string]bool {
	if w.links != nil {
		return w.links
	}
	w.links = map[string]bool{}
	for _, p := range w.passages {
		if p.URL != "" {
			w.links[canonical(p.URL)] = true
		}
		gather(w.links, p.Text)
	}
	for _, text := range w.known {
		gather(w.links, text)
	}
	delete(w.links, "")
	return w.links
}

// gather collects the links of a text. Where one ends is for its reader to say, so
// each end that it may have counts.
func gather(links map[string]bool, text string) {
	runs := strings.FieldsFuncSeq(text, func(r rune) bool { return r <= ' ' || r == '<' || r == '>' || r == '"' || r == '`' })
	for run := range runs {
		if !strings.ContainsAny(run, "/:@.") || len(run) > window {
			continue
		}
		for begin := range len(run) {
			if begin == 0 || strings.IndexByte(`(['=*_|{,;`, run[begin-1]) >= 0 || run[begin-1] >= utf8.RuneSelf || strings.HasPrefix(run[begin:], "http") {
				ends(links, run[begin:])
			}
		}
	}
}

// mostEnds is how many ends a link is thought to have.
const mostEnds = 16

// ends collects a run of characters that begins as a link with each end it may
// have.
func ends(links map[string]bool, run string) {
	switch _, n := letters(run); {
	case n > 0 && strings.HasPrefix(run[n:], "@"):
		run = "mailto:" + run
	case !linked(run):
		return
	}
	links[canonical(run)] = true
	n := 0
	for at, r := range run {
		if n == mostEnds {
			break
		}
		if r >= utf8.RuneSelf || strings.ContainsRune(trailing, r) && at+1 < len(run) && strings.Trim(run[at:], trailing) == "" || strings.ContainsRune(`)]|'*,;`, r) {
			links[canonical(run[:at])] = true
			n++
		}
	}
	links[canonical(strings.TrimRight(run, trailing))] = true
}

// linked reports whether a run of characters begins as a link: with a scheme, two
// slashes, a host, or a path.
func linked(run string) bool {
	name, n := letters(run)
	rest := run[n:]
	switch {
	case name == "":
		return strings.HasPrefix(rest, "/") && len(rest) > 1
	case strings.HasPrefix(rest, "://"), strings.HasPrefix(rest, ":") && bare(strings.ToLower(name)):
		return true
	}
	return strings.HasPrefix(name, "www.") || host(strings.TrimRight(name, ".")) || strings.HasPrefix(rest, "/") && strings.Contains(name, ".")
}

// canonical is a link as links are compared: without the writing of Markdown and
// HTML, without http and https, with its host in small letters.
func canonical(link string) string {
	link = html.UnescapeString(strings.TrimSpace(link))
	if strings.Contains(link, `\`) {
		link = unescape(link)
	}
	lower := strings.ToLower(link)
	for _, s := range []string{"https://", "http://", "//"} {
		if strings.HasPrefix(lower, s) && !strings.HasPrefix(lower[len(s):], "/") {
			link = link[len(s):]
			break
		}
	}
	at := strings.Index(link, "://")
	if at < 0 {
		at = 0
	} else {
		at += len("://")
	}
	end := len(link)
	if i := strings.IndexAny(link[at:], "/?#"); i >= 0 {
		end = at + i
	}
	return strings.TrimSuffix(strings.ToLower(link[:end])+link[end:], "/")
}

// unescape takes the backslashes off punctuation, as Markdown does.
func unescape(link string) string {
	var b strings.Builder
	for i := 0; i < len(link); i++ {
		if link[i] == '\\' && i+1 < len(link) && strings.IndexByte("!\"#$%&'()*+,-./:;<=>?@[]^_`{|}~", link[i+1]) >= 0 {
			i++
		}
		b.WriteByte(link[i])
	}
	return b.String()
}
