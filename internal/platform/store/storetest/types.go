package storetest

import (
	"context"
	"errors"
	"fmt"
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
		checks, err := typeChecks(tx)
		if err != nil {
			return err
		}
		for _, c := range checks {
			var n int64
			if err := tx.Row(c.query).Scan(&n); err != nil {
				return err
			}
			if n > 0 {
				t.Errorf("%d values of the column %s do not have its type", n, c.name)
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, store.ErrClosed) {
		t.Errorf("checking the types of values: %v", err)
	}
}

type typeCheck struct{ name, query string }

func typeChecks(tx *store.Tx) (list []typeCheck, err error) {
	const columns = `SELECT t.name, c.name, c.type FROM sqlite_master t JOIN pragma_table_info(t.name) c WHERE t.type = 'table'`
	err = tx.Each(columns, nil, func(r *store.Rows) error {
		var table, column, kind string
		if err := r.Scan(&table, &column, &kind); err != nil {
			return err
		}
		list = append(list, typeCheck{
			name:  table + "." + column,
			query: fmt.Sprintf("SELECT COUNT(*) FROM %s WHERE typeof(%s) NOT IN ('null', '%s')", table, column, typeof[kind]),
		})
		return nil
	})
	return list, err
}
