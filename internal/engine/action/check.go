package action

import (
	"errors"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// Check says what is wrong with args, in the order of the inputs.
func Check(a *openapi.Action, args Args) []Problem {
	return nil
}

// An ArgumentError says why arguments cannot be sent.
type ArgumentError struct{ Problems []Problem }

func (e *ArgumentError) Error() string { return "the arguments do not fit the action" }

// Bind makes the request of a with args.
func Bind(d *openapi.Document, a *openapi.Action, server string, args Args) (*Request, error) {
	return nil, errors.New("not built yet")
}
