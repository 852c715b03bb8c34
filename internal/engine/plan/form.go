package plan

import "strings"

// forms fills what is known by its form: addresses, links, UUIDs, and codes by
// pattern or by the example of the description.
func (f *filling) forms() {
	for _, required := range []bool{true, false} {
		for i := range f.slots {
			s := &f.slots[i]
			if !s.open() || s.typ != "string" || len(s.Enum) > 0 || s.Required != required {
				continue
			}
			if s.array() {
				f.formList(s)
				continue
			}
			for j := 0; j < len(f.tokens) && s.open(); j++ {
				if !f.used[j] {
					f.formAt(s, j, j)
				}
			}
		}
	}
	f.loose()
}

// formAt gives the slot the token at j if it has the slot's form.
func (f *filling) formAt(s *slot, cue, j int) {
	if text, ok := f.formed(s, j); ok {
		worth := 1.0
		if s.shape != "" && !s.formed(text) {
			worth = 0.9 // of the form of the example, but of another kind
		}
		f.give(s, jsonText(text), cue, j+1, worth)
	}
}

func (f *filling) formed(s *slot, j int) (string, bool) {
	t, e := f.tokens[j], f.entity(j)
	sorted := func(want sort) (string, bool) { return t.text, e != nil && e.sort == want }
	switch s.Format {
	case "email", "idn-email":
		return sorted(address)
	case "uri", "url", "uri-reference", "iri":
		return sorted(link)
	case "uuid":
		return sorted(identifier)
	}
	if s.loose || s.dated() || t.quote > 0 {
		return "", false
	}
	if s.shape == "A" && t.text != strings.ToUpper(t.text) {
		return "", false
	}
	return s.takes(strings.TrimPrefix(t.text, "#"))
}

// loose fills slots whose pattern takes almost any word, with one that looks
// like a name for machines, or else stands in the place of one.
func (f *filling) loose() {
	for i := range f.slots {
		s := &f.slots[i]
		if !s.open() || !s.loose || !s.Required || len(s.Enum) > 0 || s.array() {
			continue
		}
		for j, t := range f.tokens {
			e := f.entity(j)
			if f.used[j] || e == nil || e.sort != code {
				continue
			}
			if text, ok := s.takes(t.text); ok {
				f.give(s, jsonText(text), j, j+1, 1)
			}
		}
	}
}

// textID fills an id that is a text of no known form with the number that is
// left, or a code.
func (f *filling) textID() {
	for i := range f.slots {
		s := &f.slots[i]
		if !s.open() || !s.id || s.typ != "string" || s.pattern != nil || s.shape != "" || s.Format != "" {
			continue
		}
		for j := range f.entities {
			e := &f.entities[j]
			named := e.sort == number && s.Required || e.sort == code
			if named && f.free(e.first, e.last) && s.open() && !f.foreign(s, e) {
				f.give(s, jsonText(strings.TrimPrefix(e.text, "#")), e.first, e.first+1, 0.9)
			}
		}
	}
}
