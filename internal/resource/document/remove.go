package document

import (
	"context"
	"errors"
	"fmt"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/index"
)

// removals is how many documents one transaction removes: a handful of rows each.
const removals = 200

// BatchDelete removes documents: from search at once, and what is stored of them
// later. The bound of a request's body is that of the list.
func (s *Service) BatchDelete(ctx context.Context, c op.Caller, in *api.BatchDeleteDocumentInput) (*api.BatchDeleteDocumentOutput, error) {
	ids := make([]string, len(in.Documents))
	for i, d := range in.Documents {
		ids[i] = d.DocumentID
	}
	p := Place{c.Tenant(), in.ApplicationID, in.IndexID, ""}
	failed, err := s.removeAll(ctx, p, ids, func(b *burial) error {
		if in.DataSourceSyncID == nil {
			return nil
		}
		source, err := s.openJob(b.tx, p, *in.DataSourceSyncID, "")
		b.place.Source, b.execution = source, *in.DataSourceSyncID
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.BatchDeleteDocumentOutput{FailedDocuments: failed}, nil
}

// Remove deletes documents of a place, as part of a sync job if one is named.
// Those that are not there are among the failed. Errors are those of Put, but for
// the quota.
func (s *Service) Remove(ctx context.Context, p Place, execution string, ids []string) (failed []api.FailedDocument, err error) {
	return s.removeAll(ctx, p, ids, func(b *burial) error {
		b.execution = execution
		return nil
	})
}

// removeAll removes documents some at a time. begin says of each transaction what
// it is part of: a refusal fails its documents.
func (s *Service) removeAll(ctx context.Context, p Place, ids []string, begin func(*burial) error) (failed []api.FailedDocument, err error) {
	failed = []api.FailedDocument{}
	for first := true; first || len(ids) > 0; first = false {
		some := ids[:min(len(ids), removals)]
		var here []api.FailedDocument
		err := s.DB.Update(ctx, func(tx *store.Tx) error {
			if err := s.Indexes.Active(tx, landlord(p.Tenant), p.Application, p.Index); err != nil {
				return err
			}
			b := &burial{tx: tx, place: p}
			wrong := begin(b)
			if _, ok := errors.AsType[*refusal](wrong); wrong != nil && !ok {
				return wrong
			}
			if err := b.removeSome(some, wrong); err != nil {
				return err
			}
			here = b.failed
			if len(b.buried) == 0 {
				return nil
			}
			tx.AfterCommit(func() { s.changed(p) })
			return errors.Join(b.settle(), s.employ(tx, p))
		})
		if err != nil {
			return nil, err
		}
		failed, ids = append(failed, here...), ids[len(some):]
	}
	return failed, nil
}

// burial is one transaction in which documents of a place are removed.
type burial struct {
	tx        *store.Tx
	place     Place
	execution string

	uses             uses
	scores           scores
	buried           []*row
	seen             map[string]bool
	documents, bytes int64 // that the index has less of
	failed           []api.FailedDocument
}

// removeSome removes documents by ID, or fails them all.
func (b *burial) removeSome(ids []string, wrong error) error {
	for _, id := range ids {
		why := wrong
		if why == nil {
			d, err := find(b.tx, keyOf(b.place, id))
			if err != nil {
				return err
			}
			if d != nil {
				if err := b.bury(d); err != nil {
					return err
				}
				continue
			}
			why = &refusal{api.ErrorCodeResourceNotFound, notThere(id, b.place)}
		}
		b.failed = append(b.failed, failedDocument(id, b.place.Source, why))
	}
	return nil
}

// notThere says that a place has no such document.
func notThere(id string, p Place) string {
	if p.Source == "" {
		return fmt.Sprintf("There is no document with ID %s in index %s that was put without a data source; one of a custom data source is named together with the dataSourceSyncId of a sync job.", id, p.Index)
	}
	return fmt.Sprintf("There is no document with ID %s of the data source %s in index %s.", id, p.Source, p.Index)
}

// bury takes a document out of search and out of what waits. A job removes what is
// stored of it.
func (b *burial) bury(d *row) error {
	if d.status == api.DocumentStatusDeleting || b.seen[d.document] {
		return nil
	}
	b.note(d)
	for _, generation := range []int64{d.live, d.generation} {
		if generation == 0 {
			continue
		}
		if err := discard(b.tx, d.key, generation); err != nil {
			return err
		}
	}
	if d.live > 0 {
		b.documents, b.bytes = b.documents+1, b.bytes+d.textBytes
		b.uses.drop(d.acl)
	}
	b.scores.enter(d.Source, d.count, b.execution, deleted)
	d.count = count{}
	d.generation++ // whoever reads it now will find that it is no more
	d.status, d.problem, d.updated, d.draft = api.DocumentStatusDeleting, nil, b.tx.Now(), nil
	d.live, d.seq, d.textBytes, d.acl, d.version = 0, 0, 0, "", version{}
	return nil
}

// note has a document written in the end, once however often it was named.
func (b *burial) note(d *row) {
	if b.seen == nil {
		b.seen = map[string]bool{}
	}
	b.seen[d.document] = true
	b.buried = append(b.buried, d)
}

// settle writes what was removed, and tells the log.
func (b *burial) settle() error {
	n := int64(len(b.buried))
	last, err := index.AdvanceBy(b.tx, b.place.Tenant, b.place.Application, b.place.Index, n, -b.documents, -b.bytes)
	if err != nil {
		return err
	}
	for i, d := range b.buried {
		if err := save(b.tx, d, 0, 0); err != nil {
			return err
		}
		if err := remember(b.tx, d.key, last-n+1+int64(i), b.execution); err != nil {
			return err
		}
	}
	return errors.Join(b.uses.settle(b.tx, b.place), b.scores.settle(b.tx, b.place))
}

// remember tells those who follow the log that a document is no more.
func remember(tx *store.Tx, k key, seq int64, execution string) error {
	_, err := tx.Exec(`INSERT INTO document_gone (tenant, application, idx, document, seq, gone_at, execution) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant, application, idx, document) DO UPDATE SET seq = excluded.seq, gone_at = excluded.gone_at, execution = excluded.execution`,
		k.Tenant, k.Application, k.Index, k.document, seq, store.Micros(tx.Now()), execution)
	return err
}

// changed tells whoever serves search here that the log of an index has grown.
func (s *Service) changed(p Place) {
	if s.Changed != nil {
		s.Changed(retrieval.Key{Tenant: p.Tenant, Application: p.Application, Index: p.Index})
	}
}
