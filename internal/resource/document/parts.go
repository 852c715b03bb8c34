package document

import (
	"encoding/json"
	"errors"

	"github.com/parleyhq/parley/internal/engine/chunk"
	"github.com/parleyhq/parley/internal/platform/store"
)

// partSize is how long the pieces are in which bytes are stored.
const partSize = 1 << 20

// The kinds of bytes that a version has.
const (
	rawPart  = "raw"  // as they came
	textPart = "text" // what was extracted
)

// keep stores the bytes of a version.
func keep(tx *store.Tx, k key, generation int64, kind string, data []byte) error {
	for n := 0; n*partSize < len(data); n++ {
		piece := data[n*partSize : min(len(data), (n+1)*partSize)]
		_, err := tx.Exec(`INSERT INTO document_part (tenant, application, idx, document, generation, kind, n, data) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (tenant, application, idx, document, generation, kind, n) DO UPDATE SET data = excluded.data`,
			k.Tenant, k.Application, k.Index, k.document, generation, kind, n, piece)
		if err != nil {
			return err
		}
	}
	return nil
}

// part returns one piece, or store.ErrNoRows.
func part(tx *store.Tx, k key, generation int64, kind string, n int) (data []byte, err error) {
	err = tx.Row(`SELECT data FROM document_part WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4
		AND generation = $5 AND kind = $6 AND n = $7`, k.Tenant, k.Application, k.Index, k.document, generation, kind, n).Scan(&data)
	return data, err
}

// bytesOf returns all pieces of one kind in one.
func bytesOf(tx *store.Tx, k key, generation int64, kind string) (data []byte, err error) {
	err = tx.Each(`SELECT data FROM document_part WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4
		AND generation = $5 AND kind = $6 ORDER BY n`, []any{k.Tenant, k.Application, k.Index, k.document, generation, kind},
		func(r *store.Rows) error {
			var piece []byte
			err := r.Scan(&piece)
			data = append(data, piece...)
			return err
		})
	return data, err
}

// where is what the row of a passage says of it beside its text.
type where struct {
	Begin    int      `json:"begin"`
	End      int      `json:"end"`
	Page     int      `json:"page,omitzero"`
	Headings []string `json:"headings,omitzero"`
}

// addPassages stores passages of a version, numbered from first on.
func addPassages(tx *store.Tx, k key, generation int64, first int, text string, passages []chunk.Passage) error {
	for i, p := range passages {
		doc, err := json.Marshal(where{p.Begin, p.End, p.Page, p.Headings})
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO passage (tenant, application, idx, document, generation, n, text, doc) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
			ON CONFLICT (tenant, application, idx, document, generation, n) DO UPDATE SET text = excluded.text, doc = excluded.doc`,
			k.Tenant, k.Application, k.Index, k.document, generation, first+i, text[p.Begin:p.End], string(doc))
		if err != nil {
			return err
		}
	}
	return nil
}

// discard leaves a version to the job that removes its bytes and passages.
func discard(tx *store.Tx, k key, generation int64) error {
	already, err := there(tx, `SELECT 1 FROM document_waste WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4 AND generation = $5`,
		k.Tenant, k.Application, k.Index, k.document, generation)
	if err != nil || already {
		return err
	}
	_, err = tx.Exec(`INSERT INTO document_waste (tenant, application, idx, document, generation) VALUES ($1, $2, $3, $4, $5)`,
		k.Tenant, k.Application, k.Index, k.document, generation)
	return err
}

// there reports whether a query finds a row. What is found so, no other transaction
// removes unseen; PostgreSQL does not watch over what only an ON CONFLICT DO NOTHING
// has found, and lets both commit.
func there(tx *store.Tx, query string, args ...any) (bool, error) {
	var one int
	err := tx.Row(query, args...).Scan(&one)
	if errors.Is(err, store.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// forgetParts removes the pieces of one kind: at most as many as a document has.
func forgetParts(tx *store.Tx, k key, generation int64, kind string) error {
	_, err := tx.Exec(`DELETE FROM document_part WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4 AND generation = $5 AND kind = $6`,
		k.Tenant, k.Application, k.Index, k.document, generation, kind)
	return err
}
