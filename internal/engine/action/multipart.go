package action

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strings"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// A part is one piece of a multipart body.
type part struct {
	name      string
	file      bool // it has a file name
	mediaType string
	content   []byte
}

// multipart writes an object as multipart/form-data (RFC 7578): a member is a
// part, each item of a list is one, and an object is one of JSON, unless the
// encoding says otherwise. What the schema calls binary is a file that is named
// like its member.
func (c *call) multipart(v value) {
	if v.sort != object {
		c.blame(c.firstOfBody().key, nil, "give an object, because it is sent as a form")
		return
	}
	var parts []part
	for _, m := range v.members {
		shape := property(c.action.Body.Schema, m.name)
		if shape == nil {
			shape = c.leafShape(m.name)
		}
		parts = append(parts, partsOf(c.action.Body.Encoding[m.name], shape, m)...)
	}
	boundary := boundaryFor(parts)
	c.body = payload{"multipart/form-data; boundary=" + boundary, join(parts, boundary)}
}

// leafShape is the shape of a member where the body has no schema of its own.
func (c *call) leafShape(name string) *openapi.Schema {
	for i := range c.slots {
		if s := &c.slots[i]; len(s.path) == 1 && s.path[0] == name {
			return s.schema
		}
	}
	return nil
}

func partsOf(e openapi.Encoding, shape *openapi.Schema, m member) []part {
	mediaType := firstType(e.ContentType)
	if m.value.sort != list || isJSON(mediaType) {
		return []part{partOf(mediaType, shape, m)}
	}
	var items *openapi.Schema
	if shape != nil {
		items = shape.Items
	}
	var parts []part
	for _, item := range m.value.items {
		parts = append(parts, partOf(mediaType, items, member{m.name, item}))
	}
	return parts
}

func partOf(mediaType string, shape *openapi.Schema, m member) part {
	p := part{name: m.name, mediaType: mediaType}
	p.file = shape != nil && shape.Format == "binary"
	if p.mediaType == "" {
		p.mediaType = defaultType(p.file, m.value)
	}
	if isJSON(p.mediaType) {
		p.content = m.value.appendJSON(nil)
	} else {
		p.content = []byte(m.value.plain())
	}
	return p
}

// defaultType is the content type of a part that the document says nothing of
// (OpenAPI 3.1.1, Encoding Object, contentType).
func defaultType(file bool, v value) string {
	switch {
	case file:
		return "application/octet-stream"
	case v.sort == object || v.sort == list:
		return "application/json"
	}
	return "text/plain"
}

// boundaryFor derives the boundary from the parts, so that one request is always
// written in the same bytes, and sees that it occurs in none of them.
func boundaryFor(parts []part) string {
	digest := sha256.New()
	for _, p := range parts {
		for _, piece := range [][]byte{[]byte(p.name), []byte(p.mediaType), p.content} {
			digest.Write(binary.BigEndian.AppendUint64(nil, uint64(len(piece))))
			digest.Write(piece)
		}
	}
	for {
		boundary := hex.EncodeToString(digest.Sum(nil)[:16])
		if !occurs(parts, boundary) {
			return boundary
		}
		digest.Write([]byte(boundary))
	}
}

func occurs(parts []part, boundary string) bool {
	for _, p := range parts {
		if bytes.Contains(p.content, []byte(boundary)) || strings.Contains(p.name, boundary) {
			return true
		}
	}
	return false
}

// partName is a name as browsers write it in Content-Disposition (WHATWG HTML,
// multipart form data encoding algorithm).
var partName = strings.NewReplacer("\n", "%0A", "\r", "%0D", `"`, "%22")

func join(parts []part, boundary string) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		name := partName.Replace(p.name)
		b.WriteString("--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + `"`)
		if p.file {
			b.WriteString(`; filename="` + name + `"`)
		}
		b.WriteString("\r\nContent-Type: " + p.mediaType + "\r\n\r\n")
		b.Write(p.content)
		b.WriteString("\r\n")
	}
	b.WriteString("--" + boundary + "--\r\n")
	return b.Bytes()
}
