package openapi

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A unit is a part of the document that is reached as a whole: an operation,
// what a path item says for all its operations, or a component. Faults spread
// from a unit to the units that refer to it.
type unit struct {
	uses    []*unit
	usedBy  []*unit
	broken  []Finding // refused findings of its own
	reached bool
}

// A fault is a finding whose grade depends on whether an operation reaches it.
type fault struct {
	unit *unit
	node *node
	note note
}

// A tidier holds the tree against the grammar. What is of the wrong kind is
// coerced where the meaning is plain (a version given as a number), otherwise
// set aside, so that the library never refuses a document for a detail.
type tidier struct {
	*reader
	units     map[*node]*unit
	refs      []pendingRef
	faults    []fault
	hoistedAt map[*node]hoisted
}

type pendingRef struct {
	node *node
	want shape
	from *unit
}

// object walks n as an object of shape s, on behalf of u.
func (t *tidier) object(n *node, s shape, u *unit) {
	if n.shape != noShape {
		return
	}
	n.shape = s
	if own := t.ownUnit(n, s); own != nil {
		if s == operationShape {
			own.use(u) // what the path item says for all of them
		}
		u = own
	}
	if ref := t.reference(n, s); ref != nil {
		t.refs = append(t.refs, pendingRef{n, s, u})
		if s != pathItemShape && !(s == schemaShape && t.siblings) {
			return // in OpenAPI 3.0 what stands beside $ref is ignored
		}
	}
	for _, k := range n.kids {
		if s == pathsShape && !strings.HasPrefix(k.key, "/") {
			continue // rules.go says what to think of it
		}
		if r, ok := field(s, k.key); ok {
			t.value(k, r, u)
		}
	}
	if s == parameterShape {
		t.clauses(n, u)
	}
}

// ownUnit starts a unit where the tree has one.
func (t *tidier) ownUnit(n *node, s shape) *unit {
	switch {
	case s == responseShape: // what is wrong with an answer keeps nobody from asking
	case s == operationShape, s == pathItemShape, s == documentShape, inComponents(n):
	default:
		return nil
	}
	return t.unitOf(n)
}

func (t *tidier) unitOf(n *node) *unit {
	u := t.units[n]
	if u == nil {
		u = &unit{}
		t.units[n] = u
	}
	return u
}

// reference returns the $ref of n, when n is one.
func (t *tidier) reference(n *node, s shape) *node {
	if !s.referable() {
		return nil
	}
	if ref := t.tree.member(n, "$ref"); ref.is(stringKind) {
		return ref
	}
	return nil
}

// value walks a member or an item by its rule.
func (t *tidier) value(n *node, r rule, u *unit) {
	if !n.is(r.kinds) && !coerce(n, r) {
		t.setAside(n, r, u)
		return
	}
	switch {
	case r.kinds == numberKind && r.whole && !isCount(n.text), n.is(numberKind) && r.kinds&stringKind == 0 && !isFinite(n.text):
		t.setAside(n, r, u)
	case r.many:
		t.many(n, r, u)
	case r.each != 0 && n.is(arrayKind|objectKind):
		for _, k := range n.kids {
			t.value(k, rule{kinds: r.each}, u)
		}
	case r.shape != noShape && n.is(objectKind):
		t.object(n, r.shape, u)
	}
}

func (t *tidier) many(n *node, r rule, u *unit) {
	each := rule{kinds: objectKind, shape: r.shape, vital: r.vital}
	if r.shape == schemaShape {
		each.kinds |= boolKind
	}
	for _, k := range n.kids {
		if r.shape == responseShape && strings.HasPrefix(k.key, "x-") && n.parent.shape == operationShape {
			k.dropped = true // an extension, not a status
			continue
		}
		t.value(k, each, u)
	}
}

// coerce turns a scalar into the kind that is wanted where only one meaning is
// possible.
func coerce(n *node, r rule) bool {
	switch {
	case r.kinds&stringKind != 0 && n.is(numberKind|boolKind):
		n.kind = stringKind
		return true
	case r.kinds&numberKind != 0 && n.is(stringKind) && isJSONNumber(n.text):
		n.kind = numberKind
		return true
	case r.kinds&boolKind != 0 && n.is(stringKind) && (n.text == "true" || n.text == "false"):
		n.kind = boolKind
		return true
	}
	return false
}

func isCount(text string) bool {
	_, err := strconv.ParseUint(text, 10, 64)
	return err == nil
}

func isFinite(text string) bool {
	f, err := strconv.ParseFloat(text, 64)
	return err == nil && !math.IsInf(f, 0)
}

func (t *tidier) setAside(n *node, r rule, u *unit) {
	n.dropped = true
	if n.is(nullKind) && (!r.vital || r.many || r.shape == bodyShape) {
		return // an empty member is as good as none, unless it is an operation
	}
	want := wanted(r)
	m := advise("field-kind", fmt.Sprintf("this must be %s, not %s; it is ignored", want, n.kind), "give "+want+" here or remove it")
	if r.vital {
		m = refuse("field-kind", fmt.Sprintf("this must be %s, not %s", want, n.kind), "give "+want+" here")
	}
	t.faults = append(t.faults, fault{u, n, m})
}

func wanted(r rule) string {
	if r.whole {
		return "a whole number of at least 0"
	}
	var names []string
	for k := boolKind; k <= objectKind; k <<= 1 {
		if r.kinds&k != 0 {
			names = append(names, k.String())
		}
	}
	if r.shape != noShape && !r.many && len(names) == 1 {
		return names[0] + " (" + r.shape.String() + ")"
	}
	return strings.Join(names, " or ")
}
