package presence

import (
	"math/rand/v2"

	"github.com/parleyhq/parley/internal/platform/store"
)

// server is a row of the table. The tenant of all of them is empty: servers serve
// every account.
type server struct {
	name string
	beat int64 // another number with each
}

// insert writes a server's row. Its first beat is any number, so that nobody takes a
// server that comes back for the silent one that it was.
func insert(tx *store.Tx, name string) error {
	_, err := tx.Exec(`INSERT INTO server (tenant, name, beat) VALUES ('', $1, $2) ON CONFLICT (tenant, name) DO NOTHING`,
		name, rand.Int64N(1<<62))
	return err
}

// beat writes a beat, and reports whether there is a row for it.
func beat(tx *store.Tx, name string) (there bool, err error) {
	n, err := tx.Exec(`UPDATE server SET beat = beat + 1 WHERE tenant = '' AND name = $1`, name)
	return n == 1, err
}

// beatOf returns store.ErrNoRows when there is no such server.
func beatOf(tx *store.Tx, name string) (beat int64, err error) {
	err = tx.Row(`SELECT beat FROM server WHERE tenant = '' AND name = $1`, name).Scan(&beat)
	return beat, err
}

func list(tx *store.Tx, but string) (found []server, err error) {
	err = tx.Each(`SELECT name, beat FROM server WHERE tenant = '' AND name <> $1 ORDER BY name`, []any{but}, func(r *store.Rows) error {
		var s server
		err := r.Scan(&s.name, &s.beat)
		found = append(found, s)
		return err
	})
	return found, err
}

func remove(tx *store.Tx, name string) error {
	_, err := tx.Exec(`DELETE FROM server WHERE tenant = '' AND name = $1`, name)
	return err
}
