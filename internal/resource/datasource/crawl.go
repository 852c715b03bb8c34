package datasource

import (
	"context"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/document"
)

const (
	batchDocs  = 50      // documents of a batch: what one Put takes
	batchBytes = 8 << 20 // of their content
	batchItems = 200     // items of a batch

	flushEvery  = time.Second     // so that progress can be seen
	cursorEvery = 5 * time.Second // cursors can be large

	respite = 5 * time.Second // of a source that failed on the way
)

// crawl is a slice of a job's crawl.
type crawl struct {
	*run
	source   connector.Source
	settings connector.Settings
	kinds    map[string]facet.Kind // of the attributes that the index has
	stamp    string                // of what is done to documents on their way in

	batch []sighted // not yet written
	puts  []document.Incoming
	bytes int // of puts

	cursor, written        string    // how far the crawl has come, and how far the row says
	visited                int       // items that no slice had visited
	flushed, cursorWritten time.Time // when
	broken                 bool      // a batch could not be written: nothing after it may be
}

// sighted is an item that the crawl has come to.
type sighted struct {
	item
	before    item // as it was known
	unchanged bool
	problem   string // why it could not be had, or was not taken
}

// crawl goes on with the crawl where the slice before has left it, and hands over
// to the next slice or phase. What was visited is written before the cursor that
// is beyond it, so a slice that is cut short is made again from there.
func (r *run) crawl(ctx context.Context) error {
	c, err := r.newCrawl(ctx)
	if err != nil {
		return definite(err)
	}
	end := c.source.Crawl(ctx, c.cursor, c.visit, func(cursor string) error { return c.progress(ctx, cursor) })
	if errors.Is(end, errOver) || ctx.Err() != nil {
		return end
	}
	if !c.broken {
		c.cursorWritten = time.Time{} // with the last batch goes the cursor
		if err := c.flush(ctx); err != nil {
			return definite(err)
		}
	}
	return c.next(ctx, end)
}

func (r *run) newCrawl(ctx context.Context) (*crawl, error) {
	source, err := r.connect(ctx)
	if err != nil {
		return nil, err
	}
	c := &crawl{
		run: r, source: source, settings: r.plan.settings(), stamp: r.plan.stamp(),
		cursor: r.cursor, written: r.cursor, flushed: r.began, cursorWritten: r.began,
	}
	err = r.DB.View(ctx, func(tx *store.Tx) (err error) {
		c.kinds, err = attributeKinds(tx, r.job.place)
		return err
	})
	return c, err
}

// next hands over to what comes after a crawl that ended so.
func (c *crawl) next(ctx context.Context, end error) error {
	switch {
	case end == nil, errors.Is(end, connector.ErrPartial):
		return c.amend(ctx, func(_ *store.Tx, j *syncJob) error {
			j.Partial = end != nil
			if j.Partial || c.settings.Deletions == 0 || c.settings.Mode == connector.ChangeLog {
				j.settle()
			} else {
				j.Phase = deleting
			}
			return nil
		})
	case errors.Is(end, connector.ErrStop):
		return c.amend(ctx, func(*store.Tx, *syncJob) error { return nil })
	case c.broken || c.visited == 0:
		return definite(end)
	}
	c.Log.WarnContext(ctx, "a data source failed on the way, its crawl goes on", append(c.facts(), "error", end)...)
	return c.DB.Update(ctx, func(tx *store.Tx) error {
		j, err := current(tx, c.tenant, c.args)
		if err != nil {
			return err
		}
		return c.handOver(tx, j, tx.Now().Add(respite))
	})
}

func (r *run) facts() []any {
	return []any{"source", r.job.id, "type", r.plan.Type, "execution", r.job.execution, "tenant", r.tenant}
}

// visit takes an item in, unless the slice is over: then it is the next one's.
func (c *crawl) visit(ctx context.Context, it connector.Item) error {
	if c.over() {
		return connector.ErrStop
	}
	known, err := c.look(ctx, it.ID)
	if err != nil || known.seen == c.job.execution || c.atHand(it.ID) {
		return err
	}
	c.visited++
	s := sighted{item: item{it.ID, known.version, c.job.execution}, before: known.item}
	version := c.stamp + ":" + it.Version
	switch {
	case it.Err != nil:
		s.problem = it.Err.Error()
	case known.stands && known.version == version && it.Version != "" && c.settings.Mode != connector.ForcedFullCrawl:
		s.unchanged = true
	default:
		s.version = version
		s.problem, err = c.read(ctx, it)
		switch {
		case errors.Is(err, connector.ErrGone):
			return nil
		case err != nil:
			return err
		case s.problem != "":
			s.version = s.before.version
		}
	}
	c.batch = append(c.batch, s)
	return c.flushFull(ctx)
}

// progress notes how far the crawl has come, and writes it from time to time. It
// ends a crawl whose job went on without it.
func (c *crawl) progress(ctx context.Context, cursor string) error {
	c.cursor = cursor
	if c.Env.Now().Sub(c.flushed) < flushEvery {
		return nil
	}
	return c.flush(ctx)
}

// over reports whether the slice has done its part. It does at least something
// that no slice before it has done, however slowly the source comes to that.
func (c *crawl) over() bool {
	return c.visited > 0 && (c.late() || c.visited >= c.Slice.items())
}

// acquainted is what is known of an item.
type acquainted struct {
	item
	stands bool // its document needs no other put
}

// look returns what is known of an item, or errOver.
func (c *crawl) look(ctx context.Context, id string) (k acquainted, err error) {
	err = c.DB.View(ctx, func(tx *store.Tx) error {
		if _, err := current(tx, c.tenant, c.args); err != nil {
			return err
		}
		if k.item, err = getItem(tx, c.job.place, id); err != nil || k.version == "" {
			return err
		}
		k.stands, err = c.Documents.Stands(tx, c.job.documents(), id)
		return err
	})
	return k, err
}

// atHand reports whether the item is in the batch.
func (c *crawl) atHand(id string) bool {
	for _, s := range c.batch {
		if s.document == id {
			return true
		}
	}
	return false
}
