package assembly

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/platform/store"
)

// masterKeyCheck names the setting by which a store recognises its master key.
const masterKeyCheck = "master-key-check"

// recall reads a setting that the servers of one store share; empty when there
// is none. The tenant of settings is empty: they are no account's.
func recall(ctx context.Context, db *store.DB, name string) (value string, err error) {
	err = db.View(ctx, func(tx *store.Tx) error {
		value, err = setting(tx, name)
		return err
	})
	return value, err
}

// settle sets a setting, unless another server has done so: the answer is the
// value that all of them have.
func settle(ctx context.Context, db *store.DB, name, proposed string) (value string, err error) {
	err = db.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`INSERT INTO settings (tenant, name, value) VALUES ('', $1, $2)
			ON CONFLICT (tenant, name) DO NOTHING`, name, proposed)
		if err != nil {
			return err
		}
		value, err = setting(tx, name)
		return err
	})
	return value, err
}

func setting(tx *store.Tx, name string) (value string, err error) {
	err = tx.Row(`SELECT value FROM settings WHERE tenant = '' AND name = $1`, name).Scan(&value)
	if errors.Is(err, store.ErrNoRows) {
		return "", nil
	}
	return value, err
}
