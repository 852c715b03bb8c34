package chat

import (
	"cmp"
	"context"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
)

// user is who a request is about, and whose conversations it means. Applications
// without users keep no conversations for anybody to look at: that is an
// AccessDenied, and so is a user whom the caller may not speak for.
func (s *Service) user(ctx context.Context, c op.Caller, app string, named application.Named) (o owner, u application.EndUser, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		u, err = s.Apps.Known(tx, c, app, named)
		return err
	})
	return owner{c.Tenant(), app, u.Key()}, u, err
}

// speaker is user for what is open to guests too. In an application without users a
// conversation belongs to the role, or else the principal, that began it: there are
// no lists, so that who goes on with it has to know its ID.
func (s *Service) speaker(ctx context.Context, c op.Caller, app string, named application.Named) (o owner, u application.EndUser, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		u, err = s.Apps.EndUser(tx, c, app, named)
		return err
	})
	o = owner{c.Tenant(), app, u.Key()}
	if u.Anonymous {
		o.user = cmp.Or(c.Role, c.Principal)
	}
	return o, u, err
}

// introduce finds out whom a request is about, and makes sure that they may ask
// what they ask.
func (s *Service) introduce(ctx context.Context, r *request) (err error) {
	if r.owner, r.who, err = s.speaker(ctx, r.caller, r.application, r.named); err != nil {
		return err
	}
	if r.who.Anonymous {
		return r.asGuest()
	}
	err = s.licensed(ctx, r.caller, r.application, r.who.Person, forEverything)
	r.full = err == nil
	if fault.Is(err, fault.LicenseNotFound) && !r.plugins() && r.mode != api.ChatModeCreatorMode {
		err = s.licensed(ctx, r.caller, r.application, r.who.Person, forConversations)
	}
	return err
}

// asGuest refuses what an application without users has not (user guide, "Creating
// an Amazon Q Business application environment for anonymous access").
func (r *request) asGuest() error {
	const none = "is not open in an application of identity type %s: %s, and it has none"
	switch {
	case r.plugins():
		return fault.InvalidField("chatMode", none, api.IdentityTypeAnonymous, "plugins act for a user")
	case len(r.uploads) > 0:
		return fault.InvalidField("attachments", none, api.IdentityTypeAnonymous, "files belong to a user")
	}
	return nil
}
