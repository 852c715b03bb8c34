package chatcontrol

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// maxResponses is how many response configurations an application may have. Each
// is for all responses, and nothing in the API chooses among several.
const maxResponses = 1

// CreateResponse makes the response configuration of an application, which is
// ACTIVE and in use at once.
func (s *Service) CreateResponse(ctx context.Context, c op.Caller, in *api.CreateChatResponseConfigurationInput) (*api.CreateChatResponseConfigurationOutput, error) {
	given, err := collection(in.ResponseConfigurations)
	if err != nil {
		return nil, err
	}
	if bad := tag.Check("tags", in.Tags); len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	r := &Response{Application: in.ApplicationID, ID: s.NewID(), DisplayName: in.DisplayName, Instructions: given}
	out := &api.CreateChatResponseConfigurationOutput{ChatResponseConfigurationID: r.ID, ChatResponseConfigurationARN: r.ARN(c)}
	err = s.Replays.Once(ctx, c, out, func(tx *store.Tx) error {
		if err := s.single(tx, c, in.ApplicationID); err != nil {
			return err
		}
		r.CreatedAt, r.UpdatedAt = tx.Now(), tx.Now()
		if err := insertResponse(tx, c.Tenant(), r); err != nil {
			return err
		}
		return tag.Put(tx, r.ARN(c), in.Tags)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// single makes sure that the application may have a response configuration, and
// has none.
func (s *Service) single(tx *store.Tx, c op.Caller, application string) error {
	if err := s.Apps.Active(tx, c, application); err != nil {
		return err
	}
	had, err := listResponses(tx, c.Tenant(), application, maxResponses)
	if err != nil || len(had) < maxResponses {
		return err
	}
	return fault.Quota(responseType, had[0].ID, "The application %s has a chat response configuration, named %s, and may have one. Update that one, or delete it first.",
		application, had[0].DisplayName)
}

// GetResponse returns a response configuration.
func (s *Service) GetResponse(ctx context.Context, c op.Caller, in *api.GetChatResponseConfigurationInput) (*api.GetChatResponseConfigurationOutput, error) {
	var r *Response
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		r, err = s.findResponse(tx, c, in.ApplicationID, in.ChatResponseConfigurationID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return r.detail(c), nil
}

// ListResponses returns the application's response configurations.
func (s *Service) ListResponses(ctx context.Context, c op.Caller, in *api.ListChatResponseConfigurationsInput) (*api.ListChatResponseConfigurationsOutput, error) {
	size := page.Size(in.MaxResults, maxPage)
	if size < 1 || size > maxPage { // the model bounds it nowhere
		return nil, fault.InvalidField("maxResults", "must be from 1 to %d", maxPage)
	}
	var found []*Response
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if err := s.Apps.Exists(tx, c, in.ApplicationID); err != nil {
			return err
		}
		found, err = listResponses(tx, c.Tenant(), in.ApplicationID, maxResponses)
		return err
	})
	if err != nil {
		return nil, err
	}
	scope := page.ScopeOf(api.ListChatResponseConfigurations.Route, c, in.ApplicationID)
	shown, next, err := page.Slice(s.Pages, scope, found, in.NextToken, size)
	if err != nil {
		return nil, err
	}
	out := &api.ListChatResponseConfigurationsOutput{ChatResponseConfigurations: []api.ChatResponseConfiguration{}, NextToken: next}
	for _, r := range shown {
		out.ChatResponseConfigurations = append(out.ChatResponseConfigurations, r.summary(c))
	}
	return out, nil
}

// UpdateResponse replaces the instructions as a whole, and the name if the request
// has one. The next turn of a conversation goes by it.
func (s *Service) UpdateResponse(ctx context.Context, c op.Caller, in *api.UpdateChatResponseConfigurationInput) (*api.UpdateChatResponseConfigurationOutput, error) {
	given, err := collection(in.ResponseConfigurations)
	if err != nil {
		return nil, err
	}
	out := &api.UpdateChatResponseConfigurationOutput{}
	err = s.Replays.Once(ctx, c, out, func(tx *store.Tx) error {
		if err := s.Apps.Active(tx, c, in.ApplicationID); err != nil {
			return err
		}
		r, err := s.findResponse(tx, c, in.ApplicationID, in.ChatResponseConfigurationID)
		if err != nil {
			return err
		}
		if in.DisplayName != nil {
			r.DisplayName = *in.DisplayName
		}
		r.Instructions, r.UpdatedAt = given, tx.Now()
		return updateResponse(tx, c.Tenant(), r)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// DeleteResponse removes a response configuration and its tags.
func (s *Service) DeleteResponse(ctx context.Context, c op.Caller, in *api.DeleteChatResponseConfigurationInput) (*api.DeleteChatResponseConfigurationOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		r, err := s.findResponse(tx, c, in.ApplicationID, in.ChatResponseConfigurationID)
		if err != nil {
			return err
		}
		if err := tag.Drop(tx, r.ARN(c)); err != nil {
			return err
		}
		return removeResponse(tx, c.Tenant(), r)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteChatResponseConfigurationOutput{}, nil
}

// findResponse returns a response configuration, or a ResourceNotFound that says
// which of the application and the configuration is not there.
func (s *Service) findResponse(tx *store.Tx, c op.Caller, application, id string) (*Response, error) {
	r, err := getResponse(tx, c.Tenant(), application, id)
	if !errors.Is(err, store.ErrNoRows) {
		return r, err
	}
	if err := s.Apps.Exists(tx, c, application); err != nil {
		return nil, err
	}
	return nil, fault.NotFound(responseType, id, "There is no chat response configuration with ID %s in application %s.", id, application)
}

// Kind answers the tag family: is there such a response configuration? ids are its
// application's and its own.
func Kind(tx *store.Tx, tenant string, ids []string) (found bool, err error) {
	_, err = getResponse(tx, tenant, ids[0], ids[1])
	if errors.Is(err, store.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
