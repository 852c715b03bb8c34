package datasource

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/store"
)

const (
	syncKind     = "datasource.sync"
	purgeKind    = "datasource.purge"
	scheduleKind = "datasource.schedule"
)

// syncArgs name a step of a sync job.
type syncArgs struct {
	Application string `json:"application"`
	Index       string `json:"index"`
	Execution   string `json:"execution"`
	Step        int    `json:"step"`
}

// Work registers the jobs.
func (s *Service) Work() {
	job.Handle(s.Jobs, syncKind, s.sync)
	job.OnFailed(s.Jobs, syncKind, s.syncFailed)
	job.Handle(s.Jobs, purgeKind, s.purge)
	job.OnFailed(s.Jobs, purgeKind, purgeFailed)
	s.Jobs.Schedule(scheduleKind, lookEvery, s.startDue)
}

// enqueue leaves a sync job's next step to the queue.
func (s *Service) enqueue(tx *store.Tx, j *syncJob, due time.Time) error {
	return s.Jobs.EnqueueAt(tx, j.tenant, j.application, syncKind, syncArgs{j.application, j.index, j.execution, j.Step}, due)
}

// handOver saves a sync job and begins its next step. The step before, wherever
// it still runs, has nothing to say any more.
func (s *Service) handOver(tx *store.Tx, j *syncJob, due time.Time) error {
	j.Step++
	if err := saveJob(tx, j); err != nil {
		return err
	}
	return s.enqueue(tx, j, due)
}

// errOver ends a step whose job has ended, or went on without it.
var errOver = errors.New("datasource: the sync job went on without this step")

// current returns a sync job at a step, or errOver.
func current(tx *store.Tx, tenant string, args syncArgs) (*syncJob, error) {
	j, err := getJob(tx, tenant, args.Application, args.Index, args.Execution)
	if errors.Is(err, store.ErrNoRows) {
		return nil, errOver
	}
	if err == nil && (!j.live() || j.Step != args.Step) {
		err = errOver
	}
	return j, err
}

// sync makes a step of a sync job: it goes on where the job's rows say that the
// step before came to.
func (s *Service) sync(ctx context.Context, tenant string, args syncArgs) error {
	r := &run{Service: s, tenant: tenant, args: args, began: s.Env.Now()}
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if r.job, err = current(tx, tenant, args); err != nil {
			return err
		}
		r.plan, r.cursor, err = getPlan(tx, r.job)
		return err
	})
	if err == nil {
		err = r.step(ctx)
	}
	if errors.Is(err, errOver) {
		return nil
	}
	return err
}

// syncFailed ends a job that cannot go on, once the documents that it has put are
// indexed. A step that fails while it waits for those ends it at once.
func (s *Service) syncFailed(tx *store.Tx, tenant string, args syncArgs, cause error) error {
	j, err := current(tx, tenant, args)
	if errors.Is(err, errOver) {
		return nil
	}
	if err != nil {
		return err
	}
	if j.Problem == nil {
		j.Problem = problemOf(cause)
	}
	if j.Phase != settling {
		j.settle()
		return s.handOver(tx, j, tx.Now())
	}
	t, err := s.Documents.Tally(tx, j.documents(), j.execution)
	if err != nil {
		return err
	}
	j.end(tx.Now(), t)
	return saveJob(tx, j)
}

// purgeArgs name the data source to remove.
type purgeArgs struct {
	Application string `json:"application"`
	Index       string `json:"index"`
	Source      string `json:"source"`
}

// purgeFailed leaves a data source that could not be removed as FAILED, from
// where it can be deleted again. The cause is in the server's log and in the list
// of jobs, not in the API.
func purgeFailed(tx *store.Tx, tenant string, args purgeArgs, _ error) error {
	d, err := get(tx, place{tenant, args.Application, args.Index, args.Source})
	if errors.Is(err, store.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	d.Status, d.UpdatedAt = api.DataSourceStatusFailed, tx.Now()
	d.Error = detail(api.ErrorCodeInternalError, fmt.Sprintf("Data source %s could not be deleted completely. Delete it again; if that fails too, look in the server's log and its list of jobs.", d.id))
	return save(tx, d)
}
