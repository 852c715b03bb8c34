package action

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// transition moves an issue to a state that people know by its name.
func transition() *openapi.Action {
	how := &openapi.Lookup{
		OperationID: "listTransitions", Arguments: map[string]string{"issue": "issueIdOrKey"},
		List: "/transitions", Match: []string{"/name", "/to/name"}, Value: "/id",
	}
	return &openapi.Action{
		Method: "POST", Path: "/issue/{issue}/transitions", Parameters: []openapi.Parameter{inPath("issue")},
		Body: &openapi.Body{MediaType: "application/json", Required: true, Type: "object", Fields: []openapi.Field{
			{Path: []string{"transition", "id"}, Input: openapi.Input{Type: "string", Required: true, DisplayName: "State", Lookup: how}},
		}},
	}
}

const transitions = `{"transitions": [
	{"id": "11", "name": "Start work", "to": {"name": "In Progress"}},
	{"id": "21", "name": "Done", "to": {"name": "Done"}},
	{"id": "22", "name": "Done later", "to": {"name": "Done later"}},
	{"id": 31, "name": "Reopen", "to": {"name": "Straße"}},
	{"id": "41", "name": "Park it", "to": {"name": "Parked"}},
	{"id": "42", "name": "Park there", "to": {"name": "Parked"}}]}`

func TestLookups(t *testing.T) {
	a := transition()
	got := Lookups(&openapi.Document{}, a, parsed(t, `{"issue": "OPS-1", "transition.id": "done"}`))
	want := []Lookup{{Key: "transition.id", OperationID: "listTransitions", Args: Args{"issueIdOrKey": raw(`"OPS-1"`)}, Wanted: raw(`"done"`)}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := Lookups(&openapi.Document{}, a, parsed(t, `{"issue": "OPS-1"}`)); got != nil {
		t.Errorf("nothing to look up, got %v", got)
	}
}

func TestFind(t *testing.T) {
	for _, c := range []struct{ wanted, want, err string }{
		{`"done"`, `"21"`, ""},
		{`"DONE"`, `"21"`, ""},
		{`" Done "`, `"21"`, ""},
		{`"Done l"`, `"22"`, ""},
		{`"in prog"`, `"11"`, ""},
		{`"STRASSE"`, "", "nothing"},
		{`"straße"`, `"31"`, ""},
		{`"31"`, `"31"`, ""},
		{`31`, `"31"`, ""},
		{`"11"`, `"11"`, ""},
		{`"parked"`, "", "transition.id: more than one thing has that name; there is Park it (41), Park there (42)"},
		{`"do"`, "", "transition.id: more than one thing has that name; there is Done (21), Done later (22)"},
		{`"gone"`, "", "transition.id: nothing of that name is there; there is Start work, Done, Done later, Reopen, Park it, Park there"},
		{`["done", "reopen"]`, `["21",31]`, ""},
	} {
		got, err := Lookup{Key: "transition.id", Wanted: raw(c.wanted)}.Find(nil, transition(), []byte(transitions))
		var missed *LookupError
		switch {
		case c.err != "" && (!errors.As(err, &missed) || !strings.Contains(err.Error(), c.err)):
			t.Errorf("%s: got %s, %v, want %s", c.wanted, got, err, c.err)
		case c.err == "" && (err != nil || string(got) != c.want):
			t.Errorf("%s: got %s, %v, want %s", c.wanted, got, err, c.want)
		}
	}
}

func TestFindNamesAtMostTwentyChoices(t *testing.T) {
	var items []string
	for i := range 30 {
		items = append(items, fmt.Sprintf(`{"id": %d, "name": "State %d"}`, i, i))
	}
	_, err := Lookup{Key: "transition.id", Wanted: raw(`"x"`)}.Find(nil, transition(), []byte(`{"transitions": [`+strings.Join(items, ",")+`]}`))
	var missed *LookupError
	if !errors.As(err, &missed) || len(missed.Choices) != 20 || missed.More != 10 || !strings.HasSuffix(err.Error(), "State 19 and 10 more") {
		t.Errorf("got %v", err)
	}
}

// TestFindOtherwise: an object is a list of one, and what looks like an id that
// nothing lists is taken as it is.
func TestFindOtherwise(t *testing.T) {
	a := transition()
	a.Body.Fields[0].Lookup.Otherwise = "[0-9]{4}"
	one := []byte(`{"transitions": {"id": "7", "name": "Only"}}`)
	for wanted, want := range map[string]string{`"only"`: `"7"`, `"4711"`: `"4711"`, `"47110"`: "", `"x4711"`: ""} {
		got, err := Lookup{Key: "transition.id", Wanted: raw(wanted)}.Find(nil, a, one)
		if string(got) != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %s, %v, want %s", wanted, got, err, want)
		}
	}
}

func TestFindInAnswersThatDoNotFit(t *testing.T) {
	for _, answer := range []string{`nonsense`, `{}`, `{"transitions": 5}`, `[]`, ``} {
		v, err := Lookup{Key: "transition.id", Wanted: raw(`"x"`)}.Find(nil, transition(), []byte(answer))
		var missed *LookupError
		if err == nil || errors.As(err, &missed) || !strings.Contains(err.Error(), "listTransitions") {
			t.Errorf("%q: got %s, %v", answer, v, err)
		}
	}
	if _, err := (Lookup{Key: "other"}).Find(nil, transition(), []byte(transitions)); err == nil {
		t.Error("a key without lookup")
	}
}

// TestLookupsThatNeedEachOther: a channel is looked up in its team, which is
// looked up itself, though it stands behind it.
func TestLookupsThatNeedEachOther(t *testing.T) {
	by := func(operation string, arguments map[string]string) openapi.Input {
		return openapi.Input{Type: "string", Required: true, Lookup: &openapi.Lookup{OperationID: operation, Arguments: arguments, List: "/value", Match: []string{"/displayName"}, Value: "/id"}}
	}
	a := &openapi.Action{Method: "POST", Path: "/channels/{channel}/teams/{team}", Parameters: []openapi.Parameter{
		{Name: "channel", In: "path", Style: "simple", Input: by("listChannels", map[string]string{"team": "team-id"})},
		{Name: "team", In: "path", Style: "simple", Input: by("listTeams", nil)},
	}}
	args := parsed(t, `{"channel": "General", "team": "Sales"}`)
	lookups := Lookups(nil, a, args)
	if len(lookups) != 2 || lookups[0].Key != "team" || lookups[1].Key != "channel" {
		t.Fatalf("got %v", lookups)
	}
	found, err := lookups[0].Find(nil, a, []byte(`{"value": [{"id": "T1", "displayName": "Sales"}]}`))
	if err != nil {
		t.Fatal(err)
	}
	args["team"] = found
	if diff := cmp.Diff(Args{"team-id": raw(`"T1"`)}, lookups[1].With(a, args).Args); diff != "" {
		t.Error(diff)
	}
	circle := &openapi.Action{Method: "GET", Path: "/x", Parameters: []openapi.Parameter{
		{Name: "a", In: "query", Style: "form", Input: by("listA", map[string]string{"b": "b"})},
		{Name: "b", In: "query", Style: "form", Input: by("listB", map[string]string{"a": "a"})},
	}}
	if got := Lookups(nil, circle, parsed(t, `{"a": "1", "b": "2"}`)); len(got) != 2 || got[0].Key != "a" {
		t.Errorf("a circle: %v", got)
	}
}

func TestANameIsAsGoodAsAValue(t *testing.T) {
	a := transition()
	a.Body.Fields[0].Type = "integer"
	inputs, _ := Inputs(a)
	if inputs[1].Kind != String {
		t.Errorf("a name is of kind %s", inputs[1].Kind)
	}
	if problems := Check(a, parsed(t, `{"issue": "OPS-1", "transition.id": "Done"}`)); problems != nil {
		t.Error(problems)
	}
	found, err := Lookup{Key: "transition.id", Wanted: raw(`"Done"`)}.Find(nil, a, []byte(transitions))
	if err != nil || string(found) != "21" {
		t.Errorf("got %s, %v, want the number 21", found, err)
	}
	shape, err := json.Marshal(Schema(a))
	if err != nil || !strings.Contains(string(shape), `"transition.id":{"type":"string"`) {
		t.Errorf("%s %v", shape, err)
	}
}
