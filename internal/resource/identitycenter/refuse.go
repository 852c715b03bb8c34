package identitycenter

import (
	"fmt"

	"github.com/parleyhq/parley/internal/core/fault"
)

// The errors of sso-oauth, beside those whose names all services share. Their
// error member follows from the name (RFC 6749, section 5.2).
const (
	codeInvalidRequest   fault.Code = "InvalidRequestException"
	codeInvalidClient    fault.Code = "InvalidClientException"
	codeInvalidGrant     fault.Code = "InvalidGrantException"
	codeUnauthorized     fault.Code = "UnauthorizedClientException"
	codeUnsupportedGrant fault.Code = "UnsupportedGrantTypeException"
	codeInvalidScope     fault.Code = "InvalidScopeException"
	codeExpired          fault.Code = "ExpiredTokenException"
)

func refuse(code fault.Code, format string, args ...any) error {
	return &fault.Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

func noApplication(arn string) error {
	return refuse(fault.ResourceNotFound, "There is no application %s in this account's instance of IAM Identity Center.", arn)
}

func noIssuer(arn string) error {
	return refuse(fault.ResourceNotFound, "There is no trusted token issuer %s in this account's instance of IAM Identity Center.", arn)
}

func conflict(format string, args ...any) error { return refuse(fault.Conflict, format, args...) }
