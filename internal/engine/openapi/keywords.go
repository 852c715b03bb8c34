package openapi

import (
	"encoding/json"
	"fmt"
	"regexp/syntax"
	"slices"
)

// apply adds to s what one schema says of the value itself: its words where
// none were said before, its bounds where they are narrower. Of a reference in
// OpenAPI 3.0 only the words count.
func (b *schemaBuilder) apply(s *Schema, n *node, typed *bool) {
	strict := b.rd.siblings || b.rd.tree.links[n] == nil
	types := 0
	for k := range n.live() {
		if b.words(s, k) || !strict {
			continue
		}
		if k.key == "type" {
			types += b.types(s, k)
			continue
		}
		if !applyBound(s, k) {
			b.content(s, k)
		}
	}
	if strict {
		b.nullable(s, n, types > 0, typed)
	}
	exclusive(s, b.rd.tree, n)
}

// words takes annotations, which a reference may have beside it.
func (b *schemaBuilder) words(s *Schema, k *node) bool {
	switch k.key {
	case "title":
		first(&s.Title, b.prose(k))
	case "description":
		first(&s.Description, b.prose(k))
	case "readOnly":
		s.ReadOnly = s.ReadOnly || k.isTrue()
	case "writeOnly":
		s.WriteOnly = s.WriteOnly || k.isTrue()
	case "default":
		if s.Default == nil {
			s.Default = b.rd.value(k)
		}
	default:
		return false
	}
	return true
}

func first(to *string, text string) {
	if *to == "" {
		*to = text
	}
}

// prose is a text, charged for by its length.
func (b *schemaBuilder) prose(k *node) string {
	if !k.is(stringKind) || !b.rd.spend(1+len(k.text)/bytesPerStep) {
		return ""
	}
	return k.text
}

// typeNames are the types there are. Others are as good as none.
var typeNames = []string{"string", "number", "integer", "boolean", "array", "object"}

// types takes the type, or the types of a list; several beside null become
// choices. It returns how many ways to be null the schema has: 1 or none.
func (b *schemaBuilder) types(s *Schema, t *node) int {
	var names []string
	null := 0
	given := []*node{t}
	if t.is(arrayKind) {
		given = t.kids
	}
	for _, k := range given {
		switch name := k.head(maxType); {
		case k.dropped || slices.Contains(names, name):
		case name == "null":
			null = 1
		case slices.Contains(typeNames, name):
			names = append(names, name)
		}
	}
	switch {
	case len(names) == 1:
		s.Type = narrower(s.Type, names[0])
	case len(names) > 1 && s.Type == "" && s.Choices == nil:
		for _, name := range names {
			s.Choices = append(s.Choices, &Schema{Type: name})
		}
	case len(names) == 0 && null > 0 && s.Enum == nil && s.Type == "":
		s.Enum = []json.RawMessage{json.RawMessage("null")}
	}
	return null
}

// narrower is the type of a value that is both.
func narrower(a, b string) string {
	if a == "" || a == "number" && b == "integer" {
		return b
	}
	return a
}

// nullable says that null is allowed only where every schema that gives a type
// allows it.
func (b *schemaBuilder) nullable(s *Schema, n *node, listed bool, typed *bool) {
	allowed := listed || b.rd.tree.member(n, "nullable").isTrue()
	switch {
	case b.rd.tree.member(n, "type") == nil:
		s.Nullable = s.Nullable || allowed && !*typed
	case *typed:
		s.Nullable = s.Nullable && allowed
	default:
		s.Nullable, *typed = allowed, true
	}
}

// content takes what says which values there are.
func (b *schemaBuilder) content(s *Schema, k *node) {
	switch k.key {
	case "format":
		first(&s.Format, b.prose(k))
	case "contentEncoding":
		if k.text == "base64" {
			first(&s.Format, "byte") // as OpenAPI 3.0 says it
		}
	case "contentMediaType":
		if k.text == "application/octet-stream" {
			first(&s.Format, "binary")
		}
	case "enum":
		b.enum(s, k)
	case "const":
		if s.Const == nil {
			s.Const = b.rd.value(k)
		}
	case "pattern":
		b.pattern(s, k)
	case "required":
		b.required(s, k)
	case "additionalProperties", "unevaluatedProperties":
		s.Closed = s.Closed || k.is(boolKind) && !k.isTrue()
	case "uniqueItems":
		s.UniqueItems = s.UniqueItems || k.isTrue()
	}
}

func (b *schemaBuilder) enum(s *Schema, k *node) {
	if !k.is(arrayKind) {
		return
	}
	var values []json.RawMessage
	for v := range k.live() {
		if b.rd.steps < 0 {
			return
		}
		values = append(values, b.rd.value(v))
	}
	if s.Enum == nil {
		s.Enum = values
	} else if common := intersect(s.Enum, values); len(common) > 0 {
		s.Enum = common
	}
}

func (b *schemaBuilder) required(s *Schema, k *node) {
	if !k.is(arrayKind) || !b.rd.spend(1+k.size()) {
		return
	}
	for name := range k.live() {
		if name.is(stringKind) {
			s.Required = append(s.Required, name.text)
		}
	}
}

// maxPattern bounds a pattern in bytes.
const maxPattern = 2_000

// pattern keeps one that Go's regexp reads. Others are common: ECMA and Java
// know more.
func (b *schemaBuilder) pattern(s *Schema, k *node) {
	if s.Pattern != "" || !k.is(stringKind) || k.text == "" {
		return
	}
	readable, known := b.patterns[k.text]
	if !known {
		if len(k.text) <= maxPattern && b.rd.spend(1+len(k.text)) {
			_, err := syntax.Parse(k.text, syntax.Perl)
			readable = err == nil
		}
		b.patterns[k.text] = readable
	}
	if readable {
		s.Pattern = k.text
		return
	}
	b.rd.blame(b.op, k, advise("pattern-unread", fmt.Sprintf("the pattern %.100q is not one that RE2 can read; it is not checked", k.text),
		"write it without what only Java or ECMAScript has, such as lookahead and possessive quantifiers"))
}
