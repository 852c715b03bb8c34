// Package saml verifies responses of SAML 2.0 identity providers.
//
// It owns what stands between the bytes of a Response and the assertion in it:
// the XML, the signature, who issued it, for whom, and when. It fetches nothing
// and keeps nothing: the provider's metadata is an argument. It neither asks for
// sign-ins nor decrypts, and what an attribute is worth, sessions decide.
//
// Canonical XML and the arithmetic of signatures are goxmldsig's. It hands back
// the bytes that were signed, read again, and nothing else of a response is
// believed. The rules around it are ours, and stricter than the standards where
// no identity provider minds: no DTD, comment or processing instruction, one
// assertion, one reference a signature, RSA with SHA-256 or better.
//
// Rules: SAML 2.0 core sections 2 and 5.4, profiles section 4.1.4.3, metadata
// section 2; XML Signature 1.1.
package saml

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/beevik/etree"
)

// What is wrong with a response. Every error of this package is one of these,
// with the reason in words that may be shown: they hold nothing of the response.
var (
	ErrInvalid  = errors.New("the SAML response is not valid")
	ErrExpired  = errors.New("the SAML response has expired") // everything else about it was right
	ErrMetadata = errors.New("the SAML metadata is not valid")
)

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalid, fmt.Sprintf(format, args...))
}

// Assertion is what a verified response says of its subject.
type Assertion struct {
	ID           string
	Issuer       string // entity ID of the identity provider
	Audience     string // the one of Expect.Audiences that admitted it
	Recipient    string // likewise
	NameID       string
	NameIDFormat string              // URN; empty when the provider named none
	Attributes   map[string][]string // by Name; values that are not text are left out
	Expires      time.Time           // of the confirmation and the conditions, the earlier
	SessionEnds  time.Time           // SessionNotOnOrAfter; zero when the provider named none
}

// Expect is for whom a response has to be. Nothing is for nobody.
type Expect struct {
	Audiences  []string // one of them is named in each restriction of the audience
	Recipients []string // one of them is where the response was sent to
}

// Verify checks a decoded SAML Response (XML) against the provider's metadata
// and returns its one assertion. Errors are ErrInvalid, ErrExpired or
// ErrMetadata.
func Verify(response, metadata []byte, want Expect, now time.Time) (*Assertion, error) {
	p, err := parseMetadata(metadata, now)
	if err != nil {
		return nil, err
	}
	root, err := aResponse.parse(response)
	if err != nil {
		return nil, invalid("%s", err)
	}
	if err := checkResponse(root, p.entityID, want); err != nil {
		return nil, err
	}
	signed, err := p.verify(root, now)
	if err != nil {
		return nil, err
	}
	return read(signed, p.entityID, want, now)
}

// CheckMetadata reports metadata of an identity provider that Verify could not
// use: ErrMetadata with the reason.
func CheckMetadata(metadata []byte, now time.Time) error {
	_, err := parseMetadata(metadata, now)
	return err
}

// checkResponse looks at the envelope, of which only what refuses is believed:
// it may not be signed.
func checkResponse(root *etree.Element, issuer string, want Expect) error {
	switch destination := attr(root, "Destination"); {
	case !is(root, protocol, "Response"):
		return invalid("its root is no Response of SAML 2.0")
	case attr(root, "Version") != "2.0":
		return invalid("its version is not 2.0")
	case destination != "" && !slices.Contains(want.Recipients, destination):
		return invalid("it was sent to another place (Destination)")
	}
	if from := children(root, assertion, "Issuer"); len(from) > 0 && text(from[0]) != issuer {
		return invalid("another provider issued it (Issuer)")
	}
	status := only(only(root, protocol, "Status"), protocol, "StatusCode")
	if status == nil || attr(status, "Value") != "urn:oasis:names:tc:SAML:2.0:status:Success" {
		return invalid("it tells that the sign-in failed (Status)")
	}
	if count(root, assertion, "EncryptedAssertion")+count(root, assertion, "EncryptedID") > 0 {
		return invalid("it is encrypted: let the provider sign, and not encrypt")
	}
	if n := count(root, assertion, "Assertion"); n != 1 || only(root, assertion, "Assertion") == nil {
		return invalid("it has not one assertion, directly in the response")
	}
	return nil
}
