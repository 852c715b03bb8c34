package extract

import (
	"encoding/xml"
	"path"
	"strconv"
	"strings"
)

// word reads a Word file: its body, then its foot- and endnotes.
func (r *reader) word(data []byte) error {
	a, err := r.unzip(data)
	if err != nil {
		return err
	}
	body, err := a.main("word/document.xml")
	if err != nil {
		return err
	}
	if err := a.properties(); err != nil {
		return err
	}
	styles := wordStyles{found: map[string]wordStyle{}}
	if err := a.walkPart(path.Join(path.Dir(body), "styles.xml"), &styles); err != nil {
		return err
	}
	w := word{reader: r, styles: styles}
	if err := a.walkPart(body, &w); err != nil {
		return err
	}
	r.out.close()
	for _, notes := range []string{"footnotes.xml", "endnotes.xml"} {
		if err := a.walkPart(path.Join(path.Dir(body), notes), &word{reader: r, styles: styles, notes: true}); err != nil {
			return err
		}
	}
	r.forgetOnlyPage()
	return nil
}

// forgetOnlyPage: a file in which no page ends does not know its pages.
func (r *reader) forgetOnlyPage() {
	if r.out.page > 1 {
		return
	}
	for i := range r.out.blocks {
		r.out.blocks[i].Page = 0
	}
}

// word is the reading of a part with paragraphs.
type word struct {
	*reader
	styles wordStyles
	notes  bool // the part has notes, not pages

	kind      Kind // of the current paragraph
	level     int
	settled   bool // its block is open
	reading   bool // its text
	in        bool // its properties
	skipped   int  // depth in what is left out
	tables    int  // open ones
	cells     int  // in the current row
	rendered  int  // pages that ended when the file was last shown
	requested int  // pages that the author ended
}

// unread are the elements that repeat, or are no text.
var unread = map[string]bool{"Fallback": true, "instrText": true, "delText": true, "del": true, "moveFrom": true}

func (w *word) start(e xml.StartElement) error {
	name := e.Name.Local
	if w.skipped > 0 || unread[name] || w.separator(e) {
		w.skipped++
		return nil
	}
	switch name {
	case "p":
		w.paragraph()
	case "pPr":
		w.in = true
	case "t":
		w.reading = true
	case "tab", "ptab":
		w.out.space = w.out.space || !w.in
	case "br", "cr":
		w.broken(attribute(e, "type"))
	case "noBreakHyphen":
		w.said("-")
	case "lastRenderedPageBreak":
		w.rendered++
		w.turn()
	case "tbl":
		if w.tables++; w.tables == 1 {
			w.out.open(Table, 0)
		}
	case "tr", "tc":
		w.cell(name)
	default:
		w.property(name, e)
	}
	return nil
}

// separator recognizes the notes that only draw a line.
func (w *word) separator(e xml.StartElement) bool {
	return w.notes && (e.Name.Local == "footnote" || e.Name.Local == "endnote") && strings.Contains(strings.ToLower(attribute(e, "type")), "separator")
}

func (w *word) end(name string) error {
	if w.skipped > 0 {
		w.skipped--
		return nil
	}
	switch name {
	case "pPr":
		w.in = false
	case "t":
		w.reading = false
	case "p":
		if w.tables == 0 && !w.out.is(List) {
			w.out.close()
		}
		w.settled = false
	case "tr":
		if w.tables == 1 {
			w.out.next()
		}
	case "tbl":
		if w.tables--; w.tables == 0 {
			w.out.close()
		}
	}
	return nil
}

func (w *word) text(s []byte) error {
	if w.reading && w.skipped == 0 {
		w.said(string(s))
	}
	return nil
}

func (w *word) paragraph() {
	w.kind, w.level, w.settled, w.in = Text, 0, false, false
	w.out.space = true
}

// property is one of a paragraph.
func (w *word) property(name string, e xml.StartElement) {
	if !w.in {
		return
	}
	value := attribute(e, "val")
	switch name {
	case "pStyle":
		s := w.styles.resolve(value)
		w.kind, w.level = s.kind(), s.level
	case "numId":
		if w.kind == Text && value != "0" {
			w.kind = List
		}
	case "outlineLvl":
		if level := outline(value); level > 0 {
			w.kind, w.level = Heading, level
		}
	}
}

// said adds text to the paragraph, whose block is opened now that all of its
// properties are known.
func (w *word) said(s string) {
	if !w.settled && w.tables == 0 {
		switch {
		case w.kind != List:
			w.out.open(w.kind, w.level)
		case w.out.is(List):
			w.out.next()
			w.out.bullet()
		default:
			w.out.open(List, 0)
			w.out.bullet()
		}
	}
	w.settled = true
	w.out.write(s)
}

func (w *word) broken(kind string) {
	switch {
	case kind == "page":
		w.requested++
		w.turn()
	case w.tables > 0 || w.kind != Text || !w.settled:
		w.out.space = true
	default:
		w.out.next()
	}
}

// turn counts pages. Programs write both kinds of breaks for one page, so the
// larger count is the page.
func (w *word) turn() {
	if !w.notes {
		w.out.page = 1 + max(w.rendered, w.requested)
	}
}

func (w *word) cell(name string) {
	switch {
	case w.tables != 1:
		w.out.space = true
	case name == "tr":
		w.cells = 0
	default:
		if w.cells++; w.cells > 1 {
			w.out.cell()
		}
	}
}

// wordStyle is what a style says about structure.
type wordStyle struct {
	level   int // of a heading
	list    bool
	basedOn string
}

func (s wordStyle) kind() Kind {
	switch {
	case s.level > 0:
		return Heading
	case s.list:
		return List
	}
	return Text
}

// wordStyles reads a part of styles.
type wordStyles struct {
	found map[string]wordStyle
	id    string
}

func (s *wordStyles) start(e xml.StartElement) error {
	value := attribute(e, "val")
	style := s.found[s.id]
	switch e.Name.Local {
	case "style":
		s.id = attribute(e, "styleId")
		return nil
	case "name":
		style.level = named(value)
		style.list = strings.HasPrefix(strings.ToLower(value), "list ")
	case "outlineLvl":
		style.level = outline(value)
	case "basedOn":
		style.basedOn = value
	default:
		return nil
	}
	s.found[s.id] = style
	return nil
}

func (s *wordStyles) end(string) error  { return nil }
func (s *wordStyles) text([]byte) error { return nil }

// resolve is a style with what it has from those that it is based on.
func (s wordStyles) resolve(id string) wordStyle {
	style := s.found[id]
	if len(s.found) == 0 {
		style.level = named(id)
	}
	for base, n := style.basedOn, 0; base != "" && n < 10 && style.level == 0; n++ {
		above := s.found[base]
		style.level, style.list = above.level, style.list || above.list
		base = above.basedOn
	}
	return style
}

// named is the level of heading that a style's name tells, or 0.
func named(name string) int {
	name = strings.ToLower(strings.ReplaceAll(name, " ", ""))
	if name == "title" {
		return 1
	}
	if rest, ok := strings.CutPrefix(name, "heading"); ok {
		if n, err := strconv.Atoi(rest); err == nil && n >= 1 {
			return min(n, 6)
		}
	}
	return 0
}

// outline is the level of heading of an outline level, which counts from 0; 9 is
// body text.
func outline(value string) int {
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 || n > 8 {
		return 0
	}
	return min(n+1, 6)
}
