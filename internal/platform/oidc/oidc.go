// Package oidc verifies the JSON Web Tokens of OpenID Connect issuers, and signs
// the few that this server issues itself.
//
// It owns discovery, key sets and their cache, and every check between the bytes
// of a token and the claims that it makes: the signature, who issued it, for whom,
// and when. It keeps no state beyond its cache, follows nobody's redirect to an
// address that platform/outbound does not open, and does not decide what a claim
// is worth: sessions and the identity centre do.
//
// Rules: RFC 7515, 7517, 7518, 7519 and 8725; OpenID Connect Core 1.0 section
// 3.1.3.7; OpenID Connect Discovery 1.0 sections 3 and 4.
package oidc

import (
	"context"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/platform/outbound"
)

// What is wrong with a token. Errors of this package are one of these, with the
// reason in words that may be shown: they hold nothing of the token.
var (
	ErrInvalid = errors.New("the token is not valid")                    // malformed, forged, or not for this audience
	ErrExpired = errors.New("the token has expired")                     // everything else about it was right
	ErrIssuer  = errors.New("the token's issuer cannot be asked for its keys") // unreachable, or its documents are no good
)

// Verifier verifies tokens of any issuer. It is safe for concurrent use.
type Verifier struct {
	Out *outbound.Client
	Now func() time.Time
}

// Claims are what a verified token says, as encoding/json reads it.
type Claims map[string]any

// String is a claim that is a string, and empty for any other.
func (c Claims) String(name string) string {
	s, _ := c[name].(string)
	return s
}

// Strings is a claim that is a string or a list of strings; members of other
// kinds are left out.
func (c Claims) Strings(name string) []string {
	switch v := c[name].(type) {
	case string:
		return []string{v}
	case []any:
		var all []string
		for _, one := range v {
			if s, ok := one.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}

// Verify checks a token against its issuer's discovery document and keys, and
// returns its claims: the signature, iss, aud (one of audiences, or azp where it
// is given), exp, nbf and iat. Errors are ErrInvalid, ErrExpired or ErrIssuer.
func (v *Verifier) Verify(ctx context.Context, token, issuer string, audiences []string) (Claims, error) {
	return nil, ErrIssuer
}

// Issuer is the iss of a token that nobody has verified yet, to find the
// provider to verify it against. Errors are ErrInvalid.
func Issuer(token string) (string, error) { return "", ErrInvalid }
