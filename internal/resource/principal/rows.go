package principal

import (
	"encoding/json"
	"fmt"

	"github.com/parleyhq/parley/internal/platform/store"
)

// kept is a pointer to a type of entity that has rows in iam_entity.
type kept[E any] interface {
	*E
	entity() *Entity
	kind() kind
}

// get returns the entity of an account that has the name, in any case, or
// store.ErrNoRows.
//
// Two roles of an earlier version may differ by case alone. Their rows have the
// names as they were given, and go before.
func get[E any, P kept[E]](tx *store.Tx, account, name string) (P, error) {
	var key, doc string
	var created int64
	err := tx.Row(`SELECT name, doc, created_at FROM iam_entity WHERE tenant = $1 AND kind = $2 AND name IN ($3, $4)
		ORDER BY CASE WHEN name = $4 THEN 0 ELSE 1 END LIMIT 1`,
		account, string(P(nil).kind()), fold(name), name).Scan(&key, &doc, &created)
	if err != nil {
		return nil, err
	}
	return revive[E, P](account, key, doc, created)
}

// revive makes an entity of its row.
func revive[E any, P kept[E]](account, key, doc string, created int64) (P, error) {
	p := P(new(E))
	if err := json.Unmarshal([]byte(doc), p); err != nil {
		return nil, fmt.Errorf("%s %s of account %s: %w", p.kind(), key, account, err)
	}
	e := p.entity()
	e.Account, e.CreatedAt, e.key = account, store.FromMicros(created), key
	if e.ID == "" {
		e.ID = oldID(e)
	}
	return p, nil
}

// insert writes a new entity at its time; store.ErrDuplicate when there is one
// of that name.
func insert[E any, P kept[E]](tx *store.Tx, p P) error {
	e := p.entity()
	e.key, e.CreatedAt = fold(e.Name), tx.Now()
	doc, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO iam_entity (tenant, kind, name, doc, created_at) VALUES ($1, $2, $3, $4, $5)`,
		e.Account, string(p.kind()), e.key, string(doc), store.Micros(e.CreatedAt))
	return err
}

// put writes an entity that was changed.
func put[E any, P kept[E]](tx *store.Tx, p P) error {
	e := p.entity()
	doc, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE iam_entity SET doc = $1 WHERE tenant = $2 AND kind = $3 AND name = $4`,
		string(doc), e.Account, string(p.kind()), e.key)
	return err
}

// remove deletes an entity's row.
func remove[E any, P kept[E]](tx *store.Tx, p P) error {
	e := p.entity()
	_, err := tx.Exec(`DELETE FROM iam_entity WHERE tenant = $1 AND kind = $2 AND name = $3`, e.Account, string(p.kind()), e.key)
	return err
}

// count is how many entities of a kind an account has.
func count(tx *store.Tx, account string, k kind) (n int, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM iam_entity WHERE tenant = $1 AND kind = $2`, account, string(k)).Scan(&n)
	return n, err
}

// list reads up to limit entities of an account in the order of their names,
// after a row's name.
func list[E any, P kept[E]](tx *store.Tx, account, after string, limit int) (found []P, err error) {
	err = tx.Each(`SELECT name, doc, created_at FROM iam_entity WHERE tenant = $1 AND kind = $2 AND name > $3 ORDER BY name LIMIT $4`,
		[]any{account, string(P(nil).kind()), after, limit}, func(row *store.Rows) error {
			var key, doc string
			var created int64
			if err := row.Scan(&key, &doc, &created); err != nil {
				return err
			}
			p, err := revive[E, P](account, key, doc, created)
			found = append(found, p)
			return err
		})
	return found, err
}

// rename moves an entity, with what is attached to it and its keys, to a new name.
func rename[E any, P kept[E]](tx *store.Tx, p P, name string) error {
	e := p.entity()
	key := fold(name)
	for _, query := range [...]string{
		`UPDATE iam_entity SET name = $1 WHERE tenant = $2 AND kind = $3 AND name = $4`,
		`UPDATE iam_attachment SET name = $1 WHERE tenant = $2 AND kind = $3 AND name = $4`,
		`UPDATE iam_key SET name = $1 WHERE tenant = $2 AND kind = $3 AND name = $4`,
	} {
		if _, err := tx.Exec(query, key, e.Account, string(p.kind()), e.key); err != nil {
			return err
		}
	}
	e.Name, e.key = name, key
	return nil
}
