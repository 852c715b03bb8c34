package extracttest

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strings"
	"unicode/utf16"

	"golang.org/x/text/encoding/charmap"
)

const (
	lineLength   = 90 // characters
	linesPerPage = 48
)

// PDF is a file with the title as a large first line, and paragraphs in lines of
// 90 characters, 48 lines a page. What Windows-1252 has not is set in a font that
// maps its glyphs to Unicode.
func PDF(title string, paragraphs ...string) []byte {
	lines := []string{title, ""}
	for _, p := range paragraphs {
		lines = append(append(lines, wrap(p)...), "")
	}
	var pages []string
	for first := true; len(lines) > 0; first = false {
		n := min(len(lines), linesPerPage)
		pages = append(pages, content(lines[:n], first))
		lines = lines[n:]
	}
	return PDFPages(title, pages...)
}

// wrap parts a paragraph into lines.
func wrap(p string) []string {
	var lines []string
	line := ""
	for w := range strings.FieldsSeq(p) {
		if line != "" && len(line)+1+len(w) > lineLength {
			lines = append(lines, line)
			line = ""
		}
		line = strings.TrimSpace(line + " " + w)
	}
	return append(lines, line)
}

// content is the operators that show lines.
func content(lines []string, titled bool) string {
	var b strings.Builder
	b.WriteString("BT 14 TL 50 740 Td\n")
	for i, line := range lines {
		size := 10
		if titled && i == 0 {
			size = 18
		}
		if plain, err := charmap.Windows1252.NewEncoder().String(line); err == nil {
			fmt.Fprintf(&b, "/F1 %d Tf (%s) Tj T*\n", size, strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(plain))
			continue
		}
		fmt.Fprintf(&b, "/F2 %d Tf <", size)
		for _, unit := range utf16.Encode([]rune(line)) {
			fmt.Fprintf(&b, "%04x", unit)
		}
		b.WriteString("> Tj T*\n")
	}
	b.WriteString("ET\n")
	return b.String()
}

// PDFPages is a file whose pages are written in PDF's operators. The fonts are F1
// (Helvetica, Windows-1252) and F2 (two bytes a glyph, which are UTF-16).
func PDFPages(title string, pages ...string) []byte {
	const fixed = 7 // objects before the pages
	var kids strings.Builder
	for i := range pages {
		fmt.Fprintf(&kids, "%d 0 R ", fixed+1+2*i)
	}
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		fmt.Sprintf("<< /Type /Pages /Count %d /Kids [%s] /MediaBox [0 0 612 792] /Resources << /Font << /F1 4 0 R /F2 5 0 R >> >> >>", len(pages), kids.String()),
		"<< /Title " + textString(title) + " >>",
		"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
		"<< /Type /Font /Subtype /Type0 /BaseFont /Wide /Encoding /Identity-H /DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
		"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Wide /DW 500 >>",
		Stream("", "1 begincodespacerange <0000> <ffff> endcodespacerange 1 beginbfrange <0000> <ffff> <0000> endbfrange"),
	}
	for i, p := range pages {
		objects = append(objects, fmt.Sprintf("<< /Type /Page /Parent 2 0 R /Contents %d 0 R >>", fixed+2+2*i), Stream("FlateDecode", p))
	}
	return PDFObjects("/Root 1 0 R /Info 3 0 R", objects...)
}

// PDFObjects is a file of objects, numbered from 1, with a cross-reference table.
func PDFObjects(trailer string, objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	offsets := make([]int, 0, len(objects))
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d %s >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, trailer, start)
	return b.Bytes()
}

// Stream is a stream object, packed if the filter is FlateDecode.
func Stream(filter, data string) string {
	dict := ""
	if filter != "" {
		dict = " /Filter /" + filter
	}
	if filter == "FlateDecode" {
		data = Deflate(data)
	}
	return fmt.Sprintf("<< /Length %d%s >>\nstream\n%s\nendstream", len(data), dict, data)
}

// Deflate packs data as FlateDecode unpacks it.
func Deflate(data string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	if _, err := z.Write([]byte(data)); err != nil {
		panic(err) // a buffer takes everything
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

// textString is a string of UTF-16 with its mark.
func textString(s string) string {
	var b strings.Builder
	b.WriteString("<feff")
	for _, unit := range utf16.Encode([]rune(s)) {
		fmt.Fprintf(&b, "%04x", unit)
	}
	b.WriteString(">")
	return b.String()
}
