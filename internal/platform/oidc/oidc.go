// Package oidc verifies the JSON Web Tokens of OpenID Connect issuers, and signs
// the few that this server issues itself.
//
// It owns discovery, key sets and their cache, and every check between the bytes
// of a token and the claims that it makes: the signature, who issued it, for whom,
// and when. It keeps nothing but its cache, reaches out only through
// platform/outbound, and does not decide what a claim is worth: sessions and the
// identity centre do. The arithmetic of signatures is golang-jwt's and the
// standard library's.
//
// Rules: RFC 7515, 7517, 7518, 7519 and 8725; OpenID Connect Core 1.0 section
// 3.1.3.7; OpenID Connect Discovery 1.0 sections 3 and 4.
package oidc

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/parleyhq/parley/internal/platform/outbound"
)

// What is wrong with a token. Every error of this package is one of these, with
// the reason in words that may be shown: they hold no claim and no signature.
var (
	ErrInvalid = errors.New("the token is not valid")                          // malformed, forged, or not for this audience
	ErrExpired = errors.New("the token has expired")                           // everything else about it was right
	ErrIssuer  = errors.New("the token's issuer cannot be asked for its keys") // unreachable, or its documents are no good
)

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

func unusable(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrIssuer, fmt.Sprintf(format, args...))
}

// Verifier verifies tokens of any issuer. It is safe for concurrent use and not
// to be copied.
type Verifier struct {
	Out *outbound.Client
	Now func() time.Time

	asking singleflight.Group // one request for an issuer's keys at a time
	mu     sync.Mutex
	known  map[string]*keySet // by issuer, at most maxIssuers
}

// Verify checks a token against its issuer's discovery document and keys, and
// returns its claims. Errors are ErrInvalid, ErrExpired or ErrIssuer.
//
// The issuer is compared letter by letter, in the token and in the discovery
// document. The token has to be for one of the audiences: aud names one, azp is
// one where it is given, and where it is not, aud names no others.
func (v *Verifier) Verify(ctx context.Context, token, issuer string, audiences []string) (Claims, error) {
	t, err := parse(token)
	if err != nil {
		return nil, err
	}
	if t.claims.String("iss") != issuer || issuer == "" {
		return nil, invalid("another issuer made it")
	}
	if err := v.signed(ctx, issuer, t); err != nil {
		return nil, err
	}
	if err := t.claims.check(audiences, v.Now()); err != nil {
		return nil, err
	}
	return t.claims, nil
}

// Issuer is the iss of a token that nobody has verified yet, to find the
// provider to verify it against. Errors are ErrInvalid.
func Issuer(token string) (string, error) {
	t, err := parse(token)
	if err != nil {
		return "", err
	}
	iss := t.claims.String("iss")
	if iss == "" {
		return "", invalid("it has no claim iss")
	}
	return iss, nil
}
