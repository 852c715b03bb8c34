package guard_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/guard"
)

func block(message string) guard.Rule { return guard.Rule{Block: true, Message: message} }

func only(ids ...string) guard.Rule {
	r := guard.Rule{Only: []guard.DataSource{}}
	for _, id := range ids {
		r.Only = append(r.Only, guard.DataSource{Index: "i", ID: id})
	}
	return r
}

func to(r guard.Rule, users, groups string) guard.Rule {
	r.Include = guard.People{Users: strings.Fields(users), Groups: strings.Fields(groups)}
	return r
}

func except(r guard.Rule, users, groups string) guard.Rule {
	r.Exclude = guard.People{Users: strings.Fields(users), Groups: strings.Fields(groups)}
	return r
}

func TestForWhomARuleHolds(t *testing.T) {
	for _, tt := range []struct {
		rule          guard.Rule
		names, groups string
		want          bool
	}{
		{block(""), "", "", true},
		{block(""), "ann@example.com", "hr", true},
		{to(block(""), "ann@example.com", ""), "ann@example.com", "", true},
		{to(block(""), "Ann+x@Example.com", ""), "ann+y@example.COM", "", true},
		{to(block(""), "ann@example.com", ""), "ann", "", false},
		{to(block(""), "ann", ""), "ann@example.com ann 4711", "", true},
		{to(block(""), "ann+1", ""), "ann", "", false},
		{to(block(""), "ann@example.com", ""), "bob@example.com", "ann@example.com", false},
		{to(block(""), "ann@example.com", ""), "", "", false},
		{to(block(""), "", "HR"), "bob", "it hr", true},
		{to(block(""), "", "hr"), "hr", "it", false},
		{to(block(""), "ann", "hr"), "bob", "hr", true},
		{except(block(""), "ann", ""), "ann", "", false},
		{except(block(""), "ann", ""), "bob", "", true},
		{except(block(""), "ann", ""), "", "", true},
		{except(block(""), "", "hr"), "bob", "hr", false},
		{except(block(""), "ann", "hr"), "ann", "it", false},
	} {
		c := guard.Config{Topics: []guard.Topic{{Name: "salaries", Rules: []guard.Rule{tt.rule}}}}
		if got := c.For(strings.Fields(tt.names), strings.Fields(tt.groups)).Question("salaries?").Blocked; got != tt.want {
			t.Errorf("%+v for %q in %q: %t", tt.rule, tt.names, tt.groups, got)
		}
	}
}

func TestTheMoreRestrictiveRuleWins(t *testing.T) {
	sources := func(ids ...string) []guard.DataSource { return only(ids...).Only }
	for name, tt := range map[string]struct {
		pay, trips []guard.Rule
		text       string
		want       guard.Verdict
	}{
		"no rule":          {nil, nil, "pay", guard.Verdict{}},
		"another topic":    {[]guard.Rule{block("")}, nil, "trips", guard.Verdict{}},
		"a refusal":        {[]guard.Rule{block("No.")}, nil, "pay", guard.Verdict{Blocked: true, Message: "No.", Topic: "pay"}},
		"without words":    {[]guard.Rule{block("")}, nil, "pay", guard.Verdict{Blocked: true, Message: guard.DefaultMessage, Topic: "pay"}},
		"sources":          {[]guard.Rule{only("a", "b")}, nil, "pay", guard.Verdict{Topic: "pay", Only: sources("a", "b")}},
		"fewer sources":    {[]guard.Rule{only("a", "b"), only("b", "c")}, nil, "pay", guard.Verdict{Topic: "pay", Only: sources("b")}},
		"no source":        {[]guard.Rule{only("a"), only("b")}, nil, "pay", guard.Verdict{Topic: "pay", Only: sources()}},
		"refused after":    {[]guard.Rule{only("a"), block("No.")}, nil, "pay", guard.Verdict{Blocked: true, Message: "No.", Topic: "pay"}},
		"two topics":       {[]guard.Rule{only("a", "b")}, []guard.Rule{only("a")}, "pay for trips", guard.Verdict{Topic: "pay", Only: sources("a")}},
		"one refused":      {[]guard.Rule{only("a")}, []guard.Rule{block("Not here.")}, "pay for trips", guard.Verdict{Blocked: true, Message: "Not here.", Topic: "trips"}},
		"a phrase":         {[]guard.Rule{only("a")}, nil, "falcon pay", guard.Verdict{Blocked: true, Message: "Hush."}},
		"topic and phrase": {[]guard.Rule{block("No.")}, nil, "falcon pay", guard.Verdict{Blocked: true, Message: "No.", Topic: "pay"}},
	} {
		c := guard.Config{
			Phrases: []string{"falcon"}, Message: "Hush.",
			Topics: []guard.Topic{{Name: "pay", Rules: tt.pay}, {Name: "trips", Rules: tt.trips}},
		}
		r := c.For([]string{"ann"}, nil)
		if diff := cmp.Diff(tt.want, r.Question(tt.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if diff := cmp.Diff(tt.want, r.Told(tt.text, "(none)")); diff != "" {
			t.Errorf("%s, with a model that sees nothing (-want +got):\n%s", name, diff)
		}
	}
}

func TestWhatAnAnswerMayNotHave(t *testing.T) {
	r := guard.Config{
		Phrases: []string{"falcon"}, Message: "Hush.",
		Topics: []guard.Topic{{Name: "pay", Rules: []guard.Rule{block("No.")}}, {Name: "trips", Rules: []guard.Rule{only("a")}}},
	}.For(nil, nil)
	for text, want := range map[string]guard.Verdict{
		"Trips are fine. Their pay: a lot of rate pay.": {},
		"They call it Falcon.":                          {Blocked: true, Message: "Hush."},
		"":                                              {},
	} {
		if diff := cmp.Diff(want, r.Answer(text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestRulesOfNothing(t *testing.T) {
	var r guard.Rules
	for _, v := range []guard.Verdict{r.Question("anything"), r.Answer("anything"), r.Told("anything", "pay"), guard.Config{}.For(nil, nil).Question("x")} {
		if diff := cmp.Diff(guard.Verdict{}, v); diff != "" {
			t.Error(diff)
		}
	}
	if _, ok := r.Ask("anything"); ok {
		t.Error("a model is asked")
	}
	if shown, blocked := r.NewFilter().Write("as it is"); shown != "as it is" || blocked {
		t.Errorf("%q, %t", shown, blocked)
	}
}
