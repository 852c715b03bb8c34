package openapi

import "encoding/json"

// A Schema is the shape of a value: the part of JSON Schema that a caller, a
// form and a model need, with references followed and allOf merged. It is
// bounded: where a schema contains itself, or goes deeper than is followed, what
// lies below is any value. As JSON it is itself a JSON Schema (2020-12).
type Schema struct {
	Type        string            `json:"type,omitempty"` // string, number, integer, boolean, array, object; "" is any
	Title       string            `json:"title,omitempty"`
	Description string            `json:"description,omitempty"`
	Format      string            `json:"format,omitempty"`
	Nullable    bool              `json:"-"` // written as a list of types
	Enum        []json.RawMessage `json:"enum,omitempty"`
	Const       json.RawMessage   `json:"const,omitempty"`
	Default     json.RawMessage   `json:"default,omitempty"`

	Pattern   string `json:"pattern,omitempty"` // only one that Go's regexp reads
	MinLength *int   `json:"minLength,omitempty"`
	MaxLength *int   `json:"maxLength,omitempty"`

	Minimum          json.Number `json:"minimum,omitempty"`
	Maximum          json.Number `json:"maximum,omitempty"`
	ExclusiveMinimum json.Number `json:"exclusiveMinimum,omitempty"`
	ExclusiveMaximum json.Number `json:"exclusiveMaximum,omitempty"`
	MultipleOf       json.Number `json:"multipleOf,omitempty"`

	Items       *Schema `json:"items,omitempty"`
	MinItems    *int    `json:"minItems,omitempty"`
	MaxItems    *int    `json:"maxItems,omitempty"`
	UniqueItems bool    `json:"uniqueItems,omitempty"`

	Properties Properties `json:"properties,omitempty"`
	Required   []string   `json:"required,omitempty"`
	Additional *Schema    `json:"-"` // shape of further members; nil: any
	Closed     bool       `json:"-"` // additionalProperties: false

	Choices       []*Schema `json:"-"` // of oneOf or anyOf: one of them fits
	Exclusive     bool      `json:"-"` // of oneOf: only one of them may fit
	Discriminator string    `json:"-"` // member that tells the choices apart; empty: none

	ReadOnly  bool `json:"readOnly,omitempty"`  // left out of what is sent
	WriteOnly bool `json:"writeOnly,omitempty"` // left out of what is shown

	Cut bool `json:"-"` // the document says more than this: a circle, or too deep to follow
}

// Properties are the members of an object, in document order.
type Properties []Property

// A Property is a named member of an object.
type Property struct {
	Name   string
	Schema *Schema
}
