package secretstore

import (
	"context"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
)

// batch is how many overdue secrets are looked for at once.
const batch = 100

// Work registers the job that removes secrets whose recovery window is over.
func (s *Service) Work() {
	s.Jobs.Schedule("secretstore.purge", time.Hour, s.Purge)
}

// Purge removes the secrets whose recovery window is over, each in a transaction
// of its own.
func (s *Service) Purge(ctx context.Context) error {
	for {
		var due []expired
		err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
			due, err = overdue(tx, tx.Now(), batch)
			return err
		})
		if err != nil {
			return err
		}
		for _, e := range due {
			if err := s.DB.Update(ctx, func(tx *store.Tx) error { return purgeOne(tx, e) }); err != nil {
				return err
			}
		}
		if len(due) < batch {
			return nil
		}
	}
}

// purgeOne removes a secret unless it was restored meanwhile.
func purgeOne(tx *store.Tx, e expired) error {
	found, err := get(tx, e.tenant, e.name)
	if errors.Is(err, store.ErrNoRows) || err == nil && (!found.deleted() || found.PurgeAt.After(tx.Now())) {
		return nil
	}
	if err != nil {
		return err
	}
	return remove(tx, e.tenant, found)
}
