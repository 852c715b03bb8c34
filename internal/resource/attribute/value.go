package attribute

import (
	"maps"
	"slices"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/facet"
)

// Value is a value of the API as it is compared.
func Value(v api.DocumentAttributeValue) facet.Value {
	switch {
	case v.StringValue != nil:
		return facet.OfString(*v.StringValue)
	case v.StringListValue != nil:
		return facet.OfList(v.StringListValue...)
	case v.LongValue != nil:
		return facet.OfNumber(*v.LongValue)
	case v.DateValue != nil:
		return facet.OfDate(*v.DateValue)
	}
	return facet.Value{}
}

// Show is a value as the API has it.
func Show(v facet.Value) api.DocumentAttributeValue {
	switch v.Kind {
	case facet.String:
		return api.DocumentAttributeValue{StringValue: &v.Text}
	case facet.StringList:
		return api.DocumentAttributeValue{StringListValue: append([]string{}, v.List...)}
	case facet.Number:
		return api.DocumentAttributeValue{LongValue: &v.Number}
	case facet.Date:
		return api.DocumentAttributeValue{DateValue: &v.Time}
	}
	return api.DocumentAttributeValue{}
}

// Values are the attributes of a document as they are compared. Of two of one
// name the later one counts.
func Values(list []api.DocumentAttribute) facet.Values {
	values := make(facet.Values, len(list))
	for _, a := range list {
		values[a.Name] = Value(a.Value)
	}
	return values
}

// List is what Values are made of, by name.
func List(values facet.Values) []api.DocumentAttribute {
	list := make([]api.DocumentAttribute, 0, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		list = append(list, api.DocumentAttribute{Name: name, Value: Show(values[name])})
	}
	return list
}

// Filter is a filter that Check has passed, as it is applied; nil for none.
func Filter(f *api.AttributeFilter) *facet.Filter {
	if f == nil {
		return nil
	}
	made := filterOf(f)
	return &made
}

func filterOf(f *api.AttributeFilter) facet.Filter {
	switch {
	case f.AndAllFilters != nil:
		return facet.Filter{Op: facet.And, Of: filtersOf(f.AndAllFilters)}
	case f.OrAllFilters != nil:
		return facet.Filter{Op: facet.Or, Of: filtersOf(f.OrAllFilters)}
	case f.NotFilter != nil:
		return facet.Filter{Op: facet.Not, Of: []facet.Filter{filterOf(f.NotFilter)}}
	}
	for _, o := range comparisons(f) {
		if o.with != nil {
			return facet.Filter{Op: o.op, Name: o.with.Name, Value: Value(o.with.Value)}
		}
	}
	return facet.Filter{Op: facet.Or} // nothing is set: nothing passes
}

func filtersOf(list []api.AttributeFilter) []facet.Filter {
	made := make([]facet.Filter, len(list))
	for i := range list {
		made[i] = filterOf(&list[i])
	}
	return made
}
