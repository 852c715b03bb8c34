package plan

import (
	"slices"
	"strings"
)

// aimed is what it is worth that an action is called after what the message wants.
const aimed = 2.0

// object are the stems of what the command is about, as far as some action is
// called so: the requests of "list all approved leave requests of 2025". It sees
// whether that is in the plural.
func (m *message) object(list []candidate) []string {
	var out []string
	for i := m.command + 1; i < len(m.tokens); i++ {
		t := m.tokens[i]
		if m.entity(i) != nil || particles[t.low] != nil || t.quote > 0 {
			break
		}
		if stops[t.low] || !slices.ContainsFunc(list, func(c candidate) bool { return c.called(t.stem) }) {
			continue
		}
		out = append(out, t.stem)
		m.many = t.low != t.stem && strings.HasSuffix(t.low, "s") && !m.single(i)
		if t.ends() {
			break
		}
	}
	return out
}

// means says how much of the object the action is called after.
func (c *candidate) means(object []string) float64 {
	n := 0
	for _, word := range object {
		if c.called(word) {
			n++
		}
	}
	return aimed * float64(n) / float64(max(1, len(object)))
}
