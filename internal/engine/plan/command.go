package plan

import "strings"

// findCommand finds the verb that says what to do, and whether the message is a
// question. A question commands nothing but to look: "what was deployed?".
func (m *message) findCommand() {
	m.command, m.verb = -1, ""
	m.asks = len(m.tokens) > 0 && asking[m.tokens[0].low]
	m.question = m.asks
	for i, t := range m.tokens {
		if t.quote > 0 || t.parts != nil || m.entity(i) != nil || m.noun(i) || m.negated(i) {
			continue
		}
		group := verbs[t.stem]
		if p := m.phrasal(i); p != "" {
			group = p
		}
		if group != "" && (!m.asks || reading(group)) {
			m.command, m.verb = i, group
			break
		}
	}
	if n := len(m.tokens); n > 0 && strings.Contains(m.tokens[n-1].after, "?") {
		m.question = true
	}
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
