package facet

import (
	"cmp"
	"slices"
	"time"
)

// Op is what a node of a filter does.
type Op string

// The operators. And, Or and Not join the filters in Of; the others compare the
// attribute Name with Value.
const (
	And          Op = "and"
	Or           Op = "or"
	Not          Op = "not"
	Equal        Op = "equal"
	ContainsAll  Op = "containsAll"
	ContainsAny  Op = "containsAny"
	Greater      Op = "greater"
	GreaterEqual Op = "greaterEqual"
	Less         Op = "less"
	LessEqual    Op = "lessEqual"
)

// Filter says which documents count, by their attributes. A nil one lets every
// document pass.
type Filter struct {
	Op    Op
	Of    []Filter // of And and Or any number, of Not one
	Name  string
	Value Value
}

// All joins filters: what passes each of them passes it. It is nil when all of
// them are.
func All(filters ...*Filter) *Filter {
	joined := &Filter{Op: And}
	for _, f := range filters {
		if f != nil {
			joined.Of = append(joined.Of, *f)
		}
	}
	switch len(joined.Of) {
	case 0:
		return nil
	case 1:
		return &joined.Of[0]
	}
	return joined
}

// Match reports whether a document with those attributes passes. No comparison
// holds of an attribute that the document does not have, or has of another kind
// than it is compared with; so Not of such a comparison does.
func (f *Filter) Match(v Values) bool {
	if f == nil {
		return true
	}
	switch f.Op {
	case And:
		for i := range f.Of {
			if !f.Of[i].Match(v) {
				return false
			}
		}
		return true
	case Or:
		for i := range f.Of {
			if f.Of[i].Match(v) {
				return true
			}
		}
		return false
	case Not:
		return len(f.Of) == 1 && !f.Of[0].Match(v)
	}
	has, found := v[f.Name]
	return found && has.Kind == f.Value.Kind && holds(f.Op, has, f.Value)
}

// Comparisons are the nodes of a filter that compare, in order.
func (f *Filter) Comparisons(yield func(*Filter) bool) { f.walk(yield) }

func (f *Filter) walk(yield func(*Filter) bool) bool {
	if f == nil {
		return true
	}
	switch f.Op {
	case And, Or, Not:
		for i := range f.Of {
			if !f.Of[i].walk(yield) {
				return false
			}
		}
		return true
	}
	return yield(f)
}

// holds compares two values of one kind.
func holds(op Op, has, with Value) bool {
	switch op {
	case Equal:
		return has.Equal(with)
	case ContainsAll:
		return has.Kind == StringList && within(with.List, has.List)
	case ContainsAny:
		return has.Kind == StringList && slices.ContainsFunc(with.List, func(s string) bool { return slices.Contains(has.List, s) })
	}
	order, ordered := has.compare(with)
	if !ordered {
		return false
	}
	switch op {
	case Greater:
		return order > 0
	case GreaterEqual:
		return order >= 0
	case Less:
		return order < 0
	case LessEqual:
		return order <= 0
	}
	return false
}

// Equal reports whether two values are the same. Strings differ by case; two
// lists are the same when each has every entry of the other, in whatever order.
func (v Value) Equal(w Value) bool {
	if v.Kind != w.Kind {
		return false
	}
	switch v.Kind {
	case "":
		return true // neither has a value
	case String:
		return v.Text == w.Text
	case StringList:
		return within(v.List, w.List) && within(w.List, v.List)
	}
	order, ordered := v.compare(w)
	return ordered && order == 0
}

// within reports whether every entry of inner is in outer.
func within(inner, outer []string) bool {
	return !slices.ContainsFunc(inner, func(s string) bool { return !slices.Contains(outer, s) })
}

// compare orders two numbers or dates. A date is one by the millisecond, as the
// wire has it.
func (v Value) compare(w Value) (order int, ordered bool) {
	switch {
	case v.Kind != w.Kind:
		return 0, false
	case v.Kind == Number:
		return cmp.Compare(v.Number, w.Number), true
	case v.Kind == Date:
		return v.Time.Truncate(time.Millisecond).Compare(w.Time.Truncate(time.Millisecond)), true
	}
	return 0, false
}
