package plan

import (
	"slices"
)

// plain says whether the message is certainly about the action: where documents
// can be searched instead, a question that is taken for a request is worse than
// a request that is answered from documents. A request names the action's
// things, by a verb that fits. A question names them too, and speaks of hardly
// anything else; one about how, why or whether something may be is none for an
// action, and no question asks for a write.
func (c choice) plain() bool {
	m := c.message
	named, known, all := c.coverage()
	if c.single && all-known <= 1 && (!m.reasons() || m.inquires()) {
		return true
	}
	if m.reasons() {
		return false
	}
	if !m.asks && m.command >= 0 && c.suits(m) >= 0 {
		return named > 0 || c.gain >= 0.7 && 2*known >= all
	}
	return named > 0 && known == all
}

// coverage counts the words of the message that say what it is about: those that
// name what the action is about, those that it explains at all, and all of them.
func (c choice) coverage() (named, known, all int) {
	nouns, terms := c.about()
	for i, t := range c.message.tokens {
		if e := c.message.entity(i); e != nil && e.sort == code && c.used[i] && (c.single || !c.writes() || c.ordered()) {
			named++
		}
		if i == c.message.command || !c.message.telling(i) || c.message.entity(i) != nil || c.value(i, terms) {
			continue
		}
		all++
		stems := append([]string{t.stem}, synonyms[alike[t.stem]]...)
		switch {
		case slices.ContainsFunc(stems, func(s string) bool { return nouns[s] }):
			named++
			known++
		case slices.ContainsFunc(stems, func(s string) bool { return terms[s] }):
			known++
		}
	}
	return named, known, all
}

// ordered says whether the message commands the very thing that the action does, and
// not only a change of some kind.
func (c choice) ordered() bool {
	return c.message.verb == c.candidate.lead && !general[c.candidate.lead]
}

// about are the words that name what the action is about, and all that it explains.
// The name of an input that is only asked about is none of the first, what has the
// number that the action takes is.
func (c choice) about() (nouns, terms map[string]bool) {
	nouns, terms = c.candidate.nouns()
	for _, k := range c.credits {
		if c.hollows(k) && !c.called(k.word) {
			delete(nouns, k.word)
		}
	}
	for i := range c.message.entities {
		if e := &c.message.entities[i]; c.single && c.singles(e) {
			nouns[c.message.tokens[c.message.pointed(e)].stem] = true
		}
	}
	return nouns, terms
}

// value says whether the word at i was taken as a value: a name, or what stands in a
// value's place. In a question small words may mean more than that.
func (c choice) value(i int, terms map[string]bool) bool {
	t, m := c.message.tokens[i], c.message
	if c.used[i] && i > 0 && t.capital() {
		return true
	}
	return c.placed[i] && !terms[t.stem] && !m.asks && !c.writes()
}

// reasons says whether the message asks how, why or whether something may or
// must be.
func (m *message) reasons() bool {
	switch first, second := m.low(0), m.low(1); first {
	case "what", "what's":
		return second == "is" && article(m.low(2)) || first == "what's" && article(second) // a definition
	case "why", "may", "must", "should", "explain", "describe", "summarise", "summarize", "do", "does", "did":
		return true
	case "how":
		return second != "many" && second != "much"
	case "warum", "wieso", "darf", "dürfen", "muss", "müssen", "soll", "sollen", "kann", "können":
		return true
	case "wie":
		return second != "viele" && second != "viel" && second != "ist"
	case "can", "could":
		return second != "you"
	}
	return false
}

// inquires says whether a message that reasons may still be about one thing: "why was
// ticket 12 closed", but not "how do I close ticket 12".
func (m *message) inquires() bool {
	first, second := m.low(0), m.low(1)
	return first == "why" || first == "did" || first == "does" || first == "how" && (tobe[second] || second == "did" || second == "has")
}

var tobe = set("is are was were")

// low is the token at i in small letters; empty: there is none, or it is quoted.
func (m *message) low(i int) string {
	if i < len(m.tokens) && m.tokens[i].quote == 0 {
		return m.tokens[i].low
	}
	return ""
}

func article(word string) bool { return word == "a" || word == "an" }
