package principal

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/saml/samltest"
)

const idpARN = "arn:aws:iam::111122223333:oidc-provider/idp.example.com/tenants/a"

func TestOIDCProviders(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		at := w.clock.Now()
		thumb := strings.Repeat("0aF9", 10)
		made := must(t, w, iam.CreateOpenIDConnectProvider, &iam.CreateOpenIDConnectProviderInput{
			URL: "https://idp.example.com/tenants/a", ClientIDList: []string{"one", "two", "one"}, ThumbprintList: []string{thumb}, Tags: []iam.Tag{{Key: "k", Value: "v"}},
		})
		if diff := cmp.Diff(&iam.CreateOpenIDConnectProviderOutput{OpenIDConnectProviderARN: new(idpARN), Tags: []iam.Tag{{Key: "k", Value: "v"}}}, made); diff != "" {
			t.Error(diff)
		}
		want := &iam.GetOpenIDConnectProviderOutput{
			URL: new("idp.example.com/tenants/a"), ClientIDList: []string{"one", "two"}, ThumbprintList: []string{thumb}, CreateDate: &at, Tags: []iam.Tag{{Key: "k", Value: "v"}},
		}
		got := func() *iam.GetOpenIDConnectProviderOutput {
			return must(t, w, iam.GetOpenIDConnectProvider, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderARN: idpARN})
		}
		if diff := cmp.Diff(want, got()); diff != "" {
			t.Error(diff)
		}
		for range 2 { // a second time is no error
			must(t, w, iam.AddClientIDToOpenIDConnectProvider, &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderARN: idpARN, ClientID: "three"})
			must(t, w, iam.RemoveClientIDFromOpenIDConnectProvider, &iam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderARN: idpARN, ClientID: "one"})
		}
		must(t, w, iam.UpdateOpenIDConnectProviderThumbprint, &iam.UpdateOpenIDConnectProviderThumbprintInput{OpenIDConnectProviderARN: idpARN, ThumbprintList: []string{}})
		want.ClientIDList, want.ThumbprintList = []string{"two", "three"}, nil
		if diff := cmp.Diff(want, got(), cmpopts.EquateEmpty()); diff != "" {
			t.Error(diff)
		}
		must(t, w, iam.CreateOpenIDConnectProvider, &iam.CreateOpenIDConnectProviderInput{URL: "https://another.example.com"})
		if n := len(must(t, w, iam.ListOpenIDConnectProviders, &iam.ListOpenIDConnectProvidersInput{}).OpenIDConnectProviderList); n != 2 {
			t.Errorf("%d providers", n)
		}
		refused(t, w, iam.CreateOpenIDConnectProvider, &iam.CreateOpenIDConnectProviderInput{URL: "https://IDP.example.com/tenants/a"}, codeExists, "Provider with url https://IDP.example.com/tenants/a already exists.")
		must(t, w, iam.DeleteOpenIDConnectProvider, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderARN: idpARN})
		if list := must(t, w, iam.ListOpenIDConnectProviders, &iam.ListOpenIDConnectProvidersInput{}).OpenIDConnectProviderList; len(list) != 1 || *list[0].ARN != "arn:aws:iam::111122223333:oidc-provider/another.example.com" {
			t.Errorf("%+v", list)
		}
		refused(t, w, iam.DeleteOpenIDConnectProvider, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderARN: idpARN}, codeNoSuchEntity, "OpenIDConnect Provider not found for arn "+idpARN)
	})
}

func TestOIDCProvidersRefuse(t *testing.T) {
	w := oneWorld(t)
	const scheme = "Invalid Open ID Connect Provider URL: it begins with https:// (http:// only for an address of this machine)."
	const rest = "Invalid Open ID Connect Provider URL: it has a host and may have a path, and nothing else."
	for url, words := range map[string]string{
		"http://idp.example.com": scheme, "ftp://idp.example.com": scheme, "idp.example.com": scheme, "https:///a": scheme, "https://%zz": scheme, "http://10.0.0.1": scheme,
		"https://u:p@idp.example.com": rest, "https://idp.example.com?a=b": rest, "https://idp.example.com/#a": rest, "https://idp.example.com?": rest, "https://idp.example.com/ä": rest, "https://idp.example.com/#": rest,
	} {
		refused(t, w, iam.CreateOpenIDConnectProvider, &iam.CreateOpenIDConnectProviderInput{URL: url}, fault.Validation, words)
	}
	many := make([]string, maxClientIDs+1)
	for i := range many {
		many[i] = fmt.Sprint(i)
	}
	const tooMany = "Cannot exceed quota for ClientIdsPerOpenIdConnectProvider: 100"
	refused(t, w, iam.CreateOpenIDConnectProvider, &iam.CreateOpenIDConnectProviderInput{URL: "https://idp.example.com", ClientIDList: many}, codeLimit, tooMany)
	refused(t, w, iam.CreateOpenIDConnectProvider, &iam.CreateOpenIDConnectProviderInput{URL: "https://idp.example.com", ThumbprintList: make([]string, 6)}, codeInvalid, "Thumbprint list must contain fewer than 6 entries.")
	arn := *must(t, w, iam.CreateOpenIDConnectProvider, &iam.CreateOpenIDConnectProviderInput{URL: "https://idp.example.com", ClientIDList: many[:maxClientIDs]}).OpenIDConnectProviderARN
	refused(t, w, iam.AddClientIDToOpenIDConnectProvider, &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderARN: arn, ClientID: "more"}, codeLimit, tooMany)
	refused(t, w, iam.UpdateOpenIDConnectProviderThumbprint, &iam.UpdateOpenIDConnectProviderThumbprintInput{OpenIDConnectProviderARN: arn, ThumbprintList: []string{"xyz"}}, codeInvalid, `A thumbprint is 40 hexadecimal digits; got "xyz".`)

	foreign := strings.Replace(arn, us, other, 1)
	for bad, want := range map[string][2]string{
		idpARN:                                  {codeNoSuchEntity, "OpenIDConnect Provider not found for arn " + idpARN},
		foreign:                                 {codeNoSuchEntity, "OpenIDConnect Provider not found for arn " + foreign},
		strings.ToUpper(arn[len(arn)-3:]) + arn: {codeInvalid, "ARN COM" + arn + " is not valid."},
		"arn:aws:iam::111122223333:role/x":      {codeInvalid, "ARN arn:aws:iam::111122223333:role/x is not valid."},
	} {
		code, words := fault.Code(want[0]), want[1]
		refused(t, w, iam.GetOpenIDConnectProvider, &iam.GetOpenIDConnectProviderInput{OpenIDConnectProviderARN: bad}, code, words)
		refused(t, w, iam.DeleteOpenIDConnectProvider, &iam.DeleteOpenIDConnectProviderInput{OpenIDConnectProviderARN: bad}, code, words)
		refused(t, w, iam.AddClientIDToOpenIDConnectProvider, &iam.AddClientIDToOpenIDConnectProviderInput{OpenIDConnectProviderARN: bad, ClientID: "a"}, code, words)
		refused(t, w, iam.RemoveClientIDFromOpenIDConnectProvider, &iam.RemoveClientIDFromOpenIDConnectProviderInput{OpenIDConnectProviderARN: bad, ClientID: "a"}, code, words)
		refused(t, w, iam.UpdateOpenIDConnectProviderThumbprint, &iam.UpdateOpenIDConnectProviderThumbprintInput{OpenIDConnectProviderARN: bad}, code, words)
		refused(t, w, iam.TagOpenIDConnectProvider, &iam.TagOpenIDConnectProviderInput{OpenIDConnectProviderARN: bad}, code, words)
		refused(t, w, iam.UntagOpenIDConnectProvider, &iam.UntagOpenIDConnectProviderInput{OpenIDConnectProviderARN: bad}, code, words)
		refused(t, w, iam.ListOpenIDConnectProviderTags, &iam.ListOpenIDConnectProviderTagsInput{OpenIDConnectProviderARN: bad}, code, words)
	}
}

// TestIssuers: a token's issuer is the whole URL, scheme and all, in the account
// of the role.
func TestIssuers(t *testing.T) {
	worlds(t, func(t *testing.T, w *world) {
		for _, url := range []string{"https://idp.example.com/a", "http://127.0.0.1:8080/b", "http://localhost", "http://[::1]:99"} {
			must(t, w, iam.CreateOpenIDConnectProvider, &iam.CreateOpenIDConnectProviderInput{URL: url, ClientIDList: []string{"c"}})
			p, found, err := w.OIDCProviderFor(t.Context(), us, url)
			if err != nil || !found || p.Issuer() != url || p.Account != us || "://"+p.URL != url[strings.Index(url, ":"):] || len(p.ClientIDs) != 1 {
				t.Errorf("%s: %+v, %t, %v", url, p, found, err)
			}
			if same, found, err := w.OIDCProvider(t.Context(), p.ARN()); err != nil || !found || same.URL != p.URL {
				t.Errorf("%s: %+v, %t, %v", p.ARN(), same, found, err)
			}
		}
		for _, issuer := range []string{"http://idp.example.com/a", "https://127.0.0.1:8080/b", "https://idp.example.com/A", "https://idp.example.com/a/", "https://idp.example.com", "idp.example.com/a", "https://", ""} {
			if p, found, err := w.OIDCProviderFor(t.Context(), us, issuer); found || err != nil {
				t.Errorf("%s: found %s, %v", issuer, p.ARN(), err)
			}
		}
		if _, found, err := w.OIDCProviderFor(t.Context(), other, "https://idp.example.com/a"); found || err != nil {
			t.Errorf("found in another account: %v", err)
		}
	})
}

func TestSAMLProviders(t *testing.T) {
	first, second := samltest.New(t).Metadata(), samltest.New(t).Metadata()
	worlds(t, func(t *testing.T, w *world) {
		at := w.clock.Now()
		const arn = "arn:aws:iam::111122223333:saml-provider/Okta"
		made := must(t, w, iam.CreateSAMLProvider, &iam.CreateSAMLProviderInput{Name: "Okta", SAMLMetadataDocument: string(first), Tags: []iam.Tag{{Key: "k", Value: "v"}}})
		if diff := cmp.Diff(&iam.CreateSAMLProviderOutput{SAMLProviderARN: new(arn), Tags: []iam.Tag{{Key: "k", Value: "v"}}}, made); diff != "" {
			t.Error(diff)
		}
		until := at.AddDate(100, 0, 0)
		want := &iam.GetSAMLProviderOutput{SAMLMetadataDocument: new(string(first)), CreateDate: &at, ValidUntil: &until, Tags: []iam.Tag{{Key: "k", Value: "v"}}}
		got := must(t, w, iam.GetSAMLProvider, &iam.GetSAMLProviderInput{SAMLProviderARN: arn})
		if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(iam.GetSAMLProviderOutput{}, "SAMLProviderUUID")); diff != "" || len(*got.SAMLProviderUUID) < 22 {
			t.Errorf("%s, %s", *got.SAMLProviderUUID, diff)
		}
		if diff := cmp.Diff([]iam.SAMLProviderListEntry{{ARN: new(arn), ValidUntil: &until, CreateDate: &at}}, must(t, w, iam.ListSAMLProviders, &iam.ListSAMLProvidersInput{}).SAMLProviderList); diff != "" {
			t.Error(diff)
		}
		if p, found, err := w.SAMLProvider(t.Context(), arn); err != nil || !found || p.Metadata != string(first) || p.Account != us || p.Name != "Okta" {
			t.Errorf("%s, %t, %v", p.ARN(), found, err)
		}
		refused(t, w, iam.CreateSAMLProvider, &iam.CreateSAMLProviderInput{Name: "OKTA", SAMLMetadataDocument: string(first)}, codeExists, "SAML provider with name OKTA already exists.")
		must(t, w, iam.UpdateSAMLProvider, &iam.UpdateSAMLProviderInput{SAMLProviderARN: arn, SAMLMetadataDocument: new(string(second))})
		if out := must(t, w, iam.UpdateSAMLProvider, &iam.UpdateSAMLProviderInput{SAMLProviderARN: arn}); *out.SAMLProviderARN != arn {
			t.Errorf("%+v", out)
		}
		if p, _, err := w.SAMLProvider(t.Context(), arn); err != nil || p.Metadata != string(second) {
			t.Errorf("the metadata is not the new one: %v", err)
		}
		must(t, w, iam.DeleteSAMLProvider, &iam.DeleteSAMLProviderInput{SAMLProviderARN: arn})
		if _, found, err := w.SAMLProvider(t.Context(), arn); found || err != nil {
			t.Errorf("found %t, %v", found, err)
		}
		gone := "Manifest not found for arn " + arn
		refused(t, w, iam.DeleteSAMLProvider, &iam.DeleteSAMLProviderInput{SAMLProviderARN: arn}, codeNoSuchEntity, gone)
		refused(t, w, iam.GetSAMLProvider, &iam.GetSAMLProviderInput{SAMLProviderARN: arn}, codeNoSuchEntity, gone)
		refused(t, w, iam.UpdateSAMLProvider, &iam.UpdateSAMLProviderInput{SAMLProviderARN: arn, SAMLMetadataDocument: new(string(second))}, codeNoSuchEntity, gone)
	})
}

func TestSAMLProvidersRefuse(t *testing.T) {
	w := oneWorld(t)
	metadata := string(samltest.New(t).Metadata())
	const encrypted = "assertions that are encrypted are not taken here; let the provider sign, and not encrypt."
	for name, tt := range map[string]struct {
		in      iam.CreateSAMLProviderInput
		code    fault.Code
		message string
	}{
		"no XML":   {iam.CreateSAMLProviderInput{SAMLMetadataDocument: "<a/>"}, codeInvalid, "Could not parse metadata: its root is not an EntityDescriptor"},
		"long":     {iam.CreateSAMLProviderInput{SAMLMetadataDocument: strings.Repeat(" ", maxMetadata) + metadata}, codeLimit, fmt.Sprintf("The metadata document has %d bytes; at most 524288 are taken.", maxMetadata+len(metadata))},
		"required": {iam.CreateSAMLProviderInput{SAMLMetadataDocument: metadata, AssertionEncryptionMode: new(iam.AssertionEncryptionModeTypeRequired)}, codeInvalid, "AssertionEncryptionMode: " + encrypted},
		"key":      {iam.CreateSAMLProviderInput{SAMLMetadataDocument: metadata, AddPrivateKey: new("k")}, codeInvalid, "Private keys: " + encrypted},
		"tags":     {iam.CreateSAMLProviderInput{SAMLMetadataDocument: metadata, Tags: []iam.Tag{{Key: "aws:a"}}}, codeInvalid, `Tag keys that begin with aws: are reserved; got "aws:a".`},
	} {
		t.Run(name, func(t *testing.T) {
			tt.in.Name = "p"
			refused(t, w, iam.CreateSAMLProvider, &tt.in, tt.code, tt.message)
		})
	}
	arn := *must(t, w, iam.CreateSAMLProvider, &iam.CreateSAMLProviderInput{Name: "p", SAMLMetadataDocument: metadata}).SAMLProviderARN
	refused(t, w, iam.UpdateSAMLProvider, &iam.UpdateSAMLProviderInput{SAMLProviderARN: arn, SAMLMetadataDocument: new("<a/>")}, codeInvalid, "Could not parse metadata: its root is not an EntityDescriptor")
	refused(t, w, iam.UpdateSAMLProvider, &iam.UpdateSAMLProviderInput{SAMLProviderARN: arn, RemovePrivateKey: new("k")}, codeInvalid, "Private keys: "+encrypted)
	for _, bad := range []string{"arn:aws:iam::111122223333:role/x", "arn:aws:iam::111122223333:saml-provider/", "arn:aws:iam::111122223333:saml-provider/a/b"} {
		refused(t, w, iam.GetSAMLProvider, &iam.GetSAMLProviderInput{SAMLProviderARN: bad}, codeInvalid, "Invalid ARN: "+bad)
	}
	refusedFor(t, w, optest.Root(other), iam.GetSAMLProvider, &iam.GetSAMLProviderInput{SAMLProviderARN: arn}, codeNoSuchEntity, "Manifest not found for arn "+arn)
	upper := strings.Replace(arn, "/p", "/P", 1)
	refused(t, w, iam.GetSAMLProvider, &iam.GetSAMLProviderInput{SAMLProviderARN: upper}, codeNoSuchEntity, "Manifest not found for arn "+upper)
}
