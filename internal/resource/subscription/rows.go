package subscription

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// insert adds a subscription. Its principal has none: whoever calls has looked.
func insert(tx *store.Tx, tenant string, s *Subscription) error {
	doc, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO subscription (tenant, application, subscription, kind, principal, created_at, ends_at, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		tenant, s.Application, s.ID, s.Principal.kind, s.Principal.id, store.Micros(s.CreatedAt), s.Terms.endsAt(), string(doc))
	if errors.Is(err, store.ErrDuplicate) { // by another request at the same time
		return fault.Conflicts(s.Principal.kind, s.Principal.id, "The %s %s is being subscribed by another request. Try again.", s.Principal.kind, s.Principal.id)
	}
	return err
}

func update(tx *store.Tx, tenant string, s *Subscription) error {
	doc, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE subscription SET ends_at = $4, doc = $5 WHERE tenant = $1 AND application = $2 AND subscription = $3`,
		tenant, s.Application, s.ID, s.Terms.endsAt(), string(doc))
	return err
}

func remove(tx *store.Tx, tenant string, s *Subscription) error {
	_, err := tx.Exec(`DELETE FROM subscription WHERE tenant = $1 AND application = $2 AND subscription = $3`,
		tenant, s.Application, s.ID)
	return err
}

// columns are what a query for subscriptions asks for, in the order of scan.
const columns = `subscription, kind, principal, created_at, doc`

// scan reads one.
func scan(application string, row func(dest ...any) error) (*Subscription, error) {
	s := &Subscription{Application: application}
	var created int64
	var doc string
	if err := row(&s.ID, &s.Principal.kind, &s.Principal.id, &created, &doc); err != nil {
		return nil, err
	}
	if err := json.Unmarshal([]byte(doc), s); err != nil {
		return nil, fmt.Errorf("subscription %s: %w", s.ID, err)
	}
	s.CreatedAt = store.FromMicros(created)
	return s, nil
}

// get returns a subscription that has not ended, or store.ErrNoRows.
func get(tx *store.Tx, tenant, application, id string) (*Subscription, error) {
	return scan(application, tx.Row(`SELECT `+columns+` FROM subscription
		WHERE tenant = $1 AND application = $2 AND subscription = $3 AND ends_at > $4`,
		tenant, application, id, store.Micros(tx.Now())).Scan)
}

// ofPrincipal returns a principal's subscription, ended or not, or
// store.ErrNoRows.
func ofPrincipal(tx *store.Tx, tenant, application string, p principal) (*Subscription, error) {
	return scan(application, tx.Row(`SELECT `+columns+` FROM subscription
		WHERE tenant = $1 AND application = $2 AND kind = $3 AND principal = $4`,
		tenant, application, p.kind, p.id).Scan)
}

// ofGroups returns the terms of those groups that have a subscription which has
// not ended. A row of another group is not even decoded.
func ofGroups(tx *store.Tx, tenant, application string, groups []string) (found []terms, err error) {
	err = tx.Each(`SELECT principal, doc FROM subscription WHERE tenant = $1 AND application = $2 AND kind = $3 AND ends_at > $4`,
		[]any{tenant, application, group, store.Micros(tx.Now())}, func(r *store.Rows) error {
			var id, doc string
			if err := r.Scan(&id, &doc); err != nil || !slices.Contains(groups, id) {
				return err
			}
			var s Subscription
			if err := json.Unmarshal([]byte(doc), &s); err != nil {
				return fmt.Errorf("subscription of group %s: %w", id, err)
			}
			found = append(found, s.Terms)
			return nil
		})
	return found, err
}

// list returns up to limit subscriptions that have not ended, from a place in
// the list on, which is ordered by age, the newest first.
func list(tx *store.Tx, tenant, application string, after page.Place, limit int) ([]*Subscription, error) {
	return collect(tx, application, `SELECT `+columns+` FROM subscription
		WHERE tenant = $1 AND application = $2 AND (created_at, subscription) < ($3, $4) AND ends_at > $5
		ORDER BY created_at DESC, subscription DESC LIMIT $6`,
		tenant, application, after.Created, after.ID, store.Micros(tx.Now()), limit)
}

func collect(tx *store.Tx, application, query string, args ...any) (found []*Subscription, err error) {
	err = tx.Each(query, args, func(r *store.Rows) error {
		s, err := scan(application, r.Scan)
		found = append(found, s)
		return err
	})
	return found, err
}

// PurgeApplication removes up to limit subscriptions of an application that is
// being deleted, and reports whether there may be more.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	n, err := tx.Exec(`DELETE FROM subscription WHERE tenant = $1 AND application = $2 AND subscription <= (SELECT MAX(subscription) FROM
		(SELECT subscription FROM subscription WHERE tenant = $1 AND application = $2 ORDER BY subscription LIMIT $3) AS batch)`,
		tenant, application, limit)
	return n == int64(limit), err
}
