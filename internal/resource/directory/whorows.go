package directory

import (
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

// reached returns up to limit of the groups of an index in which somebody is, by
// any of their names or by way of another group. Groups that contain each other are
// reached once (UNION). A member counts in the version of the group that is in force.
//
// CROSS JOIN, because SQLite keeps to its order: by its own estimate it would go
// through all groups for each member.
func reached(tx *store.Tx, tenant, app, index string, names []acl.Principal, limit int) (groups []acl.Principal, err error) {
	args := []any{tenant, app, index, limit}
	var in strings.Builder
	for i, p := range names {
		args = append(args, key(p))
		fmt.Fprintf(&in, ", $%d", i+5)
	}
	err = tx.Each(`WITH RECURSIVE reached(grp, source, name) AS (
			SELECT m.grp, g.source, g.name FROM directory_member m CROSS JOIN directory_group g
			WHERE m.tenant = $1 AND m.application = $2 AND m.idx = $3 AND m.member IN (`+in.String()[2:]+`)
				AND g.tenant = $1 AND g.application = $2 AND g.idx = $3 AND g.grp = m.grp AND g.live = m.version
		UNION
			SELECT m.grp, g.source, g.name FROM reached r CROSS JOIN directory_member m CROSS JOIN directory_group g
			WHERE m.tenant = $1 AND m.application = $2 AND m.idx = $3 AND m.member = r.grp
				AND g.tenant = $1 AND g.application = $2 AND g.idx = $3 AND g.grp = m.grp AND g.live = m.version
		)
		SELECT source, name FROM reached LIMIT $4`, args, func(r *store.Rows) error {
		var source, name string
		if err := r.Scan(&source, &name); err != nil {
			return err
		}
		groups = append(groups, groupIn(source, name))
		return nil
	})
	return groups, err
}
