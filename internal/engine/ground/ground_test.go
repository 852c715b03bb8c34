package ground_test

import (
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/ground"
)

// pair is a sentence, and whether the passage supports it.
type pair struct {
	passage   cite.Passage
	text      string
	supported bool
}

// pairs reads a table: "> title: passage", and after it "+" or "-" before each
// sentence that the passage supports or does not.
func pairs(t testing.TB, name string) []pair {
	t.Helper()
	table, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var all []pair
	var p cite.Passage
	for line := range strings.Lines(string(table)) {
		sign, text := line[:1], strings.TrimSpace(line[1:])
		if sign == ">" {
			p.Title, p.Text, _ = strings.Cut(text, ": ")
			continue
		}
		all = append(all, pair{p, text, sign == "+"})
	}
	return all
}

// TestPairs measures, among sentences that another passage stands beside, how many
// of those called unsupported are so, and how many of those that are so are called.
// The checks were made better by looking at the sentences that are called seen, and
// at none of those that are held.
func TestPairs(t *testing.T) {
	n := 0
	for _, c := range []struct {
		table             string
		precision, recall float64
	}{{"seen.txt", 0.95, 0.95}, {"held.txt", 0.85, 0.85}} {
		table := pairs(t, c.table)
		n += len(table)
		precision, recall := measure(t, table)
		t.Logf("%s: %d pairs, precision %.3f, recall %.3f", c.table, len(table), precision, recall)
		if precision < c.precision || recall < c.recall {
			t.Errorf("%s: precision %.3f, recall %.3f: %.2f and %.2f are the least", c.table, precision, recall, c.precision, c.recall)
		}
	}
	if n < 100 {
		t.Errorf("%d pairs: 100 are the least", n)
	}
}

func measure(t *testing.T, table []pair) (precision, recall float64) {
	t.Helper()
	other := cite.Passage{Title: "Canteen", Text: "The canteen is in the cellar. A dish costs 4.80 EUR, and 7.50 EUR for guests. On Friday there is fish."}
	var right, called, unsupported float64
	for _, p := range table {
		found := len(ground.Unsupported(cite.Answer{Text: p.text}, []cite.Passage{other, p.passage})) > 0
		if found {
			called++
		}
		if !p.supported {
			unsupported++
		}
		if found && !p.supported {
			right++
		}
		if found == p.supported {
			t.Logf("supported %v, called unsupported %v: %s", p.supported, found, p.text)
		}
	}
	return right / called, right / unsupported
}

func TestUnsupported(t *testing.T) {
	passages := []cite.Passage{{Title: "Hotels", Text: "A hotel may cost up to 130 EUR a night. Breakfast is included."}}
	a := cite.Answer{Text: "👋 Hello! A hotel may cost 130 EUR. Flights cost 300 EUR in Zürich. Breakfast is included."}
	want := []ground.Sentence{{Begin: 35, End: 66}}
	if diff := cmp.Diff(want, ground.Unsupported(a, passages)); diff != "" {
		t.Error(diff)
	}
	if got := ground.Unsupported(cite.Answer{Text: "Hello there! Let me know."}, nil); got != nil {
		t.Errorf("what claims nothing is unsupported: %v", got)
	}
	if got := ground.Unsupported(cite.Answer{Text: "The moon is made of cheese."}, nil); len(got) != 1 {
		t.Errorf("without passages: %v", got)
	}
}

func TestWithout(t *testing.T) {
	for _, c := range []struct{ name, text, without, want string }{
		{"the first", "One is. Two is. Three is.", "One is.", "Two is. Three is."},
		{"one between", "One is. Two is. Three is.", "Two is.", "One is. Three is."},
		{"the last", "One is. Two is.", "Two is.", "One is."},
		{"all", "One is.", "One is.", ""},
		{"the last of a paragraph", "One is. Two is.\n\nThree is.", "Two is.", "One is.\n\nThree is."},
		{"a paragraph", "One is.\n\nTwo is.\n\nThree is.", "Two is.", "One is.\n\nThree is."},
		{"an item", "You get:\n- one\n- two\n- three", "- two", "You get:\n- one\n- three"},
		{"the last item", "- one\n- two\n\nThree is.", "- two", "- one\n\nThree is."},
		{"in Japanese", "一です。二です。三です。", "二です。", "一です。三です。"},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := utf8.RuneCountInString(c.text[:strings.Index(c.text, c.without)])
			a := ground.Without(cite.Answer{Text: c.text}, []ground.Sentence{{Begin: at, End: at + utf8.RuneCountInString(c.without)}})
			if diff := cmp.Diff(c.want, a.Text); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWithoutSources(t *testing.T) {
	w := cite.NewWriter([]cite.Passage{{Document: "a", Text: "One."}, {Document: "b", Text: "Two."}, {Document: "c", Text: "Three."}})
	w.Write("Öne [1]. Two [2]. Öne again [1]. Three [3].")
	_, a := w.Close()
	got := ground.Without(a, []ground.Sentence{{0, 4}, {21, 27}})
	type source struct {
		Number   int
		Document string
		Claims   []string
	}
	var sources []source
	for _, s := range got.Sources {
		o := source{Number: s.Number, Document: s.Document}
		for _, g := range s.Segments {
			o.Claims = append(o.Claims, string([]rune(got.Text)[g.Begin:g.End]))
		}
		sources = append(sources, o)
	}
	want := []source{{1, "b", []string{"Two"}}, {2, "a", []string{"Öne again"}}}
	if diff := cmp.Diff(want, sources); diff != "" || got.Text != "Two. Öne again." {
		t.Errorf("%q\n%s", got.Text, diff)
	}
}

// TestWithoutLaws: what is left is what was there, and segments still slice what
// they did.
func TestWithoutLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"Öne is ", "two", "[1]", "[2]", "[3]", ". ", ".", "\n", "\n\n", "- ", "三です。", "👩🏽‍💻", " "}), 0, 30).Draw(t, "parts"), "")
		w := cite.NewWriter([]cite.Passage{{Document: "a", Text: "One."}, {Document: "b", Text: "Two."}, {Document: "a", Text: "Three."}})
		w.Write(text)
		_, a := w.Close()
		n := utf8.RuneCountInString(a.Text)
		var gone []ground.Sentence
		for range rapid.IntRange(0, 4).Draw(t, "sentences") {
			begin := rapid.IntRange(-1, n).Draw(t, "begin")
			gone = append(gone, ground.Sentence{Begin: begin, End: rapid.IntRange(begin, n+2).Draw(t, "end")})
		}
		got := ground.Without(a, gone)
		check(t, a, got, gone)
	})
}

func check(t rapid.TB, a, got cite.Answer, gone []ground.Sentence) {
	keep, all := []rune(got.Text), []rune(a.Text)
	var left []rune
	for i, r := range all {
		struck := false
		for _, s := range gone {
			struck = struck || s.Begin <= i && i < s.End
		}
		if !struck {
			left = append(left, r)
		}
	}
	if solid(string(left)) != solid(got.Text) {
		t.Fatalf("%q without %v is %q", a.Text, gone, got.Text)
	}
	for i, s := range got.Sources {
		if s.Number != i+1 || len(s.Segments) == 0 {
			t.Fatalf("source %d is %+v", i, s)
		}
		for _, g := range s.Segments {
			if g.Begin < 0 || g.Begin >= g.End || g.End > len(keep) {
				t.Fatalf("segment %+v of %d characters", g, len(keep))
			}
		}
	}
	if len(gone) == 0 {
		if diff := cmp.Diff(a, got); diff != "" {
			t.Fatalf("nothing was taken out: %s", diff)
		}
	}
}

// solid is a text without white space.
func solid(text string) string { return strings.Join(strings.Fields(text), "") }

func FuzzUnsupported(f *testing.F) {
	for _, p := range pairs(f, "seen.txt") {
		f.Add(p.text, p.passage.Text)
	}
	f.Add("\xff 1.,2 '' “", "٣ 1’000 \n\n")
	f.Fuzz(func(t *testing.T, text, passage string) {
		a := cite.Answer{Text: strings.ToValidUTF8(text, "")}
		found := ground.Unsupported(a, []cite.Passage{{Text: passage}})
		at, n := 0, utf8.RuneCountInString(a.Text)
		for _, s := range found {
			if s.Begin < at || s.End <= s.Begin || s.End > n {
				t.Fatalf("%+v after %d of %d", s, at, n)
			}
			at = s.End
		}
		check(t, a, ground.Without(a, found), found)
	})
}

func BenchmarkUnsupported(b *testing.B) {
	var passages []cite.Passage
	var text strings.Builder
	for i, p := range pairs(b, "seen.txt") {
		if i%10 == 0 {
			passages = append(passages, p.passage)
		}
		if i%6 == 0 {
			text.WriteString(p.text + " ")
		}
	}
	for b.Loop() {
		ground.Unsupported(cite.Answer{Text: text.String()}, passages)
	}
}
