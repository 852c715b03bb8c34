package quote_test

import (
	"fmt"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/quote"
)

const remark = "\n\n(No language model is configured: these are quotations.)"

func passages() []cite.Passage {
	return []cite.Passage{
		{Document: "hotels", Title: "Hotels", Text: "Hotels\n\nA hotel may cost up to 130 EUR a night. Breakfast is included in this limit. See ![map](https://maps.test/x) and https://maps.test/y for the places."},
		{Document: "flights", Title: "Flights", Text: "Flights are booked in Wayfare. They are in economy class. Business class is allowed when a flight takes longer than seven hours."},
		{Document: "haus", Title: "Hausordnung", Text: "Der Hausmeister heißt Jörg Petersen. Die Türen schließen um 20 Uhr."},
		{Document: "ja", Title: "保証", Text: "保証期間は三年です。修理の窓口は横浜支店です。"},
	}
}

func TestAnswer(t *testing.T) {
	for _, c := range []struct {
		question, want string // the quotations; none: there is no answer
		documents      []string
	}{
		{"How much may a hotel cost?", "- “A hotel may cost up to 130 EUR a night.”", []string{"hotels"}},
		{"In which tool are flights booked?", "- “Flights are booked in Wayfare. They are in economy class.”", []string{"flights"}},
		{"When is business class allowed?", "- “Business class is allowed when a flight takes longer than seven hours.”", []string{"flights"}},
		{"Wie heißt der Hausmeister?", "- “Der Hausmeister heißt Jörg Petersen.”", []string{"haus"}},
		{"保証期間は何年ですか", "- “保証期間は三年です。”", []string{"ja"}},
		{"What map is there of the places?", "- “See map and https://maps.test/y for the places.”", []string{"hotels"}},
		{"Who painted the Mona Lisa?", "", nil},
		{"How much may a hotel in Tokyo cost?", "", nil},
		{"", "", nil},
		{"?!", "", nil},
		{"the of and", "", nil},
	} {
		t.Run(c.question, func(t *testing.T) {
			a, ok := quote.Answer(c.question, passages())
			if ok != (c.want != "") {
				t.Fatalf("answered %v: %s", ok, a.Text)
			}
			if !ok {
				if diff := cmp.Diff(cite.Answer{}, a); diff != "" {
					t.Error(diff)
				}
				return
			}
			if diff := cmp.Diff("This is what the documents say:\n\n"+c.want+remark, a.Text); diff != "" {
				t.Error(diff)
			}
			var documents []string
			for _, s := range a.Sources {
				documents = append(documents, s.Document)
			}
			if diff := cmp.Diff(c.documents, documents); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestNoPassages(t *testing.T) {
	if a, ok := quote.Answer("How much may a hotel cost?", nil); ok {
		t.Errorf("answered %s", a.Text)
	}
}

// TestLaws: a segment slices the quotation that it is of, of a passage that says
// so, and is cited once.
func TestLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		pieces := rapid.SliceOfN(rapid.SampledFrom([]string{"hotel ", "cost ", "130 EUR", ". ", "It ", "night", "\n", "\n- ", "# ", "”", "[1]", "保証期間は", "三年です。", "👩🏽‍💻 ", "e\u0301 ", "שלום ", "www.x.test ", "\xff"}), 0, 30)
		var found []cite.Passage
		for i := range rapid.IntRange(0, 5).Draw(t, "passages") {
			found = append(found, cite.Passage{Document: fmt.Sprint(i % 3), Title: "Hotels", Text: strings.Join(pieces.Draw(t, "text"), "")})
		}
		question := strings.Join(pieces.Draw(t, "question"), "")
		a, ok := quote.Answer(question, found)
		again, _ := quote.Answer(question, found)
		if diff := cmp.Diff(a, again); diff != "" {
			t.Fatalf("not the same twice: %s", diff)
		}
		if ok {
			lawful(t, a)
		}
	})
}

func lawful(t rapid.TB, a cite.Answer) {
	if !utf8.ValidString(a.Text) || !strings.HasSuffix(a.Text, remark) || len(a.Sources) == 0 {
		t.Fatalf("%q of %d sources", a.Text, len(a.Sources))
	}
	text := []rune(a.Text)
	for i, s := range a.Sources {
		if s.Number != i+1 || len(s.Segments) == 0 {
			t.Fatalf("source %+v", s)
		}
		for _, g := range s.Segments {
			if got := string(text[g.Begin:g.End]); got != "“"+g.Excerpt+"”" {
				t.Fatalf("%q quotes %q", got, g.Excerpt)
			}
		}
	}
}

func BenchmarkAnswer(b *testing.B) {
	var found []cite.Passage
	for i := range 10 {
		p := passages()[i%2]
		p.Text = strings.Repeat(p.Text+" Filling sentences say nothing that anybody would ask for, about many words. ", 5)
		found = append(found, p)
	}
	b.ReportAllocs()
	for b.Loop() {
		quote.Answer("How much may a hotel cost per night?", found)
	}
}

func FuzzAnswer(f *testing.F) {
	for _, p := range passages() {
		f.Add("How much may a hotel cost?", p.Title, p.Text)
		f.Add("保証期間は何年ですか", p.Title, p.Text)
	}
	f.Add("' . ,", "'", "\xff: \n It is.\n# x\n- It")
	f.Fuzz(func(t *testing.T, question, title, text string) {
		if a, ok := quote.Answer(question, []cite.Passage{{Title: title, Text: text}}); ok {
			lawful(t, a)
		}
	})
}
