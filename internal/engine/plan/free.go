package plan

import (
	"strings"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// leftovers fills, as the last resort, what is quoted or behind a colon, or is
// left when command, nouns and values are taken away.
func (f *filling) leftovers() {
	f.quotations()
	f.announced(false)
	f.clause()
	for i := range f.slots {
		s := &f.slots[i]
		if !s.open() || !s.word() || s.array() || !(s.Required || f.onlyText(s)) {
			continue
		}
		if f.nouns == nil {
			f.nouns, f.terms = f.of.nouns()
		}
		if first, last := f.remainder(s); first < last {
			f.give(s, jsonText(f.text(first, last)), first, last, 0.4)
		}
	}
}

// onlyText says whether s is the one slot for text that a search has, so that
// what is left can be for nothing else.
func (f *filling) onlyText(s *slot) bool {
	if f.effect != openapi.Read || s.topic == 0 {
		return false
	}
	n := 0
	for i := range f.slots {
		if f.slots[i].word() && !f.slots[i].array() {
			n++
		}
	}
	return n == 1
}

// quotations gives what is quoted to the foremost text that waits.
func (f *filling) quotations() {
	for i := range f.entities {
		e := &f.entities[i]
		if e.sort != quoted || !f.free(e.first, e.last) {
			continue
		}
		if s := f.foremost(func(s *slot) bool { return true }); s != nil {
			f.give(s, jsonText(e.text), e.first, e.last, 1)
		}
	}
}

// foremost is the open slot for text that matters most: required before topics
// before names, then by the order of topics.
func (f *filling) foremost(also func(*slot) bool) *slot {
	var best *slot
	rank := func(s *slot) int {
		r := s.topic
		if r == 0 {
			r = len(topics) + 1
		}
		if !s.Required {
			r += 100
		}
		return r
	}
	for i := range f.slots {
		s := &f.slots[i]
		if s.open() && s.word() && !s.array() && !s.id && also(s) && (best == nil || rank(s) < rank(best)) {
			best = s
		}
	}
	return best
}

// announced gives what stands behind a colon to the text of a write: "open a
// ticket: …". A text that has to be given comes before all else.
func (f *filling) announced(required bool) {
	s := f.foremost(func(s *slot) bool { return s.topic > 0 && s.Required == required })
	if s == nil || f.effect == openapi.Read {
		return
	}
	for j := max(0, f.command); j+1 < min(len(f.tokens), 12); j++ {
		if !strings.HasSuffix(f.tokens[j].after, ":") || f.tokens[j].quote > 0 || f.cueEnds(j) || f.command < 0 {
			continue
		}
		if last := f.textEnd(s, j+1, true); f.entity(j+1) == nil && f.free(j+1, last) {
			f.give(s, jsonText(f.text(j+1, last)), j+1, last, 0.8)
		}
		return
	}
}

// cueEnds says whether the name of an input ends at token j.
func (f *filling) cueEnds(j int) bool {
	for i := max(0, j-4); i <= j; i++ {
		if s, n := f.cueAt(i); s != nil && i+n == j+1 {
			return true
		}
	}
	return false
}

// clause gives the clause without the command to the text of a write: "…, please
// open a ticket".
func (f *filling) clause() {
	s := f.foremost(func(s *slot) bool { return s.topic > 0 })
	if s == nil || f.effect == openapi.Read || f.command < 4 {
		return
	}
	for j := 2; j < f.command; j++ {
		if f.tokens[j].ends() && f.free(0, j+1) {
			f.give(s, jsonText(f.text(0, j+1)), 0, j+1, 0.6)
			return
		}
	}
}

// remainder is the longest run of words that are neither used nor command, noun
// of the action, or filler.
func (f *filling) remainder(s *slot) (first, last int) {
	start := -1
	for j := 0; j <= len(f.tokens); j++ {
		taken := j == len(f.tokens) || f.used[j] || f.spoken(s, j)
		if !taken && start < 0 {
			start = j
		}
		ends := !taken && strings.ContainsAny(f.tokens[j].after, ",;:.!?")
		if start >= 0 && (taken || ends) {
			stop := j
			if ends {
				stop++
			}
			if better(f, s, start, stop, first, last) {
				first, last = start, stop
			}
			start = -1
		}
	}
	return first, last
}

// better prefers names in capitals; then, for a text, the longer run.
func better(f *filling, s *slot, a, b, first, last int) bool {
	if first == last {
		return true
	}
	if c, d := f.tokens[a].capital() && a > 0, f.tokens[first].capital() && first > 0; c != d {
		return c
	}
	return s.topic > 0 && b-a > last-first
}

// spoken says whether token j only carries the request.
func (f *filling) spoken(s *slot, j int) bool {
	t := f.tokens[j]
	if e := f.entity(j); e != nil && e.sort != code {
		return e.sort != number || s.topic == 0 || j == 0 || f.used[j-1]
	}
	if t.capital() && j > 0 && !f.tokens[j-1].ends() && t.text != "I" {
		return false
	}
	if stops[t.low] || verbs[t.stem] != "" || f.nouns[t.stem] || s.topic == 0 && f.terms[t.stem] || callers[t.low] || particles[t.low] != nil {
		return true
	}
	for _, p := range t.parts {
		if f.nouns[p] {
			return t.parts != nil && !strings.Contains(t.low, "-")
		}
	}
	return false
}
