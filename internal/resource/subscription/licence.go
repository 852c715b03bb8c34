package subscription

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
)

// Licensed makes sure that a person may use an application's features of a tier:
// that they, or a group of theirs, are subscribed to it or to a higher one. The
// error is a LicenseNotFound, or a ResourceNotFound when there is no such
// application. Where everyone counts as subscribed it is none of the two.
//
// A federated user who comes for the first time is subscribed, if the
// application says so. Users of ANONYMOUS and AWS_QUICKSIGHT_IDP applications
// have no subscriptions and need none.
func (s *Service) Licensed(ctx context.Context, c op.Caller, app string, p op.Person, least api.SubscriptionType) error {
	var users application.Users
	var has api.SubscriptionType
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if users, err = s.Apps.Users(tx, c, app); err != nil || s.unasked(users) {
			return err
		}
		has, err = tierOf(tx, c.Tenant(), app, personal(users, p), p.Groups)
		return err
	})
	if err != nil || s.unasked(users) {
		return err
	}
	if who := personal(users, p); has == none && users.Subscribe != none && who.id != "" {
		if has, err = s.welcome(ctx, c, Subscription{Application: app, Principal: who, Email: addressOf(p)}, users.Subscribe); err != nil {
			return err
		}
	}
	if !s.Required || rank(has) >= rank(least) {
		return nil
	}
	return unlicensed(app, has, least)
}

// unasked reports whether nobody's subscription matters: it is not asked for,
// and none is made.
func (s *Service) unasked(u application.Users) bool {
	switch u.Type {
	case api.IdentityTypeAnonymous, api.IdentityTypeAwsQuicksightIDP:
		return true
	}
	return !s.Required && u.Subscribe == none
}

// personal is the principal under which a person may be subscribed. Its ID is
// empty for one who is not known: to an application of federated users, somebody
// without an e-mail address.
func personal(u application.Users, p op.Person) principal {
	switch {
	case u.Type == api.IdentityTypeAwsIAMIDC:
		return principal{user, p.ID}
	case p.Email == "":
		return principal{kind: user}
	}
	return federated(addressOf(p))
}

// addressOf is the address by which a federated user is known.
func addressOf(p op.Person) string { return application.Address(p.Email) }

// tierOf is the highest tier that a person or one of their groups has.
func tierOf(tx *store.Tx, tenant, app string, who principal, groups []string) (api.SubscriptionType, error) {
	own, err := ofPrincipal(tx, tenant, app, who)
	if err != nil && !errors.Is(err, store.ErrNoRows) {
		return none, err
	}
	highest := none
	if err == nil {
		highest = own.Terms.at(tx.Now()).Now
	}
	if len(groups) == 0 {
		return highest, nil
	}
	theirs, err := ofGroups(tx, tenant, app, groups)
	for _, g := range theirs {
		if t := g.at(tx.Now()).Now; rank(t) > rank(highest) {
			highest = t
		}
	}
	return highest, err
}

// welcome subscribes a user who came for the first time. Of two requests that
// come at once one does it, and the other finds what it did.
func (s *Service) welcome(ctx context.Context, c op.Caller, wanted Subscription, tier api.SubscriptionType) (api.SubscriptionType, error) {
	has, err := s.enlist(ctx, c, wanted, tier)
	if fault.Is(err, fault.Conflict) {
		return s.enlist(ctx, c, wanted, tier)
	}
	return has, err
}

// enlist subscribes a user who is not subscribed; a Conflict says that another
// request is doing so. An application on its way out takes nobody in.
func (s *Service) enlist(ctx context.Context, c op.Caller, wanted Subscription, tier api.SubscriptionType) (has api.SubscriptionType, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if has, err = tierOf(tx, c.Tenant(), wanted.Application, wanted.Principal, nil); err != nil || has != none {
			return err
		}
		if err := s.Apps.Active(tx, c, wanted.Application); fault.Is(err, fault.Conflict) {
			return nil
		} else if err != nil {
			return err
		}
		made, err := s.subscribe(tx, c.Tenant(), wanted, tier)
		if err == nil {
			has = made.Terms.Now
		}
		return err
	})
	return has, err
}

// unlicensed says what a person lacks.
func unlicensed(app string, has, least api.SubscriptionType) error {
	e := &fault.Error{Code: fault.LicenseNotFound}
	if has == none {
		e.Message = "You have no subscription to application " + app + ". Ask its administrator for one."
	} else {
		e.Message = "Your subscription to application " + app + " is " + string(has) + "; this needs " + string(least) + ". Ask its administrator to change it."
	}
	return e
}
