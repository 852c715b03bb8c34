package cite_test

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/engine/cite"
)

// fragments are what the laws put texts together from.
func fragments() []string {
	return []string{
		"Hotels", " cost ", "140 EUR", ". ", ".", " ", "\n", "\n\n", "- ", "1. ", "#", "> ", "a", "x ",
		"[1]", "[2]", "[1, 3]", "[1-3]", "[9]", "[0]", "[2024]", "【1】", "【2†s】", "[", "]", "(", ")", "![", "!", "](", "[^1]", "]: ", "[x]",
		"`", "``", "```", "```\n", "~~~\n", "\\", "<", ">", "<b>", "</b>", "<img src=", "<a href=", "\"", "'", "<!--", "-->",
		"https", ":", "//", "/", "http://", "https://", "evil.test", "evil.test/x", "?q=", "www.", "javascript:", "data:", "mailto:", "@", "&", "&#58;", "&#47;", ";", "&colon;",
		"https://wiki.acme.test/travel", "travel@acme.test", "。", "「", "」", "हिन्दी।", "ไทย", "👩🏽‍💻", "e\u0301", "שלום", "،", "文字", "\xff", "\xe3", "\u00a0", "\t",
		"\x00", "\r\n", "\r", "\u2028", "\u202e", "\u2066", "\u200f", "\ufeff", "👨‍👩‍👧‍👦", "🇩🇪", "\u200d", "\ufe0f", "\u0301\u0323", "نَصٌّ", "தமிழ்", "각", "| a | b |\n|---|---|\n", "| [1] |", "![a][1]", "[a][1](", "~~", "**[1]**",
		strings.Repeat("long ", 600), strings.Repeat("x", 3000),
	}
}

func drawn(t *rapid.T) string {
	all := fragments()
	short := all[:len(all)-2]
	parts := rapid.SliceOfN(rapid.SampledFrom(short), 0, 40).Draw(t, "parts")
	if rapid.IntRange(0, 9).Draw(t, "with a long one") == 0 {
		parts = append(parts, rapid.SampledFrom(all[len(short):]).Draw(t, "long"))
		parts = append(parts, rapid.SliceOfN(rapid.SampledFrom(short), 0, 10).Draw(t, "rest")...)
	}
	return strings.Join(parts, "")
}

// in gives a text to a Writer in pieces, and fails if what is shown is not the
// answer's text.
func in(t rapid.TB, pieces ...string) cite.Answer {
	w := cite.NewWriter(passages())
	var shown strings.Builder
	for _, p := range pieces {
		shown.WriteString(w.Write(p))
	}
	rest, a := w.Close()
	shown.WriteString(rest)
	if shown.String() != a.Text {
		t.Fatalf("shown is %q, and the text %q", shown.String(), a.Text)
	}
	return a
}

// TestCuts: wherever a text is cut, it makes the same answer.
func TestCuts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawn(t)
		whole := in(t, text)
		var pieces []string
		for rest := text; rest != ""; {
			n := min(len(rest), rapid.IntRange(1, 12).Draw(t, "cut"))
			pieces = append(pieces, rest[:n])
			rest = rest[n:]
		}
		if diff := cmp.Diff(whole, in(t, pieces...)); diff != "" {
			t.Fatalf("%q cut: %s", text, diff)
		}
		if diff := cmp.Diff(whole, in(t, strings.Split(text, "")...)); diff != "" {
			t.Fatalf("%q in characters: %s", text, diff)
		}
		lawful(t, text, whole)
	})
}

// leaks are the forms in which a place could be reached from a text. A name with words
// behind its place, other than a title, is none, nor is an empty one, nor one whose place
// has half a parenthesis (CommonMark, sections 4.7 and 6.3).
var leaks = regexp.MustCompile(`(?im)(?:://|www\.|\]\()[^\s<]*evil|<[a-z][^>]*[/"'=@][^\s<]*evil[^<]*>|^[ >*+.)0-9-]*\[[^\]]*[^\]\s][^\]]*\]:\s*[^\x00-\x20()]*(?:evil|\([^\x00-\x20()]*evil[^\x00-\x20()]*\))[^\x00-\x20()]*[ \t\r]*(?:$|["'(])|(?:^|[^a-z0-9])//[a-z.]*evil|!\[[^\]]*\]\(|<img\s`)

// lawful fails if an answer is not what a Writer promises.
func lawful(t rapid.TB, text string, a cite.Answer) {
	if !utf8.ValidString(a.Text) {
		t.Fatalf("%q became %q", text, a.Text)
	}
	if at := leaks.FindString(a.Text); at != "" && strings.Count(a.Text, "`") < 1 && !strings.Contains(a.Text, "~~~") {
		t.Fatalf("%q lets %q out: %q", text, at, a.Text)
	}
	n := utf8.RuneCountInString(a.Text)
	for i, s := range a.Sources {
		if s.Number != i+1 || len(s.Segments) == 0 {
			t.Fatalf("%q: source %d is %+v", text, i, s)
		}
		for _, g := range s.Segments {
			if g.Begin < 0 || g.Begin >= g.End || g.End > n {
				t.Fatalf("%q: segment %+v of %d characters", text, g, n)
			}
			if claim := string([]rune(a.Text)[g.Begin:g.End]); strings.TrimSpace(claim) != claim {
				t.Fatalf("%q: the claim is %q", text, claim)
			}
		}
	}
}

// TestHeldBack: what is held back is never more than what could become something.
func TestHeldBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := cite.NewWriter(passages())
		text, shown := drawn(t), 0
		for i := range len(text) {
			shown += len(w.Write(text[i : i+1]))
		}
		_, a := w.Close()
		const most = 3 * 2048
		if len(a.Text)-shown > most {
			t.Fatalf("%d bytes were held back of %q", len(a.Text)-shown, text)
		}
	})
}

// What is plain is shown at once, but for the last word.
func TestShownAtOnce(t *testing.T) {
	w := cite.NewWriter(passages())
	for _, c := range []struct{ piece, want string }{
		{"Hotels", ""}, {" cost", "Hotels"}, {" 140 EUR ", " cost 140 EUR"}, {"[", ""}, {"1", ""}, {"]", ""}, {".", "."}, {" [see", ""}, {" that]", ""}, {" a (", " [see that] a"}, {"文字", " (文字"}, {"，", "，"},
	} {
		if got := w.Write(c.piece); got != c.want {
			t.Errorf("after %q: %q, want %q", c.piece, got, c.want)
		}
	}
}

func FuzzWriter(f *testing.F) {
	for _, s := range fragments() {
		f.Add(s+" Hotels [1]."+s, uint8(3))
	}
	f.Add("【1\f】", uint8(0))
	f.Add("[0]:evil 0", uint8(0))
	f.Add("[]:evil)", uint8(0))
	f.Add("[0]:\x1c(evil)", uint8(0))
	f.Add("[a]:x(evil)y", uint8(0))
	f.Add("0\n\n(\na[1]0", uint8(2))
	f.Add("[a](https://evil.test) ![b](//evil.test) https:/[1]/evil.test/x", uint8(1))
	f.Fuzz(func(t *testing.T, text string, cut uint8) {
		if len(text) > 10000 {
			t.Skip()
		}
		whole := in(t, text)
		var pieces []string
		size := int(cut)%16 + 1
		for rest := text; rest != ""; rest = rest[min(len(rest), size):] {
			pieces = append(pieces, rest[:min(len(rest), size)])
		}
		if diff := cmp.Diff(whole, in(t, pieces...)); diff != "" {
			t.Fatal(diff)
		}
		lawful(t, text, whole)
	})
}

func BenchmarkWrite(b *testing.B) {
	pieces := strings.SplitAfter("Hotels cost at most 140 EUR a night [1], and everybody has 30 days of leave [2]. See [the policy](https://wiki.acme.test/travel) for `more` of it.\n\n- one\n- two\n\n", " ")
	b.ReportAllocs()
	for b.Loop() {
		w := cite.NewWriter(passages())
		for range 20 {
			for _, p := range pieces {
				w.Write(p)
			}
		}
		w.Close()
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*20*len(pieces)), "ns/piece")
}
