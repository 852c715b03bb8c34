package datasource

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// maxPage is the most entries on a page of the lists here, and as many as a page
// has unless the caller asks for fewer.
const maxPage = 10

// List returns the data sources of an index, the newest first, page by page.
func (s *Service) List(ctx context.Context, c op.Caller, in *api.ListDataSourcesInput) (*api.ListDataSourcesOutput, error) {
	window, err := s.Pages.Window(page.ScopeOf(api.ListDataSources.Route, c, in.ApplicationID, in.IndexID), in.NextToken, in.MaxResults, maxPage)
	if err != nil {
		return nil, err
	}
	var found []*DataSource
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if err := s.Indexes.Exists(tx, c, in.ApplicationID, in.IndexID); err != nil {
			return err
		}
		found, err = list(tx, c.Tenant(), in.ApplicationID, in.IndexID, window.After, window.Limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListDataSourcesOutput{DataSources: []api.DataSource{}}
	found, out.NextToken, err = page.Cut(window, found, func(d *DataSource) (time.Time, string) { return d.CreatedAt, d.id })
	for _, d := range found {
		out.DataSources = append(out.DataSources, d.summary())
	}
	return out, err
}

// ListJobs returns the sync jobs of a data source, the newest first, page by
// page. Of one that is live it counts what it has done so far. startTime is the
// earliest beginning, and endTime the latest end, that a job may have to be
// listed.
func (s *Service) ListJobs(ctx context.Context, c op.Caller, in *api.ListDataSourceSyncJobsInput) (*api.ListDataSourceSyncJobsOutput, error) {
	if in.StartTime != nil && in.EndTime != nil && in.EndTime.Before(*in.StartTime) {
		return nil, fault.InvalidField("endTime", "is before startTime")
	}
	scope := page.ScopeOf(api.ListDataSourceSyncJobs.Route, c, append([]string{in.ApplicationID, in.IndexID, in.DataSourceID}, told(in)...)...)
	window, err := s.Pages.Window(scope, in.NextToken, in.MaxResults, maxPage)
	if err != nil {
		return nil, err
	}
	var d *DataSource
	var found []*syncJob
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if d, err = s.find(tx, c, in.ApplicationID, in.IndexID, in.DataSourceID); err != nil {
			return err
		}
		found, err = listJobs(tx, d.place, filter{in.StartTime, in.EndTime, in.StatusFilter}, window.After, window.Limit)
		if err != nil {
			return err
		}
		return s.tally(tx, found)
	})
	if err != nil {
		return nil, err
	}
	out := &api.ListDataSourceSyncJobsOutput{History: []api.DataSourceSyncJob{}}
	found, out.NextToken, err = page.Cut(window, found, func(j *syncJob) (time.Time, string) { return j.startedAt, j.execution })
	for _, j := range found {
		out.History = append(out.History, j.show(d.Type != custom))
	}
	return out, err
}

// tally asks what became of the documents of the live one among jobs.
func (s *Service) tally(tx *store.Tx, jobs []*syncJob) error {
	for _, j := range jobs {
		if !j.live() {
			continue
		}
		t, err := s.Documents.Tally(tx, j.documents(), j.execution)
		if err != nil {
			return err
		}
		j.Became = outcomeOf(t)
	}
	return nil
}

// told is the filter of a list, as its tokens carry it.
func told(in *api.ListDataSourceSyncJobsInput) []string {
	filter := []string{"", "", ""}
	if in.StartTime != nil {
		filter[0] = in.StartTime.UTC().Format(time.RFC3339Nano)
	}
	if in.EndTime != nil {
		filter[1] = in.EndTime.UTC().Format(time.RFC3339Nano)
	}
	if in.StatusFilter != nil {
		filter[2] = string(*in.StatusFilter)
	}
	return filter
}
