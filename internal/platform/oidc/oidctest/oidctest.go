// Package oidctest is a small real OpenID Connect issuer for tests: discovery, a
// key set, and tokens with any claims, over HTTP on the loopback interface.
//
// It does not sign anybody in. What it can be told to do wrong stands in Break.
package oidctest

import (
	"testing"

	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// Issuer is one issuer.
type Issuer struct {
	URL string // its iss; http://127.0.0.1:PORT
}

// New starts an issuer that stops with the test.
func New(t testing.TB) *Issuer { return &Issuer{} }

// Sign makes a token of the claims, signed with the current ES256 key. Claims iss, iat
// and exp (in an hour) are filled in where they are missing.
func (i *Issuer) Sign(claims oidc.Claims) string { return "" }

// Rotate replaces the key that signs; the old one is no longer published.
func (i *Issuer) Rotate() {}

// Out is a client that reaches the issuer.
func (i *Issuer) Out(t testing.TB) *outbound.Client { return nil }
