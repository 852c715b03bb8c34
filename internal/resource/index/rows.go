package index

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// insert adds a new index, the log of which is empty. The name of another is a
// Conflict.
func insert(tx *store.Tx, tenant string, x *Index) error {
	doc, err := json.Marshal(x)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO search_index (tenant, application, idx, name, status, created_at, doc) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tenant, x.Application, x.ID, x.heldName(), x.Status, store.Micros(x.CreatedAt), string(doc))
	if err != nil {
		return named(err, x)
	}
	_, err = tx.Exec(`INSERT INTO index_log (tenant, application, idx, seq, epoch, documents, text_bytes) VALUES ($1, $2, $3, 0, 0, 0, 0)`,
		tenant, x.Application, x.ID)
	return err
}

// save writes a changed index; the name of another is a Conflict.
func save(tx *store.Tx, tenant string, x *Index) error {
	doc, err := json.Marshal(x)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE search_index SET name = $4, status = $5, doc = $6 WHERE tenant = $1 AND application = $2 AND idx = $3`,
		tenant, x.Application, x.ID, x.heldName(), x.Status, string(doc))
	return named(err, x)
}

// named turns the violation of the unique name into the answer for it.
func named(err error, x *Index) error {
	if errors.Is(err, store.ErrDuplicate) {
		return fault.Conflicts(typeName, x.DisplayName, "The application %s has an index named %s already. Choose another displayName.", x.Application, x.DisplayName)
	}
	return err
}

// get returns store.ErrNoRows when there is no such index.
func get(tx *store.Tx, tenant, application, id string) (*Index, error) {
	var doc string
	err := tx.Row(`SELECT doc FROM search_index WHERE tenant = $1 AND application = $2 AND idx = $3`, tenant, application, id).Scan(&doc)
	if err != nil {
		return nil, err
	}
	return revive(application, id, doc)
}

func revive(application, id, doc string) (*Index, error) {
	x := &Index{Application: application, ID: id}
	if err := json.Unmarshal([]byte(doc), x); err != nil {
		return nil, fmt.Errorf("index %s: %w", id, err)
	}
	return x, nil
}

// status returns store.ErrNoRows when there is no such index.
func status(tx *store.Tx, tenant, application, id string) (st api.IndexStatus, err error) {
	err = tx.Row(`SELECT status FROM search_index WHERE tenant = $1 AND application = $2 AND idx = $3`, tenant, application, id).Scan(&st)
	return st, err
}

// count is how many indexes of an application hold a name, and so a place in its
// quota.
func count(tx *store.Tx, tenant, application string) (n int, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM search_index WHERE tenant = $1 AND application = $2 AND name IS NOT NULL`, tenant, application).Scan(&n)
	return n, err
}

// list returns up to limit indexes from a place in the list on.
func list(tx *store.Tx, tenant, application string, after page.Place, limit int) (found []*Index, err error) {
	err = tx.Each(`SELECT idx, doc FROM search_index WHERE tenant = $1 AND application = $2 AND (created_at, idx) < ($3, $4)
		ORDER BY created_at DESC, idx DESC LIMIT $5`,
		[]any{tenant, application, after.Created, after.ID, limit}, func(r *store.Rows) error {
			var id, doc string
			if err := r.Scan(&id, &doc); err != nil {
				return err
			}
			x, err := revive(application, id, doc)
			found = append(found, x)
			return err
		})
	return found, err
}

// ids returns the IDs of up to limit indexes of an application.
func ids(tx *store.Tx, tenant, application string, limit int) (found []string, err error) {
	err = tx.Each(`SELECT idx FROM search_index WHERE tenant = $1 AND application = $2 ORDER BY idx LIMIT $3`,
		[]any{tenant, application, limit}, func(r *store.Rows) error {
			var id string
			err := r.Scan(&id)
			found = append(found, id)
			return err
		})
	return found, err
}

// remove drops the rows of an index.
func remove(tx *store.Tx, tenant, application, id string) error {
	for _, statement := range []string{
		`DELETE FROM index_log WHERE tenant = $1 AND application = $2 AND idx = $3`,
		`DELETE FROM search_index WHERE tenant = $1 AND application = $2 AND idx = $3`,
	} {
		if _, err := tx.Exec(statement, tenant, application, id); err != nil {
			return err
		}
	}
	return nil
}
