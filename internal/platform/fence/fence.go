// Package fence reads documents where they can do no harm: in child processes with
// limits of memory, processor time, time and size of the answer.
//
// It owns the children, the protocol they speak and what becomes of those that
// break: they are killed and replaced, and the document that broke one fails. How
// a document is read is engine/extract's.
//
// A child has an empty environment, inherits no file or connection but its pipes,
// and gives up the right to open any: on Linux the kernel refuses it files, sockets
// and memory beyond the limits. It is still a process of the same user: the fence
// holds mistakes of parsers, not an intruder who runs code of his own.
//
// Formats that are plain text are read in the server's process, and so is all
// without a Program. That has a time limit too, and what panics is an error, but a
// stack or a heap without bounds would end the process; extract's own limits are
// then all that stands before that.
package fence

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/parleyhq/parley/internal/engine/extract"
)

// Config says how documents are read. Its zero value reads them in this process.
type Config struct {
	Program  string        // the program whose children read; empty: this process does
	Args     []string      // that make it call Work
	Children int           // at a time, at most; 2
	Memory   int64         // bytes that a child may hold; 1 GiB
	CPU      time.Duration // that a document may use of a processor; twice Time
	Time     time.Duration // that a document may take; 1 minute
	Idle     time.Duration // after which a child that nobody needs ends; 1 minute
	Log      *slog.Logger  // of children that broke; nil: none
}

func (c Config) orDefault() Config {
	if c.Children <= 0 {
		c.Children = 2
	}
	if c.Memory <= 0 {
		c.Memory = 1 << 30
	}
	if c.Time <= 0 {
		c.Time = time.Minute
	}
	if c.CPU <= 0 {
		c.CPU = 2 * c.Time
	}
	if c.Idle <= 0 {
		c.Idle = time.Minute
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c
}

// Fence reads documents. It starts nothing before the first that needs it.
type Fence struct {
	config Config
	slots  chan struct{} // one for each child that works

	mu     sync.Mutex
	idle   []*child
	closed bool
}

// New makes a fence.
func New(c Config) *Fence {
	c = c.orDefault()
	return &Fence{config: c, slots: make(chan struct{}, c.Children)}
}

// errClosed is for documents that come after the end.
var errClosed = errors.New("fence: closed")

// Extract reads a document, as extract.Extract does. An *extract.Error tells whether
// another try may succeed: it may if the machine was at fault, and not if the
// document needed more than the limits, or broke the reader.
func (f *Fence) Extract(ctx context.Context, data []byte, name string, t extract.Type, l extract.Limits) (*extract.Document, error) {
	if t == "" {
		found, err := extract.Sniff(data, name)
		if err != nil {
			return nil, err
		}
		t = found
	}
	if f.config.Program == "" || !t.Risky() {
		return f.inside(ctx, data, name, t, l)
	}
	select {
	case f.slots <- struct{}{}:
		defer func() { <-f.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	return f.outside(ctx, request{Name: name, Type: t, Limits: l, Size: len(data)}, data)
}

// outside has a child read a document. One that had waited may have been ended by
// anybody; then a fresh one gets the document.
func (f *Fence) outside(ctx context.Context, r request, data []byte) (*extract.Document, error) {
	for {
		c, fresh, err := f.take()
		if err != nil {
			return nil, err
		}
		d, err := c.read(ctx, r, data)
		var broken *breakage
		if !errors.As(err, &broken) {
			f.give(c)
			return d, err
		}
		if ended := ctx.Err(); ended != nil {
			return nil, ended
		}
		if broken.reason == wasEnded && !fresh {
			continue
		}
		f.config.Log.WarnContext(ctx, "a document broke its reader", "reason", broken.reason, "type", string(r.Type), "bytes", r.Size)
		return nil, broken.refusal(f.config)
	}
}

// take is an idle child, or a fresh one.
func (f *Fence) take() (c *child, fresh bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, false, errClosed
	}
	for n := len(f.idle); n > 0; n = len(f.idle) {
		c := f.idle[n-1]
		f.idle = f.idle[:n-1]
		if c.timer.Stop() {
			return c, false, nil
		}
	}
	c, err = f.start()
	if err != nil {
		f.config.Log.Error("no process could be started to read documents", "error", err.Error())
		return nil, false, &extract.Error{Code: extract.InternalError, Message: "The document could not be read now: no process could be started for it.", Retry: true}
	}
	return c, true, nil
}

// give takes a child back, unless it is worn out.
func (f *Fence) give(c *child) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed || c.worn {
		c.dismiss()
		return
	}
	c.timer = time.AfterFunc(f.config.Idle, func() { f.expire(c) })
	f.idle = append(f.idle, c)
}

// expire ends a child that was idle for long.
func (f *Fence) expire(c *child) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i, other := range f.idle {
		if other == c {
			f.idle = append(f.idle[:i], f.idle[i+1:]...)
			break
		}
	}
	c.dismiss()
}

// Close ends the children that are idle, and the others as soon as they are done.
func (f *Fence) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	for _, c := range f.idle {
		if c.timer.Stop() {
			c.dismiss()
		}
	}
	f.idle = nil
	return nil
}

// inside reads a document in this process. A reader that does not heed its context
// is left behind, and the document fails all the same.
func (f *Fence) inside(ctx context.Context, data []byte, name string, t extract.Type, l extract.Limits) (*extract.Document, error) {
	bounded, cancel := context.WithTimeout(ctx, f.config.Time)
	defer cancel()
	type result struct {
		document *extract.Document
		err      error
	}
	done := make(chan result, 1)
	go func() {
		d, err := extract.Extract(bounded, data, name, t, l)
		done <- result{d, err}
	}()
	r := result{err: context.DeadlineExceeded}
	select {
	case r = <-done:
	case <-bounded.Done():
	}
	if ended := ctx.Err(); ended != nil {
		return nil, ended
	}
	if errors.Is(r.err, context.DeadlineExceeded) {
		return nil, tooSlow(f.config.Time)
	}
	return r.document, r.err
}
