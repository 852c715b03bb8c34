package datasource

import (
	"context"
	"errors"
	"log/slog"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/document"
	"github.com/parleyhq/parley/internal/resource/index"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/secretstore"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// Service answers the data source operations and runs the sync jobs.
type Service struct {
	DB        *store.DB
	Jobs      *job.Queue
	Replays   *replay.Book
	Pages     *page.Tokens
	Indexes   *index.Service
	Documents *document.Service
	Roles     *principal.ServiceRoles // that sources are given to be read with
	Secrets   *secretstore.Resolver
	Log       *slog.Logger
	NewID     func() string // a UUID in lower case

	Kinds map[string]connector.Kind // by their types
	Env   connector.Env             // that kinds reach the outside with; Secret and Folders in it are ours
	// Folders are those of this machine that sources may be, or lie beneath, by the
	// account whose sources they are.
	Folders map[string][]string

	Quotas Quotas
	Slice  Slice
}

// Quotas bound what an application may have. Zero means the service's published
// default.
type Quotas struct {
	DataSources int // default 50
}

func (q Quotas) dataSources() int {
	if q.DataSources == 0 {
		return 50
	}
	return q.DataSources
}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, api.CreateDataSource, s.Create)
	op.Handle(r, api.DeleteDataSource, s.Delete)
	op.Handle(r, api.GetDataSource, s.Get)
	op.Handle(r, api.ListDataSourceSyncJobs, s.ListJobs)
	op.Handle(r, api.ListDataSources, s.List)
	op.Handle(r, api.StartDataSourceSyncJob, s.Start)
	op.Handle(r, api.StopDataSourceSyncJob, s.Stop)
	op.Handle(r, api.UpdateDataSource, s.Update)
}

// Create records a data source, which is ACTIVE at once. Nothing is read from it
// before its first sync job.
func (s *Service) Create(ctx context.Context, c op.Caller, in *api.CreateDataSourceInput) (*api.CreateDataSourceOutput, error) {
	d := draft(c, s.NewID(), in)
	if err := invalid(append(s.check(d), tag.Check("tags", in.Tags)...)); err != nil {
		return nil, err
	}
	if err := s.checkRole(ctx, d); err != nil {
		return nil, err
	}
	out := &api.CreateDataSourceOutput{DataSourceID: &d.id, DataSourceARN: new(d.ARN())}
	err := s.Replays.Once(ctx, c, out, func(tx *store.Tx) error {
		if err := s.admit(tx, c, d); err != nil {
			return err
		}
		d.CreatedAt, d.UpdatedAt = tx.Now(), tx.Now()
		d.arm(tx.Now())
		if err := insert(tx, d); err != nil {
			return err
		}
		return tag.Put(tx, d.ARN(), in.Tags)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// draft is the data source that a create asks for.
func draft(c op.Caller, id string, in *api.CreateDataSourceInput) *DataSource {
	return &DataSource{
		place:       placeOf(c, in.ApplicationID, in.IndexID, id),
		DisplayName: in.DisplayName,
		Description: in.Description,
		Status:      api.DataSourceStatusActive,
		Config:      in.Configuration,
		Schedule:    in.SyncSchedule,
		Role:        in.RoleARN,
		VPC:         in.VPCConfiguration,
		Enrichment:  in.DocumentEnrichmentConfiguration,
		Media:       in.MediaExtractionConfiguration,
	}
}

// admit makes sure that the application can have one data source more, and this
// one.
func (s *Service) admit(tx *store.Tx, c op.Caller, d *DataSource) error {
	if err := s.Indexes.Active(tx, c, d.application, d.index); err != nil {
		return err
	}
	if err := checkEnrichment(tx, d); err != nil {
		return err
	}
	n, err := count(tx, d.tenant, d.application)
	if err == nil && n >= s.Quotas.dataSources() {
		err = fault.Quota(typeName, d.application, "The application %s has %d data sources, the most it may have. Delete one first.", d.application, n)
	}
	return err
}

// Delete marks a data source as DELETING, and leaves the removal of it, its
// documents and everything else that came from it to a job. Deleting it again
// meanwhile changes nothing.
func (s *Service) Delete(ctx context.Context, c op.Caller, in *api.DeleteDataSourceInput) (*api.DeleteDataSourceOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		d, err := s.find(tx, c, in.ApplicationID, in.IndexID, in.DataSourceID)
		if err != nil || d.Status == api.DataSourceStatusDeleting {
			return err
		}
		d.Status, d.UpdatedAt, d.Error, d.NextAt = api.DataSourceStatusDeleting, tx.Now(), nil, nil
		if err := save(tx, d); err != nil {
			return err
		}
		return s.Jobs.Enqueue(tx, d.tenant, d.application, purgeKind, purgeArgs{d.application, d.index, d.id})
	})
	if err != nil {
		return nil, err
	}
	return &api.DeleteDataSourceOutput{}, nil
}

// Get returns a data source.
func (s *Service) Get(ctx context.Context, c op.Caller, in *api.GetDataSourceInput) (*api.GetDataSourceOutput, error) {
	var d *DataSource
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		d, err = s.find(tx, c, in.ApplicationID, in.IndexID, in.DataSourceID)
		return err
	})
	if err != nil {
		return nil, err
	}
	return d.detail(), nil
}

// errMoved reports a data source that changed between being read and written.
var errMoved = errors.New("datasource: changed meanwhile")

// Update changes what the request names and leaves the rest. A sync job that runs
// goes on with what it began with.
func (s *Service) Update(ctx context.Context, c op.Caller, in *api.UpdateDataSourceInput) (*api.UpdateDataSourceOutput, error) {
	for {
		err := s.update(ctx, c, in)
		if err == nil {
			return &api.UpdateDataSourceOutput{}, nil
		}
		if !errors.Is(err, errMoved) {
			return nil, err
		}
	}
}

// update checks the changed data source, which takes asking the role and so
// happens outside of a transaction, and writes it unless it was changed
// meanwhile.
func (s *Service) update(ctx context.Context, c op.Caller, in *api.UpdateDataSourceInput) error {
	var before *DataSource
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		before, err = s.find(tx, c, in.ApplicationID, in.IndexID, in.DataSourceID)
		return err
	})
	if err != nil {
		return err
	}
	after := before.with(in)
	if err := s.checkUpdate(before, after); err != nil {
		return err
	}
	if in.RoleARN != nil || in.Configuration != nil {
		if err := s.checkRole(ctx, after); err != nil {
			return err
		}
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := s.Indexes.Active(tx, c, in.ApplicationID, in.IndexID); err != nil {
			return err
		}
		now, err := s.find(tx, c, in.ApplicationID, in.IndexID, in.DataSourceID)
		switch {
		case err != nil:
			return err
		case now.Revision != before.Revision:
			return errMoved
		}
		return after.adopt(tx, now, in)
	})
}

// adopt writes an update over what is stored.
func (d *DataSource) adopt(tx *store.Tx, stored *DataSource, in *api.UpdateDataSourceInput) error {
	if err := stored.active(); err != nil {
		return err
	}
	if err := checkEnrichment(tx, d); err != nil {
		return err
	}
	d.UpdatedAt, d.NextAt, d.Revision = tx.Now(), stored.NextAt, stored.Revision+1
	if in.SyncSchedule != nil {
		d.arm(tx.Now())
	}
	return save(tx, d)
}

// checkUpdate refuses what an update must not do.
func (s *Service) checkUpdate(before, after *DataSource) error {
	if err := before.active(); err != nil {
		return err
	}
	bad := s.check(after)
	if len(bad) > 0 {
		return fault.Invalid(bad...)
	}
	if after.Type != before.Type {
		return fault.InvalidField("configuration.type", "is %s and cannot become %s; make another data source", before.Type, after.Type)
	}
	return invalid(sameACL(before, after))
}

// with is the data source with what an update names.
func (d *DataSource) with(in *api.UpdateDataSourceInput) *DataSource {
	after := *d
	if in.DisplayName != nil {
		after.DisplayName = *in.DisplayName
	}
	if in.Configuration != nil {
		after.Config = in.Configuration
	}
	if in.VPCConfiguration != nil {
		after.VPC = in.VPCConfiguration
	}
	if in.Description != nil {
		after.Description = in.Description
	}
	if in.SyncSchedule != nil {
		after.Schedule = in.SyncSchedule
	}
	if in.RoleARN != nil {
		after.Role = in.RoleARN
	}
	if in.DocumentEnrichmentConfiguration != nil {
		after.Enrichment = in.DocumentEnrichmentConfiguration
	}
	if in.MediaExtractionConfiguration != nil {
		after.Media = in.MediaExtractionConfiguration
	}
	return &after
}
