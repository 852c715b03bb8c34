package plan

import (
	"slices"
	"strings"
)

// phraseAt says how many tokens from i on are the phrase; 0: they are not.
func (m *message) phraseAt(i int, phrase []string) int {
	start := i
	for len(phrase) > 0 {
		if i >= len(m.tokens) || m.tokens[i].quote > 0 {
			return 0
		}
		t := m.tokens[i]
		switch {
		case t.stem == phrase[0] || t.low == phrase[0]:
			phrase = phrase[1:]
		case len(t.parts) > 0 && len(t.parts) <= len(phrase) && slices.Equal(t.parts, phrase[:len(t.parts)]):
			phrase = phrase[len(t.parts):]
		default:
			return 0
		}
		if i++; len(phrase) > 0 && t.ends() {
			return 0
		}
	}
	return i - start
}

// cueAt is the open slot that is named at token i by the longest phrase, and the
// tokens of the phrase.
func (f *filling) cueAt(i int) (*slot, int) {
	var best *slot
	length := 0
	for _, c := range f.cueing[i] {
		if s := &f.slots[c.slot]; s.open() && c.length > length {
			best, length = s, c.length
		}
	}
	return best, length
}

// A cue is the name of a slot in the message.
type cue struct{ slot, length int }

// findCues finds where the slots are named, once: it is asked often.
func (f *filling) findCues() {
	f.cueing = make([][]cue, len(f.tokens))
	for j := range f.slots {
		s := &f.slots[j]
		for i := range f.tokens {
			length := f.alias(i, s)
			for _, p := range s.phrases {
				length = max(length, f.phraseAt(i, p))
			}
			if length > 0 {
				f.cueing[i] = append(f.cueing[i], cue{j, length})
			}
		}
	}
}

// alias is for the words that introduce a value without naming its input.
func (f *filling) alias(i int, s *slot) int {
	low := f.tokens[i].low
	switch {
	case low == "because" && s.named("reason", "comment", "description"):
		if i+1 < len(f.tokens) && f.tokens[i+1].low == "of" {
			return 2
		}
		return 1
	case low == "assigned" && s.named("assignee"):
		return 1
	case low == "invite" && s.named("attendees", "guest", "participant"):
		return 1
	}
	return 0
}

func (s *slot) named(words ...string) bool {
	for _, w := range words {
		w = stem(w)
		for _, p := range s.phrases {
			if slices.Contains(p, w) {
				return true
			}
		}
	}
	return false
}

// links may stand between an input's name and its value.
var links = set("is are = : of to the as number no nr id # by on at for a an was")

// cues fills what is introduced by the name of its input: "priority high",
// "description: …", "the status of case 12 to closed".
func (f *filling) cues() {
	for i := 0; i < len(f.tokens); i++ {
		s, n := f.cueAt(i)
		if s == nil || !f.free(i, i+n) {
			continue
		}
		at, colon := f.valueAt(i + n)
		from := i
		if f.tokens[i+n-1].after == "" && i+n < len(f.tokens) && f.tokens[i+n].low == "of" {
			at = f.changedTo(i + n)
			from = at - 1
		}
		if at < len(f.tokens) && f.cued(s, from, at, colon) {
			f.use(i, i+n)
			if from == i {
				i = at
			}
		}
	}
}

// valueAt is where the value stands behind a name that ends before token i, past
// the words that link them, and whether a colon announces it. The number of
// tokens says that there is none.
func (f *filling) valueAt(i int) (at int, colon bool) {
	colon = strings.ContainsAny(f.tokens[i-1].after, ":=")
	if f.tokens[i-1].ends() && !colon {
		return len(f.tokens), false
	}
	for !colon && i < len(f.tokens) && links[f.tokens[i].low] && f.tokens[i].quote == 0 {
		colon = strings.ContainsAny(f.tokens[i].after, ":=")
		i++
	}
	return i, colon
}

// changedTo is where the new value stands in "the status of case 12 to closed",
// from the "of" on. Without it, what follows "of" is not the value.
func (f *filling) changedTo(of int) int {
	for j := of + 1; j < len(f.tokens) && j < of+7 && !f.tokens[j-1].ends(); j++ {
		if f.tokens[j].low == "to" || f.tokens[j].low == "is" {
			return j + 1
		}
	}
	return len(f.tokens)
}

// cued gives the value at a token to the slot that is named before it.
func (f *filling) cued(s *slot, cue, at int, colon bool) bool {
	e := f.entity(at)
	if e != nil && e.first != at && !colon {
		return false
	}
	switch {
	case s.array():
		return f.list(s, cue, at)
	case len(s.Enum) > 0:
		return f.enumAt(s, at)
	case s.dated():
		if e != nil && e.sort == when {
			f.give(s, f.dateFor(s, e), cue, e.last, 1.2)
		}
	case s.numeric():
		if e != nil && (e.sort == number || e.sort == lasting && e.number != "") {
			f.give(s, f.numberFor(s, e), cue, e.last, 1.2)
		}
	case s.typ == "boolean":
		return f.boolAt(s, at)
	case s.Format != "" || s.pattern != nil && !s.loose || s.shape != "":
		f.formAt(s, cue, at)
	case s.word() && s.loose:
		if text, ok := s.takes(f.tokens[at].text); ok && !stops[f.tokens[at].low] && f.free(at, at+1) {
			f.give(s, jsonText(text), cue, at+1, 1)
		}
	case s.word():
		f.wordsFor(s, cue, at, colon)
	}
	return !s.open()
}
