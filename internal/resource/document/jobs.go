package document

import (
	"context"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/hook"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
)

const (
	ingestKind  = "document.ingest"  // one for each index in which there is something to do
	fetchKind   = "document.fetch"   // one for each document that takes others to be read
	compactKind = "document.compact" // now and then
)

// ingestArgs name an index.
type ingestArgs struct {
	Application string `json:"application"`
	Index       string `json:"index"`
}

// fetchArgs name a version of a document.
type fetchArgs struct {
	Application string `json:"application"`
	Index       string `json:"index"`
	Document    string `json:"document"`
	Generation  int64  `json:"generation"`
}

func (a fetchArgs) key(tenant string) key {
	return key{Place{tenant, a.Application, a.Index, ""}, a.Document}
}

// Work registers the jobs.
func (s *Service) Work() {
	job.Handle(s.Jobs, ingestKind, s.ingest)
	job.OnFailed(s.Jobs, ingestKind, s.employAgain)
	job.Handle(s.Jobs, fetchKind, s.fetchOne)
	job.OnFailed(s.Jobs, fetchKind, s.gaveUp)
	s.Jobs.Schedule(compactKind, time.Hour, s.compact)
	s.workVectors()
}

// employ sees that an index has its ingestion: one job, however many documents
// come. It ends by removing its row in a transaction that finds nothing left to do,
// so that whoever finds the row can rely on it.
func (s *Service) employ(tx *store.Tx, p Place) error {
	already, err := there(tx, `SELECT 1 FROM ingestion WHERE tenant = $1 AND application = $2 AND idx = $3`, p.Tenant, p.Application, p.Index)
	if err != nil || already {
		return err
	}
	n, err := tx.Exec(`INSERT INTO ingestion (tenant, application, idx, began_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (tenant, application, idx) DO NOTHING`, p.Tenant, p.Application, p.Index, store.Micros(tx.Now()))
	if err != nil || n == 0 {
		return err
	}
	return s.Jobs.Enqueue(tx, p.Tenant, p.Application, ingestKind, ingestArgs{p.Application, p.Index})
}

// ingest reads what waits in an index and removes what is waste, in turn, until
// there is neither. It may be cut short anywhere and run again.
func (s *Service) ingest(ctx context.Context, tenant string, args ingestArgs) error {
	p := Place{tenant, args.Application, args.Index, ""}
	for {
		read, err := s.readSome(ctx, p)
		if err != nil {
			return gone(err)
		}
		swept, err := s.sweep(ctx, p)
		if err != nil {
			return err
		}
		if read || swept {
			continue
		}
		if done, err := s.rest(ctx, p); done || err != nil {
			return err
		}
	}
}

// gone forgives that the index was removed meanwhile.
func gone(err error) error {
	if errors.Is(err, retrieval.ErrUnknown) {
		return nil
	}
	return err
}

// rest ends the ingestion of an index if there is nothing left to do.
func (s *Service) rest(ctx context.Context, p Place) (done bool, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		busy, err := work(tx, p)
		if done = !busy; err != nil || busy {
			return err
		}
		_, err = tx.Exec(`DELETE FROM ingestion WHERE tenant = $1 AND application = $2 AND idx = $3`, p.Tenant, p.Application, p.Index)
		return err
	})
	return done, err
}

// work reports whether an index has something for its ingestion.
func work(tx *store.Tx, p Place) (bool, error) {
	for _, query := range []string{
		`SELECT 1 FROM document WHERE tenant = $1 AND application = $2 AND idx = $3 AND waiting > 0 LIMIT 1`,
		`SELECT 1 FROM document_waste WHERE tenant = $1 AND application = $2 AND idx = $3 LIMIT 1`,
	} {
		if some, err := there(tx, query, p.Tenant, p.Application, p.Index); some || err != nil {
			return some, err
		}
	}
	return false, nil
}

// employAgain begins anew where an ingestion was given up: what kept it from its
// work for minutes may be over, and documents that end it are put aside by the
// attempts that were made at them.
func (s *Service) employAgain(tx *store.Tx, tenant string, args ingestArgs, _ error) error {
	p := Place{tenant, args.Application, args.Index, ""}
	if busy, err := work(tx, p); !busy || err != nil {
		return err
	}
	return s.Jobs.Enqueue(tx, tenant, args.Application, ingestKind, args)
}

// fetchOne reads a document that takes others to be read: the bucket where it is,
// and functions. What fails for a while is tried again by the queue.
func (s *Service) fetchOne(ctx context.Context, tenant string, args fetchArgs) error {
	r, configured, err := s.begin(ctx, tenant, args)
	if r == nil || err != nil {
		return gone(err)
	}
	if o := r.draft.Object; o != nil {
		r.file, err = s.fetch(ctx, tenant, args.Application, o)
		r.renewed = true
		if why, ok := errors.AsType[*refusal](err); ok {
			r.fails(why)
		} else if err != nil {
			return err
		}
	}
	if r.problem == nil {
		if err := s.read(ctx, r, configured); err != nil {
			return err
		}
	}
	return gone(s.commit(ctx, r.Place, []*reading{r}))
}

// begin is the document of a fetch, with the file that came with it, and the
// index's attributes; nil if it was replaced or removed meanwhile. It is PROCESSING
// from here on.
func (s *Service) begin(ctx context.Context, tenant string, args fetchArgs) (r *reading, configured map[string]facet.Kind, err error) {
	k := args.key(tenant)
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE document SET status = $6, updated_at = $7 WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4
			AND generation = $5 AND draft <> ''`,
			k.Tenant, k.Application, k.Index, k.document, args.Generation, api.DocumentStatusProcessing, store.Micros(tx.Now()))
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		d, err := find(tx, k)
		if err != nil || !d.awaits(args.Generation) {
			return err
		}
		if configured, err = attributesOf(tx, k.Place); err != nil {
			return err
		}
		r = &reading{row: d}
		return r.load(tx)
	})
	return r, configured, err
}

// awaits reports whether a document is there, and that version of it is to be read.
func (d *row) awaits(generation int64) bool {
	return d != nil && d.draft != nil && d.generation == generation
}

// load reads the file that came with a version.
func (r *reading) load(tx *store.Tx) (err error) {
	if r.draft.Content && r.draft.Object == nil {
		r.file, err = bytesOf(tx, r.key, r.generation, rawPart)
	}
	return err
}

// gaveUp fails a document that could not be read in all those attempts.
func (s *Service) gaveUp(tx *store.Tx, tenant string, args fetchArgs, cause error) error {
	d, err := find(tx, args.key(tenant))
	if err != nil || !d.awaits(args.Generation) {
		return err
	}
	r := &reading{row: d}
	r.fails(unreadable())
	if why, ok := errors.AsType[*hook.Error](cause); ok {
		r.fails(refuse("%s", sentence(why)))
	}
	return gone(s.closeAll(tx, d.Place, []*reading{r}))
}

// unreadable says that reading a document failed too often. Why is in the server's
// log, not in the API.
func unreadable() *refusal {
	return &refusal{api.ErrorCodeInternalError, "The document could not be read in several attempts. Put it again; if that fails too, look in the server's log and its list of jobs."}
}
