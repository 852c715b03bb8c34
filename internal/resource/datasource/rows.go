package datasource

import (
	"errors"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/store"
)

// execution tells of a sync job: which source's it is, and where it stands.
// The error is store.ErrNoRows when there is none.
func execution(tx *store.Tx, tenant, application, index, id string) (source string, status api.DataSourceSyncJobStatus, err error) {
	err = tx.Row(`SELECT source, status FROM sync_job WHERE tenant = $1 AND application = $2 AND idx = $3 AND execution = $4`,
		tenant, application, index, id).Scan(&source, &status)
	return source, status, err
}

func has(tx *store.Tx, tenant, application, index, id string) (bool, error) {
	var n int
	err := tx.Row(`SELECT 1 FROM data_source WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4`,
		tenant, application, index, id).Scan(&n)
	if errors.Is(err, store.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
