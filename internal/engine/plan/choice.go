package plan

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// enums fills slots with a fixed choice by the values that are named anywhere.
func (f *filling) enums() {
	for i := range f.slots {
		s := &f.slots[i]
		if s.array() {
			f.enumList(s)
		}
		if !s.open() || s.array() || len(s.Enum) == 1 {
			continue
		}
		f.currency(s)
		f.softValue(s)
		f.valueFirst(s)
		for j := 0; j < len(f.tokens) && s.open(); j++ {
			if !f.used[j] && f.tokens[j].quote == 0 && !f.reserved(s, j) {
				f.enumAt(s, j)
			}
		}
	}
}

// enumList fills an array of fixed choices with all that are named.
func (f *filling) enumList(s *slot) {
	if !s.open() || s.Schema == nil || s.Schema.Items == nil {
		return
	}
	var items []json.RawMessage
	for j := range f.tokens {
		for _, v := range s.Schema.Items.Enum {
			if n := f.phraseAt(j, vocabulary(textOf(v))); n > 0 && f.free(j, j+n) && j != f.command {
				items = append(items, v)
				f.use(j, j+n)
			}
		}
	}
	if len(items) > 0 {
		raw, err := json.Marshal(items)
		if err == nil {
			f.give(s, raw, 0, 0, 0.7)
		}
	}
}

// reserved says whether the word at j is taken by what the message commands:
// "open" in "open a ticket" is no status. An update, or a decision that has to
// be made, may be said by its verb alone.
func (f *filling) reserved(s *slot, j int) bool {
	if j == f.command && !strings.HasPrefix(f.tokens[j].low, "re") {
		if j+1 < len(f.tokens) && slices.Contains([]string{"a", "an", "new"}, f.tokens[j+1].low) {
			return true
		}
		return !(s.Required && f.effect == openapi.Write || f.lead == "update") || f.verb == f.lead && !s.Required
	}
	return false
}

// valueFirst fills a choice whose value stands before its name: high urgency.
func (f *filling) valueFirst(s *slot) {
	for j := range f.tokens {
		_, n := f.enumMatch(s, j)
		if n == 0 || j+n >= len(f.tokens) || f.tokens[j+n-1].ends() {
			continue
		}
		for _, p := range s.phrases {
			if k := f.phraseAt(j+n, p); k > 0 && f.free(j, j+n+k) && f.enumAt(s, j) {
				f.use(j+n, j+n+k)
				return
			}
		}
	}
}

// enumAt gives the slot the value that is named at token j.
func (f *filling) enumAt(s *slot, j int) bool {
	best, n := f.enumMatch(s, j)
	if n == 0 || !f.free(j, j+n) {
		return false
	}
	f.give(s, s.Enum[best], j, j+n, 0.7)
	return true
}

// enumMatch is the value whose words stand at token j, the longest there is.
func (f *filling) enumMatch(s *slot, j int) (best, length int) {
	for i, words := range s.values {
		n := f.phraseAt(j, words)
		if n == 0 && len(words) == 1 && len(f.tokens[j].parts) > 1 && strings.EqualFold(textOf(s.Enum[i]), f.tokens[j].text) {
			n = 1
		}
		if again, ok := strings.CutPrefix(f.tokens[j].low, "re"); ok && n == 0 && j == f.command && len(words) == 1 && words[0] == again {
			n = 1 // "reopen" is back to open
		}
		if n > length {
			best, length = i, n
		}
	}
	return best, length
}

// currency fills a slot whose values are currencies.
func (f *filling) currency(s *slot) {
	for i := range f.entities {
		e := &f.entities[i]
		if e.currency == "" {
			continue
		}
		for _, v := range s.Enum {
			if textOf(v) == e.currency {
				f.give(s, v, 0, 0, 0.5)
			}
		}
	}
}

// softValue takes one of the values that a description gives as examples.
func (f *filling) softValue(s *slot) {
	for _, v := range s.soft {
		for j, t := range f.tokens {
			if len(s.soft) > 1 && t.quote == 0 && !f.used[j] && strings.EqualFold(t.text, v) {
				f.give(s, jsonText(v), j, j+1, 0.5)
			}
		}
	}
}

// boolAt fills a yes or no that is introduced by its name.
func (f *filling) boolAt(s *slot, at int) bool {
	switch low := f.tokens[at].low; {
	case low == "yes" || low == "true" || low == "on" && s.switches():
		f.give(s, truth(true), at, at+1, 0.8)
	case low == "no" || low == "false" || low == "off" && s.switches():
		f.give(s, truth(false), at, at+1, 0.8)
	}
	return !s.open()
}

// switches says whether the slot is for being on or off.
func (s *slot) switches() bool { return s.named("enabled", "active", "on") }

// flags fills what is yes or no by the mention of its name, or of a word for
// being on or off.
func (f *filling) flags() {
	for i := range f.slots {
		s := &f.slots[i]
		if !s.open() || s.typ != "boolean" || s.array() {
			continue
		}
		if s.switches() && f.onOff(s) {
			continue
		}
		for j := range f.tokens {
			for _, p := range s.phrases {
				n := f.phraseAt(j, p)
				if n == 0 || !f.free(j, j+n) {
					continue
				}
				f.give(s, truth(!f.negated(j)), j, j+n, 0.7)
			}
		}
	}
}

var (
	onWords  = set("on enabl activ activat enable active")
	offWords = set("off disabl inactiv deactivat disable inactive")
)

func (f *filling) onOff(s *slot) bool {
	for j, t := range f.tokens {
		if t.quote > 0 || f.used[j] || j+1 < len(f.tokens) && f.entity(j+1) != nil && f.entity(j+1).sort == when {
			continue
		}
		switch {
		case t.low == "on" && !f.switched(j):
		case onWords[t.stem] || onWords[t.low]:
			f.give(s, truth(!f.negated(j)), j, j+1, 0.7)
		case offWords[t.stem] || offWords[t.low]:
			f.give(s, truth(f.negated(j)), j, j+1, 0.7)
		}
	}
	return !s.open()
}

// switched says whether the "on" at j is the state and not a preposition.
func (f *filling) switched(j int) bool {
	return j == len(f.tokens)-1 || f.tokens[j].ends() || slices.Contains([]string{"update", "create", "enable", "disable"}, f.verb) || j > 0 && f.tokens[j-1].low == "are" || j > 0 && f.tokens[j-1].low == "is"
}

func truth(b bool) json.RawMessage {
	if b {
		return json.RawMessage("true")
	}
	return json.RawMessage("false")
}
