package job

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
)

const (
	maxError      = 2000 // bytes of an error kept in the row
	settleTimeout = 30 * time.Second
)

// Causes of a cancelled attempt.
var (
	errShutdown  = errors.New("the server shuts down")
	errCancelled = errors.New("the job was cancelled, because its application is being deleted")
	errClaimLost = errors.New("the job is no longer this server's: another took it over, or it was cancelled there")
)

// attempt runs a claimed job once and records how that ended.
func (q *Queue) attempt(ctx context.Context, c *claim) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	q.mu.Lock()
	q.running[c] = cancel
	q.mu.Unlock()
	defer func() {
		q.mu.Lock()
		delete(q.running, c)
		q.mu.Unlock()
	}()

	err := q.handle(ctx, c)
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, errCancelled): // as it should be
		q.log.Debug("job cancelled", c.facts()...)
		return
	case errors.Is(cause, errClaimLost):
		q.log.Info("job left to others", append(c.facts(), "cause", cause)...)
		return
	}
	// The outcome is recorded even when the attempt was cancelled.
	end, stop := context.WithTimeout(context.WithoutCancel(ctx), settleTimeout)
	defer stop()
	released := err != nil && errors.Is(context.Cause(ctx), errShutdown)
	if err := q.settle(end, c, err, released); err != nil {
		q.log.Error("the outcome of a job could not be recorded: it will run again", append(c.facts(), "error", err)...)
	}
}

// handle calls the handler; a panic is an error like others.
func (q *Queue) handle(ctx context.Context, c *claim) (err error) {
	if c.attempt > maxAttempts {
		return PermanentError{fmt.Errorf("no attempt came to an end: the server died in each of %d", maxAttempts)}
	}
	defer func() {
		if r := recover(); r != nil {
			q.log.Error("job panicked", append(c.facts(), "panic", r, "stack", string(debug.Stack()))...)
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return q.kinds[c.kind].handle(ctx, c.tenant, []byte(c.args))
}

// settle records the outcome of an attempt, unless the claim was lost.
func (q *Queue) settle(ctx context.Context, c *claim, outcome error, released bool) error {
	k := q.kinds[c.kind]
	return q.db.Update(ctx, func(tx *store.Tx) error {
		var err error
		now := tx.Now()
		switch {
		case released:
			_, err = put(tx, c, Waiting, store.Micros(now), c.attempt-1, "")
		case k.every > 0:
			_, err = put(tx, c, Waiting, store.Micros(now.Add(k.every)), 0, message(outcome))
		case outcome == nil:
			_, err = remove(tx, c)
		case c.attempt >= maxAttempts || errors.As(outcome, new(PermanentError)):
			return q.giveUp(tx, c, k, outcome)
		default:
			_, err = put(tx, c, Waiting, store.Micros(now.Add(pauseAfter(c.attempt))), c.attempt, message(outcome))
		}
		if outcome != nil && !released {
			tx.AfterCommit(func() { q.log.Warn("job failed, will be tried again", append(c.facts(), "error", outcome)...) })
		}
		return err
	})
}

// giveUp marks the job failed and lets its family know.
func (q *Queue) giveUp(tx *store.Tx, c *claim, k *kind, outcome error) error {
	stood, err := put(tx, c, Failed, never, c.attempt, message(outcome))
	if err != nil || !stood {
		return err
	}
	level := slog.LevelError
	if errors.As(outcome, new(PermanentError)) {
		level = slog.LevelWarn // what was asked for cannot be done: not a fault of the server's
	}
	tx.AfterCommit(func() { q.log.Log(tx.Context(), level, "job given up", append(c.facts(), "error", outcome)...) })
	if k.failed == nil {
		return nil
	}
	return k.failed(tx, c.tenant, []byte(c.args), outcome)
}

// pauseAfter is the time between an attempt and the next: doubling, with up to
// a quarter more at random, so that jobs that failed together part.
func pauseAfter(attempt int64) time.Duration {
	pause := min(longestPause, firstPause<<(attempt-1))
	return pause + rand.N(pause/4)
}

// message is the text of err as a row can hold it.
func message(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	if len(text) > maxError {
		text = text[:maxError]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

func (c *claim) facts() []any {
	return []any{"kind", c.kind, "job", c.id, "tenant", c.tenant, "application", c.application, "attempt", c.attempt}
}

// renewAll extends the leases of what runs here; who has lost its claim is told.
func (q *Queue) renewAll(ctx context.Context) error {
	q.mu.Lock()
	claims := make([]*claim, 0, len(q.running))
	for c := range q.running {
		claims = append(claims, c)
	}
	q.mu.Unlock()
	if len(claims) == 0 {
		return nil
	}
	return q.db.Update(ctx, func(tx *store.Tx) error {
		for _, c := range claims {
			stands, err := renew(tx, c)
			if err != nil {
				return err
			}
			if !stands {
				tx.AfterCommit(func() { q.cancelIf(errClaimLost, func(r *claim) bool { return r == c }) })
			}
		}
		return nil
	})
}

func (q *Queue) cancelRunning(tenant, application string, except []string) {
	q.cancelIf(errCancelled, func(c *claim) bool {
		return c.tenant == tenant && c.application == application && !slices.Contains(except, c.kind)
	})
}

// cancelIf ends the contexts of running jobs.
func (q *Queue) cancelIf(cause error, which func(*claim) bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for c, cancel := range q.running {
		if which(c) {
			cancel(cause)
		}
	}
}
