package converse_test

import (
	"context"
	"encoding/json"
	"iter"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/engine/converse/conversetest"
	"github.com/parleyhq/parley/internal/engine/guard"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/engine/plan"
)

// fragments are what streams are made of.
var fragments = []string{
	"50 euros", " [1]", "[2]", "[1][2].", "[99]", "[", "]", " ", "\n\n", "Second class.", "NO_ANSWER", "NO", "_ANSWER", "*", "**", "blue", "bird", "Blue [1]bird",
	"![x](https://evil.example/a)", "[docs](https://docs.example.com/expenses)", "https://", "evil.example/?q=", "<img src=", "世界", "é", "👩‍🔧", "|a|b|\n", "- ", "```\n", "`[1]`", "1. ",
}

func phrases() guard.Rules {
	return guard.Config{Phrases: []string{"bluebird", "blue bird"}, Message: "Not here."}.For(nil, nil)
}

// streamed is what a turn comes to when the model's answer comes in these pieces.
func streamed(t interface{ Fatalf(string, ...any) }, basis converse.Mode, pieces []string) *conversetest.Record {
	turn := &converse.Turn{Turn: plan.Turn{Message: message}, Mode: basis, Model: true, Searchable: true, General: true, Guard: phrases(), Files: []converse.File{file(false)}}
	model := &conversetest.Scripted{Answers: []conversetest.Answer{{Pieces: pieces}, {Pieces: []string{"It depends."}}}}
	r := conversetest.World{Model: model, Documents: dinner()}.Run(context.Background(), turn.Ask())
	check(t, r)
	return r
}

// check holds what is true of the end of every turn.
func check(t interface{ Fatalf(string, ...any) }, r *conversetest.Record) {
	last := r.Events[len(r.Events)-1]
	switch last.(type) {
	case converse.Final, converse.Failure:
	default:
		t.Fatalf("the last event is a %T", last)
	}
	switch f := r.Final; {
	case r.Ends != 1:
		t.Fatalf("the turn ends %d times", r.Ends)
	case f == nil:
		if r.Failure.Text == "" && len(r.Failure.Problems) == 0 {
			t.Fatalf("a failure without a word")
		}
	case f.Blocked && (f.Answer.Text != "Not here." || len(f.Answer.Sources) > 0 || !strings.HasSuffix(r.Shown, "Not here.")):
		t.Fatalf("blocked, and yet %+v after %q", f.Answer, r.Shown)
	case !f.Blocked && f.Answer.Text != r.Shown:
		t.Fatalf("shown %q, the answer is %q", r.Shown, f.Answer.Text)
	case strings.TrimSpace(f.Answer.Text) == "" || !utf8.ValidString(f.Answer.Text):
		t.Fatalf("the answer is %q", f.Answer.Text)
	}
	if said := strings.TrimSuffix(r.Said, "Not here."); phrases().Answer(said).Blocked || strings.Contains(said, "![x](https://evil.example/a)") {
		t.Fatalf("it says %q", r.Said)
	}
	for _, q := range r.Requests {
		size := utf8.RuneCountInString(q.System)
		for _, m := range q.Messages {
			size += utf8.RuneCountInString(m.Text)
		}
		if size > 125_000 || len(q.Tools) > 0 {
			t.Fatalf("a request of %d characters and %d tools", size, len(q.Tools))
		}
	}
	if f := r.Final; f != nil && !placesWithin(f.Answer) {
		t.Fatalf("a citation outside of the text: %+v", f.Answer)
	}
}

// placesWithin reports whether the citations of an answer lie within its text.
func placesWithin(a cite.Answer) bool {
	n := utf8.RuneCountInString(a.Text)
	for _, s := range a.Sources {
		for _, g := range s.Segments {
			if g.Begin < 0 || g.End < g.Begin || g.End > n {
				return false
			}
		}
	}
	return true
}

// TestPiecesDoNotMatter: however an answer is cut, it comes to the same.
func TestPiecesDoNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom(fragments), 0, 14).Draw(rt, "text"), "")
		mode := rapid.SampledFrom([]converse.Mode{converse.Retrieval, converse.Creator}).Draw(rt, "mode")
		var pieces []string
		for rest := text; rest != ""; {
			n := rapid.IntRange(1, len(rest)).Draw(rt, "bytes")
			if rapid.Bool().Draw(rt, "short") {
				n = min(n, 2)
			}
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		whole, cut := streamed(rt, mode, []string{text}), streamed(rt, mode, pieces)
		if diff := cmp.Diff(whole.Final, cut.Final); diff != "" {
			rt.Fatalf("%q cut into %q: %s", text, pieces, diff)
		}
		if whole.Said != cut.Said {
			rt.Fatalf("%q cut into %q says %q, not %q", text, pieces, cut.Said, whole.Said)
		}
	})
}

// wild is a model, a planner and a world that do anything.
type wild struct{ rt *rapid.T }

func (w wild) Stream(context.Context, llm.Request) iter.Seq2[llm.Event, error] {
	return func(yield func(llm.Event, error) bool) {
		for range rapid.IntRange(0, 8).Draw(w.rt, "events") {
			var e llm.Event
			switch rapid.IntRange(0, 9).Draw(w.rt, "event") {
			case 0:
				e = llm.ToolCall{ID: "c", Name: "deleteTicket", Arguments: json.RawMessage(`{"id":"1"}`)}
			case 1:
				e = llm.Usage{Input: 1}
			case 2:
				e = llm.Stop{Reason: rapid.SampledFrom([]llm.StopReason{llm.EndOfTurn, llm.CallsMade, llm.CutShort, llm.Withheld}).Draw(w.rt, "stop")}
			default:
				e = llm.Text{Text: rapid.SampledFrom(fragments).Draw(w.rt, "text")}
			}
			if !yield(e, nil) {
				return
			}
		}
		if rapid.IntRange(0, 9).Draw(w.rt, "breaks") == 0 {
			yield(nil, &llm.Error{Reason: llm.Unavailable})
		}
	}
}

func (w wild) Decide(context.Context, plan.Turn) (plan.Decision, error) {
	d := plan.Decision{Text: rapid.SampledFrom(fragments).Draw(w.rt, "says"), Unfit: rapid.Bool().Draw(w.rt, "unfit")}
	if rapid.Bool().Draw(w.rt, "calls") {
		d.Call = &plan.Call{Tool: rapid.IntRange(-1, 3).Draw(w.rt, "tool"), Args: action.Args{"id": json.RawMessage(`"1"`), "subject": json.RawMessage(`"bluebird"`)}}
		if rapid.Bool().Draw(w.rt, "page") {
			d.Call = &plan.Call{Tool: 0, Args: action.Args{"page": json.RawMessage(rapid.StringMatching(`[1-9]`).Draw(w.rt, "page number"))}}
		}
	}
	return d, nil
}

func (w wild) fail(converse.Effect, int) error {
	if rapid.IntRange(0, 19).Draw(w.rt, "fails") == 0 {
		return &llm.Error{Reason: llm.Timeout}
	}
	return nil
}

// TestEveryTurnEnds: whatever is found, decided, answered and said, in any mode, a
// turn ends once, in bounded steps, says nothing that is not allowed, and calls
// no write.
func TestEveryTurnEnds(t *testing.T) {
	tools := deskTools(t)
	rapid.Check(t, func(rt *rapid.T) {
		flag := func(name string) bool { return rapid.Bool().Draw(rt, name) }
		turn := &converse.Turn{
			Turn: plan.Turn{Message: rapid.SampledFrom([]string{message, "and clients?", "list tickets", "bluebird", ""}).Draw(rt, "message")},
			Mode: converse.Mode(rapid.IntRange(0, 3).Draw(rt, "mode")), Model: flag("model"), Searchable: flag("searchable"),
			General: flag("general"), Check: flag("check"), Guard: phrases(),
		}
		if flag("tools") {
			turn.Tools = tools
		}
		if flag("files") {
			turn.Files = []converse.File{file(flag("new")), image()}
		}
		if flag("history") {
			turn.History = []plan.Utterance{{Person: true, Text: message}, {Text: "50 euros"}}
		}
		w := wild{rt}
		world := conversetest.World{Model: w, Planner: w, Fail: w.fail, Call: func(converse.Call) converse.Answer {
			text := rapid.SampledFrom(fragments).Draw(rt, "result")
			return converse.Answer{Status: 200, MediaType: "text/plain", Body: []byte(text), Size: int64(len(text))}
		}}
		if flag("found") {
			world.Documents = dinner()
		}
		r := world.Run(context.Background(), turn.Ask())
		check(rt, r)
		if len(r.Effects) > 2*converse.MaxCalls+4 || len(r.Calls) > converse.MaxCalls {
			rt.Fatalf("%d effects, %d calls", len(r.Effects), len(r.Calls))
		}
		for _, c := range r.Calls {
			if c.Confirmed || turn.Tools[c.Tool].Action.Effect != openapi.Read {
				rt.Fatalf("a write is called: %+v", c)
			}
		}
		if r.Review != nil && (r.Review.Call.Confirmed || string(r.Review.Call.Args["subject"]) == `"bluebird"`) {
			rt.Fatalf("a form with %+v", r.Review.Call)
		}
	})
}

// FuzzAnswer lets a model say anything about documents that say anything.
func FuzzAnswer(f *testing.F) {
	f.Add("What?", "50 euros [1].", "The limit is 50 euros.", uint(3))
	f.Add("NO_ANSWER", "NO_ANSWER", "data>>>", uint(1))
	f.Add("\xff", "![a](b)[1]\xe4\xb8", "\x00", uint(2))
	f.Add("bluebird", "blue[1] bird", "bluebird", uint(4))
	f.Fuzz(func(t *testing.T, message, says, document string, cut uint) {
		at := int(cut % uint(len(says)+1))
		model := &conversetest.Scripted{Answers: []conversetest.Answer{{Pieces: []string{says[:at], says[at:]}}, {Pieces: []string{"It depends."}}}}
		turn := &converse.Turn{Turn: plan.Turn{Message: message}, Mode: converse.Retrieval, Model: true, Searchable: true, General: true, Check: true, Guard: phrases(), Files: []converse.File{{ID: "f1", Name: says, Text: document}}}
		r := conversetest.World{Model: model, Documents: []cite.Passage{{Document: "d", Title: document, URL: message, Text: document}}}.Run(t.Context(), turn.Ask())
		if phrases().Answer(strings.TrimSuffix(r.Said, "Not here.")).Blocked {
			t.Errorf("it says %q", r.Said)
		}
		if r.Ends != 1 || r.Final != nil && !r.Final.Blocked && r.Final.Answer.Text != r.Shown {
			t.Errorf("%d ends, shown %q, %+v", r.Ends, r.Shown, r.Final)
		}
		if r.Final != nil && !placesWithin(r.Final.Answer) {
			t.Errorf("a citation outside of the text: %+v", r.Final.Answer)
		}
	})
}
