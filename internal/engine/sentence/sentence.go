// Package sentence parts text into sentences, as people and as models write them:
// in any script, with abbreviations, lists, tables, headings and lines that were
// broken by hand.
//
// It owns where a sentence ends. It does not own passages, which are engine/chunk's,
// nor words, which are engine/language's.
package sentence

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Span is a sentence: bytes of the text, End exclusive, without white space at
// either end.
type Span struct{ Begin, End int }

// wide is how long a line is that somebody may have broken by hand, in bytes.
const wide = 55

// Split returns the sentences of a text in their order. An item of a list, a row
// of a table and a heading are sentences of their own.
func Split(text string) []Span {
	var spans []Span
	for begin := 0; begin < len(text); {
		end := Next(text, begin)
		if s := trim(text, begin, end); s.Begin < s.End {
			spans = append(spans, s)
		}
		begin = end
	}
	return spans
}

// Next returns where the sentence ends that begins at an offset, the white space
// after it not included; more than begin unless that is the text's end.
func Next(text string, begin int) int {
	line := begin // where the current line began
	for i := begin; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		i += size
		switch {
		case r == '\n' && parts(text, line, i-1):
			return max(i-1, begin+1)
		case r == '\n':
			line = i
		case full(r):
			return closed(text, i)
		case r == '.', r == '!', r == '?', r == '…':
			if end, ok := stop(text, begin, i); ok {
				return end
			}
		}
	}
	return len(text)
}

// full reports the marks that end a sentence whatever follows.
func full(r rune) bool {
	switch r {
	case '。', '！', '？', '｡', '।', '॥', '؟', '۔', '።', '։', '។', '။':
		return true
	}
	return false
}

// stop reports whether a sentence ends with the mark before an offset, and where,
// with the quotes and brackets that close after it.
func stop(text string, begin, at int) (int, bool) {
	end := closed(text, at)
	if end == len(text) {
		return end, true
	}
	follows, spaces := end, 0
	for follows < len(text) {
		r, size := utf8.DecodeRuneInString(text[follows:])
		if !unicode.IsSpace(r) {
			if spaces == 0 || unicode.IsLower(r) {
				return 0, false
			}
			break
		}
		spaces++
		follows += size
	}
	if text[at-1] == '.' && abbreviated(text[begin:at-1], text[follows:]) {
		return 0, false
	}
	return end, true
}

// closed goes over what closes after a full stop: more of them, quotes, brackets.
func closed(text string, at int) int {
	for at < len(text) {
		r, size := utf8.DecodeRuneInString(text[at:])
		if !strings.ContainsRune(`.!?"')]*_’”»」』）〉》】`, r) && !full(r) {
			break
		}
		at += size
	}
	return at
}

// abbreviations are those that capitals or digits may follow.
const abbreviations = " mr mrs ms dr prof st vs fig figs no nos vol pp eq ref cf al approx dept inc ltd co corp e.g i.e sec ch ed eds jan feb mar apr jun jul aug sep sept oct nov dec tel ext min max incl nr abb bzw vgl z.b d.h u.a ca ggf inkl evtl str mme mlle m env av art sr sra dña pág núm "

// abbreviated reports whether the full stop after a text ends no sentence: after an
// initial, an abbreviation, the number of an item, or a day before its month.
func abbreviated(before, after string) bool {
	word := before[strings.LastIndexFunc(before, func(r rune) bool { return unicode.IsSpace(r) || r == '(' })+1:]
	switch {
	case word == "" || len(word) > 6:
		return false
	case digits(word):
		return len(word) < 3 && (len(word) == len(strings.TrimSpace(before)) || month(after))
	case utf8.RuneCountInString(word) == 1:
		r, _ := utf8.DecodeRuneInString(word)
		return word != "I" && unicode.IsLetter(r) && unicode.IsUpper(r)
	}
	return strings.Contains(abbreviations, " "+strings.ToLower(word)+" ")
}

// months are the beginnings of their names where a day is written with a full stop.
const months = " jan feb mär mar apr mai maj jun jul aug sep okt oct nov dez dec des "

func month(text string) bool {
	n := 0
	for i := range text {
		if n++; n == 4 {
			return strings.Contains(months, " "+strings.ToLower(text[:i])+" ")
		}
	}
	return false
}

// parts reports whether a line ends what stands in it, and is not just broken.
func parts(text string, begin, end int) bool {
	next := text[end+1:]
	next = strings.TrimLeft(next, " \t\r")
	if next == "" {
		return true
	}
	r, _ := utf8.DecodeRuneInString(next)
	switch {
	case next[0] == '\n' || Item(next) > 0:
		return true
	case unicode.IsLower(r):
		return false
	}
	return end-begin < wide || strings.HasSuffix(text[begin:end], ":")
}

// Item returns how long the sign is that a line begins with if it is an item of a
// list, a row, a heading or a quotation; 0 if it is none.
func Item(line string) int {
	at := 0
	for at < len(line) && at < 6 && strings.IndexByte("#>|", line[at]) >= 0 {
		at++
	}
	if at == 0 {
		at = bullet(line)
	}
	if at == 0 || line[0] != '|' && (at == len(line) || line[at] != ' ') {
		return 0
	}
	for at < len(line) && line[at] == ' ' {
		at++
	}
	return at
}

// bullet is the length of what begins an item: a dash, a dot, a number.
func bullet(line string) int {
	switch {
	case line == "":
		return 0
	case strings.IndexByte("-*+", line[0]) >= 0:
		return 1
	case strings.HasPrefix(line, "•") || strings.HasPrefix(line, "–"):
		return len("•")
	}
	n := 0
	for n < len(line) && n < 3 && '0' <= line[n] && line[n] <= '9' {
		n++
	}
	if n > 0 && n < len(line) && (line[n] == '.' || line[n] == ')') {
		return n + 1
	}
	return 0
}

func digits(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r < '0' || r > '9' }) < 0
}

// trim takes white space off a span's ends.
func trim(text string, begin, end int) Span {
	s := text[begin:end]
	begin += len(s) - len(strings.TrimLeftFunc(s, unicode.IsSpace))
	return Span{begin, begin + len(strings.TrimSpace(s))}
}
