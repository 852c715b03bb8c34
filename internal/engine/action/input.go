package action

import "github.com/parleyhq/parley/internal/engine/openapi"

// Inputs lists what a can be given: parameters in document order, then the
// leaves of the body. Read-only members are left out. The separator joins the
// segments of a body leaf's path into its key.
func Inputs(a *openapi.Action) (inputs []Input, separator string) {
	return nil, "."
}

// Schema is the shape of the arguments as one object, keyed by Input.Key.
func Schema(a *openapi.Action) *openapi.Schema {
	return nil
}

// Complete returns args with defaults and constants added and read-only members
// dropped. args is not changed.
func Complete(a *openapi.Action, args Args) Args {
	return nil
}
