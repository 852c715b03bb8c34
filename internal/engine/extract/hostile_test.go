package extract

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/engine/extract/extracttest"
)

// wordXML is a Word file whose main part is as given.
func wordXML(document string) []byte {
	return extracttest.Zip(extracttest.Part{Name: "[Content_Types].xml", Content: "<Types/>"}, extracttest.Part{Name: "word/document.xml", Content: document})
}

// sheetXML is an Excel file whose sheet is as given, with one shared text.
func sheetXML(rows, shared string) []byte {
	return extracttest.Zip(extracttest.Part{Name: "[Content_Types].xml", Content: "<Types/>"},
		extracttest.Part{Name: "xl/workbook.xml", Content: `<workbook xmlns:r="r"><sheets><sheet name="S" r:id="a"/></sheets></workbook>`},
		extracttest.Part{Name: "xl/_rels/workbook.xml.rels", Content: `<Relationships><Relationship Id="a" Type="x/worksheet" Target="s.xml"/></Relationships>`},
		extracttest.Part{Name: "xl/sharedStrings.xml", Content: "<sst><si><t>" + shared + "</t></si></sst>"},
		extracttest.Part{Name: "xl/s.xml", Content: "<worksheet><sheetData>" + rows + "</sheetData></worksheet>"})
}

// slideTo is a PowerPoint file with one slide, at a target.
func slideTo(target, slide string) []byte {
	return extracttest.Zip(extracttest.Part{Name: "[Content_Types].xml", Content: "<Types/>"},
		extracttest.Part{Name: "ppt/presentation.xml", Content: `<p xmlns:r="r"><sldId r:id="a"/></p>`},
		extracttest.Part{Name: "ppt/_rels/presentation.xml.rels", Content: `<Relationships><Relationship Id="a" Type="x/slide" Target="` + target + `"/></Relationships>`},
		extracttest.Part{Name: "ppt/slide.xml", Content: slide})
}

// oneFont is the objects of a PDF of one page, from number 4 on the given ones.
func pdfOf(page string, more ...string) []byte {
	return extracttest.PDFObjects("/Root 1 0 R", append([]string{"<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /Resources << /Font << /F 5 0 R >> /XObject << /X 6 0 R >> >> /Contents 4 0 R " + page + ">>"}, more...)...)
}

const (
	pdfFont = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
	hello   = "BT /F 12 Tf 50 700 Td (Hello) Tj ET\n"
)

// manyEntries is a zip with a directory of n entries.
func manyEntries(n int) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range n {
		if _, err := z.CreateRaw(&zip.FileHeader{Name: fmt.Sprintf("word/%d", i)}); err != nil {
			panic(err)
		}
	}
	z.Close()
	return append(b.Bytes(), "[Content_Types].xml"...)
}

func ole(stream string) []byte {
	return append([]byte(oleMark+strings.Repeat("\x00", 504)), sixteen(stream)...)
}

func laughs(root string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0"?><!DOCTYPE ` + root + ` [<!ENTITY a0 "ha">`)
	for i := range 20 {
		fmt.Fprintf(&b, `<!ENTITY a%d "%s">`, i+1, strings.Repeat(fmt.Sprintf("&a%d;", i), 10))
	}
	return b.String() + "]>"
}

// hostile are files that try to take more than a document may. An empty want means
// that the document is read all the same.
var hostile = []struct {
	name string
	as   Type
	data func() []byte
	want string
}{
	{"word: bomb of white space", MSWord, func() []byte { return wordXML("<d>" + strings.Repeat(" ", 24<<20) + "</d>") }, "a hundred times its size"},
	{"word: bomb of tags", MSWord, func() []byte { return wordXML("<d>" + strings.Repeat("<p></p>", 2<<20) + "</d>") }, "a hundred times its size"},
	{"word: bomb of text", MSWord, func() []byte { return wordXML("<d><p><t>" + strings.Repeat("A", 24<<20) + "</t></p></d>") }, "a hundred times its size"},
	{"word: a zip in the zip", MSWord, func() []byte { return wordXML(string(wordXML("<d/>"))) }, "damaged"},
	{"word: too many parts", MSWord, func() []byte { return manyEntries(30_000) }, "more than 20000 files"},
	{"word: cut off", MSWord, func() []byte { d := extracttest.DOCX("T", "x"); return d[:len(d)*2/3] }, "its end is missing"},
	{"word: broken in the middle", MSWord, func() []byte {
		d := extracttest.DOCX("T", strings.Repeat("x", 9999))
		copy(d[len(d)/3:], strings.Repeat("\xff", len(d)/3))
		return d
	}, "no Word"},
	{"word: external entity", MSWord, func() []byte {
		return wordXML(`<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d><p><t>&x;</t></p></d>`)
	}, "declares entities"},
	{"word: laughs", MSWord, func() []byte { return wordXML(laughs("d") + "<d><p><t>&a20;</t></p></d>") }, "declares entities"},
	{"word: deep", MSWord, func() []byte { return wordXML(strings.Repeat("<tbl>", 200_000)) }, "nested more than 512"},
	{"word: not closed", MSWord, func() []byte { return wordXML("<d><p><t>text") }, "damaged"},
	{"word: closed too often", MSWord, func() []byte { return wordXML("<d></d></tbl></tbl>") }, "damaged"},
	{"word: no XML", MSWord, func() []byte { return wordXML("\x00\x01\x02\xff") }, "damaged"},
	{"word: style based on itself", MSWord, func() []byte {
		return extracttest.Zip(extracttest.Part{Name: "[Content_Types].xml", Content: "<Types/>"},
			extracttest.Part{Name: "word/styles.xml", Content: `<s><style styleId="a"><basedOn val="b"/></style><style styleId="b"><basedOn val="a"/></style></s>`},
			extracttest.Part{Name: "word/document.xml", Content: `<d><p><pPr><pStyle val="a"/></pPr><t>text</t></p></d>`})
	}, ""},
	{"word: encrypted", MSWord, func() []byte { return ole("EncryptedPackage") }, "encrypted with a password"},
	{"word: of before 2007", MSWord, func() []byte { return ole("WordDocument") }, "before 2007 (.doc)"},
	{"slides: of before 2007", PPT, func() []byte { return ole("PowerPoint Document") }, "before 2007 (.ppt)"},
	{"workbook: of before 2007", MSExcel, func() []byte { return ole("Workbook") }, "before 2007 (.xls)"},
	{"slides: a target outside", PPT, func() []byte { return slideTo("../../../../etc/passwd", "") }, "no text"},
	{"slides: a slide that is the show", PPT, func() []byte { return slideTo("presentation.xml", "") }, "no text"},
	{"slides: laughs", PPT, func() []byte { return slideTo("slide.xml", laughs("d")+"<d/>") }, "declares entities"},
	{"workbook: the last cell", MSExcel, func() []byte {
		return sheetXML(strings.Repeat(`<row r="1048576"><c r="A1" t="s"><v>0</v></c><c r="XFD1048576" t="s"><v>0</v></c></row>`, 20_000), "x")
	}, ""},
	{"workbook: a text said often", MSExcel, func() []byte {
		return sheetXML(strings.Repeat(`<row><c t="s"><v>0</v></c></row>`, 5000), strings.Repeat("word ", 20_000))
	}, "more than 10 MB of text"},
	{"workbook: texts that are not there", MSExcel, func() []byte {
		return sheetXML(`<row><c t="s"><v>-1</v></c><c t="s"><v>99999999999999999999</v></c><c s="-5"><v>7</v></c><c r="ZZZZZZZZZZZZZZ1"><v>8</v></c></row>`, "x")
	}, ""},
	{"xml: laughs", XML, func() []byte { return []byte(laughs("d") + "<d>&a20;</d>") }, "declares entities"},
	{"xml: external entity", XML, func() []byte { return []byte(`<!DOCTYPE d [<!ENTITY x SYSTEM "/etc/passwd">]><d>&x;</d>`) }, "declares entities"},
	{"xml: external subset", XML, func() []byte { return []byte(`<!DOCTYPE d SYSTEM "http://192.0.2.1/d.dtd"><d>text &x;</d>`) }, ""},
	{"xml: parameter entity", XSLT, func() []byte { return []byte(`<!DOCTYPE d [<!ENTITY % x SYSTEM "http://192.0.2.1/">%x;]><d/>`) }, "declares entities"},
	{"xml: deep", XML, func() []byte { return []byte(strings.Repeat("<a>", 500_000)) }, "nested more than 512"},
	{"xml: not closed", XML, func() []byte { return []byte("<a><b>text</b>") }, "no well-formed XML"},
	{"xml: crossed", XML, func() []byte { return []byte("<a><b>text</a></b>") }, "no well-formed XML"},
	{"xml: a huge attribute", XML, func() []byte { return []byte(`<a b="` + strings.Repeat("x", 4<<20) + `">text</a>`) }, "a tag or a text"},
	{"xml: many attributes", XML, func() []byte { return []byte("<a " + strings.Repeat("b='' ", 1<<20) + ">text</a>") }, "a tag or a text"},
	{"xml: a huge comment", XML, func() []byte { return []byte("<a><!--" + strings.Repeat("x", 4<<20) + "-->text</a>") }, ""},
	{"json: deep", JSON, func() []byte { return []byte(strings.Repeat("[", 1<<20)) }, "nested more than 512"},
	{"json: cut off", JSON, func() []byte { return []byte(`{"a": [1, 2`) }, "no valid JSON"},
	{"json: deep, sniffed", "", func() []byte { return []byte(strings.Repeat(`{"a":`, 1<<18)) }, ""},
	{"html: deep", HTML, func() []byte { return []byte("<html>" + strings.Repeat("<div>", 300_000) + "text") }, ""},
	{"html: formatting without end", HTML, func() []byte { return []byte("<html>" + strings.Repeat("<b><i><a href=x>", 100_000) + "text") }, ""},
	{"html: tables in tables", HTML, func() []byte { return []byte("<html>" + strings.Repeat("<table><tr><td>", 100_000) + "text") }, ""},
	{"html: a comment without end", HTML, func() []byte { return []byte("<html><p>text<!--" + strings.Repeat("<p>", 1<<20)) }, ""},
	{"html: a script without end", HTML, func() []byte { return []byte("<html><p>text<script>" + strings.Repeat("</scrip", 1<<20)) }, ""},
	{"html: a huge attribute", HTML, func() []byte { return []byte("<html><p class='" + strings.Repeat("x", 8<<20) + "'>text") }, ""},
	{"html: only script", HTML, func() []byte { return []byte("<html><script>alert(1)</script>") }, "no text"},
	{"rtf: deep", RTF, func() []byte { return []byte(`{\rtf1 ` + strings.Repeat("{", 1<<20)) }, "nested more than 512"},
	{"rtf: not closed", RTF, func() []byte { return []byte(`{\rtf1 text`) }, "damaged"},
	{"rtf: binary without end", RTF, func() []byte { return []byte(`{\rtf1 text\bin999999999 x}`) }, "damaged"},
	{"rtf: numbers", RTF, func() []byte { return []byte(`{\rtf1\uc31\u-99999999999999999\u55357?\u1?\f999999999\s-5 text\'z\'}`) }, ""},
	{"csv: a quote without end", CSV, func() []byte { return []byte("a,b\n\"" + strings.Repeat("x,\n", 1<<20)) }, ""},
	{"csv: many columns", CSV, func() []byte { return []byte(strings.Repeat(",", 4<<20) + "text") }, "more than 20000 columns"},
	{"markdown: quotes and ticks", MD, func() []byte {
		return []byte(strings.Repeat("> ", 200_000) + strings.Repeat("`", 100_000) + strings.Repeat("\n- ", 100_000) + "text")
	}, ""},
	{"markdown: a rule that tempts to go back", MD, func() []byte { return []byte("a|b\n" + strings.Repeat("-|", 200_000) + "x") }, ""},
	{"plain: a program", PlainText, func() []byte { return []byte("\x7fELF" + strings.Repeat("\x00\x01\x02\xff", 1000)) }, "no text"},
	{"plain: half a character", PlainText, func() []byte { return []byte("\xff\xfea\x00b\x00\xd8\xd8c") }, ""},
	{"plain: nothing", PlainText, func() []byte { return []byte(" \n\t") }, "empty"},
	{"plain: too much", PlainText, func() []byte { return bytes.Repeat([]byte("x"), 31_000_000) }, "more than 30 MB of text"},
	{"any: too many bytes", "", func() []byte { return make([]byte, 50_000_001) }, "more than the 50000000"},
	{"any: a picture", "", func() []byte { return []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("\x00\x00\x00\rIHDR", 100)) }, "image/png"},
	{"any: a picture as a PDF", PDF, func() []byte { return []byte("\x89PNG\r\n\x1a\n" + strings.Repeat("\x00\x00\x00\rIHDR", 100)) }, "contentType is PDF, and its content is image/png"},
	{"any: a PDF as text", PlainText, func() []byte { return extracttest.PDF("T", "x") }, "contentType is PLAIN_TEXT, and its content is PDF. Name the right contentType, or leave it out."},
	{"any: slides as Word", MSWord, func() []byte { return extracttest.PPTX("T", "x") }, "contentType is MS_WORD, and its content is PowerPoint (.pptx)"},
	{"pdf: pages in a circle", PDF, func() []byte {
		return extracttest.PDFObjects("/Root 1 0 R", "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R 3 0 R] >>", "<< /Type /Pages /Kids [2 0 R 3 0 R] /Parent 3 0 R >>")
	}, "no pages can be found"},
	{"pdf: tables in a circle", PDF, func() []byte {
		return bytes.Replace(extracttest.PDF("T", "text"), []byte("/Size"), []byte("/Prev 15 /Size"), 1)
	}, ""},
	{"pdf: a huge table", PDF, func() []byte {
		return bytes.Replace(extracttest.PDF("T", "text"), []byte("/Size "), []byte("/Size 99999999999"), 1)
	}, ""},
	{"pdf: an object that is itself", PDF, func() []byte {
		return pdfOf("", "<< /Length 4 0 R >>\nstream\n"+hello+"endstream", "5 0 R", "<< /Type 6 0 R >>")
	}, "no text"},
	{"pdf: a form in itself", PDF, func() []byte {
		form := strings.Repeat("/X Do ", 50) + hello
		return pdfOf("", extracttest.Stream("", "/X Do "+hello), pdfFont,
			fmt.Sprintf("<< /Subtype /Form /Resources << /Font << /F 5 0 R >> /XObject << /X 6 0 R >> >> /Length %d >>\nstream\n%s\nendstream", len(form), form))
	}, ""},
	{"pdf: bomb", PDF, func() []byte {
		return pdfOf("", extracttest.Stream("FlateDecode", strings.Repeat(" ", 65<<20)), pdfFont)
	}, "more pages, objects or packed data"},
	{"pdf: bomb in a bomb", PDF, func() []byte {
		s := extracttest.Deflate(extracttest.Deflate(strings.Repeat(" ", 20<<20)))
		return pdfOf("", fmt.Sprintf("<< /Filter [/FlateDecode /FlateDecode] /Length %d >>\nstream\n%s\nendstream", len(s), s), pdfFont)
	}, "no text"},
	{"pdf: many bombs", PDF, func() []byte {
		return pdfOf("/Contents ["+strings.Repeat("4 0 R ", 100)+"] ", extracttest.Stream("FlateDecode", strings.Repeat(" ", 4<<20)), pdfFont)
	}, "more pages, objects or packed data"},
	{"pdf: deep", PDF, func() []byte { return pdfOf("/A "+strings.Repeat("[", 1<<20), extracttest.Stream("", hello), pdfFont) }, ""},
	{"pdf: many operators", PDF, func() []byte {
		return pdfOf("", extracttest.Stream("FlateDecode", hello+strings.Repeat("q Q ", 1<<20)), pdfFont)
	}, ""},
	{"pdf: much text in one page", PDF, func() []byte {
		return pdfOf("", extracttest.Stream("FlateDecode", "BT /F 1 Tf "+strings.Repeat("(aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa) Tj 0 -2 Td ", 60_000)), pdfFont)
	}, "more pages, objects or packed data"},
	{"pdf: a font of everything", PDF, func() []byte {
		m := "1 begincodespacerange <00000000> <ffffffff> endcodespacerange " + strings.Repeat("1 beginbfrange <00000000> <ffffffff> <0041> endbfrange ", 200_000)
		return pdfOf("", extracttest.Stream("", hello), "<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /ToUnicode 7 0 R /DescendantFonts [<< /W [0 2000000000 500] >>] >>", "null", extracttest.Stream("FlateDecode", m))
	}, ""},
	{"pdf: a string without end", PDF, func() []byte { return pdfOf("/A (", extracttest.Stream("", hello), pdfFont) }, "no text"},
	{"pdf: cut off", PDF, func() []byte {
		d := extracttest.PDF("Title", strings.Repeat("some text that goes on ", 500))
		return d[:len(d)*9/10]
	}, ""},
	{"pdf: only a head", PDF, func() []byte { return []byte("%PDF-1.7\n") }, "no pages"},
	{"pdf: encrypted", PDF, func() []byte {
		return bytes.Replace(extracttest.PDF("T", "text"), []byte("/Info"), []byte("/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O ("+strings.Repeat("o", 32)+") /U ("+strings.Repeat("u", 32)+") >> /Info"), 1)
	}, "encrypted with a password"},
	{"pdf: scanned", PDF, func() []byte { return pdfOf("", extracttest.Stream("", "q /X Do Q")) }, "recognize their text (OCR)"},
	{"pdf: predictors of great width", PDF, func() []byte {
		s := extracttest.Deflate(hello)
		return pdfOf("", fmt.Sprintf("<< /Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns 999999999 /Colors 99999 >> /Length %d >>\nstream\n%s\nendstream", len(s), s), pdfFont)
	}, ""},
	{"pdf: nonsense as numbers", PDF, func() []byte {
		return pdfOf("", extracttest.Stream("", "BT /F 1e999 Tf -.-.- 99999999999999999999 Td nan Tm [ -1e308 (a) ] TJ (b) ' ) > ] } ET"+hello), pdfFont)
	}, ""},
}

// TestHostile: such files fail with a sentence that says why, or are read; either
// way in little time (a second or so, if nothing else runs) and memory, which the
// child of platform/fence has far more of.
func TestHostile(t *testing.T) {
	const mostTime, mostMemory = 20 * time.Second, 700 << 20
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			data := tt.data()
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			begin := time.Now()
			d, err := Extract(context.Background(), data, "", tt.as, Limits{})
			took := time.Since(begin)
			runtime.ReadMemStats(&after)
			if took > mostTime {
				t.Errorf("took %s", took)
			}
			if n := after.HeapAlloc - min(before.HeapAlloc, after.HeapAlloc); n > mostMemory {
				t.Errorf("holds %d MB more", n>>20)
			}
			t.Logf("%d bytes, %s, %d MB allocated", len(data), took.Round(time.Millisecond), (after.TotalAlloc-before.TotalAlloc)>>20)
			switch {
			case tt.want == "" && err != nil:
				t.Errorf("error %v, want none", err)
			case tt.want == "":
				sound(t, d)
			case err == nil:
				t.Errorf("no error, want one with %q", tt.want)
			case !strings.Contains(problem(t, err), tt.want):
				t.Errorf("error %q, want one with %q", err, tt.want)
			}
		})
	}
}

// TestContextEnds: every format stops soon when its context does.
func TestContextEnds(t *testing.T) {
	text := strings.Repeat("some words, \"and\" more\n", 20_000)
	for as, data := range map[Type][]byte{
		CSV: []byte(text), MD: []byte(strings.Repeat("a\n\n", 20_000)), HTML: []byte("<html>" + strings.Repeat("<p>a</p>", 20_000)), XML: []byte("<a>" + strings.Repeat("<b>c</b>", 20_000) + "</a>"),
		RTF: extracttest.RTF("T", text), MSWord: extracttest.DOCX("T", strings.Split(text, "\n")...),
		MSExcel: extracttest.XLSX("T", make([][]string, 20_000)...), PDF: extracttest.PDF("T", strings.Split(text, "\n")...),
	} {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := Extract(ctx, data, "", as, Limits{}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: error %v, want that of the context", as, err)
		}
	}
}
