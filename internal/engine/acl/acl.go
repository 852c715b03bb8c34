// Package acl decides who may see a document.
//
// It owns what an access control list means (List), and the lists of a whole
// index at once (Book): which of ten thousand somebody satisfies. Who somebody is
// (Set) is found out before: resource/directory resolves aliases and nested groups.
// Where a list is kept, and which documents have it, is for the callers to know.
//
// A list has controls, a control has entries, and an entry allows or denies one
// user or group. The entries that allow, and those that deny, are judged apart: of
// a control's allowing entries one has to name whoever asks, or all of them (All);
// of the controls with allowing entries one has to be satisfied, or all of them;
// and likewise for the denying ones. Whoever is denied is not allowed. Nothing that
// allows means that everyone is, so that no list at all is a public document (API
// model: AccessConfiguration, DocumentAcl). Nobody, which is who uses an anonymous
// application, sees public documents alone: of whom nothing is known it is not known
// either that they are not denied (user guide, "Creating an Amazon Q Business
// application environment for anonymous access").
package acl

import (
	"cmp"
	"slices"
)

// Principal is a user or a group, as a list names them.
type Principal struct {
	Group bool   `json:"group,omitzero"`
	Name  string `json:"name"` // a user's e-mail address is in the form in which addresses are compared

	// Source is the data source whose own user or group it is (membership type
	// DATASOURCE), empty for one of the whole index (INDEX).
	Source string `json:"source,omitzero"`
}

// compare orders principals.
func (p Principal) compare(o Principal) int {
	return cmp.Or(cmp.Compare(p.Source, o.Source), compareBool(p.Group, o.Group), cmp.Compare(p.Name, o.Name))
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// Set is who somebody is: their own name, their aliases, and all groups they are
// in. The nil Set is nobody.
type Set map[Principal]struct{}

// SetOf makes a Set.
func SetOf(all ...Principal) Set {
	s := make(Set, len(all))
	for _, p := range all {
		s[p] = struct{}{}
	}
	return s
}

// Has reports whether p is one of those.
func (s Set) Has(p Principal) bool {
	_, ok := s[p]
	return ok
}

// Entry allows or denies a principal.
type Entry struct {
	Principal
	Deny bool `json:"deny,omitzero"`
}

// Control is a group of entries.
type Control struct {
	All     bool    `json:"all,omitzero"` // memberRelation AND: every entry of a kind has to hold, and not just one
	Entries []Entry `json:"entries"`
}

// List is a document's access control list. Its JSON form is what is stored. The
// nil List, and one without entries, is that of a public document.
type List struct {
	All      bool      `json:"all,omitzero"` // memberRelation AND: every control has to hold, and not just one
	Controls []Control `json:"controls"`

	Also *List `json:"also,omitzero"` // has to let somebody see the document too (Both)
}

// Both lets somebody see what both lists let them see. It is of what has one list
// and is about to have another: nobody is to see it by the one whom the other
// keeps out. What a already had beside its own controls is forgotten.
func Both(a, b *List) *List {
	switch {
	case a.Public():
		return b
	case b.Public():
		return a
	}
	own := &List{All: a.All, Controls: a.Controls}
	if own.Public() || own.ID() == b.ID() {
		return b
	}
	own.Also = b
	return own
}

// Allows reports whether a list lets somebody see the document.
func (l *List) Allows(who Set) bool {
	if l.Public() {
		return true
	}
	if len(who) == 0 {
		return false
	}
	allowed, given := l.holds(who, false)
	if given && !allowed {
		return false
	}
	denied, _ := l.holds(who, true)
	return !denied && l.Also.Allows(who)
}

// holds judges the entries of one kind: whether they hold for somebody, and
// whether there are any.
func (l *List) holds(who Set, deny bool) (holds, given bool) {
	for i := range l.Controls {
		fits, asked := l.Controls[i].holds(who, deny)
		if !asked {
			continue
		}
		given = true
		if fits != l.All {
			return fits, true // one of OR, or one that fails of AND: it is decided
		}
	}
	return given && l.All, given
}

func (c *Control) holds(who Set, deny bool) (holds, given bool) {
	for i := range c.Entries {
		e := &c.Entries[i]
		if e.Deny != deny {
			continue
		}
		given = true
		if who.Has(e.Principal) != c.All {
			return !c.All, true
		}
	}
	return given && c.All, given
}

// Public reports whether everyone may see the document, because there are no
// entries.
func (l *List) Public() bool {
	return l == nil || l.Also.Public() && !slices.ContainsFunc(l.Controls, func(c Control) bool { return len(c.Entries) > 0 })
}
