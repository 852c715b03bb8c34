// Package samltest is a small real SAML identity provider for tests: it writes
// metadata and signed responses. It has no pages and signs nobody in.
//
// Draft, SignAssertion and SignResponse are the steps of Response, for tests that
// want to do wrong between them.
package samltest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"slices"
	"testing"
	"time"

	"github.com/beevik/etree"
	dsig "github.com/russellhaering/goxmldsig"
)

// Where a response goes if a Provider is told nothing else: what AWS names.
const (
	Audience  = "urn:amazon:webservices"
	Recipient = "https://signin.aws.amazon.com/saml"
)

// Provider is one identity provider. Its fields may be changed between responses.
type Provider struct {
	EntityID  string
	Audience  string
	Recipient string
	Now       func() time.Time // the machine's clock in New
	Life      time.Duration    // of assertions; five minutes in New

	t    testing.TB
	key  *rsa.PrivateKey
	cert []byte
}

// New makes a provider with a key of its own.
func New(t testing.TB) *Provider {
	p := &Provider{EntityID: "https://idp.example/saml", Audience: Audience, Recipient: Recipient, Now: time.Now, Life: 5 * time.Minute, t: t}
	p.Rekey(2048)
	return p
}

// Rekey gives the provider a new key of so many bits, which older metadata does
// not know.
func (p *Provider) Rekey(bits int) {
	p.t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		p.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp.example"},
		NotBefore: p.Now().Add(-time.Hour), NotAfter: p.Now().Add(24 * time.Hour),
	}
	if p.cert, err = x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key); err != nil {
		p.t.Fatal(err)
	}
	p.key = key
}

// Metadata is the provider's metadata document.
func (p *Provider) Metadata() []byte {
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="%s">
  <md:IDPSSODescriptor WantAuthnRequestsSigned="false" protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">
    <md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:X509Data><ds:X509Certificate>%s</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>
    <md:NameIDFormat>urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress</md:NameIDFormat>
    <md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example/sso"/>
  </md:IDPSSODescriptor>
</md:EntityDescriptor>
`, p.EntityID, base64.StdEncoding.EncodeToString(p.cert))
}

// Response is a response for a person, its assertion signed.
func (p *Provider) Response(nameID string, attributes map[string][]string) []byte {
	p.t.Helper()
	return p.Write(p.SignAssertion(p.Draft(nameID, attributes)))
}

// Draft is a response that nobody has signed.
func (p *Provider) Draft(nameID string, attributes map[string][]string) *etree.Element {
	p.t.Helper()
	now := p.Now().UTC()
	instant, ends := now.Format(time.RFC3339), now.Add(p.Life).Format(time.RFC3339)
	doc := etree.NewDocument()
	err := doc.ReadFromString(fmt.Sprintf(`<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_r%[1]s" Version="2.0" IssueInstant="%[2]s" Destination="%[3]s"><saml:Issuer>%[4]s</saml:Issuer><samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status><saml:Assertion ID="_a%[1]s" Version="2.0" IssueInstant="%[2]s"><saml:Issuer>%[4]s</saml:Issuer><saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress"/><saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer"><saml:SubjectConfirmationData NotOnOrAfter="%[5]s" Recipient="%[3]s"/></saml:SubjectConfirmation></saml:Subject><saml:Conditions NotBefore="%[2]s" NotOnOrAfter="%[5]s"><saml:AudienceRestriction><saml:Audience>%[6]s</saml:Audience></saml:AudienceRestriction></saml:Conditions><saml:AuthnStatement AuthnInstant="%[2]s" SessionIndex="1"><saml:AuthnContext><saml:AuthnContextClassRef>urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport</saml:AuthnContextClassRef></saml:AuthnContext></saml:AuthnStatement><saml:AttributeStatement/></saml:Assertion></samlp:Response>`,
		rand.Text(), instant, p.Recipient, p.EntityID, ends, p.Audience))
	if err != nil {
		p.t.Fatal(err)
	}
	root := doc.Root()
	root.FindElement("//NameID").SetText(nameID)
	statement := root.FindElement("//AttributeStatement")
	for name, values := range attributes {
		attribute := statement.CreateElement("saml:Attribute")
		attribute.CreateAttr("Name", name)
		for _, value := range values {
			attribute.CreateElement("saml:AttributeValue").SetText(value)
		}
	}
	return root
}

// SignAssertion signs the first assertion of a response.
func (p *Provider) SignAssertion(response *etree.Element) *etree.Element {
	p.t.Helper()
	one := response.SelectElement("Assertion")
	alone := one.Copy() // a signature is over an assertion with the namespaces it uses
	alone.CreateAttr("xmlns:saml", "urn:oasis:names:tc:SAML:2.0:assertion")
	response.InsertChildAt(one.Index(), p.sign(alone))
	response.RemoveChild(one)
	return response
}

// SignResponse signs a whole response.
func (p *Provider) SignResponse(response *etree.Element) *etree.Element {
	p.t.Helper()
	return p.sign(response)
}

// sign puts the signature behind the Issuer, where the schema wants it.
func (p *Provider) sign(e *etree.Element) *etree.Element {
	p.t.Helper()
	ctx, err := dsig.NewSigningContext(p.key, [][]byte{p.cert})
	if err != nil {
		p.t.Fatal(err)
	}
	ctx.Canonicalizer = dsig.MakeC14N10ExclusiveCanonicalizerWithPrefixList("")
	signed := e.Copy()
	s, err := ctx.ConstructSignature(signed, true)
	if err != nil {
		p.t.Fatal(err)
	}
	behind := slices.IndexFunc(signed.Child, func(t etree.Token) bool {
		one, ok := t.(*etree.Element)
		return ok && one.Tag == "Issuer"
	})
	signed.InsertChildAt(behind+1, s)
	return signed
}

// Write is a response as bytes.
func (p *Provider) Write(response *etree.Element) []byte {
	p.t.Helper()
	doc := etree.NewDocument()
	doc.SetRoot(response.Copy())
	b, err := doc.WriteToBytes()
	if err != nil {
		p.t.Fatal(err)
	}
	return b
}
