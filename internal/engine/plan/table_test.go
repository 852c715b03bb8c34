package plan

import (
	"bytes"
	"context"
	"encoding/json"
	"hash/fnv"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// now is a Wednesday.
var now = time.Date(2026, 3, 11, 10, 30, 0, 0, time.FixedZone("CET", 3600))

// A sentence is a line of the table: what a person says to a plugin, and what
// should come of it. The table was written before the planner.
type sentence struct {
	Plugin  string
	Say     string
	History []Utterance
	Action  string                     // operation id; "": none fits
	Args    map[string]json.RawMessage // what the sentence gives, and nothing else
}

// half says whether the planner may be tuned to the sentence, or is only
// measured with it.
func (s sentence) half() string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(s.Say))
	if h.Sum32()%2 == 0 {
		return "tuning"
	}
	return "held out"
}

func sentences(t testing.TB, name string) []sentence {
	t.Helper()
	src, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	var list []sentence
	for line := range bytes.Lines(src) {
		var s sentence
		if err := json.Unmarshal(line, &s); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		list = append(list, s)
	}
	return list
}

// tools reads a plugin's document: the catalogue's, the demo's, or one of the
// test's own.
func tools(t testing.TB, plugin string) []Tool {
	t.Helper()
	for _, name := range []string{
		filepath.Join("testdata", "plugins", plugin+".yaml"),
		filepath.Join("..", "..", "resource", "plugin", "catalogue", "documents", plugin+".yaml"),
		filepath.Join("..", "..", "demo", plugin+".yaml"),
	} {
		src, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		doc, findings := openapi.Parse(src, openapi.DefaultLimits())
		if refused := openapi.OnlyRefused(findings); len(refused) > 0 {
			t.Fatalf("%s: %v", name, refused)
		}
		out := make([]Tool, len(doc.Actions))
		for i := range doc.Actions {
			out[i] = Tool{Plugin: doc.Title, Document: doc, Action: &doc.Actions[i]}
		}
		return out
	}
	t.Fatalf("no document of %s", plugin)
	return nil
}

// shelf reads each plugin's document once.
func shelf(t testing.TB) func(plugin string) []Tool {
	read := map[string][]Tool{}
	return func(plugin string) []Tool {
		if read[plugin] == nil {
			read[plugin] = tools(t, plugin)
		}
		return read[plugin]
	}
}

// A score counts what came out right.
type score struct {
	sentences, actions      int
	fields, right, complete int // fields: given or expected; complete: sentences with all right
}

func (s *score) add(o score) {
	s.sentences += o.sentences
	s.actions += o.actions
	s.fields += o.fields
	s.right += o.right
	s.complete += o.complete
}

func percent(n, of int) float64 { return 100 * float64(n) / float64(max(of, 1)) }

// measure plans a sentence and compares. A wrong field, a missing one and one
// too many each count as one that is not right. Texts are compared without
// regard to case and outer punctuation.
func measure(t *testing.T, s sentence, list []Tool) score {
	t.Helper()
	d, err := Words{}.Decide(context.Background(), Turn{Now: now, Message: s.Say, History: s.History, Tools: list})
	if err != nil {
		t.Fatalf("%q: %v", s.Say, err)
	}
	got, args := "", map[string]json.RawMessage{}
	if d.Call != nil {
		got, args = list[d.Call.Tool].Action.OperationID, d.Call.Args
	}
	out := score{sentences: 1}
	keys := maps.Clone(s.Args)
	if keys == nil {
		keys = map[string]json.RawMessage{}
	}
	if got == s.Action {
		out.actions = 1
		maps.Copy(keys, args)
	}
	out.fields = len(keys)
	for key := range keys {
		if got == s.Action && s.Args[key] != nil && same(s.Args[key], args[key]) {
			out.right++
		}
	}
	if got == s.Action && out.right == out.fields {
		out.complete = 1
	} else if testing.Verbose() {
		t.Logf("%s: %q (%s)\n  want %s %s\n  got  %s %s %s", s.Plugin, s.Say, s.half(), s.Action, shown(s.Args), got, shown(args), d.Text)
	}
	return out
}

func shown(args map[string]json.RawMessage) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(args)) {
		b.WriteString(key + "=" + string(args[key]) + " ")
	}
	return b.String()
}

func same(want, got json.RawMessage) bool {
	normal := func(raw json.RawMessage) string {
		var v any
		if json.Unmarshal(raw, &v) != nil {
			return ""
		}
		if s, ok := v.(string); ok {
			return strings.ToLower(strings.Trim(s, " .!?,;:"))
		}
		out, _ := json.Marshal(v)
		return string(out)
	}
	return len(got) > 0 && normal(want) == normal(got)
}

// TestSentences holds the planner to its floors: the right action first for at
// least 85 % of the sentences, at least 70 % of the fields right, in the half
// that it was not tuned to as in the other. Run it with -v to see what went
// wrong. Before any tuning the held-out half had 90.2 % and 89.2 %.
func TestSentences(t *testing.T) {
	list := sentences(t, "sentences.jsonl")
	halves, plugins := score{}, map[string][]Tool{}
	byHalf := map[string]*score{"tuning": {}, "held out": {}}
	for _, s := range list {
		if plugins[s.Plugin] == nil {
			plugins[s.Plugin] = tools(t, s.Plugin)
		}
		one := measure(t, s, plugins[s.Plugin])
		byHalf[s.half()].add(one)
		halves.add(one)
	}
	if len(list) < 150 || len(plugins) < 15 {
		t.Errorf("the table has %d sentences over %d plugins, want at least 150 over 15", len(list), len(plugins))
	}
	for half, s := range byHalf {
		hold(t, half, *s)
	}
	hold(t, "both", halves)
}

// TestFreshSentences measures plugins and sentences that came after the planner,
// on the catalogue's own documents. At the first run, untuned, 95.1 % of the
// actions and 75.0 % of the fields were right; what it showed was then mended, so
// that it guards against regression now.
func TestFreshSentences(t *testing.T) {
	var all score
	for _, s := range sentences(t, "fresh.jsonl") {
		all.add(measure(t, s, tools(t, s.Plugin)))
	}
	hold(t, "fresh", all)
}

// TestLaterSentences measures what was written after all tuning: the planner was
// not changed for any of it.
func TestLaterSentences(t *testing.T) {
	var all score
	for _, s := range sentences(t, "later.jsonl") {
		all.add(measure(t, s, tools(t, s.Plugin)))
	}
	hold(t, "later", all)
}

// hold prints the figures and holds them to the floors.
func hold(t *testing.T, name string, s score) {
	t.Helper()
	actions, fields := percent(s.actions, s.sentences), percent(s.right, s.fields)
	t.Logf("%s: %d sentences, action right %.1f %%, fields right %.1f %% of %d, all right %.1f %%",
		name, s.sentences, actions, fields, s.fields, percent(s.complete, s.sentences))
	if actions < 85 {
		t.Errorf("%s: the right action for %.1f %%, want at least 85 %%", name, actions)
	}
	if fields < 70 {
		t.Errorf("%s: %.1f %% of the fields right, want at least 70 %%", name, fields)
	}
}
