package plan

import (
	"cmp"
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
	verbal        = 2.0 // at most, of a verb that every plugin has: suits weighs it
)

// A candidate is a tool with what it is known by.
type candidate struct {
	tool      int
	action    *openapi.Action
	inputs    []action.Input
	separator string
	lead      string // group of the verb that its name begins with
	terms     []term
	things    []string // stems of what its path has numbers of: the incidents of /incidents/{id}
	score     float64
	common    float64 // of words that not every plugin has: how much the message is about it
	credits   []credit
}

// A credit is what the name of an input has added to the score.
type credit struct {
	input int
	word  string
	worth float64
}

// A term is a stem by which an action may be known, and how well.
type term struct {
	word   string
	weight float64
	input  int32 // that it is a word of; 0: of none, 1: the first
	leads  bool  // it is the verb that the name begins with
}

// candidates prepares the tools that people may ask for.
func candidates(tools []Tool) []candidate {
	out := make([]candidate, 0, len(tools))
	for i, t := range tools {
		if t.Action == nil || t.Action.Internal {
			continue
		}
		c := candidate{tool: i, action: t.Action, terms: make([]term, 0, 64)}
		c.inputs, c.separator = action.Inputs(t.Action)
		c.read()
		out = append(out, c)
	}
	return out
}

func (c *candidate) read() {
	a := c.action
	c.lead = leadOf(a)
	c.things = things(a.Path)
	c.note(a.Name, inName, 0)
	c.note(a.OperationID, inName, 0)
	c.note(a.InstructionExample, inExample, 0)
	c.note(a.Description, inDescription, 0)
	n := int32(0)
	for _, in := range c.inputs {
		n++
		c.note(in.Key, inInput, n)
		if in.DisplayName != in.Key {
			c.note(in.DisplayName, inInput, n)
		}
		for _, v := range in.Enum {
			c.note(textOf(v), inEnum, n)
		}
	}
}

func (c *candidate) note(text string, weight float64, input int32) {
	first := true
	for w := range terms(text) {
		c.terms = append(c.terms, term{w, weight, input, weight == inName && first && verbs[w] != ""})
		first = false
	}
}

// leadOf is the group of the verb that an action's name or id begins with, or
// else that of its method.
func leadOf(a *openapi.Action) string {
	for _, text := range []string{a.Name, a.OperationID} {
		for first := range terms(text) {
			if group := verbs[first]; group != "" {
				return group
			}
			break
		}
	}
	switch a.Method {
	case "GET", "HEAD":
		return "get"
	case "DELETE":
		return "delete"
	case "PUT", "PATCH":
		return "update"
	}
	for first := range terms(a.Name) {
		return first // a verb that is not known
	}
	return ""
}

// rank scores the candidates by the words of the message and puts the best
// first. A word that few of them have says more than one that all have.
func rank(m *message, list []candidate) {
	words := m.content(list)
	found, frequency := words.in(list)
	object := m.object(list)
	for i := range list {
		c := &list[i]
		for at, t := range found[i] {
			if t.weight > 0 {
				rarity := math.Log(1 + (float64(len(list))+0.5)/frequency[at])
				if t.leads && !m.orders(t.word) {
					rarity = 0 // "show the logs" is no "Log activity"
				}
				c.take(t, words.weights[at]*t.weight*rarity, m.commands(words.stems[at]))
			}
		}
		c.score += c.means(object) + c.suits(m)
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.tool, b.tool))
	})
}

// in finds the words in what the candidates are known by, where each counts most, and
// says how many have it.
func (c *content) in(list []candidate) (found [][]term, frequency []float64) {
	found = make([][]term, len(list)) // by candidate and word
	frequency = make([]float64, len(c.stems))
	for i := range list {
		found[i] = make([]term, len(c.stems))
		for _, t := range list[i].terms {
			if at, ok := c.index[t.word]; ok && t.weight > found[i][at].weight {
				if found[i][at].weight == 0 {
					frequency[at]++
				}
				found[i][at] = t
			}
		}
	}
	return found, frequency
}

// orders says whether the word is what the message commands, if it commands anything.
func (m *message) orders(word string) bool {
	return m.command < 0 || m.tokens[m.command].stem == word || verbs[m.tokens[m.command].stem] == verbs[word]
}

// take adds what a word of the message is worth for the action.
func (c *candidate) take(t term, worth float64, command bool) {
	if command {
		worth = min(worth, verbal)
	} else {
		c.common += worth
	}
	c.score += worth
	if t.input > 0 {
		c.credits = append(c.credits, credit{int(t.input) - 1, t.word, worth})
	}
}

// commands says whether word is only the verb of the message, of a kind that
// every plugin has.
func (m *message) commands(word string) bool {
	return general[verbs[word]] && (m.command < 0 || m.tokens[m.command].stem == word)
}

// A content is the words of a message that may say what it is about.
type content struct {
	stems   []string
	weights []float64
	index   map[string]int
}

func (c *content) add(stem string, weight float64) {
	at, ok := c.index[stem]
	if !ok {
		at = len(c.stems)
		c.index[stem] = at
		c.stems = append(c.stems, stem)
		c.weights = append(c.weights, 0)
	}
	c.weights[at] = max(c.weights[at], weight)
}

// content is the words of the message, slips of the finger mended, other words
// for the same thing added.
func (m *message) content(list []candidate) content {
	m.mend(list)
	m.findOwn(list)
	out := content{index: map[string]int{}}
	for i, t := range m.tokens {
		if !m.telling(i) {
			continue
		}
		if t.parts == nil {
			out.add(t.stem, 1)
		}
		for _, p := range t.parts {
			out.add(p, 0.5)
		}
	}
	for _, v := range slices.Clone(out.stems) {
		for _, w := range synonyms[alike[v]] {
			out.add(w, 0.7)
		}
	}
	return out
}

// telling says whether the token at i may say what a message is about.
func (m *message) telling(i int) bool {
	t := m.tokens[i]
	if t.quote > 0 || stops[t.low] || counting[t.low] && m.entity(i+1) != nil {
		return false
	}
	e := m.entity(i)
	return e == nil || e.sort == code || e.sort == number || e.sort == lasting
}

// mend replaces words that nobody knows by what they are a slip of: a verb, or a
// word of the actions.
func (m *message) mend(list []candidate) {
	unknown := map[string]bool{}
	for i, t := range m.tokens {
		if m.telling(i) && len(t.stem) >= 4 && t.parts == nil && verbs[t.stem] == "" && (i == 0 || !t.capital()) {
			unknown[t.stem] = true
		}
	}
	for i := range list {
		for _, t := range list[i].terms {
			delete(unknown, t.word)
		}
	}
	for i := range m.tokens {
		word := m.tokens[i].stem
		if !unknown[word] {
			continue
		}
		if best := closest(word, list); best != "" {
			m.tokens[i].stem = best
			m.findCommand()
		}
	}
}

// closest is the word that word may be a slip of; "": there is none. A verb goes
// before a word of the actions, and then the alphabet decides.
func closest(word string, list []candidate) string {
	best := ""
	take := func(w string) {
		if near(word, w) && (best == "" || w < best) {
			best = w
		}
	}
	for v := range verbs {
		take(v)
	}
	if best != "" {
		return best
	}
	for i := range list {
		for _, t := range list[i].terms {
			if t.weight >= inInput {
				take(t.word)
			}
		}
	}
	return best
}

func (c candidate) writes() bool { return c.action.Effect != openapi.Read }

// suits is how well the verbs of message and action go together.
func (c *candidate) suits(m *message) float64 {
	reads := c.action.Effect == openapi.Read
	score := 0.0
	switch {
	case m.verb == "" && reads:
		score = 0.5
		if m.question || m.many {
			score = 1
		}
	case m.verb == "" && m.many:
		score = -1
	case m.verb == "":
	case m.verb == c.lead, c.called(m.tokens[m.command].stem), m.verb == "get" && c.lead == "search" && m.many:
		score = 3
	case kin[[2]string{m.verb, c.lead}] || kin[[2]string{c.lead, m.verb}]:
		score = 1.5
	case reading(m.verb) != reads:
		score = -2
	case !reads && (!general[m.verb] || m.verb == "delete" || c.lead == "delete"):
		score = -1.5 // another change than the one that is wanted
	}
	if m.question && reads && !reading(m.verb) {
		score++
	}
	return score
}

func reading(verb string) bool { return verb == "get" || verb == "search" || verb == "track" }

// nouns are the words of the action's name and examples and of its inputs'
// labels, which a request repeats without meaning them as values; all are those
// and the rest.
func (c *candidate) nouns() (nouns, all map[string]bool) {
	nouns, all = map[string]bool{}, map[string]bool{}
	for _, t := range c.terms {
		all[t.word] = true
		if t.weight >= inExample && !stops[t.word] {
			nouns[t.word] = true
		}
	}
	for _, in := range c.inputs {
		for w := range strings.FieldsSeq(strings.ToLower(in.DisplayName)) {
			nouns[stem(w)] = true
		}
	}
	return nouns, all
}
