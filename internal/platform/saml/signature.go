package saml

import (
	"slices"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
	"github.com/russellhaering/goxmldsig/etreeutils"
)

// What a signature may be made with. SHA-1 is not among it.
const (
	canonical = "http://www.w3.org/2001/10/xml-exc-c14n#"
	enveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
)

// verify returns the assertion out of the bytes that the provider signed: the
// whole response, the assertion, or both. Every signature in the document has to
// be right.
func (p *provider) verify(root *etree.Element, now time.Time) (*etree.Element, error) {
	one := only(root, assertion, "Assertion")
	overResponse, overAssertion := children(root, signature, "Signature"), children(one, signature, "Signature")
	switch {
	case len(overResponse)+len(overAssertion) == 0:
		return nil, invalid("nobody signed it")
	case len(overResponse) > 1, len(overAssertion) > 1, count(root, signature, "Signature") != len(overResponse)+len(overAssertion):
		return nil, invalid("it has a signature where none belongs")
	}
	if len(overResponse) == 1 {
		signed, err := p.signed(root, overResponse[0], now)
		if err != nil {
			return nil, err
		}
		if one = only(signed, assertion, "Assertion"); one == nil || count(signed, assertion, "Assertion") != 1 {
			return nil, invalid("what was signed has not one assertion")
		}
	}
	if len(overAssertion) == 0 {
		return one, nil
	}
	over := only(one, signature, "Signature")
	if over == nil {
		return nil, invalid("what was signed is not what it says")
	}
	signed, err := p.signed(one, over, now)
	if err != nil {
		return nil, err
	}
	if !is(signed, assertion, "Assertion") {
		return nil, invalid("what was signed is not an assertion")
	}
	return signed, nil
}

// signed verifies the signature of an element and returns what it is over, read
// again from the bytes that were hashed.
func (p *provider) signed(e, over *etree.Element, now time.Time) (*etree.Element, error) {
	if err := checkSignature(over, attr(e, "ID")); err != nil {
		return nil, err
	}
	context, err := etreeutils.NSBuildParentContext(e)
	if err != nil {
		return nil, invalid("its namespaces cannot be read")
	}
	alone, err := etreeutils.NSDetatch(context, e) // with the namespaces that it had from above
	if err != nil {
		return nil, invalid("its namespaces cannot be read")
	}
	v := dsig.NewDefaultValidationContext(&dsig.MemoryX509CertificateStore{Roots: p.certificates})
	v.Clock = dsig.NewFakeClockAt(now)
	verified, err := v.Validate(alone)
	if err != nil || verified == nil {
		return nil, invalid("its signature is not that of the provider, or not of what stands here")
	}
	if attr(verified, "ID") != attr(e, "ID") {
		return nil, invalid("its signature is over something else")
	}
	return verified, nil
}

// checkSignature refuses whatever a signature of SAML does not need (core section
// 5.4): other elements than the one it stands in, other transforms than two,
// objects of its own.
func checkSignature(s *etree.Element, id string) error {
	info := only(s, signature, "SignedInfo")
	reference := only(info, signature, "Reference")
	transforms := children(only(reference, signature, "Transforms"), signature, "Transform")
	method := func(e *etree.Element, tag string) string {
		if m := only(e, signature, tag); m != nil {
			return attr(m, "Algorithm")
		}
		return ""
	}
	switch {
	case id == "" || info == nil || len(info.ChildElements()) != 3 || reference == nil || attr(reference, "URI") != "#"+id:
		return invalid("its signature is not over the element that it stands in, and that alone")
	case count(s, signature, "Object") > 0 || count(s, signature, "SignedInfo") != 1:
		return invalid("its signature has contents of its own")
	case method(info, "CanonicalizationMethod") != canonical:
		return invalid("its signature is not over exclusive canonical XML")
	case !slices.Contains(signing(), method(info, "SignatureMethod")):
		return invalid("its signature is not by RSA with SHA-256, SHA-384 or SHA-512")
	case !slices.Contains(digests(), method(reference, "DigestMethod")):
		return invalid("its digest is not by SHA-256, SHA-384 or SHA-512")
	case len(transforms) != 2 || attr(transforms[0], "Algorithm") != enveloped || attr(transforms[1], "Algorithm") != canonical:
		return invalid("its signature transforms more than a signature of SAML does")
	}
	return nil
}

func signing() []string {
	const more = "http://www.w3.org/2001/04/xmldsig-more#rsa-"
	return []string{more + "sha256", more + "sha384", more + "sha512"}
}

func digests() []string {
	const encryption = "http://www.w3.org/2001/04/xmlenc#"
	return []string{encryption + "sha256", encryption + "sha512", "http://www.w3.org/2001/04/xmldsig-more#sha384"}
}
