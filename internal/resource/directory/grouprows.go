package directory

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// announce writes a group whose members in force are others from now on.
func announce(tx *store.Tx, g *Group) (err error) {
	if g.Change, err = advance(tx, g.circle()); err != nil {
		return err
	}
	return saveGroup(tx, g)
}

// saveGroup writes a group, new or changed.
func saveGroup(tx *store.Tx, g *Group) error {
	doc, err := json.Marshal(g)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO directory_group (tenant, application, idx, grp, source, name, live, nested, change, updated_at, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (tenant, application, idx, grp) DO UPDATE SET
			live = excluded.live, nested = excluded.nested, change = excluded.change, updated_at = excluded.updated_at, doc = excluded.doc`,
		g.Tenant, g.Application, g.Index, g.key(), g.Source, g.Name,
		g.Live, strings.Join(g.Nested, " "), g.Change, store.Micros(g.UpdatedAt), string(doc))
	return err
}

// getGroup returns a group; with store.ErrNoRows, one that is new.
func getGroup(tx *store.Tx, p place) (*Group, error) {
	g := &Group{place: p}
	var updated int64
	var nested, doc string
	err := tx.Row(`SELECT live, nested, change, updated_at, doc FROM directory_group
		WHERE tenant = $1 AND application = $2 AND idx = $3 AND grp = $4`,
		p.Tenant, p.Application, p.Index, p.key()).Scan(&g.Live, &nested, &g.Change, &updated, &doc)
	if err != nil {
		return g, err
	}
	if err := json.Unmarshal([]byte(doc), g); err != nil {
		return nil, fmt.Errorf("group %s: %w", p.Name, err)
	}
	g.Nested, g.UpdatedAt = strings.Fields(nested), store.FromMicros(updated)
	return g, nil
}

// removeGroup removes the row of a group that has no members in force.
func removeGroup(tx *store.Tx, g *Group) error {
	_, err := tx.Exec(`DELETE FROM directory_group WHERE tenant = $1 AND application = $2 AND idx = $3 AND grp = $4`,
		g.Tenant, g.Application, g.Index, g.key())
	if err != nil {
		return err
	}
	return raise(tx, g.circle(), g.Change)
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
