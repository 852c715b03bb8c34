package openapi

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// A writer writes nodes as JSON: whole, or what the grammar knows of them.
type writer struct {
	out     []byte
	renamed map[*node]string // references that are to read differently
	max     int              // stop at this size; 0 is never
}

func (w *writer) full() bool { return w.max > 0 && len(w.out) > w.max }

// document writes the tree, with what was hoisted among its components.
func (w *writer) document(t *tree, extra []hoisted) {
	w.each(t.root, '{', '}', func(k *node) func() {
		r, ok := field(documentShape, k.key)
		if !ok || k.key == "components" {
			return nil
		}
		return func() { w.value(k, r) }
	})
	components := t.member(t.root, "components")
	w.out = append(w.out[:len(w.out)-1], `,"components":{`...)
	first := true
	for _, s := range []shape{schemaShape, parameterShape, bodyShape, responseShape, headerShape, schemeShape, pathItemShape} {
		if !first {
			w.out = append(w.out, ',')
		}
		first = false
		w.section(s, t.member(components, sectionOf(s)), extra)
	}
	w.out = append(w.out, "}}"...)
}

func (w *writer) section(s shape, given *node, extra []hoisted) {
	w.text(sectionOf(s))
	w.out = append(w.out, ":{"...)
	first := true
	put := func(name string, n *node) {
		if !first {
			w.out = append(w.out, ',')
		}
		first = false
		w.text(name)
		w.out = append(w.out, ':')
		w.value(n, rule{shape: s})
	}
	for k := range given.live() {
		put(k.key, k)
	}
	for _, h := range extra {
		if h.section == sectionOf(s) {
			put(h.name, h.node)
		}
	}
	w.out = append(w.out, '}')
}

func (w *writer) object(n *node, s shape) {
	if s.referable() {
		for k := range n.live() {
			if k.key == "$ref" && k.is(stringKind) {
				w.reference(n, k)
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

func (w *writer) reference(holder, ref *node) {
	text, ok := w.renamed[holder]
	if !ok {
		text = ref.text
	}
	w.out = append(w.out, `{"$ref":`...)
	w.text(text)
	w.out = append(w.out, '}')
}

// each writes the kids for which write returns a function, with their names
// when they are members.
func (w *writer) each(n *node, open, end byte, write func(k *node) func()) {
	w.out = append(w.out, open)
	first := true
	for k := range n.live() {
		put := write(k)
		if put == nil || w.full() {
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
	each := func(k *node) func() { return func() { w.value(k, rule{shape: r.shape}) } }
	switch {
	case r.many && n.is(arrayKind):
		w.each(n, '[', ']', each)
	case r.many && n.is(objectKind):
		w.each(n, '{', '}', each)
	case r.shape != noShape && n.is(objectKind):
		w.object(n, r.shape)
	default:
		w.raw(n)
	}
}

// raw writes a value as it is; a number that no float can hold becomes text.
func (w *writer) raw(n *node) {
	each := func(k *node) func() { return func() { w.raw(k) } }
	switch n.kind {
	case objectKind:
		w.each(n, '{', '}', each)
	case arrayKind:
		w.each(n, '[', ']', each)
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
		if c >= utf8.RuneSelf {
			_, size := utf8.DecodeRuneInString(s[i:]) // the gate let only UTF-8 through
			i += size
			continue
		}
		w.out = append(w.out, s[from:i]...)
		if c == '"' || c == '\\' {
			w.out = append(w.out, '\\', c)
		} else {
			w.out = append(w.out, `\u00`...)
			w.out = append(w.out, strconv.FormatUint(uint64(c)|0x100, 16)[1:]...)
		}
		i++
		from = i
	}
	w.out = append(w.out, s[from:]...)
	w.out = append(w.out, '"')
}
