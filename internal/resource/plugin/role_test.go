package plugin

import (
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// withRole demands real roles, and makes one that trusts the service and may
// read so many secrets.
func (b *bench) withRole(t *testing.T, secrets string) *principal.Service {
	t.Helper()
	b.plugins.Roles.TrustUnknown = false
	s := b.plugins.Roles.Principals
	const trust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"qbusiness.amazonaws.com"},"Action":"sts:AssumeRole"}}`
	if _, err := s.CreateRole(t.Context(), b.caller, &iam.CreateRoleInput{RoleName: "plugins", AssumeRolePolicyDocument: trust}); err != nil {
		t.Fatal(err)
	}
	reads := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"` + secrets + `"}}`
	if _, err := s.PutRolePolicy(t.Context(), b.caller, &iam.PutRolePolicyInput{RoleName: "plugins", PolicyName: "reads", PolicyDocument: reads}); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAPluginNeedsARoleThatWillDo: each way to authorize, and what is said.
func TestAPluginNeedsARoleThatWillDo(t *testing.T) {
	quick := func(b *bench, t *testing.T) *api.CreatePluginInput {
		people := optest.Must(t, b.Registry, b.caller, api.CreateApplication, &api.CreateApplicationInput{
			DisplayName: "people", IdentityType: new(api.IdentityTypeAwsIAMIDC), IdentityCenterInstanceARN: new("arn:aws:sso:::instance/ssoins-1111222233334444"),
		})
		return &api.CreatePluginInput{ApplicationID: *people.ApplicationID, DisplayName: "quick",
			Type: api.PluginTypeQuicksight, AuthConfiguration: idcAuth()}
	}
	vendor := func(auth api.PluginAuthConfiguration, kind api.PluginType) func(b *bench, t *testing.T) *api.CreatePluginInput {
		return func(b *bench, _ *testing.T) *api.CreatePluginInput {
			return &api.CreatePluginInput{ApplicationID: b.app, DisplayName: "vendor", Type: kind, AuthConfiguration: auth, ServerURL: new(server)}
		}
	}
	for name, test := range map[string]struct {
		in    func(b *bench, t *testing.T) *api.CreatePluginInput
		field string
		reads bool // a secret
	}{
		"basic": {vendor(basicAuth(), api.PluginTypeJira), "authConfiguration.basicAuthConfiguration.roleArn", true},
		"OAuth": {vendor(oauth(), api.PluginTypeSalesforce), "authConfiguration.oAuth2ClientCredentialConfiguration.roleArn", true},
		"IDC":   {quick, "authConfiguration.idcAuthConfiguration.roleArn", false},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, b *bench) {
				b.plugins.Roles.TrustUnknown = false
				in := test.in(b, t)
				_, err := optest.Call(t, b.Registry, b.caller, api.CreatePlugin, in)
				said := optest.Refused(t, err, optest.Invalid(test.field))
				if !strings.Contains(said, "there is no role "+role) {
					t.Error(said)
				}
				b.withRole(t, secret+"-of-another")
				_, err = optest.Call(t, b.Registry, b.caller, api.CreatePlugin, in)
				if !test.reads {
					if err != nil {
						t.Error(err)
					}
					return
				}
				if said = optest.Refused(t, err, optest.Invalid(test.field)); !strings.Contains(said, "is not allowed to do secretsmanager:GetSecretValue on "+secret) {
					t.Error(said)
				}
			})
		})
	}
}

// TestARoleThatWillDo is taken, and another one in its place has to do as well.
func TestARoleThatWillDo(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.withRole(t, secret)
		id := b.create(t, &api.CreatePluginInput{ApplicationID: b.app, DisplayName: "vendor", Type: api.PluginTypeJira, AuthConfiguration: basicAuth(), ServerURL: new(server)})
		other := basicAuth()
		other.BasicAuthConfiguration.RoleARN = role + "2"
		_, err := optest.Call(t, b.Registry, b.caller, api.UpdatePlugin, &api.UpdatePluginInput{ApplicationID: b.app, PluginID: id, AuthConfiguration: &other})
		optest.Refused(t, err, optest.Invalid("authConfiguration.basicAuthConfiguration.roleArn"))
		if got := b.get(t, id).AuthConfiguration.BasicAuthConfiguration.RoleARN; got != role {
			t.Errorf("its role is %s", got)
		}
		b.plugins.Roles.TrustUnknown = true
		optest.Must(t, b.Registry, b.caller, api.UpdatePlugin, &api.UpdatePluginInput{ApplicationID: b.app, PluginID: id, AuthConfiguration: &other})
	})
}
