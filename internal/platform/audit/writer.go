package audit

import (
	"bytes"
	"fmt"
	"log/slog"
	"time"
)

// run writes what is noted until the book is closed.
func (b *Book) run() {
	defer close(b.done)
	w := &writer{config: b.config}
	due := time.NewTimer(syncAfter)
	defer due.Stop()
	for {
		select {
		case <-b.wake:
			b.gather()
			b.write(w)
			if w.dirty && !w.timed {
				due.Reset(syncAfter)
				w.timed = true
			}
		case <-due.C:
			w.timed = false
			b.sync(w)
		case <-b.stop:
			b.finish(w)
			return
		}
	}
}

// gather waits for more lines, unless there are many or the book is being closed.
func (b *Book) gather() {
	timer := time.NewTimer(gather)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-b.much:
	case <-b.stop:
	}
}

// pause waits, and reports whether the book is being closed.
func (b *Book) pause(d time.Duration) (closing bool) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return false
	case <-b.stop:
		return true
	}
}

// write takes what is pending to the file, as often as it takes: while the disk
// fails, what is pending stays so.
func (b *Book) write(w *writer) {
	for {
		batch := b.take(w)
		if len(batch) == 0 {
			return
		}
		rest, err := w.write(batch)
		b.failed(err)
		if err == nil {
			return
		}
		w.rest = append(w.rest[:0], rest...)
		if b.pause(retryAfter) {
			return
		}
	}
}

// sync makes sure that what was written is on disk. When it fails it tries with
// a new file until that can be: nobody may come to write one meanwhile.
func (b *Book) sync(w *writer) {
	err := w.sync()
	b.failed(err)
	for err != nil && !b.pause(retryAfter) {
		err = w.probe()
		b.failed(err)
	}
}

// take is what could not be written last time, or else all that is pending.
func (b *Book) take(w *writer) []byte {
	if len(w.rest) > 0 {
		return w.rest
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pending, w.batch = w.batch[:0], b.pending
	b.room.Broadcast()
	return w.batch
}

// finish writes what is left, once.
func (b *Book) finish(w *writer) {
	for {
		batch := b.take(w)
		if len(batch) == 0 {
			break
		}
		rest, err := w.write(batch)
		w.rest = rest
		if err != nil {
			b.abandon(rest)
			b.failed(err)
			b.end = fmt.Errorf("%w: %w", errLost, err)
			break
		}
	}
	if err := w.close(); err != nil && b.end == nil {
		b.end = err
	}
}

// abandon counts the lines that nobody will write any more.
func (b *Book) abandon(rest []byte) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.lost.Add(int64(bytes.Count(rest, []byte{'\n'}) + bytes.Count(b.pending, []byte{'\n'})))
	b.pending = nil
}

// failed notes whether records can be written, and says so when that changes.
func (b *Book) failed(err error) {
	b.mu.Lock()
	was := b.failing
	b.failing = err
	b.bad.Store(err != nil)
	b.room.Broadcast()
	b.mu.Unlock()
	switch {
	case err != nil && was == nil:
		b.config.Log.Error("audit records cannot be written", slog.String("cause", err.Error()), slog.Bool("required", b.config.Required))
	case err == nil && was != nil:
		b.config.Log.Warn("audit records are written again", slog.Int64("lost", b.lost.Load()))
	}
}
