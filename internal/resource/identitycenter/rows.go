package identitycenter

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

func getInstance(tx *store.Tx, account string) (time.Time, error) {
	var created int64
	err := tx.Row(`SELECT created_at FROM idc_instance WHERE tenant = $1`, account).Scan(&created)
	return store.FromMicros(created), err
}

func makeInstance(tx *store.Tx, account string) error {
	_, err := tx.Exec(`INSERT INTO idc_instance (tenant, created_at) VALUES ($1, $2) ON CONFLICT (tenant) DO NOTHING`,
		account, store.Micros(tx.Now()))
	return err
}

// putApplication writes an application, new or changed.
func putApplication(tx *store.Tx, a *application) error {
	doc, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO idc_application (tenant, id, created_at, doc) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant, id) DO UPDATE SET doc = excluded.doc`,
		a.Account, a.ID, store.Micros(a.CreatedAt), string(doc))
	return err
}

// getApplication returns an application, or store.ErrNoRows.
func getApplication(tx *store.Tx, account, id string) (*application, error) {
	return revive[application](tx.Row(`SELECT doc FROM idc_application WHERE tenant = $1 AND id = $2`, account, id).Scan)
}

// revive reads a row that has one document.
func revive[T any](scan func(dest ...any) error) (*T, error) {
	var doc string
	if err := scan(&doc); err != nil {
		return nil, err
	}
	v := new(T)
	if err := json.Unmarshal([]byte(doc), v); err != nil {
		return nil, fmt.Errorf("identitycenter: a row's document: %w", err)
	}
	return v, nil
}

func countApplications(tx *store.Tx, account string) (n int, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM idc_application WHERE tenant = $1`, account).Scan(&n)
	return n, err
}

// listApplications returns up to limit applications that are wanted after a place,
// the newest first. An instance has few enough to look at all of them.
func listApplications(tx *store.Tx, account string, after page.Place, wanted func(*application) bool, limit int) (found []*application, err error) {
	err = tx.Each(`SELECT doc FROM idc_application WHERE tenant = $1 AND (created_at, id) < ($2, $3)
		ORDER BY created_at DESC, id DESC`,
		[]any{account, after.Created, after.ID}, func(r *store.Rows) error {
			if len(found) == limit {
				return nil
			}
			a, err := revive[application](r.Scan)
			if err == nil && wanted(a) {
				found = append(found, a)
			}
			return err
		})
	return found, err
}

// removeApplication drops an application with its assignments. What was given for it
// is of no use without it, and goes when it expires.
func removeApplication(tx *store.Tx, account, id string) error {
	if _, err := tx.Exec(`DELETE FROM idc_assignment WHERE tenant = $1 AND application = $2`, account, id); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM idc_application WHERE tenant = $1 AND id = $2`, account, id)
	return err
}

func insertAssignment(tx *store.Tx, a *application, x assignment) error {
	_, err := tx.Exec(`INSERT INTO idc_assignment (tenant, application, principal, kind, created_at) VALUES ($1, $2, $3, $4, $5)`,
		a.Account, a.ID, x.principal, string(x.kind), store.Micros(x.createdAt))
	return err
}

// getAssignment returns the assignment of a user or group, or store.ErrNoRows.
func getAssignment(tx *store.Tx, a *application, principal string) (assignment, error) {
	var kind string
	var created int64
	err := tx.Row(`SELECT kind, created_at FROM idc_assignment WHERE tenant = $1 AND application = $2 AND principal = $3`,
		a.Account, a.ID, principal).Scan(&kind, &created)
	return assignment{principal, ssoadmin.PrincipalType(kind), store.FromMicros(created)}, err
}

func removeAssignment(tx *store.Tx, a *application, principal string, kind ssoadmin.PrincipalType) (int64, error) {
	return tx.Exec(`DELETE FROM idc_assignment WHERE tenant = $1 AND application = $2 AND principal = $3 AND kind = $4`,
		a.Account, a.ID, principal, string(kind))
}

// removeAssignments drops the assignments of a user or group to all applications.
func removeAssignments(tx *store.Tx, account, principal string) error {
	_, err := tx.Exec(`DELETE FROM idc_assignment WHERE tenant = $1 AND principal = $2`, account, principal)
	return err
}

// listAssignments returns up to limit assignments after a place, the newest first.
func listAssignments(tx *store.Tx, a *application, after page.Place, limit int) (found []assignment, err error) {
	err = tx.Each(`SELECT principal, kind, created_at FROM idc_assignment
		WHERE tenant = $1 AND application = $2 AND (created_at, principal) < ($3, $4)
		ORDER BY created_at DESC, principal DESC LIMIT $5`,
		[]any{a.Account, a.ID, after.Created, after.ID, limit}, func(r *store.Rows) error {
			var x assignment
			var kind string
			var created int64
			err := r.Scan(&x.principal, &kind, &created)
			x.kind, x.createdAt = ssoadmin.PrincipalType(kind), store.FromMicros(created)
			found = append(found, x)
			return err
		})
	return found, err
}

// putIssuer writes a trusted token issuer, new or changed.
func putIssuer(tx *store.Tx, account string, i *issuer) error {
	doc, err := json.Marshal(i)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO idc_issuer (tenant, id, created_at, doc) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant, id) DO UPDATE SET doc = excluded.doc`,
		account, i.ID, store.Micros(i.CreatedAt), string(doc))
	return err
}

// getIssuer returns a trusted token issuer, or store.ErrNoRows.
func getIssuer(tx *store.Tx, account, id string) (*issuer, error) {
	return revive[issuer](tx.Row(`SELECT doc FROM idc_issuer WHERE tenant = $1 AND id = $2`, account, id).Scan)
}

// listIssuers returns the trusted token issuers of an account, the oldest first.
func listIssuers(tx *store.Tx, account string) (found []*issuer, err error) {
	err = tx.Each(`SELECT doc FROM idc_issuer WHERE tenant = $1 ORDER BY created_at, id`, []any{account}, func(r *store.Rows) error {
		i, err := revive[issuer](r.Scan)
		found = append(found, i)
		return err
	})
	return found, err
}

func removeIssuer(tx *store.Tx, account, id string) error {
	_, err := tx.Exec(`DELETE FROM idc_issuer WHERE tenant = $1 AND id = $2`, account, id)
	return err
}
