package enrich

import (
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/facet"
)

// Operator is how a condition compares, spelled as the API spells it.
type Operator string

// The operators. Those that begin with Not are true when their counterpart is
// not.
const (
	Greater      Operator = "GREATER_THAN"
	GreaterEqual Operator = "GREATER_THAN_OR_EQUALS"
	Less         Operator = "LESS_THAN"
	LessEqual    Operator = "LESS_THAN_OR_EQUALS"
	Equals       Operator = "EQUALS"
	NotEquals    Operator = "NOT_EQUALS"
	Contains     Operator = "CONTAINS"
	NotContains  Operator = "NOT_CONTAINS"
	Exists       Operator = "EXISTS"
	NotExists    Operator = "NOT_EXISTS"
	BeginsWith   Operator = "BEGINS_WITH"
)

// A Condition compares an attribute of a document with a value.
type Condition struct {
	Key      string
	Operator Operator
	Value    *facet.Value // Exists and NotExists need none
}

// Holds reports whether a document with those attributes fulfils the condition;
// every one fulfils nil. An attribute that is absent, or of a kind that the
// operator cannot compare with the value, fulfils NotEquals, NotContains and
// NotExists alone.
func (c *Condition) Holds(v facet.Values) bool {
	if c == nil {
		return true
	}
	switch c.Operator {
	case NotEquals:
		return !c.compare(Equals, v)
	case NotContains:
		return !c.compare(Contains, v)
	case NotExists:
		return !c.compare(Exists, v)
	}
	return c.compare(c.Operator, v)
}

func (c *Condition) compare(o Operator, v facet.Values) bool {
	has, found := v[c.Key]
	switch {
	case !found:
		return false
	case o == Exists:
		return !empty(has)
	case c.Value == nil:
		return false
	}
	if comparison, ok := comparisons[o]; ok {
		f := facet.Filter{Op: comparison, Name: c.Key, Value: *c.Value}
		return f.Match(v)
	}
	return textual(o, has, *c.Value)
}

// comparisons are the operators that filters have too.
var comparisons = map[Operator]facet.Op{
	Equals: facet.Equal, Greater: facet.Greater, GreaterEqual: facet.GreaterEqual,
	Less: facet.Less, LessEqual: facet.LessEqual,
}

// empty reports whether a value is there and says nothing: no text, or no
// entries.
func empty(v facet.Value) bool {
	return v.Kind == facet.String && v.Text == "" || v.Kind == facet.StringList && len(v.List) == 0
}

// textual is Contains and BeginsWith. A text contains its parts, a list its
// entries: one, or all of another list. A list begins with what one of its
// entries begins with.
func textual(o Operator, has, with facet.Value) bool {
	switch {
	case has.Kind == facet.String && with.Kind == facet.String:
		return o == Contains && strings.Contains(has.Text, with.Text) || o == BeginsWith && strings.HasPrefix(has.Text, with.Text)
	case has.Kind == facet.StringList && with.Kind == facet.String:
		return o == Contains && slices.Contains(has.List, with.Text) ||
			o == BeginsWith && slices.ContainsFunc(has.List, func(s string) bool { return strings.HasPrefix(s, with.Text) })
	case has.Kind == facet.StringList && with.Kind == facet.StringList:
		return o == Contains && !slices.ContainsFunc(with.List, func(s string) bool { return !slices.Contains(has.List, s) })
	}
	return false
}
