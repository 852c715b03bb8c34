package identitycenter

import (
	"slices"
	"testing"

	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/store"
)

func (w *world) accessor(t *testing.T, a AccessorApplication) string {
	t.Helper()
	a.Name, a.Region, a.Principal = "Vendor search", "us-east-1", w.vendor.Role
	var arn string
	err := w.DB.Update(t.Context(), func(tx *store.Tx) (err error) {
		arn, err = w.CreateDataAccessorApplication(tx, customer, a)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return arn
}

// TestAccessorWithATrustedIssuer: the eight steps' customer side, and step 5.
func TestAccessorWithATrustedIssuer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		issuer := *optest.Must(t, w.calls, w.admin, ssoadmin.CreateTrustedTokenIssuer, issuerOf("vendor", w.idp.URL, "email", "emails.value")).TrustedTokenIssuerARN
		arn := w.accessor(t, AccessorApplication{Type: TrustedTokenIssuer, TrustedTokenIssuer: issuer, ExternalIDs: []string{"tenant-7"}})
		for _, audience := range []string{arn, "tenant-7"} {
			assertion := w.idp.Sign(oidc.Claims{"aud": audience, "email": "ann@example.com"})
			w.open(t, arn, false)
			_, err := w.token(t, w.vendor, byAssertion(arn, assertion))
			optest.Refused(t, err, code(fault.AccessDenied)) // step 1 ends with --no-assignment-required
			w.open(t, arn, true)
			out, err := w.token(t, w.vendor, byAssertion(arn, assertion))
			if err != nil {
				t.Fatalf("for %s: %v", audience, err)
			}
			w.speaks(t, arn, *out.AwsAdditionalDetails.IdentityContext)
			if _, err := w.token(t, w.vendor, byRefresh(arn, *out.RefreshToken)); err != nil {
				t.Error(err)
			}
		}
		_, err := w.token(t, w.vendor, byAssertion(arn, w.idp.Sign(oidc.Claims{"aud": "tenant-8", "email": "ann@example.com"})))
		optest.Refused(t, err, code(codeInvalidGrant))
	})
}

// TestAccessorWithCodes: the customer adds where browsers may be sent, and a change
// of the accessor keeps it.
func TestAccessorWithCodes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.accessor(t, AccessorApplication{Type: AuthorizationCode})
		w.open(t, arn, true)
		_, err := w.Authorize(t.Context(), query(arn))
		optest.Refused(t, err, code(fault.Validation))
		w.grant(t, arn, grantCode, ssoadmin.Grant{AuthorizationCode: &ssoadmin.AuthorizationCodeGrant{RedirectUris: []string{callback}}})
		update := func(a AccessorApplication) {
			t.Helper()
			a.Name, a.Principal = "Renamed", w.vendor.Role
			err := w.DB.Update(t.Context(), func(tx *store.Tx) error { return w.UpdateDataAccessorApplication(tx, customer, arn, a) })
			if err != nil {
				t.Fatal(err)
			}
		}
		update(AccessorApplication{Type: AuthorizationCode})
		out, err := w.token(t, w.vendor, byCode(arn, w.signedIn(t, arn)))
		if err != nil {
			t.Fatal(err)
		}
		w.speaks(t, arn, *out.AwsAdditionalDetails.IdentityContext)
		told := optest.Must(t, w.calls, w.admin, ssoadmin.DescribeApplication, &ssoadmin.DescribeApplicationInput{ApplicationARN: arn})
		if *told.Name != "Renamed" || *told.ApplicationProviderARN != providerAccessor {
			t.Errorf("%+v", told)
		}
		issuer := *optest.Must(t, w.calls, w.admin, ssoadmin.CreateTrustedTokenIssuer, issuerOf("vendor", w.idp.URL, "email", "emails.value")).TrustedTokenIssuerARN
		update(AccessorApplication{Type: TrustedTokenIssuer, TrustedTokenIssuer: issuer})
		grants := optest.Must(t, w.calls, w.admin, ssoadmin.ListApplicationGrants, &ssoadmin.ListApplicationGrantsInput{ApplicationARN: arn})
		var kinds []ssoadmin.GrantType
		for _, g := range grants.Grants {
			kinds = append(kinds, g.GrantType)
		}
		if want := []ssoadmin.GrantType{grantRefresh, grantBearer}; !slices.Equal(kinds, want) {
			t.Errorf("%v, want %v", kinds, want)
		}
	})
}

func TestAccessorsApplicationGoesWithIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.accessor(t, AccessorApplication{Type: AuthorizationCode})
		_, err := optest.Call(t, w.calls, w.admin, ssoadmin.DeleteApplication, &ssoadmin.DeleteApplicationInput{ApplicationARN: arn})
		optest.Refused(t, err, code(fault.Conflict))
		remove := func(account, arn string) {
			t.Helper()
			err := w.DB.Update(t.Context(), func(tx *store.Tx) error { return w.DeleteDataAccessorApplication(tx, account, arn) })
			if err != nil {
				t.Fatal(err)
			}
		}
		remove(vendor, arn)
		optest.Must(t, w.calls, w.admin, ssoadmin.DescribeApplication, &ssoadmin.DescribeApplicationInput{ApplicationARN: arn})
		for range 2 {
			remove(customer, arn)
			_, err = optest.Call(t, w.calls, w.admin, ssoadmin.DescribeApplication, &ssoadmin.DescribeApplicationInput{ApplicationARN: arn})
			optest.Refused(t, err, code(fault.ResourceNotFound))
		}
		err = w.DB.Update(t.Context(), func(tx *store.Tx) error {
			return w.UpdateDataAccessorApplication(tx, customer, arn, AccessorApplication{Type: AuthorizationCode})
		})
		optest.Refused(t, err, code(fault.ResourceNotFound))
		err = w.DB.Update(t.Context(), func(tx *store.Tx) error {
			_, err := w.CreateDataAccessorApplication(tx, customer, AccessorApplication{
				Principal: w.vendor.Role, Type: TrustedTokenIssuer, TrustedTokenIssuer: issuerARN(customer, "tti-"+absent)})
			return err
		})
		optest.Refused(t, err, code(fault.ResourceNotFound))
	})
}
