// Package fault is the one vocabulary of errors: what an operation may answer
// beside its output. A family returns a *Error; anything else that reaches the
// edge is an internal error, whose text is logged and never shown.
//
// How an error looks on the wire is decided in edge/wire, once.
package fault

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Code is the name of an exception of the API model, or of the errors that
// AWS services share.
type Code string

// The exceptions that the qbusiness model declares.
const (
	AccessDenied         Code = "AccessDeniedException"
	Conflict             Code = "ConflictException"
	ExternalResource     Code = "ExternalResourceException"
	Internal             Code = "InternalServerException"
	LicenseNotFound      Code = "LicenseNotFoundException"
	MediaTooLarge        Code = "MediaTooLargeException"
	ResourceNotFound     Code = "ResourceNotFoundException"
	ServiceQuotaExceeded Code = "ServiceQuotaExceededException"
	Throttling           Code = "ThrottlingException"
	Validation           Code = "ValidationException"
)

// NotImplemented is Parley's own: the operation is routed, authenticated and
// validated, and not built yet.
const NotImplemented Code = "NotImplemented"

// Reasons of a Validation error.
const (
	CannotParse           = "CANNOT_PARSE"
	FieldValidationFailed = "FIELD_VALIDATION_FAILED"
	UnknownOperation      = "UNKNOWN_OPERATION"
)

// Field names one member of the input that was refused, by its path, such as
// authConfiguration.basicAuthConfiguration.secretArn or actions[3].
type Field struct {
	Name    string `json:"name"`
	Message string `json:"message"`
}

// Error is an answer other than the output.
type Error struct {
	Code         Code
	Message      string
	Reason       string  // of Validation
	Fields       []Field // of Validation
	ResourceType string  // of Conflict, ResourceNotFound and ServiceQuotaExceeded
	ResourceID   string  // likewise
	Cause        error   // logged with the request, never shown
}

// Error returns the code and the message.
func (e *Error) Error() string { return string(e.Code) + ": " + e.Message }

// Unwrap returns the hidden cause.
func (e *Error) Unwrap() error { return e.Cause }

// As returns the Error in err's chain, or nil.
func As(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return nil
}

// Is reports whether err is a fault with that code.
func Is(err error, code Code) bool {
	e := As(err)
	return e != nil && e.Code == code
}

// NotFound says that there is no such resource.
func NotFound(resourceType, id, format string, args ...any) *Error {
	return &Error{Code: ResourceNotFound, ResourceType: resourceType, ResourceID: id, Message: fmt.Sprintf(format, args...)}
}

// Conflicts says that the resource's state does not allow the request.
func Conflicts(resourceType, id, format string, args ...any) *Error {
	return &Error{Code: Conflict, ResourceType: resourceType, ResourceID: id, Message: fmt.Sprintf(format, args...)}
}

// Quota says that the request would exceed a quota of the resource.
func Quota(resourceType, id, format string, args ...any) *Error {
	return &Error{Code: ServiceQuotaExceeded, ResourceType: resourceType, ResourceID: id, Message: fmt.Sprintf(format, args...)}
}

// Invalid says which members break a rule that the model cannot state.
func Invalid(fields ...Field) *Error {
	told := make([]string, len(fields))
	for i, f := range fields {
		told[i] = f.Name + ": " + f.Message
	}
	return &Error{Code: Validation, Reason: FieldValidationFailed, Fields: fields, Message: Summary(told, 0)}
}

// Summary is the message of a Validation error with these violations, and so
// many more that were only counted. It repeats what the fields say, because the
// AWS CLI shows nothing but the message.
func Summary(violations []string, more int) string {
	const shown = 5
	if extra := len(violations) - shown; extra > 0 {
		violations, more = violations[:shown], more+extra
	}
	summary := strings.Join(violations, "\n")
	if more > 0 {
		summary += fmt.Sprintf(" (and %d more)", more)
	}
	return summary
}

// InvalidField is Invalid for a single member.
func InvalidField(name, format string, args ...any) *Error {
	return Invalid(Field{Name: name, Message: fmt.Sprintf(format, args...)})
}

// Denied says that the caller may not do this.
func Denied(format string, args ...any) *Error {
	return &Error{Code: AccessDenied, Message: fmt.Sprintf(format, args...)}
}

// Sentence makes the text of a Go error one that users read, in an ErrorDetail: it
// begins with a capital, unless it begins with a name, and ends with a full stop.
func Sentence(text string) string {
	word, _, _ := strings.Cut(text, " ")
	word = strings.TrimRight(word, ",:;")
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool { return !unicode.IsLower(r) && r != '-' && r != '\'' }) {
		first, size := utf8.DecodeRuneInString(text)
		text = string(unicode.ToUpper(first)) + text[size:]
	}
	if text == "" || strings.ContainsAny(text[len(text)-1:], ".?!") {
		return text
	}
	return text + "."
}

// Hidden is an internal error: the caller learns nothing of the cause.
func Hidden(cause error) *Error {
	return &Error{Code: Internal, Message: "An internal error occurred. Try again; if it stays, look in the server's log for the request id.", Cause: cause}
}
