package index

import (
	"context"
	"errors"
	"math"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
)

// holding is what an index has by now.
type holding struct{ documents, bytes int64 }

// Advance takes the next number of an index's log, for the change of one
// document, and moves the statistics by what the change adds or takes away: a
// document or none, and the bytes of its text. Writers of one index come after
// one another from here on, so that no number is seen before a smaller one. The
// error is retrieval.ErrUnknown when there is no such index.
func Advance(tx *store.Tx, tenant, application, index string, documents, textBytes int64) (seq int64, err error) {
	return AdvanceBy(tx, tenant, application, index, 1, documents, textBytes)
}

// AdvanceBy is Advance for n documents at once. It returns the last of their
// numbers: they are those from seq-n+1 to seq.
func AdvanceBy(tx *store.Tx, tenant, application, index string, n, documents, textBytes int64) (seq int64, err error) {
	_, err = tx.Exec(`UPDATE index_log SET seq = seq + $4, documents = documents + $5, text_bytes = text_bytes + $6
		WHERE tenant = $1 AND application = $2 AND idx = $3`, tenant, application, index, n, documents, textBytes)
	if err != nil {
		return 0, err
	}
	h, err := Head(tx, tenant, application, index)
	return h.Seq, err
}

// Head is where the log of an index ends, or retrieval.ErrUnknown.
func Head(tx *store.Tx, tenant, application, index string) (h retrieval.Head, err error) {
	err = tx.Row(`SELECT seq, epoch FROM index_log WHERE tenant = $1 AND application = $2 AND idx = $3`,
		tenant, application, index).Scan(&h.Seq, &h.Epoch)
	return h, unknown(err)
}

// Rebuild makes whoever follows the log of an index begin anew. The error is
// retrieval.ErrUnknown when there is no such index.
func Rebuild(tx *store.Tx, tenant, application, index string) error {
	n, err := tx.Exec(`UPDATE index_log SET epoch = epoch + 1 WHERE tenant = $1 AND application = $2 AND idx = $3`, tenant, application, index)
	if err == nil && n == 0 {
		err = retrieval.ErrUnknown
	}
	return err
}

// Renew makes whoever follows the log of any index begin anew, after the store was
// restored: the log may have gone back, and then on in another way. The epoch is a
// moment, which none before it was.
func Renew(ctx context.Context, db *store.DB) error {
	var keys []retrieval.Key
	err := db.View(ctx, func(tx *store.Tx) (err error) {
		keys, err = All(tx)
		return err
	})
	for _, k := range keys {
		if err != nil {
			return err
		}
		err = db.Update(ctx, func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE index_log SET epoch = $4 WHERE tenant = $1 AND application = $2 AND idx = $3`,
				k.Tenant, k.Application, k.Index, store.Micros(tx.Now()))
			return err
		})
	}
	return err
}

// All are the indexes of every account.
func All(tx *store.Tx) (keys []retrieval.Key, err error) {
	err = tx.Each(`SELECT /* every tenant: a server serves all of them */ tenant, application, idx FROM index_log ORDER BY tenant, application, idx`, nil,
		func(r *store.Rows) error {
			var k retrieval.Key
			err := r.Scan(&k.Tenant, &k.Application, &k.Index)
			keys = append(keys, k)
			return err
		})
	return keys, err
}

// Room is how many documents, and how many bytes of text, an index still takes;
// less than none when it has more than its units hold. The error is
// retrieval.ErrUnknown when there is no such index.
func Room(tx *store.Tx, tenant, application, index string) (documents, bytes int64, err error) {
	x, err := get(tx, tenant, application, index)
	if err != nil {
		return 0, 0, unknown(err)
	}
	held, err := held(tx, tenant, application, index)
	units := int64(x.Units)
	return units*unitDocuments - held.documents, units*unitBytes - held.bytes, unknown(err)
}

// Attributes are those that documents of an index may have, by name: the
// reserved ones and those that UpdateIndex made. The error is
// retrieval.ErrUnknown when there is no such index.
func Attributes(tx *store.Tx, tenant, application, index string) (map[string]api.DocumentAttributeConfiguration, error) {
	x, err := get(tx, tenant, application, index)
	if err != nil {
		return nil, unknown(err)
	}
	all := map[string]api.DocumentAttributeConfiguration{}
	for name, a := range x.attributes() {
		all[name] = a.show()
	}
	return all, nil
}

func held(tx *store.Tx, tenant, application, index string) (h holding, err error) {
	err = tx.Row(`SELECT documents, text_bytes FROM index_log WHERE tenant = $1 AND application = $2 AND idx = $3`,
		tenant, application, index).Scan(&h.documents, &h.bytes)
	h.documents = min(h.documents, math.MaxInt32)
	return h, err
}

func unknown(err error) error {
	if errors.Is(err, store.ErrNoRows) {
		return retrieval.ErrUnknown
	}
	return err
}
