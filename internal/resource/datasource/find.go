package datasource

import (
	"errors"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Execution tells of a sync job of an index's: the data source it is of, and
// whether documents may be put and deleted under it. Without such a job the
// source is "".
func (s *Service) Execution(tx *store.Tx, tenant, application, index, id string) (source string, open bool, err error) {
	source, status, err := execution(tx, tenant, application, index, id)
	if errors.Is(err, store.ErrNoRows) {
		return "", false, nil
	}
	return source, status == api.DataSourceSyncJobStatusSyncing, err
}

// HasSource reports whether the index has such a data source.
func (s *Service) HasSource(tx *store.Tx, tenant, application, index, source string) (bool, error) {
	return has(tx, tenant, application, index, source)
}

// Kind answers the tag family: is there such a data source? ids are its
// application's, its index's and its own.
func Kind(tx *store.Tx, tenant string, ids []string) (found bool, err error) {
	return has(tx, tenant, ids[0], ids[1], ids[2])
}
