package principal

import (
	"errors"
	"fmt"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/store"
)

// The errors of IAM, by the names of their shapes (API reference, "Common
// Errors" and those of each action).
const (
	codeNoSuchEntity = "NoSuchEntityException"
	codeExists       = "EntityAlreadyExistsException"
	codeConflict     = "DeleteConflictException"
	codeLimit        = "LimitExceededException"
	codeMalformed    = "MalformedPolicyDocumentException"
	codeInvalid      = "InvalidInputException"
)

func refusal(code fault.Code, format string, args []any) error {
	return &fault.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

func noSuchEntity(format string, args ...any) error { return refusal(codeNoSuchEntity, format, args) }

func exists(format string, args ...any) error { return refusal(codeExists, format, args) }

func deleteConflict(message string) error { return &fault.Error{Code: codeConflict, Message: message} }

func limitExceeded(format string, args ...any) error { return refusal(codeLimit, format, args) }

func malformed(format string, args ...any) error { return refusal(codeMalformed, format, args) }

func invalidInput(format string, args ...any) error { return refusal(codeInvalid, format, args) }

// invalid is IAM's ValidationError.
func invalid(format string, args ...any) error { return refusal(fault.Validation, format, args) }

// quotaExceeded says which quota of IAM a request would exceed.
func quotaExceeded(name string, most int) error {
	return limitExceeded("Cannot exceed quota for %s: %d", name, most)
}

// asInput makes NoSuchEntity InvalidInput, for operations that declare the latter
// alone.
func asInput(err error) error {
	if f := fault.As(err); f != nil && f.Code == codeNoSuchEntity {
		return invalidInput("%s", f.Message)
	}
	return err
}

// missing turns the absence of a row into the refusal that tells of it.
func missing(err, told error) error {
	if errors.Is(err, store.ErrNoRows) {
		return told
	}
	return err
}
