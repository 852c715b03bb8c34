package attachment

import "github.com/parleyhq/parley/internal/platform/store"

// In the statements here the end of the batch is found first, because what is
// asked for a list of keys compares every row with every key of it on a
// PostgreSQL that has no statistics yet.

// RemoveParts removes up to limit rows of a conversation that is gone, and reports
// whether there may be more. The rows by which files are found go first: from then
// on there are none.
func RemoveParts(tx *store.Tx, p Place, limit int) (more bool, err error) {
	return tx.RemoveUpTo(limit, []any{p.Tenant, p.Application, p.User, p.Conversation}, []string{
		`DELETE FROM attachment WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND attachment <=
			(SELECT MAX(attachment) FROM
				(SELECT attachment FROM attachment WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4
				ORDER BY attachment LIMIT $5) AS batch)`,
		`DELETE FROM attachment_part WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND (attachment, n) <=
			(SELECT attachment, n FROM
				(SELECT attachment, n FROM attachment_part WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4
				ORDER BY attachment, n LIMIT $5) AS batch
			ORDER BY attachment DESC, n DESC LIMIT 1)`,
	})
}

// PurgeApplication removes up to limit rows of an application that is being
// deleted, and reports whether there may be more.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	return tx.RemoveUpTo(limit, []any{tenant, application}, []string{
		`DELETE FROM attachment WHERE tenant = $1 AND application = $2 AND (user_id, conversation, attachment) <=
			(SELECT user_id, conversation, attachment FROM
				(SELECT user_id, conversation, attachment FROM attachment WHERE tenant = $1 AND application = $2
				ORDER BY user_id, conversation, attachment LIMIT $3) AS batch
			ORDER BY user_id DESC, conversation DESC, attachment DESC LIMIT 1)`,
		`DELETE FROM attachment_part WHERE tenant = $1 AND application = $2 AND (user_id, conversation, attachment, n) <=
			(SELECT user_id, conversation, attachment, n FROM
				(SELECT user_id, conversation, attachment, n FROM attachment_part WHERE tenant = $1 AND application = $2
				ORDER BY user_id, conversation, attachment, n LIMIT $3) AS batch
			ORDER BY user_id DESC, conversation DESC, attachment DESC, n DESC LIMIT 1)`,
	})
}
