package application

import (
	"context"
	"errors"
	"strings"

	"github.com/parleyhq/parley/internal/platform/store"
)

// A place is a Region and the ID of an application in it.
type place struct{ region, application string }

// Owner is the account that has an application in a Region, whatever its
// status; "" when none has.
func (s *Service) Owner(ctx context.Context, region, application string) (account string, err error) {
	return s.owners.Get(ctx, s.DB, place{region, application}, func(tx *store.Tx) (string, error) {
		tenants, err := tenantsOf(tx, application)
		for _, tenant := range tenants {
			if account, in, _ := strings.Cut(tenant, ":"); in == region {
				return account, err
			}
		}
		return "", err
	})
}

// Landlord says whether an account keeps, or ever kept, applications in any
// Region.
func (s *Service) Landlord(ctx context.Context, account string) (bool, error) {
	return s.landlords.Get(ctx, s.DB, account, func(tx *store.Tx) (bool, error) {
		var since int64
		err := tx.Row(`SELECT since FROM landlord WHERE tenant = $1`, account).Scan(&since)
		if errors.Is(err, store.ErrNoRows) {
			return false, nil
		}
		return err == nil, err
	})
}
