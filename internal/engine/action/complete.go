package action

import (
	"encoding/json"
	"maps"
	"slices"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// Schema is the shape of the arguments as one closed object, keyed by Input.Key:
// what a model is given as the parameters of a tool. Hidden inputs are left out
// unless nothing but the caller can give them. An input that has a default, or
// only one value, is not required.
func Schema(a *openapi.Action) *openapi.Schema {
	out := &openapi.Schema{Type: "object", Closed: true}
	l := lay(a)
	for i := range l.slots {
		s := &l.slots[i]
		must := s.required && s.fixed() == nil
		if s.readOnly || s.hidden() && !must {
			continue
		}
		out.Properties = append(out.Properties, openapi.Property{Name: s.key, Schema: s.forModel()})
		if must {
			out.Required = append(out.Required, s.key)
		}
	}
	return out
}

// forModel is the slot's schema with the words that stand at the input.
func (s *slot) forModel() *openapi.Schema {
	shape := *s.schema
	if s.in.Lookup != nil && shape.Type != "array" {
		shape = openapi.Schema{Type: "string"} // a name, not the value it stands for
	}
	if s.in.Description != "" {
		shape.Description = s.in.Description
	}
	if shape.Title == "" && s.in.DisplayName != s.key {
		shape.Title = s.in.DisplayName
	}
	return &shape
}

// Complete returns args with defaults and constants added, and without read-only
// members and nulls that stand for "not given". args is not changed.
//
// A default that its own schema refuses is not used. A leaf of the body gets its
// default only where the object around it is sent anyway: a default does not
// make an optional object appear.
func Complete(a *openapi.Action, args Args) Args { return lay(a).complete(args) }

func (l *layout) complete(args Args) Args {
	out := make(Args, len(args))
	maps.Copy(out, args)
	for i := range l.slots {
		l.slots[i].clean(out)
	}
	for _, s := range l.slots {
		if _, given := out[s.key]; given || s.readOnly || !l.expected(&s, out) {
			continue
		}
		if v := s.fixed(); v != nil {
			out[s.key] = v
		}
	}
	return out
}

// clean takes out of args what is not sent of the slot's value.
func (s *slot) clean(args Args) {
	raw, given := args[s.key]
	switch {
	case !given:
	case s.readOnly, isNull(raw) && !s.takesNull():
		delete(args, s.key)
	case s.parameter == nil && hasReadOnly(s.schema, 0):
		if v, ok := decode(raw); ok {
			args[s.key] = send(s.schema, v).json()
		}
	}
}

// takesNull says whether null is a value: only JSON can write one.
func (s *slot) takesNull() bool {
	return s.parameter == nil && (s.schema.Nullable || s.schema.Type == "" && s.required)
}

// fixed is the value the slot takes when none is given: its constant when there
// is no other way to fill it, or else its default; nil: none.
func (s *slot) fixed() json.RawMessage {
	if s.required && s.schema.Const != nil {
		return s.schema.Const
	}
	if s.required && len(s.enum()) == 1 {
		return s.enum()[0] // how OpenAPI 3.0 writes a constant
	}
	raw := s.fallback()
	if isNull(raw) {
		return nil
	}
	v, ok := decode(raw)
	if !ok || len(validate(s.schema, v)) > 0 {
		return nil
	}
	return raw
}

// expected says whether the object the slot is a member of is sent.
func (l *layout) expected(s *slot, args Args) bool {
	if s.parameter != nil || s.required {
		return true
	}
	parent := s.path[:max(len(s.path)-1, 0)]
	if len(parent) == 0 && l.action.Body.Required {
		return true
	}
	return slices.ContainsFunc(l.slots, func(other slot) bool {
		if other.parameter != nil || len(other.path) < len(parent) || !slices.Equal(other.path[:len(parent)], parent) {
			return false
		}
		_, given := args[other.key]
		return given || other.required
	})
}

// maxReadOnlyDepth bounds the search for read-only members; schemas are bounded
// themselves, but the same one may be reached in many ways.
const maxReadOnlyDepth = 12

func hasReadOnly(s *openapi.Schema, depth int) bool {
	if s == nil || depth > maxReadOnlyDepth {
		return false
	}
	return s.ReadOnly || hasReadOnly(s.Items, depth+1) || hasReadOnly(s.Additional, depth+1) ||
		slices.ContainsFunc(s.Properties, func(p openapi.Property) bool { return hasReadOnly(p.Schema, depth+1) })
}

// send is v as it is sent: without members that are read-only, and with the
// integers among its numbers written as such (3.0 is 3).
func send(s *openapi.Schema, v value) value {
	if s == nil {
		return v
	}
	switch v.sort {
	case number:
		if typeOf(s) == "integer" {
			v.text, _ = whole(v.text)
		}
	case list:
		items := make([]value, len(v.items))
		for i, item := range v.items {
			items[i] = send(s.Items, item)
		}
		v.items = items
	case object:
		members := make([]member, 0, len(v.members))
		choice := chosen(s, v)
		for _, m := range v.members {
			shape := memberShape(s, choice, m.name)
			if shape == nil || !shape.ReadOnly {
				members = append(members, member{m.name, send(shape, m.value)})
			}
		}
		v.members = members
	}
	return v
}

// chosen is the alternative that v is; nil: none is, or there are none.
func chosen(s *openapi.Schema, v value) *openapi.Schema {
	if named := discriminated(s, v); named != nil {
		return named
	}
	for _, c := range s.Choices {
		if len(validate(c, v)) == 0 {
			return c
		}
	}
	return nil
}

func memberShape(s, choice *openapi.Schema, name string) *openapi.Schema {
	if p := ownProperty(s, name); p != nil {
		return p
	}
	if choice != nil {
		if p := property(choice, name); p != nil {
			return p
		}
	}
	return s.Additional
}
