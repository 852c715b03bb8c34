// Package sigv4 verifies AWS Signature Version 4 on incoming requests.
//
// It owns the two forms a signature comes in (the Authorization header and the
// presigned query), the canonical request, the chain of an event stream's
// signatures, the clock rule, and the cache of derived signing keys. It reads an
// *http.Request and the hash of its body, or the parts of an event, and nothing
// else: who a key belongs to is asked of Verifier.Lookup, which edge/access
// answers; what the caller may do is decided there too. Turning an Error into a
// response is the wire's work, and so is an event's envelope (wire/eventstream).
//
// Rules are those of "Create a signed AWS API request" in the IAM user guide
// and of the public SigV4 test suite.
package sigv4

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

const (
	// MaxSkew is how far a signer's clock may be from ours, either way.
	MaxSkew = 5 * time.Minute
	// MaxExpires is the longest life of a presigned request (seven days).
	MaxExpires = 7 * 24 * time.Hour
	// EventsPayload is the payload hash that an event-stream request signs in
	// place of a body hash; pass it to VerifyHash.
	EventsPayload = "STREAMING-AWS4-HMAC-SHA256-EVENTS"
)

// Lookup reports one of these for a key it will not vouch for. Any other error
// is passed through Verify unchanged.
var (
	ErrUnknownKey = errors.New("sigv4: no such access key")
	ErrToken      = errors.New("sigv4: not the session token of this access key")
	ErrExpired    = errors.New("sigv4: the access key's session has ended")
)

// Credential is what Lookup knows about an access key.
type Credential struct {
	Secret string // the secret access key
	Token  string // the session token that must come with it; empty for a long-term key
	Owner  any    // handed back in Result, never looked at
}

// Verifier checks signatures. Its exported fields are set before first use and
// not changed; it is then safe for concurrent use. It must not be copied.
type Verifier struct {
	Services []string // service names a credential scope may carry
	Regions  []string // regions a credential scope may carry
	Now      func() time.Time

	// Lookup finds the credential of an access key ID, or answers
	// ErrUnknownKey, ErrToken or ErrExpired. The session token is as it was sent,
	// empty for none: a credential that does not lie in a store lies in its token.
	Lookup func(ctx context.Context, accessKeyID, token string) (Credential, error)

	// S3 selects S3's canonical path: taken as sent, neither normalised nor
	// encoded a second time.
	S3 bool

	keys keyCache
}

// Result says who signed a request, and for what.
type Result struct {
	AccessKeyID string
	Region      string
	Service     string
	SignedAt    time.Time
	Presigned   bool
	Signature   string // as sent
	Owner       any    // Credential.Owner
	Chain       *Chain // of the events to come, when EventsPayload was signed
}

// Verify checks the signature of r over the given whole body. A refusal is an
// *Error; any other error comes from Lookup. The caller bounds the body.
func (v *Verifier) Verify(ctx context.Context, r *http.Request, body []byte) (Result, error) {
	sum := sha256.Sum256(body)
	return v.VerifyHash(ctx, r, hex.EncodeToString(sum[:]))
}

// VerifyHash is Verify for a payload hash that is already known: the lower-case
// hex SHA-256 of the body, or EventsPayload.
func (v *Verifier) VerifyHash(ctx context.Context, r *http.Request, payloadHash string) (Result, error) {
	c, err := parseClaim(r)
	if err != nil {
		return Result{}, err
	}
	if err := v.checkClaim(r, c, payloadHash); err != nil {
		return Result{}, err
	}
	cred, err := v.credential(ctx, c)
	if err != nil {
		return Result{}, err
	}
	if !v.matches(r, c, cred.Secret, payloadHash) {
		return Result{}, mismatch(r)
	}
	result := Result{
		AccessKeyID: c.accessKeyID, Region: c.region, Service: c.service,
		SignedAt: c.signedAt, Presigned: c.presigned, Signature: c.signature,
		Owner: cred.Owner,
	}
	if payloadHash == EventsPayload {
		result.Chain = v.chain(c, cred.Secret)
	}
	return result, nil
}

// Known checks what a request claims, without its body: that it was signed a moment ago,
// for a service and Region of v, with a key that Lookup knows. Whether whoever has the
// key signed it, Verify alone can tell. The errors are those of Verify.
func (v *Verifier) Known(ctx context.Context, r *http.Request) error {
	c, err := parseClaim(r)
	if err != nil {
		return err
	}
	if err := v.checkScope(c); err != nil {
		return err
	}
	if err := c.checkTime(v.Now()); err != nil {
		return err
	}
	_, err = v.credential(ctx, c)
	return err
}

// Lasts checks that the key with which a request was signed is one still: for what goes
// on for long after Verify. The errors are those of Verify.
func (v *Verifier) Lasts(ctx context.Context, r *http.Request) error {
	c, err := parseClaim(r)
	if err == nil {
		_, err = v.credential(ctx, c)
	}
	return err
}

// checkClaim refuses what can be refused without the secret.
func (v *Verifier) checkClaim(r *http.Request, c *claim, payloadHash string) error {
	if err := v.checkScope(c); err != nil {
		return err
	}
	if err := c.checkTime(v.Now()); err != nil {
		return err
	}
	if err := c.checkHeaders(r); err != nil {
		return err
	}
	return c.checkPayload(r, payloadHash)
}

func (v *Verifier) checkScope(c *claim) error {
	if !slices.Contains(v.Regions, c.region) {
		return refuse(SignatureDoesNotMatch,
			"Credential should be scoped to a valid region: expected %s, got %q.", oneOf(v.Regions), clip(c.region))
	}
	if !slices.Contains(v.Services, c.service) {
		return refuse(SignatureDoesNotMatch,
			"Credential should be scoped to correct service: expected %s, got %q.", oneOf(v.Services), clip(c.service))
	}
	return nil
}

// credential asks Lookup for the key and holds the session token against it.
func (v *Verifier) credential(ctx context.Context, c *claim) (Credential, error) {
	cred, err := v.Lookup(ctx, c.accessKeyID, c.token)
	switch {
	case errors.Is(err, ErrUnknownKey):
		return Credential{}, refuse(InvalidClientTokenID,
			"The security token included in the request is invalid: there is no access key %q here.", clip(c.accessKeyID))
	case errors.Is(err, ErrToken):
		return Credential{}, tokenMismatch(true, c.token != "")
	case errors.Is(err, ErrExpired):
		return Credential{}, refuse(ExpiredToken,
			"The security token included in the request is expired: get new temporary credentials.")
	case err != nil:
		return Credential{}, fmt.Errorf("look up access key: %w", err)
	}
	if subtle.ConstantTimeCompare([]byte(cred.Token), []byte(c.token)) == 1 {
		return cred, nil
	}
	return Credential{}, tokenMismatch(cred.Token != "", c.token != "")
}

// tokenMismatch words the three ways in which key and session token disagree.
func tokenMismatch(wanted, given bool) error {
	why := "the session token does not belong to this access key."
	switch {
	case !given:
		why = "this access key is temporary; send its session token as X-Amz-Security-Token."
	case !wanted:
		why = "this access key is not temporary; leave X-Amz-Security-Token out."
	}
	return refuse(InvalidClientTokenID, "The security token included in the request is invalid: %s", why)
}

// matches compares the claimed signature with each form the signer may have
// used. A match of any form binds the same request to the same secret.
func (v *Verifier) matches(r *http.Request, c *claim, secret, payloadHash string) bool {
	key := v.keys.get(scope{c.accessKeyID, c.date, c.region, c.service}, secret)
	for _, f := range v.forms(r, c) {
		want := c.sign(key, canonicalRequest(r, c, f, payloadHash))
		if subtle.ConstantTimeCompare([]byte(want), []byte(c.signature)) == 1 {
			return true
		}
	}
	return false
}

// forms lists the canonical forms the test suite allows, likeliest first. SDKs
// differ in two points: the Go SDK signs the path as it stands where others
// normalise it, and a presigner may add the session token after signing (which
// is harmless, as the token is compared with the key's own).
func (v *Verifier) forms(r *http.Request, c *claim) []form {
	if v.S3 {
		return []form{{path: pathS3}}
	}
	forms := []form{{path: pathNormalised}}
	if path, _ := target(r); normalise(path) != path {
		forms = append(forms, form{path: pathAsSent})
	}
	if c.presigned && c.token != "" {
		for _, f := range slices.Clone(forms) {
			f.omitToken = true
			forms = append(forms, f)
		}
	}
	return forms
}

// oneOf words a list of accepted names.
func oneOf(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(quoted, " or ")
}
