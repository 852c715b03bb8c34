package document

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
)

// remembered is how long the log tells of documents that are no more. Who has not
// followed it for longer has to begin anew.
const remembered = 7 * 24 * time.Hour

// compact forgets documents that are no more, of every index.
func (s *Service) compact(ctx context.Context) error {
	const batch = 500
	for more := true; more; {
		err := s.DB.Update(ctx, func(tx *store.Tx) error {
			old, err := longGone(tx, batch)
			more = len(old) == batch
			for _, g := range old {
				if err != nil {
					return err
				}
				err = g.forget(tx)
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// past is a document that is no more.
type past struct {
	key

	seq int64
}

func longGone(tx *store.Tx, limit int) (found []past, err error) {
	err = tx.Each(`SELECT /* every tenant: work that nobody asked for */ tenant, application, idx, document, seq FROM document_gone
		WHERE gone_at < $1 ORDER BY gone_at LIMIT $2`, []any{store.Micros(tx.Now().Add(-remembered)), limit}, func(r *store.Rows) error {
		var g past
		err := r.Scan(&g.Tenant, &g.Application, &g.Index, &g.document, &g.seq)
		found = append(found, g)
		return err
	})
	return found, err
}

// forget removes the row, and says so to those who follow the log.
func (g past) forget(tx *store.Tx) error {
	_, err := tx.Exec(`DELETE FROM document_gone WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4`,
		g.Tenant, g.Application, g.Index, g.document)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO document_horizon (tenant, application, idx, seq) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant, application, idx) DO UPDATE SET seq = excluded.seq
		WHERE document_horizon.seq < excluded.seq`, g.Tenant, g.Application, g.Index, g.seq)
	return err
}
