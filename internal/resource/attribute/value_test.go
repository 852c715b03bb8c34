package attribute

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/engine/facet"
)

func TestValuesComeBackAsTheyWere(t *testing.T) {
	when := time.Date(2026, 3, 25, 12, 30, 10, 0, time.UTC)
	list := []api.DocumentAttribute{
		{Name: "_created_at", Value: api.DocumentAttributeValue{DateValue: &when}},
		{Name: "department", Value: api.DocumentAttributeValue{StringValue: new("")}},
		{Name: "level", Value: api.DocumentAttributeValue{LongValue: new(int64(-3))}},
		{Name: "none", Value: api.DocumentAttributeValue{StringListValue: []string{}}},
		{Name: "tags", Value: api.DocumentAttributeValue{StringListValue: []string{"b", "a"}}},
	}
	values := Values(list)
	want := facet.Values{
		"_created_at": facet.OfDate(when), "department": facet.OfString(""), "level": facet.OfNumber(-3),
		"none": facet.OfList([]string{}...), "tags": facet.OfList("b", "a"),
	}
	if diff := cmp.Diff(want, values); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(list, List(values)); diff != "" {
		t.Errorf("back (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(api.DocumentAttributeValue{}, Show(Value(api.DocumentAttributeValue{}))); diff != "" {
		t.Errorf("nothing (-want +got):\n%s", diff)
	}
}

func TestFiltersAreTranslated(t *testing.T) {
	leaf := func(op facet.Op, v facet.Value) facet.Filter {
		return facet.Filter{Op: op, Name: "_a", Value: v}
	}
	word, zero, words := facet.OfString("x"), facet.OfNumber(0), facet.OfList("a", "b")
	for name, tt := range map[string]struct {
		given *api.AttributeFilter
		want  *facet.Filter
	}{
		"none":    {nil, nil},
		"equals":  {set("equalsTo", text()), new(leaf(facet.Equal, word))},
		"all":     {set("containsAll", list("a", "b")), new(leaf(facet.ContainsAll, words))},
		"any":     {set("containsAny", list("a", "b")), new(leaf(facet.ContainsAny, words))},
		"more":    {set("greaterThan", number()), new(leaf(facet.Greater, zero))},
		"least":   {set("greaterThanOrEquals", number()), new(leaf(facet.GreaterEqual, zero))},
		"less":    {set("lessThan", number()), new(leaf(facet.Less, zero))},
		"most":    {set("lessThanOrEquals", number()), new(leaf(facet.LessEqual, zero))},
		"nothing": {&api.AttributeFilter{}, &facet.Filter{Op: facet.Or}},
		"joined": {&api.AttributeFilter{AndAllFilters: []api.AttributeFilter{equals(), {NotFilter: &api.AttributeFilter{OrAllFilters: []api.AttributeFilter{equals()}}}}},
			&facet.Filter{Op: facet.And, Of: []facet.Filter{leaf(facet.Equal, word), {Op: facet.Not, Of: []facet.Filter{{Op: facet.Or, Of: []facet.Filter{leaf(facet.Equal, word)}}}}}}},
	} {
		if diff := cmp.Diff(tt.want, Filter(tt.given)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestAFilterIsHeldToTheIndex(t *testing.T) {
	kinds := map[string]facet.Kind{"_a": facet.String, "level": facet.Number}
	of := func(name string, v api.DocumentAttributeValue) *api.DocumentAttribute {
		return &api.DocumentAttribute{Name: name, Value: v}
	}
	one := api.DocumentAttributeValue{LongValue: new(int64(1))}
	both := &api.AttributeFilter{AndAllFilters: []api.AttributeFilter{equals(), *set("lessThan", of("level", one))}}
	for _, f := range []*api.AttributeFilter{nil, both} {
		if bad := CheckKinds("f", f, kinds); bad != nil {
			t.Errorf("%v", bad)
		}
	}
	wrong := &api.AttributeFilter{OrAllFilters: []api.AttributeFilter{
		*set("equalsTo", of("Level", one)), {NotFilter: set("equalsTo", of("_a", one))}, *set("containsAny", of("_a", list("x").Value)), {},
	}}
	bad := CheckKinds("f", wrong, kinds)
	want := []string{"f.orAllFilters[0].equalsTo.name", "f.orAllFilters[1].notFilter.equalsTo.value", "f.orAllFilters[2].containsAny.value", "f.orAllFilters[3]"}
	if diff := cmp.Diff(want, paths(bad)); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
	for i, words := range []string{"UpdateIndex", "_a is of type STRING", "_a is of type STRING", "is empty"} {
		if !strings.Contains(bad[i].Message, words) {
			t.Errorf("%q", bad[i].Message)
		}
	}
}

// FuzzFilter holds what Check lets pass to the meaning of notFilter, and values to
// coming back as they were.
func FuzzFilter(f *testing.F) {
	for _, seed := range []string{
		`{"attributeFilter":{"equalsTo":{"name":"a","value":{"stringValue":"x"}}}}`,
		`{"attributeFilter":{"andAllFilters":[{"notFilter":{"containsAny":{"name":"l","value":{"stringListValue":["p","q"]}}}},{"lessThan":{"name":"n","value":{"longValue":7}}}]}}`,
		`{"attributeFilter":{"orAllFilters":[{"greaterThan":{"name":"d","value":{"dateValue":1750000000.5}}},{"containsAll":{"name":"l","value":{"stringListValue":["p"]}}}]}}`,
		`{"attributeFilter":{"equalsTo":{}}}`,
	} {
		f.Add([]byte(seed))
	}
	values := facet.Values{
		"a": facet.OfString("x"), "l": facet.OfList("p", "r"), "n": facet.OfNumber(3), "d": facet.OfDate(time.Unix(1760000000, 0)),
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in api.SearchRelevantContentInput
		var p smithy.Problems
		smithy.DecodeJSON(api.SearchRelevantContent.Input, body, &in, &p)
		if in.AttributeFilter == nil || len(Check("f", in.AttributeFilter)) > 0 {
			return
		}
		opposite := &api.AttributeFilter{NotFilter: in.AttributeFilter}
		if Filter(in.AttributeFilter).Match(values) == Filter(opposite).Match(values) {
			t.Errorf("it and its opposite: %s", body)
		}
		for c := range Filter(in.AttributeFilter).Comparisons {
			if !Value(Show(c.Value)).Equal(c.Value) {
				t.Errorf("%v is %v", c.Value, Value(Show(c.Value)))
			}
		}
	})
}
