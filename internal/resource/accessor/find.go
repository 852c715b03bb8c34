package accessor

import (
	"errors"
	"strings"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// find returns a data accessor, or a ResourceNotFound that says which of the
// application and the accessor is not there.
func (s *Service) find(tx *store.Tx, c op.Caller, application, id string) (*Accessor, error) {
	a, err := get(tx, c.Tenant(), application, id)
	if !errors.Is(err, store.ErrNoRows) {
		return a, err
	}
	if err := s.Apps.Exists(tx, c, application); err != nil {
		return nil, err
	}
	return nil, fault.NotFound(typeName, id, "There is no data accessor with ID %s in application %s.", id, application)
}

// Kind answers the tag family: is there such an accessor? ids are its
// application's and its own.
func Kind(tx *store.Tx, tenant string, ids []string) (found bool, err error) {
	_, err = get(tx, tenant, ids[0], ids[1])
	if errors.Is(err, store.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// PurgeApplication removes the data accessors of an application that is being
// deleted, each with its application in Identity Center, and reports whether
// there may be more. It takes one at a time, because what Identity Center keeps
// for one may be many rows.
func (s *Service) PurgeApplication(tx *store.Tx, tenant, application string, _ int) (more bool, err error) {
	accessors, err := all(tx, tenant, application)
	if err != nil || len(accessors) == 0 {
		return false, err
	}
	account, _, _ := strings.Cut(tenant, ":")
	if err := s.Center.DeleteDataAccessorApplication(tx, account, accessors[0].Center); err != nil {
		return false, err
	}
	return len(accessors) > 1, remove(tx, tenant, application, accessors[0].ID)
}
