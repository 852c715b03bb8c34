package document

import (
	"cmp"
	"maps"
	"slices"

	"github.com/parleyhq/parley/internal/platform/store"
)

// outcome is what a document counts for in a sync job.
type outcome string

const (
	pending  outcome = "pending"
	added    outcome = "added"
	modified outcome = "modified"
	deleted  outcome = "deleted"
	failed   outcome = "failed"
)

// score is one counter of a sync job.
type score struct {
	source, execution string
	outcome           outcome
}

// scores move the counters of sync jobs. Its zero value is ready.
type scores struct{ moved map[score]int64 }

// enter makes a document count for something in a sync job, in place of what it
// counted for there before. In a job that it leaves while it waits, it counts as
// it would have been.
func (s *scores) enter(source string, before count, execution string, o outcome) {
	switch {
	case before.execution == "":
	case before.execution == execution:
		s.move(source, execution, before.outcome, -1)
	case before.outcome == pending:
		s.move(source, before.execution, pending, -1)
		s.move(source, before.execution, before.done(), 1)
	}
	if execution != "" {
		s.move(source, execution, o, 1)
	}
}

func (s *scores) move(source, execution string, o outcome, by int64) {
	if s.moved == nil {
		s.moved = map[score]int64{}
	}
	s.moved[score{source, execution, o}] += by
}

// done is what a document counts for once it is indexed.
func (c count) done() outcome {
	if c.added {
		return added
	}
	return modified
}

// settle writes what was counted, in an order that is the same for everybody.
func (s *scores) settle(tx *store.Tx, p Place) error {
	order := func(a, b score) int {
		return cmp.Or(cmp.Compare(a.source, b.source), cmp.Compare(a.execution, b.execution), cmp.Compare(a.outcome, b.outcome))
	}
	for _, c := range slices.SortedFunc(maps.Keys(s.moved), order) {
		by := s.moved[c]
		if by == 0 {
			continue
		}
		_, err := tx.Exec(`INSERT INTO document_tally (tenant, application, idx, source, execution, outcome, n) VALUES ($1, $2, $3, $4, $5, $6, $7)
			ON CONFLICT (tenant, application, idx, source, execution, outcome) DO UPDATE SET n = document_tally.n + excluded.n`,
			p.Tenant, p.Application, p.Index, c.source, c.execution, c.outcome, by)
		if err != nil {
			return err
		}
	}
	return nil
}

// Tally is what became of the documents of a sync job so far.
func (s *Service) Tally(tx *store.Tx, p Place, execution string) (t Tally, err error) {
	into := map[outcome]*int64{pending: &t.Pending, added: &t.Added, modified: &t.Modified, deleted: &t.Deleted, failed: &t.Failed}
	err = tx.Each(`SELECT outcome, n FROM document_tally WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4 AND execution = $5`,
		[]any{p.Tenant, p.Application, p.Index, p.Source, execution}, func(r *store.Rows) error {
			var o outcome
			var n int64
			if err := r.Scan(&o, &n); err != nil {
				return err
			}
			if to := into[o]; to != nil {
				*to = n
			}
			return nil
		})
	return t, err
}
