package policy

import "strings"

// Mentions reports whether any policy of the set asks for a condition key that
// begins with prefix, which is in lower case: as the key of a condition, or in a
// policy variable. Who fills a Context may leave out keys that nobody mentions.
func (s *Set) Mentions(prefix string) bool {
	if s.Boundary != nil && s.Boundary.mentions(prefix) {
		return true
	}
	for _, list := range [...][]*Policy{s.Identity, s.Session, s.Resource} {
		if anyMentions(list, prefix) {
			return true
		}
	}
	for _, levels := range [...][][]*Policy{s.SCPs, s.RCPs} {
		for _, list := range levels {
			if anyMentions(list, prefix) {
				return true
			}
		}
	}
	return false
}

func anyMentions(list []*Policy, prefix string) bool {
	for _, p := range list {
		if p.mentions(prefix) {
			return true
		}
	}
	return false
}

func (p *Policy) mentions(prefix string) bool {
	for _, key := range p.keys {
		if strings.HasPrefix(key, prefix) {
			return true
		}
	}
	return false
}

// gather notes the keys that the statements ask for, each once.
func (p *Policy) gather() {
	noted := map[string]bool{}
	note := func(key, written string) {
		if !noted[key] {
			noted[key] = true
			p.keys, p.written = append(p.keys, key), append(p.written, written)
		}
	}
	for i := range p.Statements {
		s := &p.Statements[i]
		for j := range s.resources {
			s.resources[j].variables(note)
		}
		for j := range s.conditions {
			c := &s.conditions[j]
			note(c.key, c.written)
			for k := range c.operands {
				c.operands[k].pattern.variables(note)
			}
		}
	}
}

// variables gives the key of each of a pattern's variables to note.
func (p *pattern) variables(note func(key, written string)) {
	for i := range p.parts {
		if v := p.parts[i].variable; v != nil {
			note(v.key, v.written)
		}
	}
}
