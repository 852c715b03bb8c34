package application

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// typeName is what errors call an application.
const typeName = "application"

// status returns the state of an application, or a ResourceNotFound.
func status(tx *store.Tx, c op.Caller, id string) (api.ApplicationStatus, error) {
	var s api.ApplicationStatus
	err := tx.Row(`SELECT status FROM application WHERE tenant = $1 AND application = $2`, c.Tenant(), id).Scan(&s)
	return s, known(err, c, id)
}

// find returns an application, or a ResourceNotFound.
func find(tx *store.Tx, c op.Caller, id string) (Application, error) {
	a, err := load(tx, c.Tenant(), id)
	return a, known(err, c, id)
}

// load returns an application, or store.ErrNoRows.
func load(tx *store.Tx, tenant, id string) (Application, error) {
	var doc string
	err := tx.Row(`SELECT doc FROM application WHERE tenant = $1 AND application = $2`, tenant, id).Scan(&doc)
	if err != nil {
		return Application{}, err
	}
	return decode(doc)
}

// known turns the lack of a row into the answer for it.
func known(err error, c op.Caller, id string) error {
	if errors.Is(err, store.ErrNoRows) {
		return fault.NotFound(typeName, id, "There is no application with ID %s in account %s, Region %s.", id, c.Owns(), c.Region)
	}
	return err
}

func decode(doc string) (a Application, err error) {
	if err := json.Unmarshal([]byte(doc), &a); err != nil {
		return Application{}, fmt.Errorf("application: a row's document: %w", err)
	}
	return a, nil
}

// held counts the applications that hold a name, and so a place in the account's
// quota.
func held(tx *store.Tx, tenant string) (n int, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM application WHERE tenant = $1 AND name IS NOT NULL`, tenant).Scan(&n)
	return n, err
}

// list returns up to limit applications that come after a place in the list,
// which is ordered by age, the newest first.
func list(tx *store.Tx, tenant string, after page.Place, limit int) (apps []Application, err error) {
	err = tx.Each(`SELECT doc FROM application WHERE tenant = $1 AND (created_at, application) < ($2, $3)
		ORDER BY created_at DESC, application DESC LIMIT $4`,
		[]any{tenant, after.Created, after.ID, limit}, func(r *store.Rows) error {
			var doc string
			if err := r.Scan(&doc); err != nil {
				return err
			}
			a, err := decode(doc)
			apps = append(apps, a)
			return err
		})
	return apps, err
}

// insert adds a new application, and notes that its account keeps some; a second
// one of its name is a Conflict.
func insert(tx *store.Tx, tenant string, a Application) error {
	doc, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO application (tenant, application, name, status, created_at, doc) VALUES ($1, $2, $3, $4, $5, $6)`,
		tenant, a.ID, a.heldName(), a.Status, store.Micros(a.CreatedAt), string(doc))
	if err != nil {
		return named(err, a)
	}
	account, _, _ := strings.Cut(tenant, ":")
	_, err = tx.Exec(`INSERT INTO landlord (tenant, since) VALUES ($1, $2) ON CONFLICT (tenant) DO NOTHING`, account, store.Micros(a.CreatedAt))
	return err
}

// tenantsOf are the tenants that have an application of an ID: one at most in
// a Region.
func tenantsOf(tx *store.Tx, application string) (tenants []string, err error) {
	err = tx.Each(`SELECT tenant FROM application WHERE application = $1 /* every tenant: a caller of another account does not say whose it is */`,
		[]any{application}, func(r *store.Rows) error {
			var tenant string
			err := r.Scan(&tenant)
			tenants = append(tenants, tenant)
			return err
		})
	return tenants, err
}

// save writes a changed application; the name of another is a Conflict.
func save(tx *store.Tx, tenant string, a Application) error {
	doc, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE application SET name = $3, status = $4, doc = $5 WHERE tenant = $1 AND application = $2`,
		tenant, a.ID, a.heldName(), a.Status, string(doc))
	return named(err, a)
}

// heldName is the name that no other application may have meanwhile. Only an
// ACTIVE one holds its name: the others are on their way out.
func (a Application) heldName() any {
	if a.Status != api.ApplicationStatusActive {
		return nil
	}
	return a.DisplayName
}

// named turns the violation of the unique name into the answer for it.
func named(err error, a Application) error {
	if errors.Is(err, store.ErrDuplicate) {
		return fault.Conflicts(typeName, a.DisplayName, "Another application has the display name %s. Choose another name, or delete that application first.", a.DisplayName)
	}
	return err
}

// remove drops the application's row.
func remove(tx *store.Tx, tenant, id string) error {
	_, err := tx.Exec(`DELETE FROM application WHERE tenant = $1 AND application = $2`, tenant, id)
	return err
}
