// Package plugin owns plugins: which types there are and what each needs, the
// OpenAPI documents of custom ones, the building of their actions, their lists,
// and what a call of an action takes, from the lookup of names to the renewal of
// a login.
//
// What a document means is decided in engine/openapi and what a request looks
// like in engine/action; what the built-in types offer stands in
// plugin/catalogue, logins are plugin/login's, the sending is platform/remote's,
// and where S3 objects come from is platform/blob's business. Which action is
// called, and whether a person has to confirm it, is decided in resource/chat.
//
// Rows: plugin (one per plugin, its document and its actions with it).
// Jobs: plugin.build.
package plugin

import (
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/openapi"
)

// Plugin is a plugin as it is stored.
type Plugin struct {
	Application string `json:"-"` // in the row's key
	ID          string `json:"-"` // likewise

	DisplayName string                      `json:"displayName"`
	Type        api.PluginType              `json:"type"`
	State       api.PluginState             `json:"state"`
	Build       api.PluginBuildStatus       `json:"build"`
	Problem     string                      `json:"problem,omitzero"` // why the last build failed
	Revision    int                         `json:"revision"`         // counts the documents it was given, so that an old build cannot overwrite a newer one
	ServerURL   *string                     `json:"serverUrl,omitzero"`
	Auth        api.PluginAuthConfiguration `json:"auth"`
	Custom      *Custom                     `json:"custom,omitzero"` // of CUSTOM plugins
	CreatedAt   time.Time                   `json:"createdAt"`
	UpdatedAt   time.Time                   `json:"updatedAt"`
}

// Custom is what a custom plugin has beside: its document is inline, kept in
// the row's own column, or an S3 object.
type Custom struct {
	Description string           `json:"description"`
	S3          *api.S3          `json:"s3,omitzero"`
	Schemes     []openapi.Scheme `json:"schemes,omitzero"` // of the document that was built last
}

// Action is what a plugin offers, as ListPluginActions answers it.
type Action struct {
	Identifier  string `json:"identifier"`
	DisplayName string `json:"displayName"`
	Example     string `json:"example"`
	Description string `json:"description"`
}

// ARN names the plugin, which is one of the caller's account and Region.
func (p *Plugin) ARN(c op.Caller) string {
	return c.ARN("application/%s/plugin/%s", p.Application, p.ID)
}

// building reports whether a job has yet to build the plugin's actions.
func (p *Plugin) building() bool {
	return p.Build == api.PluginBuildStatusCreateInProgress || p.Build == api.PluginBuildStatusUpdateInProgress
}

// adopt makes s the plugin's schema: what is inline is built, what is in a
// bucket has yet to be.
func (p *Plugin) adopt(s schema, unbuilt api.PluginBuildStatus) {
	p.Revision++
	p.Problem = ""
	p.Custom.S3 = s.s3
	if s.s3 != nil {
		p.Build = unbuilt
		return
	}
	p.built(s)
}

// built is the state after a build that succeeded.
func (p *Plugin) built(s schema) {
	p.Build = api.PluginBuildStatusReady
	p.Custom.Schemes = s.schemes
}

// failed is the state after a build that failed, by what was being built.
func (p *Plugin) failed(problem string) {
	p.Problem = problem
	if p.Build == api.PluginBuildStatusCreateInProgress {
		p.Build = api.PluginBuildStatusCreateFailed
		return
	}
	p.Build = api.PluginBuildStatusUpdateFailed
}

// detail is what GetPlugin shows; source is the row's document.
func (p *Plugin) detail(c op.Caller, source string) *api.GetPluginOutput {
	return &api.GetPluginOutput{
		ApplicationID:             &p.Application,
		PluginID:                  &p.ID,
		PluginARN:                 new(p.ARN(c)),
		DisplayName:               &p.DisplayName,
		Type:                      &p.Type,
		State:                     &p.State,
		BuildStatus:               &p.Build,
		ServerURL:                 p.ServerURL,
		AuthConfiguration:         &p.Auth,
		CustomPluginConfiguration: p.Custom.show(source),
		CreatedAt:                 &p.CreatedAt,
		UpdatedAt:                 &p.UpdatedAt,
	}
}

func (c *Custom) show(source string) *api.CustomPluginConfiguration {
	if c == nil {
		return nil
	}
	shown := &api.CustomPluginConfiguration{
		Description:   c.Description,
		APISchemaType: api.APISchemaTypeOpenAPIV3,
		APISchema:     &api.APISchema{S3: c.S3},
	}
	if c.S3 == nil {
		shown.APISchema.Payload = &source
	}
	return shown
}

// summary is what ListPlugins shows.
func (p *Plugin) summary() api.Plugin {
	return api.Plugin{
		PluginID:    &p.ID,
		DisplayName: &p.DisplayName,
		Type:        &p.Type,
		ServerURL:   p.ServerURL,
		State:       &p.State,
		BuildStatus: &p.Build,
		CreatedAt:   &p.CreatedAt,
		UpdatedAt:   &p.UpdatedAt,
	}
}

func (a Action) summary() api.ActionSummary {
	return api.ActionSummary{
		ActionIdentifier:   &a.Identifier,
		DisplayName:        &a.DisplayName,
		InstructionExample: &a.Example,
		Description:        &a.Description,
	}
}
