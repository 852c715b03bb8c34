package directory

import (
	"context"
	"slices"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
)

// CreateUser maps an e-mail address to the aliases of its user. A second user of an
// address, and an alias that is another user's, are a Conflict.
func (s *Service) CreateUser(ctx context.Context, c op.Caller, in *api.CreateUserInput) (*api.CreateUserOutput, error) {
	aliases, bad := aliasesOf("userAliases", in.UserAliases)
	if !printable(in.UserID) {
		bad = append(bad, fault.Field{Name: "userId", Message: "has a control character, or another that is not printed"})
	}
	if len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	person, err := s.person(ctx, c, in.ApplicationID, in.UserID)
	if err != nil {
		return nil, err
	}
	out := &api.CreateUserOutput{}
	err = s.Replays.Once(ctx, c, out, func(tx *store.Tx) error {
		if err := s.Apps.Active(tx, c, in.ApplicationID); err != nil {
			return err
		}
		u := User{ID: s.NewID(), Name: in.UserID, Person: person, CreatedAt: tx.Now()}
		if err := s.free(tx, c.Tenant(), in.ApplicationID, u.Name); err != nil {
			return err
		}
		if err := insertUser(tx, c.Tenant(), in.ApplicationID, u); err != nil {
			return err
		}
		return s.addAliases(tx, c, in.ApplicationID, u.Name, aliases)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// person is the ID of whoever has an address in the identity store, if the
// application's users come from there.
func (s *Service) person(ctx context.Context, c op.Caller, app, address string) (string, error) {
	if s.Person == nil {
		return "", nil
	}
	var users api.IdentityType
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		users, err = s.Apps.IdentityType(tx, c, app)
		return err
	})
	if err != nil || users != api.IdentityTypeAwsIAMIDC {
		return "", err
	}
	p, _, err := s.Person(ctx, c.Owns(), application.Address(address))
	return p.ID, err
}

// free refuses an address that is an alias of another user.
func (s *Service) free(tx *store.Tx, tenant, app, name string) error {
	taken, err := heldByOther(tx, tenant, app, key(userIn("", name)), alias{name: name})
	if err == nil && taken {
		err = fault.Conflicts("user", name, "%s is an alias of another user of application %s. Delete that alias with UpdateUser.", name, app)
	}
	return err
}

// addAliases gives a user aliases that nobody else has, in indexes and data sources
// that are there.
func (s *Service) addAliases(tx *store.Tx, c op.Caller, app, name string, aliases []alias) error {
	own := key(userIn("", name))
	for _, a := range aliases {
		if err := s.place(tx, c, app, a); err != nil {
			return err
		}
		taken, err := heldByOther(tx, c.Tenant(), app, own, a)
		if err == nil && !taken && a.source == "" && a.key().alias != own {
			_, taken, err = getUser(tx, c.Tenant(), app, a.name)
		}
		if err != nil {
			return err
		}
		if taken {
			return fault.Conflicts("user", a.name, "%s is a name of another user of application %s, there or everywhere. An alias is of one user.", a.name, app)
		}
		if err := insertAlias(tx, c.Tenant(), app, own, a); err != nil {
			return err
		}
	}
	return nil
}

// place makes sure that the index and the data source of an alias are there. A data
// source without its index is taken as it is: IDs are of one data source.
func (s *Service) place(tx *store.Tx, c op.Caller, app string, a alias) error {
	if a.index == "" {
		return nil
	}
	if err := s.Indexes.Exists(tx, c, app, a.index); err != nil {
		return err
	}
	return s.source(tx, c.Tenant(), app, a.index, a.source)
}

// GetUser tells the aliases of a user.
func (s *Service) GetUser(ctx context.Context, c op.Caller, in *api.GetUserInput) (*api.GetUserOutput, error) {
	out := &api.GetUserOutput{}
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		_, aliases, err := s.user(tx, c, in.ApplicationID, in.UserID)
		out.UserAliases = showAliases(aliases)
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// user returns a user with all aliases, or a ResourceNotFound that says which of
// the application and the user is not there.
func (s *Service) user(tx *store.Tx, c op.Caller, app, name string) (User, []alias, error) {
	if err := s.Apps.Exists(tx, c, app); err != nil {
		return User{}, nil, err
	}
	u, found, err := getUser(tx, c.Tenant(), app, name)
	if err != nil {
		return User{}, nil, err
	}
	if !found {
		return User{}, nil, fault.NotFound("user", name, "There is no user %s in application %s.", name, app)
	}
	aliases, err := aliasesIn(tx, c.Tenant(), app, name)
	return u, aliases, err
}

// UpdateUser adds, renews and deletes aliases of a user, and tells which. An alias
// is the same in another letter case if it is an address; renewed, it is shown as it
// was given last.
func (s *Service) UpdateUser(ctx context.Context, c op.Caller, in *api.UpdateUserInput) (*api.UpdateUserOutput, error) {
	update, bad := aliasesOf("userAliasesToUpdate", in.UserAliasesToUpdate)
	remove, more := aliasesOf("userAliasesToDelete", in.UserAliasesToDelete)
	if bad = slices.Concat(bad, more, contradictions(update, remove)); len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	person, err := s.person(ctx, c, in.ApplicationID, in.UserID)
	if err != nil {
		return nil, err
	}
	var done change
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := s.Apps.Active(tx, c, in.ApplicationID); err != nil {
			return err
		}
		u, had, err := s.user(tx, c, in.ApplicationID, in.UserID)
		if err != nil {
			return err
		}
		if u.Person == "" && person != "" {
			u.Person = person
			if err := updateUser(tx, c.Tenant(), in.ApplicationID, u); err != nil {
				return err
			}
		}
		done = plan(had, update, remove)
		return s.apply(tx, c, in.ApplicationID, u, len(had), done)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateUserOutput{
		UserAliasesAdded: showAliases(done.added), UserAliasesUpdated: showAliases(done.updated), UserAliasesDeleted: showAliases(done.deleted),
	}, nil
}

// apply changes the aliases of a user, who has so many.
func (s *Service) apply(tx *store.Tx, c op.Caller, app string, u User, had int, done change) error {
	if n := had + len(done.added) - len(done.deleted); n > MaxAliases && len(done.added) > 0 {
		return fault.Quota("user", u.Name, "The user %s would have %d aliases; the most is %d.", u.Name, n, MaxAliases)
	}
	own := key(userIn("", u.Name))
	for _, a := range slices.Concat(done.deleted, done.updated) {
		if err := deleteAlias(tx, c.Tenant(), app, own, a); err != nil {
			return err
		}
	}
	return s.addAliases(tx, c, app, u.Name, slices.Concat(done.updated, done.added))
}

// DeleteUser removes a user with all aliases, so that its address may be somebody
// else's. What groups say of the address stays with the groups.
func (s *Service) DeleteUser(ctx context.Context, c op.Caller, in *api.DeleteUserInput) (*api.DeleteUserOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if _, _, err := s.user(tx, c, in.ApplicationID, in.UserID); err != nil {
			return err
		}
		return removeUser(tx, c.Tenant(), in.ApplicationID, in.UserID)
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteUserOutput{}, nil
}
