package datasource

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/resource/document"
)

// syncJob is a sync job as it is stored.
type syncJob struct {
	place     `json:"-"` // in the row's key
	execution string
	startedAt time.Time
	endedAt   *time.Time // nil: it is live

	Status    api.DataSourceSyncJobStatus `json:"status"`
	Phase     phase                       `json:"phase,omitzero"`
	Step      int                         `json:"step,omitzero"` // counts the jobs of the queue that it took: an older one has nothing to say
	StoppedAt *time.Time                  `json:"stoppedAt,omitzero"`

	Scanned   int64 `json:"scanned,omitzero"`   // items that were seen
	Unchanged int64 `json:"unchanged,omitzero"` // of them
	Failed    int64 `json:"failed,omitzero"`    // that could not be had, or were not taken

	Partial bool     `json:"partial,omitzero"` // a part of the source could not be seen
	Kept    int64    `json:"kept,omitzero"`    // documents that the deletion safeguard kept
	Mishap  string   `json:"mishap,omitzero"`  // the first of an item
	Problem *problem `json:"problem,omitzero"` // why it could not go on

	Became outcome `json:"became,omitzero"`
}

// outcome is what became of a job's documents: of a live job it is asked for, of
// one that has ended it is kept.
type outcome struct {
	Added    int64 `json:"added,omitzero"`
	Modified int64 `json:"modified,omitzero"`
	Deleted  int64 `json:"deleted,omitzero"`
	Failed   int64 `json:"failed,omitzero"`
}

func outcomeOf(t document.Tally) outcome {
	return outcome{t.Added, t.Modified, t.Deleted, t.Failed}
}

// phase is what a sync job of a connector is doing.
type phase string

const (
	crawling phase = "crawl"
	deleting phase = "delete"
	settling phase = "settle"
)

// problem is why a sync job could not go on.
type problem struct {
	Message string        `json:"message"`
	Code    api.ErrorCode `json:"code"`
	Source  string        `json:"source,omitzero"` // the dataSourceErrorCode
}

// plan is what a sync job goes by from its beginning to its end, whatever becomes
// of the data source meanwhile.
type plan struct {
	Type       string                               `json:"type"`
	Config     json.RawMessage                      `json:"configuration"`
	Role       string                               `json:"role,omitzero"`
	Enrichment *api.DocumentEnrichmentConfiguration `json:"enrichment,omitzero"`
	Media      *api.MediaExtractionConfiguration    `json:"media,omitzero"`
}

// plan is what a sync job that begins now goes by.
func (s *Service) plan(d *DataSource) plan {
	return plan{Type: d.Type, Config: d.Config, Role: d.role(), Enrichment: d.Enrichment, Media: d.Media}
}

// settings are those of the configuration, which was checked when it was taken.
func (p plan) settings() connector.Settings {
	settings, _ := connector.SettingsOf(p.Config)
	return settings
}

// live reports whether the job has not come to its end.
func (j *syncJob) live() bool { return j.endedAt == nil }

// open reports whether documents are taken under the job.
func (j *syncJob) open() bool { return j.Status == api.DataSourceSyncJobStatusSyncing }

// settle is the state of a job that waits for its documents.
func (j *syncJob) settle() {
	j.Phase = settling
	if j.StoppedAt == nil {
		j.Status = api.DataSourceSyncJobStatusSyncingIndexing
	}
}

// stop is the state of a connector's job that is to end early.
func (j *syncJob) stop(now time.Time) {
	j.StoppedAt, j.Status = &now, api.DataSourceSyncJobStatusStopping
	j.settle()
}

// mishap counts an item that failed; the first one is told.
func (j *syncJob) mishap(id, why string) {
	j.Failed++
	if j.Mishap == "" {
		j.Mishap = fmt.Sprintf("%.200s: %.500s", id, why)
	}
}

// end is the state of a job that is over.
func (j *syncJob) end(now time.Time, t document.Tally) {
	j.endedAt, j.Became = &now, outcomeOf(t)
	switch {
	case j.Problem != nil:
		j.Status = api.DataSourceSyncJobStatusFailed
	case j.StoppedAt != nil:
		j.Status = api.DataSourceSyncJobStatusAborted
	case j.failed() > 0 || j.Partial || j.Kept > 0:
		j.Status = api.DataSourceSyncJobStatusIncomplete
	default:
		j.Status = api.DataSourceSyncJobStatusSucceeded
	}
}

// failed are the documents that failed on their way in.
func (j *syncJob) failed() int64 { return j.Failed + j.Became.Failed }

// show is what ListDataSourceSyncJobs shows. Items are counted where there is a
// connector that crawls them.
func (j *syncJob) show(crawled bool) api.DataSourceSyncJob {
	shown := api.DataSourceSyncJob{
		ExecutionID: &j.execution,
		StartTime:   &j.startedAt,
		EndTime:     j.endedAt,
		Status:      &j.Status,
		Error:       j.detail(),
		Metrics: &api.DataSourceSyncJobMetrics{
			DocumentsAdded:    digits(j.Became.Added),
			DocumentsModified: digits(j.Became.Modified),
			DocumentsDeleted:  digits(j.Became.Deleted),
			DocumentsFailed:   digits(j.failed()),
		},
	}
	if crawled {
		shown.Metrics.DocumentsScanned = digits(j.Scanned)
	}
	if j.Problem != nil && j.Problem.Source != "" {
		shown.DataSourceErrorCode = &j.Problem.Source
	}
	return shown
}

func digits(n int64) *string { return new(strconv.FormatInt(n, 10)) }

// detail says what went wrong with a job that has ended.
func (j *syncJob) detail() *api.ErrorDetail {
	switch {
	case j.live():
		return nil
	case j.Problem != nil:
		return detail(j.Problem.Code, j.Problem.Message)
	case j.Kept > 0:
		return detail(api.ErrorCodeInvalidRequest, fmt.Sprintf("The deletion safeguard kept %s, no longer in the data source, because deleting so many would go beyond its deletionProtectionThreshold. "+
			"If they are to go, raise the threshold with UpdateDataSource and sync again.", documents(j.Kept)))
	case j.Partial:
		return detail(api.ErrorCodeInvalidRequest, strings.TrimSpace("A part of the data source could not be seen. What was stored of it before stays. "+j.failures()))
	case j.failed() > 0:
		return detail(api.ErrorCodeInvalidRequest, j.failures())
	}
	return nil
}

// failures says of the documents that failed where to read why; nothing if none
// did. Those that could not be had are in no list but this.
func (j *syncJob) failures() string {
	switch {
	case j.failed() == 0:
		return ""
	case j.Mishap != "":
		return fault.Sentence(fmt.Sprintf("%s failed, the first of them %s", documents(j.failed()), j.Mishap))
	}
	return documents(j.failed()) + " failed. ListDocuments with this data source says which, and why."
}

// documents is a number of them, in words.
func documents(n int64) string {
	if n == 1 {
		return "1 document"
	}
	return fmt.Sprintf("%d documents", n)
}

// maxMessage bounds the message of an error in the model, in characters.
const maxMessage = 2048

func detail(code api.ErrorCode, message string) *api.ErrorDetail {
	if r := []rune(message); len(r) > maxMessage {
		message = string(r[:maxMessage])
	}
	return &api.ErrorDetail{ErrorCode: &code, ErrorMessage: &message}
}

// running is the refusal of what has to wait for a job.
func running(j *syncJob) error {
	return fault.Conflicts(typeName, j.id, "The data source %s has a sync job already: %s, which is %s. Wait until it has ended, or stop it with StopDataSourceSyncJob.", j.id, j.execution, j.Status)
}
