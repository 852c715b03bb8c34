package cite_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/cite"
)

func passages() []cite.Passage {
	return []cite.Passage{
		{Document: "travel", Index: "i", DataSource: "d", Title: "Travel policy", URL: "https://wiki.acme.test/travel", Text: "Flights are booked four weeks ahead. Hotels cost at most 140 EUR a night. Ask travel@acme.test, see https://wiki.acme.test/hotels?sort=price&n=1."},
		{Document: "leave", Index: "i", Title: "Leave", Text: "Everybody has 30 days of leave."},
		{Document: "travel", Index: "i", DataSource: "d", Title: "Travel policy", Text: "Taxis need a receipt."},
	}
}

// write gives a text to a Writer whole, and says what it made of it: the text, and
// of each segment which source and what it slices.
func write(t testing.TB, text string, known ...string) (string, []string) {
	t.Helper()
	w := cite.NewWriter(passages(), known...)
	shown := w.Write(text)
	rest, a := w.Close()
	if shown+rest != a.Text {
		t.Errorf("%q: shown is %q, and the text %q", text, shown+rest, a.Text)
	}
	return a.Text, segments(a)
}

func segments(a cite.Answer) []string {
	var all []string
	characters := []rune(a.Text)
	for _, s := range a.Sources {
		for _, g := range s.Segments {
			all = append(all, fmt.Sprintf("%d %s", s.Number, string(characters[g.Begin:g.End])))
		}
	}
	return all
}

func TestMarks(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		segments         []string
	}{
		{"before the full stop", "Hotels cost 140 EUR [1].", "Hotels cost 140 EUR.", []string{"1 Hotels cost 140 EUR"}},
		{"after it", "Hotels cost 140 EUR. [1] Bye.", "Hotels cost 140 EUR. Bye.", []string{"1 Hotels cost 140 EUR."}},
		{"without a space", "Hotels cost 140 EUR[1]. Leave[2].", "Hotels cost 140 EUR. Leave.", []string{"1 Hotels cost 140 EUR", "2 Leave"}},
		{"glued to what follows", "Hotels[1]are dear.", "Hotels are dear.", []string{"1 Hotels"}},
		{"the sentence alone", "Hello. Hotels cost 140 EUR [1].", "Hello. Hotels cost 140 EUR.", []string{"1 Hotels cost 140 EUR"}},
		{"two in a sentence", "Hotels cost 140 EUR [1], and leave is 30 days [2].", "Hotels cost 140 EUR, and leave is 30 days.", []string{"1 Hotels cost 140 EUR", "2 and leave is 30 days"}},
		{"neighbours", "Hotels [1][2] [3].", "Hotels.", []string{"1 Hotels", "1 Hotels", "2 Hotels"}},
		{"in parentheses", "Hotels cost 140 EUR ([1], [2]). Leave ( [2] ) (see [1]).", "Hotels cost 140 EUR. Leave (see).", []string{"1 Hotels cost 140 EUR", "1 see", "2 Hotels cost 140 EUR", "2 Leave"}},
		{"parentheses of no marks", "a ([x]) b ([1) c (", "a ([x]) b ([1) c (", nil},
		{"a list", "Hotels [1, 2].", "Hotels.", []string{"1 Hotels", "2 Hotels"}},
		{"a range", "Hotels [1-2], [1–2].", "Hotels,.", []string{"1 Hotels", "2 Hotels"}},
		{"other brackets", "ホテルは140です【1】。休暇【2†source】。", "ホテルは140です。休暇。", []string{"1 ホテルは140です", "2 休暇"}},
		{"one source of two passages", "Hotels [1]. Taxis [3].", "Hotels. Taxis.", []string{"1 Hotels", "1 Taxis"}},
		{"in the order of use", "Leave [2]. Taxis [3].", "Leave. Taxis.", []string{"1 Leave", "2 Taxis"}},
		{"none such", "Hotels [7]. Leave [2, 9].", "Hotels. Leave.", []string{"1 Leave"}},
		{"none such between words", "Hotels [7] cost.", "Hotels cost.", nil},
		{"a year", "In [2024] it was [0] and [3-1] and [] and [x].", "In [2024] it was [0] and [3-1] and [] and [x].", nil},
		{"footnotes", "It is so[^1].", "It is so[^1].", nil},
		{"code", "Use `a[1]` and:\n```go\na[1] = b[2]\n```\nDone [1].", "Use `a[1]` and:\n```go\na[1] = b[2]\n```\nDone.", []string{"1 Done"}},
		{"code in a list", "- ```\n  a[1]\n  ```\n- Done [2]", "- ```\n  a[1]\n  ```\n- Done", []string{"1 Done"}},
		{"escaped", `\[1\]`, `\[1\]`, nil},
		{"items", "You get:\n- Hotels [1]\n- **Leave** of 30 days [2]\n", "You get:\n- Hotels\n- **Leave** of 30 days", []string{"1 Hotels", "2 **Leave** of 30 days"}},
		{"a line of its own", "Hotels cost 140.\n[1]\n\nLeave.", "Hotels cost 140.\n\nLeave.", []string{"1 Hotels cost 140."}},
		{"a list of sources cites nothing", "Hotels [1].\n\nSources:\n[1] Travel policy\n[2] Leave", "Hotels.\n\nSources:\nTravel policy\nLeave", []string{"1 Hotels"}},
		{"nor with colons and links", "Hotels [1].\n\n[1]: https://evil.test/x\n[2]: Leave", "Hotels.", []string{"1 Hotels"}},
		{"a mark that is a link", "Hotels [1](https://evil.test) cost.", "Hotels cost.", []string{"1 Hotels"}},
		{"an exclamation", "Hotels![1] Leave![2]", "Hotels! Leave!", []string{"1 Hotels!", "2 Leave!"}},
		{"at the start", "[1] Hotels", "Hotels", nil},
		{"marks only", "[1]", "", nil},
		{"emoji and marks", "👩🏽‍💻 e\u0301 ok [1]!", "👩🏽‍💻 e\u0301 ok!", []string{"1 👩🏽‍💻 e\u0301 ok"}},
		{"right to left", "מלון עולה 140 [1]. חופשה [2].", "מלון עולה 140. חופשה.", []string{"1 מלון עולה 140", "2 חופשה"}},
		{"Chinese", "酒店140欧元[1]。假期30天。[2]", "酒店140欧元。假期30天。", []string{"1 酒店140欧元", "2 假期30天。"}},
		{"Hindi", "होटल महंगे हैं। [1] छुट्टी है [2]।", "होटल महंगे हैं। छुट्टी है।", []string{"1 होटल महंगे हैं।", "2 छुट्टी है"}},
		{"Thai", "โรงแรมราคา 140 [1] วันลา [2]", "โรงแรมราคา 140 วันลา", []string{"1 โรงแรมราคา 140", "2 วันลา"}},
		{"a table", "| Hotels | 140 [1] |\n|---|---|\n| Leave | 30 [2] |", "| Hotels | 140 |\n|---|---|\n| Leave | 30 |", []string{"1 Hotels | 140", "2 Leave | 30"}},
		{"not to the letter", "broken \xff\xfe [1]", "broken \uFFFD\uFFFD", []string{"1 broken \uFFFD\uFFFD"}},
		{"task list", "- [ ] todo\n- [x] done", "- [ ] todo\n- [x] done", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, segments := write(t, c.text)
			if diff := cmp.Diff(c.want, text); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.segments, segments); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSources(t *testing.T) {
	w := cite.NewWriter(passages())
	w.Write("A hotel costs 140 EUR a night [1]. Taxis need receipts [3].")
	_, a := w.Close()
	if len(a.Sources) != 1 {
		t.Fatalf("%d sources", len(a.Sources))
	}
	s := a.Sources[0]
	want := []cite.Segment{
		{Begin: 0, End: 29, Excerpt: "Hotels cost at most 140 EUR a night."},
		{Begin: 31, End: 50, Excerpt: "Taxis need a receipt."},
	}
	if diff := cmp.Diff(want, s.Segments); diff != "" {
		t.Error(diff)
	}
	if s.Number != 1 || s.Document != "travel" || !strings.HasPrefix(s.Snippet, "Hotels cost at most 140 EUR a night. Ask") {
		t.Errorf("%+v", s)
	}
}

func TestImagesAreCited(t *testing.T) {
	w := cite.NewWriter([]cite.Passage{{Document: "scan", Upload: true, Media: "m1", MediaType: "image/png"}})
	w.Write("The chart rises [1].")
	_, a := w.Close()
	want := []cite.Segment{{End: 15, Media: "m1", MediaType: "image/png"}}
	if diff := cmp.Diff(want, a.Sources[0].Segments); diff != "" || !a.Sources[0].Upload {
		t.Error(diff)
	}
}

func TestClip(t *testing.T) {
	for _, c := range []struct {
		text string
		long int
		want string
	}{
		{"short", 10, "short"},
		{"One is here. Two is far away.", 20, "One is here."},
		{"one two three four five", 15, "one two three"},
		{"文字文字文字", 4, "文字文字"},
		{"abce\u0301x", 4, "abc"},
	} {
		if got := cite.Clip(c.text, c.long); got != c.want {
			t.Errorf("%q to %d: %q", c.text, c.long, got)
		}
	}
}
