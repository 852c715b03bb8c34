package application

import (
	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Users says where an application's users come from, and what becomes of one who
// comes for the first time.
type Users struct {
	Type      api.IdentityType
	Subscribe api.SubscriptionType // the tier that a new user is subscribed to; empty: none
}

// Users returns that of an application, or a ResourceNotFound.
func (s *Service) Users(tx *store.Tx, c op.Caller, id string) (Users, error) {
	a, err := find(tx, c, id)
	u := Users{Type: a.Identity.Type}
	if auto := a.AutoSubscription; auto != nil && auto.AutoSubscribe == api.AutoSubscriptionStatusEnabled {
		u.Subscribe = *auto.DefaultSubscriptionType
	}
	return u, err
}
