package identitycenter

import (
	"encoding/json"
	"fmt"

	"github.com/parleyhq/parley/internal/platform/store"
)

func insertSignin(tx *store.Tx, x signin) error {
	doc, err := json.Marshal(x)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO idc_signin (tenant, id, application, user_id, expires_at, doc) VALUES ($1, $2, $3, $4, $5, $6)`,
		x.Account, x.ID, x.Application, x.User, store.Micros(x.ExpiresAt), string(doc))
	return err
}

// getSignin returns a sign-in, or store.ErrNoRows.
func getSignin(tx *store.Tx, account, id string) (signin, error) {
	x := signin{Account: account, ID: id}
	var doc string
	var expires int64
	err := tx.Row(`SELECT application, user_id, expires_at, doc FROM idc_signin WHERE tenant = $1 AND id = $2`, account, id).
		Scan(&x.Application, &x.User, &expires, &doc)
	if err != nil {
		return signin{}, err
	}
	x.ExpiresAt = store.FromMicros(expires)
	if err := json.Unmarshal([]byte(doc), &x); err != nil {
		return signin{}, fmt.Errorf("identitycenter: a sign-in's document: %w", err)
	}
	return x, nil
}

// revoke drops a sign-in with the tokens given for it.
func revoke(tx *store.Tx, x signin) error {
	if _, err := tx.Exec(`DELETE FROM idc_token WHERE tenant = $1 AND signin = $2`, x.Account, x.ID); err != nil {
		return err
	}
	_, err := tx.Exec(`DELETE FROM idc_signin WHERE tenant = $1 AND id = $2`, x.Account, x.ID)
	return err
}

func insertToken(tx *store.Tx, account string, t token) error {
	doc, err := json.Marshal(t.bound)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO idc_token (tenant, digest, signin, kind, spent, expires_at, doc) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		account, t.digest, t.signin, t.kind, t.spent, store.Micros(t.expiresAt), string(doc))
	return err
}

// getToken returns a token by its digest, or store.ErrNoRows.
func getToken(tx *store.Tx, account, digest string) (token, error) {
	t := token{digest: digest}
	var doc string
	var expires int64
	err := tx.Row(`SELECT signin, kind, spent, expires_at, doc FROM idc_token WHERE tenant = $1 AND digest = $2`, account, digest).
		Scan(&t.signin, &t.kind, &t.spent, &expires, &doc)
	if err != nil {
		return token{}, err
	}
	t.expiresAt = store.FromMicros(expires)
	if err := json.Unmarshal([]byte(doc), &t.bound); err != nil {
		return token{}, fmt.Errorf("identitycenter: a token's document: %w", err)
	}
	return t, nil
}

func spendToken(tx *store.Tx, account, digest string) error {
	_, err := tx.Exec(`UPDATE idc_token SET spent = $1 WHERE tenant = $2 AND digest = $3`, true, account, digest)
	return err
}

// sweepTokens removes up to limit tokens that have expired, the oldest first.
func sweepTokens(tx *store.Tx, limit int) (int64, error) {
	return tx.Exec(`DELETE /* every tenant: time passes for all of them */ FROM idc_token
		WHERE expires_at <= $1 AND (expires_at, tenant, digest) <=
			(SELECT expires_at, tenant, digest FROM
				(SELECT expires_at, tenant, digest FROM idc_token WHERE expires_at <= $1
				ORDER BY expires_at, tenant, digest LIMIT $2) AS batch
			ORDER BY expires_at DESC, tenant DESC, digest DESC LIMIT 1)`,
		store.Micros(tx.Now()), limit)
}

// sweepSignins is sweepTokens for sign-ins.
func sweepSignins(tx *store.Tx, limit int) (int64, error) {
	return tx.Exec(`DELETE /* every tenant: time passes for all of them */ FROM idc_signin
		WHERE expires_at <= $1 AND (expires_at, tenant, id) <=
			(SELECT expires_at, tenant, id FROM
				(SELECT expires_at, tenant, id FROM idc_signin WHERE expires_at <= $1
				ORDER BY expires_at, tenant, id LIMIT $2) AS batch
			ORDER BY expires_at DESC, tenant DESC, id DESC LIMIT 1)`,
		store.Micros(tx.Now()), limit)
}

// The tenant of the signing key is empty: it is the server's.

func getKey(tx *store.Tx) (sealed []byte, err error) {
	err = tx.Row(`SELECT key FROM idc_key WHERE tenant = '' AND name = 'id-token'`).Scan(&sealed)
	return sealed, err
}

// settleKey keeps a key unless there is one, and returns the one that is kept.
func settleKey(tx *store.Tx, fresh []byte) ([]byte, error) {
	_, err := tx.Exec(`INSERT INTO idc_key (tenant, name, created_at, key) VALUES ('', 'id-token', $1, $2)
		ON CONFLICT (tenant, name) DO NOTHING`, store.Micros(tx.Now()), fresh)
	if err != nil {
		return nil, err
	}
	return getKey(tx)
}
