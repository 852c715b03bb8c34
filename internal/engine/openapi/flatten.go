package openapi

import (
	"slices"
	"strings"
)

// A flattener lists the leaves of an object body. It merges allOf, goes through
// references, and stops at circles, at maxFieldDepth and at maxFields.
type flattener struct {
	rd     *reader
	op     *operation
	open   map[*node]bool // schemas on the way down
	fields []Field
}

// object adds the leaves below schema. required says whether the object itself
// must be given; a leaf is required only if everything above it is.
func (f *flattener) object(schema *node, path []string, required bool) {
	must := f.rd.tree.member(schema, "required")
	if !schema.is(objectKind) || f.open[schema] || len(path) >= maxFieldDepth || !f.rd.spend(1+must.size()) {
		return
	}
	f.open[schema] = true
	defer delete(f.open, schema)
	names := map[string]bool{}
	for name := range must.live() {
		names[name.text] = true
	}
	for p := range f.rd.tree.member(schema, "properties").live() {
		if !f.rd.spend(1) || len(f.fields) >= maxFields {
			return
		}
		f.property(p, append(slices.Clone(path), strings.Clone(p.key)), required && names[p.key])
	}
	for part := range f.rd.tree.member(schema, "allOf").live() {
		f.object(f.rd.tree.resolve(part), path, required)
	}
}

func (f *flattener) property(p *node, path []string, required bool) {
	schema := f.rd.tree.resolve(p)
	if f.circular(p, schema) || f.has(path) {
		return
	}
	f.rd.inputAdvice(f.op, p, schema)
	if f.rd.typeOf(schema) == "object" && f.hasLeaves(schema) && len(path) < maxFieldDepth {
		f.object(schema, path, required)
		return
	}
	in := f.rd.input(p, schema, p.key)
	in.Required = required
	f.fields = append(f.fields, Field{Path: path, Input: in})
}

func (f *flattener) circular(p, schema *node) bool {
	if !f.open[schema] {
		return false
	}
	f.rd.blame(f.op, p, advise("input-circular", "the object contains itself; it is asked for one level deep only",
		"describe as many levels as are needed"))
	return true
}

func (f *flattener) hasLeaves(schema *node) bool {
	return f.rd.tree.member(schema, "properties").size() > 0 || f.rd.tree.member(schema, "allOf").size() > 0
}

// has says whether the leaf is there already: with allOf the first one counts.
func (f *flattener) has(path []string) bool {
	return slices.ContainsFunc(f.fields, func(have Field) bool { return slices.Equal(have.Path, path) })
}
