// Package saml verifies responses of SAML 2.0 identity providers.
//
// It owns what stands between the bytes of a Response and the assertion in it: the
// XML signature, who issued it, for whom, and when. It fetches nothing and
// keeps nothing: the provider's metadata is an argument. What an attribute is worth,
// sessions decide.
package saml

import (
	"errors"
	"time"
)

// What is wrong with a response. Errors of this package are one of these, with the
// reason in words that may be shown.
var (
	ErrInvalid  = errors.New("the SAML response is not valid")
	ErrExpired  = errors.New("the SAML response has expired")
	ErrMetadata = errors.New("the SAML metadata is not valid")
)

// Assertion is what a verified response says of its subject.
type Assertion struct {
	ID           string
	Issuer       string // entity ID of the identity provider
	Audience     string // the audience that admitted it
	Recipient    string
	NameID       string
	NameIDFormat string // URN; empty when the provider named none
	Attributes   map[string][]string
	Expires      time.Time // of the subject's confirmation and of the conditions, the earlier
	SessionEnds  time.Time // SessionNotOnOrAfter; zero when the provider named none
}

// Expect is for whom a response has to be.
type Expect struct {
	Audiences  []string // one of them has to be named
	Recipients []string // likewise
}

// Verify checks a decoded SAML Response (XML) against the provider's metadata
// and returns its one assertion. Errors are ErrInvalid, ErrExpired or ErrMetadata.
func Verify(response, metadata []byte, want Expect, now time.Time) (*Assertion, error) {
	return nil, ErrInvalid
}

// CheckMetadata reports metadata of an identity provider that Verify could not
// use: ErrMetadata with the reason.
func CheckMetadata(metadata []byte) error { return ErrMetadata }
