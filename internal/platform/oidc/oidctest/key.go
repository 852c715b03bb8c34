package oidctest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"maps"
	"math/big"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/parleyhq/parley/internal/platform/oidc"
)

// Key signs tokens by one algorithm.
type Key struct {
	ID        string
	Algorithm string
	Private   crypto.Signer
}

// NewKey makes a key for RS256, RS384, RS512, PS256, ES256, ES384 or EdDSA.
func NewKey(t testing.TB, algorithm string) Key {
	k := Key{ID: rand.Text(), Algorithm: algorithm}
	var err error
	switch algorithm {
	case "RS256", "RS384", "RS512", "PS256":
		k.Private, err = rsa.GenerateKey(rand.Reader, 2048)
	case "ES256":
		k.Private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "ES384":
		k.Private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "EdDSA":
		_, k.Private, err = ed25519.GenerateKey(rand.Reader)
	default:
		t.Fatalf("no keys for the algorithm %q", algorithm)
	}
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Sign makes a token of claims as they are, with more members in its header.
func (k Key) Sign(t testing.TB, header, claims oidc.Claims) string {
	token := jwt.NewWithClaims(jwt.GetSigningMethod(k.Algorithm), jwt.MapClaims(claims))
	token.Header["kid"] = k.ID
	maps.Copy(token.Header, header)
	maps.DeleteFunc(token.Header, func(_ string, v any) bool { return v == nil })
	signed, err := token.SignedString(k.Private)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// JWK is the public key as an issuer publishes it.
func (k Key) JWK() oidc.Claims {
	j := oidc.Claims{"kid": k.ID, "alg": k.Algorithm, "use": "sig"}
	switch public := k.Private.Public().(type) {
	case *rsa.PublicKey:
		j["kty"], j["n"], j["e"] = "RSA", base64url(public.N.Bytes()), base64url(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		if point, err := public.Bytes(); err == nil { // 4, x, y
			half := len(point) / 2
			j["kty"], j["crv"], j["x"], j["y"] = "EC", public.Params().Name, base64url(point[1:1+half]), base64url(point[1+half:])
		}
	case ed25519.PublicKey:
		j["kty"], j["crv"], j["x"] = "OKP", "Ed25519", base64url(public)
	}
	return j
}

func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
