package identitycenter

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/identitycenter/people"
)

func TestARNsAreThoseOfTheModel(t *testing.T) {
	for _, account := range []string{"000000000000", customer, "999999999999"} {
		for shape, arn := range map[string]string{
			"InstanceArn":           InstanceARN(account),
			"ApplicationArn":        applicationARN(account, newID()),
			"TrustedTokenIssuerArn": issuerARN(account, "tti-"+absent),
		} {
			if !ssoadmin.Schema.Shape(shape).Pattern.Matches(arn) {
				t.Errorf("%s is no %s", arn, shape)
			}
		}
	}
	for _, arn := range []string{
		"", "apl-1", InstanceARN(customer), applicationARN(customer, ""), applicationARN(customer, "a/b"), issuerARN(customer, "tti-1"),
		strings.Replace(applicationARN(customer, "apl-1"), customer, vendor, 1), strings.Replace(applicationARN(customer, "apl-1"), "aws:", "aws-cn:", 1),
		applicationARN("1", "apl-1"), applicationARN("root", "apl-1"),
	} {
		if account, id, ok := parseApplication(arn); ok {
			t.Errorf("%s is %s of %s", arn, id, account)
		}
	}
	if account, id, ok := parseApplication(applicationARN(customer, "apl-1")); account != customer || id != "apl-1" || !ok {
		t.Errorf("%s, %s, %v", account, id, ok)
	}
}

func TestInstance(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		made := w.clock.Now()
		for range 2 {
			out := optest.Must(t, w.calls, w.admin, ssoadmin.ListInstances, &ssoadmin.ListInstancesInput{})
			want := &ssoadmin.ListInstancesOutput{Instances: []ssoadmin.InstanceMetadata{{
				InstanceARN: new("arn:aws:sso:::instance/ssoins-00000019df6690e5"), IdentityStoreID: new("d-19df6690e5"),
				OwnerAccountID: new(customer), CreatedDate: &made, Status: new(ssoadmin.InstanceStatusActive),
			}}}
			if diff := cmp.Diff(want, out); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			w.clock.Advance(time.Hour)
		}
		one := optest.Must(t, w.calls, w.admin, ssoadmin.DescribeInstance, &ssoadmin.DescribeInstanceInput{InstanceARN: InstanceARN(customer)})
		if !one.CreatedDate.Equal(made) || *one.Status != ssoadmin.InstanceStatusActive || *one.IdentityStoreID != "d-19df6690e5" {
			t.Errorf("%+v", one)
		}
	})
}

func TestApplicationComesBackAsMade(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := &ssoadmin.CreateApplicationInput{
			InstanceARN: InstanceARN(customer), ApplicationProviderARN: providerCustom, Name: "Search desk", Description: new("for the desk"),
			Status: new(ssoadmin.ApplicationStatusDisabled), Tags: []ssoadmin.Tag{{Key: "team", Value: "desk"}}, ClientToken: new("once"),
			PortalOptions: &ssoadmin.PortalOptions{
				SignInOptions: &ssoadmin.SignInOptions{Origin: ssoadmin.SignInOriginApplication, ApplicationURL: new("https://desk.example")},
				Visibility:    new(ssoadmin.ApplicationVisibilityEnabled),
			},
		}
		out := optest.Must(t, w.calls, w.admin, ssoadmin.CreateApplication, in)
		again := optest.Must(t, w.calls, w.admin, ssoadmin.CreateApplication, in)
		if *again.ApplicationARN != *out.ApplicationARN || *out.InstanceARN != InstanceARN(customer) || *out.IdentityStoreARN != people.StoreARN(customer) {
			t.Errorf("%+v, %+v", out, again)
		}
		want := &ssoadmin.DescribeApplicationOutput{
			ApplicationARN: out.ApplicationARN, ApplicationProviderARN: new(providerCustom), Name: &in.Name, ApplicationAccount: new(customer),
			InstanceARN: &in.InstanceARN, IdentityStoreARN: out.IdentityStoreARN, Status: in.Status, PortalOptions: in.PortalOptions,
			Description: in.Description, CreatedDate: new(w.clock.Now()), CreatedFrom: new("us-east-1"),
		}
		describe := func() *ssoadmin.DescribeApplicationOutput {
			return optest.Must(t, w.calls, w.admin, ssoadmin.DescribeApplication, &ssoadmin.DescribeApplicationInput{ApplicationARN: *out.ApplicationARN})
		}
		if diff := cmp.Diff(want, describe()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		optest.Must(t, w.calls, w.admin, ssoadmin.UpdateApplication, &ssoadmin.UpdateApplicationInput{
			ApplicationARN: *out.ApplicationARN, Name: new("Desk"), Status: new(ssoadmin.ApplicationStatusEnabled),
			PortalOptions: &ssoadmin.UpdateApplicationPortalOptions{SignInOptions: &ssoadmin.SignInOptions{Origin: ssoadmin.SignInOriginIdentityCenter}},
		})
		want.Name, want.Status = new("Desk"), new(ssoadmin.ApplicationStatusEnabled)
		want.PortalOptions = &ssoadmin.PortalOptions{
			SignInOptions: &ssoadmin.SignInOptions{Origin: ssoadmin.SignInOriginIdentityCenter}, Visibility: new(ssoadmin.ApplicationVisibilityEnabled),
		}
		if diff := cmp.Diff(want, describe()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		config := optest.Must(t, w.calls, w.admin, ssoadmin.GetApplicationAssignmentConfiguration, &ssoadmin.GetApplicationAssignmentConfigurationInput{ApplicationARN: *out.ApplicationARN})
		if !config.AssignmentRequired {
			t.Error("a new application is open")
		}
		optest.Must(t, w.calls, w.admin, ssoadmin.DeleteApplication, &ssoadmin.DeleteApplicationInput{ApplicationARN: *out.ApplicationARN})
		_, err := optest.Call(t, w.calls, w.admin, ssoadmin.DescribeApplication, &ssoadmin.DescribeApplicationInput{ApplicationARN: *out.ApplicationARN})
		optest.Refused(t, err, code(fault.ResourceNotFound))
	})
}

func TestPartsOfAnApplicationComeBackAsPut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.byCodes(t, arn, "http://127.0.0.1/cb")
		issuer := w.trusts(t, arn, "email", "emails.value")

		method := optest.Must(t, w.calls, w.admin, ssoadmin.GetApplicationAuthenticationMethod, &ssoadmin.GetApplicationAuthenticationMethodInput{
			ApplicationARN: arn, AuthenticationMethodType: ssoadmin.AuthenticationMethodTypeIAM})
		if got := string(method.AuthenticationMethod.IAM.ActorPolicy); got != string(actorPolicy(w.vendor.Role)) {
			t.Errorf("%s", got)
		}
		methods := optest.Must(t, w.calls, w.admin, ssoadmin.ListApplicationAuthenticationMethods, &ssoadmin.ListApplicationAuthenticationMethodsInput{ApplicationARN: arn})
		if len(methods.AuthenticationMethods) != 1 {
			t.Errorf("%+v", methods)
		}

		grants := optest.Must(t, w.calls, w.admin, ssoadmin.ListApplicationGrants, &ssoadmin.ListApplicationGrantsInput{ApplicationARN: arn})
		want := []ssoadmin.GrantItem{
			{GrantType: grantCode, Grant: ssoadmin.Grant{AuthorizationCode: &ssoadmin.AuthorizationCodeGrant{RedirectUris: []string{"http://127.0.0.1/cb", callback}}}},
			{GrantType: grantRefresh, Grant: ssoadmin.Grant{RefreshToken: &ssoadmin.RefreshTokenGrant{}}},
			{GrantType: grantBearer, Grant: ssoadmin.Grant{JwtBearer: &ssoadmin.JwtBearerGrant{AuthorizedTokenIssuers: []ssoadmin.AuthorizedTokenIssuer{
				{TrustedTokenIssuerARN: &issuer, AuthorizedAudiences: []string{"parley", "tenant-7"}}}}}},
		}
		if diff := cmp.Diff(want, grants.Grants); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		one := optest.Must(t, w.calls, w.admin, ssoadmin.GetApplicationGrant, &ssoadmin.GetApplicationGrantInput{ApplicationARN: arn, GrantType: grantCode})
		if diff := cmp.Diff(want[0].Grant, one.Grant); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		optest.Must(t, w.calls, w.admin, ssoadmin.DeleteApplicationGrant, &ssoadmin.DeleteApplicationGrantInput{ApplicationARN: arn, GrantType: grantCode})
		_, err := optest.Call(t, w.calls, w.admin, ssoadmin.GetApplicationGrant, &ssoadmin.GetApplicationGrantInput{ApplicationARN: arn, GrantType: grantCode})
		optest.Refused(t, err, code(fault.ResourceNotFound))

		optest.Must(t, w.calls, w.admin, ssoadmin.PutApplicationAccessScope, &ssoadmin.PutApplicationAccessScopeInput{
			ApplicationARN: arn, Scope: scopeContent, AuthorizedTargets: []string{arn}})
		scopes := optest.Must(t, w.calls, w.admin, ssoadmin.ListApplicationAccessScopes, &ssoadmin.ListApplicationAccessScopesInput{ApplicationARN: arn})
		if diff := cmp.Diff([]ssoadmin.ScopeDetails{{Scope: scopeContent, AuthorizedTargets: []string{arn}}, {Scope: scopeConversations}}, scopes.Scopes); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		scope := optest.Must(t, w.calls, w.admin, ssoadmin.GetApplicationAccessScope, &ssoadmin.GetApplicationAccessScopeInput{ApplicationARN: arn, Scope: scopeContent})
		if scope.Scope != scopeContent || len(scope.AuthorizedTargets) != 1 {
			t.Errorf("%+v", scope)
		}
		optest.Must(t, w.calls, w.admin, ssoadmin.DeleteApplicationAccessScope, &ssoadmin.DeleteApplicationAccessScopeInput{ApplicationARN: arn, Scope: scopeContent})
		_, err = optest.Call(t, w.calls, w.admin, ssoadmin.GetApplicationAccessScope, &ssoadmin.GetApplicationAccessScopeInput{ApplicationARN: arn, Scope: scopeContent})
		optest.Refused(t, err, code(fault.ResourceNotFound))
	})
}

func TestIssuerComesBackAsMade(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		in := issuerOf("okta", "https://okta.example/", "email", "Emails.Value")
		in.ClientToken = new("once")
		arn := *optest.Must(t, w.calls, w.admin, ssoadmin.CreateTrustedTokenIssuer, in).TrustedTokenIssuerARN
		if again := optest.Must(t, w.calls, w.admin, ssoadmin.CreateTrustedTokenIssuer, in); *again.TrustedTokenIssuerARN != arn {
			t.Errorf("%s, then %s", arn, *again.TrustedTokenIssuerARN)
		}
		describe := func() *ssoadmin.DescribeTrustedTokenIssuerOutput {
			return optest.Must(t, w.calls, w.admin, ssoadmin.DescribeTrustedTokenIssuer, &ssoadmin.DescribeTrustedTokenIssuerInput{TrustedTokenIssuerARN: arn})
		}
		want := &ssoadmin.DescribeTrustedTokenIssuerOutput{
			TrustedTokenIssuerARN: &arn, Name: new("okta"), TrustedTokenIssuerType: new(ssoadmin.TrustedTokenIssuerTypeOIDCJwt),
			TrustedTokenIssuerConfiguration: new(issuerOf("", "https://okta.example/", "email", "emails.value").TrustedTokenIssuerConfiguration),
		}
		if diff := cmp.Diff(want, describe()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		optest.Must(t, w.calls, w.admin, ssoadmin.UpdateTrustedTokenIssuer, &ssoadmin.UpdateTrustedTokenIssuerInput{
			TrustedTokenIssuerARN: arn, Name: new("okta2"), TrustedTokenIssuerConfiguration: &ssoadmin.TrustedTokenIssuerUpdateConfiguration{
				OIDCJwtConfiguration: &ssoadmin.OIDCJwtUpdateConfiguration{ClaimAttributePath: new("login"), IdentityStoreAttributePath: new("username")}},
		})
		want.Name = new("okta2")
		want.TrustedTokenIssuerConfiguration = new(issuerOf("", "https://okta.example/", "login", "userName").TrustedTokenIssuerConfiguration)
		if diff := cmp.Diff(want, describe()); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
		list := optest.Must(t, w.calls, w.admin, ssoadmin.ListTrustedTokenIssuers, &ssoadmin.ListTrustedTokenIssuersInput{InstanceARN: InstanceARN(customer)})
		if len(list.TrustedTokenIssuers) != 1 || *list.TrustedTokenIssuers[0].Name != "okta2" || *list.TrustedTokenIssuers[0].TrustedTokenIssuerARN != arn {
			t.Errorf("%+v", list.TrustedTokenIssuers)
		}
		err := w.DB.View(t.Context(), func(tx *store.Tx) error {
			got, found, err := w.TrustedTokenIssuer(tx, arn)
			if want := (Issuer{ARN: arn, Name: "okta2", URL: "https://okta.example/"}); !found || got != want {
				t.Errorf("%+v, %v", got, found)
			}
			if _, found, err := w.TrustedTokenIssuer(tx, issuerARN(customer, "tti-"+absent)); found || err != nil {
				t.Errorf("%v, %v", found, err)
			}
			if _, found, err := w.TrustedTokenIssuer(tx, "nonsense"); found || err != nil {
				t.Errorf("%v, %v", found, err)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		optest.Must(t, w.calls, w.admin, ssoadmin.DeleteTrustedTokenIssuer, &ssoadmin.DeleteTrustedTokenIssuerInput{TrustedTokenIssuerARN: arn})
		_, err = optest.Call(t, w.calls, w.admin, ssoadmin.DescribeTrustedTokenIssuer, &ssoadmin.DescribeTrustedTokenIssuerInput{TrustedTokenIssuerARN: arn})
		optest.Refused(t, err, code(fault.ResourceNotFound))
	})
}

func TestListsOfApplicationsAndAssignmentsArePaged(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var made []string
		for range 5 {
			made = append(made, w.application(t))
		}
		var seen []string
		for token, more := (*string)(nil), true; more; {
			out := optest.Must(t, w.calls, w.admin, ssoadmin.ListApplications, &ssoadmin.ListApplicationsInput{
				InstanceARN: InstanceARN(customer), MaxResults: new(int32(2)), NextToken: token,
				Filter: &ssoadmin.ListApplicationsFilter{ApplicationAccount: new(customer), ApplicationProvider: new(providerCustom)}})
			for _, a := range out.Applications {
				seen = append(seen, *a.ApplicationARN)
			}
			token, more = out.NextToken, out.NextToken != nil
		}
		slices.Sort(made)
		slices.Sort(seen)
		if diff := cmp.Diff(made, seen); diff != "" {
			t.Error(diff)
		}
		none := optest.Must(t, w.calls, w.admin, ssoadmin.ListApplications, &ssoadmin.ListApplicationsInput{
			InstanceARN: InstanceARN(customer), Filter: &ssoadmin.ListApplicationsFilter{ApplicationProvider: new(providerAccessor)}})
		if len(none.Applications) != 0 {
			t.Errorf("%+v", none.Applications)
		}
		var assigned []string
		for i := range 5 {
			id := w.groupOf(t, fmt.Sprint("g", i))
			w.assign(t, made[0], ssoadmin.PrincipalTypeGroup, id)
			assigned = append(assigned, id)
		}
		seen = nil
		for token, more := (*string)(nil), true; more; {
			out := optest.Must(t, w.calls, w.admin, ssoadmin.ListApplicationAssignments, &ssoadmin.ListApplicationAssignmentsInput{
				ApplicationARN: made[0], MaxResults: new(int32(2)), NextToken: token})
			for _, a := range out.ApplicationAssignments {
				if a.ApplicationARN != made[0] || a.PrincipalType != ssoadmin.PrincipalTypeGroup {
					t.Errorf("%+v", a)
				}
				seen = append(seen, a.PrincipalID)
			}
			token, more = out.NextToken, out.NextToken != nil
		}
		slices.Sort(assigned)
		slices.Sort(seen)
		if diff := cmp.Diff(assigned, seen); diff != "" {
			t.Error(diff)
		}
	})
}

// TestWhoGoesIsAssignedNoMore: the identity store tells.
func TestWhoGoesIsAssignedNoMore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn, group := w.application(t), w.groupOf(t, "ops")
		w.assign(t, arn, ssoadmin.PrincipalTypeUser, w.ann)
		w.assign(t, arn, ssoadmin.PrincipalTypeGroup, group)
		there := optest.Must(t, w.calls, w.admin, ssoadmin.DescribeApplicationAssignment, &ssoadmin.DescribeApplicationAssignmentInput{
			ApplicationARN: arn, PrincipalType: ssoadmin.PrincipalTypeUser, PrincipalID: w.ann})
		if *there.PrincipalID != w.ann || *there.ApplicationARN != arn {
			t.Errorf("%+v", there)
		}
		optest.Must(t, w.calls, w.admin, identitystore.DeleteUser, &identitystore.DeleteUserInput{IdentityStoreID: people.StoreID(customer), UserID: w.ann})
		optest.Must(t, w.calls, w.admin, identitystore.DeleteGroup, &identitystore.DeleteGroupInput{IdentityStoreID: people.StoreID(customer), GroupID: group})
		list := optest.Must(t, w.calls, w.admin, ssoadmin.ListApplicationAssignments, &ssoadmin.ListApplicationAssignmentsInput{ApplicationARN: arn})
		if len(list.ApplicationAssignments) != 0 {
			t.Errorf("%+v", list.ApplicationAssignments)
		}
	})
}

// TestRefusals is every refusal of sso-admin.
func TestRefusals(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		other := optest.Root(vendor)
		issuer := w.trusts(t, arn, "email", "emails.value")
		w.assign(t, arn, ssoadmin.PrincipalTypeUser, w.ann)
		gone, nowhere := applicationARN(customer, "apl-0000000000000000"), issuerARN(customer, "tti-"+absent)
		group := w.groupOf(t, "ops")
		create := func(change func(in *ssoadmin.CreateApplicationInput)) error {
			in := &ssoadmin.CreateApplicationInput{InstanceARN: InstanceARN(customer), ApplicationProviderARN: providerCustom, Name: "x"}
			change(in)
			_, err := optest.Call(t, w.calls, w.admin, ssoadmin.CreateApplication, in)
			return err
		}
		put := func(arn string, kind ssoadmin.GrantType, g ssoadmin.Grant) error {
			_, err := optest.Call(t, w.calls, w.admin, ssoadmin.PutApplicationGrant, &ssoadmin.PutApplicationGrantInput{ApplicationARN: arn, GrantType: kind, Grant: g})
			return err
		}
		redirect := func(uris ...string) error {
			return put(arn, grantCode, ssoadmin.Grant{AuthorizationCode: &ssoadmin.AuthorizationCodeGrant{RedirectUris: uris}})
		}
		bearer := func(issuer string, audiences ...string) error {
			return put(arn, grantBearer, ssoadmin.Grant{JwtBearer: &ssoadmin.JwtBearerGrant{AuthorizedTokenIssuers: []ssoadmin.AuthorizedTokenIssuer{
				{TrustedTokenIssuerARN: &issuer, AuthorizedAudiences: audiences}}}})
		}
		actor := func(document string) error {
			_, err := optest.Call(t, w.calls, w.admin, ssoadmin.PutApplicationAuthenticationMethod, &ssoadmin.PutApplicationAuthenticationMethodInput{
				ApplicationARN: arn, AuthenticationMethodType: ssoadmin.AuthenticationMethodTypeIAM,
				AuthenticationMethod: ssoadmin.AuthenticationMethod{IAM: &ssoadmin.IAMAuthenticationMethod{ActorPolicy: json.RawMessage(document)}}})
			return err
		}
		assign := func(arn string, kind ssoadmin.PrincipalType, id string) error {
			_, err := optest.Call(t, w.calls, w.admin, ssoadmin.CreateApplicationAssignment, &ssoadmin.CreateApplicationAssignmentInput{
				ApplicationARN: arn, PrincipalType: kind, PrincipalID: id})
			return err
		}
		trust := func(in *ssoadmin.CreateTrustedTokenIssuerInput) error {
			_, err := optest.Call(t, w.calls, w.admin, ssoadmin.CreateTrustedTokenIssuer, in)
			return err
		}
		missing, taken := code(fault.ResourceNotFound), code(fault.Conflict)
		foreign := func(in *ssoadmin.CreateTrustedTokenIssuerInput) *ssoadmin.CreateTrustedTokenIssuerInput {
			in.InstanceARN = InstanceARN(vendor)
			return in
		}
		const (
			uris      = "Grant.AuthorizationCode.RedirectUris"
			issuers   = "Grant.JwtBearer.AuthorizedTokenIssuers"
			actors    = "AuthenticationMethod.Iam.ActorPolicy"
			attribute = "TrustedTokenIssuerConfiguration.OidcJwtConfiguration.IdentityStoreAttributePath"
		)
		for _, c := range []struct {
			name string
			got  error
			want fault.Error
		}{
			{"another account's instance", create(func(in *ssoadmin.CreateApplicationInput) { in.InstanceARN = InstanceARN(vendor) }), optest.Invalid("InstanceArn")},
			{"another provider", create(func(in *ssoadmin.CreateApplicationInput) { in.ApplicationProviderARN = providerAccessor }), optest.Invalid("ApplicationProviderArn")},
			{"a tag twice", create(func(in *ssoadmin.CreateApplicationInput) { in.Tags = []ssoadmin.Tag{{Key: "a"}, {Key: "a"}} }), optest.Invalid("Tags")},
			{"a reserved tag", create(func(in *ssoadmin.CreateApplicationInput) { in.Tags = []ssoadmin.Tag{{Key: "AWS:a"}} }), optest.Invalid("Tags")},
			{"too many tags", create(func(in *ssoadmin.CreateApplicationInput) {
				for i := range maxTags + 1 {
					in.Tags = append(in.Tags, ssoadmin.Tag{Key: fmt.Sprint(i)})
				}
			}), optest.Invalid("Tags")},
			{"an origin without its URL", create(func(in *ssoadmin.CreateApplicationInput) {
				in.PortalOptions = &ssoadmin.PortalOptions{SignInOptions: &ssoadmin.SignInOptions{Origin: ssoadmin.SignInOriginApplication}}
			}), optest.Invalid("PortalOptions.SignInOptions.ApplicationUrl")},

			{"no redirect URI", redirect(), optest.Invalid(uris)},
			{"relative", redirect("/callback"), optest.Invalid(uris)},
			{"a fragment", redirect(callback + "#x"), optest.Invalid(uris)},
			{"an empty fragment", redirect(callback + "#"), optest.Invalid(uris)},
			{"another scheme", redirect("javascript:alert(1)"), optest.Invalid(uris)},
			{"a custom scheme", redirect("com.example.app:/cb"), optest.Invalid(uris)},
			{"no host", redirect("https:///callback"), optest.Invalid(uris)},
			{"a user", redirect("https://ann@vendor.example/cb"), optest.Invalid(uris)},
			{"a host that would end a header's directive", redirect("https://vendor.example;script-src/cb"), optest.Invalid(uris)},
			{"too long", redirect("https://vendor.example/" + strings.Repeat("x", maxURI)), optest.Invalid(uris)},
			{"one of two", redirect(callback, "ftp://vendor.example"), optest.Invalid(uris)},
			{"no issuer", put(arn, grantBearer, ssoadmin.Grant{JwtBearer: &ssoadmin.JwtBearerGrant{}}), optest.Invalid(issuers)},
			{"no audience", bearer(issuer), optest.Invalid(issuers)},
			{"an issuer that is not there", bearer(nowhere, "a"), missing},
			{"another account's issuer", bearer(issuerARN(vendor, "tti-"+absent), "a"), missing},
			{"the grant of another type", put(arn, grantCode, ssoadmin.Grant{RefreshToken: &ssoadmin.RefreshTokenGrant{}}), optest.Invalid("Grant")},
			{"token exchange", put(arn, grantExchange, ssoadmin.Grant{TokenExchange: &ssoadmin.TokenExchangeGrant{}}), optest.Invalid("GrantType")},
			{"a grant of no application", put(gone, grantRefresh, ssoadmin.Grant{RefreshToken: &ssoadmin.RefreshTokenGrant{}}), missing},

			{"no policy", actor(`"allow"`), optest.Invalid(actors)},
			{"a policy without a principal", actor(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`), optest.Invalid(actors)},
			{"an unknown operator", actor(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"Sounds":{"aws:userid":"a"}}}]}`), optest.Invalid(actors)},
			{"no method", func() error {
				_, err := optest.Call(t, w.calls, w.admin, ssoadmin.GetApplicationAuthenticationMethod, &ssoadmin.GetApplicationAuthenticationMethodInput{
					ApplicationARN: *optest.Must(t, w.calls, w.admin, ssoadmin.CreateApplication, &ssoadmin.CreateApplicationInput{
						InstanceARN: InstanceARN(customer), ApplicationProviderARN: providerCustom, Name: "bare"}).ApplicationARN,
					AuthenticationMethodType: ssoadmin.AuthenticationMethodTypeIAM})
				return err
			}(), missing},
			{"one scope too many", func() (err error) {
				for i := range maxScopes {
					_, err = optest.Call(t, w.calls, w.admin, ssoadmin.PutApplicationAccessScope, &ssoadmin.PutApplicationAccessScopeInput{ApplicationARN: arn, Scope: fmt.Sprint("s", i)})
				}
				return err
			}(), optest.Invalid("Scope")},

			{"assigned already", assign(arn, ssoadmin.PrincipalTypeUser, w.ann), taken},
			{"nobody", assign(arn, ssoadmin.PrincipalTypeUser, absent), missing},
			{"no group", assign(arn, ssoadmin.PrincipalTypeGroup, absent), missing},
			{"a group as a user", assign(arn, ssoadmin.PrincipalTypeUser, group), missing},
			{"assigned to nothing", assign(gone, ssoadmin.PrincipalTypeUser, w.ann), missing},
			{"not assigned", func() error {
				_, err := optest.Call(t, w.calls, w.admin, ssoadmin.DescribeApplicationAssignment, &ssoadmin.DescribeApplicationAssignmentInput{
					ApplicationARN: arn, PrincipalType: ssoadmin.PrincipalTypeGroup, PrincipalID: w.ann})
				return err
			}(), missing},
			{"not assigned, to be taken away", func() error {
				_, err := optest.Call(t, w.calls, w.admin, ssoadmin.DeleteApplicationAssignment, &ssoadmin.DeleteApplicationAssignmentInput{
					ApplicationARN: arn, PrincipalType: ssoadmin.PrincipalTypeGroup, PrincipalID: w.ann})
				return err
			}(), missing},

			{"an issuer of another account's instance", trust(foreign(issuerOf("x", "https://x.example", "email", "emails.value"))), optest.Invalid("InstanceArn")},
			{"an issuer's name twice", trust(issuerOf("vendor", "https://x.example", "email", "emails.value")), taken},
			{"an issuer's URL twice", trust(issuerOf("x", w.idp.URL, "email", "emails.value")), taken},
			{"another attribute", trust(issuerOf("x", "https://x.example", "email", "displayName")), optest.Invalid(attribute)},
			{"no issuer to update", func() error {
				_, err := optest.Call(t, w.calls, w.admin, ssoadmin.UpdateTrustedTokenIssuer, &ssoadmin.UpdateTrustedTokenIssuerInput{TrustedTokenIssuerARN: nowhere, Name: new("y")})
				return err
			}(), missing},
			{"another account's issuer to describe", func() error {
				_, err := optest.Call(t, w.calls, other, ssoadmin.DescribeTrustedTokenIssuer, &ssoadmin.DescribeTrustedTokenIssuerInput{TrustedTokenIssuerARN: issuer})
				return err
			}(), missing},
			{"another account's application", func() error {
				_, err := optest.Call(t, w.calls, other, ssoadmin.DescribeApplication, &ssoadmin.DescribeApplicationInput{ApplicationARN: arn})
				return err
			}(), missing},
			{"another account's application to delete", func() error {
				_, err := optest.Call(t, w.calls, other, ssoadmin.DeleteApplication, &ssoadmin.DeleteApplicationInput{ApplicationARN: arn})
				return err
			}(), missing},
			{"another instance to describe", func() error {
				_, err := optest.Call(t, w.calls, other, ssoadmin.DescribeInstance, &ssoadmin.DescribeInstanceInput{InstanceARN: InstanceARN(customer)})
				return err
			}(), optest.Invalid("InstanceArn")},
			{"another list's token", func() error {
				_, err := optest.Call(t, w.calls, w.admin, ssoadmin.ListApplications, &ssoadmin.ListApplicationsInput{InstanceARN: InstanceARN(customer), NextToken: new("x")})
				return err
			}(), optest.Invalid("nextToken")},
		} {
			t.Run(c.name, func(t *testing.T) { optest.Refused(t, c.got, c.want) })
		}
	})
}

func TestQuotas(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range maxIssuers {
			optest.Must(t, w.calls, w.admin, ssoadmin.CreateTrustedTokenIssuer, issuerOf(fmt.Sprint("i", i), fmt.Sprintf("https://i%d.example", i), "email", "emails.value"))
		}
		_, err := optest.Call(t, w.calls, w.admin, ssoadmin.CreateTrustedTokenIssuer, issuerOf("more", "https://more.example", "email", "emails.value"))
		optest.Refused(t, err, code(fault.ServiceQuotaExceeded))
		err = w.DB.Update(t.Context(), func(tx *store.Tx) error {
			for i := range maxApplications {
				if err := w.add(tx, &application{ID: fmt.Sprintf("apl-%016d", i), Account: customer}); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		_, err = optest.Call(t, w.calls, w.admin, ssoadmin.CreateApplication, &ssoadmin.CreateApplicationInput{
			InstanceARN: InstanceARN(customer), ApplicationProviderARN: providerCustom, Name: "more"})
		optest.Refused(t, err, code(fault.ServiceQuotaExceeded))
	})
}

func TestTags(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		tags := []ssoadmin.Tag{{Key: "team", Value: "desk"}}
		a := *optest.Must(t, w.calls, w.admin, ssoadmin.CreateApplication, &ssoadmin.CreateApplicationInput{
			InstanceARN: InstanceARN(customer), ApplicationProviderARN: providerCustom, Name: "x", Tags: tags}).ApplicationARN
		in := issuerOf("okta", "https://okta.example", "email", "emails.value")
		in.Tags = tags
		i := *optest.Must(t, w.calls, w.admin, ssoadmin.CreateTrustedTokenIssuer, in).TrustedTokenIssuerARN
		for arn, want := range map[string]int{
			a: 1, i: 1, InstanceARN(customer): 0, "nonsense": 0,
			applicationARN(customer, "apl-0000000000000000"): 0, issuerARN(customer, "tti-"+absent): 0,
		} {
			got, err := w.TagsOf(t.Context(), arn)
			if err != nil || len(got) != want || want == 1 && got["team"] != "desk" {
				t.Errorf("%s: %v, %v", arn, got, err)
			}
		}
	})
}
