package openapi

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// resolve follows n's reference, and the reference it finds there, to the object
// meant. Chains have an end: the tidying makes no link that would close a loop.
func (t *tree) resolve(n *node) *node {
	for {
		target, ok := t.links[n]
		if !ok {
			return n
		}
		n = target
	}
}

// maxRefChain bounds references that lead to references.
const maxRefChain = 32

// localPointer returns the JSON pointer of a reference within the document.
// Percent-encoding is undone: "#/paths/~1tasks~1%7Bid%7D" is common.
func localPointer(ref string) (string, bool) {
	pointer, ok := strings.CutPrefix(ref, "#/")
	if !ok {
		return "", false
	}
	if plain, err := url.PathUnescape(pointer); err == nil {
		pointer = plain
	}
	return "/" + pointer, true
}

// follow checks every reference that was collected, walking targets that lie
// outside the grammar's reach, and joins the units they connect.
func (t *tidier) follow() {
	for len(t.refs) > 0 {
		batch := t.refs
		t.refs = nil
		for _, p := range batch {
			t.followOne(p)
		}
	}
}

func (t *tidier) followOne(p pendingRef) {
	ref := t.tree.member(p.node, "$ref")
	target, problem := t.target(ref.text, p.want)
	if problem.rule != "" {
		t.faults = append(t.faults, fault{p.from, ref, problem})
		ref.dropped = true
		switch p.want {
		case schemaShape:
			p.node.kids = nil // anything goes
		case pathItemShape: // what stands beside the reference still counts
		default:
			p.node.dropped = true
		}
		return
	}
	if target.shape == noShape {
		t.object(target, p.want, t.unitOf(target))
	}
	t.connect(p.node, target, p.want)
	p.from.use(t.enclosing(target))
}

// target finds what a reference means, or says why that cannot be.
func (t *tidier) target(ref string, want shape) (*node, note) {
	pointer, ok := localPointer(ref)
	if !ok {
		return nil, t.notLocal(ref)
	}
	n := t.tree.find(pointer)
	if n == nil {
		return nil, refuse("ref-unresolved", fmt.Sprintf("%.200q points at nothing in this document", ref),
			"correct the reference, or add what it names")
	}
	seen := map[*node]bool{}
	for end := n; ; {
		if !end.is(objectKind) || end.shape != noShape && end.shape != want {
			return nil, refuse("ref-kind", fmt.Sprintf("%.200q does not point at a %s", ref, want), "point at a "+want.String())
		}
		next := t.reference(end, want)
		if next == nil {
			return n, note{}
		}
		seen[end] = true
		if pointer, ok = localPointer(next.text); !ok {
			return n, note{} // its own fault, found at its own place
		}
		if end = t.tree.find(pointer); end == nil {
			return n, note{}
		}
		if seen[end] || len(seen) >= maxRefChain {
			return nil, refuse("ref-loop", fmt.Sprintf("%.200q leads only to references, and back again", ref),
				"let one of the references be the object itself")
		}
	}
}

func (t *tidier) notLocal(ref string) note {
	if strings.HasPrefix(ref, "#") {
		return refuse("ref-unresolved", fmt.Sprintf("%.200q is not a reference into this document", ref),
			"write it as #/components/… with the name of what is meant")
	}
	return refuse("ref-external", fmt.Sprintf("%.200q points outside this document, and other documents are never fetched", ref),
		"copy what it names into /components and refer to that (a bundler such as \"redocly bundle\" does this)")
}

// enclosing returns the unit that n lies in.
func (t *tidier) enclosing(n *node) *unit {
	for ; n != nil; n = n.parent {
		if u := t.units[n]; u != nil {
			return u
		}
	}
	return t.unitOf(t.tree.root)
}

func (u *unit) use(other *unit) {
	if u == other {
		return
	}
	u.uses = append(u.uses, other)
	other.usedBy = append(other.usedBy, u)
}

// reach marks u and all it uses.
func (u *unit) reach() {
	todo := []*unit{u}
	for len(todo) > 0 {
		u, todo = todo[len(todo)-1], todo[:len(todo)-1]
		if !u.reached {
			u.reached = true
			todo = append(todo, u.uses...)
		}
	}
}

// settle gives every fault its grade, now that it is known what operations
// reach, and tells the units that rely on a broken one. An external reference is
// refused wherever it stands.
func (t *tidier) settle() {
	for _, f := range t.faults {
		m := f.note
		if m.grade == Refused && !f.unit.reached && m.rule != "ref-external" {
			m.grade = Advice
			m.message += "; no operation uses it in what it sends"
		}
		if t.found.full(m.grade) && (m.grade == Advice || len(f.unit.broken) >= maxReasons) {
			continue
		}
		found := m.at(f.node)
		t.found.add(found)
		if m.grade == Refused {
			f.unit.breaks(found)
		}
	}
}

// breaks records a refused finding on u and on every unit that uses it. A unit
// that has reasons enough passes no more on, which bounds the whole by
// maxReasons times the number of references.
func (u *unit) breaks(f Finding) {
	todo := []*unit{u}
	for len(todo) > 0 {
		u, todo = todo[len(todo)-1], todo[:len(todo)-1]
		if len(u.broken) >= maxReasons || slices.Contains(u.broken, f) {
			continue
		}
		u.broken = append(u.broken, f)
		todo = append(todo, u.usedBy...)
	}
}

// maxReasons bounds the reasons kept for one operation.
const maxReasons = 20
