package document

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/index"
)

// What one transaction writes of what was read: well below the store's bound of
// 3,000 rows, and little enough to let others in between.
const (
	mostPassages = 800
	mostBytes    = 4 << 20
)

// commit makes what was read what the index has. Each document becomes INDEXED, or
// FAILED, in one transaction with everything about it.
func (s *Service) commit(ctx context.Context, p Place, readings []*reading) error {
	for len(readings) > 0 {
		n, passages := 0, 0
		for _, r := range readings {
			if large(r) {
				if err := s.stage(ctx, r); err != nil {
					return err
				}
			}
			if passages += len(r.passages); n > 0 && passages > mostPassages {
				break
			}
			n++
		}
		err := s.DB.Update(ctx, func(tx *store.Tx) error { return s.closeAll(tx, p, readings[:n]) })
		if err != nil {
			return err
		}
		readings = readings[n:]
	}
	return nil
}

// large reports whether a document takes more than one transaction.
func large(r *reading) bool {
	return r.problem == nil && !r.staged && (len(r.passages) > mostPassages || r.bytes() > mostBytes)
}

// bytes are how many are to be stored of a document beside its passages.
func (r *reading) bytes() int {
	n := len(r.extracted)
	if r.renewed {
		n += len(r.file)
	}
	return n
}

// stage writes the passages and bytes of a large document ahead, some at a time.
// Nobody sees them before the document has become theirs.
func (s *Service) stage(ctx context.Context, r *reading) error {
	steps := []func(*store.Tx) error{func(tx *store.Tx) error { return r.keepBytes(tx) }}
	for at := 0; at < len(r.passages); at += mostPassages {
		some := r.passages[at:min(len(r.passages), at+mostPassages)]
		steps = append(steps, func(tx *store.Tx) error { return addPassages(tx, r.key, r.generation, at, r.text, some) })
	}
	for _, step := range steps {
		err := s.DB.Update(ctx, func(tx *store.Tx) error {
			ours, err := awaited(tx, r.key, r.generation)
			if err != nil || !ours {
				return err // it was replaced or removed meanwhile: closeAll will find so too
			}
			return step(tx)
		})
		if err != nil {
			return err
		}
	}
	r.staged = true
	return nil
}

// extent is how many bytes of the index's capacity a document takes.
func (r *reading) extent() int64 { return int64(len(r.text)) + r.aside }

// keepBytes stores what a document has of bytes beside what came with it.
func (r *reading) keepBytes(tx *store.Tx) error {
	if r.renewed {
		if err := forgetParts(tx, r.key, r.generation, rawPart); err != nil {
			return err
		}
		if err := keep(tx, r.key, r.generation, rawPart, r.file); err != nil {
			return err
		}
	}
	return keep(tx, r.key, r.generation, textPart, r.extracted)
}

// closing is one transaction in which documents become what was read of them.
type closing struct {
	tx               *store.Tx
	uses             uses
	scores           scores
	room, space      int64  // documents and bytes that the index still takes
	indexed          []*row // in the order of their numbers
	failed           []*row
	documents, bytes int64 // that the index has more of
}

// closeAll writes what was read, but for what was replaced or removed meanwhile.
func (s *Service) closeAll(tx *store.Tx, p Place, readings []*reading) error {
	c := &closing{tx: tx}
	var err error
	if c.room, c.space, err = index.Room(tx, p.Tenant, p.Application, p.Index); err != nil {
		return err
	}
	for _, r := range readings {
		ours, err := awaited(tx, r.key, r.generation)
		if err == nil && ours {
			err = c.add(r)
		}
		if err != nil {
			return err
		}
	}
	if len(c.indexed) > 0 {
		tx.AfterCommit(func() { s.changed(p) })
	}
	return errors.Join(c.settle(p), s.embedSoon(tx, p))
}

// add makes a document what was read of it.
func (c *closing) add(r *reading) error {
	d := *r.row // the transaction may be run again
	d.updated = c.tx.Now()
	status, why := r.status, r.problem
	if why == nil {
		status, why = c.full(r)
	}
	if why != nil {
		return c.fail(&d, status, why)
	}
	if !r.staged {
		if err := r.keepBytes(c.tx); err != nil {
			return err
		}
		if err := addPassages(c.tx, d.key, d.generation, 0, r.text, r.passages); err != nil {
			return err
		}
	}
	return c.replace(&d, r)
}

// full says that the index has no room for a document; nil if it has.
func (c *closing) full(r *reading) (api.DocumentStatus, *problem) {
	size := r.extent() - r.textBytes
	if (r.live > 0 || c.room > 0) && size <= c.space {
		return "", nil
	}
	return api.DocumentStatusDocumentFailedToIndex, &problem{api.ErrorCodeInvalidRequest,
		"The index is full: its capacity units do not hold the document. Give it more units with UpdateIndex, or delete documents, and put it again."}
}

// fail ends a version that cannot be had; the one before it stays.
func (c *closing) fail(d *row, status api.DocumentStatus, why *problem) error {
	c.scores.enter(d.Source, d.count, d.count.execution, failed)
	d.status, d.problem, d.draft, d.count.outcome = status, why, nil, failed
	if err := numberOf(c.tx, d); err != nil {
		return err
	}
	c.failed = append(c.failed, d)
	return discard(c.tx, d.key, d.generation)
}

// replace makes the version that was read the live one.
func (c *closing) replace(d *row, r *reading) error {
	text := r.extent()
	c.bytes, c.space = c.bytes+text-d.textBytes, c.space-text+d.textBytes
	if d.live > 0 {
		c.uses.drop(d.acl)
		if err := discard(c.tx, d.key, d.live); err != nil {
			return err
		}
	} else {
		c.documents, c.room = c.documents+1, c.room-1
	}
	d.acl = c.uses.add(d.draft.ACL)
	c.scores.enter(d.Source, d.count, d.count.execution, d.count.done())
	d.count.outcome = d.count.done()
	d.live, d.textBytes, d.version = d.generation, text, r.version
	d.status, d.problem, d.draft = api.DocumentStatusIndexed, nil, nil
	c.indexed = append(c.indexed, d)
	return nil
}

// settle gives what was indexed its numbers in the log, and writes all of it.
func (c *closing) settle(p Place) error {
	if n := int64(len(c.indexed)); n > 0 {
		last, err := index.AdvanceBy(c.tx, p.Tenant, p.Application, p.Index, n, c.documents, c.bytes)
		if err != nil {
			return err
		}
		for i, d := range c.indexed {
			d.seq = last - n + 1 + int64(i)
		}
	}
	for _, all := range [][]*row{c.indexed, c.failed} {
		for _, d := range all {
			if err := save(c.tx, d, 0, 0); err != nil {
				return err
			}
		}
	}
	return errors.Join(c.uses.settle(c.tx, p), c.scores.settle(c.tx, p))
}
