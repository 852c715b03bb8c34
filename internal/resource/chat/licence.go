package chat

import (
	"context"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
)

// Tiers that features need: plugins, orchestration and the model's own knowledge are
// those of Q_BUSINESS, conversations everybody's (user guide, "Amazon Q Business
// subscription tiers and index types").
const (
	forEverything    = api.SubscriptionTypeQBusiness
	forConversations = api.SubscriptionTypeQLite
)

// licensed makes sure that the user may use what a tier has.
func (s *Service) licensed(ctx context.Context, c op.Caller, application string, p op.Person, least api.SubscriptionType) error {
	if s.Licensed == nil {
		return nil
	}
	return s.Licensed(ctx, c, application, p, least)
}
