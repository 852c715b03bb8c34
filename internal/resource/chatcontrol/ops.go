package chatcontrol

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/index"
)

// Service answers the operations on chat controls and response configurations.
type Service struct {
	DB      *store.DB
	Apps    *application.Service
	Indexes *index.Service
	Replays *replay.Book
	Pages   *page.Tokens
	NewID   func() string // a UUID in lower case

	// Sources reports whether an index has a data source
	// (datasource.Service.HasSource).
	Sources func(tx *store.Tx, tenant, application, index, source string) (bool, error)
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, api.CreateChatResponseConfiguration, s.CreateResponse)
	op.Handle(r, api.DeleteChatControlsConfiguration, s.DeleteControls)
	op.Handle(r, api.DeleteChatResponseConfiguration, s.DeleteResponse)
	op.Handle(r, api.GetChatControlsConfiguration, s.GetControls)
	op.Handle(r, api.GetChatResponseConfiguration, s.GetResponse)
	op.Handle(r, api.ListChatResponseConfigurations, s.ListResponses)
	op.Handle(r, api.UpdateChatControlsConfiguration, s.UpdateControls)
	op.Handle(r, api.UpdateChatResponseConfiguration, s.UpdateResponse)
}

// maxPage is the most topics or configurations on a page, and as many as a page
// has unless the caller asks for fewer.
const maxPage = 50

// GetControls returns the controls of an application, the defaults included. The
// topics come by name, page by page.
func (s *Service) GetControls(ctx context.Context, c op.Caller, in *api.GetChatControlsConfigurationInput) (*api.GetChatControlsConfigurationOutput, error) {
	scope := page.ScopeOf(api.GetChatControlsConfiguration.Route, c, in.ApplicationID)
	after, err := s.Pages.Begin(scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	var had settings
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if err := s.Apps.Exists(tx, c, in.ApplicationID); err != nil {
			return err
		}
		had, err = getSettings(tx, c.Tenant(), in.ApplicationID)
		return err
	})
	if err != nil {
		return nil, err
	}
	out, size := had.detail(), page.Size(in.MaxResults, maxPage)
	for _, t := range had.Topics {
		switch {
		case in.NextToken != nil && t.Name <= after.ID:
			continue
		case len(out.TopicConfigurations) == size:
			last := out.TopicConfigurations[size-1].Name
			out.NextToken, err = s.Pages.After(scope, time.UnixMicro(0), last)
			return out, err
		}
		out.TopicConfigurations = append(out.TopicConfigurations, t)
	}
	return out, nil
}

// UpdateControls changes the controls that the request names and leaves the rest.
// What it deletes need not be there.
func (s *Service) UpdateControls(ctx context.Context, c op.Caller, in *api.UpdateChatControlsConfigurationInput) (*api.UpdateChatControlsConfigurationOutput, error) {
	if bad := check(in); len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	out := &api.UpdateChatControlsConfigurationOutput{}
	err := s.Replays.Once(ctx, c, out, func(tx *store.Tx) error {
		if err := s.admit(tx, c, in); err != nil {
			return err
		}
		had, err := getSettings(tx, c.Tenant(), in.ApplicationID)
		if err != nil {
			return err
		}
		if err := had.apply(in); err != nil {
			return err
		}
		return putSettings(tx, c.Tenant(), in.ApplicationID, had)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// admit makes sure that the application may change, that one with its users can
// have such controls, and that the data sources of rules are there.
func (s *Service) admit(tx *store.Tx, c op.Caller, in *api.UpdateChatControlsConfigurationInput) error {
	if err := s.Apps.Active(tx, c, in.ApplicationID); err != nil {
		return err
	}
	users, err := s.Apps.IdentityType(tx, c, in.ApplicationID)
	if err != nil {
		return err
	}
	if bad := checkIdentity(users, in); len(bad) > 0 {
		return fault.Invalid(bad...)
	}
	for _, t := range in.TopicConfigurationsToCreateOrUpdate {
		for _, r := range t.Rules {
			for _, d := range eligible(r) {
				if err := s.hasSource(tx, c, in.ApplicationID, *d.IndexID, *d.DataSourceID); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *Service) hasSource(tx *store.Tx, c op.Caller, application, index, source string) error {
	if err := s.Indexes.Exists(tx, c, application, index); err != nil {
		return err
	}
	there, err := s.Sources(tx, c.Tenant(), application, index, source)
	if err == nil && !there {
		err = fault.NotFound("data-source", source, "There is no data source with ID %s in index %s.", source, index)
	}
	return err
}

// DeleteControls takes back all that was set: the defaults hold again. The guide
// says only that controls cannot be deleted in the console.
func (s *Service) DeleteControls(ctx context.Context, c op.Caller, in *api.DeleteChatControlsConfigurationInput) (*api.DeleteChatControlsConfigurationOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := s.Apps.Exists(tx, c, in.ApplicationID); err != nil {
			return err
		}
		return removeSettings(tx, c.Tenant(), in.ApplicationID)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteChatControlsConfigurationOutput{}, nil
}
