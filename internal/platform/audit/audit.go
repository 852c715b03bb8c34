// Package audit keeps the record of who asked for what: one line of JSON for
// each request, in the shape of AWS CloudTrail's records, in files of the data
// directory, which only ever grow, and finds lines in them again.
//
// It owns the files (their names, their turn by size and day, which go when
// there are too many), what of a request may be said in one, and when it is on
// disk. It does not decide who may (edge/access, which leaves its decision in an
// op.Trail) nor which requests there are (edge/wire).
//
// Like CloudTrail it records every request that was authenticated, and those for
// operations that take none, such as sts:AssumeRoleWithWebIdentity. A request
// whose signature is wrong is nobody's: it is in the log and the metrics alone,
// so that a stranger cannot push real records out.
//
// A line is handed to the system within gather and on disk within syncAfter: so
// much may be missing after the process, or the machine, died.
package audit

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	gather     = 5 * time.Millisecond // lines of one write come together so long
	syncAfter  = time.Second
	retryAfter = time.Second // when the disk fails

	maxPending  = 1 << 20 // bytes of lines that wait; whoever comes then waits too
	maxFile     = 64 << 20
	defaultKeep = 1 << 30
)

// Config says where records are kept.
type Config struct {
	Dir      string // of the files; made when there is none
	Keep     int64  // bytes of all files; what is oldest goes. Zero: 1 GiB
	Required bool   // no request is served while none can be recorded
	NewID    func() string
	Now      func() time.Time
	Log      *slog.Logger
}

// Book takes records. It is safe for concurrent use. A nil *Book takes none.
type Book struct {
	config Config
	plans  sync.Map // of parameters, by *smithy.Route
	lines  sync.Pool

	mu      sync.Mutex
	room    *sync.Cond // pending has become shorter, or the book closed
	pending []byte
	closed  bool
	failing error

	lost atomic.Int64
	bad  atomic.Bool // failing is not nil

	wake chan struct{} // something is pending
	much chan struct{} // half of what may be
	stop chan struct{}
	done chan struct{}
	end  error // of the last write, once done
}

// Open opens the book and makes sure that a file can be written.
func Open(c Config) (*Book, error) {
	if c.Keep == 0 {
		c.Keep = defaultKeep
	}
	if err := writable(c.Dir); err != nil {
		return nil, fmt.Errorf("audit records cannot be written: %w", err)
	}
	b := &Book{config: c, wake: make(chan struct{}, 1), much: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{})}
	b.room = sync.NewCond(&b.mu)
	go b.run()
	return b, nil
}

// writable makes the directory, and sees whether a file can be made there.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".try-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

// Note records a request. It waits while too many lines wait to be written.
func (b *Book) Note(e Event) {
	if b == nil {
		return
	}
	kept, _ := b.lines.Get().(*[]byte)
	if kept == nil {
		kept = new([]byte)
	}
	*kept = b.append((*kept)[:0], &e)
	b.put(*kept)
	b.lines.Put(kept)
}

// put hands a line to the writer.
func (b *Book) put(line []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for len(b.pending) > 0 && len(b.pending)+len(line) > maxPending && !b.closed && !b.gives() {
		b.room.Wait()
	}
	if b.closed || len(b.pending)+len(line) > maxPending && b.gives() {
		b.lost.Add(1)
		return
	}
	b.pending = append(b.pending, line...)
	signal(b.wake)
	if len(b.pending) > maxPending/2 {
		signal(b.much)
	}
}

func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default: // it was given already
	}
}

// gives reports whether a line may be lost: the disk fails, and the service
// goes on.
func (b *Book) gives() bool { return b.failing != nil && !b.config.Required }

// Failing is why records cannot be written, or nil.
func (b *Book) Failing() error {
	if b == nil || !b.bad.Load() {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.failing
}

// Refuses is why no request may be served: there has to be a record of each, and
// none can be written. Or nil.
func (b *Book) Refuses() error {
	if b == nil || !b.config.Required {
		return nil
	}
	return b.Failing()
}

// Lost is how many records could not be kept.
func (b *Book) Lost() int64 {
	if b == nil {
		return 0
	}
	return b.lost.Load()
}

// Close writes what waits and makes sure that it is on disk. What is noted after
// it is lost.
func (b *Book) Close() error {
	if b == nil {
		return nil
	}
	b.mu.Lock()
	already := b.closed
	b.closed = true
	b.room.Broadcast()
	b.mu.Unlock()
	if !already {
		close(b.stop)
	}
	<-b.done
	return b.end
}

// errLost says at the end that records are missing.
var errLost = errors.New("audit: some records could not be written")
