package replay

import (
	"fmt"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// load returns the valid answer to a token, or store.ErrNoRows.
func load(tx *store.Tx, tenant string, t op.Token) (op.Kept, error) {
	var digest []byte
	var answer string
	err := tx.Row(`SELECT input_hash, answer FROM replay
		WHERE tenant = $1 AND application = $2 AND operation = $3 AND token = $4 AND expires_at > $5`,
		tenant, t.Application, t.Operation, t.Value, store.Micros(tx.Now())).Scan(&digest, &answer)
	if err != nil {
		return op.Kept{}, err
	}
	if len(digest) != len(op.Digest{}) {
		return op.Kept{}, fmt.Errorf("replay: a row of %s holds a digest of %d bytes", t.Operation, len(digest))
	}
	return op.Kept{Input: op.Digest(digest), Answer: []byte(answer)}, nil
}

// write keeps an answer, also over one that has expired. kept is false when the
// token has a valid one.
func write(tx *store.Tx, tenant string, t op.Token, answer []byte) (kept bool, err error) {
	n, err := tx.Exec(`INSERT INTO replay (tenant, application, operation, token, input_hash, answer, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant, application, operation, token) DO UPDATE
		SET input_hash = excluded.input_hash, answer = excluded.answer, expires_at = excluded.expires_at
		WHERE replay.expires_at <= $8`,
		tenant, t.Application, t.Operation, t.Value, t.Input[:], string(answer),
		store.Micros(tx.Now().Add(Life)), store.Micros(tx.Now()))
	return n == 1, err
}

// sweep removes up to limit answers that have expired, the oldest first. Here
// and in PurgeApplication the end of the batch is found first, because what is
// asked for a list of keys compares every row with every key of it on a
// PostgreSQL that has no statistics yet.
func sweep(tx *store.Tx, limit int) (removed int64, err error) {
	return tx.Exec(`DELETE /* every tenant: time passes for all of them */ FROM replay
		WHERE expires_at <= $1 AND (expires_at, tenant, application, operation, token) <=
			(SELECT expires_at, tenant, application, operation, token FROM
				(SELECT expires_at, tenant, application, operation, token FROM replay WHERE expires_at <= $1
				ORDER BY expires_at, tenant, application, operation, token LIMIT $2) AS batch
			ORDER BY expires_at DESC, tenant DESC, application DESC, operation DESC, token DESC LIMIT 1)`,
		store.Micros(tx.Now()), limit)
}

// PurgeApplication removes up to limit of the answers kept for operations on an
// application, and reports whether there may be more.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	n, err := tx.Exec(`DELETE FROM replay WHERE tenant = $1 AND application = $2 AND (operation, token) <=
		(SELECT operation, token FROM
			(SELECT operation, token FROM replay WHERE tenant = $1 AND application = $2 ORDER BY operation, token LIMIT $3) AS batch
		ORDER BY operation DESC, token DESC LIMIT 1)`,
		tenant, application, limit)
	return n == int64(limit), err
}
