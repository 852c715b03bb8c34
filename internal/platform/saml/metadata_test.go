package saml_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/platform/saml"
)

func TestMetadata(t *testing.T) {
	p := newProvider(t)
	good := p.Metadata()
	p.Rekey(1024)
	weak := p.Metadata()
	edit := func(old, with string) []byte {
		if !bytes.Contains(good, []byte(old)) {
			t.Fatalf("no %s", old)
		}
		return bytes.Replace(good, []byte(old), []byte(with), 1)
	}
	for _, tc := range []struct {
		name     string
		metadata []byte
		why      string // empty: it is good
	}{
		{"good", good, ""},
		{"with a mark of the order of bytes", append([]byte("\ufeff"), good...), ""},
		{"with a comment", edit("<md:NameIDFormat>", "<!-- by hand --><md:NameIDFormat>"), ""},
		{"with a key for everything", edit(` use="signing"`, ""), ""},
		{"with a certificate on lines", edit("<ds:X509Certificate>MII", "<ds:X509Certificate>\n  MI\n  I"), ""},
		{"valid for a while", edit(" entityID", ` validUntil="2026-11-22T12:00:01Z" entityID`), ""},
		{"empty", nil, "not XML"},
		{"not XML", []byte("{}"), "not XML"},
		{"large", append(good, bytes.Repeat([]byte(" "), 1<<20)...), "larger than 1048576"},
		{"another root", []byte("<a/>"), "not an EntityDescriptor"},
		{"without a name", edit(`entityID="https://idp.example/saml"`, ""), "no entityID"},
		{"with a document type", edit("<md:EntityDescriptor", "<!DOCTYPE a><md:EntityDescriptor"), "document type"},
		{"of SAML 1.1", edit("urn:oasis:names:tc:SAML:2.0:protocol", "urn:oasis:names:tc:SAML:1.1:protocol"), "no identity provider"},
		{"of a service", []byte(strings.ReplaceAll(string(good), "IDPSSODescriptor", "SPSSODescriptor")), "no identity provider"},
		{"with a key for encryption", edit(`use="signing"`, `use="encryption"`), "certificate for signing"},
		{"with a certificate that is none", edit("<ds:X509Certificate>MII", "<ds:X509Certificate>AAA"), "certificate for signing"},
		{"with a weak key", weak, "2048 bits"},
		{"past its time", edit(" entityID", ` validUntil="2026-11-22T12:00:00Z" entityID`), "(validUntil)"},
		{"past no time", edit(" entityID", ` validUntil="soon" entityID`), "(validUntil)"},
		{"with a role past its time", edit("<md:IDPSSODescriptor", `<md:IDPSSODescriptor validUntil="2026-11-22T11:00:00Z"`), "(validUntil)"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := saml.CheckMetadata(tc.metadata, noon)
			if tc.why == "" && err != nil || tc.why != "" && (!errors.Is(err, saml.ErrMetadata) || !strings.Contains(err.Error(), tc.why)) {
				t.Errorf("%v, want %q", err, tc.why)
			}
			if _, again := saml.Verify(nil, tc.metadata, expect(), noon); (err != nil) != errors.Is(again, saml.ErrMetadata) {
				t.Errorf("Verify thinks otherwise: %v", again)
			}
		})
	}
}

// A provider that changes its key publishes both for a while.
func TestTwoKeys(t *testing.T) {
	p := newProvider(t)
	old, response := p.Metadata(), p.Response(alice, nil)
	p.Rekey(2048)
	renewed := p.Response(alice, nil)
	start := bytes.Index(old, []byte("<md:KeyDescriptor"))
	end := bytes.Index(old, []byte("<md:NameIDFormat"))
	both := bytes.Replace(p.Metadata(), []byte("<md:NameIDFormat"), append(bytes.Clone(old[start:end]), "<md:NameIDFormat"...), 1)
	for _, r := range [][]byte{response, renewed} {
		if _, err := saml.Verify(r, both, expect(), noon); err != nil {
			t.Error(err)
		}
	}
	if _, err := saml.Verify(renewed, old, expect(), noon); !errors.Is(err, saml.ErrInvalid) {
		t.Errorf("a key that the metadata does not know: %v", err)
	}
	if _, err := saml.Verify(response, both, expect(), noon.Add(-3*time.Hour)); !errors.Is(err, saml.ErrInvalid) {
		t.Errorf("a certificate before its time: %v", err)
	}
}
