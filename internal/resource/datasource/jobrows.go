package datasource

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

func insertJob(tx *store.Tx, j *syncJob, p plan) error {
	doc, err := json.Marshal(j)
	if err != nil {
		return err
	}
	by, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO sync_job (tenant, application, idx, execution, source, status, live, started_at, ended_at, doc, plan, cursor)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, '')`,
		j.tenant, j.application, j.index, j.execution, j.id, j.Status, j.live(), store.Micros(j.startedAt), moment(j.endedAt), string(doc), string(by))
	return err
}

// saveJob writes a job. One that has ended needs its plan and cursor no more.
func saveJob(tx *store.Tx, j *syncJob) error {
	doc, err := json.Marshal(j)
	if err != nil {
		return err
	}
	query := `UPDATE sync_job SET status = $5, live = $6, ended_at = $7, doc = $8`
	if !j.live() {
		query += `, plan = '', cursor = ''`
	}
	_, err = tx.Exec(query+` WHERE tenant = $1 AND application = $2 AND idx = $3 AND execution = $4`,
		j.tenant, j.application, j.index, j.execution, j.Status, j.live(), moment(j.endedAt), string(doc))
	return err
}

func saveCursor(tx *store.Tx, j *syncJob, cursor string) error {
	_, err := tx.Exec(`UPDATE sync_job SET cursor = $5 WHERE tenant = $1 AND application = $2 AND idx = $3 AND execution = $4`,
		j.tenant, j.application, j.index, j.execution, cursor)
	return err
}

const jobColumns = `execution, source, started_at, ended_at, doc`

// scanJob reads the row at hand. The source's ID comes with it.
func scanJob(p place, scan func(dest ...any) error) (*syncJob, error) {
	j := &syncJob{place: p}
	var started int64
	var ended *int64
	var doc string
	if err := scan(&j.execution, &j.id, &started, &ended, &doc); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(doc), j); err != nil {
		return nil, fmt.Errorf("sync job %s: %w", j.execution, err)
	}
	j.startedAt = store.FromMicros(started)
	if ended != nil {
		j.endedAt = new(store.FromMicros(*ended))
	}
	return j, nil
}

// getJob returns store.ErrNoRows when the index has no such job.
func getJob(tx *store.Tx, tenant, application, index, execution string) (*syncJob, error) {
	row := tx.Row(`SELECT `+jobColumns+` FROM sync_job WHERE tenant = $1 AND application = $2 AND idx = $3 AND execution = $4`,
		tenant, application, index, execution)
	return scanJob(place{tenant: tenant, application: application, index: index}, row.Scan)
}

// liveJob returns the job of a source that has not ended, or nil.
func liveJob(tx *store.Tx, p place) (*syncJob, error) {
	row := tx.Row(`SELECT `+jobColumns+` FROM sync_job WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4 AND live = $5`,
		p.tenant, p.application, p.index, p.id, true)
	j, err := scanJob(p, row.Scan)
	if errors.Is(err, store.ErrNoRows) {
		return nil, nil
	}
	return j, err
}

// getPlan returns what a live job goes by, and how far its crawl has come.
func getPlan(tx *store.Tx, j *syncJob) (p plan, cursor string, err error) {
	var by string
	err = tx.Row(`SELECT plan, cursor FROM sync_job WHERE tenant = $1 AND application = $2 AND idx = $3 AND execution = $4`,
		j.tenant, j.application, j.index, j.execution).Scan(&by, &cursor)
	if err != nil {
		return plan{}, "", err
	}
	if err := json.Unmarshal([]byte(by), &p); err != nil {
		return plan{}, "", fmt.Errorf("the plan of sync job %s: %w", j.execution, err)
	}
	return p, cursor, nil
}

// filter is what a list of sync jobs is about.
type filter struct {
	from, to *time.Time
	status   *api.DataSourceSyncJobStatus
}

// listJobs returns up to limit jobs of a source from a place in the list on.
func listJobs(tx *store.Tx, p place, f filter, after page.Place, limit int) (found []*syncJob, err error) {
	query := `SELECT ` + jobColumns + ` FROM sync_job WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4 AND (started_at, execution) < ($5, $6)`
	args := []any{p.tenant, p.application, p.index, p.id, after.Created, after.ID, limit}
	narrow := func(condition string, arg any) {
		args = append(args, arg)
		query += fmt.Sprintf(" AND %s $%d", condition, len(args))
	}
	if f.from != nil {
		narrow("started_at >=", store.Micros(*f.from))
	}
	if f.to != nil {
		narrow("ended_at <=", store.Micros(*f.to))
	}
	if f.status != nil {
		narrow("status =", *f.status)
	}
	err = tx.Each(query+` ORDER BY started_at DESC, execution DESC LIMIT $7`, args, func(r *store.Rows) error {
		j, err := scanJob(p, r.Scan)
		found = append(found, j)
		return err
	})
	return found, err
}

// forget removes the jobs of a source but for the newest.
func forget(tx *store.Tx, p place, keep int) error {
	_, err := tx.Exec(`DELETE FROM sync_job WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4 AND live = $5
		AND started_at < (SELECT MIN(started_at) FROM (SELECT started_at FROM sync_job
			WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4 ORDER BY started_at DESC LIMIT $6) AS newest)`,
		p.tenant, p.application, p.index, p.id, false, keep)
	return err
}
