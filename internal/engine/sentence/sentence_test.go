package sentence_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/sentence"
)

func TestSplit(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []string
	}{
		{"plain", "One is here. Two is there! Is three?", []string{"One is here.", "Two is there!", "Is three?"}},
		{"abbreviations", "Ask Dr. Smith, e.g. at 3.14 p.m. on Monday. It ends.", []string{"Ask Dr. Smith, e.g. at 3.14 p.m. on Monday.", "It ends."}},
		{"initials", "J. R. Smith signed it. I did not. Nor did I. He did.", []string{"J. R. Smith signed it.", "I did not.", "Nor did I.", "He did."}},
		{"decimals and versions", "Use v1.2.3 now. It costs 3.50 EUR.", []string{"Use v1.2.3 now.", "It costs 3.50 EUR."}},
		{"quotes", `He said "Stop." Then he left. (So it was.) End.`, []string{`He said "Stop."`, "Then he left.", "(So it was.)", "End."}},
		{"lower case goes on", "The file main.go is here. and goes on.", []string{"The file main.go is here. and goes on."}},
		{"German days", "Am 3. Oktober ist frei. Es kostet 3. Danach mehr.", []string{"Am 3. Oktober ist frei.", "Es kostet 3.", "Danach mehr."}},
		{"CJK", "これは本です。それは？はい！", []string{"これは本です。", "それは？", "はい！"}},
		{"CJK quotes", "「これです。」次です。", []string{"「これです。」", "次です。"}},
		{"Devanagari", "यह एक है। यह दो है।", []string{"यह एक है।", "यह दो है।"}},
		{"Arabic", "ما هذا؟ هذا كتاب.", []string{"ما هذا؟", "هذا كتاب."}},
		{"Thai has none", "นี่คือหนังสือ นั่นคือปากกา", []string{"นี่คือหนังสือ นั่นคือปากกา"}},
		{"heading and text", "Travel policy\nEmployees book early.", []string{"Travel policy", "Employees book early."}},
		{"list", "You need:\n- a badge\n- a key\n1. Go\n2. Come", []string{"You need:", "- a badge", "- a key", "1. Go", "2. Come"}},
		{"table", "| a | b |\n| c | d |", []string{"| a | b |", "| c | d |"}},
		{"broken by hand", "This is a long line that somebody broke by hand because of\nEmacs, which does so. Next.", []string{"This is a long line that somebody broke by hand because of\nEmacs, which does so.", "Next."}},
		{"paragraphs", "no stop\n\nNext", []string{"no stop", "Next"}},
		{"only stops", "... !!", []string{"...", "!!"}},
		{"ellipsis", "Well… Perhaps… not.", []string{"Well…", "Perhaps… not."}},
		{"white space", " \n\t\n ", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, s := range sentence.Split(c.text) {
				got = append(got, c.text[s.Begin:s.End])
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Nothing but white space is lost, nothing is in two sentences, and no character
// is cut.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"One. Two.", "a\n- b\n\n\nc", "これは。はい", "\n\n", "3. Mai", "\xff. A", "..\n..", "A.\u00a0B"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, s := range sentence.Split(text) {
			if s.Begin < at || s.End <= s.Begin || s.End > len(text) {
				t.Fatalf("%v after %d of %d", s, at, len(text))
			}
			if strings.TrimSpace(text[at:s.Begin]) != "" {
				t.Fatalf("%q is lost", text[at:s.Begin])
			}
			if utf8.ValidString(text) && !utf8.ValidString(text[s.Begin:s.End]) {
				t.Fatalf("%v cuts a character", s)
			}
			at = s.End
		}
		if strings.TrimSpace(text[at:]) != "" {
			t.Fatalf("%q is lost", text[at:])
		}
	})
}
