package cite

import (
	"html"
	"strings"
	"unicode/utf8"
)

// longest is the longest word that could be the beginning of a URL, in bytes.
const longest = 253

// word reads letters and digits, and the URL that they may begin.
func (w *Writer) word(v view) int {
	name, n := letters(v.text)
	if n == len(v.text) && n < longest && !v.ended {
		return 0
	}
	if n == 0 {
		return w.ampersand(v)
	}
	begin, m := w.begins(name, v, n)
	switch m {
	case more:
		return 0
	case no:
		w.emit(w.meant(name, v.text[:n]))
		return n
	}
	if begin > 0 && name == v.text[:n] {
		w.emit(v.text[:begin])
		return begin
	}
	return w.url(v, n)
}

// meant is a word in the letters that are shown for it: a filter that comes after has
// to see what a person sees.
func (w *Writer) meant(name, text string) string {
	if w.code() || !strings.Contains(text, "&") {
		return text
	}
	return name
}

// longestName is the length of the longest name that HTML has for a character.
const longestName = len("&CounterClockwiseContourIntegral;")

// ampersand reads one that no letter of ASCII is written with. Of other letters, and
// of what is not seen, the character itself is shown.
func (w *Writer) ampersand(v view) int {
	end := strings.IndexByte(v.text[:min(len(v.text), longestName)], ';')
	if !v.ended && len(v.text) < longestName && end < 0 && strings.Trim(v.text[1:], schemeChars+"#") == "" {
		return 0
	}
	if end > 0 && !w.code() {
		meant := html.UnescapeString(v.text[:end+1])
		if meant[0] >= utf8.RuneSelf && utf8.RuneCountInString(meant) <= 2 { // no name has more
			w.emit(meant)
			return end + 1
		}
	}
	w.emit("&")
	return 1
}

// letters reads what schemes and hosts are made of, however it is written: the
// text as it is meant, and its length as it is.
func letters(text string) (string, int) {
	n := 0
	var meant []byte
	for n < len(text) && n < longest {
		c, size := character(text[n:])
		if !alnum(c) && c != '.' && c != '-' && c != '+' {
			break
		}
		if size > 1 && meant == nil {
			meant = []byte(text[:n])
		}
		if meant != nil {
			meant = append(meant, c)
		}
		n += size
	}
	if meant != nil {
		return string(meant), n
	}
	return text[:n], n
}

// character is the character of ASCII that a text begins with, which may be
// escaped, and its length.
func character(text string) (byte, int) {
	switch {
	case text == "":
		return 0, 0
	case text[0] == '\\' && len(text) > 1 && strings.IndexByte(`:/.-+?@`, text[1]) >= 0:
		return text[1], 2
	case text[0] != '&':
		return text[0], 1
	}
	end := strings.IndexByte(text[:min(len(text), 12)], ';')
	if end < 0 {
		return '&', 1
	}
	if s := html.UnescapeString(text[:end+1]); len(s) == 1 && s != "&" {
		return s[0], end + 1
	}
	return '&', 1
}

// begins reports whether a URL begins in a word, and where, going by what comes
// after the word.
func (w *Writer) begins(name string, v view, n int) (int, met) {
	var next [3]byte
	for i, at := 0, n; i < len(next); i++ {
		c, size := character(v.text[at:])
		if size == 0 || c == '&' && size == 1 && len(v.text)-at < 12 || c == '\\' && size == 1 && at+1 == len(v.text) {
			if !v.ended && (i == 0 || next[0] == ':' || next[0] == '/' || next[0] == '?' || next[0] == '&') {
				return 0, more
			}
			break
		}
		next[i] = c
		at += size
	}
	lower := strings.ToLower(name)
	switch {
	case next[0] == ':' && next[1] == '/' && next[2] == '/', next[0] == ':' && next[1] > ' ' && bare(lower) && (lower != "data" || !w.code()):
		return scheme(lower), yes
	case strings.HasPrefix(lower, "www.") && len(lower) > len("www."):
		return 0, yes
	case (next[0] == '/' || next[0] == '?') && next[1] > ' ' && !w.code() && host(name):
		return 0, yes
	}
	return 0, no
}

// bare reports a scheme that needs no slashes.
func bare(name string) bool {
	return name == "javascript" || name == "vbscript" || name == "data" || name == "mailto" || name == "blob"
}

// scheme is where the scheme begins that a word ends with.
func scheme(name string) int {
	for _, s := range []string{"https", "http", "ftp", "file"} {
		if strings.HasSuffix(name, s) {
			return len(name) - len(s)
		}
	}
	return 0
}

// generic are the ends of names that hosts have, beside those of two letters.
const generic = " com net org info biz pro web name xxx aero asia coop museum dev app cloud online site xyz tech store shop live page link top club wiki edu gov mil int example test invalid local internal localhost onion "

// files are the ends that names of files have, and some countries too.
const files = " js py md sh rs cs go ts cc pl ps vb kt hs mm so tf db "

// host reports whether a word is a host's name, to go by its end.
func host(name string) bool {
	at := strings.LastIndexByte(name, '.')
	if at < 1 {
		return false
	}
	end := " " + name[at+1:] + " "
	return strings.Contains(generic, end) || len(end) == 4 && strings.Trim(end, " abcdefghijklmnopqrstuvwxyz") == "" && !strings.Contains(files, end)
}

// slashes reads two of them and the host that may follow: a URL without a scheme.
func (w *Writer) slashes(v view) int {
	if len(v.text) < 3 && !v.ended && strings.Trim(v.text, "/\\") == "" {
		return 0
	}
	if len(v.text) < 3 || v.text[1] != '/' && v.text[1] != '\\' || !alnum(v.text[2]) {
		w.emit("/")
		return 1
	}
	name, n := letters(v.text[2:])
	if n+2 == len(v.text) && n < longest && !v.ended {
		return 0
	}
	if w.code() && !strings.Contains(strings.Trim(name, "."), ".") || w.worded() {
		w.emit(v.text[:2])
		return 2
	}
	return w.url(v, 2)
}

// worded reports whether a letter is right before: in "and//or" no URL begins.
func (w *Writer) worded() bool {
	return len(w.gap.white()) == 0 && !w.cut && len(w.out) > 0 && alnum(w.out[len(w.out)-1])
}

// url reads a URL that the view begins with: n bytes of it at least.
func (w *Writer) url(v view, n int) int {
	end := strings.IndexAny(v.text, w.ends())
	if end < 0 {
		if !v.ended {
			return 0
		}
		end = len(v.text)
		if end == window {
			w.skip = true
			w.drop()
			return window
		}
	}
	if n := w.longest(v.text[:end]); n > 0 {
		w.emit(v.text[:n])
		if rest := v.text[n:end]; strings.TrimLeft(rest, trailing) != "" && !w.code() {
			w.gap.add(' ') // what follows must not become a part of it
		}
		return n
	}
	w.drop()
	return max(dropped(v.text[:end]), min(n, end))
}

// ends are the characters that no URL goes on after.
func (w *Writer) ends() string {
	if w.code() {
		return " \t\r\n<>\"'`"
	}
	return " \t\r\n<"
}

// skipped goes over the rest of a URL that is too long.
func (w *Writer) skipped(v view) int {
	if v.text[0] == '<' {
		w.skip = false
		n, m := w.tag(v)
		if m == no {
			return w.plain(v)
		}
		return n
	}
	if end := strings.IndexAny(v.text, " \t\r\n<"); end >= 0 {
		return end
	}
	return len(v.text)
}

// trailing are the characters that end a sentence or close a bracket, and no URL.
const trailing = `.,:;!?'"*_~|)]}>` + "`"

// longest is the length of the longest beginning of a run of characters that is a
// URL somebody named.
func (w *Writer) longest(text string) int {
	trimmed := strings.TrimRight(text, trailing)
	for end := len(text); end >= len(trimmed); end-- {
		if w.allowed(text[:end]) {
			return end
		}
	}
	for end := len(trimmed) - 1; end > 0; end-- {
		if r, _ := utf8.DecodeRuneInString(text[end:]); r != utf8.RuneError && (r > utf8.RuneSelf || strings.ContainsRune(`"'|)*,`, r)) && w.allowed(text[:end]) {
			return end
		}
	}
	return 0
}

// dropped is how much of a run of characters goes with a URL: not what ends its
// sentence, and not what is in another script.
func dropped(text string) int {
	if at := strings.IndexFunc(text, func(r rune) bool { return r >= utf8.RuneSelf || r == '"' || r == '|' }); at > 0 {
		return at
	}
	end := len(strings.TrimRight(text, trailing))
	if strings.Contains(text[:end], "(") && end < len(text) && text[end] == ')' {
		end++
	}
	return end
}
