package cite

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/engine/language"
	"github.com/parleyhq/parley/internal/engine/sentence"
)

// most is the largest number that a mark has; [2024] is a year.
const most = 999

// marks reads a mark at the beginning of a text: [1], [1, 3], [1-3], 【1】, 【1†source】.
// Its length is 0 if there is none. Of a text that could yet become one it says more.
func marks(text string) (numbers []int, n int, m met) {
	closing := "]"
	if strings.HasPrefix(text, "【") {
		closing = "】"
	}
	body := text[len(closing):]
	end := strings.Index(body, closing)
	if end < 0 {
		rest := strings.Trim(cutDagger(body, closing), "0123456789,;-– \uFFFD") // with what is left of a character
		if len(body) > 64 || rest != "" {
			return nil, 0, no
		}
		return nil, 0, more
	}
	numbers = list(cutDagger(body[:end], closing))
	if numbers == nil || end > 64 {
		return nil, 0, no
	}
	return numbers, end + 2*len(closing), yes
}

// cutDagger takes the note off that some models write into their marks.
func cutDagger(body, closing string) string {
	if closing == "】" {
		body, _, _ = strings.Cut(body, "†")
	}
	return body
}

// list reads numbers and ranges; nil if there is anything else.
func list(body string) []int {
	var numbers []int
	for part := range strings.FieldsFuncSeq(body, func(r rune) bool { return r == ',' || r == ';' }) {
		first, last, ranged := strings.Cut(strings.ReplaceAll(part, "–", "-"), "-")
		from, to := number(first), number(last)
		if !ranged {
			to = from
		}
		if from == 0 || to < from {
			return nil
		}
		for n := from; n <= to; n++ {
			numbers = append(numbers, n)
		}
	}
	return numbers
}

// number reads a mark's number; 0 if it is none.
func number(s string) int {
	s = strings.Trim(s, " ")
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' || n > most {
			return 0
		}
		n = 10*n + int(c-'0')
	}
	if n > most || strings.HasPrefix(s, "0") {
		return 0
	}
	return n
}

// mark reads a mark between brackets.
func (w *Writer) mark(v view) (int, met) {
	numbers, n, m := marks(v.text)
	if m == more && v.ended {
		return 0, no
	}
	if m != yes {
		return 0, m
	}
	first := w.first()
	if first {
		switch alone(v, n) {
		case more:
			return 0, more
		case no:
			numbers = nil
		}
	}
	if len(v.text) == n && !v.ended {
		return 0, more
	}
	w.cite(numbers, first)
	w.drop()
	if first && strings.HasPrefix(v.text[n:], ":") {
		n++
	}
	return n, yes
}

// enclosed reads marks between parentheses, which go with them.
func (w *Writer) enclosed(v view) (int, met) {
	var numbers []int
	for at := 1; ; {
		at += run(v.text[at:], func(c byte) bool { return c == ' ' || c == ',' || c == ';' })
		switch rest := v.text[at:]; {
		case rest == "":
			return 0, v.undecided()
		case rest[0] == ')' && numbers != nil:
			w.cite(numbers, w.first())
			w.drop()
			return at + 1, yes
		case rest[0] != '[' && rest[0] != "【"[0]:
			return 0, no
		}
		some, n, m := marks(v.text[at:])
		if m == more {
			return 0, v.undecided()
		}
		if m == no {
			return 0, no
		}
		numbers = append(numbers, some...)
		at += n
	}
}

// lenticular reads a mark in the brackets that models of some makers prefer.
func (w *Writer) lenticular(v view) (int, met) {
	switch {
	case strings.HasPrefix(v.text, "【"):
		return w.mark(v)
	case !utf8.FullRuneInString(v.text):
		return 0, v.undecided()
	}
	return 0, no
}

// first reports whether nothing is in the line yet but the sign of an item.
func (w *Writer) first() bool {
	if len(w.out) == 0 || w.gap.line() {
		return true
	}
	const longest = 16
	line := string(w.out[max(0, len(w.out)-longest):])
	if at := strings.LastIndexByte(line, '\n'); at >= 0 {
		line = line[at+1:]
	} else if len(w.out) > longest {
		return false
	}
	line = strings.TrimLeft(line, " \t") + " "
	return !claimed(line[sentence.Item(line):])
}

// alone reports whether nothing follows a mark in its line but marks.
func alone(v view, n int) met {
	rest := strings.TrimLeft(v.text[n:], " \t")
	for strings.HasPrefix(rest, "[") || strings.HasPrefix(rest, "【") {
		_, n, m := marks(rest)
		if m != yes {
			break
		}
		rest = strings.TrimLeft(rest[n:], " \t")
	}
	switch {
	case strings.HasPrefix(rest, "\n") || strings.HasPrefix(rest, "\r") || rest == "" && v.ended:
		return yes
	case rest == "" || len(rest) < 64 && !v.ended && (rest[0] == '[' || rest[0] == "【"[0]):
		return more
	}
	return no
}

// claims are the claims that marks stood for.
type claims struct {
	from       int // bytes of the text until the last mark
	runes      int // characters until there
	begin, end int // the last claim, in characters
	text       string
	sources    []Source
	words      *language.Analyzer // made when the first claim is met
	readings   map[string]*reading
}

// cite attributes the claim before a mark to passages. The claim is what is
// between the last mark and this one, of that the last sentence; and if that says
// nothing, the claim of the last mark.
func (w *Writer) cite(numbers []int, first bool) {
	numbers = slices.DeleteFunc(slices.Clone(numbers), func(n int) bool { return n > len(w.passages) })
	if w.inner || len(numbers) == 0 {
		return
	}
	c := &w.claims
	text := string(w.out[c.from:])
	if claimed(text) {
		begin, end := last(text)
		c.begin = c.runes + utf8.RuneCountInString(text[:begin])
		c.end = c.begin + utf8.RuneCountInString(text[begin:end])
		c.text = text[begin:end]
	}
	c.from, c.runes = len(w.out), w.runes
	if c.begin == c.end || first && strings.HasSuffix(c.text, ":") {
		return
	}
	slices.Sort(numbers)
	for _, n := range slices.Compact(numbers) {
		c.add(w.passages[n-1])
	}
}

// last is the last sentence of a text that says anything, without the sign of an
// item, and without what is left of the sentence before.
func last(text string) (begin, end int) {
	for _, s := range sentence.Split(text) {
		if claimed(text[s.Begin:s.End]) {
			begin = s.Begin
		}
		end = s.End
	}
	begin += sentence.Item(text[begin:end])
	claim := strings.TrimLeftFunc(text[begin:end], leftover)
	if !strings.Contains(claim, ")") {
		claim = strings.TrimLeftFunc(claim, func(r rune) bool { return r == '(' || leftover(r) })
	}
	return end - len(claim), end
}

// leftover reports what a claim does not begin with.
func leftover(r rune) bool {
	return unicode.IsSpace(r) || strings.ContainsRune(`.,;:!?)]}–—-|…。、，；：！？）」』】`, r)
}

// claimed reports whether a text says anything.
func claimed(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.So, r)
	})
}

// add attributes the last claim to a passage.
func (c *claims) add(p Passage) {
	at := slices.IndexFunc(c.sources, func(s Source) bool {
		return s.Document == p.Document && s.Index == p.Index && s.DataSource == p.DataSource && s.Upload == p.Upload
	})
	excerpt, snippet := c.excerpt(p.Text)
	if at < 0 {
		at = len(c.sources)
		c.sources = append(c.sources, Source{Number: at + 1, Passage: p, Snippet: snippet})
	}
	s := Segment{Begin: c.begin, End: c.end, Excerpt: excerpt, Media: p.Media, MediaType: p.MediaType}
	if source := &c.sources[at]; !slices.Contains(source.Segments, s) {
		source.Segments = append(source.Segments, s)
	}
}
