package document

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/index"
)

const (
	embedKind  = "document.embed"     // one for each index that lacks vectors
	embedSweep = "document.embed-all" // now and then: finds such indexes
)

const (
	embedSteps = 64 // of one run of the job, which then lets others at its worker
	embedEvery = 30 * time.Second
)

// workVectors registers the jobs that make vectors.
func (s *Service) workVectors() {
	job.Handle(s.Jobs, embedKind, s.embed)
	job.OnFailed(s.Jobs, embedKind, func(tx *store.Tx, tenant string, args ingestArgs, _ error) error {
		return s.pause(tx, Place{tenant, args.Application, args.Index, ""})
	})
	s.Jobs.Schedule(embedSweep, embedEvery, s.embedAll)
}

// embed makes vectors for an index until there is nothing more to do. It may be
// cut short anywhere and run again.
func (s *Service) embed(ctx context.Context, tenant string, args ingestArgs) error {
	p := Place{tenant, args.Application, args.Index, ""}
	for range embedSteps {
		if done, err := s.embedStep(ctx, p); done || err != nil {
			return gone(err)
		}
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		return s.Jobs.Enqueue(tx, tenant, args.Application, embedKind, args)
	})
}

// embedStep does the next thing there is to do: documents get the vectors that
// search has, so that it has them soon; then those of the model that comes after,
// which then takes over; then what is left of models before is removed.
func (s *Service) embedStep(ctx context.Context, p Place) (done bool, err error) {
	e, head, err := s.choose(ctx, p)
	if e == nil || err != nil {
		return true, err
	}
	switch {
	case e.servedTo < head.Seq && s.opens(e.serving, e.model):
		return false, s.embedSome(ctx, p, e.serving, e.servedTo, head.Seq)
	case e.model != e.serving && e.position < head.Seq:
		return false, s.embedSome(ctx, p, e.model, e.position, head.Seq)
	case e.model != e.serving:
		return false, s.takeOver(ctx, p, e.model)
	case e.litter:
		return false, s.tidy(ctx, p)
	}
	return s.restVectors(ctx, p)
}

// opens reports whether vectors of the serving model can still be made. Those of
// the wanted one have to be: that they cannot is an error for the job to meet.
func (s *Service) opens(serving, model string) bool {
	if serving == model {
		return true
	}
	_, err := s.Embedding.Open(serving)
	return err == nil
}

// choose reads how far an index is, and begins anew with this server's model if
// it is another than the one chosen by a server that started before.
func (s *Service) choose(ctx context.Context, p Place) (e *progress, head retrieval.Head, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if head, err = index.Head(tx, p.Tenant, p.Application, p.Index); err == nil {
			e, err = progressOf(tx, p)
		}
		return err
	})
	if err != nil || e == nil || !s.outdated(e) {
		return e, head, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if e, err = progressOf(tx, p); err != nil || e == nil || !s.outdated(e) {
			return err
		}
		e.model, e.position, e.chosen, e.litter = s.Embedding.Model, 0, s.Embedding.Started, true
		return e.save(tx, p)
	})
	return e, head, err
}

func (s *Service) outdated(e *progress) bool {
	return s.Embedding.Model != "" && e.model != s.Embedding.Model && e.chosen.Before(s.Embedding.Started)
}

// takeOver makes the vectors of a model those of search, all at once, if no
// document came meanwhile that lacks them.
func (s *Service) takeOver(ctx context.Context, p Place, model string) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		head, err := index.Head(tx, p.Tenant, p.Application, p.Index)
		if err != nil {
			return err
		}
		e, err := progressOf(tx, p)
		if err != nil || e == nil || e.model != model || e.position < head.Seq {
			return err
		}
		e.serving, e.servedTo, e.litter = e.model, e.position, true
		if err := e.save(tx, p); err != nil {
			return err
		}
		tx.AfterCommit(func() { s.changed(p) })
		return index.Rebuild(tx, p.Tenant, p.Application, p.Index)
	})
}

// restVectors ends the work for an index if there is nothing left to do.
func (s *Service) restVectors(ctx context.Context, p Place) (done bool, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		head, err := index.Head(tx, p.Tenant, p.Application, p.Index)
		if err != nil {
			return err
		}
		e, err := progressOf(tx, p)
		if err != nil || e == nil {
			return err
		}
		if done = e.model == e.serving && e.servedTo >= head.Seq && !e.litter; !done {
			return nil
		}
		e.working = false
		return e.save(tx, p)
	})
	return done, err
}

// pause ends the work for an index where it was given up; embedAll takes it up
// again.
func (s *Service) pause(tx *store.Tx, p Place) error {
	e, err := progressOf(tx, p)
	if err != nil || e == nil {
		return err
	}
	e.working = false
	return e.save(tx, p)
}

// tidy removes some of the vectors that are of neither model.
func (s *Service) tidy(ctx context.Context, p Place) error {
	const most = 500
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		e, err := progressOf(tx, p)
		if err != nil || e == nil {
			return err
		}
		type place struct {
			document, model string
			generation, n   int64
		}
		var found []place
		err = tx.Each(`SELECT document, generation, model, n FROM passage_vector WHERE tenant = $1 AND application = $2 AND idx = $3
			AND model <> $4 AND model <> $5 ORDER BY document, generation, model, n LIMIT $6`,
			[]any{p.Tenant, p.Application, p.Index, e.serving, e.model, most}, func(r *store.Rows) error {
				var at place
				err := r.Scan(&at.document, &at.generation, &at.model, &at.n)
				found = append(found, at)
				return err
			})
		if err != nil {
			return err
		}
		for _, at := range found {
			_, err := tx.Exec(`DELETE FROM passage_vector WHERE tenant = $1 AND application = $2 AND idx = $3 AND document = $4
				AND generation = $5 AND model = $6 AND n = $7`, p.Tenant, p.Application, p.Index, at.document, at.generation, at.model, at.n)
			if err != nil {
				return err
			}
		}
		if e.litter = len(found) == most; e.litter {
			return nil
		}
		return e.save(tx, p)
	})
}

// embedAll begins the work for indexes that lack vectors and have no job: they
// are older than this server's model, or their job was given up.
func (s *Service) embedAll(ctx context.Context) error {
	if s.Embedding.Model == "" {
		return nil
	}
	var behind []Place
	err := s.DB.ViewOne(ctx, func(tx *store.Tx) error {
		behind = nil
		return tx.Each(`SELECT /* every tenant: a server serves all of them */ l.tenant, l.application, l.idx FROM index_log l
			LEFT JOIN embedding e ON e.tenant = l.tenant AND e.application = l.application AND e.idx = l.idx
			WHERE l.seq > 0 AND (e.tenant IS NULL OR NOT e.working AND
				(e.served_to < l.seq OR e.litter OR e.serving <> e.model OR e.model <> $1 AND e.chosen_at < $2))`,
			[]any{s.Embedding.Model, store.Micros(s.Embedding.Started)}, func(r *store.Rows) error {
				var p Place
				err := r.Scan(&p.Tenant, &p.Application, &p.Index)
				behind = append(behind, p)
				return err
			})
	})
	for _, p := range behind {
		if err == nil {
			err = s.DB.Update(ctx, func(tx *store.Tx) error { return s.embedSoon(tx, p) })
		}
	}
	if err != nil {
		return fmt.Errorf("indexes without vectors: %w", err)
	}
	return nil
}

// prose is what a model is given of a passage: with the title of its document and
// the headings above it, which say what it is about.
func prose(title string, headings []string, text string) string {
	var b strings.Builder
	for _, line := range append([]string{title}, headings...) {
		if line = strings.TrimSpace(line); line != "" {
			b.WriteString(line)
			b.WriteByte('\n')
		}
	}
	b.WriteString(text)
	return b.String()
}
