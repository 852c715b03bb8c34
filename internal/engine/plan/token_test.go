package plan

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestStem(t *testing.T) {
	for _, same := range [][]string{
		{"list", "lists", "listed", "listing"},
		{"ship", "ships", "shipped", "shipping"},
		{"close", "closes", "closed", "closing"},
		{"cancel", "cancels"},
		{"move", "moved", "moving", "moves"},
		{"query", "queries"},
		{"name", "names", "named"},
		{"box", "boxing"},
		{"call", "called", "calls"},
		{"deploy", "deployment", "deployments", "deployed"},
		{"anna", "anna's"},
	} {
		for _, w := range same[1:] {
			if stem(w) != stem(same[0]) {
				t.Errorf("%s is %s, %s is %s", same[0], stem(same[0]), w, stem(w))
			}
		}
	}
	for _, apart := range [][2]string{{"status", "state"}, {"issue", "is"}, {"bus", "bu"}, {"news", "new2"}} {
		if stem(apart[0]) == stem(apart[1]) {
			t.Errorf("%s and %s are both %s", apart[0], apart[1], stem(apart[0]))
		}
	}
}

func TestVocabulary(t *testing.T) {
	for text, want := range map[string][]string{
		"updateLeave_request":  {"update", "leave", "request"},
		"getPDFFile":           {"get", "pdf", "file"},
		"Update leave request": {"update", "leave", "request"},
		"issues[]":             {"issue"},
		"":                     {},
		"größeÄndern":          {"größe", "ändern"},
	} {
		got := vocabulary(text)
		for i := range got {
			got[i] = stem(got[i])
		}
		for i := range want {
			want[i] = stem(want[i])
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q is %v, want %v", text, got, want)
		}
	}
}

func TestNear(t *testing.T) {
	for _, pair := range [][2]string{{"delte", "delete"}, {"creat", "create"}, {"tiket", "ticket"}, {"updaet", "update"}, {"searhc", "search"}, {"invoise", "invoice"}} {
		if !near(pair[0], pair[1]) {
			t.Errorf("%s is no slip of %s", pair[0], pair[1])
		}
	}
	for _, pair := range [][2]string{{"great", "creat"}, {"pets", "cats"}, {"list", "lost1"}, {"order", "older2"}, {"pay", "say"}} {
		if near(pair[0], pair[1]) {
			t.Errorf("%s is taken for a slip of %s", pair[0], pair[1])
		}
	}
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]entity{
		"250":      {number: "250"},
		"1,250.00": {number: "1250"},
		"1.299,00": {number: "1299"},
		"75,000":   {number: "75000"},
		"24.90":    {number: "24.9"},
		"2,5":      {number: "2.5"},
		"$99.50":   {number: "99.5", currency: "USD"},
		"300€":     {number: "300", currency: "EUR"},
		"25%":      {number: "25", unit: "%"},
		"12k":      {number: "12000"},
		"1.5k":     {number: "1500"},
		"1.2kg":    {number: "1.2", unit: "kg"},
		"#8":       {number: "8"},
		"two":      {number: "2"},
		"007":      {number: "7"},
		"1.4.2":    {},
		"v2":       {},
		"1,2,3":    {},
		"$":        {},
		"500s":     {},
		"one":      {},
	} {
		m := &message{raw: text, now: now}
		m.tokens, _ = tokenize(text)
		got := entity{last: 1}
		if len(m.tokens) > 0 {
			if !m.readNumber(&got) {
				got = entity{}
			}
		}
		if got.number != want.number || got.currency != want.currency || want.unit != "" && got.unit != want.unit {
			t.Errorf("%q is %+v, want %+v", text, got, want)
		}
	}
}

// TestTokensKeepTheText holds every token to the place it says it is at.
func TestTokensKeepTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`([a-zA-Zäß0-9 .,:;!?'"“”„()@#€$%/-]|\n){0,80}`).Draw(t, "text")
		tokens, _ := tokenize(text)
		last := 0
		for _, tok := range tokens {
			if tok.from < last || tok.to < tok.from || tok.to > len(text) {
				t.Fatalf("%q at %d to %d after %d", tok.text, tok.from, tok.to, last)
			}
			if tok.low != "-" && text[tok.from:tok.to] != tok.text {
				t.Fatalf("%q is not %q", text[tok.from:tok.to], tok.text)
			}
			last = tok.from
		}
	})
}
