package oidc

import "crypto/ecdsa"

// Key signs tokens of our own with ES256.
type Key struct {
	ID      string // its thumbprint after RFC 7638
	Private *ecdsa.PrivateKey
}

// NewKey makes a key.
func NewKey() (Key, error) { return Key{}, ErrInvalid }

// ParseKey reads what Key.Marshal wrote.
func ParseKey(pkcs8 []byte) (Key, error) { return Key{}, ErrInvalid }

// Marshal writes the private key as PKCS #8, to be sealed and kept.
func (k Key) Marshal() ([]byte, error) { return nil, ErrInvalid }

// Sign makes a signed token of claims.
func Sign(k Key, claims Claims) (string, error) { return "", ErrInvalid }

// JWKS is the document of public keys that an issuer publishes.
func JWKS(keys ...Key) ([]byte, error) { return nil, ErrInvalid }
