package extract

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"regexp"
	"strings"
)

// handler is told what is in an XML document, in its order.
type handler interface {
	start(e xml.StartElement) error
	end(name string) error
	text(s []byte) error
}

// walk reads XML within the limits. Names are local: prefixes are dropped. A
// document that declares entities, or is not well formed, is refused; nothing is
// ever fetched for one.
func (r *reader) walk(src io.Reader, h handler) error {
	d := xml.NewDecoder(&tagGuard{src: src, most: r.out.most + 1<<20})
	d.Strict = false
	d.Entity = xml.HTMLEntity
	d.CharsetReader = func(_ string, in io.Reader) (io.Reader, error) { return in, nil }
	var open []string
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) && len(open) == 0 {
			return nil
		}
		if err != nil {
			return r.malformed(err)
		}
		if err := r.check(); err != nil {
			return err
		}
		switch t := token.(type) {
		case xml.StartElement:
			open = append(open, t.Name.Local)
			if err = r.deeper(len(open)); err == nil {
				err = h.start(t)
			}
		case xml.EndElement:
			if len(open) == 0 || open[len(open)-1] != t.Name.Local {
				return r.malformed(nil)
			}
			open = open[:len(open)-1]
			err = h.end(t.Name.Local)
		case xml.CharData:
			err = h.text(t)
		case xml.Directive:
			err = doctype(t)
		}
		if err != nil {
			return err
		}
	}
}

// malformed keeps errors that are about limits, and explains the rest.
func (r *reader) malformed(err error) error {
	var ours *Error
	if errors.As(err, &ours) || r.ctx.Err() != nil {
		return err
	}
	if r.t == XML || r.t == XSLT {
		return refuse("The document is no well-formed XML.")
	}
	return r.unreadable()
}

// doctype refuses declarations of a document's own: they can make it huge, or
// name files and addresses.
func doctype(d xml.Directive) error {
	if bytes.ContainsRune(d, '[') || bytes.Contains(bytes.ToUpper(d), []byte("ENTITY")) {
		return refuse("The document declares entities or a document type of its own, which is not read. Remove the DOCTYPE.")
	}
	return nil
}

// tagGuard bounds how long a tag, and the text between tags, may be, because the
// decoder holds each in memory.
type tagGuard struct {
	src  io.Reader
	most int // bytes of text, comments and such
	run  int // since the last bracket
	tag  bool
	bang bool // the tag is a comment, a directive or CDATA
}

const longestTag = 1 << 20

func (g *tagGuard) Read(p []byte) (int, error) {
	n, err := g.src.Read(p)
	for rest := p[:n]; len(rest) > 0; {
		if g.run == 0 && g.tag {
			g.bang = rest[0] == '!' || rest[0] == '?'
		}
		i := bytes.IndexAny(rest, "<>")
		if i < 0 {
			g.run += len(rest)
			break
		}
		g.run += i
		if g.tooLong() {
			break
		}
		g.tag = rest[i] == '<'
		g.run = 0
		rest = rest[i+1:]
	}
	if g.tooLong() {
		return 0, refuse("The document has a tag or a text of more than %s, which is not read.", megabytes(int64(g.run)))
	}
	return n, err
}

func (g *tagGuard) tooLong() bool {
	return g.run > g.most || g.tag && !g.bang && g.run > longestTag
}

// attribute is the value of an attribute by its local name, or nothing.
func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// encodingOf finds the encoding in an XML declaration.
var encodingOf = regexp.MustCompile(`^\s*<\?xml[^>]*\sencoding\s*=\s*["']([A-Za-z0-9._-]+)["']`)

// xml reads XML and XSLT: tags are stripped. Elements on lines of their own keep
// them.
func (r *reader) xml(data []byte) error {
	declared := ""
	if m := encodingOf.FindSubmatch(data[:min(len(data), 1024)]); m != nil {
		declared = string(m[1])
	}
	text, err := r.decode(data, declared)
	if err != nil {
		return err
	}
	r.out.open(Text, 0)
	return r.walk(strings.NewReader(text), stripper{r})
}

// stripper keeps the text of any XML.
type stripper struct{ r *reader }

func (s stripper) start(xml.StartElement) error { return s.pause() }

func (s stripper) end(string) error { return s.pause() }

func (s stripper) pause() error {
	s.r.out.space = true
	return nil
}

func (s stripper) text(t []byte) error {
	if len(bytes.TrimSpace(t)) > 0 {
		s.r.out.write(string(t))
	} else if bytes.IndexByte(t, '\n') >= 0 {
		s.r.out.next()
	}
	return nil
}
