package extract

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/extract/extracttest"
)

// TestCells: numbers are shown as what their formats make of them. A person who
// searches for a date or a share types that, and not what the file holds.
func TestCells(t *testing.T) {
	const styles = `<numFmts><numFmt numFmtId="164" formatCode="dd/mm/yyyy"/><numFmt numFmtId="165" formatCode="0.0%"/>` +
		`<numFmt numFmtId="166" formatCode="#,##0 &quot;days&quot;"/><numFmt numFmtId="167" formatCode="[Red]#,##0.00"/></numFmts>` +
		`<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>` +
		`<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="9"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/><xf numFmtId="167"/><xf numFmtId="22"/><xf numFmtId="10"/></cellXfs>`
	for _, tt := range []struct {
		name  string
		style int
		value string
		want  string
	}{
		{"a number", 0, "46024", "46024"},
		{"a date", 1, "46024", "2026-01-02"},
		{"a date in a format of one's own", 3, "46024", "2026-01-02"},
		{"a date and a time", 7, "46024.75", "2026-01-02 18:00:00"},
		{"a time", 7, "0.5", "12:00:00"},
		{"a share", 2, "0.25", "25%"},
		{"a share with decimals", 8, "0.1234", "12.34%"},
		{"a share in a format of one's own", 4, "0.07", "7%"},
		{"letters of dates in quotes", 5, "30", "30"},
		{"letters of dates in a colour", 6, "12.5", "12.5"},
		{"what is no date any more", 1, "99999999", "99999999"},
		{"a style that is not there", 99, "46024", "46024"},
		{"the noise of binary fractions", 0, "0.30000000000000004", "0.3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			row := fmt.Sprintf(`<row r="1"><c r="A1" s="%d"><v>%s</v></c></row>`, tt.style, tt.value)
			d := read(t, extracttest.XLSXCells("S", styles, row), "", "")
			if diff := cmp.Diff([]string{"HEADING1@1 S", "TABLE@1 " + tt.want}, outlined(t, d)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// leaf is a page of a book with a running head, a body, and its number.
func leaf(head, body, foot string) string {
	line := func(y int, text string) string {
		if text == "" {
			return ""
		}
		return fmt.Sprintf("BT /F1 10 Tf 50 %d Td (%s) Tj ET ", y, text)
	}
	return line(750, head) + line(600, body) + line(30, foot)
}

// TestRunningHeads: what stands at the edge of four or more pages, but for numbers, or
// in the same place on three, is left out, because it would be found by every search
// for the title, and quoted.
func TestRunningHeads(t *testing.T) {
	bodies := []string{"Alpha begins.", "Beta follows.", "Gamma comes third.", "Delta is last.", "Epsilon after all."}
	clause := strings.Repeat("The parties agree on what follows, as they did before. ", 4)
	for _, tt := range []struct {
		name  string
		pages int
		head  string
		foot  string
		want  func(i int) []string
	}{
		{"on five pages", 5, "Annual Report 2025", "Page %d of 5", func(i int) []string { return bodies[i : i+1] }},
		{"on four pages", 4, "Annual Report 2025", "Page %d of 4", func(i int) []string { return bodies[i : i+1] }},
		{"on three pages", 3, "Annual Report 2025", "%d/3", func(i int) []string { return bodies[i : i+1] }},
		{"on two pages the head stays", 2, "Annual Report 2025", "Page %d of 2", func(i int) []string { return []string{"Annual Report 2025", bodies[i]} }},
		{"the number of a thing is not the page's", 3, "", "Invoice 4711%d0", func(i int) []string { return []string{bodies[i], fmt.Sprintf("Invoice 4711%d0", i+1)} }},
		{"numbers alone", 4, "", "%d", func(i int) []string { return bodies[i : i+1] }},
		{"what is no head but a paragraph stays", 4, clause, "", func(i int) []string { return []string{strings.TrimSpace(clause), bodies[i]} }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var pages, want []string
			for i := range tt.pages {
				foot := tt.foot
				if strings.Contains(foot, "%d") {
					foot = fmt.Sprintf(foot, i+1)
				}
				pages = append(pages, leaf(tt.head, bodies[i], foot))
				want = append(want, tt.want(i)...)
			}
			d := read(t, extracttest.PDFPages("", pages...), "", "")
			var got []string
			for _, b := range d.Blocks {
				got = append(got, d.Text[b.Begin:b.End])
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPrintedPages: what a program prints around pages is known by its place: in two
// lines of different sizes, and shown after the body, as browsers do it.
func TestPrintedPages(t *testing.T) {
	line := func(size, y int, text string) string {
		return fmt.Sprintf("BT /F1 %d Tf 50 %d Td (%s) Tj ET ", size, y, text)
	}
	body := func(i int) string {
		return fmt.Sprintf("Body of %c. It is long enough to be most of the text on a page.", 'a'+i)
	}
	for _, tt := range []struct {
		name  string
		pages int
		page  func(i int) string
		want  []string
	}{
		{"a browser's", 3, func(i int) string {
			return line(12, 600, body(i)) + line(8, 780, "11/22/26, 6:09 PM Travel policy") + line(8, 20, fmt.Sprintf("file:///h3/a.html %d/3", i+1))
		}, []string{body(0), body(1), body(2)}},
		{"two lines", 3, func(i int) string {
			return line(8, 790, "Brightwater") + line(7, 770, "Confidential. Do not pass on.") + line(12, 600, body(i))
		}, []string{body(0), body(1), body(2)}},
		{"in other places it is text", 3, func(i int) string {
			return line(12, 700-20*i, "It is allowed.") + line(12, 500, body(i))
		}, []string{"It is allowed.", body(0), "It is allowed.", body(1), "It is allowed.", body(2)}},
		{"a heading", 3, func(i int) string {
			return line(20, 780, "Agenda") + line(12, 600, body(i))
		}, []string{"Agenda", body(0), "Agenda", body(1), "Agenda", body(2)}},
		{"a row between is text", 3, func(i int) string {
			return line(8, 780, "Brightwater") + line(12, 700, fmt.Sprintf("Chapter %c.", 'a'+i)) + line(12, 600, "See above.") + line(12, 400, body(i))
		}, []string{"Chapter a.", "See above.", body(0), "Chapter b.", "See above.", body(1), "Chapter c.", "See above.", body(2)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var pages []string
			for i := range tt.pages {
				pages = append(pages, tt.page(i))
			}
			d := read(t, extracttest.PDFPages("", pages...), "", "")
			var got []string
			for _, b := range d.Blocks {
				got = append(got, d.Text[b.Begin:b.End])
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestInvisibleText is what programs that recognize text put behind the picture of a
// page: the words are there to be found.
func TestInvisibleText(t *testing.T) {
	page := "q 612 0 0 792 0 0 cm /Scan Do Q BT 3 Tr /F1 10 Tf 50 700 Td (What the scanner saw) Tj ET"
	d := read(t, extracttest.PDFPages("", page), "", "")
	if diff := cmp.Diff([]string{"TEXT@1 What the scanner saw"}, outlined(t, d)); diff != "" {
		t.Error(diff)
	}
}
