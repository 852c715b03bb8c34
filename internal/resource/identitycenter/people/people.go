// Package people keeps the users, groups and memberships of an identity store,
// and serves them in the way of AWS's Identity Store.
//
// It owns their rules, their uniqueness, the passwords with which users sign in on
// this server's own page (kept as salted hashes, with a bounded rate of attempts), and
// the rows idc_user, idc_group, idc_membership and idc_password. The identity store
// of an account is named after it: every account has one, and there is no other.
//
// What users are given when they sign in is identitycenter's.
package people

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Service answers the operations of the Identity Store. It is safe for concurrent
// use.
type Service struct {
	DB    *store.DB
	Pages *page.Tokens
}

var errUnbuilt = errors.New("people: not built")

// Mount registers the operations.
func (s *Service) Mount(*op.Registry) {}

// User finds a user by ID.
func (s *Service) User(ctx context.Context, account, id string) (op.Person, bool, error) {
	return op.Person{}, false, errUnbuilt
}

// UserByEmail finds the user who has the address; letter case means nothing.
func (s *Service) UserByEmail(ctx context.Context, account, email string) (op.Person, bool, error) {
	return op.Person{}, false, errUnbuilt
}

// Group finds a group by ID: its display name.
func (s *Service) Group(ctx context.Context, account, id string) (name string, found bool, err error) {
	return "", false, errUnbuilt
}
