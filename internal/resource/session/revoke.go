package session

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/store"
)

// RevokeKey ends the session of a temporary access key: the next request signed
// with it is refused. A session has no row, so nothing tells whether there is one.
// Validation when the ID can be of none.
func (s *Service) RevokeKey(ctx context.Context, accessKeyID string) error {
	account, ok := accountOf(accessKeyID)
	if !ok {
		return fault.InvalidField("key", "the access key ID of a session begins with %s and has 20 characters; got %q", keyPrefix, accessKeyID)
	}
	return s.revoke(ctx, account, accessKeyID)
}

// RevokeRole ends all sessions of a role that have begun by now: the next request
// of each is refused. New ones may begin. ResourceNotFound when there is no such
// role.
func (s *Service) RevokeRole(ctx context.Context, roleARN string) error {
	role, found, err := s.Principals.Role(ctx, roleARN)
	switch {
	case err != nil:
		return err
	case !found:
		return fault.NotFound("role", roleARN, "There is no role %s.", roleARN)
	}
	return s.revoke(ctx, role.Account, role.ID)
}

func (s *Service) revoke(ctx context.Context, account, subject string) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error { return revoke(tx, account, subject) })
}

// batch is how many rows one transaction of a sweep removes.
const batch = 1000

// Work registers the job that forgets revocations which no session outlived.
func (s *Service) Work() {
	s.Jobs.Schedule("session.sweep", time.Hour, s.Sweep)
}

// Sweep forgets them, in small transactions.
func (s *Service) Sweep(ctx context.Context) error {
	for {
		var removed int64
		err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
			removed, err = sweep(tx, batch)
			return err
		})
		if err != nil || removed < batch {
			return err
		}
	}
}
