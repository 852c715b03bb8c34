package datasource

import (
	"context"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// keptJobs is how many sync jobs of a data source are remembered.
const keptJobs = 1000

// Start begins a sync job. That of a connector crawls by itself; one of a CUSTOM
// source takes documents until Stop.
func (s *Service) Start(ctx context.Context, c op.Caller, in *api.StartDataSourceSyncJobInput) (*api.StartDataSourceSyncJobOutput, error) {
	execution := s.NewID()
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := s.Indexes.Active(tx, c, in.ApplicationID, in.IndexID); err != nil {
			return err
		}
		d, err := s.find(tx, c, in.ApplicationID, in.IndexID, in.DataSourceID)
		if err != nil {
			return err
		}
		return s.begin(tx, d, execution)
	})
	if err != nil {
		return nil, err
	}
	return &api.StartDataSourceSyncJobOutput{ExecutionID: &execution}, nil
}

// begin records a sync job, unless one is live.
func (s *Service) begin(tx *store.Tx, d *DataSource, execution string) error {
	if err := d.active(); err != nil {
		return err
	}
	live, err := liveJob(tx, d.place)
	if err != nil {
		return err
	}
	if live != nil {
		return running(live)
	}
	if err := forget(tx, d.place, keptJobs-1); err != nil {
		return err
	}
	j := &syncJob{place: d.place, execution: execution, startedAt: tx.Now(), Status: api.DataSourceSyncJobStatusSyncing}
	if d.Type == custom {
		return insertJob(tx, j, plan{Type: custom})
	}
	j.Phase = crawling
	if err := insertJob(tx, j, s.plan(d)); err != nil {
		return err
	}
	return s.enqueue(tx, j, tx.Now())
}

// Stop ends the live sync job of a data source: one of a CUSTOM source has all
// its documents and goes on to SYNCING_INDEXING, that of a connector is aborted.
func (s *Service) Stop(ctx context.Context, c op.Caller, in *api.StopDataSourceSyncJobInput) (*api.StopDataSourceSyncJobOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		d, err := s.find(tx, c, in.ApplicationID, in.IndexID, in.DataSourceID)
		if err != nil {
			return err
		}
		j, err := liveJob(tx, d.place)
		switch {
		case err != nil:
			return err
		case j == nil:
			return fault.Conflicts(typeName, d.id, "The data source %s has no sync job that could be stopped. Begin one with StartDataSourceSyncJob.", d.id)
		case d.Type == custom && !j.open():
			return fault.Conflicts(typeName, d.id, "The sync job %s of data source %s is stopped already: it is %s, and ends when its documents are indexed.", j.execution, d.id, j.Status)
		case j.StoppedAt != nil:
			return nil
		case d.Type == custom:
			j.settle()
		default:
			j.stop(tx.Now())
		}
		return s.handOver(tx, j, tx.Now())
	})
	if err != nil {
		return nil, err
	}
	return &api.StopDataSourceSyncJobOutput{}, nil
}
