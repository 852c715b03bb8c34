package accessor

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

func TestTheLifeOfAnAccessor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		born := r.clock.Now()
		in := ask(r, "acme")
		in.ActionConfigurations = under(on("source-1"))
		made := create(t, r, in)
		arn := us().ARN("application/%s/data-accessor/%s", r.app, id(1))
		if made.DataAccessorID != id(1) || made.DataAccessorARN != arn {
			t.Errorf("%+v", made)
		}
		if diff := cmp.Diff([]string{made.IDCApplicationARN}, centerApplications(t, r)); diff != "" {
			t.Errorf("applications in Identity Center (-want +got):\n%s", diff)
		}
		want := &api.GetDataAccessorOutput{
			ApplicationID: &r.app, DataAccessorID: new(id(1)), DataAccessorARN: &arn, IDCApplicationARN: &made.IDCApplicationARN,
			DisplayName: new("acme"), Principal: new(isv), ActionConfigurations: under(on("source-1")), AuthenticationDetail: codes(),
			CreatedAt: &born, UpdatedAt: &born,
		}
		if diff := cmp.Diff(want, show(t, r, id(1))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}

		r.clock.Advance(time.Minute)
		trusted := issuer(t, r, us(), "idp")
		must(t, r, api.UpdateDataAccessor, &api.UpdateDataAccessorInput{
			ApplicationID: r.app, DataAccessorID: id(1), DisplayName: new("acme-corp"),
			ActionConfigurations: under(nil), AuthenticationDetail: tokens(trusted),
		})
		want.DisplayName, want.ActionConfigurations, want.AuthenticationDetail = new("acme-corp"), under(nil), tokens(trusted)
		want.UpdatedAt = new(r.clock.Now())
		if diff := cmp.Diff(want, show(t, r, id(1))); diff != "" {
			t.Errorf("after an update (-want +got):\n%s", diff)
		}
		if is := must(t, r, ssoadmin.DescribeApplication, &ssoadmin.DescribeApplicationInput{ApplicationARN: made.IDCApplicationARN}); *is.Name != "acme-corp" {
			t.Errorf("in Identity Center it is named %s", *is.Name)
		}

		r.clock.Advance(time.Minute)
		must(t, r, api.UpdateDataAccessor, &api.UpdateDataAccessorInput{ApplicationID: r.app, DataAccessorID: id(1), ActionConfigurations: under(on("source-2"))})
		want.ActionConfigurations, want.UpdatedAt = under(on("source-2")), new(r.clock.Now())
		if diff := cmp.Diff(want, show(t, r, id(1))); diff != "" {
			t.Errorf("what an update leaves out stays (-want +got):\n%s", diff)
		}

		must(t, r, api.DeleteDataAccessor, &api.DeleteDataAccessorInput{ApplicationID: r.app, DataAccessorID: id(1)})
		if got := centerApplications(t, r); len(got) != 0 {
			t.Errorf("%v is left in Identity Center", got)
		}
		gone := absent("data-accessor", id(1))
		_, err := call(t, r, api.GetDataAccessor, &api.GetDataAccessorInput{ApplicationID: r.app, DataAccessorID: id(1)})
		optest.Refused(t, err, gone)
		_, err = call(t, r, api.DeleteDataAccessor, &api.DeleteDataAccessorInput{ApplicationID: r.app, DataAccessorID: id(1)})
		optest.Refused(t, err, gone)
	})
}

// TestHowTheCompanySignsIn looks at what Identity Center made of it.
func TestHowTheCompanySignsIn(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		trusted := issuer(t, r, us(), "idp")
		bearer := func(arn string) *ssoadmin.Grant {
			return &ssoadmin.Grant{JwtBearer: &ssoadmin.JwtBearerGrant{AuthorizedTokenIssuers: []ssoadmin.AuthorizedTokenIssuer{
				{TrustedTokenIssuerARN: &trusted, AuthorizedAudiences: []string{arn, "tenant-1"}},
			}}}
		}
		grant := func(arn string, kind ssoadmin.GrantType) *ssoadmin.Grant {
			out, err := call(t, r, ssoadmin.GetApplicationGrant, &ssoadmin.GetApplicationGrantInput{ApplicationARN: arn, GrantType: kind})
			if fault.Is(err, fault.ResourceNotFound) {
				return nil
			}
			if err != nil {
				t.Fatal(err)
			}
			return &out.Grant
		}
		in := ask(r, "by-token")
		in.AuthenticationDetail = tokens(trusted)
		byToken := create(t, r, in).IDCApplicationARN
		byCode := create(t, r, ask(r, "by-code")).IDCApplicationARN
		if diff := cmp.Diff(bearer(byToken), grant(byToken, ssoadmin.GrantTypeUrnIetfParamsOauthGrantTypeJwtBearer)); diff != "" {
			t.Errorf("by token (-want +got):\n%s", diff)
		}
		if g := grant(byToken, ssoadmin.GrantTypeAuthorizationCode); g != nil {
			t.Errorf("by token, and by code too: %+v", g)
		}
		if g := grant(byCode, ssoadmin.GrantTypeAuthorizationCode); g == nil || g.AuthorizationCode == nil {
			t.Errorf("by code: %+v", g)
		}
		must(t, r, api.UpdateDataAccessor, &api.UpdateDataAccessorInput{ApplicationID: r.app, DataAccessorID: id(2), ActionConfigurations: under(nil), AuthenticationDetail: tokens(trusted)})
		if diff := cmp.Diff(bearer(byCode), grant(byCode, ssoadmin.GrantTypeUrnIetfParamsOauthGrantTypeJwtBearer)); diff != "" {
			t.Errorf("changed to tokens (-want +got):\n%s", diff)
		}
		silent := ask(r, "says-nothing")
		silent.AuthenticationDetail = nil
		if g := grant(create(t, r, silent).IDCApplicationARN, ssoadmin.GrantTypeAuthorizationCode); g == nil || g.AuthorizationCode == nil {
			t.Errorf("without authenticationDetail: %+v", g)
		}
		if d := show(t, r, id(3)).AuthenticationDetail; d != nil {
			t.Errorf("it is shown as %+v", d)
		}
	})
}

// broken is a filter that nothing passes for sure.
func broken() *api.AttributeFilter {
	return &api.AttributeFilter{AndAllFilters: []api.AttributeFilter{*on("x"), {LessThan: on("x").EqualsTo}}}
}

func TestWhatCreateAndUpdateRefuse(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		theirs := issuer(t, r, optest.Root("444455556666"), "elsewhere")
		gone := issuer(t, r, us(), "here")
		gone = gone[:len(gone)-12] + "000000000000"
		create(t, r, ask(r, "taken"))
		create(t, r, ask(r, "changing"))
		const filter = "actionConfigurations[0].filterConfiguration.documentAttributeFilter"
		const config = "authenticationDetail.authenticationConfiguration"
		lacking, idle := tokens(theirs), tokens(theirs)
		lacking.AuthenticationConfiguration = nil
		idle.AuthenticationType = api.DataAccessorAuthenticationTypeAwsIAMIDCAuthCode
		cases := map[string]struct {
			change func(*api.CreateDataAccessorInput)
			want   fault.Error
			says   string
		}{
			"another action": {func(in *api.CreateDataAccessorInput) { in.ActionConfigurations[0].Action = "qbusiness:ChatSync" }, optest.Invalid("actionConfigurations[0].action"), action},
			"in other case": {func(in *api.CreateDataAccessorInput) {
				in.ActionConfigurations[0].Action = "qbusiness:searchRelevantContent"
			}, optest.Invalid("actionConfigurations[0].action"), action},
			"an action twice": {func(in *api.CreateDataAccessorInput) {
				in.ActionConfigurations = append(under(on("a")), under(on("b"))...)
			}, optest.Invalid("actionConfigurations[1].action"), "actionConfigurations[0]"},
			"a filter that cannot be":  {func(in *api.CreateDataAccessorInput) { in.ActionConfigurations = under(broken()) }, optest.Invalid(filter + ".andAllFilters[1].lessThan.value"), "dateValue and longValue"},
			"a filter of nothing":      {func(in *api.CreateDataAccessorInput) { in.ActionConfigurations = under(&api.AttributeFilter{}) }, optest.Invalid(filter), "is empty"},
			"no issuer":                {func(in *api.CreateDataAccessorInput) { in.AuthenticationDetail = lacking }, optest.Invalid(config), "idcTrustedTokenIssuerConfiguration"},
			"an issuer for nothing":    {func(in *api.CreateDataAccessorInput) { in.AuthenticationDetail = idle }, optest.Invalid(config), "leave it out"},
			"an issuer not there":      {func(in *api.CreateDataAccessorInput) { in.AuthenticationDetail = tokens(gone) }, absent("trusted-token-issuer", gone), "CreateTrustedTokenIssuer"},
			"another account's issuer": {func(in *api.CreateDataAccessorInput) { in.AuthenticationDetail = tokens(theirs) }, absent("trusted-token-issuer", theirs), "CreateTrustedTokenIssuer"},
			"a name that is taken":     {func(in *api.CreateDataAccessorInput) { in.DisplayName = "taken" }, conflict("data-accessor", id(1)), "Choose another"},
			"an application not there": {func(in *api.CreateDataAccessorInput) { in.ApplicationID = id(7) }, absent("application", id(7)), "There is no application"},
			"everything wrong with both": {func(in *api.CreateDataAccessorInput) {
				in.ActionConfigurations[0].Action, in.AuthenticationDetail = "qbusiness:Chat", idle
			}, optest.Invalid("actionConfigurations[0].action", config), "\n"},
		}
		before := centerApplications(t, r)
		for name, tt := range cases {
			t.Run(name, func(t *testing.T) {
				in := ask(r, "new")
				tt.change(in)
				_, err := call(t, r, api.CreateDataAccessor, in)
				if says := optest.Refused(t, err, tt.want); !strings.Contains(says, tt.says) || strings.Contains(says, "taken") {
					t.Errorf("create: %q", says)
				}
				_, err = call(t, r, api.UpdateDataAccessor, &api.UpdateDataAccessorInput{
					ApplicationID: in.ApplicationID, DataAccessorID: id(2), DisplayName: &in.DisplayName,
					ActionConfigurations: in.ActionConfigurations, AuthenticationDetail: in.AuthenticationDetail,
				})
				if says := optest.Refused(t, err, tt.want); !strings.Contains(says, tt.says) {
					t.Errorf("update: %q", says)
				}
			})
		}
		if diff := cmp.Diff(before, centerApplications(t, r)); diff != "" {
			t.Errorf("a refused one left something in Identity Center (-before +after):\n%s", diff)
		}
		if a := show(t, r, id(2)); *a.DisplayName != "changing" {
			t.Errorf("a refused update changed it: %+v", a)
		}
		in := ask(r, "tagged")
		in.Tags = []api.Tag{{Key: "aws:x"}}
		_, err := call(t, r, api.CreateDataAccessor, in)
		optest.Refused(t, err, optest.Invalid("tags[0].key"))
	})
}

func TestWhichApplicationsHaveAccessors(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		center := instance(t, r, us())
		for kind, more := range map[api.IdentityType]func(*api.CreateApplicationInput){
			api.IdentityTypeAnonymous: func(*api.CreateApplicationInput) {},
			api.IdentityTypeAwsIAMIDPSAML: func(in *api.CreateApplicationInput) {
				in.IAMIdentityProviderARN = new("arn:aws:iam::" + account + ":saml-provider/p")
			},
			api.IdentityTypeAwsIAMIDPOIDC: func(in *api.CreateApplicationInput) {
				in.IAMIdentityProviderARN, in.ClientIDsForOIDC = new("arn:aws:iam::"+account+":oidc-provider/p.example.com"), []string{"c"}
			},
			api.IdentityTypeAwsQuicksightIDP: func(in *api.CreateApplicationInput) {
				in.QuickSightConfiguration = &api.QuickSightConfiguration{ClientNamespace: "n"}
			},
		} {
			app := &api.CreateApplicationInput{DisplayName: string(kind), IdentityType: &kind}
			more(app)
			in := ask(r, "acme")
			in.ApplicationID = *must(t, r, api.CreateApplication, app).ApplicationID
			_, err := call(t, r, api.CreateDataAccessor, in)
			if says := optest.Refused(t, err, optest.Invalid("applicationId")); !strings.Contains(says, string(kind)) {
				t.Errorf("%q", says)
			}
			if got := must(t, r, api.ListDataAccessors, &api.ListDataAccessorsInput{ApplicationID: in.ApplicationID}); len(got.DataAccessors) != 0 {
				t.Errorf("%s: %+v", kind, got)
			}
		}
		deleting := *must(t, r, api.CreateApplication, &api.CreateApplicationInput{DisplayName: "d", IdentityCenterInstanceARN: &center}).ApplicationID
		in := ask(r, "acme")
		in.ApplicationID = deleting
		create(t, r, in)
		must(t, r, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: deleting})
		_, err := call(t, r, api.CreateDataAccessor, in)
		optest.Refused(t, err, conflict("application", deleting))
		made := must(t, r, api.ListDataAccessors, &api.ListDataAccessorsInput{ApplicationID: deleting}).DataAccessors[0].DataAccessorID
		_, err = call(t, r, api.UpdateDataAccessor, &api.UpdateDataAccessorInput{ApplicationID: deleting, DataAccessorID: *made, ActionConfigurations: under(nil)})
		optest.Refused(t, err, conflict("application", deleting))
	})
}

func TestAnApplicationHasTenAccessors(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for i := range 10 {
			create(t, r, ask(r, fmt.Sprintf("a%d", i)))
		}
		_, err := call(t, r, api.CreateDataAccessor, ask(r, "one-more"))
		optest.Refused(t, err, fault.Error{Code: fault.ServiceQuotaExceeded, ResourceType: "data-accessor", ResourceID: r.app})
		if n := len(centerApplications(t, r)); n != 10 {
			t.Errorf("%d applications in Identity Center", n)
		}
		full := r.app
		r.app = makeApplication(t, r)
		create(t, r, ask(r, "a0")) // another application, another ten, the same names
		r.app = full
		must(t, r, api.DeleteDataAccessor, &api.DeleteDataAccessorInput{ApplicationID: r.app, DataAccessorID: id(3)})
		create(t, r, ask(r, "a2"))
	})
}

func TestATokenMakesOne(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		in := ask(r, "acme")
		in.ClientToken = new("token-1")
		first := create(t, r, in)
		if diff := cmp.Diff(first, create(t, r, in)); diff != "" {
			t.Errorf("(-first +second):\n%s", diff)
		}
		if n := len(centerApplications(t, r)); n != 1 {
			t.Errorf("%d applications in Identity Center", n)
		}
		changed := *in
		changed.DisplayName = "other"
		_, err := call(t, r, api.CreateDataAccessor, &changed)
		optest.Refused(t, err, conflict("clientToken", "token-1"))
	})
}

func TestPages(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		var want []api.DataAccessor
		for i := range 5 {
			made := create(t, r, ask(r, fmt.Sprintf("a%d", i)))
			want = append([]api.DataAccessor{{
				DataAccessorID: &made.DataAccessorID, DataAccessorARN: &made.DataAccessorARN, IDCApplicationARN: &made.IDCApplicationARN,
				DisplayName: new(fmt.Sprintf("a%d", i)), Principal: new(isv), AuthenticationDetail: codes(),
				CreatedAt: new(r.clock.Now()), UpdatedAt: new(r.clock.Now()),
			}}, want...)
			r.clock.Advance(time.Duration(i%2) * time.Second) // some are of one moment
		}
		var got []api.DataAccessor
		var token *string
		for range 3 {
			out := must(t, r, api.ListDataAccessors, &api.ListDataAccessorsInput{ApplicationID: r.app, MaxResults: new(int32(2)), NextToken: token})
			got, token = append(got, out.DataAccessors...), out.NextToken
			create(t, r, ask(r, uuid.NewString()))
		}
		if diff := cmp.Diff(want, got); diff != "" || token != nil {
			t.Errorf("another page: %t (-want +got):\n%s", token != nil, diff)
		}
		next := must(t, r, api.ListDataAccessors, &api.ListDataAccessorsInput{ApplicationID: r.app, MaxResults: new(int32(1))}).NextToken
		_, err := call(t, r, api.ListDataAccessors, &api.ListDataAccessorsInput{ApplicationID: makeApplication(t, r), NextToken: next})
		optest.Refused(t, err, optest.Invalid("nextToken"))
		_, err = call(t, r, api.ListDataAccessors, &api.ListDataAccessorsInput{ApplicationID: id(9)})
		optest.Refused(t, err, absent("application", id(9)))
		_, err = call(t, r, api.GetDataAccessor, &api.GetDataAccessorInput{ApplicationID: id(9), DataAccessorID: id(1)})
		optest.Refused(t, err, absent("application", id(9)))
	})
}

func TestTagsComeAndGoWithTheAccessor(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		in := ask(r, "acme")
		in.Tags = []api.Tag{{Key: "team", Value: "search"}}
		arn := create(t, r, in).DataAccessorARN
		must(t, r, api.TagResource, &api.TagResourceInput{ResourceARN: arn, Tags: []api.Tag{{Key: "cost", Value: "1"}}})
		want := []api.Tag{{Key: "cost", Value: "1"}, {Key: "team", Value: "search"}}
		if diff := cmp.Diff(want, must(t, r, api.ListTagsForResource, &api.ListTagsForResourceInput{ResourceARN: arn}).Tags); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		must(t, r, api.DeleteDataAccessor, &api.DeleteDataAccessorInput{ApplicationID: r.app, DataAccessorID: id(1)})
		_, err := call(t, r, api.ListTagsForResource, &api.ListTagsForResourceInput{ResourceARN: arn})
		optest.Refused(t, err, absent("data-accessor", arn))
		var n int
		if err := r.DB.View(t.Context(), func(tx *store.Tx) error {
			return tx.Row(`SELECT COUNT(*) FROM tag WHERE tenant = $1`, us().Tenant()).Scan(&n)
		}); err != nil || n != 0 {
			t.Errorf("%d rows of tags, %v", n, err)
		}
	})
}

// TestTheStatementStays when an accessor is deleted: the API reference leaves it
// to DisassociatePermission.
func TestTheStatementStays(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		create(t, r, ask(r, "acme"))
		must(t, r, api.AssociatePermission, &api.AssociatePermissionInput{ApplicationID: r.app, StatementID: "s", Principal: isv, Actions: []string{action}})
		before := must(t, r, api.GetPolicy, &api.GetPolicyInput{ApplicationID: r.app})
		must(t, r, api.DeleteDataAccessor, &api.DeleteDataAccessorInput{ApplicationID: r.app, DataAccessorID: id(1)})
		if diff := cmp.Diff(before, must(t, r, api.GetPolicy, &api.GetPolicyInput{ApplicationID: r.app})); diff != "" {
			t.Errorf("(-before +after):\n%s", diff)
		}
	})
}

func TestAccessorsGoWithTheirApplication(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		gone := r.app
		for i := range 3 {
			create(t, r, ask(r, fmt.Sprintf("a%d", i)))
		}
		r.app = makeApplication(t, r)
		kept := create(t, r, ask(r, "kept"))
		must(t, r, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: gone})
		if _, err := r.jobs.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		_, err := call(t, r, api.ListDataAccessors, &api.ListDataAccessorsInput{ApplicationID: gone})
		optest.Refused(t, err, absent("application", gone))
		if diff := cmp.Diff([]string{kept.IDCApplicationARN}, centerApplications(t, r)); diff != "" {
			t.Errorf("applications in Identity Center (-want +got):\n%s", diff)
		}
		show(t, r, kept.DataAccessorID)
	})
}
