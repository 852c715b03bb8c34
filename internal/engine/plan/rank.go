package plan

import (
	"math"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/openapi"
)

// Weights of where a word of the message is found in an action.
const (
	inName        = 3.0
	inExample     = 1.5
	inEnum        = 1.2
	inInput       = 1.0
	inDescription = 1.0
	inAbout       = 0.3 // the description of an input
)

// A candidate is a tool with what it is known by.
type candidate struct {
	tool      int
	action    *openapi.Action
	inputs    []action.Input
	separator string
	lead      string // group of the verb that its name begins with
	words     map[string]float64
	score     float64
	common    float64 // of words that not every plugin has: how much the message is about it
}

// candidates prepares the tools that people may ask for.
func candidates(tools []Tool) []candidate {
	out := make([]candidate, 0, len(tools))
	for i, t := range tools {
		if t.Action == nil || t.Action.Internal {
			continue
		}
		c := candidate{tool: i, action: t.Action, words: map[string]float64{}}
		c.inputs, c.separator = action.Inputs(t.Action)
		c.read()
		out = append(out, c)
	}
	return out
}

func (c *candidate) read() {
	a := c.action
	name := slices.Concat(vocabulary(a.Name), vocabulary(a.OperationID))
	c.lead = leadOf(a, name)
	c.note(name, inName)
	c.note(vocabulary(a.InstructionExample), inExample)
	c.note(vocabulary(a.Description), inDescription)
	for _, in := range c.inputs {
		c.note(vocabulary(in.Key), inInput)
		c.note(vocabulary(in.DisplayName), inInput)
		c.note(vocabulary(in.Description), inAbout)
		for _, v := range in.Enum {
			c.note(vocabulary(textOf(v)), inEnum)
		}
	}
}

func (c *candidate) note(words []string, weight float64) {
	for _, w := range words {
		if !stops[w] && c.words[w] < weight {
			c.words[w] = weight
		}
	}
}

// leadOf is the group of the first verb in an action's name, or that of its
// method.
func leadOf(a *openapi.Action, name []string) string {
	if len(name) > 0 {
		if g := verbs[name[0]]; g != "" {
			return g
		}
	}
	if words := vocabulary(a.OperationID); len(words) > 0 && verbs[words[0]] != "" {
		return verbs[words[0]]
	}
	switch a.Method {
	case "GET", "HEAD":
		return "get"
	case "DELETE":
		return "delete"
	case "PUT", "PATCH":
		return "update"
	}
	return ""
}

// rank scores the candidates by the words of the message and puts the best
// first.
func rank(m *message, list []candidate) {
	words := m.content(list)
	frequency := map[string]int{}
	for i := range list {
		for w := range words {
			if list[i].words[w] > 0 {
				frequency[w]++
			}
		}
	}
	for i := range list {
		c := &list[i]
		for w, weight := range words {
			if found := c.words[w]; found > 0 {
				rare := math.Log(1 + (float64(len(list))+0.5)/float64(frequency[w]))
				c.score += weight * found * rare
				if !general[verbs[w]] {
					c.common += weight * found * rare
				}
			}
		}
		c.score += c.suits(m)
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		switch {
		case a.score > b.score:
			return -1
		case a.score < b.score:
			return 1
		}
		return a.tool - b.tool
	})
}

// content is the words of the message that may say what it is about, each with
// its weight: slips of the finger mended, other words for the same thing added.
func (m *message) content(list []candidate) map[string]float64 {
	out := map[string]float64{}
	for i := range m.tokens {
		t := &m.tokens[i]
		if t.quote > 0 || stops[t.low] {
			continue
		}
		if e := m.entity(i); e != nil && e.sort != code && e.sort != number && e.sort != lasting {
			continue
		}
		if t.parts == nil {
			m.mend(i, list)
			out[t.stem] = 1
		}
		for _, p := range t.parts {
			out[p] = max(out[p], 0.5)
		}
	}
	for w, head := range alike {
		for v := range out {
			if alike[v] == head && out[w] == 0 {
				out[w] = 0.7
			}
		}
	}
	return out
}

// mend replaces a word that nobody knows by the one it is a slip of: a word of
// the actions, or a verb.
func (m *message) mend(i int, list []candidate) {
	t := &m.tokens[i]
	if len(t.stem) < 4 || t.capital() && i > 0 || verbs[t.stem] != "" || known(t.stem, list) {
		return
	}
	best := ""
	take := func(w string) {
		if near(t.stem, w) && (best == "" || w < best) {
			best = w
		}
	}
	for v := range verbs {
		take(v)
	}
	if best == "" {
		for j := range list {
			for w, weight := range list[j].words {
				if weight >= inInput {
					take(w)
				}
			}
		}
	}
	if best != "" {
		t.stem = best
		m.findCommand()
	}
}

func known(stem string, list []candidate) bool {
	return slices.ContainsFunc(list, func(c candidate) bool { return c.words[stem] > 0 })
}

// suits is how well the verbs of message and action go together.
func (c *candidate) suits(m *message) float64 {
	reads := c.action.Effect == openapi.Read
	score := 0.0
	switch {
	case m.verb == "" && reads:
		score = 0.5
		if m.question {
			score = 1
		}
	case m.verb == "":
	case m.verb == c.lead:
		score = 3
	case kin[[2]string{m.verb, c.lead}] || kin[[2]string{c.lead, m.verb}]:
		score = 1.5
	case reading(m.verb) != reads:
		score = -2
	}
	if m.question && reads && !reading(m.verb) {
		score++
	}
	if m.question && !reads {
		score -= 0.5
	}
	return score
}

func reading(verb string) bool { return verb == "get" || verb == "search" || verb == "track" }

// nouns are the words of the action's name and examples, which a request
// repeats without meaning them as values.
func (c *candidate) nouns() map[string]bool {
	out := map[string]bool{}
	for w, weight := range c.words {
		if weight >= inExample {
			out[w] = true
		}
	}
	for _, in := range c.inputs {
		for _, w := range strings.Fields(strings.ToLower(in.DisplayName)) {
			out[stem(w)] = true
		}
	}
	return out
}
