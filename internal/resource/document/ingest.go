package document

import (
	"context"
	"errors"
	"runtime"
	"sync"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/store"
)

// What an ingestion reads at once, so that it works in batches and holds little.
const (
	batchDocuments = 64
	batchBytes     = 8 << 20
	maxAttempts    = 5 // at one document: more, and it is what ends the server
)

// readSome reads the documents of an index that have waited longest, and reports
// whether there were some.
func (s *Service) readSome(ctx context.Context, p Place) (bool, error) {
	last, err := s.claim(ctx, p)
	if last == nil || err != nil {
		return false, err
	}
	readings, configured, err := s.load(ctx, p, *last)
	if err != nil {
		return false, err
	}
	done, err := s.readAll(ctx, readings, configured)
	if err != nil {
		return false, err
	}
	return true, s.commit(ctx, p, done)
}

// mark is the place of a document among those that wait.
type mark struct {
	waiting  int64
	document string
}

// claim makes documents PROCESSING and counts the attempt at them. It returns the
// last of them; nil for none.
func (s *Service) claim(ctx context.Context, p Place) (last *mark, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		last, err = next(tx, p)
		return err
	})
	if last == nil || err != nil {
		return nil, err
	}
	return last, s.DB.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE document SET status = $6, updated_at = $7, attempts = attempts + 1
			WHERE tenant = $1 AND application = $2 AND idx = $3 AND waiting > 0 AND (waiting, document) <= ($4, $5)`,
			p.Tenant, p.Application, p.Index, last.waiting, last.document, api.DocumentStatusProcessing, store.Micros(tx.Now()))
		return err
	})
}

// next is the last of the documents that are to be read next.
func next(tx *store.Tx, p Place) (last *mark, err error) {
	var bytes int64
	stop := errors.New("enough")
	err = tx.Each(`SELECT waiting, document, size FROM document WHERE tenant = $1 AND application = $2 AND idx = $3 AND waiting > 0
		ORDER BY waiting, document LIMIT $4`, []any{p.Tenant, p.Application, p.Index, batchDocuments}, func(r *store.Rows) error {
		var m mark
		var size int64
		if err := r.Scan(&m.waiting, &m.document, &size); err != nil {
			return err
		}
		if bytes += size; last != nil && bytes > batchBytes {
			return stop
		}
		last = &m
		return nil
	})
	if errors.Is(err, stop) {
		err = nil
	}
	return last, err
}

// load reads documents up to a place, with their files, and what attributes the
// index has. One that too many attempts were made at has failed.
func (s *Service) load(ctx context.Context, p Place, last mark) (readings []*reading, configured map[string]facet.Kind, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		readings = nil
		if configured, err = attributesOf(tx, p); err != nil {
			return err
		}
		var attempts []int64
		err := tx.Each(`SELECT `+columns+`, attempts FROM document WHERE tenant = $1 AND application = $2 AND idx = $3
			AND waiting > 0 AND (waiting, document) <= ($4, $5) ORDER BY waiting, document LIMIT $6`,
			[]any{p.Tenant, p.Application, p.Index, last.waiting, last.document, batchDocuments}, func(r *store.Rows) error {
				var n int64
				d, err := scan(p, with{r, &n})
				readings, attempts = append(readings, &reading{row: d}), append(attempts, n)
				return err
			})
		for i, r := range readings {
			if err != nil {
				return err
			}
			if attempts[i] > maxAttempts {
				r.fails(unreadable())
				continue
			}
			err = r.load(tx)
		}
		return err
	})
	return readings, configured, err
}

// with scans one column more than it is asked for.
type with struct {
	*store.Rows

	last *int64
}

func (w with) Scan(dest ...any) error { return w.Rows.Scan(append(dest, w.last)...) }

// readAll reads documents beside one another, as many at once as there are
// processors. Those that another try may read are left out.
func (s *Service) readAll(ctx context.Context, readings []*reading, configured map[string]facet.Kind) ([]*reading, error) {
	errs := make([]error, len(readings))
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	var reading sync.WaitGroup
	for i, r := range readings {
		if r.problem != nil {
			continue
		}
		slots <- struct{}{}
		reading.Go(func() {
			defer func() { <-slots }()
			errs[i] = s.read(ctx, r, configured)
		})
	}
	reading.Wait()
	done := readings[:0:0]
	for i, r := range readings {
		switch {
		case errs[i] == nil:
			done = append(done, r)
		case !errors.Is(errs[i], errLater):
			return nil, errs[i]
		}
	}
	return done, nil
}
