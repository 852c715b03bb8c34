// Package people keeps the users, groups and memberships of an identity store,
// and serves them in the way of AWS's Identity Store.
//
// It owns their rules, their uniqueness, the passwords with which users sign in on
// this server's own page (hashed and sealed, with a bounded rate of attempts), and
// the rows idc_user, idc_group, idc_membership and idc_password. The identity store
// of an account is named after it: every account has one, and there is no other.
//
// What users are given when they sign in is identitycenter's. SCIM and what only it
// can set (external IDs, the status of a user) are not built.
package people

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Service answers the operations of the Identity Store. It is safe for concurrent
// use and must not be copied.
type Service struct {
	DB    *store.DB
	Keys  *seal.Keys // seals the hashes of passwords
	Pages *page.Tokens
	NewID func() string // a UUID

	// Rounds is how often a password is hashed; zero stands for the recommended
	// number. It is kept with each hash.
	Rounds int

	// Removed is told of a user or group that goes, in the transaction in which it
	// does. Optional.
	Removed func(tx *store.Tx, account, principal string) error

	hashing atomic.Int32 // passwords that are being hashed
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, identitystore.CreateUser, s.CreateUser)
	op.Handle(r, identitystore.DescribeUser, s.DescribeUser)
	op.Handle(r, identitystore.ListUsers, s.ListUsers)
	op.Handle(r, identitystore.UpdateUser, s.UpdateUser)
	op.Handle(r, identitystore.DeleteUser, s.DeleteUser)
	op.Handle(r, identitystore.GetUserID, s.GetUserID)
	op.Handle(r, identitystore.CreateGroup, s.CreateGroup)
	op.Handle(r, identitystore.DescribeGroup, s.DescribeGroup)
	op.Handle(r, identitystore.ListGroups, s.ListGroups)
	op.Handle(r, identitystore.DeleteGroup, s.DeleteGroup)
	op.Handle(r, identitystore.GetGroupID, s.GetGroupID)
	op.Handle(r, identitystore.CreateGroupMembership, s.CreateGroupMembership)
	op.Handle(r, identitystore.DeleteGroupMembership, s.DeleteGroupMembership)
	op.Handle(r, identitystore.ListGroupMemberships, s.ListGroupMemberships)
	op.Handle(r, identitystore.ListGroupMembershipsForMember, s.ListGroupMembershipsForMember)
	op.Handle(r, identitystore.IsMemberInGroups, s.IsMemberInGroups)
}

// An identity store's ID is d- and ten hexadecimal digits (model). Those of an
// account are its number, which fits: 10^12 < 16^10.
const storePrefix, storeDigits = "d-", 10

// StoreID is the ID of an account's identity store.
func StoreID(account string) string {
	n, err := strconv.ParseUint(account, 10, 64)
	if err != nil {
		return "" // no account has this ID
	}
	return fmt.Sprintf("%s%0*x", storePrefix, storeDigits, n)
}

// StoreARN is the ARN of an account's identity store.
func StoreARN(account string) string {
	return "arn:" + op.Partition + ":identitystore::" + account + ":identitystore/" + StoreID(account)
}

// accountOf is the account that a request is about, as long as that has the
// identity store which it names.
func accountOf(c op.Caller, storeID string) (string, error) {
	if account := c.Owns(); storeID == StoreID(account) {
		return account, nil
	}
	return "", notFound(kindStore, storeID)
}

// User finds a user by ID.
func (s *Service) User(ctx context.Context, account, id string) (p op.Person, found bool, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		p, found, err = s.UserIn(tx, account, id)
		return err
	})
	return p, found, err
}

// UserIn is User within a transaction.
func (s *Service) UserIn(tx *store.Tx, account, id string) (p op.Person, found bool, err error) {
	u, err := getUser(tx, account, id)
	return personOf(tx, account, u, err)
}

// UserByEmail finds the user who has the address; letter case means nothing.
func (s *Service) UserByEmail(ctx context.Context, account, email string) (op.Person, bool, error) {
	return s.userBy(ctx, account, byEmail, email)
}

// UserByName finds the user who has the user name; letter case means nothing.
func (s *Service) UserByName(ctx context.Context, account, name string) (op.Person, bool, error) {
	return s.userBy(ctx, account, byName, name)
}

func (s *Service) userBy(ctx context.Context, account, column, value string) (p op.Person, found bool, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		u, err := getUserBy(tx, account, column, fold(value))
		p, found, err = personOf(tx, account, u, err)
		return err
	})
	return p, found, err
}

// Group finds a group by ID: its display name.
func (s *Service) Group(ctx context.Context, account, id string) (name string, found bool, err error) {
	err = s.DB.ViewOne(ctx, func(tx *store.Tx) error {
		name, found, err = s.GroupIn(tx, account, id)
		return err
	})
	return name, found, err
}

// GroupIn is Group within a transaction.
func (s *Service) GroupIn(tx *store.Tx, account, id string) (name string, found bool, err error) {
	g, err := getGroup(tx, account, id)
	if errors.Is(err, store.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	return *g.DisplayName, true, nil
}

// personOf makes a person, with groups, of a user that was read, or was not there.
func personOf(tx *store.Tx, account string, u identitystore.User, err error) (op.Person, bool, error) {
	if errors.Is(err, store.ErrNoRows) {
		return op.Person{}, false, nil
	}
	if err != nil {
		return op.Person{}, false, err
	}
	p := op.Person{ID: u.UserID, Name: *u.UserName, Email: emailOf(u), Profile: profileOf(u)}
	p.Groups, err = groupsOf(tx, account, u.UserID)
	return p, err == nil, err
}

// emailOf is a user's address, or "".
func emailOf(u identitystore.User) string {
	if len(u.Emails) == 0 {
		return ""
	}
	return *cmp.Or(u.Emails[0].Value, new(string))
}

// fold is the form in which names and addresses are compared. Only letters of ASCII
// have a case here: in Unicode the sign of the Kelvin is a k, and who is given an
// address with it by an identity provider would be somebody else.
func fold(s string) string { return strings.Map(lower, s) }

func lower(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}
