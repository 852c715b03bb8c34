package oidc

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/golang-jwt/jwt/v5"
)

// Key signs tokens of our own with ES256.
type Key struct {
	ID      string // its thumbprint after RFC 7638
	Private *ecdsa.PrivateKey
}

// NewKey makes a key.
func NewKey() (Key, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Key{}, err
	}
	return keyOf(private)
}

// ParseKey reads what Key.Marshal wrote.
func ParseKey(pkcs8 []byte) (Key, error) {
	private, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return Key{}, errors.New("the key that signs tokens is not a PKCS #8 key")
	}
	k, ok := private.(*ecdsa.PrivateKey)
	if !ok || k.Curve != elliptic.P256() {
		return Key{}, errors.New("the key that signs tokens is not one of the curve P-256")
	}
	return keyOf(k)
}

func keyOf(private *ecdsa.PrivateKey) (Key, error) {
	j, err := publicJWK(&private.PublicKey)
	if err != nil {
		return Key{}, err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, `{"crv":"P-256","kty":"EC","x":"%s","y":"%s"}`, j.X, j.Y))
	return Key{ID: base64.RawURLEncoding.EncodeToString(sum[:]), Private: private}, nil
}

func publicJWK(k *ecdsa.PublicKey) (jwk, error) {
	point, err := k.Bytes() // 4, x, y
	if err != nil {
		return jwk{}, err
	}
	half := len(point) / 2
	b64 := base64.RawURLEncoding.EncodeToString
	return jwk{Kty: "EC", Crv: "P-256", X: b64(point[1 : 1+half]), Y: b64(point[1+half:])}, nil
}

// Marshal writes the private key as PKCS #8, to be sealed and kept.
func (k Key) Marshal() ([]byte, error) { return x509.MarshalPKCS8PrivateKey(k.Private) }

// Sign makes a signed token of the claims, as they are.
func Sign(k Key, claims Claims) (string, error) {
	t := jwt.NewWithClaims(jwt.SigningMethodES256, jwt.MapClaims(claims))
	t.Header["kid"] = k.ID
	return t.SignedString(k.Private)
}

// JWKS is the document of public keys that an issuer publishes.
func JWKS(keys ...Key) ([]byte, error) {
	set := struct {
		Keys []jwk `json:"keys"`
	}{Keys: []jwk{}}
	for _, k := range keys {
		j, err := publicJWK(&k.Private.PublicKey)
		if err != nil {
			return nil, err
		}
		j.Kid, j.Use, j.Alg = k.ID, "sig", "ES256"
		set.Keys = append(set.Keys, j)
	}
	return json.Marshal(set)
}
