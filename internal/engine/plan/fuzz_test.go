package plan

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/action"
)

// FuzzDecide holds every decision to what a Planner promises: it never panics,
// the same turn has the same decision, arguments fit the action, and a read
// lacks nothing.
func FuzzDecide(f *testing.F) {
	for _, s := range sentences(f, "sentences.jsonl") {
		before := ""
		if len(s.History) > 0 {
			before = s.History[0].Text
		}
		f.Add(s.Say, before, "Which one?")
	}
	f.Add("„from to - : from 9 to 10 am”", "\x00", "")
	f.Add("in 99999 days, 31 February, 1.1.1 -,- #$€ 0k 1e9", "99.99.9999", "?")
	f.Add("next", "the day after", "'")
	var all []Tool
	for _, plugin := range []string{"rooms", "expenses", "flags", "invoicing", "jira_cloud", "zendesk_suite"} {
		all = append(all, tools(f, plugin)...)
	}
	f.Fuzz(func(t *testing.T, say, before, answer string) {
		turn := Turn{Now: now, Message: say, Tools: all}
		if before != "" {
			turn.History = []Utterance{{Person: true, Text: before}, {Text: answer}}
		}
		d, err := Words{}.Decide(context.Background(), turn)
		if err != nil {
			t.Fatal(err)
		}
		again, _ := Words{}.Decide(context.Background(), turn)
		if diff := cmp.Diff(d, again); diff != "" {
			t.Fatalf("the same turn has another decision: %s", diff)
		}
		keepsPromise(t, turn, d)
	})
}

func keepsPromise(t *testing.T, turn Turn, d Decision) {
	t.Helper()
	if (d.Call == nil) == (d.Text == "") {
		t.Fatalf("a decision is either a call or a text, got %+v", d)
	}
	if d.Call == nil {
		return
	}
	a := turn.Tools[d.Call.Tool].Action
	if a.Internal {
		t.Fatalf("%s is internal", a.OperationID)
	}
	for _, p := range action.Check(a, action.Complete(a, d.Call.Args)) {
		if d.Call.Args[p.Key] != nil {
			t.Errorf("%s: %s = %s: %s", a.OperationID, p.Key, d.Call.Args[p.Key], p.Message)
		}
		if a.Effect == "read" {
			t.Errorf("%s is called without %s", a.OperationID, p.Key)
		}
	}
}
