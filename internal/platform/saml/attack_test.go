package saml_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/beevik/etree"

	"github.com/parleyhq/parley/internal/platform/saml"
	"github.com/parleyhq/parley/internal/platform/saml/samltest"
)

const evil = "evil@example.com"

// attack is a response that must not be believed.
type attack struct {
	name   string
	before func(root *etree.Element)                          // on the draft, before the assertion is signed
	after  func(p *samltest.Provider, root *etree.Element)    // on the signed response
	bytes  func(p *samltest.Provider, response []byte) []byte // on its text
	want   func(*saml.Expect)
	at     time.Duration // after noon
	is     error         // ErrInvalid when nil
	why    string
}

// element is what a path leads to; attacks that find nothing prove nothing.
func element(root *etree.Element, path string) *etree.Element {
	if e := root.FindElement(path); e != nil {
		return e
	}
	panic("no " + path)
}

func set(path, name, value string) func(*etree.Element) {
	return func(root *etree.Element) { element(root, path).CreateAttr(name, value) }
}

func unset(path, name string) func(*etree.Element) {
	return func(root *etree.Element) { element(root, path).RemoveAttr(name) }
}

func write(path, value string) func(*etree.Element) {
	return func(root *etree.Element) { element(root, path).SetText(value) }
}

func remove(path string) func(*etree.Element) {
	return func(root *etree.Element) {
		e := element(root, path)
		e.Parent().RemoveChild(e)
	}
}

func replace(old, with string) func(*samltest.Provider, []byte) []byte {
	return func(_ *samltest.Provider, response []byte) []byte {
		if !bytes.Contains(response, []byte(old)) {
			panic("no " + old)
		}
		return bytes.Replace(response, []byte(old), []byte(with), 1)
	}
}

func after(change func(*etree.Element)) func(*samltest.Provider, *etree.Element) {
	return func(_ *samltest.Provider, root *etree.Element) { change(root) }
}

// forged is a copy of the assertion that names another person, unsigned, under
// another ID.
func forged(one *etree.Element) *etree.Element {
	fake := one.Copy()
	fake.RemoveChild(fake.SelectElement("Signature"))
	fake.CreateAttr("ID", "_forged")
	fake.FindElement("//NameID").SetText(evil)
	return fake
}

const (
	notSigned  = "its signature is not that of the provider"
	notThat    = "not over the element that it stands in"
	misplaced  = "a signature where none belongs"
	notOne     = "not one assertion"
	signatures = "//Assertion/Signature"
)

// wrappings put a forgery where a reader looks, and what was signed elsewhere.
func wrappings() []attack {
	return []attack{
		{name: "a forgery before what was signed", why: notOne, after: func(_ *samltest.Provider, root *etree.Element) {
			one := element(root, "//Assertion")
			root.InsertChildAt(one.Index(), forged(one))
		}},
		{name: "a forgery after what was signed", why: notOne, after: func(_ *samltest.Provider, root *etree.Element) {
			root.AddChild(forged(element(root, "//Assertion")))
		}},
		{name: "what was signed within a forgery", why: notOne, after: func(_ *samltest.Provider, root *etree.Element) {
			one := element(root, "//Assertion")
			fake := forged(one)
			root.InsertChildAt(one.Index(), fake)
			fake.AddChild(one)
		}},
		{name: "what was signed within the signature of a forgery", why: notOne, after: func(_ *samltest.Provider, root *etree.Element) {
			one := element(root, "//Assertion")
			fake, over := forged(one), element(root, signatures).Copy()
			root.InsertChildAt(one.Index(), fake)
			root.RemoveChild(one)
			over.CreateElement("ds:Object").AddChild(one)
			fake.InsertChildAt(1, over)
		}},
		{name: "what was signed in an extension", why: notOne, after: func(_ *samltest.Provider, root *etree.Element) {
			one := element(root, "//Assertion")
			fake := forged(one)
			root.InsertChildAt(one.Index(), fake)
			root.CreateElement("samlp:Extensions").AddChild(one)
		}},
		{name: "what was signed under a name of another namespace", why: "not over the element", after: func(_ *samltest.Provider, root *etree.Element) {
			one := element(root, "//Assertion")
			fake, over := forged(one), element(root, signatures).Copy()
			root.InsertChildAt(one.Index(), fake)
			fake.InsertChildAt(1, over)
			one.Parent().RemoveChild(one)
		}},
		{name: "a forgery under the ID of what was signed", why: "two elements have one ID", after: func(_ *samltest.Provider, root *etree.Element) {
			one := element(root, "//Assertion")
			fake := forged(one)
			fake.CreateAttr("ID", one.SelectAttrValue("ID", ""))
			root.CreateElement("samlp:Extensions").AddChild(fake)
		}},
		{name: "an ID under another case", why: "two elements have one ID", after: func(_ *samltest.Provider, root *etree.Element) {
			element(root, "//Subject").CreateAttr("Id", element(root, "//Assertion").SelectAttrValue("ID", ""))
		}},
		{name: "an ID with a prefix", why: "an ID has a prefix", after: func(_ *samltest.Provider, root *etree.Element) {
			element(root, "//Subject").CreateAttr("xml:id", "_x")
		}},
		{name: "the signature of an assertion over the response", why: notThat, after: func(_ *samltest.Provider, root *etree.Element) {
			over := element(root, signatures)
			root.InsertChildAt(1, over)
		}},
		{name: "the signature in a deeper element", why: "nobody signed it", after: func(_ *samltest.Provider, root *etree.Element) {
			element(root, "//Subject").AddChild(element(root, signatures))
		}},
		{name: "two signatures", why: misplaced, after: func(_ *samltest.Provider, root *etree.Element) {
			over := element(root, signatures)
			over.Parent().AddChild(over.Copy())
		}},
		{name: "a signature within the signature", why: misplaced, after: func(_ *samltest.Provider, root *etree.Element) {
			over := element(root, signatures)
			over.AddChild(over.Copy())
		}},
		{name: "an object in the signature", why: "contents of its own", after: func(_ *samltest.Provider, root *etree.Element) {
			element(root, signatures).CreateElement("ds:Object").SetText("x")
		}},
		{name: "two lists of what was signed", why: notThat, after: func(_ *samltest.Provider, root *etree.Element) {
			info := element(root, signatures+"/SignedInfo")
			info.Parent().AddChild(info.Copy())
		}},
		{name: "two references", why: notThat, after: func(_ *samltest.Provider, root *etree.Element) {
			reference := element(root, signatures+"/SignedInfo/Reference")
			reference.Parent().AddChild(reference.Copy())
		}},
		{name: "a reference to everything", why: notThat, after: after(set(signatures+"//Reference", "URI", ""))},
		{name: "a reference to the response", why: notThat, after: func(_ *samltest.Provider, root *etree.Element) {
			element(root, signatures+"//Reference").CreateAttr("URI", "#"+root.SelectAttrValue("ID", ""))
		}},
		{name: "a reference to another document", why: notThat, after: after(set(signatures+"//Reference", "URI", "http://169.254.169.254/"))},
		{name: "an assertion without an ID", why: notThat, after: after(unset("//Assertion", "ID"))},
		{name: "two assertions, both signed", why: notOne, after: func(p *samltest.Provider, root *etree.Element) {
			root.AddChild(element(p.SignAssertion(p.Draft(evil, nil)), "//Assertion"))
		}},
		{name: "no assertion", why: notOne, after: after(remove("//Assertion"))},
		{name: "an encrypted assertion", why: "encrypted", after: func(_ *samltest.Provider, root *etree.Element) {
			root.RemoveChild(element(root, "//Assertion"))
			root.CreateElement("saml:EncryptedAssertion")
		}},
		{name: "an encrypted name", why: "encrypted", before: func(root *etree.Element) {
			remove("//NameID")(root)
			element(root, "//Subject").CreateElement("saml:EncryptedID")
		}},
	}
}

// forgeries change what was signed, or sign with what nobody trusts.
func forgeries() []attack {
	algorithm := func(path, value string) func(*samltest.Provider, *etree.Element) {
		return after(set(signatures+path, "Algorithm", value))
	}
	return []attack{
		{name: "not signed", why: "nobody signed it", after: after(remove(signatures))},
		{name: "an unsigned assertion in a response whose signature is of nobody", why: notSigned, after: func(_ *samltest.Provider, root *etree.Element) {
			other := *samltest.New(&silent{})
			signed := other.SignResponse(root.Copy())
			root.InsertChildAt(1, signed.SelectElement("Signature"))
			remove(signatures)(root)
		}},
		{name: "another name", why: notSigned, after: after(write("//NameID", evil))},
		{name: "another attribute", why: notSigned, after: after(write("//AttributeValue", evil))},
		{name: "a further attribute", why: notSigned, after: func(_ *samltest.Provider, root *etree.Element) {
			e := element(root, "//AttributeStatement")
			e.AddChild(element(root, "//Attribute").Copy())
		}},
		{name: "another audience", why: notSigned, after: after(write("//Audience", "other"))},
		{name: "a longer life", why: notSigned, after: after(set("//Conditions", "NotOnOrAfter", "2999-01-01T00:00:00Z"))},
		{name: "another name in a signed response", why: notSigned, bytes: func(p *samltest.Provider, _ []byte) []byte {
			root := p.SignResponse(p.Draft(alice, nil))
			write("//NameID", evil)(root)
			return p.Write(root)
		}},
		{name: "a signed response around an assertion that nobody signed", why: notSigned, bytes: func(p *samltest.Provider, _ []byte) []byte {
			root := p.SignAssertion(p.Draft(alice, nil))
			write("//NameID", evil)(root)
			return p.Write(p.SignResponse(root))
		}},
		{name: "a key of nobody", why: notSigned, bytes: func(p *samltest.Provider, _ []byte) []byte {
			other := samltest.New(&silent{})
			other.Now = p.Now
			return other.Response(evil, nil)
		}},
		{name: "a key of nobody, without its certificate", why: notSigned, bytes: func(p *samltest.Provider, _ []byte) []byte {
			other := samltest.New(&silent{})
			other.Now = p.Now
			root := other.SignAssertion(other.Draft(evil, nil))
			remove(signatures + "/KeyInfo")(root)
			return other.Write(root)
		}},
		{name: "no signature value", why: notSigned, after: after(write(signatures+"/SignatureValue", ""))},
		{name: "no digest", why: notSigned, after: after(write(signatures+"//DigestValue", ""))},
		{name: "SHA-1", why: "not by RSA with SHA-256", after: algorithm("//SignatureMethod", "http://www.w3.org/2000/09/xmldsig#rsa-sha1")},
		{name: "HMAC under the public key", why: "not by RSA with SHA-256", after: algorithm("//SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")},
		{name: "a digest of SHA-1", why: "digest is not by SHA-256", after: algorithm("//DigestMethod", "http://www.w3.org/2000/09/xmldsig#sha1")},
		{name: "XSLT", why: "transforms more", after: algorithm("//Transform", "http://www.w3.org/TR/1999/REC-xslt-19991116")},
		{name: "XPath", why: "transforms more", after: func(_ *samltest.Provider, root *etree.Element) {
			element(root, signatures+"//Transforms").CreateElement("ds:Transform").CreateAttr("Algorithm", "http://www.w3.org/TR/1999/REC-xpath-19991116")
		}},
		{name: "canonical XML with comments", why: "exclusive canonical XML", after: algorithm("//CanonicalizationMethod", "http://www.w3.org/2001/10/xml-exc-c14n#WithComments")},
		{name: "no canonical XML", why: notThat, after: after(remove(signatures + "//CanonicalizationMethod"))},
	}
}

// silent is a testing.TB for providers of attacks that have none.
type silent struct{ testing.TB }

func (silent) Helper() {}

// documents are texts that readers may read differently, or not at all.
func documents() []attack {
	return []attack{
		{name: "nothing", why: "not XML", bytes: func(*samltest.Provider, []byte) []byte { return nil }},
		{name: "no XML", why: "not XML", bytes: func(*samltest.Provider, []byte) []byte { return []byte("{}") }},
		{name: "cut", why: "not XML", bytes: func(_ *samltest.Provider, r []byte) []byte { return r[:len(r)-1] }},
		{name: "two roots", why: "not XML", bytes: func(_ *samltest.Provider, r []byte) []byte { return append(r, r...) }},
		{name: "large", why: "larger than 100000", bytes: func(_ *samltest.Provider, r []byte) []byte {
			return append(r, bytes.Repeat([]byte(" "), 100_000)...)
		}},
		{name: "deep", why: "nested too deeply", bytes: func(*samltest.Provider, []byte) []byte {
			return []byte(strings.Repeat("<a>", 5000) + strings.Repeat("</a>", 5000))
		}},
		{name: "an entity of a file", why: "not XML|document type", bytes: func(_ *samltest.Provider, r []byte) []byte {
			r = bytes.Replace(r, []byte(alice), []byte("&x;"), 1)
			return append([]byte(`<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>`), r...)
		}},
		{name: "entities that grow", why: "not XML|document type", bytes: func(_ *samltest.Provider, r []byte) []byte {
			return append([]byte(`<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>`), r...)
		}},
		{name: "a document type", why: "document type", bytes: func(_ *samltest.Provider, r []byte) []byte { return append([]byte(`<!DOCTYPE Response>`), r...) }},
		{name: "a comment in the name", why: "has a comment", bytes: replace(alice, "alice@example.com<!-- -->.evil.example")},
		{name: "a comment that splits the name", why: "has a comment", bytes: replace(alice, "alice<!---->@example.com")},
		{name: "a comment in front", why: "has a comment", bytes: func(_ *samltest.Provider, r []byte) []byte { return append([]byte("<!-- x -->"), r...) }},
		{name: "a processing instruction in the name", why: "processing instruction", bytes: replace(alice, "alice@example.com<?x y?>.evil.example")},
		{name: "a style sheet", why: "processing instruction", bytes: func(_ *samltest.Provider, r []byte) []byte {
			return append([]byte(`<?xml-stylesheet href="x"?>`), r...)
		}},
		{name: "an attribute twice", why: "one attribute twice", bytes: replace(`Version="2.0"`, `Version="2.0" Version="2.0"`)},
		{name: "a name with two prefixes", why: "not XML|two prefixes", bytes: replace("<saml:Issuer>", "<saml:a:Issuer>")},
		{name: "another root", why: "no Response", bytes: func(p *samltest.Provider, r []byte) []byte {
			return p.Metadata()
		}},
		{name: "a request", why: "no Response", bytes: func(_ *samltest.Provider, r []byte) []byte {
			return bytes.ReplaceAll(r, []byte("samlp:Response"), []byte("samlp:AuthnRequest"))
		}},
		{name: "SAML 1.1", why: "no Response", bytes: func(_ *samltest.Provider, r []byte) []byte {
			return bytes.ReplaceAll(r, []byte("urn:oasis:names:tc:SAML:2.0:protocol"), []byte("urn:oasis:names:tc:SAML:1.0:protocol"))
		}},
	}
}

// contents are rightly signed, and wrong.
func contents() []attack {
	noon := func(d time.Duration) string { return noon.Add(d).Format(time.RFC3339) }
	const confirmation = "//SubjectConfirmationData"
	return []attack{
		{name: "version 1.1", why: "version is not 2.0", before: set("//Assertion", "Version", "1.1")},
		{name: "a response of version 1.1", why: "version is not 2.0", before: func(root *etree.Element) { root.CreateAttr("Version", "1.1") }},
		{name: "a sign-in that failed", why: "(Status)", before: set("//StatusCode", "Value", "urn:oasis:names:tc:SAML:2.0:status:Responder")},
		{name: "no status", why: "(Status)", before: remove("//Status")},
		{name: "a response of another provider", why: "(Issuer)", before: func(root *etree.Element) { root.SelectElement("Issuer").SetText("https://evil.example") }},
		{name: "an assertion of another provider", why: "another provider issued its assertion", before: write("//Assertion/Issuer", "https://evil.example")},
		{name: "an assertion of nobody", why: "another provider issued its assertion", before: remove("//Assertion/Issuer")},
		{name: "another destination", why: "(Destination)", before: func(root *etree.Element) { root.CreateAttr("Destination", "https://other.example/saml") }},
		{name: "another recipient", why: "(Recipient)", before: set(confirmation, "Recipient", "https://other.example/saml")},
		{name: "no recipient", why: "(Recipient)", before: unset(confirmation, "Recipient")},
		{name: "no recipients here", why: "(Destination)", want: func(e *saml.Expect) { e.Recipients = nil }},
		{name: "an empty recipient for an empty recipient", why: "(Recipient)", before: func(root *etree.Element) {
			root.RemoveAttr("Destination")
			set(confirmation, "Recipient", "")(root)
		}, want: func(e *saml.Expect) { e.Recipients = []string{""} }},
		{name: "another audience", why: "another audience", before: write("//Audience", "urn:other")},
		{name: "an audience that begins alike", why: "another audience", before: write("//Audience", samltest.Audience+".evil")},
		{name: "no audience", why: "another audience", before: remove("//Audience")},
		{name: "an empty audience for an empty audience", why: "another audience", before: write("//Audience", ""), want: func(e *saml.Expect) { e.Audiences = []string{""} }},
		{name: "no restriction", why: "for nobody", before: remove("//AudienceRestriction")},
		{name: "a second restriction that excludes us", why: "another audience", before: func(root *etree.Element) {
			second := element(root, "//AudienceRestriction").Copy()
			element(root, "//Conditions").AddChild(second)
			second.SelectElement("Audience").SetText("urn:other")
		}},
		{name: "no audiences here", why: "another audience", want: func(e *saml.Expect) { e.Audiences = nil }},
		{name: "no conditions", why: "no conditions", before: remove("//Conditions")},
		{name: "conditions twice", why: "several times", before: func(root *etree.Element) {
			element(root, "//Assertion").AddChild(element(root, "//Conditions").Copy())
		}},
		{name: "a condition of somebody", why: "not understood", before: func(root *etree.Element) { element(root, "//Conditions").CreateElement("saml:Condition") }},
		{name: "no name", why: "(NameID)", before: remove("//NameID")},
		{name: "an empty name", why: "(NameID)", before: write("//NameID", "  ")},
		{name: "two names", why: "(NameID)", before: func(root *etree.Element) { element(root, "//Subject").AddChild(element(root, "//NameID").Copy()) }},
		{name: "a name with an element in it", why: "(NameID)", before: func(root *etree.Element) { element(root, "//NameID").CreateElement("saml:b").SetText(evil) }},
		{name: "two subjects", why: "(NameID)", before: func(root *etree.Element) { element(root, "//Assertion").AddChild(element(root, "//Subject").Copy()) }},
		{name: "no confirmation", why: "nothing confirms", before: remove("//SubjectConfirmation")},
		{name: "a confirmation by key", why: "nothing confirms", before: set("//SubjectConfirmation", "Method", "urn:oasis:names:tc:SAML:2.0:cm:holder-of-key")},
		{name: "a confirmation without data", why: "nothing confirms", before: remove(confirmation)},
		{name: "a confirmation without an end", why: "has no end", before: unset(confirmation, "NotOnOrAfter")},
		{name: "a confirmation of the future", why: "not valid yet", before: set(confirmation, "NotBefore", noon(2*time.Minute))},
		{name: "a confirmation past its time", is: saml.ErrExpired, before: set(confirmation, "NotOnOrAfter", noon(-time.Minute))},
		{name: "conditions past their time", is: saml.ErrExpired, before: set("//Conditions", "NotOnOrAfter", noon(-time.Minute))},
		{name: "conditions of the future", why: "not valid yet", before: set("//Conditions", "NotBefore", noon(2*time.Minute))},
		{name: "an end that is no date", why: "not a date", before: set("//Conditions", "NotOnOrAfter", "never")},
		{name: "issued in the future", why: "of the future", before: set("//Assertion", "IssueInstant", noon(time.Hour))},
		{name: "issued never", why: "of no time", before: unset("//Assertion", "IssueInstant")},
		{name: "issued long ago, valid for long", is: saml.ErrExpired, before: func(root *etree.Element) {
			set("//Assertion", "IssueInstant", noon(-time.Hour))(root)
			set(confirmation, "NotOnOrAfter", noon(time.Hour))(root)
			set("//Conditions", "NotOnOrAfter", noon(time.Hour))(root)
		}},
		{name: "a session past its time", is: saml.ErrExpired, before: set("//AuthnStatement", "SessionNotOnOrAfter", noon(-time.Hour))},
		{name: "a session without a date", why: "(SessionNotOnOrAfter)", before: set("//AuthnStatement", "SessionNotOnOrAfter", "x")},
		{name: "no sign-in", why: "(AuthnStatement)", before: remove("//AuthnStatement")},
		{name: "kept", is: saml.ErrExpired, at: 6 * time.Minute},
		{name: "kept, and for another", why: "another audience", at: 6 * time.Minute, before: write("//Audience", "urn:other")},
	}
}

func (a attack) response(p *samltest.Provider) []byte {
	root := p.Draft(alice, attributes())
	if a.before != nil {
		a.before(root)
	}
	if root.SelectElement("Assertion") != nil {
		root = p.SignAssertion(root)
	}
	if a.after != nil {
		a.after(p, root)
	}
	response := p.Write(root)
	if a.bytes != nil {
		response = a.bytes(p, response)
	}
	return response
}

func TestAttacks(t *testing.T) {
	p := newProvider(t)
	metadata := p.Metadata()
	n := 0
	for _, more := range [][]attack{wrappings(), forgeries(), documents(), contents()} {
		for _, a := range more {
			n++
			t.Run(a.name, func(t *testing.T) {
				want, is := expect(), a.is
				if a.want != nil {
					a.want(&want)
				}
				if is == nil {
					is = saml.ErrInvalid
				}
				got, err := saml.Verify(a.response(p), metadata, want, noon.Add(a.at))
				if got != nil || !errors.Is(err, is) || !says(err, a.why) {
					t.Errorf("%v, %v; want %v … %s", got, err, is, a.why)
				}
			})
		}
	}
	t.Logf("%d attacks", n)
}

// says reports an error with one of several texts, and nothing of the response.
func says(err error, why string) bool {
	text := fmt.Sprint(err)
	for one := range strings.SplitSeq(why, "|") {
		if strings.Contains(text, one) {
			return !strings.Contains(text, alice) && !strings.Contains(text, evil)
		}
	}
	return false
}
