package wire

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
)

const (
	mediaAWSJSON = "application/x-amz-json-1.1"
	headerTarget = "X-Amz-Target" // as http.Header keys have it
)

// unreadableInput is what services of awsJson1_1 call a body that is not JSON, or
// in which a member has another type than the model says.
const unreadableInput fault.Code = "SerializationException"

// awsJSON11 is Smithy's aws.protocols#awsJson1_1: every operation is a POST of a
// JSON object to the path /, and the header X-Amz-Target says of which.
type awsJSON11 struct{}

// target returns the endpoint that the header names, or a refusal.
func (s *Server) target(method string, names []string) (*endpoint, error) {
	if method != http.MethodPost {
		return nil, wrongMethod(method, []string{http.MethodPost})
	}
	if len(names) == 1 {
		if e := s.targets[names[0]]; e != nil {
			return e, nil
		}
	}
	return nil, &refusal{status: http.StatusBadRequest, code: "UnknownOperationException",
		message: fmt.Sprintf("No operation is named by %s: %s. Check the name of the service and that of the operation.", headerTarget, clip(strings.Join(names, ", "), 128))}
}

func (awsJSON11) bind(route *smithy.Route, r request, in any) *fault.Error {
	if sent := r.Header.Get("Content-Type"); mediaType(sent) != mediaAWSJSON {
		return &fault.Error{Code: unsupportedMediaType, Message: route.Name + " takes a body of Content-Type: " + mediaAWSJSON + ", and the request's is of another, or says none."}
	}
	body := r.Body
	if len(body) == 0 {
		body = []byte("{}") // as Smithy has it for an operation without members
	}
	var problems smithy.Problems
	smithy.DecodeJSON(route.Input, body, in, &problems)
	refused := invalid(&problems)
	if refused != nil && refused.Reason == fault.CannotParse {
		refused.Code = unreadableInput
	}
	return refused
}

// refusal names the error in the body. A mistake of the client has status 400,
// whatever it is, where it does not come from HTTP itself.
func (awsJSON11) refusal(rep *reply, _ http.Header, id string) []byte {
	switch rep.status {
	case http.StatusForbidden, http.StatusNotFound, http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusUnsupportedMediaType:
		rep.status = http.StatusBadRequest
	}
	if code := jsonSignatureCode(rep.code); code != "" {
		rep.code = code
	}
	body := map[string]string{"__type": rep.code, "message": rep.body.Message}
	if declares(rep.shape, "Message") {
		delete(body, "message")
	}
	for name, text := range map[string]string{
		"Message": rep.body.Message, "RequestId": id, "ResourceId": rep.resourceID, "ResourceType": rep.resourceType,
	} {
		if text != "" && declares(rep.shape, name) {
			body[name] = text
		}
	}
	return asJSON(body)
}

func (awsJSON11) answer(dst []byte, route *smithy.Route, out any, _ string) []byte {
	return smithy.AppendJSON(dst, route.Output, out)
}

func (awsJSON11) mediaType() string { return mediaAWSJSON }

// jsonSignatureCode is what services of awsJson1_1 call a refusal of the
// signature, or "" for any other error.
func jsonSignatureCode(code string) string {
	switch code {
	case sigv4.IncompleteSignature:
		return "IncompleteSignatureException"
	case sigv4.MissingAuthenticationToken:
		return "MissingAuthenticationTokenException"
	case sigv4.InvalidClientTokenID:
		return "UnrecognizedClientException"
	case sigv4.RequestExpired, sigv4.SignatureDoesNotMatch:
		return "InvalidSignatureException"
	}
	return ""
}
