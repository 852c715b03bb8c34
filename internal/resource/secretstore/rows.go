package secretstore

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
)

// get returns the secret that has the name, or store.ErrNoRows.
func get(tx *store.Tx, tenant, name string) (*Secret, error) {
	var doc string
	err := tx.Row(`SELECT doc FROM secret WHERE tenant = $1 AND name = $2`, tenant, name).Scan(&doc)
	if err != nil {
		return nil, err
	}
	return decode(doc)
}

func decode(doc string) (*Secret, error) {
	s := new(Secret)
	if err := json.Unmarshal([]byte(doc), s); err != nil {
		return nil, fmt.Errorf("secretstore: a row's document: %w", err)
	}
	return s, nil
}

// put writes a secret, new or changed.
func put(tx *store.Tx, tenant string, s *Secret) error {
	doc, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO secret (tenant, name, created_at, changed_at, accessed_at, purge_at, doc) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant, name) DO UPDATE SET changed_at = excluded.changed_at, accessed_at = excluded.accessed_at,
			purge_at = excluded.purge_at, doc = excluded.doc`,
		tenant, s.Name, store.Micros(s.CreatedAt), store.Micros(s.ChangedAt), accessed(s), purge(s), string(doc))
	return err
}

// accessed is 0 for a secret that was never read.
func accessed(s *Secret) int64 {
	if s.AccessedOn.IsZero() {
		return 0
	}
	return store.Micros(s.AccessedOn)
}

// purge is NULL for a secret that is not scheduled for deletion.
func purge(s *Secret) any {
	if !s.deleted() {
		return nil
	}
	return store.Micros(s.PurgeAt)
}

// remove drops a secret with all its versions.
func remove(tx *store.Tx, tenant string, s *Secret) error {
	if _, err := tx.Exec(`DELETE FROM secret_version WHERE tenant = $1 AND secret = $2`, tenant, s.id()); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM secret WHERE tenant = $1 AND name = $2`, tenant, s.Name)
	return err
}

// expired names a secret whose recovery window is over.
type expired struct{ tenant, name string }

// overdue returns up to limit secrets of which the window ended before a moment.
func overdue(tx *store.Tx, now time.Time, limit int) (found []expired, err error) {
	err = tx.Each(`SELECT /* every tenant: time passes for all of them */ tenant, name FROM secret
		WHERE purge_at <= $1 ORDER BY purge_at LIMIT $2`, []any{store.Micros(now), limit}, func(r *store.Rows) error {
		var e expired
		err := r.Scan(&e.tenant, &e.name)
		found = append(found, e)
		return err
	})
	return found, err
}

// version is a version without what it holds.
type version struct {
	id        string
	createdAt time.Time
}

func insertVersion(tx *store.Tx, tenant string, s *Secret, v version, sealed []byte) error {
	_, err := tx.Exec(`INSERT INTO secret_version (tenant, secret, version, created_at, held) VALUES ($1, $2, $3, $4, $5)`,
		tenant, s.id(), v.id, store.Micros(v.createdAt), sealed)
	return err
}

// getVersion returns a version and what it holds, sealed; or store.ErrNoRows.
func getVersion(tx *store.Tx, tenant string, s *Secret, id string) (v version, sealed []byte, err error) {
	var created int64
	err = tx.Row(`SELECT created_at, held FROM secret_version WHERE tenant = $1 AND secret = $2 AND version = $3`,
		tenant, s.id(), id).Scan(&created, &sealed)
	return version{id, store.FromMicros(created)}, sealed, err
}

// listVersions returns the versions of a secret, the newest first.
func listVersions(tx *store.Tx, tenant string, s *Secret) (all []version, err error) {
	err = tx.Each(`SELECT version, created_at FROM secret_version WHERE tenant = $1 AND secret = $2 ORDER BY created_at DESC, version DESC`,
		[]any{tenant, s.id()}, func(r *store.Rows) error {
			var v version
			var created int64
			err := r.Scan(&v.id, &created)
			v.createdAt = store.FromMicros(created)
			all = append(all, v)
			return err
		})
	return all, err
}

func removeVersion(tx *store.Tx, tenant string, s *Secret, id string) error {
	_, err := tx.Exec(`DELETE FROM secret_version WHERE tenant = $1 AND secret = $2 AND version = $3`, tenant, s.id(), id)
	return err
}

// place is where a page of ListSecrets begins: after the secret of that value in
// the column the list is ordered by, and of that name.
type place struct {
	value any // a string or an int64
	name  string
}

// list returns up to limit secrets after a place, or from the top.
func list(tx *store.Tx, tenant string, o order, after *place, limit int) (found []*Secret, err error) {
	query, args := `SELECT doc FROM secret WHERE tenant = $1`, []any{tenant, limit}
	compare, direction := `>`, ``
	if o.descending {
		compare, direction = `<`, ` DESC`
	}
	if after != nil {
		query += ` AND (` + o.column + `, name) ` + compare + ` ($3, $4)`
		args = append(args, after.value, after.name)
	}
	query += ` ORDER BY ` + o.column + direction + `, name` + direction + ` LIMIT $2`
	err = tx.Each(query, args, func(r *store.Rows) error {
		var doc string
		if err := r.Scan(&doc); err != nil {
			return err
		}
		s, err := decode(doc)
		found = append(found, s)
		return err
	})
	return found, err
}
