package acl

// rule is a list as a Book judges it: with the numbers of principals in place of
// their names, since names are slow to look up and one search judges thousands.
type rule struct{ allow, deny side }

// side is the entries of one kind.
type side struct {
	all      bool // every control has to hold
	controls []clause
}

// clause is a control's entries of one kind, at least one.
type clause struct {
	all        bool // every principal has to be there
	principals []uint32
}

// rule makes one of a list, all of whose principals have numbers, without what it has
// beside it (Also).
func (b *Book) rule(l *List) rule {
	return rule{b.side(l, false), b.side(l, true)}
}

func (b *Book) side(l *List, deny bool) side {
	s := side{all: l.All}
	for _, c := range l.Controls {
		one := clause{all: c.All}
		for _, e := range c.Entries {
			if e.Deny == deny {
				one.principals = append(one.principals, b.postings[e.Principal].number)
			}
		}
		if one.principals != nil {
			s.controls = append(s.controls, one)
		}
	}
	return s
}

// admits is List.Allows for somebody who is the principals of those numbers.
func (h *held) admits(is bitset) bool {
	for i := range h.rules {
		r := &h.rules[i]
		if len(r.allow.controls) > 0 && !r.allow.holds(is) || r.deny.holds(is) {
			return false
		}
	}
	return true
}

// holds is List.holds. A side without entries does not hold.
func (s *side) holds(is bitset) bool {
	for i := range s.controls {
		if s.controls[i].holds(is) != s.all {
			return !s.all
		}
	}
	return s.all && len(s.controls) > 0
}

func (c *clause) holds(is bitset) bool {
	for _, n := range c.principals {
		if is.has(n) != c.all {
			return !c.all
		}
	}
	return c.all
}
