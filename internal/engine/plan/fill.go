package plan

import (
	"bytes"
	"encoding/json"
	"slices"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// A filling gives the pieces of a message to the inputs of one action. Each
// piece is given once; what has a form of its own goes before what has none.
type filling struct {
	*message
	effect openapi.Effect
	lead   string // group of the verb in the action's name
	of     *candidate
	nouns  map[string]bool // words of its name; read when they are needed
	terms  map[string]bool // all words that it is known by
	slots  []slot
	used   []bool  // by token
	placed []bool  // what was used for a reason, and not because it was left
	cueing [][]cue // by token
	gain   float64
}

// fill does it, from the surest to the last resort.
func (f *filling) fill() {
	f.used = make([]bool, len(f.tokens))
	f.findCues()
	for i, t := range f.tokens {
		f.used[i] = talk[t.low] && t.quote == 0 // the conversation is no value
	}
	f.announced(true)
	f.cues()
	f.enums()
	f.forms()
	f.moments()
	f.numbers()
	f.flags()
	f.callers()
	f.ends()
	f.lists()
	f.prepositions()
	f.placed = slices.Clone(f.used)
	f.leftovers()
}

// give sets a slot's value and marks the tokens it came from.
func (f *filling) give(s *slot, value json.RawMessage, first, last int, worth float64) {
	if value == nil || !s.open() || s.id && s.Lookup == nil && bytes.ContainsRune(value, ' ') {
		return // what tells one thing from the others is one word
	}
	s.value, s.end = value, last
	f.use(first, last)
	f.gain += worth
}

func (f *filling) use(first, last int) {
	for i := max(first, 0); i < last && i < len(f.used); i++ {
		f.used[i] = true
	}
}

func (f *filling) free(first, last int) bool {
	return first < last && last <= len(f.used) && !slices.Contains(f.used[first:last], true)
}
