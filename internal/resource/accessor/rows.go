package accessor

import (
	"encoding/json"
	"fmt"

	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

func insert(tx *store.Tx, tenant string, a *Accessor) error {
	doc, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO accessor (tenant, application, accessor, created_at, doc) VALUES ($1, $2, $3, $4, $5)`,
		tenant, a.Application, a.ID, store.Micros(a.CreatedAt), string(doc))
	return err
}

func update(tx *store.Tx, tenant string, a *Accessor) error {
	doc, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE accessor SET doc = $4 WHERE tenant = $1 AND application = $2 AND accessor = $3`,
		tenant, a.Application, a.ID, string(doc))
	return err
}

func remove(tx *store.Tx, tenant, application, id string) error {
	_, err := tx.Exec(`DELETE FROM accessor WHERE tenant = $1 AND application = $2 AND accessor = $3`, tenant, application, id)
	return err
}

// get returns an accessor, or store.ErrNoRows.
func get(tx *store.Tx, tenant, application, id string) (*Accessor, error) {
	var doc string
	err := tx.Row(`SELECT doc FROM accessor WHERE tenant = $1 AND application = $2 AND accessor = $3`,
		tenant, application, id).Scan(&doc)
	if err != nil {
		return nil, err
	}
	return revive(application, id, doc)
}

func revive(application, id, doc string) (*Accessor, error) {
	a := &Accessor{Application: application, ID: id}
	if err := json.Unmarshal([]byte(doc), a); err != nil {
		return nil, fmt.Errorf("data accessor %s: %w", id, err)
	}
	return a, nil
}

// list returns up to limit accessors from a place in the list on, which is
// ordered by age, the newest first.
func list(tx *store.Tx, tenant, application string, after page.Place, limit int) ([]*Accessor, error) {
	return collect(tx, application, `SELECT accessor, doc FROM accessor
		WHERE tenant = $1 AND application = $2 AND (created_at, accessor) < ($3, $4)
		ORDER BY created_at DESC, accessor DESC LIMIT $5`, tenant, application, after.Created, after.ID, limit)
}

// all returns an application's accessors, which are few, in the order in which
// they were made.
func all(tx *store.Tx, tenant, application string) ([]*Accessor, error) {
	return collect(tx, application, `SELECT accessor, doc FROM accessor
		WHERE tenant = $1 AND application = $2 ORDER BY created_at, accessor`, tenant, application)
}

func collect(tx *store.Tx, application, query string, args ...any) (found []*Accessor, err error) {
	err = tx.Each(query, args, func(r *store.Rows) error {
		var id, doc string
		if err := r.Scan(&id, &doc); err != nil {
			return err
		}
		a, err := revive(application, id, doc)
		found = append(found, a)
		return err
	})
	return found, err
}
