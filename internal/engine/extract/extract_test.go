package extract

import (
	"context"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"github.com/parleyhq/parley/internal/engine/extract/extracttest"
)

// outline is a document's blocks as lines, for comparing.
func outlined(t testing.TB, d *Document) []string {
	t.Helper()
	sound(t, d)
	var lines []string
	for _, b := range d.Blocks {
		line := string(b.Kind)
		if b.Level > 0 {
			line += string(rune('0' + b.Level))
		}
		if b.Page > 0 {
			line += "@" + string(rune('0'+b.Page))
		}
		lines = append(lines, line+" "+strings.ReplaceAll(strings.ReplaceAll(d.Text[b.Begin:b.End], "\n", "⏎"), "\t", "⇥"))
	}
	return lines
}

// sound fails if a document is not what Document promises.
func sound(t testing.TB, d *Document) {
	t.Helper()
	if !utf8.ValidString(d.Text) || strings.ContainsAny(d.Text, "\r\x00") || !utf8.ValidString(d.Title) {
		t.Errorf("text %.200q or title %q is not clean UTF-8", d.Text, d.Title)
	}
	if strings.TrimSpace(d.Text) == "" {
		t.Error("a document without text")
	}
	at := 0
	for _, b := range d.Blocks {
		if b.Begin < at || b.End <= b.Begin || b.End > len(d.Text) {
			t.Fatalf("block %+v after byte %d of %d", b, at, len(d.Text))
		}
		if strings.TrimSpace(d.Text[at:b.Begin]) != "" {
			t.Errorf("%.100q is in no block", d.Text[at:b.Begin])
		}
		if !utf8.ValidString(d.Text[b.Begin:b.End]) {
			t.Errorf("block %+v cuts a character", b)
		}
		at = b.End
	}
	if strings.TrimSpace(d.Text[at:]) != "" {
		t.Errorf("%.100q is in no block", d.Text[at:])
	}
}

func read(t testing.TB, data []byte, name string, as Type) *Document {
	t.Helper()
	d, err := Extract(context.Background(), data, name, as, Limits{})
	if err != nil {
		t.Fatalf("Extract(%s, %s): %v", name, as, err)
	}
	return d
}

func TestFormats(t *testing.T) {
	for _, tt := range []struct {
		name  string
		as    Type
		data  string
		title string
		want  []string
	}{
		{"plain", PlainText, "One\r\ntwo\r\n\r\n  three, and a longer line that is only text.\x00 ", "", nil},
		{"plain with marks", PlainText, "\xef\xbb\xbfOne\rtwo\n\n", "", []string{"TEXT One⏎two"}},
		{"markdown", MD, "# Title\n\nSome *text*\nmore.\n\n- a\n- b\n  c\n\n1. x\n\nUnder\n-----\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```go\nfunc main() {}\n\n# no heading\n```\nEnd", "Title", []string{
			"HEADING1 # Title", "TEXT Some *text*⏎more.", "LIST - a⏎- b⏎  c⏎⏎1. x", "HEADING2 Under⏎-----",
			"TABLE | a | b |⏎|---|---|⏎| 1 | 2 |", "CODE ```go⏎func main() {}⏎⏎# no heading⏎```", "TEXT End",
		}},
		{"markdown with front matter", MD, "---\ntitle: \"The plan\"\ntags: [a]\n---\n\nText", "The plan", []string{"CODE ---⏎title: \"The plan\"⏎tags: [a]⏎---", "TEXT Text"}},
		{"json", JSON, "{\"a\": [1, \"é\"]}\n", "", []string{"CODE {\"a\": [1, \"é\"]}"}},
		{"json lines", JSON, "{\"a\":1}\n{\"a\":2}\n", "", []string{"CODE {\"a\":1}⏎{\"a\":2}"}},
		{"csv", CSV, "name,note\n\"Ann\",\"two\nlines, and a comma\"\n,\nBob,\n", "", []string{"TABLE name⇥note⏎Ann⇥two lines, and a comma⏎Bob"}},
		{"csv by semicolons", CSV, "a;b,c;d\n1;2,5;3\n", "", []string{"TABLE a⇥b,c⇥d⏎1⇥2,5⇥3"}},
		{"html", HTML, `<!doctype html><html lang="de-AT"><head><title>A &amp; B</title><style>p{}</style><script>var x = "<p>no</p>";</script></head>
			<body><nav><ul><li>Home</li><li><a href="/x">Ab<b>out</b></a></ul></nav><h1>Head <i>line</i></h1><p>One<br>two&nbsp;three <b>bold</b>text.<p>Second
			<div>third<div>fourth</div></div><table><caption>T</caption><tr><th>a<th>b<tr><td>1<td><p>2</p><p>3</p></table>
			<pre>  x
    y</pre><svg><text>no</text></svg><ol><li>i<ul><li>ii</ul><li>iii</ol>end</body></html>`, "A & B", []string{
			"LIST - Home⏎- About", "HEADING1 Head line", "TEXT One⏎two three boldtext.", "TEXT Second", "TEXT third", "TEXT fourth",
			"TABLE T⏎a⇥b⏎1⇥2 3", "CODE   x⏎    y", "LIST - i⏎- ii⏎- iii", "TEXT end",
		}},
		{"xml", XML, "<?xml version=\"1.0\"?>\n<!-- no -->\n<people>\n  <person age=\"3\"><name>Ann</name><mail>ann@example.com</mail></person>\n  <person><![CDATA[<Bob>]]> &amp; &eacute;</person>\n</people>", "",
			[]string{"TEXT Ann ann@example.com⏎<Bob> & é"}},
		{"xslt", XSLT, `<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:template match="/"><p>Dear <xsl:value-of select="n"/>, hello</p></xsl:template></xsl:stylesheet>`, "",
			[]string{"TEXT Dear , hello"}},
		{"rtf", RTF, `{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 A;}{\f1\fcharset204 B;}}{\stylesheet{\s3 heading 2;}}{\info{\title The title}{\author No}}` +
			`\pard\s3 Head\par\pard Caf\'e9 \u8364?5 \f1\'cf\'f0\'e8\f0  {\b bold}\line{\*\generator x;}{\pict ffff}end\par\trowd\intbl a\cell b\cell\row\intbl c\cell\row\pard after\{\}\par}`, "The title", []string{
			"HEADING2 Head", "TEXT Café €5 При bold end", "TABLE a⇥b⏎c", "TEXT after{}",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := read(t, []byte(tt.data), "", tt.as)
			if tt.name == "plain" {
				if want := "One\ntwo\n\n  three, and a longer line that is only text."; d.Text != want {
					t.Errorf("text %q, want %q", d.Text, want)
				}
				return
			}
			if diff := cmp.Diff(tt.want, outlined(t, d)); diff != "" {
				t.Error(diff)
			}
			if d.Title != tt.title || d.Type != tt.as {
				t.Errorf("title %q, type %s; want %q, %s", d.Title, d.Type, tt.title, tt.as)
			}
		})
	}
}

func TestLanguage(t *testing.T) {
	for text, want := range map[string]string{
		"The cat sat on the mat, and that was the end of it for this day which we have by not":  "en",
		"Der Hund und die Katze sind nicht auf dem Sofa, sondern mit dem Kind im Garten.":       "de",
		"Le chat et le chien sont dans la maison, mais ils ne sont pas avec nous sur la photo.": "fr",
		"これは日本語の文章です。漢字も使います。":                                                                  "ja", "这是一个中文句子，没有假名。": "zh", "이것은 한국어 문장입니다.": "ko",
		"Это русский текст о погоде.": "ru", "Це український текст про її історію і її ідеї.": "uk", "นี่คือข้อความภาษาไทย": "th",
		"ok": "", "1 2 3": "",
	} {
		if got := language(text); got != want {
			t.Errorf("language(%q) = %q, want %q", text, got, want)
		}
	}
	if d := read(t, []byte(`<html lang="de-AT"><p>hello`), "", HTML); d.Language != "de" {
		t.Errorf("language %q, want de as declared", d.Language)
	}
}

// TestEncodings: text is the same in whatever encoding it comes, declared or not.
func TestEncodings(t *testing.T) {
	texts := map[string]string{
		"western":  "Der Müller aß ein großes Stück Käse. Où est le café, garçon? El niño pequeño está aquí: “así” – sí.",
		"central":  "Zażółć gęślą jaźń. Příliš žluťoučký kůň úpěl ďábelské ódy. Wszystkie różne święta są później.",
		"cyrillic": "Съешь же ещё этих мягких французских булок, да выпей чаю. Погода сегодня хорошая, а завтра будет лучше.",
		"greek":    "Η γρήγορη καφέ αλεπού πηδάει πάνω από το τεμπέλικο σκυλί. Ο καιρός είναι καλός σήμερα και αύριο.",
		"hebrew":   "השועל החום המהיר קופץ מעל הכלב העצלן. מזג האוויר היום יפה מאוד ומחר יהיה טוב יותר.",
		"japanese": "これは日本語の文章です。東京は日本の首都であり、多くの人が住んでいます。",
		"chinese":  "这是一个中文的句子。北京是中国的首都，有很多人住在这里。我们可以在这里学习。",
		"taiwan":   "這是一個中文的句子。臺北是一個城市，有很多人住在這裡。我們可以在這裡學習。",
		"korean":   "이것은 한국어 문장입니다. 서울은 대한민국의 수도이며 많은 사람들이 살고 있습니다.",
	}
	for _, tt := range []struct {
		name, text string
		in         encoding.Encoding
		declare    string
	}{
		{"UTF-16LE with mark", "japanese", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), ""},
		{"UTF-16BE with mark", "greek", unicode.UTF16(unicode.BigEndian, unicode.UseBOM), ""},
		{"UTF-16LE without", "western", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), ""},
		{"UTF-16BE without", "western", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), ""},
		{"Windows-1252", "western", charmap.Windows1252, "windows-1252"},
		{"Windows-1250", "central", charmap.Windows1250, "windows-1250"},
		{"Windows-1251", "cyrillic", charmap.Windows1251, "windows-1251"},
		{"KOI8-R", "cyrillic", charmap.KOI8R, "koi8-r"},
		{"Windows-1253", "greek", charmap.Windows1253, "windows-1253"},
		{"Windows-1255", "hebrew", charmap.Windows1255, "windows-1255"},
		{"Shift JIS", "japanese", japanese.ShiftJIS, "shift_jis"},
		{"EUC-JP", "japanese", japanese.EUCJP, "euc-jp"},
		{"ISO-2022-JP", "japanese", japanese.ISO2022JP, "iso-2022-jp"},
		{"GB18030", "chinese", simplifiedchinese.GB18030, "gb18030"},
		{"Big5", "taiwan", traditionalchinese.Big5, "big5"},
		{"EUC-KR", "korean", korean.EUCKR, "euc-kr"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := texts[tt.text]
			data, err := tt.in.NewEncoder().Bytes([]byte(want))
			if err != nil {
				t.Fatal(err)
			}
			if d := read(t, data, "", PlainText); d.Text != want {
				t.Errorf("guessed %q, want %q", d.Text, want)
			}
			if tt.declare == "" {
				return
			}
			short := []rune(want)[:3]
			data, _ = tt.in.NewEncoder().Bytes([]byte(string(short)))
			page := append([]byte(`<html><meta charset="`+tt.declare+`"><p>`), data...)
			if d := read(t, page, "", HTML); d.Text != string(short) {
				t.Errorf("as HTML declares %q, want %q", d.Text, string(short))
			}
			page = append([]byte(`<?xml version="1.0" encoding="`+tt.declare+`"?><p>`), data...)
			if d := read(t, append(page, "</p>"...), "", XML); d.Text != string(short) {
				t.Errorf("as XML declares %q, want %q", d.Text, string(short))
			}
		})
	}
}

func TestOffice(t *testing.T) {
	word := `<w:p><w:pPr><w:pStyle w:val="Heading2"/></w:pPr><w:r><w:t>He</w:t></w:r><w:r><w:t>ad</w:t></w:r></w:p>` +
		`<w:p><w:pPr><w:tabs><w:tab w:val="left"/></w:tabs></w:pPr><w:r><w:t xml:space="preserve">One </w:t><w:br/><w:t>two</w:t><w:tab/><w:t>x</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del></w:p>` +
		`<w:p><w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr><w:r><w:t>a</w:t></w:r></w:p>` +
		`<w:p><w:pPr><w:pStyle w:val="ListParagraph"/></w:pPr><w:r><w:t>b</w:t></w:r></w:p>` +
		`<w:tbl><w:tr><w:tc><w:p><w:r><w:t>1</w:t></w:r></w:p><w:p><w:r><w:t>2</w:t></w:r></w:p></w:tc><w:tc><w:p><w:r><w:t>3</w:t></w:r></w:p></w:tc></w:tr>` +
		`<w:tr><w:tc><w:p/></w:tc><w:tc><w:p><w:r><w:t>4</w:t></w:r></w:p></w:tc></w:tr></w:tbl>` +
		`<w:p><w:r><w:br w:type="page"/></w:r></w:p><w:p><w:r><w:lastRenderedPageBreak/><w:t>After</w:t></w:r>` +
		`<mc:AlternateContent><mc:Choice><w:r><w:t xml:space="preserve"> once</w:t></w:r></mc:Choice><mc:Fallback><w:r><w:t>twice</w:t></w:r></mc:Fallback></mc:AlternateContent></w:p>`
	for _, tt := range []struct {
		name  string
		as    Type
		data  []byte
		title string
		want  []string
	}{
		{"word", MSWord, extracttest.DOCX("The title", "One & two.", "Dreißig <x>"), "The title", []string{"HEADING1 The title", "TEXT One & two.", "TEXT Dreißig <x>"}},
		{"word body", MSWord, extracttest.DOCXBody("", word), "Head", []string{
			"HEADING2 Head", "TEXT One⏎two x", "LIST - a⏎- b", "TABLE 1 2⇥3⏎⇥4", "TEXT@2 After once",
		}},
		{"slides", PPT, extracttest.PPTX("Show", "Second: some text", "only text"), "Show", []string{
			"HEADING1@1 Show", "HEADING1@2 Second", "LIST@2 - some text", "LIST@3 - only text",
		}},
		{"workbook", MSExcel, extracttest.XLSX("Prices", []string{"thing", "price"}, []string{"tea", "", "3"}), "Prices", []string{"HEADING1@1 Prices", "TABLE@1 thing⇥price⏎tea⇥⇥3"}},
		{"rtf", RTF, extracttest.RTF("Größe 日本 😀", "One {two}", "€ and é"), "Größe 日本 😀", []string{"HEADING1 Größe 日本 😀", "TEXT One {two}", "TEXT € and é"}},
		{"html", HTML, extracttest.HTML("T & t", "One", "<two>"), "T & t", []string{"HEADING1 T & t", "TEXT One", "TEXT <two>"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, as := range []Type{tt.as, ""} {
				d := read(t, tt.data, "", as)
				if diff := cmp.Diff(tt.want, outlined(t, d)); diff != "" {
					t.Errorf("as %q: %s", as, diff)
				}
				if d.Title != tt.title || d.Type != tt.as {
					t.Errorf("title %q, type %s; want %q, %s", d.Title, d.Type, tt.title, tt.as)
				}
			}
		})
	}
}

// problem is the sentence of an error, which has to be the document's own fault.
func problem(t testing.TB, err error) string {
	t.Helper()
	var ours *Error
	if !errors.As(err, &ours) || ours.Code != InvalidRequest || ours.Retry {
		t.Fatalf("error %#v, want one of the document's", err)
	}
	return ours.Message
}
