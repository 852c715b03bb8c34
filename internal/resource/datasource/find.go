package datasource

import (
	"errors"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// find returns a data source, or a ResourceNotFound that says which of the
// application, the index and the data source is not there.
func (s *Service) find(tx *store.Tx, c op.Caller, application, index, id string) (*DataSource, error) {
	d, err := get(tx, placeOf(c, application, index, id))
	if !errors.Is(err, store.ErrNoRows) {
		return d, err
	}
	if err := s.Indexes.Exists(tx, c, application, index); err != nil {
		return nil, err
	}
	return nil, fault.NotFound(typeName, id, "There is no data source with ID %s in index %s.", id, index)
}

// Execution tells of a sync job of an index's: the data source that it is of,
// and whether documents may be put and deleted under it. Without such a job the
// source is "".
func (s *Service) Execution(tx *store.Tx, tenant, application, index, execution string) (source string, open bool, err error) {
	j, err := getJob(tx, tenant, application, index, execution)
	if errors.Is(err, store.ErrNoRows) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	return j.id, j.open(), nil
}

// HasSource reports whether the index has such a data source, which may have
// documents: one that is being deleted may not.
func (s *Service) HasSource(tx *store.Tx, tenant, application, index, source string) (bool, error) {
	st, err := status(tx, place{tenant, application, index, source})
	if errors.Is(err, store.ErrNoRows) {
		return false, nil
	}
	return err == nil && st != api.DataSourceStatusDeleting, err
}

// Kind answers the tag family: is there such a data source? ids are its
// application's, its index's and its own.
func Kind(tx *store.Tx, tenant string, ids []string) (found bool, err error) {
	return exists(tx, place{tenant, ids[0], ids[1], ids[2]})
}
