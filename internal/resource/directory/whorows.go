package directory

import (
	"errors"
	"fmt"
	"strings"

	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/platform/store"
)

// eachAlias calls f for the aliases of a person that count in an index.
func eachAlias(tx *store.Tx, tenant, app, index, person string, f func(acl.Principal)) error {
	return tx.Each(`SELECT source, name FROM directory_alias
		WHERE tenant = $1 AND application = $2 AND person = $3 AND idx IN ('', $4) ORDER BY source, alias, idx`,
		[]any{tenant, app, person, index}, func(r *store.Rows) error {
			var source, name string
			if err := r.Scan(&source, &name); err != nil {
				return err
			}
			f(userIn(source, name))
			return nil
		})
}

// eachMembership calls f for the groups that users are members of, by their keys,
// in each version that there is. One statement asks for one user after the other,
// because for a list of them PostgreSQL may go through the whole index.
func eachMembership(tx *store.Tx, in circle, users []string, f func(group string, version int64)) error {
	args := []any{in.tenant, in.app, in.index}
	var query strings.Builder
	for i, u := range users {
		if i > 0 {
			query.WriteString(` UNION ALL `)
		}
		fmt.Fprintf(&query, `SELECT grp, version FROM directory_member
			WHERE tenant = $1 AND application = $2 AND idx = $3 AND member = $%d`, i+4)
		args = append(args, u)
	}
	return tx.Each(query.String(), args, func(r *store.Rows) error {
		var group string
		var version int64
		if err := r.Scan(&group, &version); err != nil {
			return err
		}
		f(group, version)
		return nil
	})
}

// latestChange is the number of the latest change of an index's groups, 0 before the
// first; and the floor, from which on what changed can still be read.
func latestChange(tx *store.Tx, in circle) (change, floor int64, err error) {
	err = tx.Row(`SELECT change, floor FROM directory_change WHERE tenant = $1 AND application = $2 AND idx = $3`,
		in.tenant, in.app, in.index).Scan(&change, &floor)
	if errors.Is(err, store.ErrNoRows) {
		return 0, 0, nil
	}
	return change, floor, err
}

// advance makes the next change of an index's groups.
func advance(tx *store.Tx, in circle) (n int64, err error) {
	err = tx.Row(`INSERT INTO directory_change (tenant, application, idx, change, floor) VALUES ($1, $2, $3, 1, 0)
		ON CONFLICT (tenant, application, idx) DO UPDATE SET change = directory_change.change + 1 RETURNING change`,
		in.tenant, in.app, in.index).Scan(&n)
	return n, err
}

// raise says that a group whose members in force changed last by a change has no row
// any more.
func raise(tx *store.Tx, in circle, change int64) error {
	_, err := tx.Exec(`UPDATE directory_change SET floor = $4 WHERE tenant = $1 AND application = $2 AND idx = $3 AND floor < $4`,
		in.tenant, in.app, in.index, change)
	return err
}

// eachChanged calls f for the groups of an index whose members in force changed
// after a change.
func eachChanged(tx *store.Tx, in circle, after int64, f func(key string, n node)) error {
	return tx.Each(`SELECT grp, source, name, live, nested FROM directory_group
		WHERE tenant = $1 AND application = $2 AND idx = $3 AND change > $4`,
		[]any{in.tenant, in.app, in.index, after}, func(r *store.Rows) error {
			var key, source, name, nested string
			var n node
			if err := r.Scan(&key, &source, &name, &n.live, &nested); err != nil {
				return err
			}
			n.group, n.nested = groupIn(source, name), strings.Fields(nested)
			f(key, n)
			return nil
		})
}
