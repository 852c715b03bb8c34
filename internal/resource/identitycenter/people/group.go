package people

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// batch is how many rows one transaction removes.
const batch = 1000

// CreateGroup adds a group. Display names are unique, whatever their case.
func (s *Service) CreateGroup(ctx context.Context, c op.Caller, in *identitystore.CreateGroupInput) (*identitystore.CreateGroupOutput, error) {
	account, err := accountOf(c, in.IdentityStoreID)
	if err != nil {
		return nil, err
	}
	if in.DisplayName == nil {
		return nil, fault.InvalidField("displayName", "is a required attribute of a group")
	}
	g := identitystore.Group{
		GroupID: s.NewID(), IdentityStoreID: in.IdentityStoreID, DisplayName: in.DisplayName, Description: in.Description,
		CreatedBy: &c.Principal, UpdatedBy: &c.Principal,
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		_, err := getGroupByName(tx, account, fold(*g.DisplayName))
		if err == nil {
			return duplicate("Duplicate GroupDisplayName")
		}
		if !errors.Is(err, store.ErrNoRows) {
			return err
		}
		g.CreatedAt, g.UpdatedAt = new(tx.Now()), new(tx.Now())
		return insertGroup(tx, account, g)
	})
	if err != nil {
		return nil, err
	}
	return &identitystore.CreateGroupOutput{GroupID: g.GroupID, IdentityStoreID: g.IdentityStoreID}, nil
}

// DescribeGroup tells everything of a group.
func (s *Service) DescribeGroup(ctx context.Context, c op.Caller, in *identitystore.DescribeGroupInput) (*identitystore.DescribeGroupOutput, error) {
	account, err := accountOf(c, in.IdentityStoreID)
	if err != nil {
		return nil, err
	}
	var g identitystore.Group
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		g, err = getGroup(tx, account, in.GroupID)
		return known(err, kindGroup, in.GroupID)
	})
	if err != nil {
		return nil, err
	}
	out := identitystore.DescribeGroupOutput(g)
	return &out, nil
}

// ListGroups tells of all groups, the newest first, or of the one that has a
// display name.
func (s *Service) ListGroups(ctx context.Context, c op.Caller, in *identitystore.ListGroupsInput) (*identitystore.ListGroupsOutput, error) {
	account, err := accountOf(c, in.IdentityStoreID)
	if err != nil {
		return nil, err
	}
	name, err := filterOf(in.Filters, "DisplayName")
	if err != nil {
		return nil, err
	}
	scope := page.ScopeOf(identitystore.ListGroups.Route, c, in.IdentityStoreID, name)
	from, err := s.Pages.Begin(scope, in.NextToken)
	if err != nil {
		return nil, err
	}
	size := page.Size(in.MaxResults, maxPage)
	out := &identitystore.ListGroupsOutput{Groups: []identitystore.Group{}}
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		out.Groups, err = listGroups(tx, account, fold(name), from, size+1)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(out.Groups) > size {
		out.Groups = out.Groups[:size]
		last := out.Groups[size-1]
		out.NextToken, err = s.Pages.After(scope, *last.CreatedAt, last.GroupID)
	}
	return out, err
}

// DeleteGroup removes a group with its memberships.
func (s *Service) DeleteGroup(ctx context.Context, c op.Caller, in *identitystore.DeleteGroupInput) (*identitystore.DeleteGroupOutput, error) {
	account, err := accountOf(c, in.IdentityStoreID)
	if err != nil {
		return nil, err
	}
	for more := true; more; { // the memberships of a large group take more than one transaction
		err := s.DB.Update(ctx, func(tx *store.Tx) error {
			n, err := removeMemberships(tx, account, in.GroupID, batch)
			if more = n == batch; err != nil || more {
				return err
			}
			return s.removeGroup(tx, account, in.GroupID)
		})
		if err != nil {
			return nil, err
		}
	}
	return &identitystore.DeleteGroupOutput{}, nil
}

func (s *Service) removeGroup(tx *store.Tx, account, id string) error {
	n, err := removeGroup(tx, account, id)
	if err == nil && n == 0 {
		return notFound(kindGroup, id)
	}
	if err != nil || s.Removed == nil {
		return err
	}
	return s.Removed(tx, account, id)
}

// GetGroupID finds a group by display name.
func (s *Service) GetGroupID(ctx context.Context, c op.Caller, in *identitystore.GetGroupIDInput) (*identitystore.GetGroupIDOutput, error) {
	account, err := accountOf(c, in.IdentityStoreID)
	if err != nil {
		return nil, err
	}
	path, value, err := alternative(in.AlternateIdentifier)
	switch {
	case err != nil:
		return nil, err
	case path == "":
		return nil, notFound(kindGroup, "")
	case fold(path) != "displayname":
		return nil, fault.InvalidField("AlternateIdentifier.UniqueAttribute.AttributePath", "groups are told apart by displayName")
	}
	var g identitystore.Group
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		g, err = getGroupByName(tx, account, fold(value))
		return known(err, kindGroup, "")
	})
	if err != nil {
		return nil, err
	}
	return &identitystore.GetGroupIDOutput{GroupID: g.GroupID, IdentityStoreID: in.IdentityStoreID}, nil
}
