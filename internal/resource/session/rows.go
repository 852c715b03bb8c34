package session

import (
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
)

// revoke ends the sessions of a subject, an access key ID or the unique ID of a
// role, that have begun by now. The row is of use for as long as one of them could
// have lasted.
func revoke(tx *store.Tx, account, subject string) error {
	now := tx.Now()
	_, err := tx.Exec(`INSERT INTO session_revocation (tenant, subject, revoked_at, expires_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant, subject) DO UPDATE SET revoked_at = excluded.revoked_at, expires_at = excluded.expires_at`,
		account, subject, store.Micros(now), store.Micros(now.Add(maxUser)))
	return err
}

// revokedAt is when the sessions of a key or of a role were revoked last; the zero
// time when they never were.
func revokedAt(tx *store.Tx, account, accessKeyID, roleID string) (at time.Time, err error) {
	err = tx.Each(`SELECT revoked_at FROM session_revocation WHERE tenant = $1 AND subject IN ($2, $3)`,
		[]any{account, accessKeyID, roleID}, func(row *store.Rows) error {
			var micros int64
			err := row.Scan(&micros)
			if t := store.FromMicros(micros); t.After(at) {
				at = t
			}
			return err
		})
	return at, err
}

// sweep removes up to limit rows that no session outlived, the oldest first.
func sweep(tx *store.Tx, limit int) (removed int64, err error) {
	return tx.Exec(`DELETE /* every tenant: time passes for all of them */ FROM session_revocation
		WHERE expires_at <= $1 AND (expires_at, tenant, subject) <=
			(SELECT expires_at, tenant, subject FROM
				(SELECT expires_at, tenant, subject FROM session_revocation WHERE expires_at <= $1
				ORDER BY expires_at, tenant, subject LIMIT $2) AS batch
			ORDER BY expires_at DESC, tenant DESC, subject DESC LIMIT 1)`,
		store.Micros(tx.Now()), limit)
}
