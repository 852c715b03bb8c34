package converse_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/engine/converse/conversetest"
	"github.com/parleyhq/parley/internal/engine/guard"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/plan"
)

// TestCheck: an answer that the passages do not bear out is corrected once, and
// what they do not bear out then is taken out.
func TestCheck(t *testing.T) {
	const right, wrong, worse = "The dinner limit for clients is 50 euros per person [1].", "Receipts are kept for 3 years [1].", "The office in Oslo opened in 1987 [1]."
	const shown, kept = "The dinner limit for clients is 50 euros per person.", "Receipts are kept for ten years."
	for name, tt := range map[string]struct {
		mode  converse.Mode
		says  []string
		path  string
		said  string // by Texts
		final string
	}{
		"borne out":               {converse.Retrieval, []string{right}, "search generate answer", shown, shown},
		"corrected":               {converse.Retrieval, []string{right + " " + wrong, right + " Receipts are kept for ten years [1]."}, "search generate generate answer", shown + " Receipts are kept for 3 years.", shown + " " + kept},
		"corrected, and not":      {converse.Retrieval, []string{right + " " + wrong, right + " " + worse}, "search generate generate answer", shown + " Receipts are kept for 3 years.", shown},
		"not corrected":           {converse.Retrieval, []string{right + " " + wrong, ""}, "search generate generate answer", shown + " Receipts are kept for 3 years.", shown},
		"given up":                {converse.Retrieval, []string{right + " " + wrong, "NO_ANSWER"}, "search generate generate answer", shown + " Receipts are kept for 3 years.", shown},
		"nothing of it":           {converse.Retrieval, []string{worse, worse}, "search generate generate none", "The office in Oslo opened in 1987.", nothingFound},
		"what is not allowed":     {converse.Retrieval, []string{right + " " + wrong, "Bluebird [1]."}, "search generate generate answer", shown + " Receipts are kept for 3 years.", shown},
		"own knowledge":           {converse.Creator, []string{"The office in Oslo opened in 1987."}, "generate answer", "The office in Oslo opened in 1987.", "The office in Oslo opened in 1987."},
		"of an orchestrated turn": {converse.Orchestrated, []string{worse, right}, "search generate generate answer", "The office in Oslo opened in 1987.", shown},
	} {
		t.Run(name, func(t *testing.T) {
			turn := &converse.Turn{Mode: tt.mode, Model: true, Searchable: true, Check: true, Guard: guard.Config{Phrases: []string{"bluebird"}}.For(nil, nil)}
			r := ask(t, turn, conversetest.Says(append(tt.says, "asked too often")...), dinner())
			if got := path(r); got != tt.path {
				t.Errorf("path %q, want %q", got, tt.path)
			}
			if r.Said != tt.said {
				t.Errorf("said %q, want %q", r.Said, tt.said)
			}
			if r.Final.Answer.Text != tt.final {
				t.Errorf("answer %q, want %q", r.Final.Answer.Text, tt.final)
			}
			if replaced := grounded(r); replaced != (tt.said != tt.final) {
				t.Errorf("replaced: %t", replaced)
			}
			for _, s := range r.Final.Answer.Sources {
				for _, g := range s.Segments {
					if n := len([]rune(r.Final.Answer.Text)); g.Begin < 0 || g.End > n || g.Begin >= g.End {
						t.Errorf("a segment from %d to %d of %d", g.Begin, g.End, n)
					}
				}
			}
		})
	}
}

func grounded(r *conversetest.Record) bool {
	for _, e := range r.Events {
		if _, ok := e.(converse.Grounded); ok {
			return true
		}
	}
	return false
}

// TestTheCheckFails: when the model cannot be asked again, the answer stays
// without what is not borne out.
func TestTheCheckFails(t *testing.T) {
	for _, second := range []conversetest.Answer{
		{Err: &llm.Error{Reason: llm.Unavailable}},
		{Pieces: []string{"The dinner"}, Err: errors.New("gone")},
		{Pieces: []string{"The dinner limit"}, Stop: llm.CutShort},
		{Stop: llm.Withheld},
	} {
		model := &conversetest.Scripted{Answers: []conversetest.Answer{{Pieces: []string{"The dinner limit for clients is 50 euros per person [1]. Oslo opened in 1987 [1]."}}, second}}
		turn := &converse.Turn{Turn: plan.Turn{Message: message}, Mode: converse.Retrieval, Model: true, Searchable: true, Check: true}
		r := ask(t, turn, model, dinner())
		if got := path(r); got != "search generate generate answer" || r.Shown != "The dinner limit for clients is 50 euros per person." || !grounded(r) {
			t.Errorf("%+v: %s %q", second, got, r.Shown)
		}
		if asked := model.Asked[1].Messages[0].Text; !strings.Contains(asked, "- Oslo opened in 1987.\n") {
			t.Errorf("asked %s", asked)
		}
	}
}
