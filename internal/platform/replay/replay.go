// Package replay keeps the answers that were given to idempotency tokens, so
// that a request sent again is answered the same and done once, whichever of
// the servers on one store it reaches.
//
// An answer is kept in the transaction that did the work: Once wraps that
// transaction. core/op asks Find before it calls an operation, and compares the
// inputs. An answer lives for 24 hours; then its token is as good as new.
//
// Rows: replay (one per answered token).
package replay

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Life is how long an answer is kept. The service's own figure is not published.
const Life = 24 * time.Hour

// Book keeps answers in the store. It is an op.Replayer.
type Book struct{ DB *store.DB }

var _ op.Replayer = (*Book)(nil)

// Once is DB.Update for a request that may carry a token: fn runs in a
// transaction that also keeps out, a pointer to the operation's output, as the
// answer to the caller's token. fn may fill out in.
//
// When another request has answered the token meanwhile, nothing is done and
// the error is op.ErrReplayed, which an operation returns as it is.
func (b *Book) Once(ctx context.Context, c op.Caller, out any, fn func(tx *store.Tx) error) error {
	err := b.DB.Update(ctx, func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return keep(tx, c, out)
	})
	if err == nil || c.Token == nil {
		return err
	}
	// What fn ran into may be the work done for this very token by another
	// request: a name that is taken, a quota that is full.
	if answered, lost := b.answered(ctx, c); lost == nil && answered {
		return op.ErrReplayed
	}
	return err
}

// keep keeps out as the answer to the caller's token, and does nothing without
// one. When the token has an answer already the error is op.ErrReplayed.
func keep(tx *store.Tx, c op.Caller, out any) error {
	if c.Token == nil {
		return nil
	}
	answer, err := json.Marshal(out)
	if err != nil {
		return fmt.Errorf("replay: the answer of %s: %w", c.Token.Operation, err)
	}
	kept, err := write(tx, c.Tenant(), *c.Token, answer)
	if err == nil && !kept {
		err = op.ErrReplayed
	}
	return err
}

// answered reports whether the caller's token has an answer. It asks in a
// transaction that may write: on the embedded store such a one returns after the
// commit of what it has seen, so that Find sees it too.
func (b *Book) answered(ctx context.Context, c op.Caller) (yes bool, err error) {
	err = b.DB.Update(ctx, func(tx *store.Tx) error {
		_, err := load(tx, c.Tenant(), *c.Token)
		if yes = err == nil; errors.Is(err, store.ErrNoRows) {
			return nil
		}
		return err
	})
	return yes, err
}

// Work registers the job that removes expired answers, on any one of the servers.
func (b *Book) Work(q *job.Queue) {
	q.Schedule("replay.sweep", time.Hour, b.Sweep)
}

// batch is how many rows one transaction of a sweep removes.
const batch = 1000

// Sweep removes the answers that have expired, in small transactions.
func (b *Book) Sweep(ctx context.Context) error {
	for {
		var removed int64
		err := b.DB.Update(ctx, func(tx *store.Tx) (err error) {
			removed, err = sweep(tx, batch)
			return err
		})
		if err != nil || removed < batch {
			return err
		}
	}
}

// Find returns the answer kept for a token. found is false when there is none,
// or none that is still valid. A token that no database can hold is refused.
func (b *Book) Find(ctx context.Context, c op.Caller, t op.Token) (kept op.Kept, found bool, err error) {
	err = b.DB.ViewOne(ctx, func(tx *store.Tx) error {
		kept, err = load(tx, c.Tenant(), t)
		return err
	})
	if errors.Is(err, store.ErrNoRows) {
		return op.Kept{}, false, nil
	}
	if errors.Is(err, store.ErrText) {
		err = fault.InvalidField("clientToken", "holds a NUL character or is not UTF-8; send another token")
	}
	return kept, err == nil, err
}
