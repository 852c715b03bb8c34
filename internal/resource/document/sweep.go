package document

import (
	"context"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/store"
)

// What one transaction removes.
const (
	sweepVersions = 50
	sweepRows     = 1000
	sweepParts    = 16 // of 1 MiB
)

// sweep removes some of the versions of an index that are waste, and reports
// whether there were any.
func (s *Service) sweep(ctx context.Context, p Place) (some bool, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		found, err := wasted(tx, p, 1)
		some = len(found) > 0
		return err
	})
	if err != nil || !some {
		return false, err
	}
	return true, s.DB.Update(ctx, func(tx *store.Tx) error {
		found, err := wasted(tx, p, sweepVersions)
		if err != nil {
			return err
		}
		limit := sweepRows
		for _, w := range found {
			n, done, err := wipe(tx, w.key, w.generation, limit)
			if err != nil || !done {
				return err
			}
			if err := w.end(tx); err != nil {
				return err
			}
			if limit -= n + 2; limit <= 0 {
				return nil
			}
		}
		return nil
	})
}

// waste is a version that is to be removed.
type waste struct {
	key

	generation int64
}

// wasted are up to limit of the versions of an index that are to be removed.
func wasted(tx *store.Tx, p Place, limit int) (found []waste, err error) {
	err = tx.Each(`SELECT document, generation FROM document_waste WHERE tenant = $1 AND application = $2 AND idx = $3
		ORDER BY document, generation LIMIT $4`, []any{p.Tenant, p.Application, p.Index, limit}, func(r *store.Rows) error {
		w := waste{key: key{Place: p}}
		err := r.Scan(&w.document, &w.generation)
		found = append(found, w)
		return err
	})
	return found, err
}

// end forgets a version that was removed, and its document if that is being
// deleted and this was the last of it.
func (w waste) end(tx *store.Tx) error {
	_, err := tx.Exec(`DELETE FROM document_waste WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4 AND generation = $5`,
		w.Tenant, w.Application, w.Index, w.document, w.generation)
	if err != nil {
		return err
	}
	more, err := there(tx, `SELECT 1 FROM document_waste WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4`,
		w.Tenant, w.Application, w.Index, w.document)
	if err != nil || more {
		return err
	}
	_, err = tx.Exec(`DELETE FROM document WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4 AND status = $5`,
		w.Tenant, w.Application, w.Index, w.document, api.DocumentStatusDeleting)
	return err
}

// wipe removes up to about limit rows of a version, and reports how many, and
// whether that was all.
func wipe(tx *store.Tx, k key, generation int64, limit int) (n int, done bool, err error) {
	for _, step := range []struct {
		query string
		most  int
	}{
		{`DELETE FROM passage WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4 AND generation = $5 AND n <
			(SELECT MIN(n) + $6 FROM passage WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4 AND generation = $5)`, limit},
		{`DELETE FROM document_part WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4 AND generation = $5 AND kind = 'raw' AND n <
			(SELECT MIN(n) + $6 FROM document_part WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4 AND generation = $5 AND kind = 'raw')`, sweepParts},
		{`DELETE FROM document_part WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4 AND generation = $5 AND kind = 'text' AND n <
			(SELECT MIN(n) + $6 FROM document_part WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4 AND generation = $5 AND kind = 'text')`, sweepParts},
		{`DELETE FROM passage_vector WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4 AND generation = $5 AND n <=
			(SELECT MAX(n) FROM (SELECT n FROM passage_vector WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4 AND generation = $5
				ORDER BY n LIMIT $6) AS batch)`, sweepParts},
	} {
		removed, err := tx.Exec(step.query, k.Tenant, k.Application, k.Index, k.document, generation, step.most)
		if err != nil {
			return n, false, err
		}
		n += int(removed)
		if int(removed) >= step.most {
			return n, false, nil
		}
	}
	return n, true, nil
}
