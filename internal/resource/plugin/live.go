package plugin

import (
	"context"
	"math"
	"slices"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/plugin/catalogue"
)

// Live is a plugin that can be called.
type Live struct {
	Application, ID string
	Type            api.PluginType
	Name            string // its displayName
	Document        *openapi.Document
	Server          string // takes the place of the document's, unless empty

	auth api.PluginAuthConfiguration
	kind catalogue.Type
}

// action is the one of that operation id, which is there: engine/openapi has
// made sure of it for every lookup.
func (l *Live) action(operationID string) *openapi.Action {
	i := slices.IndexFunc(l.Document.Actions, func(a openapi.Action) bool { return a.OperationID == operationID })
	return &l.Document.Actions[i]
}

// server is what takes the place of the document's server.
func (p *Plugin) server(kind catalogue.Type) string {
	switch {
	case p.ServerURL != nil:
		return *p.ServerURL
	case p.Custom == nil:
		return kind.ServerURL
	}
	return ""
}

// Live returns a plugin to call, or the fault that says why there is none to
// call. A plugin whose update is under way or failed is called as it was before.
func (s *Service) Live(ctx context.Context, c op.Caller, application, id string) (*Live, error) {
	k := key{c.Tenant(), application, id}
	p, err := s.memo.Get(ctx, s.DB, k, func(tx *store.Tx) (withSource, error) { return getWithSource(tx, k) })
	if err != nil {
		return nil, s.missing(ctx, c, application, id, err)
	}
	kind := s.kind(p.Type)
	l := &Live{
		Application: application, ID: id, Type: p.Type, Name: p.DisplayName,
		Server: p.server(kind), auth: p.Auth, kind: kind,
	}
	switch {
	case p.State != api.PluginStateEnabled:
		return nil, fault.Conflicts("plugin", id, "The plugin %s is %s. Enable it with UpdatePlugin, then ask again.", p.DisplayName, p.State)
	case kind.Unavailable != "":
		return nil, fault.Conflicts("plugin", id, "The plugin %s cannot be asked: %s", p.DisplayName, kind.Unavailable)
	case p.Custom != nil && p.source == "":
		return nil, fault.Conflicts("plugin", id, "The plugin %s has no actions yet: its buildStatus is %s.", p.DisplayName, p.Build)
	}
	l.Document, err = s.document(p, kind)
	return l, err
}

// Lives are the plugins of an application that can be called now, the newest first;
// no more than an application may have. One that cannot be is left out. Those of an
// application that is not there are none.
func (s *Service) Lives(ctx context.Context, c op.Caller, application string) ([]*Live, error) {
	var all []*Plugin
	err := s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		all, err = list(tx, c.Tenant(), application, page.Place{Created: math.MaxInt64}, s.Quotas.plugins())
		return err
	})
	if err != nil {
		return nil, err
	}
	var lives []*Live
	for _, p := range all {
		if p.State != api.PluginStateEnabled {
			continue
		}
		l, err := s.Live(ctx, c, application, p.ID)
		if fault.Is(err, fault.Conflict) || fault.Is(err, fault.ResourceNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		lives = append(lives, l)
	}
	return lives, nil
}

// document is what the plugin's actions stand in. One of a customer's that was
// good when the plugin was made may be refused by a server with other limits.
func (s *Service) document(p withSource, kind catalogue.Type) (*openapi.Document, error) {
	if p.Custom == nil {
		return kind.Document()
	}
	doc, refused := s.documents.parse([]byte(p.source), s.Limits)
	if len(refused) > 0 {
		return nil, fault.Conflicts("plugin", p.ID, "The OpenAPI document of the plugin %s is refused by now: %s", p.DisplayName, refused[0])
	}
	return doc, nil
}
