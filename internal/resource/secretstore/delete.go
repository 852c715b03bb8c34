package secretstore

import (
	"context"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Delete schedules a secret for deletion, or removes it at once.
func (s *Service) Delete(ctx context.Context, c op.Caller, in *secretsmanager.DeleteSecretInput) (*secretsmanager.DeleteSecretOutput, error) {
	window, err := windowOf(in)
	if err != nil {
		return nil, err
	}
	out := &secretsmanager.DeleteSecretOutput{Name: &in.SecretID}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		out.DeletionDate = new(tx.Now().Add(window))
		found, err := find(tx, c.Tenant(), in.SecretID)
		if errors.Is(err, store.ErrNoRows) && window == 0 && !isARN(in.SecretID) {
			return nil // what is not there is deleted by force already
		}
		if err != nil {
			return known(err)
		}
		out.ARN, out.Name = found.arn(c.Tenant()), &found.Name
		if window == 0 {
			return remove(tx, c.Tenant(), found)
		}
		if found.deleted() {
			return markedForDeletion()
		}
		found.DeletedAt, found.PurgeAt = tx.Now(), *out.DeletionDate
		return put(tx, c.Tenant(), found)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// windowOf is how long a deleted secret can be restored: zero for not at all.
func windowOf(in *secretsmanager.DeleteSecretInput) (time.Duration, error) {
	const day = 24 * time.Hour
	force := in.ForceDeleteWithoutRecovery != nil && *in.ForceDeleteWithoutRecovery
	switch days := in.RecoveryWindowInDays; {
	case force && days != nil:
		return 0, invalidParameter("You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
	case force:
		return 0, nil
	case days == nil:
		return maxWindow * day, nil
	case *days < minWindow || *days > maxWindow:
		return 0, invalidParameter("The RecoveryWindowInDays value must be between %d and %d days (inclusive).", minWindow, maxWindow)
	default:
		return time.Duration(*days) * day, nil
	}
}

// Restore takes a secret off the schedule of deletion; one that is not on it
// stays as it is.
func (s *Service) Restore(ctx context.Context, c op.Caller, in *secretsmanager.RestoreSecretInput) (*secretsmanager.RestoreSecretOutput, error) {
	var found *Secret
	err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		if found, err = find(tx, c.Tenant(), in.SecretID); err != nil {
			return known(err)
		}
		found.DeletedAt, found.PurgeAt = time.Time{}, time.Time{}
		return put(tx, c.Tenant(), found)
	})
	if err != nil {
		return nil, err
	}
	return &secretsmanager.RestoreSecretOutput{ARN: found.arn(c.Tenant()), Name: &found.Name}, nil
}
