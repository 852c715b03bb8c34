package application

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

func TestAnApplicationShowsItsDefaults(t *testing.T) {
	off := &api.AutoSubscriptionConfiguration{AutoSubscribe: api.AutoSubscriptionStatusDisabled}
	basic := func(kind api.IdentityType) api.GetApplicationOutput {
		return api.GetApplicationOutput{
			DisplayName:                  new("app"),
			ApplicationID:                new(id(1)),
			ApplicationARN:               new("arn:aws:qbusiness:us-east-1:111122223333:application/" + id(1)),
			IdentityType:                 &kind,
			RoleARN:                      new("arn:aws:iam::111122223333:role/aws-service-role/qbusiness.amazonaws.com/AWSServiceRoleForQBusiness"),
			Status:                       new(api.ApplicationStatusActive),
			CreatedAt:                    new(storetest.Start()),
			UpdatedAt:                    new(storetest.Start()),
			AttachmentsConfiguration:     &api.AppliedAttachmentsConfiguration{AttachmentsControlMode: new(api.AttachmentsControlModeEnabled)},
			QAppsConfiguration:           &api.QAppsConfiguration{QAppsControlMode: api.QAppsControlModeDisabled},
			PersonalizationConfiguration: &api.PersonalizationConfiguration{PersonalizationControlMode: api.PersonalizationControlModeDisabled},
		}
	}
	center := basic(api.IdentityTypeAwsIAMIDC)
	center.IdentityCenterApplicationARN = new("arn:aws:sso::111122223333:application/ssoins-0123456789abcdef/apl-a100000000004000")
	center.PersonalizationConfiguration.PersonalizationControlMode = api.PersonalizationControlModeEnabled
	saml := basic(api.IdentityTypeAwsIAMIDPSAML)
	saml.IAMIdentityProviderARN, saml.AutoSubscriptionConfiguration = new(samlProvider), off
	oidc := basic(api.IdentityTypeAwsIAMIDPOIDC)
	oidc.IAMIdentityProviderARN, oidc.AutoSubscriptionConfiguration = new(oidcProvider), off
	oidc.ClientIDsForOIDC = []string{"one", "two"}
	sight := basic(api.IdentityTypeAwsQuicksightIDP)
	sight.QuickSightConfiguration = &api.QuickSightConfiguration{ClientNamespace: "default"}

	each(t, func(t *testing.T, r *rig) {
		for n, want := range []api.GetApplicationOutput{basic(api.IdentityTypeAnonymous), center, saml, oidc, sight} {
			in := complete(*want.IdentityType)
			in.DisplayName = fmt.Sprintf("app-%d", n)
			made := must(t, r, us(), api.CreateApplication, in)
			want.DisplayName, want.ApplicationID = &in.DisplayName, new(id(n+1))
			want.ApplicationARN = new(us().ARN("application/%s", id(n+1)))
			if diff := cmp.Diff(&api.CreateApplicationOutput{ApplicationID: want.ApplicationID, ApplicationARN: want.ApplicationARN}, made); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(&want, get(t, r, id(n+1))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", *want.IdentityType, diff)
			}
		}
	})
}

func TestAnApplicationShowsWhatItWasMadeWith(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		in := complete(api.IdentityTypeAwsIAMIDC)
		in.IdentityType = nil // the default
		in.Description = new("")
		in.RoleARN = new("arn:aws:iam::111122223333:role/mine")
		in.EncryptionConfiguration = &api.EncryptionConfiguration{KMSKeyID: new("alias/\x00key")}
		in.Tags = []api.Tag{{Key: "team", Value: "search"}}
		in.AttachmentsConfiguration = &api.AttachmentsConfiguration{AttachmentsControlMode: api.AttachmentsControlModeDisabled}
		in.QAppsConfiguration = &api.QAppsConfiguration{QAppsControlMode: api.QAppsControlModeEnabled}
		in.PersonalizationConfiguration = &api.PersonalizationConfiguration{PersonalizationControlMode: api.PersonalizationControlModeDisabled}
		made := must(t, r, us(), api.CreateApplication, in)
		want := &api.GetApplicationOutput{
			DisplayName: &in.DisplayName, ApplicationID: made.ApplicationID, ApplicationARN: made.ApplicationARN,
			IdentityType:                 new(api.IdentityTypeAwsIAMIDC),
			IdentityCenterApplicationARN: new("arn:aws:sso::111122223333:application/ssoins-0123456789abcdef/apl-a100000000004000"),
			RoleARN:                      in.RoleARN,
			Status:                       new(api.ApplicationStatusActive),
			Description:                  in.Description,
			EncryptionConfiguration:      in.EncryptionConfiguration,
			CreatedAt:                    new(storetest.Start()),
			UpdatedAt:                    new(storetest.Start()),
			AttachmentsConfiguration:     &api.AppliedAttachmentsConfiguration{AttachmentsControlMode: new(api.AttachmentsControlModeDisabled)},
			QAppsConfiguration:           in.QAppsConfiguration,
			PersonalizationConfiguration: in.PersonalizationConfiguration,
		}
		if diff := cmp.Diff(want, get(t, r, id(1))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		tags := must(t, r, us(), api.ListTagsForResource, &api.ListTagsForResourceInput{ResourceARN: *made.ApplicationARN})
		if diff := cmp.Diff(in.Tags, tags.Tags); diff != "" {
			t.Errorf("tags (-want +got):\n%s", diff)
		}
	})
}

func TestEveryFaultOfACreateIsReported(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		in := complete(api.IdentityTypeAwsIAMIDPOIDC)
		in.ClientIDsForOIDC, in.IdentityCenterInstanceARN = nil, new(instance)
		in.Tags = []api.Tag{{Key: "aws:x"}}
		_, err := call(t, r, us(), api.CreateApplication, in)
		optest.Refused(t, err, optest.Invalid("identityCenterInstanceArn", "clientIdsForOIDC", "tags[0].key"))
	})
}

func TestANameIsHeldOnce(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		first, second := create(t, r, "one"), create(t, r, "two")
		_, err := call(t, r, us(), api.CreateApplication, anonymous("one"))
		optest.Refused(t, err, conflict("one"))
		_, err = call(t, r, us(), api.UpdateApplication, &api.UpdateApplicationInput{ApplicationID: second, DisplayName: new("one")})
		optest.Refused(t, err, conflict("one"))
		create(t, r, "ONE") // names are case-sensitive

		must(t, r, us(), api.UpdateApplication, &api.UpdateApplicationInput{ApplicationID: first, DisplayName: new("one")})
		must(t, r, us(), api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: first})
		create(t, r, "one") // free at once
	})
}

func TestTheQuotaOfApplications(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for i := range 50 {
			create(t, r, fmt.Sprintf("app-%d", i))
		}
		full := fault.Error{Code: fault.ServiceQuotaExceeded, ResourceType: "application", ResourceID: us().Account}
		_, err := call(t, r, us(), api.CreateApplication, anonymous("one-more"))
		optest.Refused(t, err, full)

		elsewhere := us()
		elsewhere.Region = "eu-west-1"
		must(t, r, elsewhere, api.CreateApplication, anonymous("one-more"))
		must(t, r, us(), api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: id(7)})
		create(t, r, "one-more")

		r.Quotas.Applications = 51
		create(t, r, "two-more")
		_, err = call(t, r, us(), api.CreateApplication, anonymous("three-more"))
		optest.Refused(t, err, full)
	})
}

func TestAccountsAndRegionsDoNotMeet(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app := create(t, r, "app")
		for _, c := range []op.Caller{
			{Account: "999999999999", Region: "us-east-1"},
			{Account: "111122223333", Region: "eu-west-1"},
		} {
			_, err := call(t, r, c, api.GetApplication, &api.GetApplicationInput{ApplicationID: app})
			optest.Refused(t, err, absent(app))
			_, err = call(t, r, c, api.UpdateApplication, &api.UpdateApplicationInput{ApplicationID: app})
			optest.Refused(t, err, absent(app))
			_, err = call(t, r, c, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: app})
			optest.Refused(t, err, absent(app))
			out := must(t, r, c, api.ListApplications, &api.ListApplicationsInput{})
			if diff := cmp.Diff(&api.ListApplicationsOutput{Applications: []api.Application{}}, out); diff != "" {
				t.Error(diff)
			}
			must(t, r, c, api.CreateApplication, anonymous("app"))
		}
	})
}

func TestUpdateChangesWhatItNames(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		must(t, r, us(), api.CreateApplication, complete(api.IdentityTypeAwsIAMIDPSAML))
		want := get(t, r, id(1))

		r.clock.Advance(time.Minute)
		start := want.UpdatedAt.Add(time.Minute)
		want.UpdatedAt = &start
		must(t, r, us(), api.UpdateApplication, &api.UpdateApplicationInput{ApplicationID: id(1)})
		if diff := cmp.Diff(want, get(t, r, id(1))); diff != "" {
			t.Errorf("an update that names nothing (-want +got):\n%s", diff)
		}

		in := &api.UpdateApplicationInput{
			ApplicationID:                 id(1),
			DisplayName:                   new("renamed"),
			Description:                   new("two\nlines"),
			RoleARN:                       new("arn:aws:iam::111122223333:role/other"),
			AttachmentsConfiguration:      &api.AttachmentsConfiguration{AttachmentsControlMode: api.AttachmentsControlModeDisabled},
			QAppsConfiguration:            &api.QAppsConfiguration{QAppsControlMode: api.QAppsControlModeEnabled},
			PersonalizationConfiguration:  &api.PersonalizationConfiguration{PersonalizationControlMode: api.PersonalizationControlModeEnabled},
			AutoSubscriptionConfiguration: &api.AutoSubscriptionConfiguration{AutoSubscribe: api.AutoSubscriptionStatusEnabled, DefaultSubscriptionType: new(api.SubscriptionTypeQLite)},
		}
		must(t, r, us(), api.UpdateApplication, in)
		want.DisplayName, want.Description, want.RoleARN = in.DisplayName, in.Description, in.RoleARN
		want.AttachmentsConfiguration.AttachmentsControlMode = new(api.AttachmentsControlModeDisabled)
		want.QAppsConfiguration, want.PersonalizationConfiguration = in.QAppsConfiguration, in.PersonalizationConfiguration
		want.AutoSubscriptionConfiguration = in.AutoSubscriptionConfiguration
		if diff := cmp.Diff(want, get(t, r, id(1))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestUnknownApplications(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		_, err := call(t, r, us(), api.GetApplication, &api.GetApplicationInput{ApplicationID: id(9)})
		optest.Refused(t, err, absent(id(9)))
		if m := fault.As(err).Message; !strings.Contains(m, id(9)) || !strings.Contains(m, us().Account) {
			t.Errorf("the message does not say what is missing where: %s", m)
		}
		_, err = call(t, r, us(), api.UpdateApplication, &api.UpdateApplicationInput{ApplicationID: id(9)})
		optest.Refused(t, err, absent(id(9)))
		_, err = call(t, r, us(), api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: id(9)})
		optest.Refused(t, err, absent(id(9)))
	})
}

func TestATokenMakesOneApplication(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		in := anonymous("app")
		in.ClientToken = new("token")
		first := must(t, r, us(), api.CreateApplication, in)
		if diff := cmp.Diff(first, must(t, r, us(), api.CreateApplication, in)); diff != "" {
			t.Errorf("another answer (-first +second):\n%s", diff)
		}
		other := anonymous("other")
		other.ClientToken = new("token")
		_, err := call(t, r, us(), api.CreateApplication, other)
		optest.Refused(t, err, fault.Error{Code: fault.Conflict, ResourceType: "clientToken", ResourceID: "token"})

		r.clock.Advance(24 * time.Hour)
		must(t, r, us(), api.CreateApplication, other)
		if n := len(must(t, r, us(), api.ListApplications, &api.ListApplicationsInput{}).Applications); n != 2 {
			t.Errorf("%d applications, want 2", n)
		}
	})
}

func TestThreeServersMakeOneApplicationOfAToken(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, config store.Config) {
		clock := storetest.NewClock()
		config.Now = clock.Now
		const servers, each = 3, 4
		rigs := make([]*rig, servers)
		for i := range rigs {
			db, err := store.Open(t.Context(), config)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { db.Close() })
			rigs[i] = newRig(db, clock)
			rigs[i].NewID = uuid.NewString
		}
		answers := make([]*api.CreateApplicationOutput, servers*each)
		var all sync.WaitGroup
		for i := range answers {
			all.Go(func() {
				in := anonymous("app")
				in.ClientToken = new("token")
				out, err := call(t, rigs[i%servers], us(), api.CreateApplication, in)
				if err != nil {
					t.Errorf("request %d: %v, because of %v", i, err, errors.Unwrap(err))
				}
				answers[i] = out
			})
		}
		all.Wait()
		for i, a := range answers {
			if diff := cmp.Diff(answers[0], a); diff != "" {
				t.Errorf("answer %d differs:\n%s", i, diff)
			}
		}
		if n := len(must(t, rigs[0], us(), api.ListApplications, &api.ListApplicationsInput{}).Applications); n != 1 {
			t.Errorf("%d applications, want 1", n)
		}
	})
}

func TestConflictsOfTheDatabaseAreNotSeen(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		for i := range 20 {
			in := anonymous(fmt.Sprintf("app-%d", i))
			in.ClientToken = new(fmt.Sprint(i))
			app := *must(t, r, us(), api.CreateApplication, in).ApplicationID
			must(t, r, us(), api.UpdateApplication, &api.UpdateApplicationInput{ApplicationID: app, Description: new("changed")})
			if got := get(t, r, app); *got.Description != "changed" {
				t.Errorf("%s: %q", app, *got.Description)
			}
			if i%2 == 0 {
				must(t, r, us(), api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: app})
			}
		}
		exhaust(t, r)
		if n := len(must(t, r, us(), api.ListApplications, &api.ListApplicationsInput{}).Applications); n != 10 {
			t.Errorf("%d applications, want 10", n)
		}
	}, storetest.WithConflicts(1, 0.1))
}
