package oidc

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// maxKeys bounds the keys of a set: a signature may be tried against each.
const maxKeys = 100

// jwk is one JSON Web Key (RFC 7517 section 4, RFC 7518 section 6, RFC 8037).
type jwk struct {
	Kty string   `json:"kty"`
	Kid string   `json:"kid,omitempty"`
	Use string   `json:"use,omitempty"`
	Alg string   `json:"alg,omitempty"`
	Ops []string `json:"key_ops,omitempty"`
	Crv string   `json:"crv,omitempty"`
	X   string   `json:"x,omitempty"`
	Y   string   `json:"y,omitempty"`
	N   string   `json:"n,omitempty"`
	E   string   `json:"e,omitempty"`
	D   string   `json:"d,omitempty"` // present in keys that are private, or were
}

// key is one public key and the signatures it may verify.
type key struct {
	id     string
	alg    string // empty for any that family allows
	family string // RSA, P-256, P-384 or Ed25519
	public crypto.PublicKey
}

// family names the keys that an algorithm needs.
func family(alg string) string {
	switch alg {
	case "ES256":
		return "P-256"
	case "ES384":
		return "P-384"
	case "EdDSA":
		return "Ed25519"
	}
	return "RSA"
}

// fits reports whether the key may have made a signature of the algorithm.
func (k key) fits(alg string) bool { return k.family == family(alg) && (k.alg == "" || k.alg == alg) }

// choose picks the keys that may have signed the token. A token that names no key
// has one only where the issuer has just one that fits (OpenID Connect Core 1.0,
// section 10.1).
func choose(keys []key, t *unverified) (fit []key) {
	for _, k := range keys {
		if k.fits(t.alg) && (t.kid == "" || t.kid == k.id) {
			fit = append(fit, k)
		}
	}
	if t.kid == "" && len(fit) > 1 {
		return nil
	}
	return fit
}

// parseKeys reads a key set. Keys of other kinds and for other uses are left out,
// as RFC 7517 section 5 says, and so are weak ones.
func parseKeys(document []byte) ([]key, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(document, &set); err != nil {
		return nil, errors.New("its key set is not JSON of a key set")
	}
	if len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("its key set has %d keys, more than %d", len(set.Keys), maxKeys)
	}
	var keys []key
	for _, raw := range set.Keys {
		var j jwk
		if json.Unmarshal(raw, &j) != nil || !j.verifies() {
			continue
		}
		if family, public := j.public(); public != nil {
			keys = append(keys, key{id: j.Kid, alg: j.Alg, family: family, public: public})
		}
	}
	if len(keys) == 0 {
		return nil, errors.New("its key set has no key that verifies signatures")
	}
	return keys, nil
}

// verifies reports a key whose purpose is to verify signatures, and whose private
// half nobody has published.
func (j *jwk) verifies() bool {
	return j.D == "" && (j.Use == "" || j.Use == "sig") && (j.Ops == nil || slices.Contains(j.Ops, "verify"))
}

// public is the key itself with its family, nil for one that is not understood.
func (j *jwk) public() (string, crypto.PublicKey) {
	switch {
	case j.Kty == "RSA":
		if k := j.rsa(); k != nil {
			return "RSA", k
		}
	case j.Kty == "EC" && j.Crv == "P-256":
		if k := j.ecdsa(elliptic.P256(), 32); k != nil {
			return j.Crv, k
		}
	case j.Kty == "EC" && j.Crv == "P-384":
		if k := j.ecdsa(elliptic.P384(), 48); k != nil {
			return j.Crv, k
		}
	case j.Kty == "OKP" && j.Crv == "Ed25519":
		if x := unbase64(j.X); len(x) == ed25519.PublicKeySize {
			return j.Crv, ed25519.PublicKey(x)
		}
	}
	return "", nil
}

// rsa is a key of 2048 bits (RFC 7518 section 3.3) to 8192, which bounds the time
// that a verification takes.
func (j *jwk) rsa() *rsa.PublicKey {
	n, e := new(big.Int).SetBytes(unbase64(j.N)), new(big.Int).SetBytes(unbase64(j.E))
	if bits := n.BitLen(); bits < 2048 || bits > 8192 {
		return nil
	}
	if e.BitLen() > 31 || e.Int64() < 3 || e.Bit(0) == 0 {
		return nil
	}
	return &rsa.PublicKey{N: n, E: int(e.Int64())}
}

// ecdsa is a key whose point is on the curve.
func (j *jwk) ecdsa(curve elliptic.Curve, size int) *ecdsa.PublicKey {
	x, y := unbase64(j.X), unbase64(j.Y)
	if len(x) != size || len(y) != size {
		return nil
	}
	k, err := ecdsa.ParseUncompressedPublicKey(curve, slices.Concat([]byte{4}, x, y))
	if err != nil {
		return nil
	}
	return k
}

// unbase64 is nil for what is not base64url. Some issuers pad it.
func unbase64(s string) []byte {
	b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(s, "="))
	if err != nil {
		return nil
	}
	return b
}
