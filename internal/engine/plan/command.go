package plan

import (
	"slices"
	"strings"
)

// findCommand finds the verb that says what to do, and whether the message is a
// question. A question commands nothing but to look: "what was deployed?".
func (m *message) findCommand() {
	m.command, m.verb = -1, ""
	m.asks = len(m.tokens) > 0 && asking[m.tokens[0].low]
	m.question = m.asks || len(m.tokens) > 0 && strings.Contains(m.tokens[len(m.tokens)-1].after, "?")
	for i, t := range m.tokens {
		if t.quote > 0 || !m.imperative(t) || t.parts != nil || m.entity(i) != nil || m.noun(i) || m.negated(i) {
			continue
		}
		group := verbs[t.stem]
		if p := m.phrasal(i); p != "" {
			group = p
		}
		if group == "create" && t.low == "open" && m.single(i+1) {
			group = "get" // "open page 12" makes none
		}
		if group != "" && (!m.asks || reading(group)) {
			m.command, m.verb = i, group
			break
		}
	}
}

// findOwn takes for the command what an action's name begins with, where the message
// begins with it: "comment on page 12".
func (m *message) findOwn(list []candidate) {
	at := slices.IndexFunc(m.tokens, func(t token) bool { return !stops[t.low] })
	if m.command >= 0 || m.question || at < 0 || m.tokens[at].quote > 0 || m.entity(at) != nil {
		return
	}
	if word := m.tokens[at].stem; slices.ContainsFunc(list, func(c candidate) bool { return c.lead == word }) {
		m.command, m.verb = at, word
	}
}

// imperative says whether a verb has a form that commands: "logs" does not, nor
// does "closed" in a question.
func (m *message) imperative(t token) bool {
	if strings.HasSuffix(t.low, "s") && !strings.HasSuffix(t.low, "ss") {
		return false
	}
	return !m.question || !strings.HasSuffix(t.low, "ed")
}

// phrasal is the group of a verb in two words, such as "take ... out"; "": it is
// none.
func (m *message) phrasal(i int) string {
	for _, p := range phrasals[m.tokens[i].low] {
		for j := i + 1; j < len(m.tokens) && j < i+6; j++ {
			if m.tokens[j].low == p.particle {
				return p.group
			}
		}
	}
	return ""
}

// single says whether one thing is named at token i, by its noun and number or by a
// code.
func (m *message) single(i int) bool {
	for j := i; j < len(m.tokens) && j < i+4; j++ {
		if e := m.entity(j); e != nil {
			return e.sort == code || e.sort == identifier || e.sort == number && m.pointed(e) >= i
		}
	}
	return false
}

func (m *message) negated(j int) bool {
	for k := max(0, j-2); k < j; k++ {
		if negations[m.tokens[k].low] && m.tokens[k].quote == 0 {
			return true
		}
	}
	return false
}

// noun says whether the word at i, which may be a verb, is rather a thing here:
// behind an article or another word for one.
func (m *message) noun(i int) bool {
	if i == 0 {
		return false
	}
	switch m.tokens[i-1].low {
	case "a", "an", "the", "my", "his", "her", "their", "our", "your", "this", "that", "any", "some", "all", "is", "are", "was", "were", "be":
		return true
	}
	return false
}
