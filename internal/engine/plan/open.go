package plan

import (
	"slices"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// plain says whether the message is certainly about the action: where documents
// can be searched instead, a question that is taken for a request is worse than
// a request that is answered from documents. A request names the action's
// things, by a verb that fits. A question names them too, and speaks of hardly
// anything else; one about how, why or whether something may be is none for an
// action, and no question asks for a write.
func (c choice) plain() bool {
	m := c.message
	if m.reasons() || c.action.Effect != openapi.Read && (m.asks || m.question && m.command < 0) {
		return false
	}
	named, known, all := c.coverage()
	if c.addressed() && all-known <= 1 {
		return true
	}
	if !m.asks && m.command >= 0 && c.suits(m) >= 0 {
		return named > 0 || c.gain >= 0.7 && 2*known >= all
	}
	return named > 0 && known == all
}

// coverage counts the words of the message that say what it is about: those that
// name what the action is about, those that it explains at all, and all of them.
func (c choice) coverage() (named, known, all int) {
	nouns, terms := c.candidate.nouns()
	for _, k := range c.candidate.credits {
		if c.hollows(k) && !c.called(k.word) {
			delete(nouns, k.word)
		}
	}
	for i, t := range c.message.tokens {
		if e := c.message.entity(i); e != nil && e.sort == code && c.used[i] {
			named++
		}
		if i == c.message.command || !c.message.telling(i) || c.message.entity(i) != nil || c.used[i] && i > 0 && t.capital() {
			continue // a value
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

// reasons says whether the message asks how, why or whether something may or
// must be.
func (m *message) reasons() bool {
	low := func(i int) string {
		if i < len(m.tokens) && m.tokens[i].quote == 0 {
			return m.tokens[i].low
		}
		return ""
	}
	switch first, second := low(0), low(1); first {
	case "what", "what's":
		return second == "is" && article(low(2)) || first == "what's" && article(second) // a definition
	case "why", "may", "must", "should", "explain", "describe", "summarise", "summarize", "do", "does", "did":
		return true
	case "how":
		return second != "many" && second != "much"
	case "can", "could":
		return second != "you"
	case "are", "is", "was", "were":
		return second == "there"
	}
	return false
}

func article(word string) bool { return word == "a" || word == "an" }
