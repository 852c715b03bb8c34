package plan

import (
	"hash/fnv"
	"os"
	"slices"
	"strings"
	"testing"
)

// kits are sets of plugins that a company may well have together.
var kits = [][]string{
	{"leave", "expenses", "rooms"},
	{"jira_cloud"},
	{"zendesk_suite", "crm"},
	{"oncall", "deployments", "flags"},
	{"petstore", "orders", "shipping", "weather"},
	{"library", "training", "fleet", "inventory"},
	{"invoicing", "recruiting", "surveys"},
}

func kitOf(t testing.TB, plugins []string) (all []Tool) {
	t.Helper()
	for _, p := range plugins {
		all = append(all, tools(t, p)...)
	}
	return all
}

func tuning(line string) bool {
	h := fnv.New32a()
	_, _ = h.Write([]byte(line))
	return h.Sum32()%2 == 0
}

// TestQuestionsAreLeftAlone: where documents can be searched, what people ask of
// documents is not taken for a request, whatever plugins there are. The table
// was written before the rule.
func TestQuestionsAreLeftAlone(t *testing.T) {
	leftAlone(t, "testdata/questions.txt", kits)
}

// leftAlone asks every question of a file among the plugins of each kit: documents are
// to answer nearly all.
func leftAlone(t *testing.T, file string, kits [][]string) {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var asked, left [2]int
	for _, plugins := range kits {
		list := kitOf(t, plugins)
		for line := range strings.Lines(string(src)) {
			line = strings.TrimSpace(line)
			half := 0
			if !tuning(line) {
				half = 1
			}
			asked[half]++
			d := decide(t, Turn{Message: line, Tools: list, Open: true})
			if d.Unfit {
				left[half]++
				continue
			}
			what := d.Text
			if d.Call != nil {
				what = list[d.Call.Tool].Action.OperationID
			}
			t.Logf("%v %q: %s", plugins, line, what)
		}
	}
	for half, name := range []string{"tuning", "held out"} {
		share := percent(left[half], asked[half])
		t.Logf("%s: %.1f %% of %d left alone", name, share, asked[half])
		if share < 97 {
			t.Errorf("%s: %.1f %% of the questions are left alone, want at least 97 %%", name, share)
		}
	}
}

// TestRequestsAreStillTaken: the same rule keeps most requests, each among the
// plugins of its kit.
func TestRequestsAreStillTaken(t *testing.T) {
	of, taken, all := shelf(t), 0, 0
	together := make([][]Tool, len(kits))
	for i, plugins := range kits {
		together[i] = kitOf(t, plugins)
	}
	for _, s := range append(sentences(t, "sentences.jsonl"), sentences(t, "fresh.jsonl")...) {
		list := of(s.Plugin)
		if at := slices.IndexFunc(kits, func(k []string) bool { return slices.Contains(k, s.Plugin) }); at >= 0 {
			list = together[at]
		}
		if len(s.History) > 0 || s.Action == "" {
			continue
		}
		all++
		d := decide(t, Turn{Message: s.Say, Tools: list, Open: true})
		asks := strings.Contains(d.Text, "please tell me")
		if d.Call != nil && list[d.Call.Tool].Action.OperationID == s.Action || asks {
			taken++
		} else if testing.Verbose() {
			got := "unfit"
			if d.Call != nil {
				got = list[d.Call.Tool].Action.OperationID
			}
			t.Logf("%s %q: %s, want %s", s.Plugin, s.Say, got, s.Action)
		}
	}
	share := percent(taken, all)
	t.Logf("%.1f %% of %d requests taken", share, all)
	if share < 80 {
		t.Errorf("%.1f %% of the requests are taken, want at least 80 %%", share)
	}
}

// TestAQuestionBackInAnOpenTurn: what a request lacks is asked for, and the answer
// to that goes on with the request.
func TestAQuestionBackInAnOpenTurn(t *testing.T) {
	list := kitOf(t, kits[4])
	first := decide(t, Turn{Message: "what does it cost to send a parcel?", Tools: list, Open: true})
	if want := "To do this (Get rates), please tell me: weight and country."; first.Text != want || first.Unfit {
		t.Fatalf("%+v, want %q", first, want)
	}
	turn := Turn{Message: "4 kg to Canada", Tools: list, Open: true, History: []Utterance{{Person: true, Text: "what does it cost to send a parcel?"}, {Text: first.Text}}}
	if got, _ := called(t, turn); got != "getRates" {
		t.Errorf("%s is called", got)
	}
	turn.Message = "What does our travel policy say about business class?"
	if d := decide(t, turn); !d.Unfit {
		t.Errorf("another question goes on with the request: %+v", d)
	}
}
