package saml_test

import (
	"errors"
	"testing"

	"github.com/parleyhq/parley/internal/platform/saml"
)

// Of all texts only those whose signed part says alice are believed.
func FuzzVerify(f *testing.F) {
	p := newProvider(f)
	metadata := p.Metadata()
	f.Add(p.Response(alice, attributes()))
	f.Add(p.Write(p.SignResponse(p.SignAssertion(p.Draft(alice, attributes())))))
	for _, more := range [][]attack{wrappings(), documents()} {
		for _, a := range more {
			f.Add(a.response(p))
		}
	}
	f.Fuzz(func(t *testing.T, response []byte) {
		got, err := saml.Verify(response, metadata, expect(), noon)
		switch {
		case err == nil && got.NameID != alice:
			t.Errorf("believed: %+v", got)
		case err != nil && !errors.Is(err, saml.ErrInvalid):
			t.Error(err)
		}
		if err := saml.CheckMetadata(response, noon); err != nil && !errors.Is(err, saml.ErrMetadata) {
			t.Error(err)
		}
	})
}
