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

func insert(tx *store.Tx, d *DataSource) error {
	doc, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO data_source (tenant, application, idx, source, created_at, next_at, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		d.tenant, d.application, d.index, d.id, store.Micros(d.CreatedAt), moment(d.NextAt), string(doc))
	return err
}

func save(tx *store.Tx, d *DataSource) error {
	doc, err := json.Marshal(d)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE data_source SET next_at = $5, doc = $6 WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4`,
		d.tenant, d.application, d.index, d.id, moment(d.NextAt), string(doc))
	return err
}

// moment is a column that may be NULL.
func moment(t *time.Time) any {
	if t == nil {
		return nil
	}
	return store.Micros(*t)
}

// get returns store.ErrNoRows when there is no such data source.
func get(tx *store.Tx, p place) (*DataSource, error) {
	var next *int64
	var doc string
	err := tx.Row(`SELECT next_at, doc FROM data_source WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4`,
		p.tenant, p.application, p.index, p.id).Scan(&next, &doc)
	if err != nil {
		return nil, err
	}
	return revive(p, next, doc)
}

func revive(p place, next *int64, doc string) (*DataSource, error) {
	d := &DataSource{place: p}
	if err := json.Unmarshal([]byte(doc), d); err != nil {
		return nil, fmt.Errorf("data source %s: %w", p.id, err)
	}
	if next != nil {
		d.NextAt = new(store.FromMicros(*next))
	}
	return d, nil
}

// status is where a data source stands. The error is store.ErrNoRows when there
// is none.
func status(tx *store.Tx, p place) (api.DataSourceStatus, error) {
	d, err := get(tx, p)
	if err != nil {
		return "", err
	}
	return d.Status, nil
}

func exists(tx *store.Tx, p place) (bool, error) {
	_, err := status(tx, p)
	if errors.Is(err, store.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func count(tx *store.Tx, tenant, application string) (n int, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM data_source WHERE tenant = $1 AND application = $2`, tenant, application).Scan(&n)
	return n, err
}

func remove(tx *store.Tx, p place) error {
	_, err := tx.Exec(`DELETE FROM data_source WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4`,
		p.tenant, p.application, p.index, p.id)
	return err
}

// list returns up to limit data sources of an index from a place in the list on.
func list(tx *store.Tx, tenant, application, index string, after page.Place, limit int) (found []*DataSource, err error) {
	err = tx.Each(`SELECT source, next_at, doc FROM data_source
		WHERE tenant = $1 AND application = $2 AND idx = $3 AND (created_at, source) < ($4, $5)
		ORDER BY created_at DESC, source DESC LIMIT $6`,
		[]any{tenant, application, index, after.Created, after.ID, limit}, func(r *store.Rows) error {
			var id, doc string
			var next *int64
			if err := r.Scan(&id, &next, &doc); err != nil {
				return err
			}
			d, err := revive(place{tenant, application, index, id}, next, doc)
			found = append(found, d)
			return err
		})
	return found, err
}

// due returns up to limit data sources whose schedules are due, of every tenant.
func due(tx *store.Tx, limit int) (found []place, err error) {
	err = tx.Each(`SELECT /* every tenant: schedules are kept for all of them */ tenant, application, idx, source
		FROM data_source WHERE next_at <= $1 ORDER BY next_at LIMIT $2`, []any{store.Micros(tx.Now()), limit}, func(r *store.Rows) error {
		var p place
		err := r.Scan(&p.tenant, &p.application, &p.index, &p.id)
		found = append(found, p)
		return err
	})
	return found, err
}
