package session

import (
	"fmt"

	"github.com/parleyhq/parley/internal/core/fault"
)

// What STS answers beside the faults that all services share.
const (
	packedPolicyTooLarge fault.Code = "PackedPolicyTooLargeException"
	malformedPolicy      fault.Code = "MalformedPolicyDocumentException"
	expiredToken         fault.Code = "ExpiredTokenException"
	invalidIdentityToken fault.Code = "InvalidIdentityTokenException"
	rejectedClaim        fault.Code = "IDPRejectedClaimException"
	providerUnreachable  fault.Code = "IDPCommunicationErrorException"
)

// noSuchEntity is how IAM says that something is not there.
const noSuchEntity fault.Code = "NoSuchEntityException"

func answer(code fault.Code, format string, args ...any) *fault.Error {
	return &fault.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}
