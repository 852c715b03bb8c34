package datasource

import "github.com/parleyhq/parley/internal/platform/store"

// PurgeApplication removes up to limit of the rows below an application that is
// being deleted, and reports whether there may be more.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	return purge(limit,
		func(limit int) (int64, error) {
			return tx.Exec(`DELETE FROM source_item WHERE tenant = $1 AND application = $2 AND (idx, source, item) <= (SELECT idx, source, item FROM
				(SELECT idx, source, item FROM source_item WHERE tenant = $1 AND application = $2 ORDER BY idx, source, item LIMIT $3) AS batch
				ORDER BY idx DESC, source DESC, item DESC LIMIT 1)`, tenant, application, limit)
		},
		func(limit int) (int64, error) {
			return tx.Exec(`DELETE FROM sync_job WHERE tenant = $1 AND application = $2 AND (idx, execution) <= (SELECT idx, execution FROM
				(SELECT idx, execution FROM sync_job WHERE tenant = $1 AND application = $2 ORDER BY idx, execution LIMIT $3) AS batch
				ORDER BY idx DESC, execution DESC LIMIT 1)`, tenant, application, limit)
		},
		func(limit int) (int64, error) {
			return tx.Exec(`DELETE FROM data_source WHERE tenant = $1 AND application = $2 AND (idx, source) <= (SELECT idx, source FROM
				(SELECT idx, source FROM data_source WHERE tenant = $1 AND application = $2 ORDER BY idx, source LIMIT $3) AS batch
				ORDER BY idx DESC, source DESC LIMIT 1)`, tenant, application, limit)
		})
}

// PurgeIndex is PurgeApplication for one index.
func PurgeIndex(tx *store.Tx, tenant, application, index string, limit int) (more bool, err error) {
	return purge(limit,
		func(limit int) (int64, error) {
			return tx.Exec(`DELETE FROM source_item WHERE tenant = $1 AND application = $2 AND idx = $3 AND (source, item) <= (SELECT source, item FROM
				(SELECT source, item FROM source_item WHERE tenant = $1 AND application = $2 AND idx = $3 ORDER BY source, item LIMIT $4) AS batch
				ORDER BY source DESC, item DESC LIMIT 1)`, tenant, application, index, limit)
		},
		func(limit int) (int64, error) {
			return tx.Exec(`DELETE FROM sync_job WHERE tenant = $1 AND application = $2 AND idx = $3 AND execution <= (SELECT MAX(execution) FROM
				(SELECT execution FROM sync_job WHERE tenant = $1 AND application = $2 AND idx = $3 ORDER BY execution LIMIT $4) AS batch)`,
				tenant, application, index, limit)
		},
		func(limit int) (int64, error) {
			return tx.Exec(`DELETE FROM data_source WHERE tenant = $1 AND application = $2 AND idx = $3 AND source <= (SELECT MAX(source) FROM
				(SELECT source FROM data_source WHERE tenant = $1 AND application = $2 AND idx = $3 ORDER BY source LIMIT $4) AS batch)`,
				tenant, application, index, limit)
		})
}

// purge removes up to limit rows, of one table after the other.
func purge(limit int, tables ...func(limit int) (int64, error)) (more bool, err error) {
	for _, remove := range tables {
		n, err := remove(limit)
		if err != nil {
			return false, err
		}
		if limit -= int(n); limit <= 0 {
			return true, nil
		}
	}
	return false, nil
}
