package principal

import (
	"cmp"
	"slices"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
)

// insertKey writes a new key of a user or role.
func insertKey(tx *store.Tx, k Key, e *Entity, sealed []byte) error {
	_, err := tx.Exec(`INSERT INTO iam_key (tenant, id, kind, name, secret, active, used_at, used_service, used_region, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, 0, '', '', $7)`,
		k.Account, k.ID, string(k.kind), e.key, sealed, k.Active, store.Micros(k.CreatedAt))
	return err
}

// keysOf reads the keys of a user or role, the oldest first.
func keysOf(tx *store.Tx, k kind, e *Entity) (keys []Key, err error) {
	err = tx.Each(`SELECT id, active, created_at FROM iam_key WHERE tenant = $1 AND kind = $2 AND name = $3`,
		[]any{e.Account, string(k), e.key}, func(row *store.Rows) error {
			key := Key{Account: e.Account, Holder: e.Name, kind: k}
			var created int64
			err := row.Scan(&key.ID, &key.Active, &created)
			key.CreatedAt = store.FromMicros(created)
			keys = append(keys, key)
			return err
		})
	slices.SortFunc(keys, func(a, b Key) int { return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID)) })
	return keys, err
}

// activate sets whether a key of a user or role signs; n is 0 when it has none
// of that ID.
func activate(tx *store.Tx, k kind, e *Entity, id string, active bool) (n int64, err error) {
	return tx.Exec(`UPDATE iam_key SET active = $1 WHERE tenant = $2 AND id = $3 AND kind = $4 AND name = $5`,
		active, e.Account, id, string(k), e.key)
}

// removeKeyOf deletes a key of a user or role; n is 0 when it has none of that ID.
func removeKeyOf(tx *store.Tx, k kind, e *Entity, id string) (n int64, err error) {
	return tx.Exec(`DELETE FROM iam_key WHERE tenant = $1 AND id = $2 AND kind = $3 AND name = $4`, e.Account, id, string(k), e.key)
}

// removeKey deletes a key, whoever has it; n is 0 when there is none of that ID.
func removeKey(tx *store.Tx, account, id string) (n int64, err error) {
	return tx.Exec(`DELETE FROM iam_key WHERE tenant = $1 AND id = $2`, account, id)
}

// removeKeys deletes every key of a user or role.
func removeKeys(tx *store.Tx, k kind, e *Entity) error {
	_, err := tx.Exec(`DELETE FROM iam_key WHERE tenant = $1 AND kind = $2 AND name = $3`, e.Account, string(k), e.key)
	return err
}

// signer is a key with whom it stands for.
type signer struct {
	kind   kind
	key    string // the row's name of the entity
	doc    string
	born   int64
	secret []byte
	active bool
	used   use
}

// byKey reads a key with the user or role that has it, or store.ErrNoRows.
func byKey(tx *store.Tx, account, id string) (s signer, err error) {
	var at int64
	err = tx.Row(`SELECT k.kind, k.name, e.doc, e.created_at, k.secret, k.active, k.used_at, k.used_service, k.used_region
		FROM iam_key k JOIN iam_entity e ON e.tenant = k.tenant AND e.kind = k.kind AND e.name = k.name
		WHERE k.tenant = $1 AND k.id = $2`, account, id).
		Scan((*string)(&s.kind), &s.key, &s.doc, &s.born, &s.secret, &s.active, &at, &s.used.service, &s.used.region)
	if at > 0 {
		s.used.at = store.FromMicros(at)
	}
	return s, err
}

// A use is when and for what a key last signed a request. Its zero value says
// that it never did.
type use struct {
	at      time.Time
	service string
	region  string
}

// noteUse writes the last use of a key, unless one is known that is younger than
// a moment.
func noteUse(tx *store.Tx, account, id string, u use, unless time.Time) error {
	_, err := tx.Exec(`UPDATE iam_key SET used_at = $1, used_service = $2, used_region = $3
		WHERE tenant = $4 AND id = $5 AND used_at <= $6`,
		store.Micros(u.at), u.service, u.region, account, id, store.Micros(unless))
	return err
}
