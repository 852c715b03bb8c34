package directory

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/store"
)

func insertUser(tx *store.Tx, tenant, app string, u User) error {
	doc, err := json.Marshal(u)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO directory_user (tenant, application, person, created_at, doc) VALUES ($1, $2, $3, $4, $5)`,
		tenant, app, key(userIn("", u.Name)), store.Micros(u.CreatedAt), string(doc))
	if errors.Is(err, store.ErrDuplicate) {
		return fault.Conflicts("user", u.Name, "The application %s has the user %s already. Change its aliases with UpdateUser.", app, u.Name)
	}
	return err
}

func updateUser(tx *store.Tx, tenant, app string, u User) error {
	doc, err := json.Marshal(u)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE directory_user SET doc = $4 WHERE tenant = $1 AND application = $2 AND person = $3`,
		tenant, app, key(userIn("", u.Name)), string(doc))
	return err
}

// getUser returns the user of an address, however that is written.
func getUser(tx *store.Tx, tenant, app, name string) (u User, found bool, err error) {
	var created int64
	var doc string
	err = tx.Row(`SELECT created_at, doc FROM directory_user WHERE tenant = $1 AND application = $2 AND person = $3`,
		tenant, app, key(userIn("", name))).Scan(&created, &doc)
	if errors.Is(err, store.ErrNoRows) {
		return User{}, false, nil
	}
	if err != nil {
		return User{}, false, err
	}
	if err := json.Unmarshal([]byte(doc), &u); err != nil {
		return User{}, false, fmt.Errorf("user %s: %w", name, err)
	}
	u.CreatedAt = store.FromMicros(created)
	return u, true, nil
}

func removeUser(tx *store.Tx, tenant, app, name string) error {
	for _, table := range []string{"directory_alias", "directory_user"} {
		_, err := tx.Exec(`DELETE FROM `+table+` WHERE tenant = $1 AND application = $2 AND person = $3`, tenant, app, key(userIn("", name)))
		if err != nil {
			return err
		}
	}
	return nil
}

// aliasesIn returns all aliases of a user, in their order.
func aliasesIn(tx *store.Tx, tenant, app, name string) (all []alias, err error) {
	err = tx.Each(`SELECT idx, source, name FROM directory_alias WHERE tenant = $1 AND application = $2 AND person = $3`,
		[]any{tenant, app, key(userIn("", name))}, func(r *store.Rows) error {
			var a alias
			if err := r.Scan(&a.index, &a.source, &a.name); err != nil {
				return err
			}
			all = append(all, a)
			return nil
		})
	slices.SortFunc(all, alias.compare)
	return all, err
}

// heldByOther reports whether another user has an alias, in a place where this one
// would count too.
func heldByOther(tx *store.Tx, tenant, app, own string, a alias) (bool, error) {
	k := a.key()
	query, args := `SELECT person FROM directory_alias WHERE tenant = $1 AND application = $2 AND alias = $3 AND person <> $4`, []any{tenant, app, k.alias, own}
	if k.index != "" {
		query, args = query+` AND idx IN ('', $5)`, append(args, k.index)
	}
	var other string
	err := tx.Row(query+` LIMIT 1`, args...).Scan(&other)
	if errors.Is(err, store.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

func insertAlias(tx *store.Tx, tenant, app, person string, a alias) error {
	k := a.key()
	_, err := tx.Exec(`INSERT INTO directory_alias (tenant, application, person, alias, idx, source, name) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		tenant, app, person, k.alias, k.index, a.source, a.name)
	return err
}

func deleteAlias(tx *store.Tx, tenant, app, person string, a alias) error {
	k := a.key()
	_, err := tx.Exec(`DELETE FROM directory_alias WHERE tenant = $1 AND application = $2 AND person = $3 AND alias = $4 AND idx = $5`,
		tenant, app, person, k.alias, k.index)
	return err
}
