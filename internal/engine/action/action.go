// Package action turns an action of an OpenAPI document and the arguments for
// it into the exact HTTP request the document describes, and into the form a
// person confirms before a write, and back.
//
// It owns the flat list of an action's inputs and their keys, what makes a set
// of arguments complete and right, how every value is written into path, query,
// header, cookie and body (OpenAPI 3.0 and 3.1, RFC 6570), the quoting of query
// languages, and the form. It is pure: arguments in, a request out; no network,
// no clock. It does not own what a document means (engine/openapi), which action
// is taken with which arguments (engine/plan), authorization headers
// (resource/plugin/login) or the sending (platform/remote).
package action

import (
	"encoding/json"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// Args are the arguments of a call, by the Key of the Input.
type Args map[string]json.RawMessage

// Kind is the type of a field of the form, in the words of the API model
// (ActionPayloadFieldType).
type Kind string

// The kinds there are. A value the model has no word for, such as an object, is
// a String that holds JSON text.
const (
	String  Kind = "STRING"
	Number  Kind = "NUMBER"
	Array   Kind = "ARRAY"
	Boolean Kind = "BOOLEAN"
)

// An Input is one value the caller of an action may give.
type Input struct {
	Key         string            `json:"key"` // unique in the action
	Kind        Kind              `json:"kind"`
	DisplayName string            `json:"displayName"`
	Description string            `json:"description,omitempty"`
	Format      string            `json:"format,omitempty"` // as the document has it
	Required    bool              `json:"required,omitempty"`
	Hidden      bool              `json:"hidden,omitempty"` // not shown to people
	Enum        []json.RawMessage `json:"enum,omitempty"`
	Default     json.RawMessage   `json:"default,omitempty"`
	Schema      *openapi.Schema   `json:"schema,omitempty"` // never nil from Inputs
	Lookup      *openapi.Lookup   `json:"lookup,omitempty"` // not nil: a name that people know will do
}

// A Problem is what is wrong with one argument.
type Problem struct {
	Key     string `json:"key"`     // of the input
	Message string `json:"message"` // one sentence that says what is wanted; it never repeats the value
}

// A Request is an HTTP request before it is authorized and sent.
type Request struct {
	Method string
	URL    string
	Header map[string][]string // by canonical name, as net/http's Header
	Body   []byte              // nil: none
}
