package subscription

import (
	"context"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/identitycenter"
)

// Service answers the subscription operations, and says who is licensed.
type Service struct {
	DB        *store.DB
	Apps      *application.Service
	Directory *identitycenter.Service // of users and groups
	Pages     *page.Tokens
	Replays   *replay.Book
	NewID     func() string // a UUID in lower case

	Required bool // to use an application; otherwise everyone counts as subscribed
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, api.CancelSubscription, s.Cancel)
	op.Handle(r, api.CreateSubscription, s.Create)
	op.Handle(r, api.ListSubscriptions, s.List)
	op.Handle(r, api.UpdateSubscription, s.Update)
}

// Create subscribes a user or group of the identity store. One whose
// subscription was cancelled and has not ended yet keeps it, changed as Update
// would; another who has one already is a Conflict.
func (s *Service) Create(ctx context.Context, c op.Caller, in *api.CreateSubscriptionInput) (*api.CreateSubscriptionOutput, error) {
	p := principalOf(in.Principal)
	if err := s.admit(ctx, c, in.ApplicationID, p); err != nil {
		return nil, err
	}
	out := &api.CreateSubscriptionOutput{}
	err := s.Replays.Once(ctx, c, out, func(tx *store.Tx) error {
		if err := s.Apps.Active(tx, c, in.ApplicationID); err != nil {
			return err
		}
		made, err := s.subscribe(tx, c.Tenant(), Subscription{Application: in.ApplicationID, Principal: p}, in.Type)
		if err != nil {
			return err
		}
		shown := made.summary(c, tx.Now())
		*out = api.CreateSubscriptionOutput{
			SubscriptionID: shown.SubscriptionID, SubscriptionARN: shown.SubscriptionARN,
			CurrentSubscription: shown.CurrentSubscription, NextSubscription: shown.NextSubscription,
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// admit makes sure that the application's users are those of the identity store,
// and that this is one of them.
func (s *Service) admit(ctx context.Context, c op.Caller, application string, p principal) error {
	var users api.IdentityType
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if err := s.Apps.Active(tx, c, application); err != nil {
			return err
		}
		users, err = s.Apps.IdentityType(tx, c, application)
		return err
	})
	if err != nil {
		return err
	}
	if users != api.IdentityTypeAwsIAMIDC {
		return fault.InvalidField("applicationId", "is that of an application whose identityType is %s. Users and groups are subscribed where it is %s; federated users subscribe by using the application, if its autoSubscriptionConfiguration says so", users, api.IdentityTypeAwsIAMIDC)
	}
	found, err := s.known(ctx, c.Owns(), p)
	if err == nil && !found {
		err = fault.NotFound(p.kind, p.id, "The identity store of account %s has no %s with ID %s.", c.Owns(), p.kind, p.id)
	}
	return err
}

// known asks the identity store for a user or group.
func (s *Service) known(ctx context.Context, account string, p principal) (found bool, err error) {
	if p.kind == group {
		_, found, err = s.Directory.Group(ctx, account, p.id)
	} else {
		_, found, err = s.Directory.User(ctx, account, p.id)
	}
	return found, err
}

// subscribe makes a subscription, or goes on with one that was cancelled.
func (s *Service) subscribe(tx *store.Tx, tenant string, wanted Subscription, asked api.SubscriptionType) (*Subscription, error) {
	had, err := ofPrincipal(tx, tenant, wanted.Application, wanted.Principal)
	switch {
	case errors.Is(err, store.ErrNoRows):
	case err != nil:
		return nil, err
	case had.Terms.at(tx.Now()).Now == none:
		if err := remove(tx, tenant, had); err != nil {
			return nil, err
		}
	case had.Terms.Next != none:
		return nil, fault.Conflicts(typeName, had.ID, "The %s %s has the subscription %s already. Change that with UpdateSubscription.", had.Principal.kind, had.Principal.id, had.ID)
	default:
		had.Terms = had.Terms.change(asked, tx.Now())
		return had, update(tx, tenant, had)
	}
	wanted.ID, wanted.CreatedAt = s.NewID(), tx.Now()
	wanted.Terms = terms{}.change(asked, tx.Now())
	return &wanted, insert(tx, tenant, &wanted)
}

// maxPage is the most subscriptions on a page, and as many as a page has unless
// the caller asks for fewer.
const maxPage = 100

// List returns the subscriptions that have not ended, the newest first, page by
// page.
func (s *Service) List(ctx context.Context, c op.Caller, in *api.ListSubscriptionsInput) (*api.ListSubscriptionsOutput, error) {
	window, err := s.Pages.Window(page.ScopeOf(api.ListSubscriptions.Route, c, in.ApplicationID), in.NextToken, in.MaxResults, maxPage)
	if err != nil {
		return nil, err
	}
	out := &api.ListSubscriptionsOutput{Subscriptions: []api.Subscription{}}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if err := s.Apps.Exists(tx, c, in.ApplicationID); err != nil {
			return err
		}
		found, err := list(tx, c.Tenant(), in.ApplicationID, window.After, window.Limit)
		if err != nil {
			return err
		}
		found, out.NextToken, err = page.Cut(window, found, func(f *Subscription) (time.Time, string) { return f.CreatedAt, f.ID })
		for _, f := range found {
			out.Subscriptions = append(out.Subscriptions, f.summary(c, tx.Now()))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// Update changes the tier: upwards at once, downwards from the next month on.
// What was to change at the month's end, a cancellation too, is then forgotten.
func (s *Service) Update(ctx context.Context, c op.Caller, in *api.UpdateSubscriptionInput) (*api.UpdateSubscriptionOutput, error) {
	var shown api.Subscription
	err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		if err := s.Apps.Active(tx, c, in.ApplicationID); err != nil {
			return err
		}
		shown, err = s.change(tx, c, in.ApplicationID, in.SubscriptionID, in.Type)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateSubscriptionOutput{
		SubscriptionARN: shown.SubscriptionARN, CurrentSubscription: shown.CurrentSubscription, NextSubscription: shown.NextSubscription,
	}, nil
}

// Cancel ends the subscription at the end of the month. Once more changes
// nothing.
func (s *Service) Cancel(ctx context.Context, c op.Caller, in *api.CancelSubscriptionInput) (*api.CancelSubscriptionOutput, error) {
	var shown api.Subscription
	err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		shown, err = s.change(tx, c, in.ApplicationID, in.SubscriptionID, none)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.CancelSubscriptionOutput{
		SubscriptionARN: shown.SubscriptionARN, CurrentSubscription: shown.CurrentSubscription, NextSubscription: shown.NextSubscription,
	}, nil
}

// change asks another tier of a subscription, and returns what it is then.
func (s *Service) change(tx *store.Tx, c op.Caller, application, id string, asked api.SubscriptionType) (api.Subscription, error) {
	found, err := s.find(tx, c, application, id)
	if err != nil {
		return api.Subscription{}, err
	}
	found.Terms = found.Terms.change(asked, tx.Now())
	return found.summary(c, tx.Now()), update(tx, c.Tenant(), found)
}

// find returns a subscription that has not ended, or a ResourceNotFound that
// says which of the application and the subscription is not there.
func (s *Service) find(tx *store.Tx, c op.Caller, application, id string) (*Subscription, error) {
	if err := s.Apps.Exists(tx, c, application); err != nil {
		return nil, err
	}
	found, err := get(tx, c.Tenant(), application, id)
	if errors.Is(err, store.ErrNoRows) || errors.Is(err, store.ErrText) {
		return nil, fault.NotFound(typeName, id, "There is no subscription with ID %s in application %s, or it has ended.", id, application)
	}
	return found, err
}
