package people

import (
	"fmt"

	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/fault"
)

// What there is, as ResourceNotFoundException names it.
const (
	kindStore      = string(identitystore.ResourceTypeIdentityStore)
	kindUser       = string(identitystore.ResourceTypeUser)
	kindGroup      = string(identitystore.ResourceTypeGroup)
	kindMembership = string(identitystore.ResourceTypeGroupMembership)
)

// notUnique is the reason of a ConflictException (model).
const notUnique = string(identitystore.ConflictExceptionReasonUniquenessConstraintViolation)

func notFound(kind, id string) error {
	return fault.NotFound(kind, id, "%s not found.", kind)
}

func duplicate(format string, args ...any) error {
	return &fault.Error{Code: fault.Conflict, Reason: notUnique, Message: fmt.Sprintf(format, args...)}
}
