package quote_test

import (
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/quote"
)

// pumps are manuals that differ in one name.
func pumps() []cite.Passage {
	return []cite.Passage{
		{Document: "p100", Title: "p100", Text: "Pump P100: manual\n\nTechnical data\n\nThe pump P100 weighs 38 kg. Its motor has 2.2 kW.\n\nUse oil of the class VG 68 only."},
		{Document: "p200", Title: "p200", Text: "Pump P200: manual\n\nTechnical data\n\nThe pump P200 weighs 71 kg. Its motor has 5.5 kW.\n\nUse oil of the class VG 46 only."},
		{Document: "travel", Title: "travel", Text: "The hotel limit is 140 euros a night in Germany. Whoever travels by train has lunch there.\n\nBreakfast is paid by the company."},
	}
}

// TestAFollowUp: what is asked now counts for more than what was asked before, and
// takes the place of what that named.
func TestAFollowUp(t *testing.T) {
	for _, c := range []struct{ question, earlier, want string }{
		{"and the P200?", "How much does the P100 weigh?", "“The pump P200 weighs 71 kg."},
		{"and its motor?", "How much does the P100 weigh?", "“The pump P100 weighs 38 kg. Its motor has 2.2 kW.”"},
		{"What about breakfast?", "How much may a hotel cost a night in Germany?", "“Breakfast is paid by the company.”"},
		{"and the P300?", "How much does the P100 weigh?", ""},
	} {
		a, ok := quote.Answer(c.question, pumps(), c.earlier)
		first, _, _ := strings.Cut(strings.TrimPrefix(a.Text, "This is what the documents say:\n\n- "), "\n")
		if ok != (c.want != "") || !strings.HasPrefix(first, c.want) {
			t.Errorf("%s %s: %v %s", c.earlier, c.question, ok, a.Text)
		}
	}
}

// TestATitleIsNoAnswer, also with a colon in it; a line that tells something is.
func TestATitleIsNoAnswer(t *testing.T) {
	a, ok := quote.Answer("Which oil for the pump P200?", pumps())
	if !ok || strings.Contains(a.Text, "manual") || !strings.Contains(a.Text, "VG 46") {
		t.Errorf("%v %s", ok, a.Text)
	}
	desk := []cite.Passage{{Document: "desk", Title: "Reception", Text: "Telephone: 4417\n\nFax: 4418\n\nOpen on weekdays."}}
	if a, ok := quote.Answer("What is the telephone number of the reception?", desk); !ok || !strings.Contains(a.Text, "“Telephone: 4417”") {
		t.Errorf("%v %s", ok, a.Text)
	}
}

// TestAWordOfTheAsker: a word that no document has does not stand in the way, but a
// name does.
func TestAWordOfTheAsker(t *testing.T) {
	garage := []cite.Passage{{Document: "garage", Title: "garage.txt", Text: "The parking garage opens at six. It has room for forty cars."}}
	for question, want := range map[string]bool{
		"How many cars fit in the garage?":            true,
		"How many cars fit in the garage in Hamburg?": false,
		"Who won the world cup?":                      false,
	} {
		if a, ok := quote.Answer(question, garage); ok != want {
			t.Errorf("%s: %v %s", question, ok, a.Text)
		}
	}
}
