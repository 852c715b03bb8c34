package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/google/go-cmp/cmp"
)

// custom is the request for a custom plugin from a schema.
func custom(app, name string, schema types.APISchema) *qbusiness.CreatePluginInput {
	return &qbusiness.CreatePluginInput{
		ApplicationId: &app, DisplayName: &name, Type: types.PluginTypeCustom,
		AuthConfiguration:         &types.PluginAuthConfigurationMemberNoAuthConfiguration{},
		CustomPluginConfiguration: configuration(schema),
	}
}

func configuration(schema types.APISchema) *types.CustomPluginConfiguration {
	return &types.CustomPluginConfiguration{
		Description: new("What the tests need"), ApiSchemaType: types.APISchemaTypeOpenApiV3, ApiSchema: schema,
	}
}

func payload(document string) types.APISchema {
	return &types.APISchemaMemberPayload{Value: document}
}

func object(bucket, key string) types.APISchema {
	return &types.APISchemaMemberS3{Value: types.S3{Bucket: &bucket, Key: &key}}
}

// plugin creates a custom plugin with the operations of tickets.yaml.
func (s *site) plugin(t *testing.T, app, name string) *qbusiness.CreatePluginOutput {
	t.Helper()
	return must(s.CreatePlugin(t.Context(), custom(app, name, payload(material(t, "tickets.yaml")))))(t)
}

// built waits until a plugin's build has come to its end.
func (s *site) built(t *testing.T, app, id string) *qbusiness.GetPluginOutput {
	t.Helper()
	var got *qbusiness.GetPluginOutput
	eventually(t, "the plugin is built", func() bool {
		got = must(s.GetPlugin(t.Context(), &qbusiness.GetPluginInput{ApplicationId: &app, PluginId: &id}))(t)
		return got.BuildStatus != types.PluginBuildStatusCreateInProgress && got.BuildStatus != types.PluginBuildStatusUpdateInProgress
	})
	return got
}

// actions lists a plugin's actions, one a page.
func (s *site) actions(t *testing.T, app, id string) []types.ActionSummary {
	t.Helper()
	var all []types.ActionSummary
	pages := qbusiness.NewListPluginActionsPaginator(s, &qbusiness.ListPluginActionsInput{ApplicationId: &app, PluginId: &id, MaxResults: new(int32(1))})
	for pages.HasMorePages() {
		all = append(all, must(pages.NextPage(t.Context()))(t).Items...)
	}
	return all
}

// endpoints are the ends of the actions' identifiers: path and method.
func endpoints(t *testing.T, actions []types.ActionSummary) []string {
	t.Helper()
	var out []string
	for _, a := range actions {
		parts := strings.Split(*a.ActionIdentifier, ":")
		if len(parts) < 5 || parts[0] != "pa" {
			t.Errorf("identifier %q is not pa:plugin:version:path:METHOD", *a.ActionIdentifier)
			continue
		}
		if *a.DisplayName == "" || *a.Description == "" || *a.InstructionExample == "" {
			t.Errorf("%s lacks a name, a description or an example", *a.ActionIdentifier)
		}
		out = append(out, strings.Join(parts[len(parts)-2:], ":"))
	}
	slices.Sort(out)
	return out
}

var ticketEndpoints = []string{"/tickets/{id}:GET", "/tickets:GET", "/tickets:POST"}

func TestPluginLife(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		app := s.application(t, "helpdesk")
		created := s.plugin(t, app, "tickets")
		id := *created.PluginId
		got := s.built(t, app, id)
		if got.BuildStatus != types.PluginBuildStatusReady || got.State != types.PluginStateEnabled || got.Type != types.PluginTypeCustom {
			t.Errorf("%s, %s, %s", got.BuildStatus, got.State, got.Type)
		}
		if schema, ok := got.CustomPluginConfiguration.ApiSchema.(*types.APISchemaMemberPayload); !ok || schema.Value != material(t, "tickets.yaml") {
			t.Errorf("GetPlugin shows another document: %v", got.CustomPluginConfiguration.ApiSchema)
		}
		if *got.PluginArn != *created.PluginArn || !strings.HasSuffix(*got.PluginArn, ":application/"+app+"/plugin/"+id) {
			t.Errorf("ARN %s", *got.PluginArn)
		}
		if diff := cmp.Diff(ticketEndpoints, endpoints(t, s.actions(t, app, id))); diff != "" {
			t.Errorf("actions (-want +got):\n%s", diff)
		}
		s.changePlugin(t, app, id)
		must(s.DeletePlugin(t.Context(), &qbusiness.DeletePluginInput{ApplicationId: &app, PluginId: &id}))(t)
		var last error
		eventually(t, "the plugin vanishes", func() bool {
			_, last = s.GetPlugin(t.Context(), &qbusiness.GetPluginInput{ApplicationId: &app, PluginId: &id})
			return last != nil
		})
		if e := fails[*types.ResourceNotFoundException](t, last); *e.ResourceId != id || *e.ResourceType != "plugin" {
			t.Errorf("not found: type %q, id %q", *e.ResourceType, *e.ResourceId)
		}
		if out := must(s.ListPlugins(t.Context(), &qbusiness.ListPluginsInput{ApplicationId: &app}))(t); len(out.Plugins) != 0 {
			t.Errorf("%d plugins after the delete", len(out.Plugins))
		}
	})
}

// changePlugin changes first the state and the name, then the schema.
func (s *site) changePlugin(t *testing.T, app, id string) {
	t.Helper()
	must(s.UpdatePlugin(t.Context(), &qbusiness.UpdatePluginInput{ApplicationId: &app, PluginId: &id, State: types.PluginStateDisabled, DisplayName: new("renamed")}))(t)
	got := s.built(t, app, id)
	if got.State != types.PluginStateDisabled || *got.DisplayName != "renamed" || got.BuildStatus != types.PluginBuildStatusReady {
		t.Errorf("after the update: %s, %q, %s", got.State, *got.DisplayName, got.BuildStatus)
	}
	if diff := cmp.Diff(ticketEndpoints, endpoints(t, s.actions(t, app, id))); diff != "" {
		t.Errorf("an update without a schema changed the actions (-want +got):\n%s", diff)
	}
	must(s.UpdatePlugin(t.Context(), &qbusiness.UpdatePluginInput{ApplicationId: &app, PluginId: &id, CustomPluginConfiguration: configuration(payload(material(t, "weather.json")))}))(t)
	if got := s.built(t, app, id); got.BuildStatus != types.PluginBuildStatusReady || got.State != types.PluginStateDisabled {
		t.Errorf("after the new schema: %s, %s", got.BuildStatus, got.State)
	}
	if diff := cmp.Diff([]string{"/forecast/{city}:GET"}, endpoints(t, s.actions(t, app, id))); diff != "" {
		t.Errorf("actions of the new schema (-want +got):\n%s", diff)
	}
}

// TestPluginFromBucket: a bucket is a folder of the directory that --buckets
// names.
func TestPluginFromBucket(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.put(t, "schemas", "tickets.yaml", material(t, "tickets.yaml"))
		s.put(t, "schemas", "broken.yaml", material(t, "broken.yaml"))
		app := s.application(t, "helpdesk")
		good := must(s.CreatePlugin(t.Context(), custom(app, "good", object("schemas", "v1/tickets.yaml"))))(t)
		if got := s.built(t, app, *good.PluginId); got.BuildStatus != types.PluginBuildStatusReady {
			t.Errorf("build %s", got.BuildStatus)
		}
		if diff := cmp.Diff(ticketEndpoints, endpoints(t, s.actions(t, app, *good.PluginId))); diff != "" {
			t.Errorf("actions (-want +got):\n%s", diff)
		}
		for name, key := range map[string]string{"absent": "v1/absent.yaml", "broken": "v1/broken.yaml", "outside": "../../credentials"} {
			bad, err := s.CreatePlugin(t.Context(), custom(app, name, object("schemas", key)))
			if err != nil {
				fails[*types.ValidationException](t, err) // what is known at once may be refused at once
				continue
			}
			if got := s.built(t, app, *bad.PluginId); got.BuildStatus != types.PluginBuildStatusCreateFailed {
				t.Errorf("%s: build %s, want CREATE_FAILED", name, got.BuildStatus)
			}
			if n := len(s.actions(t, app, *bad.PluginId)); n != 0 {
				t.Errorf("%s: %d actions of a plugin that was never built", name, n)
			}
		}
	})
}

func (s *site) put(t *testing.T, bucket, name, text string) {
	t.Helper()
	folder := filepath.Join(s.buckets, bucket, "v1")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestBuiltInPlugins(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		app := s.application(t, "helpdesk")
		for kind, server := range map[types.PluginType]string{
			types.PluginTypeJiraCloud:    "https://api.atlassian.com/ex/jira/0b6d8f4e-2f55-4c8e-9a52-7c1b2f6d3e90",
			types.PluginTypeZendeskSuite: "https://example.zendesk.com",
			types.PluginTypeAsana:        "https://app.asana.com/api/1.0",
		} {
			created := must(s.CreatePlugin(t.Context(), &qbusiness.CreatePluginInput{
				ApplicationId: &app, DisplayName: new(strings.ReplaceAll(string(kind), "_", "-")), Type: kind, ServerUrl: &server, AuthConfiguration: s.oauth(t, server),
			}))(t)
			if got := s.built(t, app, *created.PluginId); got.BuildStatus != types.PluginBuildStatusReady || *got.ServerUrl != server {
				t.Errorf("%s: %s at %s", kind, got.BuildStatus, *got.ServerUrl)
			}
			of := s.actions(t, app, *created.PluginId)
			catalogue := s.typeActions(t, kind)
			if len(of) == 0 || len(of) != len(catalogue) {
				t.Errorf("%s: the plugin has %d actions, its type %d", kind, len(of), len(catalogue))
			}
			endpoints(t, of)
		}
		s.typesAreKnown(t, types.PluginTypeJiraCloud, types.PluginTypeZendeskSuite, types.PluginTypeAsana)
	})
}

func (s *site) oauth(t *testing.T, server string) types.PluginAuthConfiguration {
	t.Helper()
	return &types.PluginAuthConfigurationMemberOAuth2ClientCredentialConfiguration{Value: types.OAuth2ClientCredentialConfiguration{
		SecretArn:        new("arn:aws:secretsmanager:us-east-1:000000000000:secret:plugin"),
		RoleArn:          s.role(t),
		AuthorizationUrl: new(server + "/oauth/authorize"),
		TokenUrl:         new(server + "/oauth/token"),
	}}
}

func (s *site) typeActions(t *testing.T, kind types.PluginType) []types.ActionSummary {
	t.Helper()
	var all []types.ActionSummary
	pages := qbusiness.NewListPluginTypeActionsPaginator(s, &qbusiness.ListPluginTypeActionsInput{PluginType: kind, MaxResults: new(int32(2))})
	for pages.HasMorePages() {
		all = append(all, must(pages.NextPage(t.Context()))(t).Items...)
	}
	return all
}

func (s *site) typesAreKnown(t *testing.T, kinds ...types.PluginType) {
	t.Helper()
	known := map[types.PluginType]bool{}
	pages := qbusiness.NewListPluginTypeMetadataPaginator(s, &qbusiness.ListPluginTypeMetadataInput{MaxResults: new(int32(2))})
	for pages.HasMorePages() {
		for _, kind := range must(pages.NextPage(t.Context()))(t).Items {
			if kind.Category == "" || *kind.Description == "" {
				t.Errorf("%s has no category or description", kind.Type)
			}
			known[kind.Type] = true
		}
	}
	for _, kind := range kinds {
		if !known[kind] {
			t.Errorf("ListPluginTypeMetadata does not know %s", kind)
		}
	}
}

func TestPluginRefusals(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		app := s.application(t, "helpdesk")
		_, err := s.CreatePlugin(t.Context(), custom(app, "broken", payload(material(t, "broken.yaml"))))
		e := fails[*types.ValidationException](t, err)
		for _, f := range e.Fields {
			if !strings.HasPrefix(*f.Name, "customPluginConfiguration.apiSchema.payload") || !strings.Contains(*f.Message, "line") {
				t.Errorf("field %q: %q names no place in the document", *f.Name, *f.Message)
			}
		}
		if len(e.Fields) < 3 {
			t.Errorf("%d findings, want the parameter, the body and the path: %s", len(e.Fields), e.ErrorMessage())
		}
		s.plugin(t, app, "taken")
		_, err = s.CreatePlugin(t.Context(), custom(app, "taken", payload(material(t, "tickets.yaml"))))
		if e := fails[*types.ConflictException](t, err); *e.ResourceType != "plugin" {
			t.Errorf("conflict: type %q, id %q", *e.ResourceType, *e.ResourceId)
		}
		for i := range 24 {
			s.plugin(t, app, fmt.Sprintf("plugin-%d", i))
		}
		_, err = s.CreatePlugin(t.Context(), custom(app, "one-too-many", payload(material(t, "tickets.yaml"))))
		if e := fails[*types.ServiceQuotaExceededException](t, err); *e.ResourceType != "plugin" {
			t.Errorf("quota: type %q, id %q", *e.ResourceType, *e.ResourceId)
		}
	})
}

func TestPluginToken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		app := s.application(t, "helpdesk")
		in := custom(app, "once", payload(material(t, "tickets.yaml")))
		in.ClientToken = new("token-1")
		first := must(s.CreatePlugin(t.Context(), in))(t)
		again := must(s.CreatePlugin(t.Context(), in))(t)
		if *first.PluginId != *again.PluginId || first.BuildStatus != again.BuildStatus {
			t.Errorf("the same token made %s and %s", *first.PluginId, *again.PluginId)
		}
		in.DisplayName = new("twice")
		_, err := s.CreatePlugin(t.Context(), in)
		if e := fails[*types.ConflictException](t, err); *e.ResourceType != "clientToken" || *e.ResourceId != "token-1" {
			t.Errorf("conflict: type %q, id %q", *e.ResourceType, *e.ResourceId)
		}
	})
}

// TestDeleteTakesAll: what is below an application goes with it.
func TestDeleteTakesAll(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		app := s.application(t, "helpdesk")
		plugin := s.plugin(t, app, "tickets")
		must(s.AssociatePermission(t.Context(), grant(app, "one")))(t)
		must(s.TagResource(t.Context(), &qbusiness.TagResourceInput{ResourceARN: plugin.PluginArn, Tags: tags("team", "it")}))(t)
		s.remove(t, app)
		_, err := s.GetPlugin(t.Context(), &qbusiness.GetPluginInput{ApplicationId: &app, PluginId: plugin.PluginId})
		fails[*types.ResourceNotFoundException](t, err)
		_, err = s.GetPolicy(t.Context(), &qbusiness.GetPolicyInput{ApplicationId: &app})
		fails[*types.ResourceNotFoundException](t, err)
		_, err = s.ListTagsForResource(t.Context(), &qbusiness.ListTagsForResourceInput{ResourceARN: plugin.PluginArn})
		fails[*types.ResourceNotFoundException](t, err)
	})
}
