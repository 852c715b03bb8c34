package datasource

import (
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"

	"github.com/parleyhq/parley/internal/platform/store"
)

// item is what is known of one of a source's documents.
type item struct {
	document string // its ID
	version  string // that was put last; "" when none was ever taken
	seen     string // execution of the job that saw it last
}

// itemKey is the key of a document's row: IDs may be long.
func itemKey(document string) string {
	sum := sha256.Sum256([]byte(document))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:16])[:26])
}

// getItem returns the zero item for one that was never seen.
func getItem(tx *store.Tx, p place, document string) (it item, err error) {
	err = tx.Row(`SELECT document, version, seen FROM source_item WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4 AND item = $5`,
		p.tenant, p.application, p.index, p.id, itemKey(document)).Scan(&it.document, &it.version, &it.seen)
	if errors.Is(err, store.ErrNoRows) {
		return item{}, nil
	}
	return it, err
}

func putItem(tx *store.Tx, p place, it item) error {
	_, err := tx.Exec(`INSERT INTO source_item (tenant, application, idx, source, item, document, version, seen)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (tenant, application, idx, source, item) DO UPDATE SET version = excluded.version, seen = excluded.seen`,
		p.tenant, p.application, p.index, p.id, itemKey(it.document), it.document, it.version, it.seen)
	return err
}

// unseen counts the documents that stand and that a job has not seen.
func unseen(tx *store.Tx, p place, execution string) (n int64, err error) {
	err = tx.Row(`SELECT COUNT(*) FROM source_item WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4 AND seen <> $5 AND version <> ''`,
		p.tenant, p.application, p.index, p.id, execution).Scan(&n)
	return n, err
}

// listUnseen returns up to limit of the items that a job has not seen, after the
// row with a key, and the key of the last one.
func listUnseen(tx *store.Tx, p place, execution, after string, limit int) (items []item, last string, err error) {
	err = tx.Each(`SELECT item, document, version, seen FROM source_item
		WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4 AND item > $5 AND seen <> $6
		ORDER BY item LIMIT $7`, []any{p.tenant, p.application, p.index, p.id, after, execution, limit}, func(r *store.Rows) error {
		var it item
		err := r.Scan(&last, &it.document, &it.version, &it.seen)
		items = append(items, it)
		return err
	})
	return items, last, err
}

// dropUnseen removes an item, unless the job has seen it.
func dropUnseen(tx *store.Tx, p place, execution, document string) error {
	_, err := tx.Exec(`DELETE FROM source_item WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4 AND item = $5 AND seen <> $6`,
		p.tenant, p.application, p.index, p.id, itemKey(document), execution)
	return err
}
