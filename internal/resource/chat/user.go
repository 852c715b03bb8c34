package chat

import (
	"context"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
)

// user is who a request is about, and whose conversations it means. Applications
// without users keep no conversations: that is an AccessDenied, and so is a user
// whom the caller may not speak for.
func (s *Service) user(ctx context.Context, c op.Caller, app string, named application.Named) (o owner, p op.Person, err error) {
	var u application.EndUser
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		u, err = s.Apps.Known(tx, c, app, named)
		return err
	})
	return owner{c.Tenant(), app, u.Key()}, u.Person, err
}

// talker is the user of a ChatSync. Plugins act for somebody: an application
// without users has none.
func (s *Service) talker(ctx context.Context, c op.Caller, in *api.ChatSyncInput) (o owner, p op.Person, err error) {
	var u application.EndUser
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		u, err = s.Apps.EndUser(tx, c, in.ApplicationID, application.Named{User: in.UserID, Groups: in.UserGroups})
		return err
	})
	if err == nil && u.Anonymous {
		err = fault.InvalidField("chatMode", "is not open in an application of identity type %s: plugins act for a user, and it has none", api.IdentityTypeAnonymous)
	}
	return owner{c.Tenant(), in.ApplicationID, u.Key()}, u.Person, err
}
