package wire

import (
	"encoding/json"
	"mime"
	"net/http"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
)

// A protocol is one way in which an API travels over HTTP.
type protocol interface {
	// bind fills in, a pointer made by route.NewInput. It returns nil, a
	// fault.Validation with a field for every constraint that the request
	// breaks, or a refusal of the protocol itself.
	bind(route *smithy.Route, r request, in any) *fault.Error
	// answer appends the body of an answer, for a request of that id.
	answer(dst []byte, route *smithy.Route, out any, id string) []byte
	// refusal is the body of an error. It may change the error's status and
	// code to those of the protocol, and add headers.
	refusal(rep *reply, h http.Header, id string) []byte
	// mediaType is that of every answer.
	mediaType() string
}

// restJSON1 is Smithy's aws.protocols#restJson1.
type restJSON1 struct{}

func (restJSON1) bind(route *smithy.Route, r request, in any) *fault.Error {
	return bindRequest(route, r, in)
}

func (restJSON1) answer(dst []byte, route *smithy.Route, out any, _ string) []byte {
	return smithy.AppendJSON(dst, route.Output, out)
}

// refusal names the error in a header. Those of OAuth (RFC 6749, section 5.2)
// have members of their own.
func (restJSON1) refusal(rep *reply, h http.Header, _ string) []byte {
	h[headerErrorType] = []string{rep.code}
	if declares(rep.shape, "error_description") {
		return asJSON(map[string]string{"error": rep.shape.Code, "error_description": rep.body.Message})
	}
	return asJSON(rep.body)
}

func asJSON(body any) []byte {
	b, err := json.Marshal(body)
	if err != nil {
		return []byte(`{"message":"The error could not be written."}`)
	}
	return b
}

func (restJSON1) mediaType() string { return mediaJSON }

// The refusals of the protocol itself, which no operation declares.
const (
	unsupportedMediaType fault.Code = "UnsupportedMediaTypeException" // 415
	notAcceptable        fault.Code = "NotAcceptableException"        // 406
)

// The media types of a body: restJson1's, and that of the events of an
// operation that streams.
const (
	mediaJSON   = "application/json"
	mediaEvents = "application/vnd.amazon.eventstream"
)

// takesJSON reports whether the model lets an input travel in a JSON body. An
// input without any members may: clients differ in whether they send {}.
func takesJSON(s *smithy.Shape) bool {
	return !streamed(s) && (len(s.Members) == 0 ||
		slices.ContainsFunc(s.Members, func(m smithy.Member) bool { return m.In == smithy.Body }))
}

// checkMedia holds the request to what Smithy's tests ask of Content-Type and
// Accept in restJson1: a JSON body says that it is JSON, an operation without
// a body is sent none, and the client has to take what the operation answers.
func checkMedia(route *smithy.Route, r request) *fault.Error {
	sent := r.Header.Get("Content-Type")
	switch {
	case len(r.Body) == 0, streamed(route.Input):
	case !takesJSON(route.Input) && sent == "":
	case !takesJSON(route.Input):
		return &fault.Error{Code: unsupportedMediaType, Message: route.Name + " takes no body: everything it needs is in the path and the query. Send none, and no Content-Type."}
	case sent == "":
		return &fault.Error{Code: unsupportedMediaType, Message: "The request has a body and no Content-Type. Send Content-Type: application/json."}
	case mediaType(sent) != mediaJSON:
		return &fault.Error{Code: unsupportedMediaType, Message: route.Name + " takes a body of Content-Type: application/json, and the request's is of another."}
	}
	answered := mediaJSON
	if streamed(route.Output) {
		answered = mediaEvents
	}
	if !accepts(r.Header, answered) {
		return &fault.Error{Code: notAcceptable, Message: route.Name + " answers with " + answered + ", which the Accept of the request rules out. Send Accept: " + answered + ", or leave it out."}
	}
	return nil
}

// mediaType is the type without its parameters, or "" when it is malformed.
func mediaType(header string) string {
	if header == mediaJSON {
		return header
	}
	t, _, err := mime.ParseMediaType(header)
	if err != nil {
		return ""
	}
	return t
}

// accepts reports whether Accept (RFC 9110, section 12.5.1) lets the answer
// be of a type. Without the header any will do. A weight does not matter
// where there is only one type to choose from, unless it is zero.
func accepts(h http.Header, answered string) bool {
	values := strings.Join(h.Values("Accept"), ",")
	family, _, _ := strings.Cut(answered, "/")
	for wanted := range strings.SplitSeq(values, ",") {
		t, params, err := mime.ParseMediaType(wanted)
		if err != nil || params["q"] != "" && strings.Trim(params["q"], "0.") == "" {
			continue
		}
		if t == answered || t == "*/*" || t == family+"/*" {
			return true
		}
	}
	return strings.TrimSpace(values) == ""
}
