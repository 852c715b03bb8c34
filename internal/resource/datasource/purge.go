package datasource

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/directory"
	"github.com/parleyhq/parley/internal/resource/document"
	"github.com/parleyhq/parley/internal/resource/tag"
)

const (
	// purgeBatch is how many rows one transaction of a purge removes.
	purgeBatch = 1000
	// stragglers is how many rows of each family the last transaction may still find.
	stragglers = 100
)

// errStragglers fails an attempt, so that another is made.
var errStragglers = errors.New("datasource: rows appeared while it was being removed")

// purgers remove what came from a data source, its sync jobs first: steps of
// theirs that run end when they find no job.
func purgers() []func(tx *store.Tx, tenant, application, index, source string, limit int) (more bool, err error) {
	return []func(tx *store.Tx, tenant, application, index, source string, limit int) (more bool, err error){
		purgeJobs, purgeItems, document.PurgeSource, directory.PurgeSource,
	}
}

// purge removes a data source and what came from it in small transactions. It
// may be cut short anywhere and run again.
func (s *Service) purge(ctx context.Context, tenant string, args purgeArgs) error {
	for _, below := range purgers() {
		for more := true; more; {
			err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
				more, err = below(tx, tenant, args.Application, args.Index, args.Source, purgeBatch)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error { return finish(tx, tenant, args) })
}

// finish removes the data source with its tags, and what steps that had begun
// earlier wrote meanwhile.
func finish(tx *store.Tx, tenant string, args purgeArgs) error {
	for _, below := range purgers() {
		more, err := below(tx, tenant, args.Application, args.Index, args.Source, stragglers)
		if err != nil {
			return err
		}
		if more {
			return errStragglers
		}
	}
	p := place{tenant, args.Application, args.Index, args.Source}
	if err := tag.Drop(tx, p.ARN()); err != nil {
		return err
	}
	return remove(tx, p)
}

func purgeJobs(tx *store.Tx, tenant, application, index, source string, limit int) (more bool, err error) {
	n, err := tx.Exec(`DELETE FROM sync_job WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4 AND execution <= (SELECT MAX(execution) FROM
		(SELECT execution FROM sync_job WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4 ORDER BY execution LIMIT $5) AS batch)`,
		tenant, application, index, source, limit)
	return n == int64(limit), err
}

func purgeItems(tx *store.Tx, tenant, application, index, source string, limit int) (more bool, err error) {
	n, err := tx.Exec(`DELETE FROM source_item WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4 AND item <= (SELECT MAX(item) FROM
		(SELECT item FROM source_item WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4 ORDER BY item LIMIT $5) AS batch)`,
		tenant, application, index, source, limit)
	return n == int64(limit), err
}

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
