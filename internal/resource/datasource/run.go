package datasource

import (
	"context"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// Slice bounds a step of a sync job, so that a worker is free again soon and a
// server that ends loses little. Zero means the default.
type Slice struct {
	Time  time.Duration // default 10 seconds
	Items int           // default 10,000
}

func (s Slice) time() time.Duration {
	if s.Time == 0 {
		return 10 * time.Second
	}
	return s.Time
}

func (s Slice) items() int {
	if s.Items == 0 {
		return 10_000
	}
	return s.Items
}

// run is one step of a sync job.
type run struct {
	*Service
	tenant string
	args   syncArgs
	job    *syncJob // as it was when the step began
	plan   plan
	cursor string
	began  time.Time
}

// step does the next part of the job.
func (r *run) step(ctx context.Context) error {
	switch r.job.Phase {
	case crawling:
		return r.crawl(ctx)
	case deleting:
		return r.delete(ctx)
	}
	return r.settle(ctx)
}

// late reports whether the step has had its time.
func (r *run) late() bool { return r.Env.Now().Sub(r.began) >= r.Slice.time() }

// amend changes the job, and hands it over to the next step, which begins at once.
func (r *run) amend(ctx context.Context, change func(tx *store.Tx, j *syncJob) error) error {
	return r.DB.Update(ctx, func(tx *store.Tx) error {
		j, err := current(tx, r.tenant, r.args)
		if err != nil {
			return err
		}
		if err := change(tx, j); err != nil {
			return err
		}
		return r.handOver(tx, j, tx.Now())
	})
}

// patience is how long a stopped job waits for the documents that it has put.
const patience = time.Minute

// settle ends the job once all its documents are read, or looks again later.
func (r *run) settle(ctx context.Context) error {
	return r.DB.Update(ctx, func(tx *store.Tx) error {
		j, err := current(tx, r.tenant, r.args)
		if err != nil {
			return err
		}
		t, err := r.Documents.Tally(tx, j.documents(), j.execution)
		if err != nil {
			return err
		}
		if t.Pending > 0 && (j.StoppedAt == nil || tx.Now().Sub(*j.StoppedAt) < patience) {
			return r.handOver(tx, j, tx.Now().Add(pause(tx.Now().Sub(j.startedAt))))
		}
		j.end(tx.Now(), t)
		return saveJob(tx, j)
	})
}

// pause is how long a job that has run for so long waits before it looks again.
func pause(running time.Duration) time.Duration {
	return min(max(running/10, time.Second/2), 10*time.Second)
}

// definite makes an error that another attempt would meet again a permanent one.
func definite(err error) error {
	if err == nil || problemOf(err).Code == api.ErrorCodeInternalError {
		return err
	}
	return job.PermanentError{Err: err}
}

// problemOf is what users are told of why a job could not go on.
func problemOf(err error) *problem {
	p := &problem{Message: fault.Sentence(err.Error()), Code: api.ErrorCodeInvalidRequest}
	f := fault.As(err)
	switch {
	case f != nil && f.Code == fault.ServiceQuotaExceeded:
		p.Message, p.Source = f.Message, "IndexIsFull"
	case f != nil && f.Code == fault.ResourceNotFound:
		p.Message, p.Code = f.Message, api.ErrorCodeResourceNotFound
	case f != nil && f.Code == fault.Conflict:
		p.Message, p.Code = f.Message, api.ErrorCodeResourceInactive
	case f != nil:
		p.Message = f.Message
	case isRole(err), errors.Is(err, blob.ErrDenied):
		p.Source = "AccessDenied"
	case errors.Is(err, blob.ErrNoBucket):
		p.Source = "NoSuchBucket"
	case errors.Is(err, blob.ErrNotConfigured):
		p.Source = "NotConfigured"
	case errors.As(err, new(openError)):
		p.Source = "NotConnected"
	default:
		p.Code = api.ErrorCodeInternalError
	}
	return p
}

func isRole(err error) bool {
	_, ok := errors.AsType[*principal.RoleError](err)
	return ok
}
