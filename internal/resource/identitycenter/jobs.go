package identitycenter

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
)

const (
	sweepEvery = 10 * time.Minute
	batch      = 1000 // rows that one transaction removes
)

// Work registers the jobs.
func (s *Service) Work() { s.Jobs.Schedule("identitycenter.sweep", sweepEvery, s.Sweep) }

// Sweep removes the sign-ins, codes and refresh tokens that have expired, in small
// transactions.
func (s *Service) Sweep(ctx context.Context) error {
	for _, step := range []func(tx *store.Tx, limit int) (int64, error){sweepTokens, sweepSignins} {
		for removed := int64(batch); removed == batch; {
			err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
				removed, err = step(tx, batch)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Forget drops the assignments of a user or group that goes (people.Service.Removed).
func (s *Service) Forget(tx *store.Tx, account, principal string) error {
	return removeAssignments(tx, account, principal)
}
