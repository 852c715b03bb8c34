package storetest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/platform/store"
)

// typeof is what SQLite's typeof answers for a right value of a column type.
var typeof = map[string]string{"TEXT": "text", "BIGINT": "integer", "BOOLEAN": "integer", "BYTEA": "blob"}

// checkTypes fails t when a value in SQLite has not the type of its column,
// which PostgreSQL would have refused: []byte in TEXT, text in BYTEA.
func checkTypes(t testing.TB, db *store.DB) {
	t.Helper()
	ctx := context.Background() // a test's own context is over when it cleans up
	err := db.View(ctx, func(tx *store.Tx) error {
		tables, err := columnsOf(tx)
		if err != nil {
			return err
		}
		for name, columns := range tables {
			n, err := misfits(tx, name, columns...)
			if err != nil {
				return err
			}
			if n == 0 {
				continue
			}
			for _, c := range columns {
				if n, err := misfits(tx, name, c); err == nil && n > 0 {
					t.Errorf("%d values of the column %s.%s do not have its type", n, name, c.name)
				}
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrClosed) {
		t.Errorf("checking the types of values: %v", err)
	}
}

type column struct{ name, kind string }

func columnsOf(tx *store.Tx) (map[string][]column, error) {
	const query = `SELECT t.name, c.name, c.type FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'`
	tables := map[string][]column{}
	err := tx.Each(query, nil, func(r *store.Rows) error {
		var table string
		var c column
		err := r.Scan(&table, &c.name, &c.kind)
		tables[table] = append(tables[table], c)
		return err
	})
	return tables, err
}

// misfits counts the rows in which one of the columns has a value of another type.
func misfits(tx *store.Tx, table string, columns ...column) (n int64, err error) {
	var wrong []string
	for _, c := range columns {
		wrong = append(wrong, fmt.Sprintf("typeof(%s) NOT IN ('null', '%s')", c.name, typeof[c.kind]))
	}
	err = tx.Row(fmt.Sprintf("SELECT COUNT(*) FROM %s WHERE %s", table, strings.Join(wrong, " OR "))).Scan(&n)
	return n, err
}
