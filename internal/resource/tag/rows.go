package tag

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/parleyhq/parley/internal/platform/store"
)

// key names a row.
type key struct{ tenant, application, path string }

// load returns the tags of a resource; none is an empty map.
func load(tx *store.Tx, k key) (map[string]string, error) {
	var doc string
	err := tx.Row(`SELECT doc FROM tag WHERE tenant = $1 AND application = $2 AND resource = $3`,
		k.tenant, k.application, k.path).Scan(&doc)
	if errors.Is(err, store.ErrNoRows) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	if err := json.Unmarshal([]byte(doc), &tags); err != nil {
		return nil, fmt.Errorf("tag: the row of %s: %w", k.path, err)
	}
	return tags, nil
}

// save replaces the tags of a resource; without tags there is no row.
func save(tx *store.Tx, k key, tags map[string]string) error {
	if len(tags) == 0 {
		_, err := tx.Exec(`DELETE FROM tag WHERE tenant = $1 AND application = $2 AND resource = $3`,
			k.tenant, k.application, k.path)
		return err
	}
	doc, err := json.Marshal(tags)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO tag (tenant, application, resource, doc) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant, application, resource) DO UPDATE SET doc = excluded.doc`,
		k.tenant, k.application, k.path, string(doc))
	return err
}

// PurgeApplication removes the tags of up to limit resources of an application,
// its own included, and reports whether there may be more.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	n, err := tx.Exec(`DELETE FROM tag WHERE tenant = $1 AND application = $2 AND resource <= (SELECT MAX(resource) FROM
		(SELECT resource FROM tag WHERE tenant = $1 AND application = $2 ORDER BY resource LIMIT $3) AS batch)`,
		tenant, application, limit)
	return n == int64(limit), err
}
