package chat

import (
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
)

// In the statements here the end of the batch is found first, because what is
// asked for a list of keys compares every row with every key of it on a
// PostgreSQL that has no statistics yet.

// removeParts removes up to limit rows of a conversation that is gone, and
// reports whether there may be more.
func removeParts(tx *store.Tx, p place, limit int) (more bool, err error) {
	return tx.RemoveUpTo(limit, []any{p.tenant, p.application, p.user, p.conversation}, []string{
		`DELETE FROM answer WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND (message, step) <=
			(SELECT message, step FROM
				(SELECT message, step FROM answer WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4
				ORDER BY message, step LIMIT $5) AS batch
			ORDER BY message DESC, step DESC LIMIT 1)`,
		`DELETE FROM message WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND message <=
			(SELECT MAX(message) FROM
				(SELECT message FROM message WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4
				ORDER BY message LIMIT $5) AS batch)`,
		`DELETE FROM feedback WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND message <=
			(SELECT MAX(message) FROM
				(SELECT message FROM feedback WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4
				ORDER BY message LIMIT $5) AS batch)`,
		`DELETE FROM turn WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND token <=
			(SELECT MAX(token) FROM
				(SELECT token FROM turn WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4
				ORDER BY token LIMIT $5) AS batch)`,
	})
}

// PurgeApplication removes up to limit rows of an application that is being
// deleted, and reports whether there may be more.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	return tx.RemoveUpTo(limit, []any{tenant, application}, []string{
		`DELETE FROM answer WHERE tenant = $1 AND application = $2 AND (user_id, conversation, message, step) <=
			(SELECT user_id, conversation, message, step FROM
				(SELECT user_id, conversation, message, step FROM answer WHERE tenant = $1 AND application = $2
				ORDER BY user_id, conversation, message, step LIMIT $3) AS batch
			ORDER BY user_id DESC, conversation DESC, message DESC, step DESC LIMIT 1)`,
		`DELETE FROM message WHERE tenant = $1 AND application = $2 AND (user_id, conversation, message) <=
			(SELECT user_id, conversation, message FROM
				(SELECT user_id, conversation, message FROM message WHERE tenant = $1 AND application = $2
				ORDER BY user_id, conversation, message LIMIT $3) AS batch
			ORDER BY user_id DESC, conversation DESC, message DESC LIMIT 1)`,
		`DELETE FROM feedback WHERE tenant = $1 AND application = $2 AND (user_id, conversation, message) <=
			(SELECT user_id, conversation, message FROM
				(SELECT user_id, conversation, message FROM feedback WHERE tenant = $1 AND application = $2
				ORDER BY user_id, conversation, message LIMIT $3) AS batch
			ORDER BY user_id DESC, conversation DESC, message DESC LIMIT 1)`,
		`DELETE FROM turn WHERE tenant = $1 AND application = $2 AND (user_id, token) <=
			(SELECT user_id, token FROM
				(SELECT user_id, token FROM turn WHERE tenant = $1 AND application = $2 ORDER BY user_id, token LIMIT $3) AS batch
			ORDER BY user_id DESC, token DESC LIMIT 1)`,
		`DELETE FROM conversation WHERE tenant = $1 AND application = $2 AND (user_id, conversation) <=
			(SELECT user_id, conversation FROM
				(SELECT user_id, conversation FROM conversation WHERE tenant = $1 AND application = $2
				ORDER BY user_id, conversation LIMIT $3) AS batch
			ORDER BY user_id DESC, conversation DESC LIMIT 1)`,
	})
}

// expireTurns removes up to limit tokens that were used before a time, and
// reports whether there may be more.
func expireTurns(tx *store.Tx, before time.Time, limit int) (more bool, err error) {
	n, err := tx.Exec(`DELETE /* every tenant: time passes for all of them */ FROM turn
		WHERE created_at <= $1 AND (created_at, tenant, application, user_id, token) <=
			(SELECT created_at, tenant, application, user_id, token FROM
				(SELECT created_at, tenant, application, user_id, token FROM turn WHERE created_at <= $1
				ORDER BY created_at, tenant, application, user_id, token LIMIT $2) AS batch
			ORDER BY created_at DESC, tenant DESC, application DESC, user_id DESC, token DESC LIMIT 1)`,
		store.Micros(before), limit)
	return n == int64(limit), err
}
