package attribute

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// The values of a filter's four types.
func text() *api.DocumentAttribute { return about(api.DocumentAttributeValue{StringValue: new("x")}) }
func list(entries ...string) *api.DocumentAttribute {
	return about(api.DocumentAttributeValue{StringListValue: entries})
}
func number() *api.DocumentAttribute {
	return about(api.DocumentAttributeValue{LongValue: new(int64(0))})
}
func date() *api.DocumentAttribute {
	return about(api.DocumentAttributeValue{DateValue: new(time.Unix(0, 0))})
}

func about(v api.DocumentAttributeValue) *api.DocumentAttribute {
	return &api.DocumentAttribute{Name: "_a", Value: v}
}

// paths are the names of fields.
func paths(bad []fault.Field) (names []string) {
	for _, f := range bad {
		names = append(names, f.Name)
	}
	return names
}

// set fills in the comparison of that name.
func set(form string, a *api.DocumentAttribute) *api.AttributeFilter {
	f := &api.AttributeFilter{}
	*map[string]**api.DocumentAttribute{
		"equalsTo": &f.EqualsTo, "containsAll": &f.ContainsAll, "containsAny": &f.ContainsAny,
		"greaterThan": &f.GreaterThan, "greaterThanOrEquals": &f.GreaterThanOrEquals,
		"lessThan": &f.LessThan, "lessThanOrEquals": &f.LessThanOrEquals,
	}[form] = a
	return f
}

func TestWhichValueGoesWithWhichForm(t *testing.T) {
	values := map[string]*api.DocumentAttribute{"stringValue": text(), "stringListValue": list("a"), "longValue": number(), "dateValue": date()}
	takes := map[string]string{
		"equalsTo": "stringValue stringListValue longValue dateValue", "containsAll": "stringListValue", "containsAny": "stringListValue",
		"greaterThan": "longValue dateValue", "greaterThanOrEquals": "longValue dateValue",
		"lessThan": "longValue dateValue", "lessThanOrEquals": "longValue dateValue",
	}
	for form, types := range takes {
		for kind, value := range values {
			bad := Check("filter", set(form, value))
			if strings.Contains(types, kind) {
				if bad != nil {
					t.Errorf("%s with %s: %v", form, kind, bad)
				}
				continue
			}
			if diff := cmp.Diff([]string{"filter." + form + ".value"}, paths(bad)); diff != "" {
				t.Errorf("%s with %s (-want +got):\n%s", form, kind, diff)
			} else if m := bad[0].Message; !strings.Contains(m, "cannot be a "+kind) || !strings.Contains(m, form) {
				t.Errorf("%s with %s: %q", form, kind, m)
			}
		}
	}
}

// TestEveryFormIsKnown holds the lists here to the model's.
func TestEveryFormIsKnown(t *testing.T) {
	shape := shapeOf(t)
	var known []string
	f := &api.AttributeFilter{}
	for _, j := range junctions(f) {
		known = append(known, j.name)
	}
	known = append(known, "notFilter")
	for _, c := range comparisons(f) {
		known = append(known, c.name)
	}
	var members []string
	for _, m := range shape.Members {
		members = append(members, m.Name)
	}
	if diff := cmp.Diff(members, known); diff != "" {
		t.Errorf("members of AttributeFilter (-model +here):\n%s", diff)
	}
	if said := strings.Join(members[:len(members)-1], ", ") + " and " + members[len(members)-1]; said != forms {
		t.Errorf("forms says %q", forms)
	}
}

// shapeOf finds the model's AttributeFilter.
func shapeOf(t *testing.T) *smithy.Shape {
	t.Helper()
	for _, m := range api.SearchRelevantContent.Input.Members {
		if m.Name == "attributeFilter" {
			return m.Shape
		}
	}
	t.Fatal("SearchRelevantContent has no attributeFilter")
	return nil
}

func equals() api.AttributeFilter { return *set("equalsTo", text()) }

func TestWhatAFilterMayNotBe(t *testing.T) {
	both := equals()
	both.ContainsAny = list("a")
	for name, tt := range map[string]struct {
		filter *api.AttributeFilter
		want   []string
	}{
		"none":              {nil, nil},
		"empty":             {&api.AttributeFilter{}, []string{"filter"}},
		"two members":       {&both, []string{"filter"}},
		"two junctions":     {&api.AttributeFilter{AndAllFilters: []api.AttributeFilter{equals()}, OrAllFilters: []api.AttributeFilter{equals()}}, []string{"filter"}},
		"and of nothing":    {&api.AttributeFilter{AndAllFilters: []api.AttributeFilter{}}, []string{"filter.andAllFilters"}},
		"or of nothing":     {&api.AttributeFilter{OrAllFilters: []api.AttributeFilter{}}, []string{"filter.orAllFilters"}},
		"not of nothing":    {&api.AttributeFilter{NotFilter: &api.AttributeFilter{}}, []string{"filter.notFilter"}},
		"an empty list":     {set("containsAll", list([]string{}...)), []string{"filter.containsAll.value.stringListValue"}},
		"everything inside": {&api.AttributeFilter{OrAllFilters: []api.AttributeFilter{equals(), {}, *set("lessThan", text()), {NotFilter: set("containsAny", number())}}}, []string{"filter.orAllFilters[1]", "filter.orAllFilters[2].lessThan.value", "filter.orAllFilters[3].notFilter.containsAny.value"}},
	} {
		if diff := cmp.Diff(tt.want, paths(Check("filter", tt.filter))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// nested is a filter n filters deep.
func nested(n int) *api.AttributeFilter {
	f := equals()
	for i := range n - 1 {
		switch inner := f; i % 3 {
		case 0:
			f = api.AttributeFilter{NotFilter: &inner}
		case 1:
			f = api.AttributeFilter{AndAllFilters: []api.AttributeFilter{inner}}
		default:
			f = api.AttributeFilter{OrAllFilters: []api.AttributeFilter{inner}}
		}
	}
	return &f
}

func TestHowDeepAFilterMayBe(t *testing.T) {
	if bad := Check("filter", nested(MaxDepth)); bad != nil {
		t.Errorf("%d deep: %v", MaxDepth, bad)
	}
	for _, n := range []int{MaxDepth + 1, MaxDepth + 7} {
		bad := Check("filter", nested(n))
		if len(bad) != 1 || strings.Count(bad[0].Name, ".") != MaxDepth || !strings.Contains(bad[0].Message, "more than 10 filters deep") {
			t.Errorf("%d deep: %v", n, bad)
		}
	}
}

func TestHowManyValuesAFilterMayCompare(t *testing.T) {
	wide := func(n int) *api.AttributeFilter {
		f := &api.AttributeFilter{OrAllFilters: []api.AttributeFilter{*set("containsAny", list(make([]string, n-2)...))}}
		f.OrAllFilters = append(f.OrAllFilters, equals(), api.AttributeFilter{NotFilter: set("greaterThan", date())})
		return f
	}
	if bad := Check("filter", wide(MaxTerms)); bad != nil {
		t.Errorf("%d values: %v", MaxTerms, bad)
	}
	for _, n := range []int{MaxTerms + 1, MaxTerms + 2, 3 * MaxTerms} {
		if diff := cmp.Diff([]string{"filter"}, paths(Check("filter", wide(n)))); diff != "" {
			t.Errorf("%d values (-want +got):\n%s", n, diff)
		}
	}
}

// TestAFaultIsFoundWhereverItStands puts one into a generated filter that is
// otherwise right, and wants its path.
func TestAFaultIsFoundWhereverItStands(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		inner, path := set("lessThan", text()), "lessThan.value"
		for range rapid.IntRange(0, MaxDepth-1).Draw(t, "depth") {
			outer := &api.AttributeFilter{}
			before := rapid.IntRange(0, 3).Draw(t, "before")
			filters := make([]api.AttributeFilter, 0, before+2)
			for range before {
				filters = append(filters, equals())
			}
			filters = append(filters, *inner, equals())
			switch rapid.IntRange(0, 2).Draw(t, "form") {
			case 0:
				outer.NotFilter, path = inner, "notFilter."+path
			case 1:
				outer.AndAllFilters, path = filters, fmt.Sprintf("andAllFilters[%d].%s", before, path)
			default:
				outer.OrAllFilters, path = filters, fmt.Sprintf("orAllFilters[%d].%s", before, path)
			}
			inner = outer
		}
		if diff := cmp.Diff([]string{"f." + path}, paths(Check("f", inner))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// FuzzCheck holds Check to its bounds, whatever a request holds that the model
// lets pass.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{
		`{"attributeFilter":{"equalsTo":{"name":"_a","value":{"stringValue":""}}}}`,
		`{"attributeFilter":{"andAllFilters":[{"notFilter":{}},{"lessThan":{"name":"a","value":{"longValue":1}}}]}}`,
		`{"attributeFilter":{"orAllFilters":[]}}`,
		`{"attributeFilter":{"containsAny":{"name":"a","value":{"stringListValue":[]}}}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var in api.SearchRelevantContentInput
		var p smithy.Problems
		smithy.DecodeJSON(api.SearchRelevantContent.Input, body, &in, &p)
		bad := Check("attributeFilter", in.AttributeFilter)
		for _, b := range bad {
			if !strings.HasPrefix(b.Name, "attributeFilter") || b.Message == "" {
				t.Errorf("%+v", b)
			}
		}
		if in.AttributeFilter != nil && len(bad) == 0 && depth(in.AttributeFilter) > MaxDepth {
			t.Errorf("%d deep and accepted: %s", depth(in.AttributeFilter), body)
		}
	})
}

func depth(f *api.AttributeFilter) int {
	deepest := 0
	for _, j := range junctions(f) {
		for i := range j.filters {
			deepest = max(deepest, depth(&j.filters[i]))
		}
	}
	if f.NotFilter != nil {
		deepest = max(deepest, depth(f.NotFilter))
	}
	return deepest + 1
}
