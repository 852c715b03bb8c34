package facet

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// document is what the tables below filter.
func document() Values {
	return Values{
		"name":  OfString("Ann"),
		"empty": OfString(""),
		"tags":  OfList("a", "b", "a"),
		"none":  OfList(),
		"size":  OfNumber(10),
		"when":  OfDate(time.Date(2026, 3, 1, 12, 0, 0, 1000, time.FixedZone("", 3600))),
	}
}

// noon is the moment of the document, to the millisecond, somewhere else.
func noon() time.Time { return time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC) }

func TestComparisons(t *testing.T) {
	for name, tt := range map[string]struct {
		op    Op
		value Value
		of    string
		want  bool
	}{
		"the same string":            {Equal, OfString("Ann"), "name", true},
		"another case":               {Equal, OfString("ann"), "name", false},
		"an empty string":            {Equal, OfString(""), "empty", true},
		"a string for a list":        {Equal, OfString("a"), "tags", false},
		"a string that is not there": {Equal, OfString(""), "absent", false},
		"the same list":              {Equal, OfList("b", "a"), "tags", true},
		"less of a list":             {Equal, OfList("a"), "tags", false},
		"more of a list":             {Equal, OfList("a", "b", "c"), "tags", false},
		"an empty list":              {Equal, OfList(), "none", true},
		"the same number":            {Equal, OfNumber(10), "size", true},
		"the same moment":            {Equal, OfDate(noon()), "when", true},
		"a millisecond later":        {Equal, OfDate(noon().Add(time.Millisecond)), "when", false},

		"all of some":          {ContainsAll, OfList("b"), "tags", true},
		"all of some and more": {ContainsAll, OfList("b", "c"), "tags", false},
		"all in no order":      {ContainsAll, OfList("b", "a", "b"), "tags", true},
		"all of a string":      {ContainsAll, OfList("Ann"), "name", false},
		"any":                  {ContainsAny, OfList("c", "b"), "tags", true},
		"none of":              {ContainsAny, OfList("c", "d"), "tags", false},
		"any of nothing":       {ContainsAny, OfList("a"), "none", false},
		"any of a string":      {ContainsAny, OfString("a"), "tags", false},

		"greater":               {Greater, OfNumber(9), "size", true},
		"not greater":           {Greater, OfNumber(10), "size", false},
		"greater or equal":      {GreaterEqual, OfNumber(10), "size", true},
		"not greater or equal":  {GreaterEqual, OfNumber(11), "size", false},
		"less":                  {Less, OfNumber(11), "size", true},
		"not less":              {Less, OfNumber(10), "size", false},
		"less or equal":         {LessEqual, OfNumber(10), "size", true},
		"not less or equal":     {LessEqual, OfNumber(9), "size", false},
		"later":                 {Greater, OfDate(noon().Add(-time.Second)), "when", true},
		"not later":             {Greater, OfDate(noon()), "when", false},
		"no later":              {LessEqual, OfDate(noon()), "when", true},
		"earlier":               {Less, OfDate(noon().Add(time.Millisecond)), "when", true},
		"a number for a date":   {Less, OfNumber(1 << 60), "when", false},
		"an order of strings":   {Greater, OfString("Aaa"), "name", false},
		"an unknown comparison": {"like", OfString("Ann"), "name", false},
	} {
		f := &Filter{Op: tt.op, Name: tt.of, Value: tt.value}
		if got := f.Match(document()); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
		if not := (&Filter{Op: Not, Of: []Filter{*f}}); not.Match(document()) == tt.want {
			t.Errorf("not %s: %v", name, tt.want)
		}
	}
}

func TestJunctions(t *testing.T) {
	yes, no := Filter{Op: And}, Filter{Op: Or}
	for name, tt := range map[string]struct {
		filter *Filter
		want   bool
	}{
		"none":           {nil, true},
		"all of nothing": {&yes, true},
		"any of nothing": {&no, false},
		"not of nothing": {&Filter{Op: Not}, false},
		"both":           {&Filter{Op: And, Of: []Filter{yes, yes}}, true},
		"one of both":    {&Filter{Op: And, Of: []Filter{yes, no}}, false},
		"either":         {&Filter{Op: Or, Of: []Filter{no, yes}}, true},
		"neither":        {&Filter{Op: Or, Of: []Filter{no, no}}, false},
		"not":            {&Filter{Op: Not, Of: []Filter{no}}, true},
		"joined":         {All(nil, &yes, nil, &no), false},
		"joined alone":   {All(nil, &no), false},
	} {
		if got := tt.filter.Match(document()); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if All(nil, nil) != nil {
		t.Error("no filters make one")
	}
}

func TestComparisonsAreFoundWhereverTheyStand(t *testing.T) {
	leaf := func(name string) Filter { return Filter{Op: Equal, Name: name} }
	f := &Filter{Op: And, Of: []Filter{leaf("a"), {Op: Not, Of: []Filter{{Op: Or, Of: []Filter{leaf("b"), leaf("c")}}}}, leaf("d")}}
	var names []string
	for c := range f.Comparisons {
		if names = append(names, c.Name); c.Name == "c" {
			break
		}
	}
	if !slices.Equal(names, []string{"a", "b", "c"}) {
		t.Errorf("%v", names)
	}
	for c := range (*Filter)(nil).Comparisons {
		t.Errorf("none has %v", c)
	}
}

// value draws a value out of few, so that they meet.
func value() *rapid.Generator[Value] {
	few := rapid.SampledFrom([]string{"a", "b", "c"})
	return rapid.OneOf(
		rapid.Map(few, OfString),
		rapid.Map(rapid.SliceOfN(few, 0, 3), func(l []string) Value { return OfList(l...) }),
		rapid.Map(rapid.Int64Range(0, 3), OfNumber),
		rapid.Map(rapid.Int64Range(0, 3), func(n int64) Value { return OfDate(time.UnixMilli(n)) }),
	)
}

func values() *rapid.Generator[Values] {
	return rapid.Map(rapid.MapOfN(rapid.SampledFrom([]string{"x", "y", "z"}), value(), 0, 3), func(m map[string]Value) Values { return m })
}

func comparison() *rapid.Generator[Filter] {
	return rapid.Custom(func(t *rapid.T) Filter {
		ops := []Op{Equal, ContainsAll, ContainsAny, Greater, GreaterEqual, Less, LessEqual}
		return Filter{Op: rapid.SampledFrom(ops).Draw(t, "op"), Name: rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "name"), Value: value().Draw(t, "value")}
	})
}

// filter draws one up to some depth.
func filter(depth int) *rapid.Generator[Filter] {
	if depth == 0 {
		return comparison()
	}
	return rapid.Custom(func(t *rapid.T) Filter {
		switch op := rapid.SampledFrom([]Op{And, Or, Not, Equal}).Draw(t, "junction"); op {
		case Equal:
			return comparison().Draw(t, "comparison")
		case Not:
			return Filter{Op: Not, Of: []Filter{filter(depth-1).Draw(t, "of")}}
		default:
			return Filter{Op: op, Of: rapid.SliceOfN(filter(depth-1), 0, 3).Draw(t, "of")}
		}
	})
}

func not(f Filter) *Filter { return &Filter{Op: Not, Of: []Filter{f}} }

// TestLaws: the laws of Boolean algebra, and those of order.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, g, v := filter(3).Draw(t, "f"), filter(3).Draw(t, "g"), values().Draw(t, "v")
		both, either := &Filter{Op: And, Of: []Filter{f, g}}, &Filter{Op: Or, Of: []Filter{f, g}}
		if not(f).Match(v) == f.Match(v) || not(*not(f)).Match(v) != f.Match(v) {
			t.Fatal("not")
		}
		if both.Match(v) != (f.Match(v) && g.Match(v)) || either.Match(v) != (f.Match(v) || g.Match(v)) {
			t.Fatal("and, or")
		}
		if not(*both).Match(v) != (not(f).Match(v) || not(g).Match(v)) {
			t.Fatal("De Morgan")
		}
		if All(&f, &g).Match(v) != both.Match(v) {
			t.Fatal("All is not And")
		}
		c := comparison().Draw(t, "c")
		with := func(op Op) bool { return (&Filter{Op: op, Name: c.Name, Value: c.Value}).Match(v) }
		if with(Greater) && with(Less) || with(GreaterEqual) && with(LessEqual) && !with(Equal) {
			t.Fatal("order")
		}
		if ordered := with(Greater) || with(Less) || with(GreaterEqual); ordered && with(GreaterEqual) == with(Less) {
			t.Fatal("order is not total")
		}
		if with(ContainsAll) && len(c.Value.List) > 0 && !with(ContainsAny) {
			t.Fatal("all, and not any")
		}
	})
}

func TestValuesAreStoredAsJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before := values().Draw(t, "values")
		stored, err := json.Marshal(before)
		if err != nil {
			t.Fatal(err)
		}
		var after Values
		if err := json.Unmarshal(stored, &after); err != nil {
			t.Fatal(err)
		}
		if len(before) != len(after) {
			t.Fatalf("%d of %d", len(after), len(before))
		}
		for name, v := range before {
			if !v.Equal(after[name]) {
				t.Fatalf("%s: %v is %v; %s", name, v, after[name], cmp.Diff(v, after[name]))
			}
		}
	})
}
