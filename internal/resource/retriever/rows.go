package retriever

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

func insert(tx *store.Tx, tenant string, r *Retriever) error {
	doc, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO retriever (tenant, application, retriever, name, created_at, doc) VALUES ($1, $2, $3, $4, $5, $6)`,
		tenant, r.Application, r.ID, r.DisplayName, store.Micros(r.CreatedAt), string(doc))
	return nameTaken(r, err)
}

func update(tx *store.Tx, tenant string, r *Retriever) error {
	doc, err := json.Marshal(r)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE retriever SET name = $4, doc = $5 WHERE tenant = $1 AND application = $2 AND retriever = $3`,
		tenant, r.Application, r.ID, r.DisplayName, string(doc))
	return nameTaken(r, err)
}

func nameTaken(r *Retriever, err error) error {
	if errors.Is(err, store.ErrDuplicate) {
		return fault.Conflicts(typeName, r.DisplayName, "The application %s has a retriever named %s already. Choose another displayName.", r.Application, r.DisplayName)
	}
	return err
}

// get returns store.ErrNoRows when there is no such retriever.
func get(tx *store.Tx, tenant, application, id string) (*Retriever, error) {
	var doc string
	err := tx.Row(`SELECT doc FROM retriever WHERE tenant = $1 AND application = $2 AND retriever = $3`, tenant, application, id).Scan(&doc)
	if err != nil {
		return nil, err
	}
	return revive(application, id, doc)
}

func revive(application, id, doc string) (*Retriever, error) {
	r := &Retriever{Application: application, ID: id}
	if err := json.Unmarshal([]byte(doc), r); err != nil {
		return nil, fmt.Errorf("retriever %s: %w", id, err)
	}
	return r, nil
}

func count(tx *store.Tx, tenant, application string) (n int, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM retriever WHERE tenant = $1 AND application = $2`, tenant, application).Scan(&n)
	return n, err
}

func remove(tx *store.Tx, tenant string, r *Retriever) error {
	_, err := tx.Exec(`DELETE FROM retriever WHERE tenant = $1 AND application = $2 AND retriever = $3`, tenant, r.Application, r.ID)
	return err
}

// PurgeApplication removes up to limit retrievers of an application that is being
// deleted, and reports whether there may be more. Their tags go with the
// application's.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	n, err := tx.Exec(`DELETE FROM retriever WHERE tenant = $1 AND application = $2 AND retriever <= (SELECT MAX(retriever) FROM
		(SELECT retriever FROM retriever WHERE tenant = $1 AND application = $2 ORDER BY retriever LIMIT $3) AS batch)`,
		tenant, application, limit)
	return n == int64(limit), err
}

// list returns up to limit retrievers from a place in the list on.
func list(tx *store.Tx, tenant, application string, after page.Place, limit int) (found []*Retriever, err error) {
	err = tx.Each(`SELECT retriever, doc FROM retriever WHERE tenant = $1 AND application = $2 AND (created_at, retriever) < ($3, $4)
		ORDER BY created_at DESC, retriever DESC LIMIT $5`,
		[]any{tenant, application, after.Created, after.ID, limit}, func(rows *store.Rows) error {
			var id, doc string
			if err := rows.Scan(&id, &doc); err != nil {
				return err
			}
			r, err := revive(application, id, doc)
			found = append(found, r)
			return err
		})
	return found, err
}
