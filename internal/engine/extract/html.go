package extract

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// metaCharset finds the encoding that a page declares.
var metaCharset = regexp.MustCompile(`(?i)<meta\s[^>]*charset\s*=\s*["']?\s*([a-z0-9._:-]+)`)

// html reads a page: tags are stripped, and say what is a heading, a table or a
// list. It goes over the tags once and builds no tree, so that no nesting costs
// anything.
func (r *reader) html(data []byte) error {
	declared := ""
	if m := metaCharset.FindSubmatch(data[:min(len(data), 4096)]); m != nil {
		declared = string(m[1])
	} else if m := encodingOf.FindSubmatch(data[:min(len(data), 1024)]); m != nil {
		declared = string(m[1])
	}
	text, err := r.decode(data, declared)
	if err != nil {
		return err
	}
	p := page{reader: r, tags: html.NewTokenizer(strings.NewReader(text))}
	p.tags.SetMaxBuf(r.out.most + 1<<20)
	for {
		kind := p.tags.Next()
		if err := r.check(); err != nil {
			return err
		}
		if kind == html.ErrorToken {
			return p.ended()
		}
		p.token(kind)
	}
}

// page is the reading of an HTML page.
type page struct {
	*reader
	tags *html.Tokenizer

	skipped string // the element that is left out, while it is open
	skips   int    // how often
	raw     string // the element whose text the tokenizer hands over in one piece
	tables  int    // open ones
	lists   int
	cells   int // in the current row
}

func (p *page) ended() error {
	if err := p.tags.Err(); !errors.Is(err, io.EOF) {
		return p.unreadable()
	}
	return nil
}

// silent are the elements whose content is no text of the page.
var silent = map[string]bool{
	"script": true, "style": true, "template": true, "svg": true, "noscript": true, "iframe": true, "noembed": true,
	"noframes": true, "object": true, "audio": true, "video": true, "canvas": true, "datalist": true,
}

// raws are the elements whose content the tokenizer hands over as one text.
var raws = map[string]bool{
	"script": true, "style": true, "noscript": true, "iframe": true, "noembed": true, "noframes": true, "title": true, "textarea": true, "xmp": true,
}

// flowing are the elements that do not part the text around them.
var flowing = map[string]bool{
	"a": true, "abbr": true, "acronym": true, "b": true, "bdi": true, "bdo": true, "big": true, "cite": true, "code": true, "data": true, "del": true,
	"dfn": true, "em": true, "font": true, "i": true, "img": true, "ins": true, "kbd": true, "label": true, "mark": true, "q": true,
	"s": true, "samp": true, "small": true, "span": true, "strike": true, "strong": true, "sub": true, "sup": true, "time": true,
	"tt": true, "u": true, "var": true, "wbr": true, "nobr": true, "ruby": true,
}

func (p *page) token(kind html.TokenType) {
	switch kind {
	case html.TextToken:
		p.said(p.tags.Text())
	case html.StartTagToken, html.SelfClosingTagToken:
		name, attributes := p.tags.TagName()
		p.opened(string(name), attributes, kind == html.SelfClosingTagToken)
	case html.EndTagToken:
		name, _ := p.tags.TagName()
		p.closed(string(name))
	}
}

func (p *page) said(text []byte) {
	switch {
	case p.skipped != "":
	case p.raw == "title":
		if p.title == "" {
			p.title = oneLine(string(text))
		}
	default:
		p.out.write(string(text))
	}
}

func (p *page) opened(name string, attributes, alone bool) {
	switch {
	case p.skipped != "":
		if name == p.skipped && !alone {
			p.skips++
		}
		return
	case silent[name]:
		if !alone || raws[name] {
			p.skipped, p.skips = name, 1
		}
		return
	case raws[name]:
		p.raw = name
	}
	switch name {
	case "html":
		p.declared(attributes)
	case "table":
		p.table()
	case "tr", "td", "th":
		p.cell(name)
	case "ul", "ol", "menu":
		p.lists++
	case "li":
		p.item()
	case "br":
		p.broken()
	case "pre", "xmp", "listing":
		p.parted(Code, 0)
	case "h1", "h2", "h3", "h4", "h5", "h6":
		p.parted(Heading, int(name[1]-'0'))
	default:
		p.pause(name)
	}
}

func (p *page) closed(name string) {
	if p.raw == name {
		p.raw = ""
	}
	if p.skipped != "" {
		if name == p.skipped {
			if p.skips--; p.skips == 0 {
				p.skipped = ""
			}
		}
		return
	}
	switch name {
	case "table":
		if p.tables = max(0, p.tables-1); p.tables == 0 {
			p.out.close()
		}
	case "ul", "ol", "menu":
		if p.lists = max(0, p.lists-1); p.lists == 0 && p.tables == 0 {
			p.out.close()
		}
	case "pre", "xmp", "listing", "h1", "h2", "h3", "h4", "h5", "h6":
		if p.tables == 0 {
			p.out.close()
			return
		}
		p.out.space = true
	default:
		p.pause(name)
	}
}

// parted begins a block, unless in a table, where it is part of a cell.
func (p *page) parted(kind Kind, level int) {
	if p.tables > 0 {
		p.out.space = true
		return
	}
	p.out.open(kind, level)
}

// pause is the border of an element: paragraphs end there, cells and items go on.
func (p *page) pause(name string) {
	switch {
	case flowing[name] || p.out.is(Code):
	case p.tables > 0 || p.lists > 0:
		p.out.space = true
	default:
		p.out.close()
	}
}

func (p *page) broken() {
	if p.tables > 0 || p.lists > 0 || p.out.is(Heading) {
		p.out.space = true
		return
	}
	if p.out.is(Code) {
		p.out.write("\n")
		return
	}
	p.out.next()
}

func (p *page) table() {
	if p.tables++; p.tables == 1 {
		p.out.open(Table, 0)
		p.cells = 0
	}
}

// cell begins a row or a cell. Those of tables in tables stay in the outer cell.
func (p *page) cell(name string) {
	switch {
	case p.tables != 1:
		p.out.space = true
	case !p.out.is(Table):
		p.out.open(Table, 0)
		p.cells = 0
	case name == "tr":
		p.out.next()
		p.cells = 0
	default:
		if p.cells++; p.cells > 1 {
			p.out.cell()
		}
	}
}

// item begins an item of a list.
func (p *page) item() {
	switch {
	case p.tables > 0:
		p.out.space = true
		return
	case !p.out.is(List):
		p.out.open(List, 0)
	default:
		p.out.next()
	}
	p.out.bullet()
}

// declared takes the language that a page declares.
func (p *page) declared(more bool) {
	for more {
		var key, value []byte
		key, value, more = p.tags.TagAttr()
		if string(key) == "lang" || string(key) == "xml:lang" {
			p.language = primary(string(bytes.ToLower(value)))
		}
	}
}
