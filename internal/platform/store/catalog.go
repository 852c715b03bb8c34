package store

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
)

// table is what the database says of one of its tables.
type table struct {
	name    string
	columns []column
	key     []string // columns of the primary key, in its order
}

type column struct{ name, kind string }

// tables lists all tables by name.
func (db *DB) tables(ctx context.Context) (list []table, err error) {
	err = db.run(ctx, nil, viewing, func(tx *Tx) error {
		list, err = tablesIn(tx, db.engine)
		return err
	})
	return list, err
}

func tablesIn(tx *Tx, e engine) ([]table, error) {
	var list []table
	places := map[string]map[string]int{} // table, column: place in the key
	err := tx.Each(e.catalog(), nil, func(r *Rows) error {
		var name string
		var c column
		var place int
		if err := r.Scan(&name, &c.name, &c.kind, &place); err != nil {
			return err
		}
		c.kind = strings.ToUpper(c.kind)
		if len(list) == 0 || list[len(list)-1].name != name {
			list = append(list, table{name: name})
			places[name] = map[string]int{}
		}
		t := &list[len(list)-1]
		t.columns = append(t.columns, c)
		if place > 0 {
			t.key = append(t.key, c.name)
			places[name][c.name] = place
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("store: reading the catalogue: %w", err)
	}
	for _, t := range list {
		slices.SortFunc(t.key, func(a, b string) int { return cmp.Compare(places[t.name][a], places[t.name][b]) })
	}
	slices.SortFunc(list, func(a, b table) int { return strings.Compare(a.name, b.name) })
	return list, nil
}

func hasTable(list []table, name string) bool {
	return slices.ContainsFunc(list, func(t table) bool { return t.name == name })
}

// families drops this package's own tables from a list.
func families(list []table) []table {
	return slices.DeleteFunc(list, func(t table) bool { return t.name == versionTable || t.name == metaTable })
}
