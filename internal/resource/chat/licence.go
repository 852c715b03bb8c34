package chat

import (
	"context"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
)

// Tiers that features need: plugins, orchestration and answers of the model alone
// (CREATOR_MODE) are those of Q_BUSINESS, conversations everybody's (user guide, "Amazon Q
// Business subscription tiers and index types"). That the model's knowledge helps out
// where documents have no answer is the administrator's decision for all of them
// (responseScope), and no feature of a tier.
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
