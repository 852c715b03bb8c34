package login

import "github.com/parleyhq/parley/internal/platform/store"

// PurgeApplication removes up to limit sign-ins and grants of an application
// that is being deleted, and reports whether there may be more.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	states, err := tx.Exec(`DELETE FROM login_state WHERE tenant = $1 AND application = $2 AND state <= (SELECT MAX(state) FROM
		(SELECT state FROM login_state WHERE tenant = $1 AND application = $2 ORDER BY state LIMIT $3) AS batch)`,
		tenant, application, limit)
	if err != nil || states == int64(limit) {
		return true, err
	}
	left := int64(limit) - states
	grants, err := tx.Exec(`DELETE FROM login_grant WHERE tenant = $1 AND application = $2 AND (plugin, holder, client) <=
		(SELECT plugin, holder, client FROM
			(SELECT plugin, holder, client FROM login_grant WHERE tenant = $1 AND application = $2 ORDER BY plugin, holder, client LIMIT $3) AS batch
		ORDER BY plugin DESC, holder DESC, client DESC LIMIT 1)`,
		tenant, application, left)
	return grants == left, err
}

// purgePlugin removes up to limit grants of a plugin.
func purgePlugin(tx *store.Tx, tenant, application, plugin string, limit int) (more bool, err error) {
	n, err := tx.Exec(`DELETE FROM login_grant WHERE tenant = $1 AND application = $2 AND plugin = $3 AND (holder, client) <=
		(SELECT holder, client FROM
			(SELECT holder, client FROM login_grant WHERE tenant = $1 AND application = $2 AND plugin = $3 ORDER BY holder, client LIMIT $4) AS batch
		ORDER BY holder DESC, client DESC LIMIT 1)`,
		tenant, application, plugin, limit)
	return n == int64(limit), err
}

// dropSignIns removes the sign-ins of a plugin: a few minutes' worth.
func dropSignIns(tx *store.Tx, tenant, application, plugin string) error {
	_, err := tx.Exec(`DELETE FROM login_state WHERE tenant = $1 AND application = $2 AND plugin = $3`, tenant, application, plugin)
	return err
}

// sweep removes up to limit sign-ins that have expired, the oldest first.
func sweep(tx *store.Tx, limit int) (more bool, err error) {
	n, err := tx.Exec(`DELETE /* every tenant: time passes for all of them */ FROM login_state
		WHERE expires_at <= $1 AND (expires_at, tenant, application, state) <=
			(SELECT expires_at, tenant, application, state FROM
				(SELECT expires_at, tenant, application, state FROM login_state WHERE expires_at <= $1
				ORDER BY expires_at, tenant, application, state LIMIT $2) AS batch
			ORDER BY expires_at DESC, tenant DESC, application DESC, state DESC LIMIT 1)`,
		store.Micros(tx.Now()), limit)
	return n == int64(limit), err
}
