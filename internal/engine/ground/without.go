package ground

import (
	"slices"
	"strings"
	"unicode"

	"github.com/parleyhq/parley/internal/engine/cite"
)

// Without returns the answer without some sentences: its text tidied, its
// segments moved with it, and its sources numbered anew. A source of which no
// segment is left goes.
func Without(a cite.Answer, s []Sentence) cite.Answer {
	if len(s) == 0 {
		return a
	}
	text := []rune(a.Text)
	gone := make([]bool, len(text))
	for _, c := range s {
		strike(text, gone, c)
	}
	edges(text, gone)
	place := make([]int, len(text)+1) // where a character comes to stand
	kept := make([]rune, 0, len(text))
	for i, r := range text {
		place[i] = len(kept)
		if !gone[i] {
			kept = append(kept, r)
		}
	}
	place[len(text)] = len(kept)
	out := cite.Answer{Text: string(kept)}
	for _, source := range a.Sources {
		if source.Segments = moved(source.Segments, place, kept); len(source.Segments) > 0 {
			out.Sources = append(out.Sources, renewed(source, a))
		}
	}
	slices.SortStableFunc(out.Sources, func(a, b cite.Source) int { return a.Segments[0].Begin - b.Segments[0].Begin })
	for i := range out.Sources {
		out.Sources[i].Number = i + 1
	}
	return out
}

// strike marks a sentence, and the white space that nobody needs without it.
func strike(text []rune, gone []bool, s Sentence) {
	begin, end := max(0, s.Begin), min(len(text), s.End)
	if begin >= end {
		return
	}
	for end < len(text) && blank(text[end]) {
		end++
	}
	if last := end == len(text) || text[end] == '\n'; last && lineBegin(text, gone, begin) {
		begin, end = lines(text, gone, begin, end)
	} else if last {
		for begin > 0 && blank(text[begin-1]) {
			begin--
		}
	}
	for i := begin; i < end; i++ {
		gone[i] = true
	}
}

// lines takes the ends of lines to a stretch that is whole lines: those before it or
// those after it, whichever are fewer.
func lines(text []rune, gone []bool, begin, end int) (int, int) {
	before, after := 0, 0
	from, to := begin, end
	for from > 0 && (gone[from-1] || unicode.IsSpace(text[from-1])) {
		from--
		if text[from] == '\n' && !gone[from] {
			before++
		}
	}
	for to < len(text) && text[to] == '\n' {
		to++
		after++
	}
	if after > before {
		return from, end
	}
	return begin, to
}

// lineBegin reports whether nothing is left in a line before a place.
func lineBegin(text []rune, gone []bool, at int) bool {
	for at > 0 && (gone[at-1] || blank(text[at-1])) && text[at-1] != '\n' {
		at--
	}
	return at == 0 || text[at-1] == '\n'
}

func blank(r rune) bool { return r != '\n' && unicode.IsSpace(r) }

// edges marks the white space that is left at the ends of the text.
func edges(text []rune, gone []bool) {
	for i := 0; i < len(text) && (gone[i] || unicode.IsSpace(text[i])); i++ {
		gone[i] = true
	}
	for i := len(text) - 1; i >= 0 && (gone[i] || unicode.IsSpace(text[i])); i-- {
		gone[i] = true
	}
}

// moved are the segments that are left, where they are now.
func moved(segments []cite.Segment, place []int, text []rune) []cite.Segment {
	var left []cite.Segment
	for _, s := range segments {
		if s.Begin < 0 || s.End >= len(place) || s.Begin > s.End {
			continue
		}
		s.Begin, s.End = place[s.Begin], place[s.End]
		for s.Begin < s.End && unicode.IsSpace(text[s.Begin]) {
			s.Begin++
		}
		for s.End > s.Begin && unicode.IsSpace(text[s.End-1]) {
			s.End--
		}
		if strings.ContainsFunc(string(text[s.Begin:s.End]), func(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.Is(unicode.So, r) }) {
			left = append(left, s)
		}
	}
	return left
}

// renewed is a source whose snippet goes with the first segment that is left.
func renewed(s cite.Source, a cite.Answer) cite.Source {
	was := a.Sources[slices.IndexFunc(a.Sources, func(o cite.Source) bool { return o.Number == s.Number })]
	if first := s.Segments[0].Excerpt; first != "" && first != was.Segments[0].Excerpt {
		s.Snippet = first
	}
	return s
}
