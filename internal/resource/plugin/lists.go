package plugin

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/plugin/catalogue"
)

// maxPage is the most entries on a page of the lists here, and as many as a
// page has unless the caller asks for fewer.
const maxPage = 50

// List returns the application's plugins, the newest first, page by page.
func (s *Service) List(ctx context.Context, c op.Caller, in *api.ListPluginsInput) (*api.ListPluginsOutput, error) {
	window, err := s.Pages.Window(page.ScopeOf(api.ListPlugins.Route, c, in.ApplicationID), in.NextToken, in.MaxResults, maxPage)
	if err != nil {
		return nil, err
	}
	var plugins []*Plugin
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if err := s.Apps.Exists(tx, c, in.ApplicationID); err != nil {
			return err
		}
		plugins, err = list(tx, c.Tenant(), in.ApplicationID, window.After, window.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListPluginsOutput{Plugins: []api.Plugin{}}
	plugins, out.NextToken, err = page.Cut(window, plugins, func(p *Plugin) (time.Time, string) { return p.CreatedAt, p.ID })
	for _, p := range plugins {
		out.Plugins = append(out.Plugins, p.summary())
	}
	return out, err
}

// ListActions returns what a plugin can do: the operations of a custom plugin's
// document, or the actions of the built-in type. The service answers an empty
// list for custom plugins (user guide, "Creating Amazon Q Business plugins
// using APIs"); ours tells what is there.
func (s *Service) ListActions(ctx context.Context, c op.Caller, in *api.ListPluginActionsInput) (*api.ListPluginActionsOutput, error) {
	var p *Plugin
	var actions []Action
	err := s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		p, actions, err = getWithActions(tx, c.Tenant(), in.ApplicationID, in.PluginID)
		return err
	})
	if err != nil {
		return nil, s.missing(ctx, c, in.ApplicationID, in.PluginID, err)
	}
	if p.Type != api.PluginTypeCustom {
		actions = s.actionsOf(p.Type)
	}
	scope := page.ScopeOf(api.ListPluginActions.Route, c, in.ApplicationID, in.PluginID)
	items, next, err := s.pageOf(scope, actions, in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	return &api.ListPluginActionsOutput{Items: items, NextToken: next}, nil
}

// ListTypeActions returns the actions of a built-in type.
func (s *Service) ListTypeActions(_ context.Context, c op.Caller, in *api.ListPluginTypeActionsInput) (*api.ListPluginTypeActionsOutput, error) {
	scope := page.ScopeOf(api.ListPluginTypeActions.Route, c, string(in.PluginType))
	items, next, err := s.pageOf(scope, s.actionsOf(in.PluginType), in.NextToken, in.MaxResults)
	if err != nil {
		return nil, err
	}
	return &api.ListPluginTypeActionsOutput{Items: items, NextToken: next}, nil
}

// ListTypeMetadata describes the built-in types, ordered by name.
func (s *Service) ListTypeMetadata(_ context.Context, c op.Caller, in *api.ListPluginTypeMetadataInput) (*api.ListPluginTypeMetadataOutput, error) {
	var all []api.PluginTypeMetadataSummary
	for _, t := range s.Catalogue.Types() {
		if isCustom(t) {
			continue
		}
		all = append(all, api.PluginTypeMetadataSummary{
			Type:        new(api.PluginType(t.Name)),
			Category:    new(api.PluginTypeCategory(t.Category)),
			Description: new(t.Description),
		})
	}
	scope := page.ScopeOf(api.ListPluginTypeMetadata.Route, c)
	items, next, err := page.Slice(s.Pages, scope, all, in.NextToken, page.Size(in.MaxResults, maxPage))
	if err != nil {
		return nil, err
	}
	return &api.ListPluginTypeMetadataOutput{Items: items, NextToken: next}, nil
}

// actionsOf lists what a built-in type can do.
func (s *Service) actionsOf(t api.PluginType) []Action {
	kind := s.kind(t)
	return offered(kind.Actions(), kind.Word, kind.Version)
}

// kind is what the catalogue knows of a type. It knows every one of the model's;
// a test holds it to that.
func (s *Service) kind(t api.PluginType) catalogue.Type {
	kind, _ := s.Catalogue.Type(string(t))
	return kind
}

func (s *Service) pageOf(scope page.Scope, all []Action, token *string, asked *int32) ([]api.ActionSummary, *string, error) {
	shown, next, err := page.Slice(s.Pages, scope, all, token, page.Size(asked, maxPage))
	if err != nil {
		return nil, nil, err
	}
	items := make([]api.ActionSummary, 0, len(shown))
	for _, a := range shown {
		items = append(items, a.summary())
	}
	return items, next, nil
}
