package principal

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/parleyhq/parley/internal/platform/store"
)

// entry is a role as its row keeps it.
type entry struct {
	Path string            `json:"path"`
	Tags map[string]string `json:"tags,omitempty"`
}

func put(tx *store.Tx, r Role) error {
	doc, err := json.Marshal(entry{r.Path, r.Tags})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO roles (tenant, name, doc, created_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant, name) DO UPDATE SET doc = excluded.doc`,
		r.Account, r.Name, string(doc), store.Micros(r.CreatedAt))
	return err
}

func get(tx *store.Tx, account, name string) (Role, error) {
	var doc string
	var created int64
	err := tx.Row(`SELECT doc, created_at FROM roles WHERE tenant = $1 AND name = $2`, account, name).Scan(&doc, &created)
	if err != nil {
		return Role{}, err
	}
	return revive(account, name, doc, created)
}

func revive(account, name, doc string, created int64) (Role, error) {
	var e entry
	if err := json.Unmarshal([]byte(doc), &e); err != nil {
		return Role{}, fmt.Errorf("role %s of account %s: %w", name, account, err)
	}
	return Role{Account: account, Path: e.Path, Name: name, Tags: e.Tags, CreatedAt: store.FromMicros(created)}, nil
}

func remove(tx *store.Tx, r Role) error {
	if _, err := tx.Exec(`DELETE FROM access_keys WHERE tenant = $1 AND role = $2`, r.Account, r.Name); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM roles WHERE tenant = $1 AND name = $2`, r.Account, r.Name)
	return err
}

// list reads the roles of one account with their keys, or of all accounts when
// account is empty.
func list(tx *store.Tx, account string) (held []Held, err error) {
	query, args := `SELECT tenant, name, doc, created_at FROM roles WHERE tenant = $1 ORDER BY name`, []any{account}
	if account == "" {
		query, args = `SELECT tenant, name, doc, created_at FROM roles
			ORDER BY tenant, name /* every tenant: the operator looks at all accounts */`, nil
	}
	err = tx.Each(query, args, func(row *store.Rows) error {
		var tenant, name, doc string
		var created int64
		if err := row.Scan(&tenant, &name, &doc, &created); err != nil {
			return err
		}
		r, err := revive(tenant, name, doc, created)
		held = append(held, Held{Role: r})
		return err
	})
	if err != nil {
		return nil, err
	}
	for i := range held {
		if held[i].Keys, err = keys(tx, held[i].Role); err != nil {
			return nil, err
		}
	}
	return held, nil
}

// keys reads the keys of a role, oldest first.
func keys(tx *store.Tx, r Role) (ks []Key, err error) {
	err = tx.Each(`SELECT id, created_at FROM access_keys WHERE tenant = $1 AND role = $2`,
		[]any{r.Account, r.Name}, func(row *store.Rows) error {
			k := Key{Account: r.Account, Role: r.Name}
			var created int64
			err := row.Scan(&k.ID, &created)
			k.CreatedAt = store.FromMicros(created)
			ks = append(ks, k)
			return err
		})
	slices.SortFunc(ks, func(a, b Key) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return ks, err
}

func countKeys(tx *store.Tx, r Role) (n int, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM access_keys WHERE tenant = $1 AND role = $2`, r.Account, r.Name).Scan(&n)
	return n, err
}

func insertKey(tx *store.Tx, k Key, sealed []byte) error {
	_, err := tx.Exec(`INSERT INTO access_keys (tenant, id, role, secret, created_at) VALUES ($1, $2, $3, $4, $5)`,
		k.Account, k.ID, k.Role, sealed, store.Micros(k.CreatedAt))
	return err
}

func removeKey(tx *store.Tx, account, id string) (int64, error) {
	return tx.Exec(`DELETE FROM access_keys WHERE tenant = $1 AND id = $2`, account, id)
}

// byKey reads the role that a key belongs to, and the key's sealed secret.
func byKey(tx *store.Tx, account, id string) (r Role, sealed []byte, err error) {
	var name, doc string
	var created int64
	err = tx.Row(`SELECT k.secret, r.name, r.doc, r.created_at FROM access_keys k
		JOIN roles r ON r.tenant = k.tenant AND r.name = k.role
		WHERE k.tenant = $1 AND k.id = $2`, account, id).Scan(&sealed, &name, &doc, &created)
	if err != nil {
		return Role{}, nil, err
	}
	r, err = revive(account, name, doc, created)
	return r, sealed, err
}
