package datasource

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/document"
)

// flushFull writes the batch if it is full, or has waited.
func (c *crawl) flushFull(ctx context.Context) error {
	if len(c.puts) < batchDocs && c.bytes < batchBytes && len(c.batch) < batchItems && c.Env.Now().Sub(c.flushed) < flushEvery {
		return nil
	}
	return c.flush(ctx)
}

// add makes room for a document in the batch and puts it there.
func (c *crawl) add(ctx context.Context, doc document.Incoming) error {
	if len(c.puts) > 0 && c.bytes+len(doc.Data) > batchBytes {
		if err := c.flush(ctx); err != nil {
			return err
		}
	}
	c.puts = append(c.puts, doc)
	c.bytes += len(doc.Data)
	return nil
}

// flush hands the documents of the batch over, and then writes what was seen. If
// the server ends in between, the documents are put again, which counts once.
func (c *crawl) flush(ctx context.Context) (err error) {
	defer func() { c.broken = err != nil }()
	if len(c.puts) > 0 {
		failed, err := c.Documents.Put(ctx, c.job.documents(), c.puts)
		if err != nil {
			return err
		}
		c.refuse(failed)
	}
	if err := c.record(ctx); err != nil {
		return err
	}
	c.batch, c.puts, c.bytes, c.flushed = c.batch[:0], nil, 0, c.Env.Now()
	return nil
}

// refuse marks the items whose documents were not taken. What stood before them
// stands.
func (c *crawl) refuse(failed []api.FailedDocument) {
	why := map[string]string{}
	for _, f := range failed {
		if f.ID != nil {
			why[*f.ID] = messageOf(f.Error)
		}
	}
	for i := range c.batch {
		s := &c.batch[i]
		if problem, ok := why[s.document]; ok {
			s.problem, s.version = problem, s.before.version
		}
	}
}

func messageOf(e *api.ErrorDetail) string {
	if e == nil || e.ErrorMessage == nil {
		return "was not taken"
	}
	return *e.ErrorMessage
}

// record writes which items were seen and how far the crawl has come. Where the
// job has gone on without this step, or has ended, it remembers the items all the
// same, for their documents are there; the error is errOver then.
func (c *crawl) record(ctx context.Context) error {
	var gone bool
	withCursor := c.cursor != c.written && c.Env.Now().Sub(c.cursorWritten) >= cursorEvery
	err := c.DB.Update(ctx, func(tx *store.Tx) error {
		j, err := getJob(tx, c.tenant, c.args.Application, c.args.Index, c.args.Execution)
		if errors.Is(err, store.ErrNoRows) {
			return errOver
		}
		if err != nil {
			return err
		}
		if err := c.count(tx, j); err != nil {
			return err
		}
		gone = !j.live() || j.Step != c.args.Step
		if withCursor && !gone {
			if err := saveCursor(tx, j, c.cursor); err != nil {
				return err
			}
		}
		if !j.live() {
			return nil // its numbers stand
		}
		return saveJob(tx, j)
	})
	if err == nil && gone {
		return errOver
	}
	if err == nil && withCursor {
		c.written, c.cursorWritten = c.cursor, c.Env.Now()
	}
	return err
}

// count marks the items of the batch as seen and counts them, but for those that
// another has seen meanwhile.
func (c *crawl) count(tx *store.Tx, j *syncJob) error {
	for _, s := range c.batch {
		now, err := getItem(tx, j.place, s.document)
		if err != nil {
			return err
		}
		if now.seen != s.before.seen {
			continue
		}
		j.Scanned++
		switch {
		case s.problem != "":
			j.mishap(s.document, s.problem)
		case s.unchanged:
			j.Unchanged++
		}
		if err := putItem(tx, j.place, s.item); err != nil {
			return err
		}
	}
	return nil
}
