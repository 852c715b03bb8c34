package application

import (
	"errors"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Exists makes sure that there is such an application: the error is a
// ResourceNotFound when there is none.
func (s *Service) Exists(tx *store.Tx, c op.Caller, id string) error {
	_, err := status(tx, c, id)
	return err
}

// Active makes sure that there is such an application, and that it may change:
// the error is a ResourceNotFound, or a Conflict when it is not ACTIVE.
func (s *Service) Active(tx *store.Tx, c op.Caller, id string) error {
	st, err := status(tx, c, id)
	if err != nil {
		return err
	}
	return active(id, st)
}

func active(id string, st api.ApplicationStatus) error {
	if st == api.ApplicationStatusActive {
		return nil
	}
	return fault.Conflicts(typeName, id, "The request cannot be served because the application with ID %s is not in ACTIVE state: it is %s.", id, st)
}

// Kind looks for an application: it is the tag.Kind of application ARNs.
func Kind(tx *store.Tx, tenant string, ids []string) (found bool, err error) {
	_, err = load(tx, tenant, ids[0])
	if errors.Is(err, store.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// IdentityType returns where the application's users come from, or a
// ResourceNotFound.
func (s *Service) IdentityType(tx *store.Tx, c op.Caller, id string) (api.IdentityType, error) {
	a, err := load(tx, c.Tenant(), id)
	return a.Identity.Type, known(err, c, id)
}
