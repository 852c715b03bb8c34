package directory

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// saveGroup writes a group, new or changed.
func saveGroup(tx *store.Tx, g *Group) error {
	doc, err := json.Marshal(g)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO directory_group (tenant, application, idx, grp, source, name, live, updated_at, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (tenant, application, idx, grp) DO UPDATE SET live = excluded.live, updated_at = excluded.updated_at, doc = excluded.doc`,
		g.Tenant, g.Application, g.Index, g.key(), g.Source, g.Name, g.Live, store.Micros(g.UpdatedAt), string(doc))
	return err
}

// getGroup returns a group; with store.ErrNoRows, one that is new.
func getGroup(tx *store.Tx, p place) (*Group, error) {
	g := &Group{place: p}
	var updated int64
	var doc string
	err := tx.Row(`SELECT live, updated_at, doc FROM directory_group WHERE tenant = $1 AND application = $2 AND idx = $3 AND grp = $4`,
		p.Tenant, p.Application, p.Index, p.key()).Scan(&g.Live, &updated, &doc)
	if err != nil {
		return g, err
	}
	if err := json.Unmarshal([]byte(doc), g); err != nil {
		return nil, fmt.Errorf("group %s: %w", p.Name, err)
	}
	g.UpdatedAt = store.FromMicros(updated)
	return g, nil
}

func removeGroup(tx *store.Tx, p place) error {
	_, err := tx.Exec(`DELETE FROM directory_group WHERE tenant = $1 AND application = $2 AND idx = $3 AND grp = $4`,
		p.Tenant, p.Application, p.Index, p.key())
	return err
}

// listed is a group as a list needs it.
type listed struct {
	name, key string
	updated   time.Time
}

// listGroups returns up to limit groups of an index, or of a data source, that were
// updated before a moment, from a place in the list on: the latest first.
func listGroups(tx *store.Tx, p place, before time.Time, after page.Place, limit int) (all []listed, err error) {
	err = tx.Each(`SELECT grp, name, updated_at FROM directory_group
		WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4 AND updated_at < $5 AND (updated_at, grp) < ($6, $7)
		ORDER BY updated_at DESC, grp DESC LIMIT $8`,
		[]any{p.Tenant, p.Application, p.Index, p.Source, store.Micros(before), after.Created, after.ID, limit}, func(r *store.Rows) error {
			var l listed
			var updated int64
			if err := r.Scan(&l.key, &l.name, &updated); err != nil {
				return err
			}
			l.updated = store.FromMicros(updated)
			all = append(all, l)
			return nil
		})
	return all, err
}

// rowsAtOnce is how many members one statement writes.
const rowsAtOnce = 500

// insertMembers writes members of a version of a group: at most as many as a
// transaction may.
func insertMembers(tx *store.Tx, p place, version int64, members []string) error {
	for batch := range slices.Chunk(members, rowsAtOnce) {
		args := []any{p.Tenant, p.Application, p.Index, p.key(), version}
		var values strings.Builder
		for i, m := range batch {
			args = append(args, m)
			fmt.Fprintf(&values, ", ($1, $2, $3, $%d, $4, $5)", i+6)
		}
		_, err := tx.Exec(`INSERT INTO directory_member (tenant, application, idx, member, grp, version) VALUES `+values.String()[2:], args...)
		if err != nil {
			return err
		}
	}
	return nil
}

// dropMembers removes up to limit members of one version of a group.
func dropMembers(tx *store.Tx, p place, version int64, limit int) (int64, error) {
	of := membersOf(p.Tenant, p.Application, p.Index, p.key())
	return rows{of.table, of.where + ` AND version = $5`, append(of.args, version)}.drop(tx, "member", limit)
}

// staleVersion returns a version of a group that has rows of members, other than
// the two that are to be kept; 0 when there is none.
func staleVersion(tx *store.Tx, p place, live, coming int64) (version int64, err error) {
	err = tx.Row(`SELECT COALESCE(MIN(version), 0) FROM directory_member
		WHERE tenant = $1 AND application = $2 AND idx = $3 AND grp = $4 AND version <> $5 AND version <> $6`,
		p.Tenant, p.Application, p.Index, p.key(), live, coming).Scan(&version)
	return version, err
}
