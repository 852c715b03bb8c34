package secretstore

import (
	"fmt"

	"github.com/parleyhq/parley/internal/core/fault"
)

// The errors of Secrets Manager, beside those whose names all services share.
const (
	codeInvalidParameter fault.Code = "InvalidParameterException"
	codeInvalidRequest   fault.Code = "InvalidRequestException"
	codeInvalidNextToken fault.Code = "InvalidNextTokenException"
	codeExists           fault.Code = "ResourceExistsException"
	codeLimit            fault.Code = "LimitExceededException"
	codeDecryption       fault.Code = "DecryptionFailure"
)

func invalidParameter(format string, args ...any) error {
	return &fault.Error{Code: codeInvalidParameter, Message: fmt.Sprintf(format, args...)}
}

func invalidRequest(message string) error {
	return &fault.Error{Code: codeInvalidRequest, Message: message}
}

func invalidName() error {
	return &fault.Error{Code: fault.Validation,
		Message: "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!"}
}

func notFound() error {
	return &fault.Error{Code: fault.ResourceNotFound, Message: "Secrets Manager can't find the specified secret."}
}

// noVersion says that the secret has no version of that ID or staging label.
func noVersion(what, which string) error {
	return &fault.Error{Code: fault.ResourceNotFound,
		Message: fmt.Sprintf("Secrets Manager can't find the specified secret value for %s: %s", what, which)}
}

func markedForDeletion() error {
	return invalidRequest("You can't perform this operation on the secret because it was marked for deletion.")
}

func exists(format string, args ...any) error {
	return &fault.Error{Code: codeExists, Message: fmt.Sprintf(format, args...)}
}

func overLimit(format string, args ...any) error {
	return &fault.Error{Code: codeLimit, Message: fmt.Sprintf(format, args...)}
}

func badToken() error {
	return &fault.Error{Code: codeInvalidNextToken,
		Message: "The NextToken is not one that this list gave to this caller. Begin again without it."}
}

// undecryptable hides why what a version holds could not be opened.
func undecryptable(cause error) error {
	return &fault.Error{Code: codeDecryption, Cause: cause,
		Message: "Secrets Manager can't decrypt the protected secret text: it was not sealed under this server's master key."}
}
