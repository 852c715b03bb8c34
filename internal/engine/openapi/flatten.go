package openapi

import (
	"encoding/json"
	"slices"
	"strings"
)

// Bounds on the leaves of one body. Its Schema goes further.
const (
	maxFields     = 200
	maxFieldDepth = 8
)

// A flattener lists the leaves of an object body: what a form asks for, one by
// one. Members that are objects give their own leaves; a list, an object without
// properties and one that contains itself are one leaf each.
type flattener struct {
	rd *reader
	op *operation
}

// leaves lists what s asks for at path. required says whether s itself must be
// given: a leaf is required only if everything above it is. Names in outer are
// required by what stands around s.
func (f *flattener) leaves(s *Schema, path []string, required bool, outer []string) []Field {
	must := append(slices.Clone(outer), s.Required...)
	var out []Field
	for _, p := range s.Properties {
		if len(out) >= maxFields || !f.rd.spend(1+len(must)/bytesPerStep) {
			return out
		}
		below := f.property(p, append(slices.Clone(path), p.Name), required && slices.Contains(must, p.Name))
		out = append(out, below[:min(len(below), maxFields-len(out))]...)
	}
	return f.alternatives(out, s, path, required, must)
}

// property gives the leaves of one member: itself, or those below it.
func (f *flattener) property(p Property, path []string, required bool) []Field {
	s := p.Schema
	if s.Type == "object" && !s.Cut && len(path) < maxFieldDepth && (len(s.Properties) > 0 || len(s.Choices) > 0) {
		f.rd.inputAdvice(f.op, f.rd.schemas.place(s), s)
		return f.leaves(s, path, required, nil)
	}
	if s.Cut && s.Type == "object" && !f.op.cutShort {
		f.rd.blame(f.op, f.rd.schemas.place(s), advise("input-circular", "the object contains itself; it is asked for one level deep only",
			"describe as many levels as are needed"))
	}
	in := f.rd.input(f.op, nil, s, p.Name)
	in.Required = required
	return []Field{{Path: path, Input: in}}
}

// alternatives adds the leaves of all choices. One is required if it is in every
// choice.
func (f *flattener) alternatives(out []Field, s *Schema, path []string, required bool, must []string) []Field {
	if len(s.Choices) == 0 {
		return out
	}
	var offered []Field
	given, needed := map[string]int{}, map[string]int{} // in how many choices
	for _, c := range s.Choices {
		if c.Type != "object" {
			continue
		}
		for _, leaf := range f.leaves(c, path, required, must) {
			key := joined(leaf.Path)
			given[key]++
			if leaf.Required {
				needed[key]++
			}
			if i := at(offered, leaf.Path); i >= 0 {
				offered[i].Input = united(offered[i].Input, leaf.Input)
			} else if len(offered) < maxFields {
				offered = append(offered, leaf)
			}
		}
	}
	for _, leaf := range offered {
		key := joined(leaf.Path)
		leaf.Required = needed[key] == len(s.Choices)
		i := at(out, leaf.Path)
		switch {
		case i < 0 && len(out) < maxFields:
			out = append(out, leaf)
		case i >= 0 && given[key] == len(s.Choices) && values(out[i].Schema) == nil:
			leaf.Required = leaf.Required || out[i].Required
			first(&leaf.Description, out[i].Description)
			out[i] = leaf // the choices say more of it
		}
	}
	return out
}

// at is the index of the leaf at path, -1 when there is none.
func at(fields []Field, path []string) int {
	return slices.IndexFunc(fields, func(have Field) bool { return slices.Equal(have.Path, path) })
}

// joined is a path as the key of a map.
func joined(path []string) string { return strings.Join(path, "\x00") }

// united is an input that takes what either of two takes.
func united(a, b Input) Input {
	if a.Schema == b.Schema || alike(a.Schema, b.Schema) {
		return a
	}
	if have, more := values(a.Schema), values(b.Schema); have != nil && more != nil && a.Type == b.Type {
		one := *a.Schema
		one.Const, one.Default, one.Enum = nil, nil, union(have, more)
		a.Schema, a.Enum, a.Default = &one, one.Enum, nil
		return a
	}
	one := &Schema{Title: a.Schema.Title, Description: a.Description, Choices: []*Schema{a.Schema, b.Schema}}
	if a.Type == b.Type {
		one.Type = a.Type
	}
	a.Schema, a.Type, a.Enum, a.Default, a.Format = one, one.Type, nil, nil, ""
	return a
}

// union lists the values of both, each once.
func union(a, b []json.RawMessage) []json.RawMessage {
	listed := make(map[string]bool, len(a)+len(b))
	var out []json.RawMessage
	for _, v := range slices.Concat(a, b) {
		if !listed[string(v)] {
			listed[string(v)] = true
			out = append(out, v)
		}
	}
	return out
}

// alike says whether two schemas of plain values say the same but for words.
func alike(a, b *Schema) bool {
	plain := func(s *Schema) bool {
		return s.Type != "" && s.Type != "object" && s.Type != "array" && values(s) == nil && s.Choices == nil
	}
	return plain(a) && plain(b) && a.Type == b.Type && a.Format == b.Format && a.Pattern == b.Pattern &&
		a.Minimum == b.Minimum && a.Maximum == b.Maximum && a.Nullable == b.Nullable
}

// values lists the only values there are, nil when they are not listed.
func values(s *Schema) []json.RawMessage {
	if s.Const != nil {
		return []json.RawMessage{s.Const}
	}
	return s.Enum
}
