package index

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// Service answers the index operations.
type Service struct {
	DB      *store.DB
	Apps    *application.Service
	Jobs    *job.Queue
	Replays *replay.Book
	Pages   *page.Tokens
	NewID   func() string // a UUID in lower case
	Quotas  Quotas
	Below   []Purger                      // one for each family that keeps rows below an index
	Forget  func(key retrieval.Key) error // drops what was derived from the documents; nil: nothing was
}

// Quotas bound what an application may have. Zero means the default.
type Quotas struct {
	Indices int // default 10; the service publishes none
}

func (q Quotas) indices() int {
	if q.Indices == 0 {
		return 10
	}
	return q.Indices
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, api.CreateIndex, s.Create)
	op.Handle(r, api.DeleteIndex, s.Delete)
	op.Handle(r, api.GetIndex, s.Get)
	op.Handle(r, api.ListIndices, s.List)
	op.Handle(r, api.UpdateIndex, s.Update)
}

// Create makes an index, which is empty, and ACTIVE at once.
func (s *Service) Create(ctx context.Context, c op.Caller, in *api.CreateIndexInput) (*api.CreateIndexOutput, error) {
	if bad := tag.Check("tags", in.Tags); len(bad) > 0 {
		return nil, fault.Invalid(bad...)
	}
	x := newIndex(s.NewID(), in)
	out := &api.CreateIndexOutput{IndexID: &x.ID, IndexARN: new(x.ARN(c))}
	err := s.Replays.Once(ctx, c, out, func(tx *store.Tx) error {
		if err := s.admit(tx, c, x); err != nil {
			return err
		}
		x.CreatedAt, x.UpdatedAt = tx.Now(), tx.Now()
		if err := insert(tx, c.Tenant(), x); err != nil {
			return err
		}
		return tag.Put(tx, x.ARN(c), in.Tags)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// admit makes sure that the application can have one index more, and this one.
func (s *Service) admit(tx *store.Tx, c op.Caller, x *Index) error {
	if err := s.Apps.Active(tx, c, x.Application); err != nil {
		return err
	}
	if err := x.checkUnits(); err != nil {
		return err
	}
	n, err := count(tx, c.Tenant(), x.Application)
	if err == nil && n >= s.Quotas.indices() {
		err = fault.Quota(typeName, x.Application, "The application %s has %d indices, the most it may have. Delete one first.", x.Application, n)
	}
	return err
}

// Delete marks an index as DELETING, and leaves the removal of it and of
// everything below it to a job. Deleting it again meanwhile changes nothing. A
// retriever that has the index stays, and finds nothing any more.
func (s *Service) Delete(ctx context.Context, c op.Caller, in *api.DeleteIndexInput) (*api.DeleteIndexOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		x, err := s.find(tx, c, in.ApplicationID, in.IndexID)
		if err != nil || x.Status == api.IndexStatusDeleting {
			return err
		}
		x.Status, x.UpdatedAt, x.Error = api.IndexStatusDeleting, tx.Now(), nil
		if err := save(tx, c.Tenant(), x); err != nil {
			return err
		}
		return s.Jobs.Enqueue(tx, c.Tenant(), x.Application, purgeKind, purgeArgs{x.Application, x.ID})
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteIndexOutput{}, nil
}

// Get returns an index, with what it holds by now.
func (s *Service) Get(ctx context.Context, c op.Caller, in *api.GetIndexInput) (*api.GetIndexOutput, error) {
	var x *Index
	var has holding
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if x, err = s.find(tx, c, in.ApplicationID, in.IndexID); err != nil {
			return err
		}
		has, err = held(tx, c.Tenant(), in.ApplicationID, in.IndexID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return x.detail(c, has), nil
}

// maxPage is the most indexes on a page, and as many as a page has unless the
// caller asks for fewer.
const maxPage = 100

// List returns the application's indexes, the newest first, page by page.
func (s *Service) List(ctx context.Context, c op.Caller, in *api.ListIndicesInput) (*api.ListIndicesOutput, error) {
	window, err := s.Pages.Window(page.ScopeOf(api.ListIndices.Route, c, in.ApplicationID), in.NextToken, in.MaxResults, maxPage)
	if err != nil {
		return nil, err
	}
	var found []*Index
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if err := s.Apps.Exists(tx, c, in.ApplicationID); err != nil {
			return err
		}
		found, err = list(tx, c.Tenant(), in.ApplicationID, window.After, window.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListIndicesOutput{Indices: []api.Index{}}
	found, out.NextToken, err = page.Cut(window, found, func(x *Index) (time.Time, string) { return x.CreatedAt, x.ID })
	for _, x := range found {
		out.Indices = append(out.Indices, x.summary())
	}
	return out, err
}

// Update changes what the request names and leaves the rest.
func (s *Service) Update(ctx context.Context, c op.Caller, in *api.UpdateIndexInput) (*api.UpdateIndexOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := s.Active(tx, c, in.ApplicationID, in.IndexID); err != nil {
			return err
		}
		x, err := get(tx, c.Tenant(), in.ApplicationID, in.IndexID)
		if err != nil {
			return err
		}
		has, err := held(tx, c.Tenant(), in.ApplicationID, in.IndexID)
		if err != nil {
			return err
		}
		if err := x.change(in, has); err != nil {
			return err
		}
		x.UpdatedAt = tx.Now()
		return save(tx, c.Tenant(), x)
	})
	if err != nil {
		return nil, err
	}
	return &api.UpdateIndexOutput{}, nil
}

// change applies an update, unless the index cannot be so.
func (x *Index) change(in *api.UpdateIndexInput, has holding) error {
	if in.DisplayName != nil {
		x.DisplayName = *in.DisplayName
	}
	if in.Description != nil {
		x.Description = *in.Description
	}
	before := x.Units
	x.resize(in.CapacityConfiguration)
	if err := x.checkUnits(); err != nil {
		return err
	}
	if x.Units < before {
		if err := x.fits(has); err != nil {
			return err
		}
	}
	return x.configure(in.DocumentAttributeConfigurations)
}
