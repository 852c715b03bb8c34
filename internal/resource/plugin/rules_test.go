package plugin

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

const (
	secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:jira"
	role   = "arn:aws:iam::111122223333:role/plugins"
	server = "https://example.atlassian.net"
)

func basicAuth() api.PluginAuthConfiguration {
	return api.PluginAuthConfiguration{BasicAuthConfiguration: &api.BasicAuthConfiguration{SecretARN: secret, RoleARN: role}}
}

func oauth(urls ...string) api.PluginAuthConfiguration {
	o := &api.OAuth2ClientCredentialConfiguration{SecretARN: secret, RoleARN: role}
	if len(urls) == 2 {
		o.AuthorizationURL, o.TokenURL = &urls[0], &urls[1]
	}
	return api.PluginAuthConfiguration{OAuth2ClientCredentialConfiguration: o}
}

func idcAuth() api.PluginAuthConfiguration {
	return api.PluginAuthConfiguration{IDCAuthConfiguration: &api.IDCAuthConfiguration{
		IDCApplicationARN: "arn:aws:sso::111122223333:application/ssoins-1111222233334444/apl-1111222233334444", RoleARN: role,
	}}
}

func noAuth() api.PluginAuthConfiguration {
	return api.PluginAuthConfiguration{NoAuthConfiguration: &api.NoAuthConfiguration{}}
}

// newer are the built-in types whose users sign in by authorization code.
func newer() []api.PluginType {
	return []api.PluginType{
		api.PluginTypeServicenowNowPlatform, api.PluginTypeJiraCloud, api.PluginTypeSalesforceCRM, api.PluginTypeZendeskSuite,
		api.PluginTypeAtlassianConfluence, api.PluginTypeGoogleCalendar, api.PluginTypeMicrosoftTeams, api.PluginTypeMicrosoftExchange,
		api.PluginTypePagerdutyAdvance, api.PluginTypeSmartsheet, api.PluginTypeAsana,
	}
}

func TestEveryTypeTakesWhatItNeeds(t *testing.T) {
	urls := []string{"https://auth.example.com/authorize", "https://auth.example.com/token"}
	takes := map[api.PluginType]api.CreatePluginInput{
		api.PluginTypeServiceNow: {AuthConfiguration: basicAuth(), ServerURL: new(server)},
		api.PluginTypeJira:       {AuthConfiguration: basicAuth(), ServerURL: new(server)},
		api.PluginTypeZendesk:    {AuthConfiguration: basicAuth(), ServerURL: new(server)},
		api.PluginTypeSalesforce: {AuthConfiguration: oauth(), ServerURL: new(server)},
		api.PluginTypeQuicksight: {AuthConfiguration: idcAuth()},
		api.PluginTypeCustom: {AuthConfiguration: noAuth(), CustomPluginConfiguration: &api.CustomPluginConfiguration{
			Description: "Tasks", APISchemaType: api.APISchemaTypeOpenAPIV3, APISchema: inline(tasks),
		}},
	}
	for _, name := range newer() {
		takes[name] = api.CreatePluginInput{AuthConfiguration: oauth(urls...), ServerURL: new(server)}
	}
	if all := api.Schema.Shape("PluginType").Values; len(takes) != len(all) {
		t.Fatalf("the model has %d types, the table %d", len(all), len(takes))
	}
	b := newBench(t, storetest.New(t), storetest.NewClock())
	for name, in := range takes {
		t.Run(string(name), func(t *testing.T) {
			in.ApplicationID, in.DisplayName, in.Type = b.appFor(t, name), string(name), name
			out := optest.Must(t, b.Registry, b.caller, api.CreatePlugin, &in)
			if *out.BuildStatus != api.PluginBuildStatusReady {
				t.Errorf("buildStatus %s, want READY", *out.BuildStatus)
			}
			got := optest.Must(t, b.Registry, b.caller, api.GetPlugin, &api.GetPluginInput{ApplicationID: in.ApplicationID, PluginID: *out.PluginID})
			if diff := cmp.Diff(&in.AuthConfiguration, got.AuthConfiguration); diff != "" {
				t.Errorf("authConfiguration (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(in.ServerURL, got.ServerURL); diff != "" {
				t.Errorf("serverUrl (-want +got):\n%s", diff)
			}
		})
	}
}

// An API key or a shared token comes from the secret alone: nobody signs in, so
// no endpoints are needed.
func TestSharedCredentialsNeedNoEndpoints(t *testing.T) {
	b := newBench(t, storetest.New(t), storetest.NewClock())
	for name, scheme := range map[string]string{
		"key": `{"type": "apiKey", "in": "header", "name": "X-Key"}`, "bearer": `{"type": "http", "scheme": "bearer"}`, "basic": `{"type": "http", "scheme": "basic"}`,
	} {
		document := strings.Replace(tasks, "{", `{"security": [{"shared": []}], "components": {"securitySchemes": {"shared": `+scheme+`}},`, 1)
		in := &api.CreatePluginInput{
			ApplicationID: b.app, DisplayName: name, Type: api.PluginTypeCustom, AuthConfiguration: oauth(),
			CustomPluginConfiguration: &api.CustomPluginConfiguration{Description: "Tasks", APISchemaType: api.APISchemaTypeOpenAPIV3, APISchema: inline(document)},
		}
		if out := optest.Must(t, b.Registry, b.caller, api.CreatePlugin, in); *out.BuildStatus != api.PluginBuildStatusReady {
			t.Errorf("%s: buildStatus %s", name, *out.BuildStatus)
		}
	}
}

// appFor is an application in which a plugin of the type can be.
func (b *bench) appFor(t *testing.T, name api.PluginType) string {
	t.Helper()
	if name != api.PluginTypeQuicksight {
		return b.app
	}
	out := optest.Must(t, b.Registry, b.caller, api.CreateApplication, &api.CreateApplicationInput{
		DisplayName: "centre", IdentityType: new(api.IdentityTypeAwsIAMIDC),
		IdentityCenterInstanceARN: new("arn:aws:sso:::instance/ssoins-1111222233334444"),
	})
	return *out.ApplicationID
}

func TestEveryTypeRefusesWhatItCannotUse(t *testing.T) {
	const (
		oauthField = "authConfiguration.oAuth2ClientCredentialConfiguration"
		custom     = "customPluginConfiguration"
	)
	schema := &api.CustomPluginConfiguration{Description: "Tasks", APISchemaType: api.APISchemaTypeOpenAPIV3, APISchema: inline(tasks)}
	bare := &api.CustomPluginConfiguration{Description: "Tasks", APISchemaType: api.APISchemaTypeOpenAPIV3}
	type refusal struct {
		in   api.CreatePluginInput
		want []string
	}
	refusals := map[string]refusal{
		"custom without document":             {api.CreatePluginInput{Type: api.PluginTypeCustom, AuthConfiguration: noAuth()}, []string{custom}},
		"custom without schema":               {api.CreatePluginInput{Type: api.PluginTypeCustom, AuthConfiguration: noAuth(), CustomPluginConfiguration: bare}, []string{custom + ".apiSchema"}},
		"custom with server":                  {api.CreatePluginInput{Type: api.PluginTypeCustom, AuthConfiguration: noAuth(), CustomPluginConfiguration: schema, ServerURL: new(server)}, []string{"serverUrl"}},
		"custom with oauth that nobody names": {api.CreatePluginInput{Type: api.PluginTypeCustom, AuthConfiguration: oauth(), CustomPluginConfiguration: schema}, []string{oauthField + ".authorizationUrl", oauthField + ".tokenUrl"}},
		"legacy without server":               {api.CreatePluginInput{Type: api.PluginTypeJira, AuthConfiguration: basicAuth()}, []string{"serverUrl"}},
		"legacy with oauth":                   {api.CreatePluginInput{Type: api.PluginTypeZendesk, AuthConfiguration: oauth(), ServerURL: new(server)}, []string{oauthField}},
		"custom with a person's own token":    {api.CreatePluginInput{Type: api.PluginTypeCustom, AuthConfiguration: idcAuth(), CustomPluginConfiguration: schema}, []string{"authConfiguration.idcAuthConfiguration"}},
		"legacy with a document":              {api.CreatePluginInput{Type: api.PluginTypeServiceNow, AuthConfiguration: basicAuth(), ServerURL: new(server), CustomPluginConfiguration: schema}, []string{custom}},
		"salesforce with basic":               {api.CreatePluginInput{Type: api.PluginTypeSalesforce, AuthConfiguration: basicAuth(), ServerURL: new(server)}, []string{"authConfiguration.basicAuthConfiguration"}},
		"quicksight with server":              {api.CreatePluginInput{Type: api.PluginTypeQuicksight, AuthConfiguration: idcAuth(), ServerURL: new(server)}, []string{"serverUrl"}},
		"quicksight elsewhere":                {api.CreatePluginInput{Type: api.PluginTypeQuicksight, AuthConfiguration: idcAuth()}, []string{"type"}},
		"everything at once": {api.CreatePluginInput{
			Type: api.PluginTypeAsana, AuthConfiguration: oauth(), CustomPluginConfiguration: schema, Tags: []api.Tag{{Key: "aws:x", Value: "y"}},
		}, []string{custom, "tags[0].key"}},
		"urls that are none": {api.CreatePluginInput{
			Type: api.PluginTypeAsana, AuthConfiguration: oauth("ftp://example.com", "https://user:pw@example.com"), ServerURL: new("file:///etc"),
		}, []string{"serverUrl", oauthField + ".authorizationUrl", oauthField + ".tokenUrl"}},
	}
	for _, name := range newer() {
		refusals[string(name)+" without auth"] = refusal{
			api.CreatePluginInput{Type: name, AuthConfiguration: noAuth(), ServerURL: new(server)},
			[]string{"authConfiguration.noAuthConfiguration"},
		}
	}
	for _, name := range []api.PluginType{api.PluginTypeJiraCloud, api.PluginTypeZendeskSuite, api.PluginTypeServicenowNowPlatform, api.PluginTypeSalesforceCRM} {
		refusals[string(name)+" without server"] = refusal{
			api.CreatePluginInput{Type: name, AuthConfiguration: oauth()}, []string{"serverUrl"},
		}
	}
	b := newBench(t, storetest.New(t), storetest.NewClock())
	for name, tt := range refusals {
		t.Run(name, func(t *testing.T) {
			tt.in.ApplicationID, tt.in.DisplayName = b.app, "p"
			_, err := optest.Call(t, b.Registry, b.caller, api.CreatePlugin, &tt.in)
			optest.Refused(t, err, optest.Invalid(tt.want...))
		})
	}
}

func TestAnUpdateCannotLeaveTheType(t *testing.T) {
	b := newBench(t, storetest.New(t), storetest.NewClock())
	id := b.create(t, b.custom("tasks", inline(tasks)))
	err := b.update(t, &api.UpdatePluginInput{PluginID: id, ServerURL: new(server), AuthConfiguration: new(idcAuth())})
	optest.Refused(t, err, optest.Invalid("serverUrl", "authConfiguration.idcAuthConfiguration"))
	jira := b.create(t, &api.CreatePluginInput{
		ApplicationID: b.app, DisplayName: "jira", Type: api.PluginTypeJira, AuthConfiguration: basicAuth(), ServerURL: new(server),
	})
	err = b.update(t, &api.UpdatePluginInput{PluginID: jira, CustomPluginConfiguration: &api.CustomPluginConfiguration{
		Description: "x", APISchemaType: api.APISchemaTypeOpenAPIV3, APISchema: inline(tasks),
	}})
	optest.Refused(t, err, optest.Invalid("customPluginConfiguration"))
}
