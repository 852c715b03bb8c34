package document

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
)

// remembered is how long the log tells of documents that are no more. Who has not
// followed it for longer has to begin anew.
const remembered = 7 * 24 * time.Hour

// compact forgets documents that are no more, of every index: those that the run
// before gave notice of. Whoever follows a log has had the time in between to see
// that it will not go back so far.
func (s *Service) compact(ctx context.Context) error {
	for more := true; more; {
		err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
			more, err = forget(tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return s.DB.Update(ctx, giveNotice)
}

// forget removes some of what notice was given of, and reports whether there may
// be more.
func forget(tx *store.Tx) (more bool, err error) {
	const batch = 500
	var old []key
	err = tx.Each(`SELECT /* every tenant: work that nobody asked for */ g.tenant, g.application, g.idx, g.document FROM document_horizon h
		JOIN document_gone g ON g.tenant = h.tenant AND g.application = h.application AND g.idx = h.idx AND g.seq <= h.seq LIMIT $1`, []any{batch},
		func(r *store.Rows) error {
			var k key
			err := r.Scan(&k.Tenant, &k.Application, &k.Index, &k.document)
			old = append(old, k)
			return err
		})
	for _, k := range old {
		if err != nil {
			return false, err
		}
		_, err = tx.Exec(`DELETE FROM document_gone WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4`,
			k.Tenant, k.Application, k.Index, k.document)
	}
	return len(old) == batch, err
}

// giveNotice says up to which number the logs will be forgotten. A number stands
// for a time: what has a smaller one is older.
func giveNotice(tx *store.Tx) error {
	const batch = 1000 // indexes; the others' turn comes when these have nothing left
	type horizon struct {
		Place

		seq int64
	}
	var found []horizon
	err := tx.Each(`SELECT /* every tenant: work that nobody asked for */ tenant, application, idx, MAX(seq) FROM document_gone
		WHERE gone_at < $1 GROUP BY tenant, application, idx ORDER BY tenant, application, idx LIMIT $2`,
		[]any{store.Micros(tx.Now().Add(-remembered)), batch}, func(r *store.Rows) error {
			var h horizon
			err := r.Scan(&h.Tenant, &h.Application, &h.Index, &h.seq)
			found = append(found, h)
			return err
		})
	for _, h := range found {
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO document_horizon (tenant, application, idx, seq) VALUES ($1, $2, $3, $4)
			ON CONFLICT (tenant, application, idx) DO UPDATE SET seq = excluded.seq`, h.Tenant, h.Application, h.Index, h.seq)
	}
	return err
}
