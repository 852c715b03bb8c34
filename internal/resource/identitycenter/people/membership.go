package people

import (
	"context"
	"slices"
	"time"

	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// membership says that a user is in a group.
type membership struct {
	id, group, user string
	createdAt       time.Time
	createdBy       string
}

// CreateGroupMembership puts a user into a group.
func (s *Service) CreateGroupMembership(ctx context.Context, c op.Caller, in *identitystore.CreateGroupMembershipInput) (*identitystore.CreateGroupMembershipOutput, error) {
	account, err := accountOf(c, in.IdentityStoreID)
	if err != nil {
		return nil, err
	}
	m := membership{id: s.NewID(), group: in.GroupID, user: *in.MemberID.UserID, createdBy: c.Principal}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if _, err := getGroup(tx, account, m.group); err != nil {
			return known(err, kindGroup, m.group)
		}
		if _, err := getUser(tx, account, m.user); err != nil {
			return known(err, kindUser, m.user)
		}
		groups, err := groupsOf(tx, account, m.user)
		if err != nil {
			return err
		}
		if slices.Contains(groups, m.group) {
			return duplicate("Member and Group relationship already exists.")
		}
		m.createdAt = tx.Now()
		return insertMembership(tx, account, m)
	})
	if err != nil {
		return nil, err
	}
	return &identitystore.CreateGroupMembershipOutput{MembershipID: m.id, IdentityStoreID: in.IdentityStoreID}, nil
}

// DeleteGroupMembership takes a user out of a group.
func (s *Service) DeleteGroupMembership(ctx context.Context, c op.Caller, in *identitystore.DeleteGroupMembershipInput) (*identitystore.DeleteGroupMembershipOutput, error) {
	account, err := accountOf(c, in.IdentityStoreID)
	if err != nil {
		return nil, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		n, err := removeMembership(tx, account, in.MembershipID)
		if err == nil && n == 0 {
			return notFound(kindMembership, in.MembershipID)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &identitystore.DeleteGroupMembershipOutput{}, nil
}

// ListGroupMemberships tells who is in a group, whoever came last first.
func (s *Service) ListGroupMemberships(ctx context.Context, c op.Caller, in *identitystore.ListGroupMembershipsInput) (*identitystore.ListGroupMembershipsOutput, error) {
	l := memberships{column: "group_id", value: in.GroupID, store: in.IdentityStoreID,
		scope: page.ScopeOf(identitystore.ListGroupMemberships.Route, c, in.IdentityStoreID, in.GroupID),
		there: func(tx *store.Tx, account string) error {
			_, err := getGroup(tx, account, in.GroupID)
			return known(err, kindGroup, in.GroupID)
		}}
	found, next, err := s.memberships(ctx, c, l, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &identitystore.ListGroupMembershipsOutput{GroupMemberships: found, NextToken: next}, nil
}

// ListGroupMembershipsForMember tells which groups a user is in, the latest first.
func (s *Service) ListGroupMembershipsForMember(ctx context.Context, c op.Caller, in *identitystore.ListGroupMembershipsForMemberInput) (*identitystore.ListGroupMembershipsForMemberOutput, error) {
	user := *in.MemberID.UserID
	l := memberships{column: "user_id", value: user, store: in.IdentityStoreID,
		scope: page.ScopeOf(identitystore.ListGroupMembershipsForMember.Route, c, in.IdentityStoreID, user),
		there: func(tx *store.Tx, account string) error {
			_, err := getUser(tx, account, user)
			return known(err, kindUser, user)
		}}
	found, next, err := s.memberships(ctx, c, l, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &identitystore.ListGroupMembershipsForMemberOutput{GroupMemberships: found, NextToken: next}, nil
}

// memberships says which of them to list.
type memberships struct {
	column, value string
	store         string
	scope         page.Scope
	there         func(tx *store.Tx, account string) error // refuses a group or user that is not there
}

func (s *Service) memberships(ctx context.Context, c op.Caller, l memberships, limit *int32, token *string) (shown []identitystore.GroupMembership, next *string, err error) {
	account, err := accountOf(c, l.store)
	if err != nil {
		return nil, nil, err
	}
	from, err := s.Pages.Begin(l.scope, token)
	if err != nil {
		return nil, nil, err
	}
	size := page.Size(limit, maxPage)
	var found []membership
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if err := l.there(tx, account); err != nil {
			return err
		}
		found, err = listMemberships(tx, account, l.column, l.value, from, size+1)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	shown = []identitystore.GroupMembership{}
	for _, m := range found[:min(size, len(found))] {
		shown = append(shown, m.entry(l.store))
	}
	if len(found) > size {
		next, err = s.Pages.After(l.scope, found[size-1].createdAt, found[size-1].id)
	}
	return shown, next, err
}

func (m membership) entry(storeID string) identitystore.GroupMembership {
	return identitystore.GroupMembership{
		IdentityStoreID: storeID, MembershipID: &m.id, GroupID: &m.group, MemberID: &identitystore.MemberID{UserID: &m.user},
		CreatedAt: &m.createdAt, UpdatedAt: &m.createdAt, CreatedBy: &m.createdBy, UpdatedBy: &m.createdBy,
	}
}

// IsMemberInGroups tells for each of some groups whether a user is in it.
func (s *Service) IsMemberInGroups(ctx context.Context, c op.Caller, in *identitystore.IsMemberInGroupsInput) (*identitystore.IsMemberInGroupsOutput, error) {
	account, err := accountOf(c, in.IdentityStoreID)
	if err != nil {
		return nil, err
	}
	var groups []string
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if _, err := getUser(tx, account, *in.MemberID.UserID); err != nil {
			return known(err, kindUser, *in.MemberID.UserID)
		}
		groups, err = groupsOf(tx, account, *in.MemberID.UserID)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &identitystore.IsMemberInGroupsOutput{Results: []identitystore.GroupMembershipExistenceResult{}}
	for _, id := range in.GroupIDs {
		out.Results = append(out.Results, identitystore.GroupMembershipExistenceResult{
			GroupID: &id, MemberID: &in.MemberID, MembershipExists: new(slices.Contains(groups, id)),
		})
	}
	return out, nil
}
