package plan

import (
	"iter"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxMessage bounds what is read of a message, in bytes. The model's limit of a
// userMessage is 7000 characters; what a person asks for stands well before.
const maxMessage = 8000

// maxTokens bounds how many words of it are looked at; a text that is taken from
// it ends there.
const maxTokens = 1000

// A token is a run of the message without white space, outer punctuation off.
type token struct {
	text  string // as written
	low   string
	stem  string
	parts []string // stems of its parts, where it has more than one: half-day, yes/no
	after string   // punctuation that followed
	from  int      // bytes of the message
	to    int
	quote int // 1 and up: of the quotation it is in
}

func (t token) capital() bool {
	r, _ := utf8.DecodeRuneInString(t.text)
	return unicode.IsUpper(r)
}

// initial says whether the token is one of a name, as the K in Ursula K. Le Guin.
func (t token) initial() bool { return len(t.text) == 1 && t.after == "." && t.capital() }

// ends says whether a clause ends behind the token.
func (t token) ends() bool { return strings.ContainsAny(t.after, ",;:.!?") }

const (
	opening = `([{"'“‘«<„` + "`"
	closing = `)]}"'”’»>“.,;:!?` + "`"
)

// tokenize takes a message apart. Quotations keep what stands in them together.
func tokenize(message string) (tokens []token, quotes []string) {
	if len(message) > maxMessage {
		message = strings.ToValidUTF8(message[:maxMessage], "")
	}
	l := lexer{message: message}
	for from, n := range fields(message) {
		if len(l.tokens) >= maxTokens {
			break
		}
		l.take(from, n)
	}
	return l.tokens, l.quotes
}

// A lexer is a message half taken apart.
type lexer struct {
	message string
	tokens  []token
	quotes  []string
	end     rune // closes the quotation that is open; 0: none is
}

// take takes the n bytes at from, which have no white space in them.
func (l *lexer) take(from, n int) {
	text := l.message[from : from+n]
	inner := strings.TrimLeft(text, opening)
	marks := text[:len(text)-len(inner)]
	at := from + len(marks)
	core := strings.TrimRight(inner, closing)
	t := token{text: core, after: inner[len(core):], from: at, to: at + len(core)}
	l.quotation(&t, marks, l.message[at:])
	if t.initial() && t.to+1 < len(l.message) {
		t.text, t.after, t.to = core+".", "", t.to+1
	}
	first, last, isRange := rangeOf(t)
	switch {
	case core == "" && t.quote == 0:
		if n := len(l.tokens); n > 0 { // punctuation that stands alone
			l.tokens[n-1].after += t.after
		}
	case isRange && t.quote == 0:
		l.tokens = append(l.tokens, first.read(), token{text: "-", low: "-", stem: "-", from: first.to, to: first.to + 1}, last.read())
	default:
		l.tokens = append(l.tokens, t.read())
	}
}

// quotation sees whether t, with marks before it and rest from it on, begins,
// continues or ends a quotation.
func (l *lexer) quotation(t *token, marks, rest string) {
	if l.end == 0 {
		if l.end = closer(marks, rest); l.end != 0 {
			l.quotes = append(l.quotes, rest[:closeOf(rest, l.end)])
		}
	}
	if l.end == 0 {
		return
	}
	t.quote = len(l.quotes)
	if strings.ContainsRune(t.text+t.after, l.end) {
		l.end = 0
	}
}

// read fills in what follows from the text.
func (t token) read() token {
	t.low = strings.ToLower(t.text)
	t.stem = stem(t.low)
	t.parts = parts(t.low)
	return t
}

// rangeOf takes 2pm-4pm and 01.04.2026-05.04.2026 apart.
func rangeOf(t token) (first, last token, ok bool) {
	i := strings.IndexAny(t.text, "-–")
	if i <= 0 || t.text[0] < '0' || t.text[0] > '9' {
		return t, t, false
	}
	_, size := utf8.DecodeRuneInString(t.text[i:])
	first, last = t, t
	first.text, first.to, first.after = t.text[:i], t.from+i, ""
	last.text, last.from = t.text[i+size:], t.from+i+size
	if last.text == "" || last.text[0] < '0' || last.text[0] > '9' {
		return t, t, false
	}
	return first, last, timely(last.text) && (timely(first.text) || len(first.text) <= 2)
}

// timely says whether s looks like a time of day or a day with dots.
func timely(s string) bool {
	return strings.ContainsAny(s, ":") || strings.Count(s, ".") == 2 || strings.HasSuffix(s, "am") || strings.HasSuffix(s, "pm")
}

// fields yields where each run of other than white space begins, and its length.
func fields(s string) func(yield func(int, int) bool) {
	return func(yield func(int, int) bool) {
		start := -1
		for i, r := range s {
			switch space := unicode.IsSpace(r); {
			case space && start >= 0:
				if !yield(start, i-start) {
					return
				}
				start = -1
			case !space && start < 0:
				start = i
			}
		}
		if start >= 0 {
			yield(start, len(s)-start)
		}
	}
}

// closer is the mark that closes what the marks before a word open; 0: they open
// nothing, or nothing closes it.
func closer(marks, rest string) rune {
	for _, pair := range []struct{ open, end rune }{{'"', '"'}, {'“', '”'}, {'„', '“'}, {'«', '»'}, {'\'', '\''}, {'‘', '’'}, {'`', '`'}} {
		if strings.ContainsRune(marks, pair.open) && closeOf(rest, pair.end) > 0 {
			return pair.end
		}
	}
	return 0
}

// closeOf is where end closes a quotation: not within a word, as in don't.
func closeOf(rest string, end rune) int {
	for i, r := range rest {
		if r != end {
			continue
		}
		next, _ := utf8.DecodeRuneInString(rest[i+utf8.RuneLen(r):])
		if next == utf8.RuneError || !unicode.IsLetter(next) && !unicode.IsDigit(next) {
			return i
		}
	}
	return -1
}

// parts are the stems of a word's parts: yes/no has two.
func parts(low string) []string {
	list := strings.FieldsFunc(low, func(r rune) bool { return r == '-' || r == '_' || r == '/' || r == '.' })
	if len(list) < 2 {
		return nil
	}
	for i := range list {
		list[i] = stem(list[i])
	}
	return list
}

// vocabulary takes a name or text of a document apart into stems:
// updateLeave_request and "Update leave request" are the same.
func vocabulary(s string) []string { return slices.AppendSeq(make([]string, 0, 4), terms(s)) }

// terms yields the stems that vocabulary lists.
func terms(s string) iter.Seq[string] {
	return func(yield func(string) bool) {
		start, last := -1, rune(0)
		for i, r := range s {
			letter := unicode.IsLetter(r) || unicode.IsDigit(r)
			if start >= 0 && (!letter || unicode.IsUpper(r) && hump(last, s[i+utf8.RuneLen(r):])) {
				if !yield(stem(strings.ToLower(s[start:i]))) {
					return
				}
				start = -1
			}
			if letter && start < 0 {
				start = i
			}
			last = r
		}
		if start >= 0 {
			yield(stem(strings.ToLower(s[start:])))
		}
	}
}

// hump says whether a capital between last and rest begins a word: the L of
// updateLeave, the F of PDFFile.
func hump(last rune, rest string) bool {
	next, _ := utf8.DecodeRuneInString(rest)
	return unicode.IsLower(last) || unicode.IsUpper(last) && unicode.IsLower(next)
}

// stem takes off the endings that grammar puts on an English word, roughly:
// listed, listing and lists are list; shipped is ship; closes and closed clos.
func stem(w string) string {
	if len(w) < 4 || w[len(w)-1] > 'z' || strings.ContainsAny(w, "0123456789@") {
		return w
	}
	switch w = strings.TrimSuffix(strings.TrimSuffix(w, "'s"), "’s"); {
	case strings.HasSuffix(w, "ies") && len(w) > 4, strings.HasSuffix(w, "ied") && len(w) > 4:
		return w[:len(w)-3] + "y"
	case strings.HasSuffix(w, "sses"):
		w = w[:len(w)-2]
	case strings.HasSuffix(w, "s") && !strings.HasSuffix(w, "ss") && !strings.HasSuffix(w, "us") && !strings.HasSuffix(w, "is"):
		w = w[:len(w)-1]
	}
	for _, ending := range []string{"ing", "ed"} {
		base, ok := strings.CutSuffix(w, ending)
		if ok && len(base) >= 3 && strings.ContainsAny(base, "aeiouy") {
			if w = undouble(base); len(w) == 3 && len(base) == 3 && silent(w) {
				return w + "e"
			}
			break
		}
	}
	if base, ok := strings.CutSuffix(w, "ment"); ok && len(base) >= 4 {
		w = base
	}
	if len(w) > 4 && strings.HasSuffix(w, "e") {
		w = w[:len(w)-1]
	}
	return w
}

// silent says whether a word of three letters has lost an e, as mov has.
func silent(w string) bool {
	vowel := func(i int) bool { return strings.IndexByte("aeiou", w[i]) >= 0 }
	return !vowel(0) && vowel(1) && !vowel(2) && strings.IndexByte("wxy", w[2]) < 0
}

// undouble turns shipp into ship, but leaves call, pass and buzz.
func undouble(w string) string {
	n := len(w)
	if n > 3 && w[n-1] == w[n-2] && !strings.ContainsRune("lsz", rune(w[n-1])) {
		return w[:n-1]
	}
	return w
}

// near says whether a may be b with one slip of the finger: a letter too many,
// too few, another, or two swapped. The first letter is rarely wrong.
func near(a, b string) bool {
	if len(a) < 4 || len(b) < 4 || a[0] != b[0] || len(a)-len(b) > 1 || len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	switch {
	case len(a) > len(b):
		return a[i+1:] == b[i:]
	case len(a) < len(b):
		return a[i:] == b[i+1:]
	case i == len(a):
		return true
	}
	return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}
