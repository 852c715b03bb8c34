package openapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// plainSchema is a Schema with its tags and without its methods.
type plainSchema Schema

// schemaJSON is a Schema as JSON Schema 2020-12 has it.
type schemaJSON struct {
	Type any `json:"type,omitempty"` // before the other members; hides plainSchema's
	plainSchema
	AnyOf         []*Schema          `json:"anyOf,omitempty"`
	OneOf         []*Schema          `json:"oneOf,omitempty"`
	Additional    json.RawMessage    `json:"additionalProperties,omitempty"`
	Discriminator *discriminatorJSON `json:"discriminator,omitempty"`
	Comment       string             `json:"$comment,omitempty"`
}

// discriminatorJSON is OpenAPI's own member, which JSON Schema leaves alone.
type discriminatorJSON struct {
	PropertyName string `json:"propertyName"`
}

// cutComment marks a Schema that says less than the document does.
const cutComment = "not described further"

// MarshalJSON writes s as a JSON Schema (2020-12): nullable as a list of types,
// or as one more choice where there is no type.
func (s Schema) MarshalJSON() ([]byte, error) {
	out := schemaJSON{plainSchema: plainSchema(s), AnyOf: s.Choices}
	switch {
	case s.Type != "" && s.Nullable:
		out.Type = []string{s.Type, "null"}
	case s.Type != "":
		out.Type = s.Type
	case s.Nullable && len(s.Choices) > 0:
		out.AnyOf = append(slices.Clone(s.Choices), &Schema{Type: "null"})
	}
	if s.Exclusive {
		out.AnyOf, out.OneOf = nil, out.AnyOf
	}
	switch {
	case s.Closed:
		out.Additional = json.RawMessage("false")
	case s.Additional != nil:
		text, err := json.Marshal(s.Additional)
		if err != nil {
			return nil, err
		}
		out.Additional = text
	}
	if s.Discriminator != "" {
		out.Discriminator = &discriminatorJSON{s.Discriminator}
	}
	if s.Cut {
		out.Comment = cutComment
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes; true is any value.
func (s *Schema) UnmarshalJSON(text []byte) error {
	*s = Schema{}
	if bytes.Equal(text, []byte("true")) {
		return nil
	}
	var in schemaJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	*s = Schema(in.plainSchema)
	s.Cut = in.Comment == cutComment
	if in.Discriminator != nil {
		s.Discriminator = in.Discriminator.PropertyName
	}
	s.Exclusive = len(in.OneOf) > 0
	for _, c := range append(in.AnyOf, in.OneOf...) {
		if c != nil && c.Type == "null" {
			s.Nullable = true
			continue
		}
		s.Choices = append(s.Choices, c)
	}
	if err := s.setType(in.Type); err != nil {
		return err
	}
	return s.setAdditional(in.Additional)
}

func (s *Schema) setType(given any) error {
	switch t := given.(type) {
	case nil:
	case string:
		s.Type = t
	case []any:
		for _, one := range t {
			name, ok := one.(string)
			switch {
			case ok && name == "null":
				s.Nullable = true
			case ok && s.Type == "":
				s.Type = name
			default:
				return fmt.Errorf("type is %v; one type, and null beside it, can be read", t)
			}
		}
	default:
		return fmt.Errorf("type is %v, neither text nor a list", given)
	}
	return nil
}

func (s *Schema) setAdditional(text json.RawMessage) error {
	switch string(text) {
	case "", "true":
		return nil
	case "false":
		s.Closed = true
		return nil
	}
	return json.Unmarshal(text, &s.Additional)
}

// MarshalJSON writes the members as one object, in their order.
func (ps Properties) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	out.WriteByte('{')
	for i, p := range ps {
		if i > 0 {
			out.WriteByte(',')
		}
		name, err := json.Marshal(p.Name)
		if err != nil {
			return nil, err
		}
		text, err := json.Marshal(p.Schema)
		if err != nil {
			return nil, err
		}
		out.Write(name)
		out.WriteByte(':')
		out.Write(text)
	}
	out.WriteByte('}')
	return out.Bytes(), nil
}

// UnmarshalJSON reads an object and keeps the order of its members.
func (ps *Properties) UnmarshalJSON(text []byte) error {
	*ps = nil
	dec := json.NewDecoder(bytes.NewReader(text))
	if t, err := dec.Token(); err != nil || t != json.Delim('{') {
		return errors.New("properties are an object")
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return err
		}
		p := Property{Name: name.(string)} // between braces a token is a name, or an error
		if err := dec.Decode(&p.Schema); err != nil {
			return err
		}
		*ps = append(*ps, p)
	}
	return nil
}

// Get returns the member of that name.
func (ps Properties) Get(name string) (*Schema, bool) {
	for _, p := range ps {
		if p.Name == name {
			return p.Schema, true
		}
	}
	return nil, false
}
