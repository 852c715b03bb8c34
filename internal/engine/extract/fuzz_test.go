package extract

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/engine/extract/extracttest"
)

// lawful reads bytes as a type: either a sentence comes out, or a sound document.
func lawful(t *testing.T, data []byte, as Type) {
	t.Helper()
	d, err := Extract(context.Background(), data, "", as, Limits{Unpacked: 8 << 20, Text: 1 << 20})
	if err != nil {
		problem(t, err)
		return
	}
	sound(t, d)
}

func fuzz(f *testing.F, as Type, seeds ...string) {
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	for _, h := range hostile {
		if data := h.data; h.as == as && len(h.name) > 0 && as != MSWord && as != PPT && as != MSExcel && as != PDF {
			if d := data(); len(d) < 10_000 {
				f.Add(d)
			}
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) { lawful(t, data, as) })
}

func FuzzSniff(f *testing.F) {
	f.Add([]byte("%PDF-1.7"), "a.pdf")
	f.Add([]byte("PK\x03\x04"), "a.docx")
	f.Add([]byte(`[1,{"a":"b"}]`), "")
	f.Add([]byte("\xff\xfea\x00"), "a.txt")
	f.Fuzz(func(t *testing.T, data []byte, name string) {
		found, err := Sniff(data, name)
		if err != nil {
			problem(t, err)
		} else if formats[found] == nil {
			t.Errorf("found %q", found)
		}
		lawful(t, data, "")
	})
}

func FuzzPlain(f *testing.F) {
	fuzz(f, PlainText, "text\r\n", "\xff\xfet\x00e\x00", "\x93\xfa\x96\x7b\x8c\xea", "Caf\xe9", "\x1b$BF|K\\\x1b(B")
}

func FuzzMarkdown(f *testing.F) {
	fuzz(f, MD, "# a\n\nb\n===\n- c\n\n|a|b|\n|-|-|\n|1|2|\n```\nx\n", "---\ntitle: x\n---\n1) a")
}

func FuzzJSON(f *testing.F) { fuzz(f, JSON, `{"a":[1,"\u00e9"]}`, "1\n2\n") }

func FuzzCSV(f *testing.F) { fuzz(f, CSV, "a,b\n\"c\nd\",e\n", "a;b\n1;2", "a\tb\n") }

func FuzzHTML(f *testing.F) {
	fuzz(f, HTML, "<html><title>t</title><h1>a<p>b<ul><li>c<table><tr><td>d<th>e</table><pre>f\n g</pre><script>x</script>", "<meta charset=koi8-r>\xf0")
}

func FuzzXML(f *testing.F) {
	fuzz(f, XML, `<?xml version="1.0" encoding="iso-8859-1"?><a b="c">d<e/><![CDATA[f]]>&lt;<!--g--></a>`)
}

func FuzzRTF(f *testing.F) {
	fuzz(f, RTF, string(extracttest.RTF("T", "é € 日本 😀", "x")), `{\rtf1{\stylesheet{\s1 heading 1;}}\s1 a\par\trowd\intbl b\cell c\cell\row{\listtext x}d\par}`)
}

func FuzzWord(f *testing.F) {
	f.Add(`<d><p><pPr><pStyle val="a"/><numPr><numId val="1"/></numPr></pPr><r><t>x</t><br type="page"/><tab/></r></p><tbl><tr><tc><p><t>y</t></p></tc></tr></tbl></d>`,
		`<s><style styleId="a"><name val="heading 1"/><basedOn val="b"/></style></s>`)
	f.Fuzz(func(t *testing.T, document, styles string) {
		lawful(t, extracttest.Zip(extracttest.Part{Name: "[Content_Types].xml", Content: "<Types/>"},
			extracttest.Part{Name: "word/styles.xml", Content: styles}, extracttest.Part{Name: "word/document.xml", Content: document},
			extracttest.Part{Name: "word/footnotes.xml", Content: document}), MSWord)
	})
}

func FuzzSlides(f *testing.F) {
	f.Add("slide.xml", `<s><sp><ph type="title"/><p><t>a</t></p></sp><sp><ph type="body"/><p><t>b</t></p><p><br/><t>c</t></p></sp><tbl><tr><tc><p><t>d</t></p></tc></tr></tbl></s>`)
	f.Fuzz(func(t *testing.T, target, slide string) { lawful(t, slideTo(target, slide), PPT) })
}

func FuzzWorkbook(f *testing.F) {
	f.Add(`<row r="1"><c r="A1" t="s"><v>0</v></c><c r="C1" s="1"><v>45000.5</v></c><c t="inlineStr"><is><t>x</t></is></c></row>`, "shared", `<s><numFmts><numFmt numFmtId="200" formatCode="yyyy"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="200"/></cellXfs></s>`)
	f.Fuzz(func(t *testing.T, rows, shared, styles string) {
		lawful(t, sheetXML(rows, shared), MSExcel)
		var c cellStyles
		c.custom = map[int]string{}
		r := newReader(context.Background(), MSExcel, Limits{}.orDefault())
		if r.walk(strings.NewReader(styles), &c) == nil {
			for i := range c.formats {
				_, _ = c.number(i, "45000.5", false), c.number(i, rows, true)
			}
		}
	})
}

// FuzzZip damages a real file's bytes.
func FuzzZip(f *testing.F) {
	f.Add(extracttest.DOCX("T", "x"))
	f.Add(extracttest.XLSX("T", []string{"x"}))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, as := range []Type{MSWord, MSExcel, PPT} {
			_, err := Extract(context.Background(), data, "", as, Limits{Unpacked: 8 << 20})
			var ours *Error
			if err != nil && !errors.As(err, &ours) {
				t.Errorf("%s: %v", as, err)
			}
		}
	})
}

func FuzzPDF(f *testing.F) {
	fuzz(f, PDF, string(extracttest.PDF("T", "x • y", "日本")), string(extracttest.PDFPages("T", "BT /F1 9 Tf (a) Tj ET")))
}
