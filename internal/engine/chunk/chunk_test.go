package chunk

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/engine/extract"
)

// sentences is n sentences of ten words.
func sentences(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "This is sentence %d of a text about nothing special. ", i)
	}
	return strings.TrimSpace(b.String())
}

// document puts blocks together.
func document(blocks ...any) *extract.Document {
	d := &extract.Document{}
	for _, b := range blocks {
		kind, level, text := extract.Text, 0, ""
		switch b := b.(type) {
		case string:
			text = b
		case []string:
			kind, text = extract.Kind(b[0]), b[1]
			if kind == extract.Heading {
				level = int(b[2][0] - '0')
			}
		}
		if d.Text != "" {
			d.Text += "\n\n"
		}
		d.Blocks = append(d.Blocks, extract.Block{Kind: kind, Level: level, Begin: len(d.Text), End: len(d.Text) + len(text)})
		d.Text += text
	}
	return d
}

func heading(level int, text string) []string {
	return []string{string(extract.Heading), text, fmt.Sprint(level)}
}

// lawful fails if passages are not what Split promises.
func lawful(t interface {
	Errorf(string, ...any)
	Fatalf(string, ...any)
}, d *extract.Document, o Options, passages []Passage) {
	at := 0
	for _, p := range passages {
		if p.Begin < at || p.End <= p.Begin || p.End > len(d.Text) {
			t.Fatalf("passage %d-%d after byte %d of %d", p.Begin, p.End, at, len(d.Text))
		}
		if strings.Trim(d.Text[at:p.Begin], space) != "" {
			t.Errorf("%.100q is in no passage", d.Text[at:p.Begin])
		}
		body := d.Text[p.Begin:p.End]
		if utf8.ValidString(d.Text) && !utf8.ValidString(body) {
			t.Errorf("passage %d-%d cuts a character", p.Begin, p.End)
		}
		if strings.Trim(body, space) != body {
			t.Errorf("passage %.100q has white space at its ends", body)
		}
		if most := o.orDefault().Most * 64; len(body) > most {
			t.Errorf("passage of %d bytes, more than %d", len(body), most)
		}
		if n := len(strings.Fields(body)); n > o.orDefault().Most {
			t.Errorf("passage of %d words, more than %d", n, o.orDefault().Most)
		}
		at = p.End
	}
	if strings.Trim(d.Text[at:], space) != "" {
		t.Errorf("%.100q is in no passage", d.Text[at:])
	}
	if again := Split(d, o); !reflect.DeepEqual(again, passages) {
		t.Errorf("split again, the passages differ")
	}
}

func TestSplit(t *testing.T) {
	for _, tt := range []struct {
		name string
		d    *extract.Document
		want []string // the words of each passage, and its headings
	}{
		{"an abstract is one passage", document(sentences(30)), []string{"300"}},
		{"a longer text is parted near the target", document(sentences(100)), []string{"220", "220", "220", "340"}},
		{"at paragraphs", document(sentences(18), sentences(8), sentences(20)), []string{"180", "280"}},
		{"sections that are worth it", document(heading(1, "Title"), sentences(10), heading(2, "One"), sentences(12), heading(2, "Two"), sentences(9)),
			[]string{"101 Title", "121 Title/One", "91 Title/Two"}},
		{"short ones stay together", document(heading(1, "Title"), heading(2, "One"), "Short.", heading(2, "Two"), "Short too."), []string{"6 Title"}},
		{"no heading is left alone", document(sentences(21), heading(2, "Next"), sentences(30)), []string{"210", "301 Next"}},
		{"a rest goes to the passage before", document(sentences(38)), []string{"220", "160"}},
		{"rows stay whole", document([]string{string(extract.Table), strings.Repeat("one two three four five six seven\n", 99) + "end"}), []string{"217", "217", "260"}},
		{"initials and abbreviations end no sentence", document(strings.Repeat("As Dr. J. Smith et al. show in Fig. 3 it is so. ", 60)), []string{"221", "221", "338"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			passages := Split(tt.d, Options{})
			lawful(t, tt.d, Options{}, passages)
			var got []string
			for _, p := range passages {
				line := fmt.Sprint(len(strings.Fields(tt.d.Text[p.Begin:p.End])))
				if len(p.Headings) > 0 {
					line += " " + strings.Join(p.Headings, "/")
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSplitEndsSentences(t *testing.T) {
	d := document(sentences(400))
	for _, p := range Split(d, Options{}) {
		if d.Text[p.End-1] != '.' {
			t.Errorf("passage ends in %q", d.Text[p.End-20:p.End])
		}
	}
}

func TestSplitKeepsPages(t *testing.T) {
	d := document(heading(1, "A"), sentences(30), heading(1, "B"), sentences(30))
	for i := range d.Blocks {
		d.Blocks[i].Page = 1 + i/2
	}
	want := []int{1, 2}
	var got []int
	for _, p := range Split(d, Options{}) {
		got = append(got, p.Page)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSplitScripts: scripts without spaces are parted too, at sentences where they
// mark them, and never within a character.
func TestSplitScripts(t *testing.T) {
	for name, text := range map[string]string{
		"chinese":  strings.Repeat("这是一个中文的句子，北京是中国的首都。", 500),
		"japanese": strings.Repeat("これは日本語の文章です。", 500),
		"thai":     strings.Repeat("นี่คือข้อความภาษาไทยที่ไม่มีช่องว่าง", 300),
		"base64":   strings.Repeat("QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo", 1000),
		"emoji":    strings.Repeat("👩🏽‍💻", 2000),
		"marks":    "a" + strings.Repeat("\u0301", 20000),
		"spaces":   "a" + strings.Repeat(" ", 100000) + "b",
		"lines":    strings.Repeat("a\n\n", 5000),
	} {
		t.Run(name, func(t *testing.T) {
			d := document(text)
			passages := Split(d, Options{})
			lawful(t, d, Options{}, passages)
			if len(text) > 20000 && name != "spaces" && len(passages) < 2 {
				t.Errorf("%d passages of %d bytes", len(passages), len(text))
			}
			for _, p := range passages[:len(passages)-1] {
				if name == "japanese" && !strings.HasSuffix(d.Text[:p.End], "。") {
					t.Errorf("passage ends within a sentence")
				}
			}
		})
	}
}

func TestLaws(t *testing.T) {
	kinds := []string{string(extract.Text), string(extract.Table), string(extract.List), string(extract.Code), string(extract.Heading)}
	rapid.Check(t, func(t *rapid.T) {
		var blocks []any
		for range rapid.IntRange(1, 8).Draw(t, "blocks") {
			kind := rapid.SampledFrom(kinds).Draw(t, "kind")
			words := rapid.SliceOfN(rapid.SampledFrom([]string{"a", "word", "end.", "Dr.", "\n", "\n\n", "  ", "文字", "です。", "ไทย", "e\u0301", "😀", "x!", `"Q?"`, strings.Repeat("long", 9)}), 1, 120).Draw(t, "words")
			text := strings.TrimSpace(strings.Join(words, rapid.SampledFrom([]string{" ", ""}).Draw(t, "glue")))
			if text == "" {
				continue
			}
			blocks = append(blocks, []string{kind, text, fmt.Sprint(rapid.IntRange(1, 6).Draw(t, "level"))})
		}
		if len(blocks) == 0 {
			return
		}
		d := document(blocks...)
		o := Options{Target: rapid.IntRange(0, 60).Draw(t, "target"), Most: rapid.IntRange(0, 80).Draw(t, "most")}
		lawful(t, d, o, Split(d, o))
	})
}

func FuzzSplit(f *testing.F) {
	f.Add(sentences(50), uint8(20), uint8(40))
	f.Add("文字です。\n\na\n b", uint8(1), uint8(8))
	f.Fuzz(func(t *testing.T, text string, target, most uint8) {
		d := &extract.Document{Text: text}
		o := Options{Target: int(target), Most: int(most)}
		lawful(t, d, o, Split(d, o))
	})
}

func BenchmarkSplit(b *testing.B) {
	for name, text := range map[string]string{
		"english": strings.Repeat(sentences(20)+"\n\n", 10_000_000/len(sentences(20))),
		"chinese": strings.Repeat("这是一个中文的句子，北京是中国的首都。", 10_000_000/57),
	} {
		b.Run(name, func(b *testing.B) {
			d := document(text)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				Split(d, Options{})
			}
		})
	}
}
