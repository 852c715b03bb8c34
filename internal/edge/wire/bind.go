package wire

import (
	"net/http"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// The refusals of the protocol itself, which no operation declares.
const (
	unsupportedMediaType fault.Code = "UnsupportedMediaTypeException" // 415
	notAcceptable        fault.Code = "NotAcceptableException"        // 406
)

// request is the parts of an HTTP request that can carry members of an input.
type request struct {
	Labels map[string]string // cut from the path, still percent-encoded
	Query  string            // raw, without the question mark
	Header http.Header
	Body   []byte
}

// bindRequest fills in, a pointer made by route.NewInput. It returns nil, a
// fault.Validation with a field for every constraint that the request breaks,
// or one of the refusals above.
func bindRequest(route *smithy.Route, r request, in any) *fault.Error { return nil }

// appendResponse appends the body of the answer out, a pointer to the route's
// output.
func appendResponse(dst []byte, route *smithy.Route, out any) []byte { return dst }
