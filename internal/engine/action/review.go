package action

import (
	"bytes"
	"encoding/json"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// A Review is the form a person confirms before a write. It can be kept as JSON.
type Review struct {
	Fields    []ReviewField `json:"fields"`
	Separator string        `json:"separator"`
}

// A ReviewField is one field of the form, as ActionReviewPayloadField of the API
// model has it.
type ReviewField struct {
	Key         string          `json:"key"`
	DisplayName string          `json:"displayName"`
	Description string          `json:"description,omitempty"`
	Order       int             `json:"order"` // from 1, in document order
	Kind        Kind            `json:"kind"`
	Value       json.RawMessage `json:"value,omitempty"` // what it is filled in with; none: nothing
	Allowed     []Choice        `json:"allowed,omitempty"`
	Format      string          `json:"format,omitempty"`
	Items       json.RawMessage `json:"items,omitempty"` // JSON Schema of a list's items
	Required    bool            `json:"required,omitempty"`
}

// A Choice is a value a field may take, and how it is shown.
type Choice struct {
	Value   json.RawMessage `json:"value"`
	Display json.RawMessage `json:"display"`
}

// NewReview makes the form of a, filled in with args and, where those say
// nothing, with defaults and constants. Hidden inputs are not in it. An object
// is a field of text that holds JSON, with the format "json" unless the document
// gives it another.
func NewReview(a *openapi.Action, args Args) Review {
	l := lay(a)
	args = l.complete(args)
	r := Review{Separator: l.separator}
	for i := range l.slots {
		s := &l.slots[i]
		if s.readOnly || s.hidden() {
			continue
		}
		f := s.field(args[s.key])
		f.Order = len(r.Fields) + 1
		r.Fields = append(r.Fields, f)
	}
	return r
}

func (s *slot) field(prefill json.RawMessage) ReviewField {
	f := ReviewField{
		Key: s.key, DisplayName: s.displayName(), Description: s.in.Description,
		Kind: s.kind(), Allowed: s.allowed(), Format: s.in.Format, Required: s.required,
	}
	if prefill != nil {
		f.Value = s.shown(prefill)
	}
	if f.Kind == Array {
		f.Items = itemsOf(s.schema)
	}
	if f.Kind == String && f.Format == "" && s.structured() {
		f.Format = "json"
	}
	return f
}

// structured says whether the field holds JSON text.
func (s *slot) structured() bool { return typeOf(s.schema) == "object" && s.in.Lookup == nil }

// shown is a value as its field holds it.
func (s *slot) shown(raw json.RawMessage) json.RawMessage {
	v, ok := decode(raw)
	if !ok {
		return nil
	}
	if s.kind() == String && (v.sort == object || v.sort == list) {
		v = textValue(v.plain())
	}
	return v.json()
}

// allowed are the values of an enumeration, shown as they are or, where the
// document lists constants with titles, by their title.
func (s *slot) allowed() []Choice {
	var out []Choice
	for _, raw := range s.enum() {
		if v, ok := decode(raw); ok && v.sort != null {
			out = append(out, Choice{Value: v.json(), Display: textValue(v.plain()).json()})
		}
	}
	if len(out) > 0 || len(s.schema.Choices) == 0 {
		return out
	}
	for _, c := range s.schema.Choices {
		v, ok := decode(c.Const)
		if !ok {
			return nil
		}
		label := c.Title
		if label == "" {
			label = v.plain()
		}
		out = append(out, Choice{Value: v.json(), Display: textValue(label).json()})
	}
	return out
}

// itemsOf is the schema of a list's items as JSON; any item where none is given.
func itemsOf(s *openapi.Schema) json.RawMessage {
	if s.Items == nil {
		return json.RawMessage("{}")
	}
	out, err := json.Marshal(s.Items)
	if err != nil {
		return json.RawMessage("{}")
	}
	return bytes.TrimSpace(out)
}
