package action

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// SeparatorKey is the Key of a problem with the separator of what was confirmed.
const SeparatorKey = "payloadFieldNameSeparator"

// Accept reads what the person confirmed in the form r of a. reviewed are the
// arguments r was made with: hidden inputs keep their value of then. A key that
// was not in the form, another separator, a required field without value, and
// everything Check knows are problems; there are arguments only without any.
//
// Fields may come as text, as HTML forms give them: "5" in a field of kind
// Number is 5, "true" in a Boolean is true, JSON text, lines or words parted by
// commas are the items of an Array. An empty text is no value, unless the field
// is of text and was filled in before: then the person has emptied it. A field
// that is missing is not sent.
func (r Review) Accept(a *openapi.Action, reviewed Args, payload map[string]json.RawMessage, separator string) (Args, []Problem) {
	var problems []Problem
	if separator != r.Separator {
		problems = append(problems, Problem{SeparatorKey, "Give " + quoted(r.Separator) + ", as the form has it."})
	}
	l := lay(a)
	args := Args{}
	for i := range l.slots {
		s := &l.slots[i]
		if v, had := reviewed[s.key]; had && s.hidden() && !s.readOnly {
			args[s.key] = v
		}
	}
	for _, key := range slices.Sorted(maps.Keys(payload)) {
		i := slices.IndexFunc(r.Fields, func(f ReviewField) bool { return f.Key == key })
		s := l.find(key)
		if i < 0 || s == nil || s.hidden() || s.readOnly {
			problems = append(problems, Problem{key, "Leave this out: the form has no such field."})
			continue
		}
		if raw, given := s.entered(payload[key], r.Fields[i].Value); given {
			args[key] = raw
		}
	}
	problems = append(problems, Check(a, args)...)
	if len(problems) > 0 {
		return nil, problems
	}
	return args, nil
}

// entered is what was put into a field, as its kind wants it; false: nothing.
func (s *slot) entered(raw, before json.RawMessage) (json.RawMessage, bool) {
	v, ok := decode(raw)
	if !ok {
		return raw, true // Check says so
	}
	switch {
	case v.sort == null:
		return raw, s.takesNull() && before != nil && isNull(before)
	case v.sort == text && strings.TrimSpace(v.text) == "":
		emptied := s.kind() == String && !isNull(before) && v.text == "" && len(validate(s.schema, v)) == 0
		return raw, emptied
	}
	return s.converted(v).json(), true
}

func (s *slot) converted(v value) value {
	if s.in.Lookup != nil && s.kind() != Array {
		return v
	}
	return fromText(s.schema, v)
}

// fromText is what a text means to a schema that wants something else.
func fromText(s *openapi.Schema, v value) value {
	t := typeOf(s)
	switch {
	case v.sort == list && s.Items != nil:
		items := make([]value, len(v.items))
		for i, item := range v.items {
			items[i] = fromText(s.Items, item)
		}
		v.items = items
		return v
	case v.sort != text:
		return v
	}
	trimmed := strings.TrimSpace(v.text)
	switch t {
	case "integer", "number":
		if _, ok := decimal(trimmed); ok {
			return value{sort: number, text: trimmed}
		}
	case "boolean":
		if word := strings.ToLower(trimmed); word == "true" || word == "false" {
			return value{sort: boolean, text: word}
		}
	case "array":
		return listOf(s, trimmed)
	case "object", "":
		if strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") {
			if w, ok := decode(json.RawMessage(trimmed)); ok {
				return w
			}
		}
	}
	return v
}

// listOf reads a list that was written as text: as JSON, as lines, or as words
// parted by commas.
func listOf(s *openapi.Schema, written string) value {
	if w, ok := decode(json.RawMessage(written)); ok && w.sort == list {
		return fromText(s, w)
	}
	parts := strings.FieldsFunc(written, func(r rune) bool { return r == '\n' || r == '\r' })
	if len(parts) == 1 {
		parts = strings.Split(written, ",")
	}
	out := value{sort: list}
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			out.items = append(out.items, textValue(p))
		}
	}
	return fromText(s, out)
}
