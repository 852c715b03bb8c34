package job

import (
	"context"
	"sync"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
)

// Run works on due jobs, as many at once as there are workers (at least one),
// until ctx ends.
// Then it claims no more, gives the running ones 10 seconds, cancels the
// contexts of those that are left, and returns when they have ended, or after
// 10 seconds more. A job cancelled so is put back for another server, and the
// attempt is not counted.
func (q *Queue) Run(ctx context.Context, workers int) error {
	if err := q.prepare(ctx); err != nil {
		return err
	}
	r := &run{Queue: q, slots: make(chan struct{}, max(1, workers))}
	// Handlers outlive ctx: they are told in drain.
	r.handlers = context.WithoutCancel(ctx)
	stopped := make(chan struct{})
	var renewing sync.WaitGroup
	renewing.Go(func() { q.renewUntil(r.handlers, stopped) })
	r.dispatch(ctx)
	r.drain()
	close(stopped)
	renewing.Wait()
	return nil
}

// RunDue runs everything that is due by the queue's clock, one after the other,
// until nothing is, and returns the number of attempts made. Tests use it in
// place of Run.
func (q *Queue) RunDue(ctx context.Context) (n int, err error) {
	if err := q.prepare(ctx); err != nil {
		return 0, err
	}
	for {
		claims, err := q.claim(ctx, 1)
		if err != nil || len(claims) == 0 {
			return n, err
		}
		q.attempt(ctx, claims[0])
		n++
	}
}

// prepare makes sure that periodic work has its rows.
func (q *Queue) prepare(ctx context.Context) error {
	return q.db.Update(ctx, func(tx *store.Tx) error {
		for name, k := range q.kinds {
			if k.every == 0 {
				continue
			}
			if err := insert(tx, key{id: name}, name, "{}", tx.Now().Add(k.every)); err != nil {
				return err
			}
		}
		return nil
	})
}

// claim takes up to n due jobs for this queue. With nothing due it costs one
// query that writes nothing.
func (q *Queue) claim(ctx context.Context, n int) ([]*claim, error) {
	kinds := q.handled()
	if len(kinds) == 0 {
		return nil, nil
	}
	var found, taken []*claim
	err := q.db.View(ctx, func(tx *store.Tx) (err error) {
		found, err = due(tx, kinds, n)
		return err
	})
	if err != nil || len(found) == 0 {
		return nil, err
	}
	err = q.db.Update(ctx, func(tx *store.Tx) error {
		taken = nil
		for _, c := range found {
			ours, err := take(tx, c, q.owner)
			if err != nil {
				return err
			}
			if ours {
				taken = append(taken, &claim{key: c.key, kind: c.kind, args: c.args, attempt: c.attempt + 1, owner: q.owner})
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return taken, nil
}

// run is one call of Run.
type run struct {
	*Queue
	slots    chan struct{}   // one is held per running job
	handlers context.Context // of the handlers
	jobs     sync.WaitGroup
}

// dispatch claims a job for every free slot, and rests when there are none due.
func (r *run) dispatch(ctx context.Context) {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for {
		free := r.reserve(ctx)
		if free == 0 {
			return
		}
		claims, err := r.claim(ctx, free)
		if err != nil && ctx.Err() == nil {
			r.log.Error("jobs could not be claimed", "error", err)
		}
		for _, c := range claims {
			r.start(c)
		}
		for range free - len(claims) {
			<-r.slots
		}
		if len(claims) == free {
			continue // there may be more
		}
		select {
		case <-r.wake:
		case <-poll.C:
		case <-ctx.Done():
			return
		}
	}
}

// reserve waits for a free slot, and takes all that are free with it. It
// returns 0 when ctx has ended.
func (r *run) reserve(ctx context.Context) int {
	select {
	case r.slots <- struct{}{}:
	case <-ctx.Done():
		return 0
	}
	n := 1
	for {
		select {
		case r.slots <- struct{}{}:
			n++
		default:
			return n
		}
	}
}

// start runs a claimed job in its reserved slot.
func (r *run) start(c *claim) {
	r.jobs.Go(func() {
		defer func() { <-r.slots }()
		r.attempt(r.handlers, c)
	})
}

// drain waits for the running jobs, cancels them after the grace, and leaves
// those that do not heed it to the end of their leases.
func (r *run) drain() {
	done := make(chan struct{})
	go func() { r.jobs.Wait(); close(done) }()
	if within(r.grace, done) {
		return
	}
	r.cancelIf(errShutdown, func(*claim) bool { return true })
	if !within(grace, done) {
		r.log.Warn("jobs do not end: another server will take them over", "jobs", len(r.slots))
	}
}

// within waits for done, and reports whether it came in time.
func within(d time.Duration, done <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
		return true
	case <-timer.C:
		return false
	}
}

// renewUntil keeps the leases of what runs here, well before they end.
func (q *Queue) renewUntil(ctx context.Context, stopped <-chan struct{}) {
	tick := time.NewTicker(leaseTime / 4)
	defer tick.Stop()
	for {
		select {
		case <-stopped:
			return
		case <-tick.C:
		}
		if err := q.renewAll(ctx); err != nil {
			q.log.Error("leases could not be renewed", "error", err)
		}
	}
}

// List returns the jobs that f chooses, oldest first. Jobs that are done are no
// longer there.
func (q *Queue) List(ctx context.Context, f Filter) (infos []Info, err error) {
	err = q.db.View(ctx, func(tx *store.Tx) error {
		infos, err = list(tx, f)
		return err
	})
	return infos, err
}

// Retry puts a failed job back, with all its attempts before it.
func (q *Queue) Retry(ctx context.Context, id string) error {
	return q.db.Update(ctx, func(tx *store.Tx) error {
		if err := revive(tx, id); err != nil {
			return err
		}
		tx.AfterCommit(q.rouse)
		return nil
	})
}
