package attribute

import (
	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/facet"
)

// forms are the members of a filter, of which one is set.
const forms = "andAllFilters, orAllFilters, notFilter, equalsTo, containsAll, containsAny, greaterThan, greaterThanOrEquals, lessThan and lessThanOrEquals"

// junction joins filters.
type junction struct {
	name    string
	filters []api.AttributeFilter // nil: not given
}

func junctions(f *api.AttributeFilter) []junction {
	return []junction{{"andAllFilters", f.AndAllFilters}, {"orAllFilters", f.OrAllFilters}}
}

// comparison holds a document's attribute against a value.
type comparison struct {
	name     string
	op       facet.Op
	with     *api.DocumentAttribute // nil: not given
	takes    func(*api.DocumentAttributeValue) bool
	compares string // what takes says, in words
}

// comparisons are the forms that compare, with the types of value that the API
// reference's AttributeFilter gives each.
func comparisons(f *api.AttributeFilter) []comparison {
	const all, lists, ordered = "values of every type", "stringListValue", "dateValue and longValue"
	return []comparison{
		{"equalsTo", facet.Equal, f.EqualsTo, isAny, all},
		{"containsAll", facet.ContainsAll, f.ContainsAll, isList, lists},
		{"containsAny", facet.ContainsAny, f.ContainsAny, isList, lists},
		{"greaterThan", facet.Greater, f.GreaterThan, isOrdered, ordered},
		{"greaterThanOrEquals", facet.GreaterEqual, f.GreaterThanOrEquals, isOrdered, ordered},
		{"lessThan", facet.Less, f.LessThan, isOrdered, ordered},
		{"lessThanOrEquals", facet.LessEqual, f.LessThanOrEquals, isOrdered, ordered},
	}
}

func isAny(*api.DocumentAttributeValue) bool       { return true }
func isList(v *api.DocumentAttributeValue) bool    { return v.StringListValue != nil }
func isOrdered(v *api.DocumentAttributeValue) bool { return v.DateValue != nil || v.LongValue != nil }

// memberOf names the member of the union that is set.
func memberOf(v *api.DocumentAttributeValue) string {
	switch {
	case v.StringValue != nil:
		return "stringValue"
	case v.StringListValue != nil:
		return "stringListValue"
	case v.LongValue != nil:
		return "longValue"
	}
	return "dateValue"
}
