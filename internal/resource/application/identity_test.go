package application

import (
	"regexp"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

const (
	samlProvider = "arn:aws:iam::111122223333:saml-provider/corp"
	oidcProvider = "arn:aws:iam::111122223333:oidc-provider/login.example.com"
)

// complete is a create with all that its identity type needs.
func complete(t api.IdentityType) *api.CreateApplicationInput {
	in := &api.CreateApplicationInput{DisplayName: "app", IdentityType: &t}
	switch t {
	case api.IdentityTypeAwsIAMIDC:
		in.IdentityCenterInstanceARN = new(instance)
	case api.IdentityTypeAwsIAMIDPSAML:
		in.IAMIdentityProviderARN = new(samlProvider)
	case api.IdentityTypeAwsIAMIDPOIDC:
		in.IAMIdentityProviderARN, in.ClientIDsForOIDC = new(oidcProvider), []string{"one", "two"}
	case api.IdentityTypeAwsQuicksightIDP:
		in.QuickSightConfiguration = &api.QuickSightConfiguration{ClientNamespace: "default"}
	}
	return in
}

// TestWhatIdentityTypesNeedAndForbid tries each type with none and with all of
// the members that belong to identity types.
func TestWhatIdentityTypesNeedAndForbid(t *testing.T) {
	const center, provider, clients, sight = "identityCenterInstanceArn", "iamIdentityProviderArn", "clientIdsForOIDC", "quickSightConfiguration"
	cases := []struct {
		kind             *api.IdentityType
		needs, forbids   []string
		provider, unlike string // the ARN that goes with the type, and one that does not
	}{
		{kind: nil, needs: []string{center}, forbids: []string{provider, clients, sight}},
		{kind: new(api.IdentityTypeAwsIAMIDC), needs: []string{center}, forbids: []string{provider, clients, sight}},
		{kind: new(api.IdentityTypeAwsIAMIDPSAML), needs: []string{provider}, forbids: []string{center, clients, sight}, provider: samlProvider, unlike: oidcProvider},
		{kind: new(api.IdentityTypeAwsIAMIDPOIDC), needs: []string{provider, clients}, forbids: []string{center, sight}, provider: oidcProvider, unlike: samlProvider},
		{kind: new(api.IdentityTypeAwsQuicksightIDP), needs: []string{sight}, forbids: []string{center, provider, clients}},
		{kind: new(api.IdentityTypeAnonymous), forbids: []string{center, provider, clients, sight}},
	}
	each(t, func(t *testing.T, r *rig) {
		for _, tt := range cases {
			name := "default"
			if tt.kind != nil {
				name = string(*tt.kind)
			}
			t.Run(name, func(t *testing.T) {
				if len(tt.needs) > 0 {
					_, err := call(t, r, us(), api.CreateApplication, &api.CreateApplicationInput{DisplayName: "none", IdentityType: tt.kind})
					optest.Refused(t, err, optest.Invalid(tt.needs...))
				}
				all := &api.CreateApplicationInput{
					DisplayName: "all", IdentityType: tt.kind,
					IdentityCenterInstanceARN: new(instance), IAMIdentityProviderARN: new(samlProvider),
					ClientIDsForOIDC: []string{"one"}, QuickSightConfiguration: &api.QuickSightConfiguration{ClientNamespace: "default"},
				}
				if tt.provider != "" {
					all.IAMIdentityProviderARN = &tt.provider
				}
				_, err := call(t, r, us(), api.CreateApplication, all)
				optest.Refused(t, err, optest.Invalid(tt.forbids...))
				if tt.unlike != "" {
					in := complete(*tt.kind)
					in.IAMIdentityProviderARN = &tt.unlike
					_, err := call(t, r, us(), api.CreateApplication, in)
					optest.Refused(t, err, optest.Invalid(provider))
				}
			})
		}
	})
}

func TestWhatAnUpdateRefuses(t *testing.T) {
	const center, auto = "identityCenterInstanceArn", "autoSubscriptionConfiguration"
	on := &api.AutoSubscriptionConfiguration{AutoSubscribe: api.AutoSubscriptionStatusEnabled, DefaultSubscriptionType: new(api.SubscriptionTypeQBusiness)}
	off := &api.AutoSubscriptionConfiguration{AutoSubscribe: api.AutoSubscriptionStatusDisabled}
	half := &api.AutoSubscriptionConfiguration{AutoSubscribe: api.AutoSubscriptionStatusEnabled}
	cases := map[string]struct {
		kind   api.IdentityType
		update api.UpdateApplicationInput
		fields []string // none: it is accepted
	}{
		"an instance for Identity Center": {api.IdentityTypeAwsIAMIDC, api.UpdateApplicationInput{IdentityCenterInstanceARN: new(instance)}, nil},
		"an instance for SAML":            {api.IdentityTypeAwsIAMIDPSAML, api.UpdateApplicationInput{IdentityCenterInstanceARN: new(instance)}, []string{center}},
		"an instance for nobody":          {api.IdentityTypeAnonymous, api.UpdateApplicationInput{IdentityCenterInstanceARN: new(instance)}, []string{center}},
		"subscriptions on for SAML":       {api.IdentityTypeAwsIAMIDPSAML, api.UpdateApplicationInput{AutoSubscriptionConfiguration: on}, nil},
		"subscriptions off for OIDC":      {api.IdentityTypeAwsIAMIDPOIDC, api.UpdateApplicationInput{AutoSubscriptionConfiguration: off}, nil},
		"subscriptions of no type":        {api.IdentityTypeAwsIAMIDPOIDC, api.UpdateApplicationInput{AutoSubscriptionConfiguration: half}, []string{auto + ".defaultSubscriptionType"}},
		"subscriptions for QuickSight":    {api.IdentityTypeAwsQuicksightIDP, api.UpdateApplicationInput{AutoSubscriptionConfiguration: off}, []string{auto}},
		"subscriptions for a center":      {api.IdentityTypeAwsIAMIDC, api.UpdateApplicationInput{AutoSubscriptionConfiguration: half}, []string{auto, auto + ".defaultSubscriptionType"}},
	}
	each(t, func(t *testing.T, r *rig) {
		for name, tt := range cases {
			t.Run(name, func(t *testing.T) {
				in := complete(tt.kind)
				in.DisplayName = regexp.MustCompile(`\W`).ReplaceAllString(name, "-")
				app := *must(t, r, us(), api.CreateApplication, in).ApplicationID
				tt.update.ApplicationID = app
				_, err := call(t, r, us(), api.UpdateApplication, &tt.update)
				if tt.fields == nil {
					if err != nil {
						t.Error(err)
					}
					return
				}
				optest.Refused(t, err, optest.Invalid(tt.fields...))
			})
		}
	})
}

func TestMovingToAnotherIdentityCenter(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		must(t, r, us(), api.CreateApplication, complete(api.IdentityTypeAwsIAMIDC))
		must(t, r, us(), api.UpdateApplication, &api.UpdateApplicationInput{ApplicationID: id(1), IdentityCenterInstanceARN: new("arn:aws:sso:::instance/ins-fedcba9876543210")})
		got := *get(t, r, id(1)).IdentityCenterApplicationARN
		if want := "arn:aws:sso::111122223333:application/ins-fedcba9876543210/apl-a100000000004000"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	})
}

// TestAnswersFollowTheModel: what we make up must look as the model says.
func TestAnswersFollowTheModel(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		must(t, r, us(), api.CreateApplication, complete(api.IdentityTypeAwsIAMIDC))
		got := get(t, r, id(1))
		for shape, value := range map[string]string{
			"IdcApplicationArn": *got.IdentityCenterApplicationARN,
			"RoleArn":           *got.RoleARN,
			"ApplicationArn":    *got.ApplicationARN,
			"ApplicationId":     *got.ApplicationID,
		} {
			if s := api.Schema.Shape(shape); !s.Pattern.Matches(value) {
				t.Errorf("%s %q does not match %s", shape, value, s.Pattern)
			}
		}
	})
}
