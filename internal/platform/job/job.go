// Package job does work later: whatever an operation promises and cannot finish
// before it answers. A job is a row written in the transaction that needs it,
// so that there is no state without its work and no work without its state.
//
// It owns the table jobs: claiming by lease, retry with growing pauses, giving
// up, takeover from a server that died (as soon as platform/presence knows of it,
// or else when its leases end), periodic work, and the drain at shutdown. What a job does, and what its failure means, belongs to the family
// that enqueued it. Any number of servers may share the table; each job runs on
// one of them at a time. A job may run more than once, after a crash or a
// failure: handlers must bear it.
package job

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/platform/store"
)

// MaxArgs bounds the encoded arguments of a job, in bytes: larger things belong
// into a row of the family, or a blob.
const MaxArgs = 64 << 10

const (
	maxAttempts  = 8
	firstPause   = time.Second // before the second attempt; doubled for each after it
	longestPause = 5 * time.Minute
	leaseTime    = time.Minute // how long a job of a dead server waits that nobody misses
	pollEvery    = time.Second
	grace        = 10 * time.Second // for running jobs at shutdown, before they are cancelled and after
)

// Queue is a server's part in the jobs: what it can handle, and what it runs.
type Queue struct {
	db    *store.DB
	log   *slog.Logger
	now   func() time.Time
	owner string        // names this Queue in leases
	grace time.Duration // before running jobs are cancelled; shorter in tests
	wake  chan struct{}

	kinds map[string]*kind // written at wiring time only

	mu      sync.Mutex
	running map[*claim]context.CancelCauseFunc
}

// kind is what is registered for one kind of job.
type kind struct {
	handle func(ctx context.Context, tenant string, args []byte) error
	failed func(tx *store.Tx, tenant string, args []byte, cause error) error // nil: no one minds
	every  time.Duration                                                     // periodic work, when not zero
}

// New returns a queue without handlers. Handle, OnFailed and Schedule must be
// called before Run.
func New(db *store.DB, log *slog.Logger, now func() time.Time) *Queue {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return &Queue{
		db:      db,
		log:     log,
		now:     now,
		owner:   fmt.Sprintf("%s/%d/%.8s", host, os.Getpid(), uuid.NewString()),
		grace:   grace,
		wake:    make(chan struct{}, 1),
		kinds:   map[string]*kind{},
		running: map[*claim]context.CancelCauseFunc{},
	}
}

// PermanentError is a handler's error that another attempt would meet again: the job
// is given up at once.
type PermanentError struct{ Err error }

func (p PermanentError) Error() string { return p.Err.Error() }

func (p PermanentError) Unwrap() error { return p.Err }

// Handle registers fn for a kind of job. fn gets the tenant and the arguments
// that Enqueue was given. Its context ends when the server shuts down or the
// job was cancelled. An error, or a panic, is a failed attempt: there are
// 8 attempts, with pauses from 1 second doubling to 5 minutes, unless the error
// is a PermanentError.
func Handle[T any](q *Queue, name string, fn func(ctx context.Context, tenant string, args T) error) {
	q.kind(name).handle = func(ctx context.Context, tenant string, data []byte) error {
		var args T
		if err := json.Unmarshal(data, &args); err != nil {
			return PermanentError{fmt.Errorf("the arguments cannot be read: %w", err)}
		}
		return fn(ctx, tenant, args)
	}
}

// OnFailed registers fn to be called when a job of the kind is given up, in the
// transaction that marks it failed, with the last attempt's error: a family
// sets its own state there. fn failing delays the giving up to another attempt.
func OnFailed[T any](q *Queue, name string, fn func(tx *store.Tx, tenant string, args T, cause error) error) {
	q.kind(name).failed = func(tx *store.Tx, tenant string, data []byte, cause error) error {
		var args T
		if err := json.Unmarshal(data, &args); err != nil {
			q.log.ErrorContext(tx.Context(), "a failed job's arguments cannot be read", "kind", name, "tenant", tenant, "error", err)
			return nil // no state can be named
		}
		return fn(tx, tenant, args, cause)
	}
}

// Schedule registers work that is done every so often by one server at a time,
// the first time after one period. A failure waits for the next time.
func (q *Queue) Schedule(name string, every time.Duration, fn func(ctx context.Context) error) {
	k := q.kind(name)
	k.every = every
	k.handle = func(ctx context.Context, _ string, _ []byte) error { return fn(ctx) }
}

func (q *Queue) kind(name string) *kind {
	k, ok := q.kinds[name]
	if !ok {
		k = &kind{}
		q.kinds[name] = k
	}
	return k
}

// Enqueue records a job in the caller's transaction: it exists if and when the
// transaction commits, and then runs at once if a worker is free. args are
// encoded as JSON of at most MaxArgs bytes. application may be empty for work
// that outlives it.
func (q *Queue) Enqueue(tx *store.Tx, tenant, application, name string, args any) error {
	return q.EnqueueAt(tx, tenant, application, name, args, tx.Now())
}

// EnqueueAt is Enqueue for a job that waits until a moment: for work that has to
// look again later, and is not to hold a worker meanwhile.
func (q *Queue) EnqueueAt(tx *store.Tx, tenant, application, name string, args any, due time.Time) error {
	data, err := json.Marshal(args)
	if err != nil {
		return fmt.Errorf("job %s: encoding its arguments: %w", name, err)
	}
	if len(data) > MaxArgs {
		return fmt.Errorf("job %s: arguments of %d bytes, more than %d", name, len(data), MaxArgs)
	}
	k := key{tenant, application, uuid.NewString()}
	if err := insert(tx, k, name, string(data), due); err != nil {
		return err
	}
	if !due.After(tx.Now()) {
		tx.AfterCommit(q.rouse)
	}
	return nil
}

// Hasten makes periodic work due now, unless it is being done.
func (q *Queue) Hasten(tx *store.Tx, name string) error {
	tx.AfterCommit(q.rouse)
	return hasten(tx, name)
}

// Server names the server that the queue is of, for as long as it lives: started
// again it has another name. Whatever a server holds, it holds by this name.
func (q *Queue) Server() string { return q.owner }

// Free puts back the jobs that a server held which is gone (presence.Freer). There
// are never more than it had workers.
func (q *Queue) Free(tx *store.Tx, server string, _ int) (more bool, err error) {
	tx.AfterCommit(q.rouse)
	return false, putBack(tx, server)
}

// rouse makes Run look for due jobs now.
func (q *Queue) rouse() {
	select {
	case q.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// CancelApplication deletes up to limit jobs of an application, but for those of the
// kinds excepted, and returns how many there were. Those that run on this server are
// told by their context once the transaction commits; on another server when they
// renew their lease.
func (q *Queue) CancelApplication(tx *store.Tx, tenant, application string, limit int, except ...string) (int, error) {
	n, err := removeApplication(tx, tenant, application, limit, except)
	if err == nil {
		tx.AfterCommit(func() { q.cancelRunning(tenant, application, except) })
	}
	return int(n), err
}
