package pdf

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/extract/extracttest"
)

func unlimited() Limits {
	return Limits{Depth: 64, Pages: 1000, Spend: func(int) error { return nil }, Check: func() error { return nil }}
}

// read is the paragraphs of all pages, each after its page's number.
func read(t testing.TB, data []byte) []string {
	t.Helper()
	f, err := Open(data, unlimited())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	if err := f.Pages(func(page int, paragraphs []Paragraph) error {
		for _, p := range paragraphs {
			out = append(out, fmt.Sprintf("%d %s", page, p.Text))
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestShown: what operators show, as a person would read it.
func TestShown(t *testing.T) {
	for _, tt := range []struct {
		name, page string
		want       []string
	}{
		{"lines of a paragraph", "BT /F1 10 Tf 50 700 Td (One two) Tj 0 -12 Td (three) Tj ET", []string{"1 One two three"}},
		{"paragraphs", "BT /F1 10 Tf 50 700 Td (One) Tj 0 -12 Td (two) Tj 0 -24 Td (three) Tj ET", []string{"1 One two", "1 three"}},
		{"words by gaps", "BT /F1 10 Tf 50 700 Td [(O) 20 (ne) -300 (two)] TJ ( th) Tj (ree) Tj ET", []string{"1 One two three"}},
		{"words by places", "BT /F1 10 Tf 1 0 0 1 50 700 Tm (One) Tj 1 0 0 1 72 700 Tm (two) Tj ET", []string{"1 One two"}},
		{"letter by letter", "BT /F1 10 Tf 1 0 0 1 50 700 Tm (T) Tj 1 0 0 1 56.1 700 Tm (e) Tj 1 0 0 1 61.7 700 Tm (a) Tj ET", []string{"1 Tea"}},
		{"a word broken at the end of a line", "BT /F1 10 Tf 12 TL 50 700 Td (an exam-) Tj (ple of Franco-) ' (German) ' ET", []string{"1 an example of Franco- German"}},
		{"two columns", "BT /F1 10 Tf 12 TL 50 700 Td (left one) Tj (left two goes) ' ET BT /F1 10 Tf 12 TL 300 700 Td (on at the right.) Tj (Right two) ' ET", []string{"1 left one left two goes on at the right. Right two"}},
		{"a heading by its size", "BT /F1 18 Tf 50 700 Td (Head) Tj /F1 10 Tf 0 -14 Td (body) Tj ET", []string{"1 Head", "1 body"}},
		{"raised", "BT /F1 10 Tf 50 700 Td (E = mc) Tj /F1 6 Tf 4 Ts (2) Tj 0 Ts /F1 10 Tf ( so) Tj ET", []string{"1 E = mc2 so"}},
		{"turned", "BT /F1 10 Tf 0 1 -1 0 300 100 Tm (One ) Tj (two) Tj ET", []string{"1 One two"}},
		{"scaled", "q 0.1 0 0 0.1 0 0 cm BT /F1 100 Tf 500 7000 Td (One) Tj 0 -120 Td (two) Tj ET Q", []string{"1 One two"}},
		{"escapes", `BT /F1 10 Tf 50 700 Td (a\(b\)\\ \101\
c \351) Tj <4142> Tj ET`, []string{"1 a(b)\\ Ac éAB"}},
		{"UTF-16 by ToUnicode", "BT /F2 10 Tf 50 700 Td <65e5672c> Tj ET", []string{"1 日本"}},
		{"items", `BT /F1 10 Tf 12 TL 50 700 Td (Things:) Tj (\225 one) ' (more) ' (\225 two) ' ET`, []string{"1 Things:", "1 • one more", "1 • two"}},
		{"ligatures", "BT /F2 10 Tf 50 700 Td <fb01fb03> Tj ET", []string{"1 fiffi"}},
		{"a picture among operators", "BT /F1 10 Tf 50 700 Td (One) Tj ET BI /W 1 /H 1 ID (((xEI BT ( EI BT /F1 10 Tf 50 600 Td (two) Tj ET", []string{"1 One", "1 two"}},
		{"nothing", "0 0 m 10 10 l S", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, read(t, extracttest.PDFPages("", tt.page))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// with is a page that shows a string in a font.
func with(font, shown string, more ...string) []byte {
	return extracttest.PDFObjects("/Root 1 0 R", append([]string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] >>",
		"<< /Type /Page /Parent 2 0 R /Resources << /Font << /F 4 0 R >> >> /Contents 5 0 R >>", font, extracttest.Stream("", "BT /F 10 Tf 50 700 Td "+shown+" Tj ET")}, more...)...)
}

func TestFonts(t *testing.T) {
	for _, tt := range []struct {
		name string
		data []byte
		want string
	}{
		{"differences", with("<< /Type /Font /Subtype /Type1 /Encoding << /Differences [65 /eacute /uni20AC /f_i /Lslash /quoteright /Zcaron.alt /u1F600 /alpha /bracketleft] >> >>", "(ABCDEFGHI)"), "é€fiŁ’Ž😀α["},
		{"Mac", with("<< /Type /Font /Subtype /TrueType /Encoding /MacRomanEncoding >>", `(\216\237)`), "éü"},
		{"standard", with("<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman >>", `(\256\252\272\320'\301)`), "fi“”—’Á"},
		{"Symbol", with("<< /Type /Font /Subtype /Type1 /BaseFont /Symbol >>", `(abG\267)`), "αβΓ•"},
		{"ToUnicode before the encoding", with("<< /Type /Font /Subtype /TrueType /Encoding /WinAnsiEncoding /ToUnicode 6 0 R >>", "(AB)",
			extracttest.Stream("", "1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <41> <00780079> endbfchar 1 beginbfrange <42> <43> [<007a> <0031>] endbfrange")), "xyz"},
		{"Japanese by name", with("<< /Type /Font /Subtype /Type0 /Encoding /90ms-RKSJ-H /DescendantFonts [<< >>] >>", "<93fa967b>"), "日本"},
		{"Chinese by UCS2", with("<< /Type /Font /Subtype /Type0 /Encoding /UniGB-UCS2-H /DescendantFonts [<< >>] >>", "<4e2d6587>"), "中文"},
		{"glyphs without names", with("<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /DescendantFonts [<< >>] >>", "<00010002>"), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(read(t, tt.data), "|"); strings.TrimPrefix(got, "1 ") != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestFilters(t *testing.T) {
	want := strings.Repeat("BT (some text that repeats) Tj ET ", 40)
	f := &File{limits: unlimited()}
	rows := func(row int, data string, filter byte, change func(i int, line []byte) byte) string {
		var out []byte
		for len(data) > 0 {
			n := min(row, len(data))
			out = append(out, filter)
			for i := range n {
				out = append(out, change(i, []byte(data[:n])))
			}
			data = data[n:]
		}
		return string(out)
	}
	for _, tt := range []struct {
		filter name
		params dict
		packed string
	}{
		{"FlateDecode", nil, extracttest.Deflate(want)},
		{"FlateDecode", dict{"Predictor": 15., "Columns": 17.}, extracttest.Deflate(rows(17, want, 0, func(i int, l []byte) byte { return l[i] }))},
		{"FlateDecode", dict{"Predictor": 11., "Columns": 17.}, extracttest.Deflate(rows(17, want, 1, func(i int, l []byte) byte {
			if i == 0 {
				return l[0]
			}
			return l[i] - l[i-1]
		}))},
		{"ASCIIHexDecode", nil, fmt.Sprintf("%x>", want)},
		{"RunLengthDecode", nil, func() string {
			var b bytes.Buffer
			for rest := want; len(rest) > 0; {
				n := min(128, len(rest))
				b.WriteByte(byte(n - 1))
				b.WriteString(rest[:n])
				rest = rest[n:]
			}
			return b.String() + "\x80"
		}()},
	} {
		t.Run(string(tt.filter), func(t *testing.T) {
			got, err := f.filter(tt.filter, []byte(tt.packed), tt.params)
			if err != nil || string(got) != want {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	t.Run("LZWDecode", func(t *testing.T) { // the example of ISO 32000, 7.4.4.2
		if got, want := unlzw([]byte{0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01}, 1), "-----A---B"; string(got) != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
	t.Run("runs", func(t *testing.T) {
		if got := unrun([]byte{254, 'a', 1, 'b', 'c', 128, 'x'}); string(got) != "aaabc" {
			t.Errorf("%q", got)
		}
	})
}

// TestObjectStreams: newer files keep objects in streams; a later revision of an
// object counts, wherever it is.
func TestObjectStreams(t *testing.T) {
	inside := "1 0 2 40 << /Type /Catalog /Pages 2 0 R        >> << /Type /Pages /Kids [3 0 R] >>"
	first := strings.Index(inside, "<<")
	inside = "1 0 2 " + fmt.Sprint(strings.LastIndex(inside, "<< /Type /Pages")-first) + inside[strings.Index(inside, " <<"):]
	first = strings.Index(inside, "<<")
	packed := extracttest.Deflate(inside)
	page := func(text string) string { return extracttest.Stream("", "BT /F 10 Tf 50 700 Td ("+text+") Tj ET") }
	data := extracttest.PDFObjects("/Root 1 0 R", "null", "null", "<< /Type /Page /Resources << /Font << /F 4 0 R >> >> /Contents 5 0 R >>",
		"<< /Type /Font /Subtype /Type1 >>", page("old"), fmt.Sprintf("<< /Type /ObjStm /N 2 /First %d /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream", first, len(packed), packed))
	data = append(data, "\n5 0 obj\n"+page("new")+"\nendobj\n%%EOF"...)
	if diff := cmp.Diff([]string{"1 new"}, read(t, data)); diff != "" {
		t.Error(diff)
	}
}

// TestDamaged: files are read whose table, lengths, trailer or head are wrong.
func TestDamaged(t *testing.T) {
	good := extracttest.PDF("Title", "Some text.")
	want := []string{"1 Title", "1 Some text."}
	for name, data := range map[string][]byte{
		"no table":      good[:bytes.Index(good, []byte("xref"))],
		"no trailer":    bytes.ReplaceAll(good, []byte("trailer"), []byte("_______")),
		"bytes before":  append([]byte("HTTP/1.1 200 OK\r\n\r\n"), good...),
		"wrong lengths": bytes.ReplaceAll(good, []byte("/Length "), []byte("/Length 9")),
		"no lengths":    bytes.ReplaceAll(good, []byte("/Length "), []byte("/Lengt_ ")),
		"version 2":     bytes.Replace(good, []byte("%PDF-1.7"), []byte("%PDF-2.0"), 1),
	} {
		if diff := cmp.Diff(want, read(t, data)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestInformation(t *testing.T) {
	f, err := Open(extracttest.PDF("Größe 日本", "x"), unlimited())
	if err != nil {
		t.Fatal(err)
	}
	if got := f.Title(); got != "Größe 日本" {
		t.Errorf("title %q", got)
	}
}

func FuzzOpen(f *testing.F) {
	f.Add(extracttest.PDF("Title", "Some text.", "日本"))
	f.Add(extracttest.PDFPages("T", "q 1 0 0 1 0 0 cm BT /F1 10 Tf [(a) -200 (b)] TJ ET Q BI ID x EI"))
	f.Add(with("<< /Type /Font /Subtype /Type0 /Encoding 6 0 R /ToUnicode 6 0 R /DescendantFonts [<< /W [1 [2 3] 4 5 6] >>] >>", "<00010002>", extracttest.Stream("", "1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfrange <00> <ff> <0041> endbfrange")))
	f.Add([]byte("1 0 obj<</Type/ObjStm/N 1/First 4>>stream\n2 0 <</Type/Page>>endstream\ntrailer<</Root 2 0 R/Encrypt<</V 4/R 4>>>>"))
	f.Fuzz(func(t *testing.T, data []byte) {
		spent := 0
		l := unlimited()
		l.Spend = func(n int) error {
			if spent += n; spent > 1<<20 {
				return ErrTooLarge
			}
			return nil
		}
		file, err := Open(data, l)
		if err != nil {
			return
		}
		_, _ = file.Title(), file.Language()
		if err := file.Pages(func(int, []Paragraph) error { return nil }); err != nil && !errors.Is(err, ErrBroken) && !errors.Is(err, ErrTooLarge) {
			t.Error(err)
		}
	})
}
