package experience

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/saml/samltest"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// TestSecretIsLookedAt: an experience with an OpenID Connect provider is CREATING
// until its secret was read, and says what is wrong with it.
func TestSecretIsLookedAt(t *testing.T) {
	const good = `{"client_secret":"s3cret-of-the-client"}`
	for name, tt := range map[string]struct {
		value  string
		break_ func(t *testing.T, r *rig, secret string) // before the job
		code   api.ErrorCode                             // "" when it is ACTIVE
		words  string
	}{
		"good":             {good, nil, "", ""},
		"no JSON":          {"s3cret-of-the-client", nil, api.ErrorCodeInvalidRequest, "has no client secret"},
		"another key":      {`{"password":"s3cret-of-the-client"}`, nil, api.ErrorCodeInvalidRequest, `{"client_secret": "…"}`},
		"an empty one":     {`{"client_secret":""}`, nil, api.ErrorCodeInvalidRequest, "has no client secret"},
		"deleted":          {good, dropSecret, api.ErrorCodeResourceNotFound, "The secret arn:aws:secretsmanager:"},
		"role is gone":     {good, dropRole, api.ErrorCodeInvalidRequest, "There is no role " + secretRole},
		"role may nothing": {good, emptyRole, api.ErrorCodeInvalidRequest, "is not allowed to do secretsmanager:GetSecretValue"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, r *rig) {
				app := r.app(t, api.IdentityTypeAwsIAMIDPOIDC)
				r.Roles.TrustUnknown = false
				r.makeRole(t, "reader", principal.Itself)
				r.makeRole(t, "page", "lambda.amazonaws.com") // people assume it: whom it trusts is not asked
				secret := r.secret(t, tt.value)
				made := *must(t, r, api.CreateWebExperience, &api.CreateWebExperienceInput{ApplicationID: app, RoleARN: new(role), IdentityProviderConfiguration: oidc(secret)}).WebExperienceID
				if got := *r.get(t, app, made).Status; got != api.WebExperienceStatusCreating {
					t.Errorf("%s, want CREATING", got)
				}
				if tt.break_ != nil {
					tt.break_(t, r, secret)
				}
				r.work(t)
				got := r.get(t, app, made)
				if tt.code == "" {
					if *got.Status != api.WebExperienceStatusActive || got.Error != nil {
						t.Errorf("%s %v, want ACTIVE", *got.Status, got.Error)
					}
					return
				}
				if *got.Status != api.WebExperienceStatusFailed || *got.Error.ErrorCode != tt.code || !strings.Contains(*got.Error.ErrorMessage, tt.words) {
					t.Errorf("%s %s %s", *got.Status, *got.Error.ErrorCode, *got.Error.ErrorMessage)
				}
				if strings.Contains(*got.Error.ErrorMessage, "s3cret") {
					t.Errorf("the secret is told: %s", *got.Error.ErrorMessage)
				}
			})
		})
	}
}

func dropSecret(t *testing.T, r *rig, secret string) {
	must(t, r, secretsmanager.DeleteSecret, &secretsmanager.DeleteSecretInput{SecretID: secret, ForceDeleteWithoutRecovery: new(true)})
}

func emptyRole(t *testing.T, r *rig, _ string) {
	must(t, r, iam.DeleteRolePolicy, &iam.DeleteRolePolicyInput{RoleName: "reader", PolicyName: "reads"})
}

func dropRole(t *testing.T, r *rig, secret string) {
	emptyRole(t, r, secret)
	must(t, r, iam.DeleteRole, &iam.DeleteRoleInput{RoleName: "reader"})
}

// TestFailedIsTriedAgain: by any update, as it is then.
func TestFailedIsTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app, secret := r.app(t, api.IdentityTypeAwsIAMIDPOIDC), r.secret(t, "none")
		made := *must(t, r, api.CreateWebExperience, &api.CreateWebExperienceInput{ApplicationID: app, RoleARN: new(role), IdentityProviderConfiguration: oidc(secret)}).WebExperienceID
		r.work(t)
		if got := *r.get(t, app, made).Status; got != api.WebExperienceStatusFailed {
			t.Fatalf("%s, want FAILED", got)
		}
		must(t, r, secretsmanager.PutSecretValue, &secretsmanager.PutSecretValueInput{SecretID: secret, SecretString: new(`{"client_secret":"x"}`)})
		must(t, r, api.UpdateWebExperience, &api.UpdateWebExperienceInput{ApplicationID: app, WebExperienceID: made, Title: new("again")})
		if got := r.get(t, app, made); *got.Status != api.WebExperienceStatusCreating || got.Error != nil {
			t.Errorf("%s %v, want CREATING", *got.Status, got.Error)
		}
		r.work(t)
		if got := r.get(t, app, made); *got.Status != api.WebExperienceStatusActive {
			t.Errorf("%s %v, want ACTIVE", *got.Status, got.Error)
		}
	})
}

// TestAnEarlierCheckCountsNoMore: what was found about a provider that was replaced.
func TestAnEarlierCheckCountsNoMore(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app, secret := r.app(t, api.IdentityTypeAwsIAMIDPOIDC), r.secret(t, "none")
		made := *must(t, r, api.CreateWebExperience, &api.CreateWebExperienceInput{ApplicationID: app, RoleARN: new(role), IdentityProviderConfiguration: oidc(secret)}).WebExperienceID
		must(t, r, api.UpdateWebExperience, &api.UpdateWebExperienceInput{ApplicationID: app, WebExperienceID: made, IdentityProviderConfiguration: oidc(secret)})
		for _, err := range []error{
			r.check(t.Context(), us().Tenant(), checkArgs{app, made, 1}),
			r.check(t.Context(), us().Tenant(), checkArgs{app, id(9), 1}),
			r.DB.Update(t.Context(), func(tx *store.Tx) error {
				return gaveUp(tx, us().Tenant(), checkArgs{app, made, 1}, errors.New("late"))
			}),
		} {
			if err != nil {
				t.Error(err)
			}
		}
		if got := *r.get(t, app, made).Status; got != api.WebExperienceStatusCreating {
			t.Errorf("%s, want CREATING", got)
		}
		err := r.DB.Update(t.Context(), func(tx *store.Tx) error {
			return gaveUp(tx, us().Tenant(), checkArgs{app, made, 2}, errors.New("at last"))
		})
		got := r.get(t, app, made)
		if err != nil || *got.Status != api.WebExperienceStatusFailed || *got.Error.ErrorCode != api.ErrorCodeInternalError || strings.Contains(*got.Error.ErrorMessage, "at last") {
			t.Errorf("%s %v %v", *got.Status, got.Error, err)
		}
	})
}

// TestPageRole: the pages of an Identity Center application assume it.
func TestPageRole(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app := r.app(t, api.IdentityTypeAwsIAMIDC)
		r.Roles.TrustUnknown = false
		in := &api.CreateWebExperienceInput{ApplicationID: app, RoleARN: new(role)}
		_, err := call(t, r, api.CreateWebExperience, in)
		if text := optest.Refused(t, err, optest.Invalid("roleArn")); !strings.Contains(text, "with "+principal.Pages+" as the one it trusts") {
			t.Error(text)
		}
		r.makeRole(t, "page", principal.Itself)
		_, err = call(t, r, api.CreateWebExperience, in)
		optest.Refused(t, err, optest.Invalid("roleArn"))
		must(t, r, iam.UpdateAssumeRolePolicy, &iam.UpdateAssumeRolePolicyInput{RoleName: "page",
			PolicyDocument: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"` + principal.Pages + `"},"Action":"sts:AssumeRole"}}`})
		must(t, r, api.CreateWebExperience, in)
	})
}

// TestLegacy is an authenticationConfiguration, which updates alone can give.
func TestLegacy(t *testing.T) {
	idp := samltest.New(t)
	idp.Now = storetest.Start
	idp.Rekey(2048)
	each(t, func(t *testing.T, r *rig) {
		app := r.app(t, api.IdentityTypeAwsIAMIDPSAML)
		made := *must(t, r, api.CreateWebExperience, &api.CreateWebExperienceInput{ApplicationID: app}).WebExperienceID
		given := &api.WebExperienceAuthConfiguration{SAMLConfiguration: &api.SAMLConfiguration{
			MetadataXML: string(idp.Metadata()), RoleARN: role, UserIDAttribute: "email", UserGroupAttribute: new("groups"),
		}}
		must(t, r, api.UpdateWebExperience, &api.UpdateWebExperienceInput{ApplicationID: app, WebExperienceID: made, AuthenticationConfiguration: given})
		got := r.get(t, app, made)
		if diff := cmp.Diff(given, got.AuthenticationConfiguration); diff != "" || *got.Status != api.WebExperienceStatusActive {
			t.Errorf("%s (-want +got):\n%s", *got.Status, diff)
		}
		if n := len(must(t, r, api.ListWebExperiences, &api.ListWebExperiencesInput{ApplicationID: app}).WebExperiences); n != 1 {
			t.Errorf("%d are listed", n)
		}
		for field, change := range map[string]func(c *api.SAMLConfiguration){
			"authenticationConfiguration.samlConfiguration.metadataXML": func(c *api.SAMLConfiguration) { c.MetadataXML = "<a>" + strings.Repeat("x", 1000) + "</a>" },
			"authenticationConfiguration.samlConfiguration.roleArn":     func(c *api.SAMLConfiguration) { c.RoleARN = "arn:aws:iam::444455556666:role/page" },
		} {
			bad := *given.SAMLConfiguration
			change(&bad)
			_, err := call(t, r, api.UpdateWebExperience, &api.UpdateWebExperienceInput{ApplicationID: app, WebExperienceID: made,
				AuthenticationConfiguration: &api.WebExperienceAuthConfiguration{SAMLConfiguration: &bad}})
			optest.Refused(t, err, optest.Invalid(field))
		}
		open, page := r.open(t)
		_, err := call(t, r, api.UpdateWebExperience, &api.UpdateWebExperienceInput{ApplicationID: open, WebExperienceID: page, AuthenticationConfiguration: given})
		optest.Refused(t, err, optest.Invalid("authenticationConfiguration.samlConfiguration"))
	})
}
