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
	credential, signed := claimedCredential(r)
	if scope := strings.Split(credential, "/"); len(scope) == 5 {
		service = scope[3]
	}
	return service, signed
}

// ClaimedKey is the ID of the key that a request claims to be signed with, unverified;
// empty when there is none, or the claim cannot be read.
func ClaimedKey(r *http.Request) string {
	credential, _ := claimedCredential(r)
	key, _, _ := strings.Cut(credential, "/")
	return key
}

// claimedCredential is the key of a request's signature with its scope.
func claimedCredential(r *http.Request) (credential string, signed bool) {
	if auth := r.Header["Authorization"]; len(auth) > 0 {
		_, credential, _ := strings.Cut(clipTo(auth[0], maxAuthorization), "Credential=")
		credential, _, _ = strings.Cut(credential, ",")
		return strings.TrimSpace(credential), true
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
		return credential, true
	}
	return "", strings.Contains(query, "X-Amz-Signature=")
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
