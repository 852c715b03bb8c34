package document

import (
	"errors"
	"strings"

	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
)

// purgeDocuments is how many documents of a data source one transaction removes at
// most: each takes a handful of rows beside its passages.
const purgeDocuments = 50

// PurgeSource removes up to about limit rows of what a data source has put, and
// reports whether there may be more. Search loses a document with the transaction
// that begins to remove it.
func PurgeSource(tx *store.Tx, tenant, application, index, source string, limit int) (more bool, err error) {
	p := Place{tenant, application, index, source}
	docs, err := ofSource(tx, p, min(purgeDocuments, max(1, limit/10)))
	if err != nil {
		return false, err
	}
	b := &burial{tx: tx, place: p}
	for _, d := range docs {
		if err := b.bury(d); err != nil {
			return false, err
		}
	}
	if len(b.buried) > 0 {
		if err := b.settle(); err != nil && !errors.Is(err, retrieval.ErrUnknown) {
			return false, err
		}
	}
	for _, d := range docs {
		n, done, err := exhume(tx, d.key, limit)
		if err != nil || !done {
			return true, err
		}
		if limit -= n; limit <= 0 {
			return true, nil
		}
	}
	if len(docs) > 0 {
		return true, nil
	}
	n, err := tx.Exec(`DELETE FROM document_tally WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4 AND execution <=
		(SELECT MAX(execution) FROM (SELECT execution FROM document_tally WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4
			ORDER BY execution LIMIT $5) AS batch)`, tenant, application, index, source, min(limit, purgeDocuments))
	return n > 0, err
}

// ofSource are the oldest documents of a data source.
func ofSource(tx *store.Tx, p Place, limit int) (found []*row, err error) {
	err = tx.Each(`SELECT `+columns+` FROM document WHERE tenant = $1 AND application = $2 AND idx = $3 AND source = $4
		ORDER BY created_at, document LIMIT $5`, []any{p.Tenant, p.Application, p.Index, p.Source, limit}, func(r *store.Rows) error {
		d, err := scan(p, r)
		found = append(found, d)
		return err
	})
	return found, err
}

// exhume removes the versions of a document that are waste, and with the last of
// them the document.
func exhume(tx *store.Tx, k key, limit int) (n int, done bool, err error) {
	var versions []waste
	err = tx.Each(`SELECT generation FROM document_waste WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4 ORDER BY generation`,
		[]any{k.Tenant, k.Application, k.Index, k.document}, func(r *store.Rows) error {
			w := waste{key: k}
			err := r.Scan(&w.generation)
			versions = append(versions, w)
			return err
		})
	if err != nil {
		return 0, false, err
	}
	for _, w := range versions {
		removed, done, err := wipe(tx, k, w.generation, limit-n)
		if n += removed; err != nil || !done {
			return n, false, err
		}
		if err := w.end(tx); err != nil {
			return n, false, err
		}
	}
	return n, true, nil
}

// tables are those of the family, each with its key below the index.
func tables() []struct{ name, key string } {
	return []struct{ name, key string }{
		{"document", "document"},
		{"passage", "document, generation, n"},
		{"document_part", "document, generation, kind, n"},
		{"passage_vector", "document, generation, model, n"},
		{"embedding", "serving"},
		{"acl", "acl"},
		{"document_gone", "document"},
		{"document_horizon", "seq"},
		{"document_waste", "document, generation"},
		{"document_tally", "source, execution, outcome"},
		{"ingestion", "began_at"},
	}
}

// PurgeIndex removes up to limit rows below an index that is being deleted, and
// reports whether there may be more.
func PurgeIndex(tx *store.Tx, tenant, application, index string, limit int) (more bool, err error) {
	return purge(tx, limit, "tenant = $2 AND application = $3 AND idx = $4", "", tenant, application, index)
}

// PurgeApplication is PurgeIndex for all indexes of an application.
func PurgeApplication(tx *store.Tx, tenant, application string, limit int) (more bool, err error) {
	return purge(tx, limit, "tenant = $2 AND application = $3", "idx, ", tenant, application)
}

// purge removes up to limit rows of one table after the other: of those that hold
// pieces of documents, a few.
func purge(tx *store.Tx, limit int, where, above string, args ...any) (more bool, err error) {
	for _, t := range tables() {
		most := limit
		if t.name == "document_part" || t.name == "passage_vector" {
			most = min(limit, sweepParts)
		}
		columns := above + t.key
		n, err := tx.Exec(`DELETE FROM `+t.name+` WHERE `+where+` AND (`+columns+`) <= (SELECT `+columns+` FROM (SELECT `+columns+` FROM `+t.name+
			` WHERE `+where+` ORDER BY `+columns+` LIMIT $1) AS batch ORDER BY `+strings.ReplaceAll(columns, ",", " DESC,")+` DESC LIMIT 1)`,
			append([]any{most}, args...)...)
		if err != nil {
			return false, err
		}
		if limit -= int(n); limit <= 0 || int(n) == most {
			return true, nil
		}
	}
	return false, nil
}
