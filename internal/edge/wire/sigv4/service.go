package sigv4

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// ClaimedService is the service that the signature of a request claims to be
// for, unverified; signed is false when the request does not mean to carry a
// signature. The service is "" when the claim cannot be read, which Verify will
// refuse.
//
// APIs of which several share one path are told apart by it.
func ClaimedService(r *http.Request) (service string, signed bool) {
	if auth := r.Header["Authorization"]; len(auth) > 0 {
		_, credential, _ := strings.Cut(clipTo(auth[0], maxAuthorization), "Credential=")
		credential, _, _ = strings.Cut(credential, ",")
		return scopeService(strings.TrimSpace(credential)), true
	}
	_, query := target(r)
	if len(query) > maxQuery {
		return "", false
	}
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		if name != "X-Amz-Credential" {
			continue
		}
		credential, err := url.QueryUnescape(value)
		if err != nil {
			return "", true
		}
		return scopeService(credential), true
	}
	return "", strings.Contains(query, "X-Amz-Signature=")
}

// scopeService is the fourth part of a credential.
func scopeService(credential string) string {
	scope := strings.Split(credential, "/")
	if len(scope) != 5 {
		return ""
	}
	return scope[3]
}

func clipTo(s string, most int) string { return s[:min(len(s), most)] }

// Lifetime is for how long a request was presigned, unverified; ok is false when it
// is not presigned, or cannot be read, which Verify will refuse.
func Lifetime(r *http.Request) (life time.Duration, ok bool) {
	_, query := target(r)
	if len(query) > maxQuery {
		return 0, false
	}
	params, err := presignParams(query)
	if err != nil || !params.present() {
		return 0, false
	}
	life, err = params.expires()
	return life, err == nil
}
