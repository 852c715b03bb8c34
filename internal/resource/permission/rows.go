package permission

import (
	"encoding/json"
	"fmt"

	"github.com/parleyhq/parley/internal/platform/store"
)

// Statements returns the statements of an application, the oldest first. An
// application that is not there has none.
func Statements(tx *store.Tx, tenant, application string) (statements []Statement, err error) {
	err = tx.Each(`SELECT doc FROM permission WHERE tenant = $1 AND application = $2 ORDER BY position`,
		[]any{tenant, application}, func(r *store.Rows) error {
			var doc string
			if err := r.Scan(&doc); err != nil {
				return err
			}
			var s Statement
			if err := json.Unmarshal([]byte(doc), &s); err != nil {
				return fmt.Errorf("permission: a row's document: %w", err)
			}
			statements = append(statements, s)
			return nil
		})
	return statements, err
}

// insert adds a statement after all others.
func insert(tx *store.Tx, tenant, application string, s Statement) error {
	doc, err := json.Marshal(s)
	if err != nil {
		return err
	}
	var last int64
	err = tx.Row(`SELECT COALESCE(MAX(position), 0) FROM permission WHERE tenant = $1 AND application = $2`,
		tenant, application).Scan(&last)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO permission (tenant, application, statement, position, doc) VALUES ($1, $2, $3, $4, $5)`,
		tenant, application, s.ID, last+1, string(doc))
	return err
}

// remove drops a statement and reports whether there was one.
func remove(tx *store.Tx, tenant, application, id string) (bool, error) {
	n, err := tx.Exec(`DELETE FROM permission WHERE tenant = $1 AND application = $2 AND statement = $3`,
		tenant, application, id)
	return n > 0, err
}

// PurgeApplication removes up to limit statements of an application, and reports
// whether there may be more.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	n, err := tx.Exec(`DELETE FROM permission WHERE tenant = $1 AND application = $2 AND statement <= (SELECT MAX(statement) FROM
		(SELECT statement FROM permission WHERE tenant = $1 AND application = $2 ORDER BY statement LIMIT $3) AS batch)`,
		tenant, application, limit)
	return n == int64(limit), err
}
