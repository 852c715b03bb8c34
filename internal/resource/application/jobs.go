package application

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// A Purger removes up to limit of the rows that a family keeps below an
// application, and reports whether there may be more. The application is
// DELETING: nothing new is made below it.
type Purger func(tx *store.Tx, tenant, application string, limit int) (more bool, err error)

const (
	// batch is how many rows one transaction of a purge removes: few enough to
	// let other writers in between, and below the store's bound of 3,000.
	batch = 1000
	// stragglers is how many rows of each family the last transaction may still
	// find. All families together stay below the store's bound.
	stragglers = 100
)

const purgeKind = "application.purge"

// purgeArgs names the application to remove.
type purgeArgs struct {
	Application string `json:"application"`
}

// errStragglers fails an attempt, so that another is made.
var errStragglers = errors.New("application: rows appeared while it was being removed")

// Work registers the jobs.
func (s *Service) Work() {
	job.Handle(s.Jobs, purgeKind, s.purge)
	job.OnFailed(s.Jobs, purgeKind, purgeFailed)
}

// purge ends an application's other jobs, removes what is below it family by
// family in small transactions, and at last the application. It may be cut
// short anywhere and run again.
func (s *Service) purge(ctx context.Context, tenant string, args purgeArgs) error {
	for n := batch; n == batch; {
		err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
			n, err = s.Jobs.CancelApplication(tx, tenant, args.Application, batch, purgeKind)
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, below := range s.purgers() {
		for more := true; more; {
			err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
				more, err = below(tx, tenant, args.Application, batch)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error { return s.finish(tx, tenant, args.Application) })
}

// purgers are those of the families above, and of what this one writes itself
// beside its own rows.
func (s *Service) purgers() []Purger {
	return append(slices.Clone(s.Below), tag.PurgeApplication, replay.PurgeApplication)
}

// finish removes the application, what requests that had begun earlier wrote
// below it meanwhile, and all its jobs: purges that had failed, and this one.
func (s *Service) finish(tx *store.Tx, tenant, id string) error {
	for _, below := range s.purgers() {
		more, err := below(tx, tenant, id, stragglers)
		if err != nil {
			return err
		}
		if more {
			return errStragglers
		}
	}
	n, err := s.Jobs.CancelApplication(tx, tenant, id, batch)
	if err == nil && n == batch {
		err = errStragglers
	}
	if err != nil {
		return err
	}
	return remove(tx, tenant, id)
}

// purgeFailed leaves an application that could not be removed as FAILED, from
// where it can be deleted again. The cause is in the server's log and in the
// list of jobs, not in the API.
func purgeFailed(tx *store.Tx, tenant string, args purgeArgs, _ error) error {
	a, err := load(tx, tenant, args.Application)
	if errors.Is(err, store.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	a.Status, a.UpdatedAt = api.ApplicationStatusFailed, tx.Now()
	a.Error = &api.ErrorDetail{
		ErrorCode:    new(api.ErrorCodeInternalError),
		ErrorMessage: new(fmt.Sprintf("Application %s could not be deleted completely. Delete it again; if that fails too, look in the server's log and its list of jobs.", a.ID)),
	}
	return save(tx, tenant, a)
}
