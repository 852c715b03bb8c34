package people

import (
	"encoding/json"
	"fmt"

	"github.com/parleyhq/parley/internal/core/api/identitystore"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// The columns by which a user is found beside the ID.
const (
	byName  = "name"
	byEmail = "email"
)

// putUser writes a user, new or changed.
func putUser(tx *store.Tx, account string, u identitystore.User) error {
	doc, err := json.Marshal(u)
	if err != nil {
		return err
	}
	var email any
	if e := emailOf(u); e != "" {
		email = fold(e)
	}
	_, err = tx.Exec(`INSERT INTO idc_user (tenant, id, name, email, created_at, doc) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant, id) DO UPDATE SET name = excluded.name, email = excluded.email, doc = excluded.doc`,
		account, u.UserID, fold(*u.UserName), email, store.Micros(*u.CreatedAt), string(doc))
	return err
}

// getUser returns a user, or store.ErrNoRows.
func getUser(tx *store.Tx, account, id string) (identitystore.User, error) {
	return oneUser(tx.Row(`SELECT doc FROM idc_user WHERE tenant = $1 AND id = $2`, account, id))
}

// getUserBy returns the user who has a folded value in a column, or store.ErrNoRows.
func getUserBy(tx *store.Tx, account, column, value string) (identitystore.User, error) {
	return oneUser(tx.Row(`SELECT doc FROM idc_user WHERE tenant = $1 AND `+column+` = $2`, account, value))
}

func oneUser(row *store.Row) (u identitystore.User, err error) {
	var doc string
	if err := row.Scan(&doc); err != nil {
		return u, err
	}
	return u, decode(doc, &u)
}

func decode(doc string, into any) error {
	if err := json.Unmarshal([]byte(doc), into); err != nil {
		return fmt.Errorf("people: a row's document: %w", err)
	}
	return nil
}

// listUsers returns up to limit users after a place, the newest first; only the one
// of a folded name, if it is not empty.
func listUsers(tx *store.Tx, account, name string, after page.Place, limit int) (found []identitystore.User, err error) {
	err = tx.Each(`SELECT doc FROM idc_user WHERE tenant = $1 AND (created_at, id) < ($2, $3) AND ($4 = '' OR name = $4)
		ORDER BY created_at DESC, id DESC LIMIT $5`,
		[]any{account, after.Created, after.ID, name, limit}, func(r *store.Rows) error {
			var doc string
			if err := r.Scan(&doc); err != nil {
				return err
			}
			var u identitystore.User
			err := decode(doc, &u)
			found = append(found, u)
			return err
		})
	return found, err
}

// removeUser drops a user with memberships and password, and says whether there was
// one.
func removeUser(tx *store.Tx, account, id string) (int64, error) {
	if _, err := tx.Exec(`DELETE FROM idc_membership WHERE tenant = $1 AND user_id = $2`, account, id); err != nil {
		return 0, err
	}
	if _, err := tx.Exec(`DELETE FROM idc_password WHERE tenant = $1 AND user_id = $2`, account, id); err != nil {
		return 0, err
	}
	return tx.Exec(`DELETE FROM idc_user WHERE tenant = $1 AND id = $2`, account, id)
}

func insertGroup(tx *store.Tx, account string, g identitystore.Group) error {
	doc, err := json.Marshal(g)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO idc_group (tenant, id, name, created_at, doc) VALUES ($1, $2, $3, $4, $5)`,
		account, g.GroupID, fold(*g.DisplayName), store.Micros(*g.CreatedAt), string(doc))
	return err
}

// getGroup returns a group, or store.ErrNoRows.
func getGroup(tx *store.Tx, account, id string) (identitystore.Group, error) {
	return oneGroup(tx.Row(`SELECT doc FROM idc_group WHERE tenant = $1 AND id = $2`, account, id))
}

// getGroupByName returns the group of a folded display name, or store.ErrNoRows.
func getGroupByName(tx *store.Tx, account, name string) (identitystore.Group, error) {
	return oneGroup(tx.Row(`SELECT doc FROM idc_group WHERE tenant = $1 AND name = $2`, account, name))
}

func oneGroup(row *store.Row) (g identitystore.Group, err error) {
	var doc string
	if err := row.Scan(&doc); err != nil {
		return g, err
	}
	return g, decode(doc, &g)
}

// listGroups is listUsers for groups.
func listGroups(tx *store.Tx, account, name string, after page.Place, limit int) (found []identitystore.Group, err error) {
	found = []identitystore.Group{}
	err = tx.Each(`SELECT doc FROM idc_group WHERE tenant = $1 AND (created_at, id) < ($2, $3) AND ($4 = '' OR name = $4)
		ORDER BY created_at DESC, id DESC LIMIT $5`,
		[]any{account, after.Created, after.ID, name, limit}, func(r *store.Rows) error {
			var doc string
			if err := r.Scan(&doc); err != nil {
				return err
			}
			var g identitystore.Group
			err := decode(doc, &g)
			found = append(found, g)
			return err
		})
	return found, err
}

func removeGroup(tx *store.Tx, account, id string) (int64, error) {
	return tx.Exec(`DELETE FROM idc_group WHERE tenant = $1 AND id = $2`, account, id)
}

func insertMembership(tx *store.Tx, account string, m membership) error {
	_, err := tx.Exec(`INSERT INTO idc_membership (tenant, group_id, user_id, id, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6)`,
		account, m.group, m.user, m.id, store.Micros(m.createdAt), m.createdBy)
	return err
}

func removeMembership(tx *store.Tx, account, id string) (int64, error) {
	return tx.Exec(`DELETE FROM idc_membership WHERE tenant = $1 AND id = $2`, account, id)
}

// removeMemberships drops up to limit memberships of a group.
func removeMemberships(tx *store.Tx, account, group string, limit int) (int64, error) {
	return tx.Exec(`DELETE FROM idc_membership WHERE tenant = $1 AND group_id = $2 AND user_id <=
		(SELECT user_id FROM
			(SELECT user_id FROM idc_membership WHERE tenant = $1 AND group_id = $2 ORDER BY user_id LIMIT $3) AS batch
		ORDER BY user_id DESC LIMIT 1)`,
		account, group, limit)
}

// groupsOf returns the IDs of a user's groups, in their order.
func groupsOf(tx *store.Tx, account, user string) (ids []string, err error) {
	err = tx.Each(`SELECT group_id FROM idc_membership WHERE tenant = $1 AND user_id = $2 ORDER BY group_id`,
		[]any{account, user}, func(r *store.Rows) error {
			var id string
			err := r.Scan(&id)
			ids = append(ids, id)
			return err
		})
	return ids, err
}

// listMemberships returns up to limit memberships after a place, the newest first:
// those of the group or user that a column names.
func listMemberships(tx *store.Tx, account, column, value string, after page.Place, limit int) (found []membership, err error) {
	err = tx.Each(`SELECT id, group_id, user_id, created_at, created_by FROM idc_membership
		WHERE tenant = $1 AND `+column+` = $2 AND (created_at, id) < ($3, $4)
		ORDER BY created_at DESC, id DESC LIMIT $5`,
		[]any{account, value, after.Created, after.ID, limit}, func(r *store.Rows) error {
			var m membership
			var created int64
			err := r.Scan(&m.id, &m.group, &m.user, &created, &m.createdBy)
			m.createdAt = store.FromMicros(created)
			found = append(found, m)
			return err
		})
	return found, err
}

func getPassword(tx *store.Tx, account, user string) (a attempts, err error) {
	var wait int64
	err = tx.Row(`SELECT hash, failures, wait_until FROM idc_password WHERE tenant = $1 AND user_id = $2`, account, user).
		Scan(&a.sealed, &a.failures, &wait)
	a.wait = store.FromMicros(wait)
	return a, err
}

func putPassword(tx *store.Tx, account, user string, a attempts) error {
	var wait int64
	if !a.wait.IsZero() {
		wait = store.Micros(a.wait)
	}
	_, err := tx.Exec(`INSERT INTO idc_password (tenant, user_id, hash, failures, wait_until) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant, user_id) DO UPDATE SET hash = excluded.hash, failures = excluded.failures, wait_until = excluded.wait_until`,
		account, user, a.sealed, a.failures, wait)
	return err
}

// forgive forgets failures to sign in.
func forgive(tx *store.Tx, account, user string) error {
	_, err := tx.Exec(`UPDATE idc_password SET failures = 0, wait_until = 0 WHERE tenant = $1 AND user_id = $2`, account, user)
	return err
}
