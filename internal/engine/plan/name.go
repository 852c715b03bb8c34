package plan

import (
	"slices"
	"strings"
)

// callers fills a name behind "called", "named", "titled", and behind "rename … to".
func (f *filling) callers() {
	s := f.naming()
	for i := 0; s != nil && i+1 < len(f.tokens); i++ {
		if f.calls(i) && !f.used[i] && f.tokens[i].quote == 0 {
			f.wordsFor(s, i, i+1, strings.Contains(f.tokens[i].after, ":"))
			return
		}
	}
}

func (f *filling) calls(i int) bool {
	low := f.tokens[i].low
	return callers[low] || (low == "to" || low == "as") && f.command >= 0 && f.command < i && renamings[f.tokens[f.command].low]
}

// naming is the slot for what a thing is called.
func (f *filling) naming() *slot {
	var best *slot
	place := 99
	for i := range f.slots {
		s := &f.slots[i]
		if !s.open() || !s.word() || s.array() {
			continue
		}
		for j, w := range []string{"name", "title", "subject", "summary", "query", "q", "text", "key"} {
			if j < place && (s.Required || j < 4) && s.called(w) {
				best, place = s, j
			}
		}
	}
	return best
}

// called says whether word alone names the slot.
func (s *slot) called(word string) bool {
	word = stem(word)
	return slices.ContainsFunc(s.phrases, func(p []string) bool { return len(p) == 1 && p[0] == word })
}

// ends fills from X to Y into a pair of texts.
func (f *filling) ends() {
	for i := range f.slots {
		s := &f.slots[i]
		if !s.open() || !s.word() || s.array() || s.role == 0 {
			continue
		}
		for j, t := range f.tokens {
			if s.role == beginning && t.low == "from" || s.role == ending && t.low == "to" {
				if !f.used[j] && j+1 < len(f.tokens) {
					f.wordsFor(s, j, j+1, false)
				}
			}
		}
	}
}

// prepositions fills names and topics by the word before them.
func (f *filling) prepositions() {
	for i := 0; i+1 < len(f.tokens); i++ {
		takes := particles[f.tokens[i].low]
		named := i > 0 && f.tokens[i].capital() && !f.tokens[i-1].ends() // the On of "to On holiday"
		if takes == nil || named || f.used[i] || f.tokens[i].quote > 0 || f.tokens[i].ends() {
			continue
		}
		at := i + 1
		for at+1 < len(f.tokens) && (f.tokens[at].low == "the" || f.tokens[at].low == "a" || f.tokens[at].low == "my") {
			at++
		}
		if f.used[at] {
			continue
		}
		if e := f.entity(at); e != nil && e.sort == code && !slices.Contains(takes, "thing") {
			continue // nobody is called so, and no place
		}
		if s := f.bestOfKind(takes); s != nil {
			f.wordsFor(s, i, at, false)
		}
	}
}

func (f *filling) bestOfKind(wanted []string) *slot {
	for _, kind := range wanted {
		for _, required := range []bool{true, false} {
			for i := range f.slots {
				s := &f.slots[i]
				if s.open() && s.Required == required && s.word() && !s.array() && !s.id && slices.Contains(s.kinds, kind) {
					return s
				}
			}
		}
	}
	return nil
}
