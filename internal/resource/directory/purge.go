package directory

import (
	"errors"
	"fmt"

	"github.com/parleyhq/parley/internal/platform/store"
)

// rows are some of a table's, as a WHERE chooses them.
type rows struct {
	table string
	where string // after that of the tenant and the application, $1 and $2
	args  []any
}

// drop removes the first rows in the order of a column, up to limit, and those that
// are equal to the last of them in it.
func (r rows) drop(tx *store.Tx, column string, limit int) (int64, error) {
	where := `tenant = $1 AND application = $2` + r.where
	return tx.Exec(fmt.Sprintf(`DELETE FROM %[1]s WHERE %[2]s AND %[3]s <= (SELECT MAX(%[3]s) FROM
		(SELECT %[3]s FROM %[1]s WHERE %[2]s ORDER BY %[3]s LIMIT $%[4]d) AS batch)`, r.table, where, column, len(r.args)+1),
		append(r.args, limit)...)
}

// first is the least value of a column, if there are rows.
func (r rows) first(tx *store.Tx, column string) (value string, found bool, err error) {
	err = tx.Row(fmt.Sprintf(`SELECT %[1]s FROM %[2]s WHERE tenant = $1 AND application = $2%[3]s ORDER BY %[1]s LIMIT 1`, column, r.table, r.where),
		r.args...).Scan(&value)
	if errors.Is(err, store.ErrNoRows) {
		return "", false, nil
	}
	return value, err == nil, err
}

// PurgeApplication removes about limit rows of an application that is being deleted,
// and reports whether there may be more.
func PurgeApplication(tx *store.Tx, tenant, app string, limit int) (more bool, err error) {
	for _, table := range []string{"directory_roll", "directory_group", "directory_change"} {
		index, found, err := rows{table, "", []any{tenant, app}}.first(tx, "idx")
		if err != nil {
			return false, err
		}
		if found {
			_, err := PurgeIndex(tx, tenant, app, index, limit)
			return true, err
		}
	}
	for _, table := range []string{"directory_alias", "directory_user"} {
		n, err := rows{table, "", []any{tenant, app}}.drop(tx, "person", limit)
		if err != nil || n > 0 {
			return true, err
		}
	}
	return false, nil
}

// PurgeIndex removes about limit rows of an index that is being deleted: its groups,
// and the aliases that people have there.
func PurgeIndex(tx *store.Tx, tenant, app, index string, limit int) (more bool, err error) {
	part, found, err := firstPart(tx, circle{tenant, app, index}, "")
	if err != nil {
		return false, err
	}
	if found {
		return true, part.remove(tx)
	}
	in := []any{tenant, app, index}
	for _, t := range []struct{ table, column string }{{"directory_group", "grp"}, {"directory_alias", "person"}, {"directory_change", "idx"}} {
		n, err := rows{t.table, ` AND idx = $3`, in}.drop(tx, t.column, limit)
		if err != nil || n > 0 {
			return true, err
		}
	}
	return false, nil
}

// PurgeSource removes about limit rows of a data source that is being deleted: its
// groups, and the local IDs that people have there.
func PurgeSource(tx *store.Tx, tenant, app, index, source string, limit int) (more bool, err error) {
	groups := rows{"directory_group", ` AND idx = $3 AND source = $4`, []any{tenant, app, index, source}}
	group, found, err := groups.first(tx, "grp")
	if err != nil {
		return false, err
	}
	if !found {
		n, err := rows{"directory_alias", ` AND source = $3`, []any{tenant, app, source}}.drop(tx, "person", limit)
		return n > 0, err
	}
	in := circle{tenant, app, index}
	part, found, err := firstPart(tx, in, ` AND grp = $4`, group)
	if err != nil {
		return false, err
	}
	if found {
		return true, part.remove(tx)
	}
	if _, err := groups.drop(tx, "grp", 1); err != nil {
		return false, err
	}
	change, err := advance(tx, in)
	if err != nil {
		return false, err
	}
	return true, raise(tx, in, change)
}
