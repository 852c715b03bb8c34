package saml_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/platform/saml"
	"github.com/parleyhq/parley/internal/platform/saml/samltest"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

const alice = "alice@example.com"

func attributes() map[string][]string {
	return map[string][]string{
		"https://aws.amazon.com/SAML/Attributes/PrincipalTag:Email": {alice},
		"groups": {"a", "b"},
	}
}

func expect() saml.Expect {
	return saml.Expect{Audiences: []string{"other", samltest.Audience}, Recipients: []string{samltest.Recipient}}
}

func newProvider(t testing.TB) *samltest.Provider {
	p := samltest.New(t)
	p.Now = func() time.Time { return noon }
	p.Rekey(2048)
	return p
}

func TestVerify(t *testing.T) {
	p := newProvider(t)
	draft := p.Draft(alice, attributes())
	want := &saml.Assertion{
		ID: draft.SelectElement("Assertion").SelectAttrValue("ID", ""), Issuer: p.EntityID, Audience: samltest.Audience, Recipient: samltest.Recipient,
		NameID: alice, NameIDFormat: "urn:oasis:names:tc:SAML:1.1:nameid-format:emailAddress", Attributes: attributes(), Expires: noon.Add(5 * time.Minute),
	}
	for name, response := range map[string][]byte{
		"signed assertion": p.Write(p.SignAssertion(draft.Copy())),
		"signed response":  p.Write(p.SignResponse(draft.Copy())),
		"both signed":      p.Write(p.SignResponse(p.SignAssertion(draft.Copy()))),
	} {
		got, err := saml.Verify(response, p.Metadata(), expect(), noon)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}
