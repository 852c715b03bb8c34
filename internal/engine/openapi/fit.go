package openapi

import (
	"encoding/json"
	"slices"
	"strconv"
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
