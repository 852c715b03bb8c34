package document

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// columns are those of a row, in the order in which scan reads them.
const columns = `document, source, id, status, problem, created_at, updated_at, generation, live, seq, text_bytes, acl, doc, draft, execution, outcome, added`

// get returns store.ErrNoRows when there is no such document.
func get(tx *store.Tx, k key) (*row, error) {
	return scan(k.Place, tx.Row(`SELECT `+columns+` FROM document WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4`,
		k.Tenant, k.Application, k.Index, k.document))
}

// find is get that answers nil for no such document.
func find(tx *store.Tx, k key) (*row, error) {
	d, err := get(tx, k)
	if errors.Is(err, store.ErrNoRows) {
		return nil, nil
	}
	return d, err
}

func scan(p Place, r interface{ Scan(dest ...any) error }) (*row, error) {
	d := &row{key: key{Place: p}}
	var problem, doc, draft string
	var created, updated int64
	err := r.Scan(&d.document, &d.Source, &d.id, &d.status, &problem, &created, &updated, &d.generation,
		&d.live, &d.seq, &d.textBytes, &d.acl, &doc, &draft, &d.count.execution, &d.count.outcome, &d.count.added)
	if err != nil {
		return nil, err
	}
	d.created, d.updated = store.FromMicros(created), store.FromMicros(updated)
	for _, column := range []struct {
		text string
		into any
	}{{problem, &d.problem}, {doc, &d.version}, {draft, &d.draft}} {
		if column.text == "" {
			continue
		}
		if err := json.Unmarshal([]byte(column.text), column.into); err != nil {
			return nil, fmt.Errorf("document %s: %w", d.document, err)
		}
	}
	return d, nil
}

// insert adds a document that is new. waiting is since when the ingestion has it
// to read, 0 for one that it has not.
func insert(tx *store.Tx, d *row, waiting, size int64) error {
	w, err := d.written()
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO document (tenant, application, idx, document, source, id, status, problem, created_at, updated_at,
			generation, live, seq, text_bytes, acl, doc, draft, execution, outcome, added, waiting, attempts, size)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, 0, $22)`,
		d.Tenant, d.Application, d.Index, d.document, d.Source, d.id, d.status, w.problem, store.Micros(d.created), store.Micros(d.updated),
		d.generation, d.live, d.seq, d.textBytes, d.acl, w.doc, w.draft, d.count.execution, d.count.outcome, d.count.added, waiting, size)
	return err
}

// save writes a changed document, but for when it was created.
func save(tx *store.Tx, d *row, waiting, size int64) error {
	w, err := d.written()
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE document SET status = $5, problem = $6, updated_at = $7, generation = $8, live = $9, seq = $10, text_bytes = $11,
			acl = $12, doc = $13, draft = $14, execution = $15, outcome = $16, added = $17, waiting = $18, attempts = 0, size = $19
		WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4`,
		d.Tenant, d.Application, d.Index, d.document, d.status, w.problem, store.Micros(d.updated), d.generation, d.live, d.seq, d.textBytes,
		d.acl, w.doc, w.draft, d.count.execution, d.count.outcome, d.count.added, waiting, size)
	return err
}

// renew makes a document one that was created now.
func renew(tx *store.Tx, d *row) error {
	d.created = tx.Now()
	_, err := tx.Exec(`UPDATE document SET created_at = $5 WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4`,
		d.Tenant, d.Application, d.Index, d.document, store.Micros(d.created))
	return err
}

// written are the columns of a row that hold JSON.
type written struct{ problem, doc, draft string }

func (d *row) written() (w written, err error) {
	for _, column := range []struct {
		value any
		given bool
		into  *string
	}{{d.problem, d.problem != nil, &w.problem}, {d.version, d.live > 0, &w.doc}, {d.draft, d.draft != nil, &w.draft}} {
		if !column.given {
			continue
		}
		text, err := json.Marshal(column.value)
		if err != nil {
			return w, err
		}
		*column.into = string(text)
	}
	return w, nil
}

// list returns up to limit documents of an index, or of one of its data sources
// alone, from a place in the list on.
func list(tx *store.Tx, p Place, after page.Place, limit int) (found []*row, err error) {
	query, args := `SELECT `+columns+` FROM document WHERE tenant = $1 AND application = $2 AND idx = $3`, []any{p.Tenant, p.Application, p.Index, after.Created, after.ID, limit}
	if p.Source != "" {
		query, args = query+` AND source = $7`, append(args, p.Source)
	}
	err = tx.Each(query+` AND (created_at, document) < ($4, $5) ORDER BY created_at DESC, document DESC LIMIT $6`, args,
		func(r *store.Rows) error {
			d, err := scan(p, r)
			found = append(found, d)
			return err
		})
	return found, err
}

// awaited reports whether a version of a document is still to be read.
func awaited(tx *store.Tx, k key, generation int64) (bool, error) {
	var one int
	err := tx.Row(`SELECT 1 FROM document WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4 AND generation = $5 AND draft <> ''`,
		k.Tenant, k.Application, k.Index, k.document, generation).Scan(&one)
	if errors.Is(err, store.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}
