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
	for i := range p.Statements {
		s := &p.Statements[i]
		for j := range s.resources {
			if s.resources[j].mentions(prefix) {
				return true
			}
		}
		for j := range s.conditions {
			if s.conditions[j].mentions(prefix) {
				return true
			}
		}
	}
	return false
}

func (c *condition) mentions(prefix string) bool {
	if strings.HasPrefix(c.key, prefix) {
		return true
	}
	for i := range c.operands {
		if c.operands[i].pattern.mentions(prefix) {
			return true
		}
	}
	return false
}

func (p *pattern) mentions(prefix string) bool {
	for i := range p.parts {
		if v := p.parts[i].variable; v != nil && strings.HasPrefix(v.key, prefix) {
			return true
		}
	}
	return false
}
