package plan

import (
	"encoding/json"
	"slices"
	"strings"
)

// list fills an array that is introduced by its name.
func (f *filling) list(s *slot, cue, at int) bool {
	var items []string
	last := at
	for j := at; j < len(f.tokens); j++ {
		t := f.tokens[j]
		if t.low == "and" || t.low == "or" || t.low == "&" {
			continue
		}
		if f.used[j] || j > at && f.turns(s, j, false) {
			break
		}
		text, ok := f.item(s, j)
		if !ok {
			break
		}
		items = append(items, text)
		last = j + 1
		if j+1 < len(f.tokens) && !strings.Contains(t.after, ",") && f.tokens[j+1].low != "and" && f.tokens[j+1].low != "or" && f.tokens[j+1].low != "&" {
			break
		}
	}
	f.give(s, jsonList(items), cue, last, 1)
	return !s.open()
}

// item is the text at token j as an item of the slot's array.
func (f *filling) item(s *slot, j int) (string, bool) {
	t := f.tokens[j]
	if s.typ != "string" || stops[t.low] {
		return "", false
	}
	if s.Schema != nil && s.Schema.Items != nil && s.Schema.Items.Format == "email" {
		e := f.entity(j)
		return t.text, e != nil && e.sort == address
	}
	if s.pattern != nil || s.shape != "" {
		return s.takes(t.text)
	}
	return t.text, true
}

func jsonList(items []string) json.RawMessage {
	if len(items) == 0 {
		return nil
	}
	raw, err := json.Marshal(items)
	if err != nil {
		return nil
	}
	return raw
}

// formList fills an array with everything that has the form of its items.
func (f *filling) formList(s *slot) {
	if s.Schema == nil || s.Schema.Items == nil || s.Schema.Items.Format != "email" && (s.pattern == nil || s.loose) {
		return
	}
	var items []string
	for j := range f.tokens {
		if text, ok := f.item(s, j); ok && !f.used[j] {
			items = append(items, text)
			f.use(j, j+1)
		}
	}
	f.give(s, jsonList(items), 0, 0, 1)
}

// lists fills what is left of arrays: codes such as OPS-1 for a list that has to
// be given, then the enumeration behind "for".
func (f *filling) lists() {
	for i := range f.slots {
		s := &f.slots[i]
		if !s.open() || !s.array() || s.typ != "string" || s.pattern != nil {
			continue
		}
		if s.Required {
			f.codes(s)
			continue
		}
		for j, t := range f.tokens {
			enumeration := j+1 < len(f.tokens) && (strings.Contains(f.tokens[j+1].after, ",") || j+2 < len(f.tokens) && f.tokens[j+2].low == "and")
			if t.low == "for" && !f.used[j] && s.open() && enumeration && f.entity(j+1) == nil && slices.ContainsFunc(s.kinds, func(k string) bool { return k == "group" || k == "person" }) {
				f.list(s, j, j+1)
			}
		}
	}
}

func (f *filling) codes(s *slot) {
	var items []string
	for j, t := range f.tokens {
		if e := f.entity(j); e != nil && e.sort == code && !f.used[j] {
			items = append(items, t.text)
			f.use(j, j+1)
		}
	}
	f.give(s, jsonList(items), 0, 0, 1)
}
