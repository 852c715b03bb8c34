package extract

import (
	"encoding/xml"
	"path"
	"strings"
)

// slides reads a PowerPoint file: slide by slide as they are shown, each with its
// notes.
func (r *reader) slides(data []byte) error {
	a, err := r.unzip(data)
	if err != nil {
		return err
	}
	show, err := a.main("ppt/presentation.xml")
	if err != nil {
		return err
	}
	if err := a.properties(); err != nil {
		return err
	}
	order := slideOrder{}
	if err := a.walkPart(show, &order); err != nil {
		return err
	}
	targets, err := a.relations(show)
	if err != nil {
		return err
	}
	for i, id := range order.ids {
		if targets[id].kind != "slide" {
			continue
		}
		r.out.page = i + 1
		if err := a.slide(targets[id].target); err != nil {
			return err
		}
	}
	return nil
}

// slide reads one slide, its diagrams and its notes.
func (a *archive) slide(part string) error {
	if err := a.walkPart(part, &slide{reader: a.reader}); err != nil {
		return err
	}
	a.out.close()
	targets, err := a.relations(part)
	if err != nil {
		return err
	}
	for _, kind := range []string{"diagramData", "notesSlide"} {
		for _, t := range targets {
			if t.kind != kind || path.Ext(t.target) != ".xml" {
				continue
			}
			if err := a.walkPart(t.target, &slide{reader: a.reader, aside: true}); err != nil {
				return err
			}
			a.out.close()
		}
	}
	return nil
}

// slideOrder reads the list of slides.
type slideOrder struct{ ids []string }

func (o *slideOrder) start(e xml.StartElement) error {
	if e.Name.Local != "sldId" {
		return nil
	}
	for _, a := range e.Attr {
		if a.Name.Local == "id" && a.Name.Space != "" {
			o.ids = append(o.ids, a.Value)
		}
	}
	return nil
}

func (o *slideOrder) end(string) error  { return nil }
func (o *slideOrder) text([]byte) error { return nil }

// slide is the reading of a slide.
type slide struct {
	*reader
	aside bool // notes or a diagram: no headings

	kind    Kind // of the shape's paragraphs
	settled bool // the paragraph has its block
	reading bool
	skipped int
	tables  int
	cells   int
}

func (s *slide) start(e xml.StartElement) error {
	name := e.Name.Local
	if s.skipped > 0 || name == "Fallback" || name == "fld" {
		s.skipped++
		return nil
	}
	switch name {
	case "sp":
		s.kind = Text
	case "ph":
		s.placeholder(attribute(e, "type"))
	case "p":
		s.settled = false
		s.out.space = true
	case "br":
		s.out.space = true
	case "t":
		s.reading = s.kind != ""
	case "tbl":
		if s.tables++; s.tables == 1 {
			s.kind = Table
			s.out.open(Table, 0)
		}
	case "tr":
		s.cells = 0
	case "tc":
		if s.cells++; s.cells > 1 {
			s.out.cell()
		}
	}
	return nil
}

// placeholder says what the shape is for. Numbers, dates and footers repeat on
// every slide, and are left out.
func (s *slide) placeholder(kind string) {
	switch {
	case kind == "sldNum" || kind == "dt" || kind == "ftr" || kind == "hdr" || kind == "sldImg":
		s.kind = ""
	case s.aside:
	case strings.HasSuffix(strings.ToLower(kind), "title") && kind != "subTitle":
		s.kind = Heading
	case kind == "body" || kind == "" || kind == "obj":
		s.kind = List
	}
}

func (s *slide) end(name string) error {
	if s.skipped > 0 {
		s.skipped--
		return nil
	}
	switch name {
	case "t":
		s.reading = false
	case "sp", "graphicFrame":
		s.out.close()
		s.kind = Text
	case "tr":
		s.out.next()
	case "tbl":
		s.tables--
	}
	return nil
}

func (s *slide) text(t []byte) error {
	if !s.reading || s.skipped > 0 {
		return nil
	}
	if !s.settled {
		s.begin()
	}
	s.out.write(string(t))
	return nil
}

// begin opens the block of a paragraph.
func (s *slide) begin() {
	s.settled = true
	switch {
	case s.tables > 0:
	case s.kind == Heading && s.out.is(Heading):
	case s.kind == Heading:
		s.out.open(Heading, 1)
	case s.kind == List && s.out.is(List):
		s.out.next()
		s.out.bullet()
	case s.kind == List:
		s.out.open(List, 0)
		s.out.bullet()
	default:
		s.out.open(Text, 0)
	}
}
