package action

import (
	"encoding/json"
	"errors"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// A Lookup is a call to make first, whose answer gives the value of an input.
type Lookup struct {
	Key         string          // of the input
	OperationID string          // the action to call
	Args        Args            // its arguments
	Wanted      json.RawMessage // what the caller said: a name, a value, or a list of them
}

// Lookups lists the calls to make before Bind, in the order to make them. Where
// one needs the value that an earlier one finds, With gives it.
func Lookups(d *openapi.Document, a *openapi.Action, args Args) []Lookup { return nil }

// With is l with its arguments taken from args, in which earlier lookups' values
// stand by now.
func (l Lookup) With(a *openapi.Action, args Args) Lookup { return l }

// Find takes the value from the answer of the call.
func (l Lookup) Find(d *openapi.Document, a *openapi.Action, answer []byte) (json.RawMessage, error) {
	return nil, errors.New("not built yet")
}
