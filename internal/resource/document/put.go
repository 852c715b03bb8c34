package document

import (
	"context"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/attribute"
	"github.com/parleyhq/parley/internal/resource/index"
)

// Put takes documents in, as one transaction: at most 50, or 50 MB. Whoever calls
// it has made sure that the sync job is there. What is wrong with a document is
// among the failed; an index that cannot take any more is a
// fault.ServiceQuotaExceeded, one that is not there, or whose data source is not,
// a fault.ResourceNotFound, and one that is not ACTIVE a fault.Conflict.
func (s *Service) Put(ctx context.Context, p Place, docs []Incoming) (failed []api.FailedDocument, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		in, err := s.open(tx, p)
		if err != nil {
			return err
		}
		if err := s.admit(tx, p); err != nil {
			return err
		}
		for i := range docs {
			if err := in.put(p.Source, &docs[i]); err != nil {
				return err
			}
		}
		failed = in.failed
		return in.close()
	})
	return failed, err
}

// intake is one transaction in which documents of an index are taken in.
type intake struct {
	*Service

	tx         *store.Tx
	place      Place // without a source
	configured map[string]facet.Kind
	room       int64 // documents that the index still takes
	scores     scores
	uses       uses
	local      bool // there is something for the ingestion
	narrowed   bool // versions that search has are for fewer people
	failed     []api.FailedDocument
}

// open makes sure that an index takes documents.
func (s *Service) open(tx *store.Tx, p Place) (*intake, error) {
	if err := s.Indexes.Active(tx, landlord(p.Tenant), p.Application, p.Index); err != nil {
		return nil, err
	}
	configured, err := attributesOf(tx, p)
	if err != nil {
		return nil, err
	}
	in := &intake{Service: s, tx: tx, place: Place{p.Tenant, p.Application, p.Index, ""}, configured: configured}
	var bytes int64
	if in.room, bytes, err = index.Room(tx, p.Tenant, p.Application, p.Index); err != nil {
		return nil, err
	}
	if bytes <= 0 {
		return nil, fault.Quota("index", p.Index, "The index %s is full: its capacity units hold no more text. Give it more units with UpdateIndex, or delete documents.", p.Index)
	}
	return in, nil
}

// put takes one document in, or adds it to the failed.
func (in *intake) put(source string, doc *Incoming) error {
	k := keyOf(Place{in.place.Tenant, in.place.Application, in.place.Index, source}, doc.ID)
	if err := in.check(k, doc); err != nil {
		in.failed = append(in.failed, failedDocument(doc.ID, source, err))
		return nil
	}
	d, err := find(in.tx, k)
	if err != nil {
		return err
	}
	fresh := d == nil
	if fresh {
		d = begun(k, doc.ID, in.tx.Now())
	}
	if d.live == 0 {
		if in.room--; in.room < 0 {
			return fault.Quota("index", k.Index, "The index %s is full: its capacity units hold no more documents. Give it more units with UpdateIndex, or delete documents.", k.Index)
		}
	}
	if err := in.replace(d, doc, fresh); err != nil {
		return err
	}
	return in.store(d, doc, fresh)
}

// begun is a document that is new. Its versions are numbered from its time on: there
// may have been one of its name that was deleted, of whose versions somebody has an
// address, or a job is still reading one, and they were for others.
func begun(k key, id string, now time.Time) *row {
	return &row{key: k, id: id, created: now, generation: store.Micros(now)}
}

// check says what is wrong with a document that can be said without reading it.
func (in *intake) check(k key, doc *Incoming) error {
	if most := in.limits().Bytes; int64(len(doc.Data)) > most {
		return refuse("The document has %d bytes; at most %d are taken.", len(doc.Data), most)
	}
	if doc.Data != nil && len(doc.Data) == 0 {
		return refuse("The document is empty: its content has no bytes.")
	}
	if err := checkValues(k, doc.ID, doc.Attributes, in.configured); err != nil {
		return err
	}
	if bad := attribute.CheckEnrichment("documentEnrichmentConfiguration", doc.Enrichment, in.configured); len(bad) > 0 {
		return refuse("%s %s.", bad[0].Name, bad[0].Message)
	}
	return nil
}

// replace makes the document's next version of what came. One that waited and
// will not be read is waste.
func (in *intake) replace(d *row, doc *Incoming, fresh bool) error {
	if d.draft != nil {
		if err := discard(in.tx, d.key, d.generation); err != nil {
			return err
		}
	}
	before, err := in.before(d, doc, fresh)
	if err != nil {
		return err
	}
	in.scores.enter(d.Source, before, doc.Execution, pending)
	if before.execution != doc.Execution {
		before = count{execution: doc.Execution, added: d.live == 0}
	}
	d.count = before
	d.count.outcome = pending
	if d.status == api.DocumentStatusDeleting {
		if err := renew(in.tx, d); err != nil { // to who looks, it is another document
			return err
		}
	}
	d.generation++
	d.status, d.problem, d.updated = api.DocumentStatusReceived, nil, in.tx.Now()
	d.draft = &draft{
		Title: doc.Title, ContentType: doc.ContentType, Name: doc.Name, Content: doc.Data != nil || doc.Object != nil,
		Attributes: doc.Attributes, ACL: normalList(doc.ACL), Enrichment: doc.Enrichment, Object: doc.Object,
	}
	return in.narrow(d)
}

// narrow leaves the version that search has to those whom the next one is for too,
// at once: until that is read, and if it never can be. Neither may the old text be
// seen by whom the new list keeps out, nor by whom it lets in.
func (in *intake) narrow(d *row) error {
	if d.live == 0 || d.acl == d.draft.ACL.ID() {
		return nil
	}
	before, err := in.lists.get(in.tx, in.place, d.acl)
	if err != nil {
		return err
	}
	id := in.uses.add(acl.Both(before, d.draft.ACL))
	in.uses.drop(d.acl)
	if id == d.acl {
		return nil
	}
	d.acl, in.narrowed = id, true
	d.seq, err = index.Advance(in.tx, d.Tenant, d.Application, d.Index, 0, 0)
	return err
}

// before is what the document counted for so far.
func (in *intake) before(d *row, doc *Incoming, fresh bool) (count, error) {
	if !fresh || doc.Execution == "" {
		return d.count, nil
	}
	execution, err := deletedBy(in.tx, d.key)
	if err != nil || execution != doc.Execution {
		return count{}, err
	}
	return count{execution: execution, outcome: deleted, added: true}, nil
}

// store writes the version and leaves it to a job: the index's ingestion, or one
// of its own if it takes others to be read.
func (in *intake) store(d *row, doc *Incoming, fresh bool) error {
	var waiting int64
	if !d.draft.remote() {
		waiting, in.local = store.Micros(in.tx.Now()), true
	}
	write := save
	if fresh {
		write = insert
	}
	if err := write(in.tx, d, waiting, int64(len(doc.Data))); err != nil {
		return err
	}
	if err := keep(in.tx, d.key, d.generation, rawPart, doc.Data); err != nil {
		return err
	}
	if waiting > 0 {
		return nil
	}
	return in.Jobs.Enqueue(in.tx, d.Tenant, d.Application, fetchKind, fetchArgs{d.Application, d.Index, d.document, d.generation})
}

// close writes what was counted and sees that somebody reads the documents.
func (in *intake) close() error {
	if in.narrowed {
		in.tx.AfterCommit(func() { in.changed(in.place) })
	}
	err := errors.Join(in.uses.settle(in.tx, in.place), in.scores.settle(in.tx, in.place))
	if err != nil || !in.local {
		return err
	}
	return in.employ(in.tx, in.place)
}

// deletedBy is the sync job that has deleted a document which is no more; empty
// for none.
func deletedBy(tx *store.Tx, k key) (execution string, err error) {
	err = tx.Row(`SELECT execution FROM document_gone WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4`,
		k.Tenant, k.Application, k.Index, k.document).Scan(&execution)
	if errors.Is(err, store.ErrNoRows) {
		return "", nil
	}
	return execution, err
}
