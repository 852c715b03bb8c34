package oidc

import (
	_ "crypto/sha256" // the hashes of algorithms
	_ "crypto/sha512"
	"slices"
	"strings"

	"github.com/golang-jwt/jwt/v5"
)

// maxToken bounds the bytes of a token before anything reads it. STS has the same
// bound for a WebIdentityToken.
const maxToken = 20_000

// algorithms are those of signatures that only the issuer can make, and that no
// one advises against. The keyed hashes and "none" are not among them, whatever a
// token or a key set says.
var algorithms = []string{"RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"}

// types are the values of the header's typ that a token of identity may have.
// Others name tokens for another purpose (RFC 8725 section 3.11).
var types = []string{"", "jwt", "at+jwt"}

// unverified is a token that has been read and not yet believed.
type unverified struct {
	alg, kid  string
	signed    string // what the signature is over
	signature []byte
	method    jwt.SigningMethod
	claims    Claims
}

// parse reads a token in the compact form. Errors are ErrInvalid.
func parse(token string) (*unverified, error) {
	switch {
	case len(token) > maxToken:
		return nil, invalid("it is longer than %d characters", maxToken)
	case strings.Count(token, ".") == 4:
		return nil, invalid("it is encrypted: only signed tokens are read")
	case strings.Count(token, ".") != 2:
		return nil, invalid("it is not three parts with dots between")
	}
	claims := jwt.MapClaims{}
	t, parts, err := jwt.NewParser(jwt.WithStrictDecoding()).ParseUnverified(token, claims)
	if t == nil || t.Header == nil {
		return nil, invalid("its header cannot be read")
	}
	if err := checkHeader(t.Header); err != nil {
		return nil, err
	}
	if err != nil {
		return nil, invalid("its claims or its signature cannot be read")
	}
	u := &unverified{signed: parts[0] + "." + parts[1], signature: t.Signature, method: t.Method, claims: Claims(claims)}
	u.alg, u.kid = t.Method.Alg(), header(t.Header, "kid")
	return u, nil
}

func header(h map[string]any, name string) string {
	s, _ := h[name].(string)
	return s
}

// checkHeader refuses what a token's header may not say. Where keys are to be had
// (jku, x5u) and the keys themselves (jwk, x5c) are never read from a token: the
// issuer's own document names them.
func checkHeader(h map[string]any) error {
	if !slices.Contains(algorithms, header(h, "alg")) {
		return invalid("its algorithm is not one of %s", strings.Join(algorithms, ", "))
	}
	if _, ok := h["crit"]; ok {
		return invalid("its header asks for an extension (crit) that is not understood")
	}
	if _, ok := h["cty"]; ok {
		return invalid("another token is nested in it (cty)")
	}
	if kid, ok := h["kid"]; ok && header(h, "kid") == "" {
		return invalid("its key ID is not a name: %T", kid)
	}
	if typ, ok := h["typ"]; ok && header(h, "typ") == "" && typ != "" {
		return invalid("its type is not a name")
	}
	if typ := strings.TrimPrefix(strings.ToLower(header(h, "typ")), "application/"); !slices.Contains(types, typ) {
		return invalid("its type is not that of a token of identity")
	}
	return nil
}

// signedBy reports whether one of the keys made the signature.
func (u *unverified) signedBy(keys []key) bool {
	return slices.ContainsFunc(keys, func(k key) bool {
		return u.method.Verify(u.signed, u.signature, k.public) == nil
	})
}
