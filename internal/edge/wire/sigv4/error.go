package sigv4

import (
	"fmt"
	"net/http"
)

// The codes of an Error: names that AWS SDKs know (IAM's "Common errors" and
// the STS reference).
const (
	// IncompleteSignature: the signature's parts are missing, malformed, or
	// leave something unsigned that must be signed.
	IncompleteSignature = "IncompleteSignature"
	// MissingAuthenticationToken: the request is not signed at all.
	MissingAuthenticationToken = "MissingAuthenticationToken"
	// InvalidClientTokenID: no such access key, or a session token that is not its own.
	InvalidClientTokenID = "InvalidClientTokenId"
	// ExpiredToken: the session behind a temporary key has ended.
	ExpiredToken = "ExpiredTokenException"
	// RequestExpired: signed too long ago, or too far in the future.
	RequestExpired = "RequestExpired"
	// SignatureDoesNotMatch: another secret, another scope, or an altered request.
	SignatureDoesNotMatch = "SignatureDoesNotMatch"
)

// Error is a refusal. Message says what to fix; it never holds a secret, a
// session token or the signature that was expected.
type Error struct {
	Code    string
	Status  int // always 403
	Message string
}

// Error joins code and message.
func (e *Error) Error() string { return e.Code + ": " + e.Message }

func refuse(code, format string, args ...any) error {
	return &Error{Code: code, Status: http.StatusForbidden, Message: fmt.Sprintf(format, args...)}
}

// mismatch names what the server saw, since a proxy that changes one of these
// is the usual cause when the secret is right.
func mismatch(r *http.Request) error {
	path, _ := target(r)
	return refuse(SignatureDoesNotMatch,
		"The request signature we calculated does not match the signature you provided. "+
			"Check your AWS Secret Access Key and signing method. "+
			"The request arrived as %s with path %q and host %q; a proxy that changes one of these breaks the signature.",
		clip(r.Method), clip(path), clip(r.Host))
}

// clip bounds what a message echoes of a request.
func clip(s string) string {
	const most = 128
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}
