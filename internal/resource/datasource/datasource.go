// Package datasource owns data sources and their sync jobs: what a source is
// connected to and when it is synced, and what of it was seen, put and deleted.
//
// What is at the other end is a connector's business (platform/connector and the
// kinds below it), what becomes of a document resource/document's, which
// attributes there are resource/index's, and when a schedule is due
// engine/schedule's. Who somebody is in a source is resource/directory's.
//
// A sync job of a connector goes through phases, each of them a chain of short
// jobs of the queue: it crawls, deletes what it did not see, and settles, which
// is waiting until the documents are indexed. It can be cut short anywhere; the
// rows say where it goes on. One of a CUSTOM source is only opened and closed:
// its documents come by BatchPutDocument.
//
// Rows: data_source (one per data source), sync_job (one per job, the last 1,000
// of a source), source_item (one per document that a connector saw).
// Jobs: datasource.sync, datasource.purge, datasource.schedule.
package datasource

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/resource/document"
)

// typeName is what errors and ARNs call a data source.
const typeName = "data-source"

// custom is the type without a connector: others put its documents.
const custom = "CUSTOM"

// DataSource is a data source as it is stored.
type DataSource struct {
	place `json:"-"` // in the row's key

	Revision    int                                  `json:"revision"` // counts the updates
	DisplayName string                               `json:"displayName"`
	Description *string                              `json:"description,omitzero"`
	Type        string                               `json:"type"` // of the configuration
	Status      api.DataSourceStatus                 `json:"status"`
	Error       *api.ErrorDetail                     `json:"error,omitzero"` // of a FAILED one
	Config      json.RawMessage                      `json:"configuration"`
	Schedule    *string                              `json:"syncSchedule,omitzero"`
	Role        *string                              `json:"roleArn,omitzero"`
	VPC         *api.DataSourceVPCConfiguration      `json:"vpcConfiguration,omitzero"`
	Enrichment  *api.DocumentEnrichmentConfiguration `json:"documentEnrichmentConfiguration,omitzero"`
	Media       *api.MediaExtractionConfiguration    `json:"mediaExtractionConfiguration,omitzero"`
	CreatedAt   time.Time                            `json:"createdAt"`
	UpdatedAt   time.Time                            `json:"updatedAt"`

	NextAt *time.Time `json:"-"` // when the schedule is due; in a column
}

// place names a data source's row.
type place struct {
	tenant             string
	application, index string
	id                 string
}

// ARN names the data source.
func (p place) ARN() string {
	return landlord(p.tenant).ARN("application/%s/index/%s/data-source/%s", p.application, p.index, p.id)
}

// documents is where the source's documents belong.
func (p place) documents() document.Place {
	return document.Place{Tenant: p.tenant, Application: p.application, Index: p.index, Source: p.id}
}

// landlord is the owner of a tenant's resources, as far as their ARNs go.
func landlord(tenant string) op.Caller {
	account, region, _ := strings.Cut(tenant, ":")
	return op.Caller{Account: account, Region: region}
}

// detail is what GetDataSource shows.
func (d *DataSource) detail() *api.GetDataSourceOutput {
	return &api.GetDataSourceOutput{
		ApplicationID:                   &d.application,
		IndexID:                         &d.index,
		DataSourceID:                    &d.id,
		DataSourceARN:                   new(d.ARN()),
		DisplayName:                     &d.DisplayName,
		Type:                            &d.Type,
		Configuration:                   d.Config,
		VPCConfiguration:                d.VPC,
		CreatedAt:                       &d.CreatedAt,
		UpdatedAt:                       &d.UpdatedAt,
		Description:                     d.Description,
		Status:                          &d.Status,
		SyncSchedule:                    d.Schedule,
		RoleARN:                         d.Role,
		Error:                           d.Error,
		DocumentEnrichmentConfiguration: d.Enrichment,
		MediaExtractionConfiguration:    d.Media,
	}
}

// summary is what ListDataSources shows.
func (d *DataSource) summary() api.DataSource {
	return api.DataSource{
		DisplayName:  &d.DisplayName,
		DataSourceID: &d.id,
		Type:         &d.Type,
		CreatedAt:    &d.CreatedAt,
		UpdatedAt:    &d.UpdatedAt,
		Status:       &d.Status,
	}
}
