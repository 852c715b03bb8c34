package experience

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// metadata is what the column of that name has.
func (e *Experience) metadata() string {
	if e.Legacy == nil {
		return ""
	}
	return e.Legacy.Metadata
}

func insert(tx *store.Tx, tenant string, e *Experience) error {
	doc, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO web_experience (tenant, application, experience, created_at, doc, metadata) VALUES ($1, $2, $3, $4, $5, $6)`,
		tenant, e.Application, e.ID, store.Micros(e.CreatedAt), string(doc), e.metadata())
	return err
}

func update(tx *store.Tx, tenant string, e *Experience) error {
	doc, err := json.Marshal(e)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE web_experience SET doc = $4, metadata = $5 WHERE tenant = $1 AND application = $2 AND experience = $3`,
		tenant, e.Application, e.ID, string(doc), e.metadata())
	return err
}

// get returns store.ErrNoRows when there is no such experience.
func get(tx *store.Tx, tenant, application, id string) (*Experience, error) {
	var doc, metadata string
	err := tx.Row(`SELECT doc, metadata FROM web_experience WHERE tenant = $1 AND application = $2 AND experience = $3`,
		tenant, application, id).Scan(&doc, &metadata)
	if err != nil {
		return nil, err
	}
	e, err := revive(application, id, doc)
	if err == nil && e.Legacy != nil {
		e.Legacy.Metadata = metadata
	}
	return e, err
}

// getAnywhere returns an experience and its tenant, without metadata; nil when there
// is none.
func getAnywhere(tx *store.Tx, id string) (tenant string, e *Experience, err error) {
	var application, doc string
	err = tx.Row(`SELECT tenant, application, doc FROM web_experience WHERE experience = $1 /* every tenant: a browser does not say whose it is */
		ORDER BY tenant, application LIMIT 1`, id).Scan(&tenant, &application, &doc)
	if errors.Is(err, store.ErrNoRows) {
		return "", nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	e, err = revive(application, id, doc)
	return tenant, e, err
}

func revive(application, id, doc string) (*Experience, error) {
	e := &Experience{Application: application, ID: id}
	if err := json.Unmarshal([]byte(doc), e); err != nil {
		return nil, fmt.Errorf("web experience %s: %w", id, err)
	}
	return e, nil
}

func count(tx *store.Tx, tenant, application string) (n int, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM web_experience WHERE tenant = $1 AND application = $2`, tenant, application).Scan(&n)
	return n, err
}

func remove(tx *store.Tx, tenant string, e *Experience) error {
	_, err := tx.Exec(`DELETE FROM web_experience WHERE tenant = $1 AND application = $2 AND experience = $3`, tenant, e.Application, e.ID)
	return err
}

// list returns up to limit experiences from a place in the list on, without
// metadata.
func list(tx *store.Tx, tenant, application string, after page.Place, limit int) (found []*Experience, err error) {
	err = tx.Each(`SELECT experience, doc FROM web_experience WHERE tenant = $1 AND application = $2 AND (created_at, experience) < ($3, $4)
		ORDER BY created_at DESC, experience DESC LIMIT $5`,
		[]any{tenant, application, after.Created, after.ID, limit}, func(rows *store.Rows) error {
			var id, doc string
			if err := rows.Scan(&id, &doc); err != nil {
				return err
			}
			e, err := revive(application, id, doc)
			found = append(found, e)
			return err
		})
	return found, err
}

// spend marks a pass as used. The error is a store.ErrDuplicate when it was used
// before.
func spend(tx *store.Tx, p pass) error {
	_, err := tx.Exec(`INSERT INTO web_experience_pass (tenant, application, pass, expires_at) VALUES ($1, $2, $3, $4)`,
		p.Tenant, p.Application, p.Nonce, p.Expires)
	return err
}

// sweep forgets up to limit passes that have expired, the oldest first.
func sweep(tx *store.Tx, now time.Time, limit int) (removed int64, err error) {
	return tx.Exec(`DELETE /* every tenant: time passes for all of them */ FROM web_experience_pass
		WHERE expires_at <= $1 AND (expires_at, tenant, application, pass) <=
			(SELECT expires_at, tenant, application, pass FROM
				(SELECT expires_at, tenant, application, pass FROM web_experience_pass WHERE expires_at <= $1
				ORDER BY expires_at, tenant, application, pass LIMIT $2) AS batch
			ORDER BY expires_at DESC, tenant DESC, application DESC, pass DESC LIMIT 1)`,
		store.Micros(now), limit)
}

// PurgeApplication removes up to limit experiences, and as many used passes, of an
// application that is being deleted, and reports whether there may be more. Their
// tags go with the application's.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	half := (limit + 1) / 2
	experiences, err := tx.Exec(`DELETE FROM web_experience WHERE tenant = $1 AND application = $2 AND experience <= (SELECT MAX(experience) FROM
		(SELECT experience FROM web_experience WHERE tenant = $1 AND application = $2 ORDER BY experience LIMIT $3) AS batch)`,
		tenant, application, half)
	if err != nil {
		return false, err
	}
	passes, err := tx.Exec(`DELETE FROM web_experience_pass WHERE tenant = $1 AND application = $2 AND pass <= (SELECT MAX(pass) FROM
		(SELECT pass FROM web_experience_pass WHERE tenant = $1 AND application = $2 ORDER BY pass LIMIT $3) AS batch)`,
		tenant, application, half)
	return experiences == int64(half) || passes == int64(half), err
}
