package plugin

import (
	"context"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/remote"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/plugin/catalogue"
	"github.com/parleyhq/parley/internal/resource/plugin/login"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// Service answers the plugin operations.
type Service struct {
	DB        *store.DB
	Apps      *application.Service
	Jobs      *job.Queue
	Replays   *replay.Book
	Pages     *page.Tokens
	Catalogue *catalogue.Catalogue
	Objects   blob.Store
	Logins    *login.Service
	Roles     *principal.ServiceRoles // that plugins are given to read their secrets
	Remote    *remote.Caller
	NewID     func() string // a UUID in lower case

	Limits openapi.Limits // of a document; openapi.DefaultLimits has the service's quotas
	Quotas Quotas

	memo      store.Memo[key, withSource]
	documents documents
}

// Quotas bound what an application may have. Zero means the service's published
// default.
type Quotas struct {
	Plugins int // default 25
}

func (q Quotas) plugins() int {
	if q.Plugins == 0 {
		return 25
	}
	return q.Plugins
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, api.CreatePlugin, s.Create)
	op.Handle(r, api.DeletePlugin, s.Delete)
	op.Handle(r, api.GetPlugin, s.Get)
	op.Handle(r, api.ListPluginActions, s.ListActions)
	op.Handle(r, api.ListPluginTypeActions, s.ListTypeActions)
	op.Handle(r, api.ListPluginTypeMetadata, s.ListTypeMetadata)
	op.Handle(r, api.ListPlugins, s.List)
	op.Handle(r, api.UpdatePlugin, s.Update)
}

// Create records the plugin. An inline document is read before anything is
// written, so that its plugin is READY in the answer; one in a bucket is left
// to a job.
func (s *Service) Create(ctx context.Context, c op.Caller, in *api.CreatePluginInput) (*api.CreatePluginOutput, error) {
	p, schema, err := s.draft(in)
	if err != nil {
		return nil, err
	}
	if err := s.checkRole(ctx, c, p.Application, p.Auth); err != nil {
		return nil, err
	}
	out := &api.CreatePluginOutput{PluginID: &p.ID, PluginARN: new(p.ARN(c)), BuildStatus: &p.Build}
	err = s.Replays.Once(ctx, c, out, func(tx *store.Tx) error {
		if err := s.admit(tx, c, p); err != nil {
			return err
		}
		p.CreatedAt, p.UpdatedAt = tx.Now(), tx.Now()
		if err := insert(tx, c.Tenant(), p, schema); err != nil {
			return err
		}
		if err := tag.Put(tx, p.ARN(c), in.Tags); err != nil {
			return err
		}
		return s.enqueueBuild(tx, c.Tenant(), p)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// draft is the plugin that a create asks for, or every rule it breaks.
func (s *Service) draft(in *api.CreatePluginInput) (*Plugin, schema, error) {
	p := &Plugin{
		Application: in.ApplicationID,
		ID:          s.NewID(),
		DisplayName: in.DisplayName,
		Type:        in.Type,
		State:       api.PluginStateEnabled,
		Build:       api.PluginBuildStatusReady,
		ServerURL:   in.ServerURL,
		Auth:        in.AuthConfiguration,
	}
	asked := request{auth: &in.AuthConfiguration, server: in.ServerURL, custom: in.CustomPluginConfiguration}
	bad := append(asked.check(s.kind(in.Type), true), tag.Check("tags", in.Tags)...)
	if asked.custom == nil || len(bad) > 0 {
		return p, schema{}, invalid(bad)
	}
	given, bad := s.readSchema(p.ID, asked.custom.APISchema)
	if len(bad) == 0 && given.s3 == nil {
		bad = checkSignIn(p.Auth, given.schemes)
	}
	p.Custom = &Custom{Description: asked.custom.Description}
	p.adopt(given, api.PluginBuildStatusCreateInProgress)
	return p, given, invalid(bad)
}

func invalid(bad []fault.Field) error {
	if len(bad) == 0 {
		return nil
	}
	return fault.Invalid(bad...)
}

// admit makes sure that the application can have one plugin more, and this one.
func (s *Service) admit(tx *store.Tx, c op.Caller, p *Plugin) error {
	if err := s.Apps.Active(tx, c, p.Application); err != nil {
		return err
	}
	if p.Type == api.PluginTypeQuicksight {
		if err := s.admitQuickSight(tx, c, p); err != nil {
			return err
		}
	}
	n, err := count(tx, c.Tenant(), p.Application)
	if err != nil {
		return err
	}
	if n >= s.Quotas.plugins() {
		return fault.Quota("plugin", p.Application, "The application %s has %d plugins, the most it may have. Delete one first.", p.Application, n)
	}
	return nil
}

// admitQuickSight refuses the type whose users only Identity Center knows (user
// guide, "Using the Quick plugin to get insights from structured data").
func (s *Service) admitQuickSight(tx *store.Tx, c op.Caller, p *Plugin) error {
	t, err := s.Apps.IdentityType(tx, c, p.Application)
	if err == nil && t != api.IdentityTypeAwsIAMIDC {
		err = fault.InvalidField("type", "%s needs an application of identityType %s; this one's is %s", p.Type, api.IdentityTypeAwsIAMIDC, t)
	}
	return err
}

// Delete removes the plugin and its tags. Nothing is left to wait for.
func (s *Service) Delete(ctx context.Context, c op.Caller, in *api.DeletePluginInput) (*api.DeletePluginOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		p, err := s.find(tx, c, in.ApplicationID, in.PluginID)
		if err != nil {
			return err
		}
		if err := tag.Drop(tx, p.ARN(c)); err != nil {
			return err
		}
		if err := s.Logins.PurgePlugin(tx, c.Tenant(), p.Application, p.ID); err != nil {
			return err
		}
		return remove(tx, c.Tenant(), p)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeletePluginOutput{}, nil
}

// Get returns the plugin, its document included.
func (s *Service) Get(ctx context.Context, c op.Caller, in *api.GetPluginInput) (*api.GetPluginOutput, error) {
	k := key{c.Tenant(), in.ApplicationID, in.PluginID}
	p, err := s.memo.Get(ctx, s.DB, k, func(tx *store.Tx) (withSource, error) { return getWithSource(tx, k) })
	if err != nil {
		return nil, s.missing(ctx, c, in.ApplicationID, in.PluginID, err)
	}
	return p.detail(c, p.source), nil
}

// Update changes what the request names and leaves the rest. A new document
// replaces the actions once it is built; until then, and if it cannot be, the
// old ones stay.
func (s *Service) Update(ctx context.Context, c op.Caller, in *api.UpdatePluginInput) (*api.UpdatePluginOutput, error) {
	var given *schema
	if custom := in.CustomPluginConfiguration; custom != nil && custom.APISchema != nil {
		read, bad := s.readSchema(in.PluginID, custom.APISchema)
		if len(bad) > 0 {
			return nil, fault.Invalid(bad...)
		}
		given = &read
	}
	if in.AuthConfiguration != nil {
		if err := s.checkRole(ctx, c, in.ApplicationID, *in.AuthConfiguration); err != nil {
			return nil, err
		}
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := s.Apps.Active(tx, c, in.ApplicationID); err != nil {
			return err
		}
		p, err := s.find(tx, c, in.ApplicationID, in.PluginID)
		if err != nil {
			return err
		}
		if err := s.change(p, in, given); err != nil {
			return err
		}
		p.UpdatedAt = tx.Now()
		if err := update(tx, c.Tenant(), p, given); err != nil {
			return err
		}
		return s.enqueueBuild(tx, c.Tenant(), p)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdatePluginOutput{}, nil
}

// change applies an update, unless the plugin's type or state forbids it.
func (s *Service) change(p *Plugin, in *api.UpdatePluginInput, given *schema) error {
	if p.building() {
		return fault.Conflicts("plugin", p.ID, "The plugin %s is being built (%s). Wait until GetPlugin shows another buildStatus, then update it.", p.ID, p.Build)
	}
	asked := request{auth: in.AuthConfiguration, server: in.ServerURL, custom: in.CustomPluginConfiguration}
	if bad := asked.check(s.kind(p.Type), false); len(bad) > 0 {
		return fault.Invalid(bad...)
	}
	p.set(in)
	if given != nil {
		p.adopt(*given, api.PluginBuildStatusUpdateInProgress)
	}
	if p.Custom == nil || p.building() || given == nil && in.AuthConfiguration == nil {
		return nil
	}
	return invalid(checkSignIn(p.Auth, p.Custom.Schemes))
}

// set takes over what the request names, but for the document.
func (p *Plugin) set(in *api.UpdatePluginInput) {
	if in.DisplayName != nil {
		p.DisplayName = *in.DisplayName
	}
	if in.State != nil {
		p.State = *in.State
	}
	if in.ServerURL != nil {
		p.ServerURL = in.ServerURL
	}
	if in.AuthConfiguration != nil {
		p.Auth = *in.AuthConfiguration
	}
	if in.CustomPluginConfiguration != nil {
		p.Custom.Description = in.CustomPluginConfiguration.Description
	}
}
