package storetest

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/parleyhq/parley/internal/platform/store"
)

// maxChanges is how many rows one transaction may change: Aurora DSQL allows
// 3,000, https://docs.aws.amazon.com/aurora-dsql/latest/userguide/CHAP_quotas.html
const maxChanges = 3000

// WithConflicts makes the store's transactions fail with serialization failures
// (40001) and deadlocks (40P01), at statements and at commits, each with the
// given probability. The same seed gives the same sequence of choices.
func WithConflicts(seed uint64, probability float64) Option {
	return func(o *options) {
		o.inject = &injector{random: rand.New(rand.NewPCG(seed, 0)), probability: probability}
	}
}

// WithConflictAt makes the point-th chance of a conflict fail, counted from 1
// over all statements and commits of the store, and no other. It reports to hit,
// which may be nil, when it did.
func WithConflictAt(point int, hit func()) Option {
	return func(o *options) { o.inject = &injector{point: point, hit: hit} }
}

// injector decides which statements and commits fail.
type injector struct {
	mu          sync.Mutex
	random      *rand.Rand // nil: only point fails
	probability float64
	point       int
	hit         func()
	seen        int
}

// next is the conflict to answer with, or nil.
func (i *injector) next() error {
	if i == nil {
		return nil
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.seen++
	if i.random == nil {
		if i.seen != i.point {
			return nil
		}
		if i.hit != nil {
			i.hit()
		}
		return conflict(i.point)
	}
	if i.random.Float64() >= i.probability {
		return nil
	}
	return conflict(i.random.IntN(2))
}

// conflict is what a PostgreSQL answers a transaction that lost.
func conflict(n int) error {
	if n%2 == 0 {
		return &pgconn.PgError{Severity: "ERROR", Code: "40001", Message: "injected: could not serialize access"}
	}
	return &pgconn.PgError{Severity: "ERROR", Code: "40P01", Message: "injected: deadlock detected"}
}

// hook lints and disturbs the transactions of one test.
type hook struct {
	t      testing.TB
	inject *injector
	linted sync.Map    // statement: struct{}, those found good
	off    atomic.Bool // the test is over
}

func (h *hook) Begin(bool) store.Watch {
	if h.off.Load() {
		return nil
	}
	return &watch{hook: h}
}

type watch struct {
	*hook
	changed int64
}

func (w *watch) Statement(query string) error {
	if _, ok := w.linted.Load(query); !ok {
		if err := Lint(query); err != nil {
			w.t.Errorf("%v\n%s", err, query)
			return err
		}
		w.linted.Store(query, struct{}{})
	}
	return w.inject.next()
}

func (w *watch) Changed(query string, rows int64) {
	if reads(query) {
		return
	}
	before := w.changed
	w.changed += rows
	if before <= maxChanges && w.changed > maxChanges {
		w.t.Errorf("a transaction changed %d rows, more than %d: split it\n%s", w.changed, maxChanges, query)
	}
}

func (w *watch) Commit() error { return w.inject.next() }
