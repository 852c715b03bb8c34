package index

import (
	"errors"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Exists makes sure that there is such an index: the error is a ResourceNotFound
// that says which of the application and the index is not there.
func (s *Service) Exists(tx *store.Tx, c op.Caller, application, index string) error {
	_, err := status(tx, c.Tenant(), application, index)
	return s.explain(tx, c, application, index, err)
}

// Active makes sure that there is such an index, and that it and its application
// may change: the error is a ResourceNotFound, or a Conflict when one of them is
// not ACTIVE.
func (s *Service) Active(tx *store.Tx, c op.Caller, application, index string) error {
	if err := s.Apps.Active(tx, c, application); err != nil {
		return err
	}
	st, err := status(tx, c.Tenant(), application, index)
	if err != nil {
		return s.explain(tx, c, application, index, err)
	}
	return active(index, st)
}

func active(id string, st api.IndexStatus) error {
	if st == api.IndexStatusActive {
		return nil
	}
	return fault.Conflicts(typeName, id, "The request cannot be served because the index with ID %s is not in ACTIVE state: it is %s.", id, st)
}

// find returns an index, or a ResourceNotFound that says which of the
// application and the index is not there.
func (s *Service) find(tx *store.Tx, c op.Caller, application, id string) (*Index, error) {
	x, err := get(tx, c.Tenant(), application, id)
	return x, s.explain(tx, c, application, id, err)
}

// explain turns the lack of a row into the answer for it.
func (s *Service) explain(tx *store.Tx, c op.Caller, application, id string, err error) error {
	if !errors.Is(err, store.ErrNoRows) {
		return err
	}
	if err := s.Apps.Exists(tx, c, application); err != nil {
		return err
	}
	return fault.NotFound(typeName, id, "There is no index with ID %s in application %s.", id, application)
}

// Kind answers the tag family: is there such an index? ids are its application's
// and its own.
func Kind(tx *store.Tx, tenant string, ids []string) (found bool, err error) {
	_, err = status(tx, tenant, ids[0], ids[1])
	if errors.Is(err, store.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
