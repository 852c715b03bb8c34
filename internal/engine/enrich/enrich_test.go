package enrich

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/engine/facet"
)

var operators = []Operator{Greater, GreaterEqual, Less, LessEqual, Equals, NotEquals, Contains, NotContains, Exists, NotExists, BeginsWith}

var noon = time.Date(2026, 3, 25, 12, 0, 0, 0, time.UTC)

// has is a document with an attribute of each kind.
func has() facet.Values {
	return facet.Values{
		"text": facet.OfString("financial report"), "list": facet.OfList("red", "green"), "number": facet.OfNumber(10), "date": facet.OfDate(noon),
		"blank": facet.OfString(""), "void": facet.OfList(),
	}
}

// Which operators hold, of the eleven, for an attribute and a value.
func TestEveryOperator(t *testing.T) {
	text, list, number, date := facet.OfString, facet.OfList, facet.OfNumber, facet.OfDate
	only := func(o ...Operator) []Operator { return o }
	for _, test := range []struct {
		key   string
		value facet.Value
		holds []Operator
	}{
		{"text", text("financial report"), only(Equals, Contains, Exists, BeginsWith)},
		{"text", text("financial"), only(NotEquals, Contains, Exists, BeginsWith)},
		{"text", text("report"), only(NotEquals, Contains, Exists)},
		{"text", text("Financial"), only(NotEquals, NotContains, Exists)},
		{"text", text(""), only(NotEquals, Contains, Exists, BeginsWith)},
		{"text", list("financial report"), only(NotEquals, NotContains, Exists)},
		{"text", number(10), only(NotEquals, NotContains, Exists)},
		{"text", date(noon), only(NotEquals, NotContains, Exists)},
		{"blank", text(""), only(Equals, Contains, NotExists, BeginsWith)},

		{"list", list("green", "red"), only(Equals, Contains, Exists)},
		{"list", list("red"), only(NotEquals, Contains, Exists)},
		{"list", list("red", "blue"), only(NotEquals, NotContains, Exists)},
		{"list", text("red"), only(NotEquals, Contains, Exists, BeginsWith)},
		{"list", text("gr"), only(NotEquals, NotContains, Exists, BeginsWith)},
		{"list", text("ed"), only(NotEquals, NotContains, Exists)},
		{"list", number(10), only(NotEquals, NotContains, Exists)},
		{"void", list(), only(Equals, Contains, NotExists)},

		{"number", number(9), only(Greater, GreaterEqual, NotEquals, NotContains, Exists)},
		{"number", number(10), only(GreaterEqual, LessEqual, Equals, NotContains, Exists)},
		{"number", number(11), only(Less, LessEqual, NotEquals, NotContains, Exists)},
		{"number", text("10"), only(NotEquals, NotContains, Exists)},
		{"number", date(time.Unix(10, 0)), only(NotEquals, NotContains, Exists)},

		{"date", date(noon.Add(-time.Second)), only(Greater, GreaterEqual, NotEquals, NotContains, Exists)},
		{"date", date(noon.In(time.FixedZone("", 7200))), only(GreaterEqual, LessEqual, Equals, NotContains, Exists)},
		{"date", date(noon.Add(time.Second)), only(Less, LessEqual, NotEquals, NotContains, Exists)},
		{"date", number(noon.Unix()), only(NotEquals, NotContains, Exists)},

		{"absent", text("x"), only(NotEquals, NotContains, NotExists)},
		{"absent", number(1), only(NotEquals, NotContains, NotExists)},
		{"absent", date(noon), only(NotEquals, NotContains, NotExists)},
		{"absent", list(), only(NotEquals, NotContains, NotExists)},
	} {
		var got []Operator
		for _, o := range operators {
			c := Condition{Key: test.key, Operator: o, Value: &test.value}
			if c.Holds(has()) {
				got = append(got, o)
			}
		}
		if diff := cmp.Diff(test.holds, got); diff != "" {
			t.Errorf("%s and %+v: %s", test.key, test.value, diff)
		}
	}
	for _, o := range operators { // without a value
		want := o == Exists || o == NotEquals || o == NotContains
		if got := (&Condition{Key: "text", Operator: o}).Holds(has()); got != want {
			t.Errorf("%s without a value: %v", o, got)
		}
	}
	if !(*Condition)(nil).Holds(nil) || (&Condition{Key: "text", Operator: "LIKE", Value: new(facet.OfString(""))}).Holds(has()) {
		t.Error("no condition, or an unknown one")
	}
}

func set(key string, v facet.Value) *Target { return &Target{Key: key, Value: &v} }

func TestRulesSeeWhatRulesBeforeThemDid(t *testing.T) {
	when := func(key string, o Operator, v facet.Value) *Condition { return &Condition{key, o, &v} }
	for name, test := range map[string]struct {
		rules []Rule
		want  facet.Values
		drop  bool
	}{
		"nothing": {nil, facet.Values{"uri": facet.OfString("s3://financial/1")}, false},
		"set by a condition": {
			[]Rule{
				{Condition: when("uri", Contains, facet.OfString("financial")), Target: set("department", facet.OfString("Finance"))},
				{Condition: when("uri", Contains, facet.OfString("legal")), Target: set("department", facet.OfString("Legal"))},
			},
			facet.Values{"uri": facet.OfString("s3://financial/1"), "department": facet.OfString("Finance")}, false,
		},
		"in order": {
			[]Rule{
				{Target: set("n", facet.OfNumber(1))},
				{Condition: when("n", Equals, facet.OfNumber(1)), Target: set("n", facet.OfNumber(2))},
				{Condition: when("n", Equals, facet.OfNumber(1)), Target: set("wrong", facet.OfNumber(3))},
				{Condition: when("n", Equals, facet.OfNumber(2)), DropContent: true, Target: &Target{Key: "uri", Delete: true}},
				{Condition: &Condition{Key: "uri", Operator: NotExists}, Target: set("late", facet.OfList("x"))},
			},
			facet.Values{"n": facet.OfNumber(2), "late": facet.OfList("x")}, true,
		},
		"content stays": {
			[]Rule{{Condition: when("n", Equals, facet.OfNumber(1)), DropContent: true}},
			facet.Values{"uri": facet.OfString("s3://financial/1")}, false,
		},
		"delete what is not there": {[]Rule{{Target: &Target{Key: "n", Delete: true}}}, facet.Values{"uri": facet.OfString("s3://financial/1")}, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := facet.Values{"uri": facet.OfString("s3://financial/1")}
			got, drop := Apply(test.rules, v)
			if diff := cmp.Diff(test.want, got); diff != "" || drop != test.drop {
				t.Errorf("drop %v; %s", drop, diff)
			}
			if len(v) != 1 {
				t.Error("the document's own attributes were changed")
			}
		})
	}
	if got, _ := Apply([]Rule{{Target: set("a", facet.OfNumber(1))}}, nil); got["a"].Number != 1 {
		t.Error("a document without attributes got none")
	}
}

var index = map[string]facet.Kind{
	"text": facet.String, "list": facet.StringList, "number": facet.Number, "date": facet.Date, "_document_id": facet.String, "_document_body": facet.String,
}

// Which operator goes with which type of value, and with which of attributes.
func TestOperatorsAndTypes(t *testing.T) {
	values := map[facet.Kind]facet.Value{
		facet.String: facet.OfString("x"), facet.StringList: facet.OfList("x"), facet.Number: facet.OfNumber(1), facet.Date: facet.OfDate(noon),
	}
	takes := map[Operator]string{
		Greater: "NUMBER DATE", GreaterEqual: "NUMBER DATE", Less: "NUMBER DATE", LessEqual: "NUMBER DATE",
		Equals: "STRING STRING_LIST NUMBER DATE", NotEquals: "STRING STRING_LIST NUMBER DATE",
		Contains: "STRING STRING_LIST", NotContains: "STRING STRING_LIST", BeginsWith: "STRING",
		Exists: "STRING STRING_LIST NUMBER DATE", NotExists: "STRING STRING_LIST NUMBER DATE",
	}
	attributes := map[facet.Kind]string{facet.String: "text", facet.StringList: "list", facet.Number: "number", facet.Date: "date"}
	for _, o := range operators {
		for kind, v := range values {
			allowed := slices.Contains(fields(takes[o]), string(kind))
			if problems := CheckCondition(&Condition{"unmapped", o, &v}, index); (len(problems) == 0) != allowed {
				t.Errorf("%s of %s: %v", o, kind, problems)
			}
			for has, name := range attributes {
				pair := has == kind || has == facet.StringList && kind == facet.String && o != Equals && o != NotEquals
				want := allowed && (pair || o == Exists || o == NotExists)
				problems := CheckCondition(&Condition{name, o, &v}, index)
				if (len(problems) == 0) != want || !want && problems[0].Path != ".value" {
					t.Errorf("%s of %s with a %s: %v", o, has, kind, problems)
				}
			}
		}
	}
}

func fields(s string) (list []string) {
	var word string
	for _, r := range s + " " {
		if r != ' ' {
			word += string(r)
			continue
		}
		list, word = append(list, word), ""
	}
	return list
}

func TestProblems(t *testing.T) {
	for want, r := range map[string]Rule{
		"[0] does nothing: give it a target, or the documentContentOperator DELETE":                                                          {},
		"[0].condition.key is _document_body, which no condition compares":                                                                   {Condition: &Condition{Key: "_document_body", Operator: Exists}, DropContent: true},
		"[0].condition.operator is none of the operators there are":                                                                          {Condition: &Condition{Key: "a", Operator: "LIKE"}, DropContent: true},
		"[0].condition.value is missing: EQUALS compares with one":                                                                           {Condition: &Condition{Key: "a", Operator: Equals}, DropContent: true},
		"[0].condition.value is of type STRING; GREATER_THAN takes NUMBER or DATE":                                                           {Condition: &Condition{"a", Greater, new(facet.OfString("1"))}, DropContent: true},
		"[0].condition.value is of type DATE; the attribute number of the index is of type NUMBER, which LESS_THAN does not compare with it": {Condition: &Condition{"number", Less, new(facet.OfDate(noon))}, DropContent: true},
		"[0].target.key is _document_body, which no rule sets: the documentContentOperator DELETE removes the content":                       {Target: set("_document_body", facet.OfString(""))},
		"[0].target.key is _document_id, which says which document it is, and stays":                                                         {Target: &Target{Key: "_document_id", Delete: true}},
		"[0].target.key is nowhere, which the index does not have: add it with UpdateIndex first":                                            {Target: set("nowhere", facet.OfString(""))},
		"[0].target.value cannot be set and deleted at once: give a value or the attributeValueOperator DELETE":                              {Target: &Target{"text", new(facet.OfString("")), true}},
		"[0].target has neither a value nor the attributeValueOperator DELETE":                                                               {Target: &Target{Key: "text"}},
		"[0].target.value is of type NUMBER; the attribute text of the index is of type STRING":                                              {Target: set("text", facet.OfNumber(1))},
	} {
		problems := Check([]Rule{r}, index)
		if len(problems) != 1 || problems[0].Path+" "+problems[0].Message != want {
			t.Errorf("%v, want %s", problems, want)
		}
	}
	good := Rule{Condition: &Condition{Key: "anything", Operator: NotExists}, Target: set("date", facet.OfDate(noon))}
	bad := Rule{Condition: &Condition{Key: "_document_body", Operator: Exists}, Target: &Target{Key: "text"}}
	var at []string
	for _, p := range Check([]Rule{good, bad, good, bad}, index) {
		at = append(at, p.Path)
	}
	if diff := cmp.Diff([]string{"[1].condition.key", "[1].target", "[3].condition.key", "[3].target"}, at); diff != "" {
		t.Error(diff)
	}
}

// What is true of every condition, and of rules that Check lets pass.
func TestLaws(t *testing.T) {
	value := rapid.Custom(func(t *rapid.T) facet.Value {
		words := rapid.SampledFrom([]string{"", "a", "ab", "b"})
		switch rapid.IntRange(0, 3).Draw(t, "kind") {
		case 0:
			return facet.OfString(words.Draw(t, "text"))
		case 1:
			return facet.OfList(rapid.SliceOfN(words, 0, 3).Draw(t, "list")...)
		case 2:
			return facet.OfNumber(rapid.Int64Range(-1, 1).Draw(t, "number"))
		}
		return facet.OfDate(noon.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "hours")) * time.Hour))
	})
	keys := rapid.SampledFrom([]string{"text", "list", "number", "date", "other"})
	rapid.Check(t, func(t *rapid.T) {
		v := facet.Values(rapid.MapOfN(keys, value, 0, 5).Draw(t, "document"))
		key, with := keys.Draw(t, "key"), value.Draw(t, "value")
		holds := func(o Operator) bool { return (&Condition{key, o, &with}).Holds(v) }
		for _, pair := range [][2]Operator{{Equals, NotEquals}, {Contains, NotContains}, {Exists, NotExists}} {
			if holds(pair[0]) == holds(pair[1]) {
				t.Fatalf("%s and %s agree", pair[0], pair[1])
			}
		}
		if holds(GreaterEqual) && !holds(Greater) && !holds(Equals) || holds(Greater) && holds(LessEqual) || holds(Less) && holds(GreaterEqual) {
			t.Fatal("there is no order")
		}
		if holds(BeginsWith) && v[key].Kind == facet.String && !holds(Contains) {
			t.Fatal("it begins with what it does not contain")
		}

		var rules []Rule
		for range rapid.IntRange(0, 6).Draw(t, "rules") {
			r := Rule{DropContent: rapid.Bool().Draw(t, "drop"), Target: &Target{Key: keys.Draw(t, "target"), Delete: rapid.Bool().Draw(t, "delete")}}
			if !r.Target.Delete {
				r.Target.Value = new(value.Draw(t, "to"))
			}
			if rapid.Bool().Draw(t, "conditional") {
				r.Condition = &Condition{keys.Draw(t, "if"), rapid.SampledFrom(operators).Draw(t, "operator"), new(value.Draw(t, "with"))}
			}
			if len(Check([]Rule{r}, index)) == 0 {
				rules = append(rules, r)
			}
		}
		out, drop := Apply(rules, v)
		again, also := v, false
		for _, r := range rules { // one after the other is the same as all at once
			var d bool
			again, d = Apply([]Rule{r}, again)
			also = also || d
		}
		if diff := cmp.Diff(out, again); diff != "" && len(rules) > 0 || drop != also {
			t.Fatal(diff)
		}
		for name, got := range out {
			if was, same := v[name]; (!same || !got.Equal(was)) && index[name] != got.Kind {
				t.Fatalf("%s became %+v", name, got)
			}
		}
	})
}

// No condition and no rule ends the server, however odd.
func FuzzApply(f *testing.F) {
	f.Add("text", "EQUALS", "STRING", "financial report", int64(0), "text", "NUMBER", true)
	f.Add("list", "CONTAINS", "STRING", "red", int64(1), "list", "STRING", false)
	f.Add("date", "LESS_THAN", "DATE", "", int64(-1)<<62, "_document_body", "", true)
	f.Fuzz(func(t *testing.T, key, operator, kind, text string, number int64, target, to string, del bool) {
		v := facet.Value{Kind: facet.Kind(kind), Text: text, List: []string{text}, Number: number, Time: time.Unix(number, 0)}
		w := v
		w.Kind = facet.Kind(to)
		r := Rule{Condition: &Condition{key, Operator(operator), &v}, Target: &Target{target, &w, del}}
		for _, p := range Check([]Rule{r}, index) {
			if p.Path == "" || p.Message == "" {
				t.Error("a problem without words")
			}
		}
		before := has()
		out, drop := Apply([]Rule{r}, before)
		if drop || len(before) != len(has()) || len(out) > len(before)+1 {
			t.Error(fmt.Sprint(out))
		}
	})
}
