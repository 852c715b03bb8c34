package openapi

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// fit makes the values a schema lists values of its type: YAML and hurried
// authors write 1 for "1" and "true" for true. A default that is none of them is
// left out; it would make a call fail that works without it.
func (b *schemaBuilder) fit(s *Schema) {
	var values []json.RawMessage
	for _, v := range s.Enum {
		if w, ok := fitted(s.Type, v); ok {
			values = append(values, w)
		}
	}
	s.Enum = values // of the wrong type altogether: none is as good
	if s.Const != nil {
		if v, ok := fitted(s.Type, s.Const); ok {
			s.Const = v
		}
	}
	if s.Default == nil {
		return
	}
	v, ok := fitted(s.Type, s.Default)
	switch {
	case string(s.Default) == "null":
		s.Default = nil // as good as none
	case !ok, len(s.Enum) > 0 && !contains(s.Enum, v):
		s.Default = nil
	default:
		s.Default = v
	}
}

func contains(values []json.RawMessage, v json.RawMessage) bool {
	return slices.ContainsFunc(values, func(w json.RawMessage) bool { return string(v) == string(w) })
}

// fitted is v as a value of type name, and whether it can be one.
func fitted(name string, v json.RawMessage) (json.RawMessage, bool) {
	kind := kindOf(v)
	if name == "" || kind == name || kind == "null" || name == "number" && kind == "integer" {
		return v, true
	}
	switch {
	case name == "string" && (kind == "integer" || kind == "number" || kind == "boolean"):
		return quoted(string(v)), true
	case name == "integer" && kind == "number":
		f, err := strconv.ParseFloat(string(v), 64)
		if err == nil && f == float64(int64(f)) {
			return json.RawMessage(strconv.FormatInt(int64(f), 10)), true
		}
	case kind == "string" && name != "object" && name != "array":
		var text string
		if json.Unmarshal(v, &text) == nil && kindOf(json.RawMessage(text)) == name && json.Valid([]byte(text)) {
			return json.RawMessage(text), true
		}
	}
	return v, false
}

// implied is the type of a value whose schemas give none.
func (b *schemaBuilder) implied(parts []*node, s *Schema) string {
	if len(s.Choices) > 0 {
		return common(s.Choices)
	}
	for _, p := range b.spoken(parts) {
		for k := range p.live() {
			switch k.key {
			case "properties", "additionalProperties", "patternProperties", "maxProperties", "minProperties":
				return "object"
			case "items", "minItems", "maxItems", "uniqueItems", "prefixItems":
				return "array"
			case "pattern", "minLength", "maxLength":
				return "string"
			}
		}
	}
	if len(s.Enum) > 0 {
		return kindOfAll(s.Enum)
	}
	if s.Const != nil {
		return kindOf(s.Const)
	}
	return ""
}

// common is the type of all choices, "" when they differ.
func common(choices []*Schema) string {
	for _, c := range choices {
		if c.Type != choices[0].Type {
			return ""
		}
	}
	return choices[0].Type
}

func kindOfAll(values []json.RawMessage) string {
	name := ""
	for _, v := range values {
		k := kindOf(v)
		switch {
		case k == "null":
		case name == "" || name == "integer" && k == "number":
			name = k
		case k != name && (name != "number" || k != "integer"):
			return ""
		}
	}
	return name
}

// kindOf is the JSON Schema type of a value.
func kindOf(v json.RawMessage) string {
	switch {
	case len(v) == 0:
		return ""
	case v[0] == '"':
		return "string"
	case v[0] == '{':
		return "object"
	case v[0] == '[':
		return "array"
	case v[0] == 't' || v[0] == 'f':
		return "boolean"
	case v[0] == 'n':
		return "null"
	case strings.ContainsAny(string(v), ".eE"):
		return "number"
	}
	return "integer"
}
