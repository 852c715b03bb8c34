package extract

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"io"
	"path"
	"strings"
)

// archive is an Office file: XML parts in a zip.
type archive struct {
	*reader
	parts map[string]*zip.File
	most  int64 // bytes that may be unpacked of this file
}

// packed is the type of an Office file, or nothing.
func packed(data []byte) Type {
	for _, f := range []struct {
		part string
		t    Type
	}{{"word/", MSWord}, {"ppt/", PPT}, {"xl/", MSExcel}} {
		if bytes.Contains(data, []byte("[Content_Types].xml")) && hasPart(data, f.part) {
			return f.t
		}
	}
	return ""
}

// hasPart looks for the name of a part in the directory of a zip.
func hasPart(data []byte, prefix string) bool {
	const entry, fixed = "PK\x01\x02", 46
	for {
		i := bytes.Index(data, []byte(entry))
		if i < 0 || len(data) < i+fixed+len(prefix) {
			return false
		}
		if bytes.HasPrefix(data[i+fixed:], []byte(prefix)) {
			return true
		}
		data = data[i+len(entry):]
	}
}

// unzip opens an Office file. The directory is counted before it is read.
func (r *reader) unzip(data []byte) (*archive, error) {
	if n := bytes.Count(data, []byte("PK\x01\x02")); n > r.limits.Parts {
		return nil, refuse("The document is packed of more than %d files, which is not read.", r.limits.Parts)
	}
	z, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, r.unreadable()
	}
	a := &archive{reader: r, parts: map[string]*zip.File{}, most: expansion(len(data))}
	for _, f := range z.File {
		name := strings.TrimPrefix(strings.ReplaceAll(f.Name, `\`, "/"), "/")
		if f.Flags&1 != 0 {
			return nil, refuse("The document is encrypted. Remove the password and put it again.")
		}
		if a.parts[name] == nil {
			a.parts[name] = f
		}
	}
	return a, nil
}

// expansion is how many bytes an Office file of this size may unpack to: real ones
// shrink to a tenth or so, and spreadsheets to a fortieth.
func expansion(size int) int64 { return 8_000_000 + 100*int64(size) }

// part opens a part. One that is not there reads as nothing, if it may be absent.
func (a *archive) part(name string) (io.ReadCloser, error) {
	f := a.parts[strings.TrimPrefix(name, "/")]
	if f == nil {
		return nil, a.unreadable()
	}
	in, err := f.Open()
	if err != nil {
		return nil, a.unreadable()
	}
	return &counted{ReadCloser: in, a: a}, nil
}

// counted spends what is unpacked from it.
type counted struct {
	io.ReadCloser
	a *archive
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.ReadCloser.Read(p)
	if spent := c.a.spend(n); spent != nil {
		return 0, spent
	}
	if c.a.unpacked > c.a.most {
		return 0, refuse("The document unpacks to more than a hundred times its size, as no real one does.")
	}
	return n, err
}

// walkPart reads a part that is XML. One that is absent has nothing in it.
func (a *archive) walkPart(name string, h handler) error {
	if a.parts[strings.TrimPrefix(name, "/")] == nil {
		return nil
	}
	in, err := a.part(name)
	if err != nil {
		return err
	}
	defer in.Close()
	return a.walk(in, h)
}

// relation is what one part says of another.
type relation struct{ kind, target string }

// relations are those of a part, by their ids.
func (a *archive) relations(part string) (map[string]relation, error) {
	r := relations{base: path.Dir("/" + part), found: map[string]relation{}}
	err := a.walkPart(path.Join(path.Dir(part), "_rels", path.Base(part)+".rels"), &r)
	return r.found, err
}

// main is the part that the others belong to.
func (a *archive) main(otherwise string) (string, error) {
	r := relations{base: "/", found: map[string]relation{}}
	if err := a.walkPart("_rels/.rels", &r); err != nil {
		return "", err
	}
	for _, rel := range r.found {
		if rel.kind == "officeDocument" && a.parts[rel.target] != nil {
			return rel.target, nil
		}
	}
	if a.parts[otherwise] == nil {
		return "", a.unreadable()
	}
	return otherwise, nil
}

// relations reads a part of relationships.
type relations struct {
	base  string
	found map[string]relation
}

func (r *relations) start(e xml.StartElement) error {
	if e.Name.Local != "Relationship" || attribute(e, "TargetMode") == "External" {
		return nil
	}
	target := attribute(e, "Target")
	if !strings.HasPrefix(target, "/") {
		target = path.Join(r.base, target)
	}
	r.found[attribute(e, "Id")] = relation{kind: path.Base(attribute(e, "Type")), target: strings.TrimPrefix(path.Clean(target), "/")}
	return nil
}

func (r *relations) end(string) error  { return nil }
func (r *relations) text([]byte) error { return nil }

// properties reads what an Office file says of itself.
func (a *archive) properties() error {
	p := properties{reader: a.reader}
	return a.walkPart("docProps/core.xml", &p)
}

type properties struct {
	*reader
	element string
}

func (p *properties) start(e xml.StartElement) error { p.element = e.Name.Local; return nil }
func (p *properties) end(string) error               { p.element = ""; return nil }

func (p *properties) text(s []byte) error {
	switch p.element {
	case "title":
		p.title = oneLine(p.title + string(s))
	case "language":
		p.language = primary(string(s))
	}
	return nil
}
