package plan

import (
	"regexp"
	"slices"
	"strings"
)

// numberWords and what joins them may stand between a noun and the number of the
// thing.
var (
	numberWords = set("no nr number id #")
	joiners     = set("with the is")
)

// pointed is the token of the noun that a value stands behind as the name of one
// thing: the ticket of "ticket 102", "ticket no. 102" and "the ticket with the id
// 102"; -1: it stands behind none.
func (m *message) pointed(e *entity) int {
	i := e.first - 1
	for worded := false; i >= 0; i-- {
		t := m.tokens[i]
		short := numberWords[t.low] && t.after == "." // no.
		worded = worded || numberWords[t.low]
		if t.ends() && !short || !numberWords[t.low] && !(worded && joiners[t.low]) {
			break
		}
	}
	if i < 0 || i == m.command || m.tokens[i].quote > 0 || m.tokens[i].ends() || stops[m.tokens[i].low] || particles[m.tokens[i].low] != nil || m.entity(i) != nil {
		return -1
	}
	return i
}

// foreign says whether a value names a thing of another kind than the slot is for:
// the 9 of "order 9", for the number of a pet.
func (f *filling) foreign(s *slot, e *entity) bool {
	at := f.pointed(e)
	return at >= 0 && !f.singles(e) && !s.numbers(f.tokens[at].stem, f.of.things)
}

// singles says whether the value names one of the things that the action is
// called after.
func (f *filling) singles(e *entity) bool {
	if e.sort != number && e.sort != code && e.sort != identifier || e.currency != "" {
		return false
	}
	at := f.pointed(e)
	return at >= 0 && (f.of.called(f.tokens[at].stem) || slices.Contains(f.of.things, f.tokens[at].stem))
}

// things are the stems of the segments of a path that a variable stands behind.
func things(path string) (out []string) {
	before := ""
	for segment := range strings.SplitSeq(path, "/") {
		if strings.HasPrefix(segment, "{") && before != "" {
			out = slices.AppendSeq(out, terms(before))
		}
		before = segment
	}
	return out
}

// called says whether the word is in the action's name, and not as what it does.
func (c *candidate) called(word string) bool {
	for _, t := range c.terms {
		if t.word == word && t.weight == inName && verbs[word] != c.lead {
			return true
		}
	}
	return false
}

// identifies says whether the slot tells one thing from the others.
func (s *slot) identifies() bool {
	return s.Required && !s.array() && (s.id || s.pattern != nil && !s.loose || s.shape != "" || s.Format == "uuid")
}

// addressed says whether the message names the very thing that the action is for,
// by its noun and number or in the form that its numbers have.
func (f *filling) addressed() bool {
	for i := range f.slots {
		s := &f.slots[i]
		e := f.entity(s.end - 1)
		if s.open() || !s.identifies() || e == nil {
			continue
		}
		if e.coded() && s.formed(e.text) || s.pattern == nil && strings.HasPrefix(e.text, "#") || f.singles(e) && s.numbers(f.tokens[f.pointed(e)].stem, f.of.things) {
			return true
		}
	}
	return false
}

// coded says whether the value looks like what tells one thing from the others.
func (e entity) coded() bool {
	return e.sort == code || e.sort == number && e.currency == "" && len(e.number) >= manyDigits
}

// manyDigits are more than people count or pay with.
const manyDigits = 6

// numbers says whether the slot is for the number of such a thing: its name has the
// thing's, or is that of any number.
func (s *slot) numbers(thing string, things []string) bool {
	return s.named(thing) || slices.Contains(things, thing) || slices.ContainsFunc(s.phrases, func(p []string) bool { return len(p) == 1 && idWords[p[0]] })
}

// formed says whether a code certainly has the form of the slot: by its pattern, or
// since it begins as the example does.
func (s *slot) formed(text string) bool {
	return s.pattern != nil && !s.loose || s.example != "" && strings.HasPrefix(strings.ToUpper(text), s.example)
}

// takes says whether the action is for one thing, and the message has a code in the
// form of what tells that from the others.
func (c *candidate) takes(m *message, compiled map[string]*regexp.Regexp) bool {
	coded := slices.ContainsFunc(m.entities, entity.coded)
	for i, in := range c.inputs {
		if !coded || !in.Required || in.Schema == nil || in.Schema.Pattern == "" && !strings.Contains(in.Description, "such as") {
			continue
		}
		s := &prepare(c.inputs[i:i+1], c.separator, compiled)[0]
		for _, e := range m.entities {
			if _, ok := s.takes(e.text); ok && !s.loose && e.coded() {
				return true
			}
		}
	}
	return false
}
