package principal

import (
	"context"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// CreateUser makes a user without keys and without permissions.
func (s *Service) CreateUser(ctx context.Context, c op.Caller, in *iam.CreateUserInput) (*iam.CreateUserOutput, error) {
	u := new(User)
	u.Entity = Entity{Account: c.Account, Path: pathOf(in.Path), Name: in.UserName, ID: newID(userKind)}
	if err := errors.Join(checkPath(u.Path), u.tag(in.Tags)); err != nil {
		return nil, err
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := create(tx, u, exists("User with name %s already exists.", in.UserName)); err != nil {
			return err
		}
		return bound(tx, u, in.PermissionsBoundary)
	})
	if err != nil {
		return nil, err
	}
	return &iam.CreateUserOutput{User: new(u.shape())}, nil
}

// shape is the user as answers have it.
func (u *User) shape() iam.User {
	return iam.User{
		Path: u.Path, UserName: u.Name, UserID: u.ID, ARN: u.ARN(), CreateDate: u.CreatedAt,
		PermissionsBoundary: u.boundary(), Tags: u.someTags(),
	}
}

// GetUser tells of a user: the caller, when no name is given.
func (s *Service) GetUser(ctx context.Context, c op.Caller, in *iam.GetUserInput) (*iam.GetUserOutput, error) {
	if in.UserName == nil && c.Root {
		return &iam.GetUserOutput{User: rootUser(c)}, nil
	}
	name, err := userOf(c, in.UserName)
	if err != nil {
		return nil, err
	}
	var out iam.GetUserOutput
	err = view(ctx, s, c, name, func(_ *store.Tx, u *User) error {
		out.User = u.shape()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// rootUser is the root of an account, which has no row. When an account began is
// not known.
func rootUser(c op.Caller) iam.User {
	return iam.User{Path: "/", UserName: "root", UserID: c.Account, ARN: c.Principal, CreateDate: time.Unix(0, 0).UTC()}
}

// userOf is the name of the user that a request is about: the caller, when it
// gives none.
func userOf(c op.Caller, name *string) (string, error) {
	switch {
	case name != nil:
		return *name, nil
	case c.Root:
		return "", invalid("The root's access key is not kept here: it is part of the server's configuration. Name a user with UserName.")
	case c.Role != "":
		return "", invalid("Must specify userName when calling with non-User credentials")
	}
	at, _ := split(c.Principal)
	return at.name, nil
}

// ListUsers tells of the users whose paths begin with a prefix, by their names.
func (s *Service) ListUsers(ctx context.Context, c op.Caller, in *iam.ListUsersInput) (*iam.ListUsersOutput, error) {
	found, rest, err := turn[User](ctx, s, c, iam.ListUsers.Route, in.PathPrefix, paging{in.Marker, in.MaxItems})
	if err != nil {
		return nil, err
	}
	out := &iam.ListUsersOutput{Users: []iam.User{}, IsTruncated: rest.truncated, Marker: rest.marker}
	for _, u := range found {
		u.Tags, u.Boundary = nil, "" // which this list leaves out
		out.Users = append(out.Users, u.shape())
	}
	return out, nil
}

// UpdateUser gives a user another name or path. Its keys and policies stay; its
// ID too.
func (s *Service) UpdateUser(ctx context.Context, c op.Caller, in *iam.UpdateUserInput) (*iam.UpdateUserOutput, error) {
	if in.NewPath != nil {
		if err := checkPath(*in.NewPath); err != nil {
			return nil, err
		}
	}
	err := change(ctx, s, c, in.UserName, func(tx *store.Tx, u *User) error {
		if in.NewPath != nil {
			u.Path = *in.NewPath
		}
		if in.NewUserName == nil {
			return nil
		}
		return s.renameUser(tx, u, *in.NewUserName)
	})
	if err != nil {
		return nil, err
	}
	return &iam.UpdateUserOutput{}, nil
}

func (s *Service) renameUser(tx *store.Tx, u *User, name string) error {
	if fold(name) == u.key {
		u.Name = name
		return nil
	}
	_, err := get[User](tx, u.Account, name)
	switch {
	case err == nil:
		return exists("User with name %s already exists.", name)
	case !errors.Is(err, store.ErrNoRows):
		return err
	}
	return rename(tx, u, name)
}

// DeleteUser deletes a user that has neither keys nor policies.
func (s *Service) DeleteUser(ctx context.Context, c op.Caller, in *iam.DeleteUserInput) (*iam.DeleteUserOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		u, err := find[User](tx, c.Account, in.UserName)
		if err != nil {
			return err
		}
		keys, err := keysOf(tx, userKind, &u.Entity)
		if err != nil {
			return err
		}
		if len(keys) > 0 {
			return deleteConflict("Cannot delete entity, must delete access keys first.")
		}
		return dismiss(tx, u)
	})
	if err != nil {
		return nil, err
	}
	return &iam.DeleteUserOutput{}, nil
}

// ListGroupsForUser finds none: there are no groups here.
func (s *Service) ListGroupsForUser(ctx context.Context, c op.Caller, in *iam.ListGroupsForUserInput) (*iam.ListGroupsForUserOutput, error) {
	err := view(ctx, s, c, in.UserName, func(*store.Tx, *User) error { return nil })
	if err != nil {
		return nil, err
	}
	return &iam.ListGroupsForUserOutput{Groups: []iam.Group{}, IsTruncated: new(false)}, nil
}

// dismiss deletes a user or role that has no policies. A permissions boundary
// goes with it.
func dismiss[E any, P bearer[E]](tx *store.Tx, p P) error {
	i := p.identity()
	if len(i.Inline) > 0 {
		return deleteConflict("Cannot delete entity, must delete policies first.")
	}
	arns, err := attachedTo(tx, p.kind(), &i.Entity)
	if err != nil {
		return err
	}
	if len(arns) > 0 {
		return deleteConflict("Cannot delete entity, must detach all policies first.")
	}
	if err := detachAll(tx, p.kind(), &i.Entity); err != nil {
		return err
	}
	return remove[E](tx, p)
}
