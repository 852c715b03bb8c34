package document

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/index"
)

// Log is the log of all indexes, which search follows.
func (s *Service) Log() retrieval.Source { return changes{s} }

// changes is the log as its followers read it.
type changes struct{ s *Service }

// maxChangeBytes is how much text one answer has, unless a single document has
// more.
const maxChangeBytes = 8 << 20

// Indexes are all that there are.
func (l changes) Indexes(ctx context.Context) (keys []retrieval.Key, err error) {
	err = l.s.DB.View(ctx, func(tx *store.Tx) error {
		keys, err = index.All(tx)
		return err
	})
	return keys, err
}

// Head is where the log of an index ends, or retrieval.ErrUnknown.
func (l changes) Head(ctx context.Context, k retrieval.Key) (h retrieval.Head, err error) {
	err = l.s.DB.View(ctx, func(tx *store.Tx) error {
		if h, err = index.Head(tx, k.Tenant, k.Application, k.Index); err != nil {
			return err
		}
		h.Floor, err = floor(tx, Place{k.Tenant, k.Application, k.Index, ""})
		return err
	})
	return h, err
}

// Changes are the next ones after a number.
func (l changes) Changes(ctx context.Context, k retrieval.Key, after int64, limit int) (all []retrieval.Change, err error) {
	p := Place{k.Tenant, k.Application, k.Index, ""}
	err = l.s.DB.View(ctx, func(tx *store.Tx) error {
		heads, until, err := altered(tx, p, after, limit)
		if err != nil {
			return err
		}
		gone, err := removed(tx, p, after, until, limit)
		if err != nil {
			return err
		}
		all, err = l.fill(tx, p, merge(heads, gone, limit))
		return err
	})
	return all, err
}

// floor is the number from which on the log tells of all that is no more.
func floor(tx *store.Tx, p Place) (seq int64, err error) {
	err = tx.Row(`SELECT seq FROM document_horizon WHERE tenant = $1 AND application = $2 AND idx = $3`,
		p.Tenant, p.Application, p.Index).Scan(&seq)
	if errors.Is(err, store.ErrNoRows) {
		return 0, nil
	}
	return seq, err
}

// head is a change before its lists and passages are read.
type head struct {
	retrieval.Change

	acl  string
	size int64 // bytes of text
}

// altered are the documents that changed after a number, in order, and up to which
// number they are all.
func altered(tx *store.Tx, p Place, after int64, limit int) (heads []head, until int64, err error) {
	var bytes int64
	until = math.MaxInt64
	enough := errors.New("enough")
	err = tx.Each(`SELECT seq, document, acl, text_bytes, doc FROM document WHERE tenant = $1 AND application = $2 AND idx = $3 AND seq > $4
		ORDER BY seq LIMIT $5`, []any{p.Tenant, p.Application, p.Index, after, limit}, func(r *store.Rows) error {
		var h head
		var doc string
		if err := r.Scan(&h.Seq, &h.Document, &h.acl, &h.size, &doc); err != nil {
			return err
		}
		if bytes += h.size; len(heads) > 0 && bytes > maxChangeBytes {
			until = h.Seq - 1
			return enough
		}
		var v version
		if err := json.Unmarshal([]byte(doc), &v); err != nil {
			return fmt.Errorf("document %s: %w", h.Document, err)
		}
		h.Title, h.Language, h.Attributes = v.Title, v.Language, v.Attributes
		heads = append(heads, h)
		return nil
	})
	if errors.Is(err, enough) {
		err = nil
	}
	return heads, until, err
}

// removed are the documents that are no more since a number, up to another, in
// order. A reader who begins has none of them.
func removed(tx *store.Tx, p Place, after, until int64, limit int) (heads []head, err error) {
	if after == 0 {
		return nil, nil
	}
	err = tx.Each(`SELECT g.seq, g.document FROM document_gone g WHERE g.tenant = $1 AND g.application = $2 AND g.idx = $3 AND g.seq > $4 AND g.seq <= $5
		AND NOT EXISTS (SELECT 1 FROM document d WHERE d.tenant = g.tenant AND d.application = g.application AND d.idx = g.idx
			AND d.document = g.document AND d.seq > g.seq)
		ORDER BY g.seq LIMIT $6`, []any{p.Tenant, p.Application, p.Index, after, until, limit}, func(r *store.Rows) error {
		h := head{Change: retrieval.Change{Gone: true}}
		err := r.Scan(&h.Seq, &h.Document)
		heads = append(heads, h)
		return err
	})
	return heads, err
}

// merge puts both in order, and leaves what is too much for the next time.
func merge(a, b []head, limit int) []head {
	all := slices.Concat(a, b)
	slices.SortFunc(all, func(x, y head) int { return cmp.Compare(x.Seq, y.Seq) })
	return all[:min(len(all), limit)]
}

// fill reads the lists and passages of changes.
func (l changes) fill(tx *store.Tx, p Place, heads []head) ([]retrieval.Change, error) {
	all := make([]retrieval.Change, len(heads))
	at := map[string]*retrieval.Change{}
	for i, h := range heads {
		all[i] = h.Change
		if h.Gone {
			continue
		}
		list, err := l.s.lists.get(tx, p, h.acl)
		if err != nil {
			return nil, err
		}
		all[i].ACL = list
		at[h.Document] = &all[i]
	}
	if len(at) == 0 {
		return all, nil
	}
	from, to := all[0].Seq, all[len(all)-1].Seq
	if err := readPassages(tx, p, from, to, at); err != nil {
		return nil, err
	}
	return all, readVectors(tx, p, from, to, at)
}

// readPassages reads the passages of the documents with numbers in a range.
func readPassages(tx *store.Tx, p Place, from, to int64, into map[string]*retrieval.Change) error {
	return tx.Each(`SELECT p.document, p.n, p.text, p.doc FROM document d JOIN passage p ON p.tenant = d.tenant AND p.application = d.application
			AND p.idx = d.idx AND p.document = d.document AND p.generation = d.live
		WHERE d.tenant = $1 AND d.application = $2 AND d.idx = $3 AND d.seq >= $4 AND d.seq <= $5 ORDER BY d.seq, p.n`,
		[]any{p.Tenant, p.Application, p.Index, from, to}, func(r *store.Rows) error {
			var id, doc string
			var passage retrieval.Passage
			if err := r.Scan(&id, &passage.N, &passage.Text, &doc); err != nil {
				return err
			}
			w, err := readWhere(doc)
			passage.Headings = w.Headings
			if c := into[id]; c != nil {
				c.Passages = append(c.Passages, passage)
			}
			return err
		})
}
