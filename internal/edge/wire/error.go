package wire

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
)

// statusClientGone is what proxies log for a client that did not wait. It is
// sent too, to nobody.
const statusClientGone = 499

// maxMessage is the length of an error's message in the model, in characters.
const maxMessage = 2048

// refusal is an answer of the wire itself, which no operation declares. Its
// codes are those of AWS's common errors.
type refusal struct {
	status  int
	code    string
	message string
	allow   []string // methods, with status 405
	upgrade bool     // to a WebSocket, with status 426
	cause   error
}

// Error joins code and message.
func (r *refusal) Error() string { return r.code + ": " + r.message }

func unknownPath(method string) error {
	return &refusal{status: http.StatusNotFound, code: "UnknownOperationException",
		message: fmt.Sprintf("No operation is called by %s on this path. Check the endpoint URL and the path; a slash at its end counts.", clip(method, 16))}
}

func wrongMethod(method string, allow []string) error {
	return &refusal{status: http.StatusMethodNotAllowed, code: "UnknownOperationException", allow: allow,
		message: fmt.Sprintf("No operation is called by %s on this path; it takes %s.", clip(method, 16), strings.Join(allow, ", "))}
}

// unrecorded refuses what would leave no audit record.
func unrecorded(cause error) error {
	return &refusal{status: http.StatusServiceUnavailable, code: "ServiceUnavailable", cause: cause,
		message: "The server cannot keep its audit record now, and does nothing without. Try again later; the operator finds the reason in the server's log."}
}

// aborted keeps a refusal of the wire and replaces any other error.
func aborted(err error) error {
	if refused, ok := errors.AsType[*refusal](err); ok {
		return refused
	}
	return &refusal{status: statusClientGone, code: "RequestAbortedException", cause: err,
		message: "The connection was closed before the answer was ready."}
}

// reply is an error as HTTP.
type reply struct {
	status  int
	code    string
	body    errorBody
	shape   *smithy.Shape // of an error that the model has, or nil
	allow   []string
	upgrade bool
	cause   error // for the log

	resourceID, resourceType string
}

// errorBody is what an error says; its shape says which members there are
// beside the message.
type errorBody struct {
	Message      string        `json:"message"`
	Reason       *string       `json:"reason,omitempty"`
	Fields       []fault.Field `json:"fields,omitempty"`
	ResourceID   *string       `json:"resourceId,omitempty"`
	ResourceType *string       `json:"resourceType,omitempty"`
}

// refuse answers with an error. An operation that failed when the client had
// gone already did not fail: its context ended.
func (s *Server) refuse(x *exchange, err error) {
	if x.r.Context().Err() != nil {
		err = aborted(err)
	}
	failed := err
	rep := s.reply(x, err)
	h := http.Header{}
	body := x.protocol.refusal(&rep, h, x.id)
	x.code, x.cause, x.failed = rep.code, rep.cause, failed
	if x.stream != nil && x.stream.open.Load() {
		x.late = rep.status
		x.stream.refuse(x.r.Context(), rep, body)
		return
	}
	if rep.allow != nil {
		h["Allow"] = []string{strings.Join(rep.allow, ", ")}
	}
	if x.r.ProtoMajor == 1 && x.endpoint != nil && x.endpoint.streams {
		h["Connection"] = []string{"close"} // or net/http waits for the end of the events, and their sender for this answer
	}
	if rep.upgrade && x.r.ProtoMajor == 1 { // HTTP/2 takes neither header (RFC 9113, section 8.2.2)
		h["Connection"], h["Upgrade"] = []string{"Upgrade"}, []string{"websocket"}
	}
	maps.Copy(x.w.Header(), h)
	x.answer = append(x.answer[:0], body...)
	x.send(rep.status)
}

// vocabulary is the errors of one API.
type vocabulary struct {
	shapes   map[string]*smithy.Shape
	internal string // what it calls an internal error
}

func newVocabulary(shapes []*smithy.Shape) *vocabulary {
	v := &vocabulary{shapes: map[string]*smithy.Shape{}, internal: string(fault.Internal)}
	for _, shape := range shapes {
		v.shapes[shape.Name] = shape
		if shape.Status == http.StatusInternalServerError {
			v.internal = shape.Name
		}
	}
	return v
}

// words are the errors of the API that a request is for.
func (s *Server) words(x *exchange) *vocabulary {
	if x.endpoint != nil {
		return s.errors[x.endpoint.Service]
	}
	if form, ok := x.protocol.(awsQuery); ok && form.service != nil {
		return s.errors[form.service.Name]
	}
	return newVocabulary(nil)
}

// reply is the one switch from an error to HTTP. What it does not know is an
// internal error.
func (s *Server) reply(x *exchange, err error) reply {
	if failed, ok := errors.AsType[*fault.Error](err); ok {
		return s.words(x).fault(failed)
	}
	if unsigned, ok := errors.AsType[*sigv4.Error](err); ok {
		return reply{status: unsigned.Status, code: unsigned.Code, body: errorBody{Message: unsigned.Message}}
	}
	if refused, ok := errors.AsType[*refusal](err); ok {
		return reply{status: refused.status, code: refused.code, body: errorBody{Message: refused.message}, allow: refused.allow, upgrade: refused.upgrade, cause: refused.cause}
	}
	return s.words(x).fault(fault.Hidden(err))
}

// fault gives a fault the status and the members that the model gives its
// shape. Whatever text an internal one has stays inside.
func (v *vocabulary) fault(f *fault.Error) reply {
	code, status := string(f.Code), ownStatus(f.Code)
	shape := v.shapes[code]
	if also := synonym(f.Code); shape == nil && v.shapes[also] != nil {
		code, shape = also, v.shapes[also]
	}
	if shape != nil {
		status = shape.Status
	}
	if status == 0 || status == http.StatusInternalServerError {
		f = fault.Hidden(hidden(f))
		code, status = v.internal, http.StatusInternalServerError
		shape = v.shapes[code]
	}
	body := errorBody{Message: clip(f.Message, maxMessage)}
	if declares(shape, "reason") {
		body.Reason, body.Fields = &f.Reason, f.Fields
	}
	if declares(shape, "resourceId") {
		body.ResourceID, body.ResourceType = &f.ResourceID, &f.ResourceType
	}
	return reply{status: status, code: code, body: body, shape: shape, cause: f.Cause, resourceID: f.ResourceID, resourceType: f.ResourceType}
}

// synonym is what an API in the manner of OAuth calls a fault that its model has
// no shape for.
func synonym(code fault.Code) string {
	switch code {
	case fault.Validation:
		return "InvalidRequestException"
	case fault.Throttling:
		return "SlowDownException"
	default:
		return ""
	}
}

// hidden is what an internal fault says to the log and to nobody else.
func hidden(f *fault.Error) error {
	if f.Code == fault.Internal && f.Cause != nil {
		return f.Cause
	}
	return f
}

// ownStatus is the status of a fault that is not the model's, or 0.
func ownStatus(code fault.Code) int {
	switch code {
	case fault.NotImplemented:
		return http.StatusNotImplemented
	case unsupportedMediaType:
		return http.StatusUnsupportedMediaType
	case notAcceptable:
		return http.StatusNotAcceptable
	case fault.Throttling:
		return http.StatusTooManyRequests
	case unreadableInput, malformedForm:
		return http.StatusBadRequest
	default:
		return 0
	}
}

func declares(shape *smithy.Shape, member string) bool {
	return shape != nil && slices.ContainsFunc(shape.Members, func(m smithy.Member) bool { return m.Name == member })
}

// clip bounds what is repeated of a request, or said of an error.
func clip(s string, most int) string {
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most-3], "") + "..."
}
