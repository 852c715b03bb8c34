package action

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// A slot is one input with the place its value goes to.
type slot struct {
	key       string
	in        *openapi.Input
	schema    *openapi.Schema    // never nil
	parameter *openapi.Parameter // nil: part of the body
	clause    *openapi.Clause    // nil: not a piece of a composed parameter
	path      []string           // of a leaf of the body; none: the body as a whole
	required  bool
	readOnly  bool // it is never sent
}

// A layout is all slots of an action: its parameters in document order, the
// clauses of a composed one in its place, then the leaves of the body.
//
// A key is the parameter's name, or the path of the body's leaf joined by the
// separator, or "body". Where that is taken, the location comes in front of it
// (path, query, header, cookie or body); where that is taken too, a count from 2
// comes behind it. So adding an input at the end of a document changes no key.
type layout struct {
	action    *openapi.Action
	separator string
	slots     []slot
	taken     map[string]bool
}

func lay(a *openapi.Action) *layout {
	l := &layout{action: a, separator: separatorOf(a), taken: map[string]bool{}}
	for i := range a.Parameters {
		l.parameter(&a.Parameters[i])
	}
	if a.Body != nil {
		l.body(a.Body)
	}
	return l
}

func (l *layout) parameter(p *openapi.Parameter) {
	if p.In == "header" && notAParameter(p.Name) {
		return
	}
	if p.Compose == nil {
		l.add(slot{in: &p.Input, parameter: p}, p.In, p.Name)
		return
	}
	for i := range p.Compose.Clauses {
		c := &p.Compose.Clauses[i]
		l.add(slot{in: &c.Input, parameter: p, clause: c}, p.In, c.Name)
	}
}

func (l *layout) body(b *openapi.Body) {
	if isText(b.MediaType) || len(b.Fields) == 0 || branching(b) {
		l.add(slot{in: wholeOf(b)}, "body", "body")
		return
	}
	for i := range b.Fields {
		f := &b.Fields[i]
		l.add(slot{in: &f.Input, path: f.Path, readOnly: readOnlyAt(b.Schema, f.Path)}, "body", f.Path...)
	}
}

func (l *layout) add(s slot, location string, segments ...string) {
	s.schema = schemaOf(s.in)
	s.readOnly = len(s.path) > 0 && (s.readOnly || s.in.ReadOnly || s.schema.ReadOnly) // of members only: a parameter is there to be given
	s.required = s.in.Required && !s.readOnly || s.parameter != nil && s.parameter.In == "path" && s.clause == nil
	s.key = l.free(location, strings.Join(segments, l.separator))
	l.taken[s.key] = true
	l.slots = append(l.slots, s)
}

func (l *layout) free(location, key string) string {
	if !l.taken[key] {
		return key
	}
	key = location + l.separator + key
	if !l.taken[key] {
		return key
	}
	for n := 2; ; n++ {
		if k := key + l.separator + strconv.Itoa(n); !l.taken[k] {
			return k
		}
	}
}

// find is the slot of a key; nil: there is none.
func (l *layout) find(key string) *slot {
	if i := slices.IndexFunc(l.slots, func(s slot) bool { return s.key == key }); i >= 0 {
		return &l.slots[i]
	}
	return nil
}

// notAParameter says of a header that it is not for a caller to set: OpenAPI
// leaves Accept, Content-Type and Authorization to other parts of the document,
// and the others belong to the connection (RFC 9110, sections 7.2, 7.6 and 8.6).
func notAParameter(header string) bool {
	switch strings.ToLower(header) {
	case "accept", "content-type", "authorization", "proxy-authorization",
		"host", "content-length", "transfer-encoding", "connection", "keep-alive",
		"te", "trailer", "upgrade", "expect", "proxy-connection":
		return true
	}
	return false
}

// readOnlyAt says whether the member at path, or one above it, is read-only.
func readOnlyAt(s *openapi.Schema, path []string) bool {
	for _, name := range path {
		if s = property(s, name); s == nil {
			return false
		}
		if s.ReadOnly {
			return true
		}
	}
	return false
}

// property is the schema of a member, the object's own or one of its
// alternatives'; nil: nothing is said of it.
func property(s *openapi.Schema, name string) *openapi.Schema {
	if s == nil {
		return nil
	}
	if p := ownProperty(s, name); p != nil {
		return p
	}
	for _, c := range s.Choices {
		if p := property(c, name); p != nil {
			return p
		}
	}
	return nil
}

func ownProperty(s *openapi.Schema, name string) *openapi.Schema {
	for _, p := range s.Properties {
		if p.Name == name {
			return p.Schema
		}
	}
	return nil
}

// schemaOf is the shape of an input, drawn from its summary where the document
// was read without one.
func schemaOf(in *openapi.Input) *openapi.Schema {
	if in.Schema != nil {
		return in.Schema
	}
	return &openapi.Schema{Type: in.Type, Format: in.Format, Enum: in.Enum, Default: in.Default}
}

// separators are tried in this order; then any character that is free.
const separators = `./:|~!;,*+=@#%&^?$-_`

// separatorOf is a character that no segment of a key contains, so that a key
// can be taken apart again.
func separatorOf(a *openapi.Action) string {
	var all strings.Builder
	for _, p := range a.Parameters {
		all.WriteString(p.Name)
		if p.Compose != nil {
			for _, c := range p.Compose.Clauses {
				all.WriteString(c.Name)
			}
		}
	}
	if a.Body != nil {
		for _, f := range a.Body.Fields {
			for _, s := range f.Path {
				all.WriteString(s)
			}
		}
	}
	used := all.String()
	for _, r := range separators {
		if !strings.ContainsRune(used, r) {
			return string(r)
		}
	}
	r := '\u2022'
	for strings.ContainsRune(used, r) {
		r++
	}
	return string(r)
}

// Inputs lists what a can be given: its parameters in document order, then the
// leaves of its body. Read-only members are left out. The separator is one
// character that joins the segments of a leaf's path into its key and is in none
// of them.
func Inputs(a *openapi.Action) (inputs []Input, separator string) {
	l := lay(a)
	for i := range l.slots {
		if s := &l.slots[i]; !s.readOnly {
			inputs = append(inputs, s.input())
		}
	}
	return inputs, l.separator
}

func (s *slot) input() Input {
	return Input{
		Key: s.key, Kind: s.kind(), DisplayName: s.displayName(), Description: s.in.Description, Format: s.in.Format,
		Required: s.required, Hidden: s.hidden(), Enum: s.enum(), Default: s.fallback(), Schema: s.schema, Lookup: s.in.Lookup,
	}
}

func (s *slot) displayName() string {
	if s.in.DisplayName != "" {
		return s.in.DisplayName
	}
	return s.key
}

func (s *slot) hidden() bool { return s.in.Hidden || s.parameter != nil && s.parameter.Hidden }

func (s *slot) enum() []json.RawMessage {
	if len(s.in.Enum) > 0 {
		return s.in.Enum
	}
	return s.schema.Enum
}

func (s *slot) fallback() json.RawMessage {
	if s.in.Default != nil {
		return s.in.Default
	}
	return s.schema.Default
}

// kind is the slot's type in the words of the form. What is looked up by its
// name is text, whatever the value found is.
func (s *slot) kind() Kind {
	switch typeOf(s.schema) {
	case "integer", "number":
		if s.in.Lookup == nil {
			return Number
		}
	case "boolean":
		return Boolean
	case "array":
		return Array
	}
	return String
}

// typeOf is the type of a schema, or the one that all its alternatives have.
func typeOf(s *openapi.Schema) string {
	if s.Type != "" || len(s.Choices) == 0 {
		return s.Type
	}
	t := s.Choices[0].Type
	for _, c := range s.Choices[1:] {
		if c.Type != t {
			return ""
		}
	}
	return t
}
