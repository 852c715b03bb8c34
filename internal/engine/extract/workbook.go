package extract

import (
	"encoding/xml"
	"path"
	"strconv"
	"strings"
)

// workbook reads an Excel file: a heading and a table for each sheet, with the
// values that its cells last had.
func (r *reader) workbook(data []byte) error {
	a, err := r.unzip(data)
	if err != nil {
		return err
	}
	book, err := a.main("xl/workbook.xml")
	if err != nil {
		return err
	}
	if err := a.properties(); err != nil {
		return err
	}
	list := sheetList{}
	if err := a.walkPart(book, &list); err != nil {
		return err
	}
	targets, err := a.relations(book)
	if err != nil {
		return err
	}
	texts := sharedTexts{reader: r}
	styles := cellStyles{custom: map[int]string{}}
	folder := path.Dir(book)
	if err := a.walkPart(path.Join(folder, "sharedStrings.xml"), &texts); err != nil {
		return err
	}
	if err := a.walkPart(path.Join(folder, "styles.xml"), &styles); err != nil {
		return err
	}
	for i, s := range list.sheets {
		if targets[s.id].kind != "worksheet" {
			continue
		}
		r.out.page = i + 1
		if err := a.sheet(s.name, targets[s.id].target, &sheet{reader: r, texts: &texts, styles: &styles, date1904: list.date1904}); err != nil {
			return err
		}
	}
	return nil
}

// sheet reads one sheet. An empty one has no heading either.
func (a *archive) sheet(name, part string, s *sheet) error {
	before := len(a.out.blocks)
	a.out.add(Heading, 1, name)
	headed := len(a.out.blocks)
	a.out.open(Table, 0)
	if err := a.walkPart(part, s); err != nil {
		return err
	}
	a.out.close()
	if len(a.out.blocks) == headed && headed > before {
		a.out.drop()
	}
	return nil
}

// sheetList reads the list of sheets.
type sheetList struct {
	sheets   []struct{ name, id string }
	date1904 bool
}

func (l *sheetList) start(e xml.StartElement) error {
	switch e.Name.Local {
	case "sheet":
		id := ""
		for _, a := range e.Attr {
			if a.Name.Local == "id" && a.Name.Space != "" {
				id = a.Value
			}
		}
		l.sheets = append(l.sheets, struct{ name, id string }{attribute(e, "name"), id})
	case "workbookPr":
		v := attribute(e, "date1904")
		l.date1904 = v == "1" || v == "true"
	}
	return nil
}

func (l *sheetList) end(string) error  { return nil }
func (l *sheetList) text([]byte) error { return nil }

// sharedTexts are the texts that cells refer to by number.
type sharedTexts struct {
	*reader
	all      []byte
	ends     []int
	reading  bool
	phonetic int
}

func (s *sharedTexts) start(e xml.StartElement) error {
	switch e.Name.Local {
	case "rPh":
		s.phonetic++
	case "t":
		s.reading = s.phonetic == 0
	}
	return nil
}

func (s *sharedTexts) end(name string) error {
	switch name {
	case "rPh":
		s.phonetic--
	case "t":
		s.reading = false
	case "si":
		s.ends = append(s.ends, len(s.all))
	}
	return nil
}

func (s *sharedTexts) text(t []byte) error {
	if !s.reading {
		return nil
	}
	if int64(len(s.all)+len(t)) > s.limits.Text {
		return refuse("The document has more than %s of text, which is not read.", megabytes(s.limits.Text))
	}
	s.all = append(s.all, t...)
	return nil
}

// at is the text of a number; of a number that is none, nothing.
func (s *sharedTexts) at(number string) string {
	n, err := strconv.Atoi(strings.TrimSpace(number))
	if err != nil || n < 0 || n >= len(s.ends) {
		return ""
	}
	begin := 0
	if n > 0 {
		begin = s.ends[n-1]
	}
	return string(s.all[begin:s.ends[n]])
}

// sheet is the reading of a sheet.
type sheet struct {
	*reader
	texts    *sharedTexts
	styles   *cellStyles
	date1904 bool

	column, next int    // of the current cell, and of the next one without an address
	kind         string // of its value
	style        int
	value        []byte
	reading      bool
	phonetic     int
}

// widestGap is how many empty cells in a row are kept: sheets may have a value in
// the last of 16,384 columns.
const widestGap = 4

func (s *sheet) start(e xml.StartElement) error {
	switch e.Name.Local {
	case "row":
		s.next = 0
	case "c":
		s.kind = attribute(e, "t")
		s.style, _ = strconv.Atoi(attribute(e, "s"))
		s.value = s.value[:0]
		s.column = columnOf(attribute(e, "r"), s.next)
	case "rPh":
		s.phonetic++
	case "v", "t":
		s.reading = s.phonetic == 0
	}
	return nil
}

func (s *sheet) end(name string) error {
	switch name {
	case "v", "t":
		s.reading = false
	case "rPh":
		s.phonetic--
	case "c":
		s.cell()
	case "row":
		s.out.next()
	}
	return nil
}

func (s *sheet) text(t []byte) error {
	if s.reading {
		s.value = append(s.value, t...)
	}
	return nil
}

// cell writes a cell, after the empty ones before it.
func (s *sheet) cell() {
	text := s.shown(string(s.value))
	if text == "" {
		return
	}
	first := s.next == 0
	gap := min(s.column-s.next, widestGap)
	if !first {
		gap++
	}
	for range gap {
		s.out.cell()
	}
	s.next = s.column + 1
	s.out.write(text)
}

// shown is the value as people see it.
func (s *sheet) shown(value string) string {
	switch s.kind {
	case "s":
		return s.texts.at(value)
	case "b":
		if value == "1" {
			return "TRUE"
		}
		return "FALSE"
	case "str", "inlineStr", "e", "d":
		return value
	}
	return s.styles.number(s.style, value, s.date1904)
}

// columnOf is the column of an address such as AB12, from 0.
func columnOf(address string, otherwise int) int {
	n := 0
	for _, c := range address {
		if c < 'A' || c > 'Z' || n > 1<<14 {
			break
		}
		n = n*26 + int(c-'A') + 1
	}
	if n == 0 {
		return otherwise
	}
	return max(n-1, otherwise)
}
