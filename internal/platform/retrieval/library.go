package retrieval

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// Config says where the indexes are and what they follow.
type Config struct {
	Dir     string // the data directory; the indexes are in its folder "retrieval". Empty: in memory
	Source  Source
	Now     func() time.Time
	Log     *slog.Logger
	Metrics prometheus.Registerer // optional
}

// Library is the indexes of a server. Each is opened when it is first used.
type Library struct{ c Config }

// New returns a library without touching the disk.
func New(c Config) *Library { return &Library{c: c} }

var errUnbuilt = errors.New("retrieval is being built")

// Search returns a page of the best hits. What was committed to the store before
// the call is found: the index is brought up to the log's head first. It has
// ErrUnknown for an index that does not exist.
func (l *Library) Search(ctx context.Context, key Key, q Query) (Results, error) {
	return Results{}, errUnbuilt
}

// Wait returns when the index has applied the changes up to a number.
func (l *Library) Wait(ctx context.Context, key Key, seq int64) error { return errUnbuilt }

// Nudge tells that the log of an index has grown. It does not wait.
func (l *Library) Nudge(key Key) {}

// Follow keeps the indexes that are in use up to date, until the context ends.
func (l *Library) Follow(ctx context.Context) error { return errUnbuilt }

// Forget closes an index that was deleted, and removes its folder.
func (l *Library) Forget(key Key) error { return errUnbuilt }

// Close closes all indexes. They carry on where they were when opened again.
func (l *Library) Close() error { return nil }
