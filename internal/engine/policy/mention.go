package policy

import (
	"slices"
	"strings"
)

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
	for i := range p.Statements {
		s := &p.Statements[i]
		for j := range s.resources {
			p.add(&s.resources[j])
		}
		for j := range s.conditions {
			c := &s.conditions[j]
			p.note(c.key)
			for k := range c.operands {
				p.add(&c.operands[k].pattern)
			}
		}
	}
}

// add notes the keys of a pattern's variables.
func (p *Policy) add(of *pattern) {
	for i := range of.parts {
		if v := of.parts[i].variable; v != nil {
			p.note(v.key)
		}
	}
}

func (p *Policy) note(key string) {
	if !slices.Contains(p.keys, key) {
		p.keys = append(p.keys, key)
	}
}
