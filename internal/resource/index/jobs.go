package index

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// A Purger removes up to limit of the rows that a family keeps below an index,
// and reports whether there may be more. The index is DELETING: nothing new is
// made below it.
type Purger func(tx *store.Tx, tenant, application, index string, limit int) (more bool, err error)

const (
	// batch is how many rows one transaction of a purge removes: few enough to
	// let other writers in between, and below the store's bound of 3,000.
	batch = 1000
	// stragglers is how many rows of each family the last transaction may still
	// find. All families together stay below the store's bound.
	stragglers = 100
)

const purgeKind = "index.purge"

// purgeArgs name the index to remove.
type purgeArgs struct {
	Application string `json:"application"`
	Index       string `json:"index"`
}

// errStragglers fails an attempt, so that another is made.
var errStragglers = errors.New("index: rows appeared while it was being removed")

// Work registers the jobs.
func (s *Service) Work() {
	job.Handle(s.Jobs, purgeKind, s.purge)
	job.OnFailed(s.Jobs, purgeKind, purgeFailed)
}

// purge removes what is below an index family by family in small transactions,
// then what was derived from it, and at last the index. It may be cut short
// anywhere and run again.
func (s *Service) purge(ctx context.Context, tenant string, args purgeArgs) error {
	for _, below := range s.Below {
		for more := true; more; {
			err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
				more, err = below(tx, tenant, args.Application, args.Index, batch)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	if err := s.forget(retrieval.Key{Tenant: tenant, Application: args.Application, Index: args.Index}); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error { return s.finish(tx, tenant, args) })
}

func (s *Service) forget(key retrieval.Key) error {
	if s.Forget == nil {
		return nil
	}
	return s.Forget(key)
}

// finish removes the index with its tags, and what requests that had begun
// earlier wrote below it meanwhile.
func (s *Service) finish(tx *store.Tx, tenant string, args purgeArgs) error {
	for _, below := range s.Below {
		more, err := below(tx, tenant, args.Application, args.Index, stragglers)
		if err != nil {
			return err
		}
		if more {
			return errStragglers
		}
	}
	if err := tag.Drop(tx, arn(landlord(tenant), args.Application, args.Index)); err != nil {
		return err
	}
	return remove(tx, tenant, args.Application, args.Index)
}

// landlord is the owner of a tenant's resources, as far as their ARNs go.
func landlord(tenant string) op.Caller {
	account, region, _ := strings.Cut(tenant, ":")
	return op.Caller{Account: account, Region: region}
}

// purgeFailed leaves an index that could not be removed as FAILED, from where it
// can be deleted again. The cause is in the server's log and in the list of jobs,
// not in the API.
func purgeFailed(tx *store.Tx, tenant string, args purgeArgs, _ error) error {
	x, err := get(tx, tenant, args.Application, args.Index)
	if errors.Is(err, store.ErrNoRows) {
		return nil
	}
	if err != nil {
		return err
	}
	x.Status, x.UpdatedAt = api.IndexStatusFailed, tx.Now()
	x.Error = &api.ErrorDetail{
		ErrorCode:    new(api.ErrorCodeInternalError),
		ErrorMessage: new(fmt.Sprintf("Index %s could not be deleted completely. Delete it again; if that fails too, look in the server's log and its list of jobs.", x.ID)),
	}
	return save(tx, tenant, x)
}

// PurgeApplication removes up to limit indexes of an application that is being
// deleted, and what was derived from them, and reports whether there may be
// more. What other families keep below them goes with the application, as their
// tags do.
func (s *Service) PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	found, err := ids(tx, tenant, application, limit)
	if err != nil {
		return false, err
	}
	for _, id := range found {
		if err := remove(tx, tenant, application, id); err != nil {
			return false, err
		}
		// A folder that stays is one that nothing uses: it is no reason to keep the rows.
		tx.AfterCommit(func() { _ = s.forget(retrieval.Key{Tenant: tenant, Application: application, Index: id}) })
	}
	return len(found) == limit, nil
}
