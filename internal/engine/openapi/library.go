package openapi

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/getkin/kin-openapi/openapi3"
)

// load gives the tidied tree to the library. Only what the grammar knows gets
// there, and the library can reach neither a file nor the network.
func load(root *node) (doc *openapi3.T, err error) {
	// The library handles what strangers wrote; a panic in it is a document that
	// cannot be loaded, not a reason to end the request.
	defer func() {
		if p := recover(); p != nil {
			doc, err = nil, fmt.Errorf("the OpenAPI library failed: %v", p)
		}
	}()
	w := &writer{}
	w.object(root, documentShape)
	loader := openapi3.NewLoader()
	loader.ReadFromURIFunc = func(*openapi3.Loader, *url.URL) ([]byte, error) {
		return nil, errors.New("references outside the document are not followed")
	}
	return loader.LoadFromData(w.out)
}

// A writer writes a tidied tree as JSON.
type writer struct{ out []byte }

func (w *writer) object(n *node, s shape) {
	if s.referable() {
		for _, k := range n.kids {
			if k.key == "$ref" && k.is(stringKind) && !k.dropped {
				w.out = append(w.out, `{"$ref":`...)
				w.text(k.text)
				w.out = append(w.out, '}')
				return
			}
		}
	}
	w.each(n, '{', '}', func(k *node) func() {
		if s == pathsShape && !strings.HasPrefix(k.key, "/") {
			return nil
		}
		r, ok := field(s, k.key)
		if !ok {
			return nil
		}
		return func() { w.value(k, r) }
	})
}

// each writes the kids for which write returns a function, with their names
// when n is an object.
func (w *writer) each(n *node, open, end byte, write func(k *node) func()) {
	w.out = append(w.out, open)
	first := true
	for _, k := range n.kids {
		put := func() {}
		if k.dropped {
			continue
		}
		if put = write(k); put == nil {
			continue
		}
		if !first {
			w.out = append(w.out, ',')
		}
		first = false
		if open == '{' {
			w.text(k.key)
			w.out = append(w.out, ':')
		}
		put()
	}
	w.out = append(w.out, end)
}

func (w *writer) value(n *node, r rule) {
	switch {
	case r.many && n.is(arrayKind):
		w.each(n, '[', ']', func(k *node) func() { return func() { w.value(k, rule{shape: r.shape}) } })
	case r.many && n.is(objectKind):
		w.each(n, '{', '}', func(k *node) func() { return func() { w.value(k, rule{shape: r.shape}) } })
	case r.shape != noShape && n.is(objectKind):
		w.object(n, r.shape)
	default:
		w.raw(n)
	}
}

// raw writes a value as it is; a number that no float can hold becomes text.
func (w *writer) raw(n *node) {
	switch n.kind {
	case objectKind:
		w.each(n, '{', '}', func(k *node) func() { return func() { w.raw(k) } })
	case arrayKind:
		w.each(n, '[', ']', func(k *node) func() { return func() { w.raw(k) } })
	case stringKind:
		w.text(n.text)
	case numberKind:
		if !isFinite(n.text) {
			w.text(n.text)
			return
		}
		w.out = append(w.out, n.text...)
	case boolKind:
		w.out = append(w.out, n.text...)
	default:
		w.out = append(w.out, "null"...)
	}
}

// text writes a JSON string.
func (w *writer) text(s string) {
	w.out = append(w.out, '"')
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			r, n := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || n > 1 {
				i += n
				continue
			}
			size = n
		}
		w.out = append(w.out, s[from:i]...)
		switch c {
		case '"', '\\':
			w.out = append(w.out, '\\', c)
		default:
			w.out = append(w.out, `\u00`...)
			w.out = append(w.out, strconv.FormatUint(uint64(c)|0x100, 16)[1:]...)
		}
		i += size
		from = i
	}
	w.out = append(w.out, s[from:]...)
	w.out = append(w.out, '"')
}
