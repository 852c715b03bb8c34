package converse

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/engine/plan"
)

// TestQuery: a follow-up is searched with the question it follows, another
// question by itself.
func TestQuery(t *testing.T) {
	for _, tt := range []struct {
		before, message string
		joined          bool
	}{
		{"How many days of leave do I get?", "and in Germany?", true},
		{"How many days of leave do I get?", "What about contractors?", true},
		{"How many days of leave do I get?", "contractors?", true},
		{"How many days of leave do I get?", "Why?", true},
		{"What is the travel policy?", "Does it cover trains?", true},
		{"What is the travel policy?", "Who approves that?", true},
		{"What is the travel policy?", "Is that the same for interns?", true},
		{"Who is the head of sales?", "What is her phone number?", true},
		{"Wie viele Urlaubstage habe ich?", "Und in Österreich?", true},
		{"Wie viele Urlaubstage habe ich?", "Was ist mit Praktikanten?", true},
		{"Wie viele Urlaubstage habe ich?", "Wer genehmigt diese?", true},
		{"Combien de jours de congé ?", "et en Allemagne ?", true},
		{"¿Cuántos días de vacaciones?", "¿y en Alemania?", true},
		{"Quanti giorni di ferie?", "e in Germania?", true},
		{"Сколько дней отпуска?", "а в Германии?", true},
		{"كم يوم إجازة؟", "و في ألمانيا؟", true},
		{"有几天假期？", "那德国呢？", true},
		{"休暇は何日ですか？", "では派遣社員は？", true},
		{"有几天假期？", "德国", true},

		{"How many days of leave do I get?", "What is the travel policy?", false},
		{"How many days of leave do I get?", "parental leave rules", false},
		{"How many days of leave do I get?", "How do I reset my password?", false},
		{"How many days of leave do I get?", "Is alcohol allowed at company events?", false},
		{"How many days of leave do I get?", "And please tell me at length everything there is to know about the new building", false},
		{"Wie viele Urlaubstage habe ich?", "Wie setze ich mein Passwort zurück?", false},
		{"有几天假期？", "公司的差旅政策对商务舱有什么规定，需要谁来批准？", false},
		{"休暇は何日ですか？", "出張規程ではビジネスクラスについてどう定められていますか？", false},
		{"How many days of leave do I get?", "???", false},
	} {
		turn := &Turn{Turn: plan.Turn{Message: tt.message, History: []plan.Utterance{
			{Person: true, Text: "What is the dress code of the office on Fridays?"}, {Text: "Casual."},
			{Person: true, Text: tt.before}, {Text: "Nothing of the server's words."},
		}}}
		want := tt.message
		if tt.joined {
			want += "\n" + tt.before
		}
		if got := turn.query(); got != want {
			t.Errorf("%q: %q, want %q", tt.message, got, want)
		}
		turn.History = nil
		if got := turn.query(); got != tt.message {
			t.Errorf("%q without history: %q", tt.message, got)
		}
	}
}

// TestQueryOfAChain goes back to the question that says what it is about.
func TestQueryOfAChain(t *testing.T) {
	turn := &Turn{Turn: plan.Turn{Message: "and contractors?", History: []plan.Utterance{
		{Person: true, Text: "How many days of parental leave do I get?"}, {Text: "A"}, {Person: true, Text: "and in Germany?"}, {Text: "B"},
	}}}
	if got, want := turn.query(), "and contractors?\nand in Germany?\nHow many days of parental leave do I get?"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	for range 10 {
		turn.History = append(turn.History, plan.Utterance{Person: true, Text: "and " + strings.Repeat("ä", 2_000) + "?"})
	}
	if got := turn.query(); utf8.RuneCountInString(got) > maxQuery || strings.Count(got, "\n") != back {
		t.Errorf("%d characters, %d earlier questions", utf8.RuneCountInString(got), strings.Count(got, "\n"))
	}
}
