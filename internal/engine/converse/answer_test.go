package converse

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestReadable renders the answers of testdata/readable.txt: a file NAME.in is
// shown as NAME.out.
func TestReadable(t *testing.T) {
	archive, err := txtar.ParseFile("testdata/readable.txt")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range archive.Files {
		files[f.Name] = string(f.Data)
	}
	n := 0
	for name, in := range files {
		name, ok := strings.CutSuffix(name, ".in")
		if !ok {
			continue
		}
		n++
		t.Run(name, func(t *testing.T) {
			got := body(in).Readable()
			if want := strings.TrimSuffix(files[name+".out"], "\n"); got != want {
				t.Errorf("got\n%s\n%s", got, cmp.Diff(want, got))
			}
		})
	}
	if n < 15 {
		t.Errorf("%d cases", n)
	}
}

func TestReadableOfWhatIsNotJSON(t *testing.T) {
	for name, tt := range map[string]struct {
		answer Answer
		want   string
	}{
		"nothing":        {Answer{Status: 204}, ""},
		"text":           {Answer{MediaType: "text/plain", Body: []byte(" All\nwell. \n")}, "All\nwell."},
		"binary":         {Answer{MediaType: "image/png", Binary: true, Size: 512}, "The answer is image/png, 512 bytes, and cannot be shown as text."},
		"unnamed binary": {Answer{Binary: true, Size: 1}, "The answer is data, 1 bytes, and cannot be shown as text."},
		"not UTF-8":      {Answer{Body: []byte("a\xffb")}, "a\uFFFDb"},
		"cut off":        {Answer{Body: []byte(`{"a":1,`), Truncated: true, Size: 99}, "{\"a\":1,\n\n(This is the beginning of a longer answer: its first 7 bytes are kept with this message.)"},
		"too deep":       {Answer{Body: []byte(strings.Repeat("[", 70) + strings.Repeat("]", 70))}, strings.Repeat("[", 70) + strings.Repeat("]", 70)},
		"images":         {Answer{Body: []byte("!![x](https://a.example/p.png) <IMG src=x> a<b")}, "[x](https://a.example/p.png) &lt;IMG src=x> a<b"},
		"an image in it": {Answer{Body: []byte(`{"note":"![x](https://a.example/p.png)"}`)}, "- **note**: [x](https://a.example/p.png)"},
		"two documents":  {Answer{Body: []byte(`{"a":1}{"b":2}`)}, `{"a":1}{"b":2}`},
	} {
		if got := tt.answer.Readable(); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

func TestReadableIsBounded(t *testing.T) {
	rows := make([]map[string]string, 20)
	for i := range rows {
		rows[i] = map[string]string{}
		for k := range 40 {
			rows[i][fmt.Sprint("column", k)] = strings.Repeat("ä", 200)
		}
	}
	wide, err := json.Marshal(map[string]any{"a": rows, "b": rows, "c": rows, "d": rows})
	if err != nil {
		t.Fatal(err)
	}
	for name, src := range map[string]string{"tables": string(wide), "text": strings.Repeat("ä", 50_000), "lines": strings.Repeat("word\n", 5_000)} {
		got := body(src).Readable()
		if n := utf8.RuneCountInString(got); n > maxText+200 || !utf8.ValidString(got) {
			t.Errorf("%s: %d characters", name, n)
		}
		if want := fmt.Sprintf("\n\n(Shown in part: all %d bytes of the answer are kept with this message.)", len(src)); !strings.HasSuffix(got, want) {
			t.Errorf("%s: …%s", name, got[len(got)-100:])
		}
	}
}

func TestExcerpt(t *testing.T) {
	for name, tt := range map[string]struct {
		answer Answer
		want   string
	}{
		"whole":     {body(`{"a":1}`), `{"a":1}`},
		"binary":    {Answer{MediaType: "image/png", Binary: true, Size: 512}, "(image/png, 512 bytes)"},
		"cut":       {Answer{Body: []byte("abc"), Truncated: true}, "abc\n(cut)"},
		"too long":  {body(strings.Repeat("ä", maxExcerpt+1)), strings.Repeat("ä", maxExcerpt) + "\n(cut)"},
		"not UTF-8": {body("a\xff"), "a\uFFFD"},
	} {
		if got := tt.answer.excerpt(); got != tt.want {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func FuzzReadable(f *testing.F) {
	archive, err := os.ReadFile("testdata/readable.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range txtar.Parse(archive).Files {
		f.Add(file.Data)
	}
	f.Add([]byte("\xff\x00[{\"\\u0000\":[[]]}]"))
	f.Fuzz(func(t *testing.T, src []byte) {
		got := Answer{Body: src, Size: int64(len(src))}.Readable()
		if n := utf8.RuneCountInString(got); n > maxText+200 || !utf8.ValidString(got) {
			t.Errorf("%d characters, %q", n, got)
		}
		if root, err := parse(src); err == nil && root.kind != scalar && got == "" {
			t.Errorf("%q is shown as nothing", src)
		}
	})
}
