package store

import (
	"context"
	"slices"
	"sync"
)

// maxGroup bounds how many transactions share one commit, and so how long the
// first of them waits for the last.
const maxGroup = 128

// writer gives the one writing connection to one caller at a time, and lets
// those who wait at that moment share a commit: a wait for the disk is paid
// once for all of them. Whoever has the turn opens the group's transaction if
// there is none, runs its own part behind a savepoint, and either hands the
// turn, and the open transaction with it, to the next in the queue, or commits.
// A part that fails is rolled back to its savepoint and leaves the group as it
// was.
type writer struct {
	conn       *connection // used only with the turn
	generation *generation
	changed    int64 // rows changed on conn before the open group

	mu     sync.Mutex
	busy   bool            // someone has the turn
	queue  []chan struct{} // those who wait for it, first come first
	closed bool            // written with the turn and mu

	group *group // the open transaction; used only with the turn
}

// group is one transaction of the database shared by several of callers.
type group struct {
	size int
	done chan struct{} // closed once err is final
	err  error
}

// update makes one attempt of a transaction.
func (w *writer) update(ctx context.Context, fn func(session) error) error {
	if err := w.take(ctx); err != nil {
		return err
	}
	g, err := w.join(fn)
	if g == nil {
		return err
	}
	<-g.done
	if g.err != nil {
		return g.err
	}
	return err
}

// take waits for the turn.
func (w *writer) take(ctx context.Context) error {
	w.mu.Lock()
	if w.closed {
		w.mu.Unlock()
		return ErrClosed
	}
	if !w.busy {
		w.busy = true
		w.mu.Unlock()
		return nil
	}
	turn := make(chan struct{}, 1)
	w.queue = append(w.queue, turn)
	w.mu.Unlock()

	select {
	case <-turn:
		return nil
	case <-ctx.Done():
		w.leave(turn)
		return ctx.Err()
	}
}

// leave gives up waiting. Who was given the turn meanwhile passes it on, since
// an open group may have come with it.
func (w *writer) leave(turn chan struct{}) {
	w.mu.Lock()
	i := slices.Index(w.queue, turn)
	if i >= 0 {
		w.queue = slices.Delete(w.queue, i, i+1)
	}
	w.mu.Unlock()
	if i < 0 {
		<-turn
		w.pass()
	}
}

// join runs fn as part of the open group, and passes the turn on in any case:
// also when fn panics or ends its goroutine. A part that failed stays tied to
// the group if others had written in it: what it failed for may be theirs, and
// is true only if the group commits.
func (w *writer) join(fn func(session) error) (*group, error) {
	defer w.pass()
	if err := w.open(); err != nil {
		return nil, err
	}
	kept := false // also true when fn's part was undone already
	defer func() {
		if !kept {
			w.undo()
		}
	}()
	if err := w.conn.run("SAVEPOINT part"); err != nil {
		return nil, err
	}
	if err := fn(w.conn); err != nil {
		kept = true
		if w.undo() && w.group.size > 0 {
			return w.group, err
		}
		return nil, err
	}
	if err := w.conn.run("RELEASE part"); err != nil {
		return nil, err
	}
	kept = true
	w.group.size++
	return w.group, nil
}

// open begins the group's transaction unless it is open already.
func (w *writer) open() error {
	if w.closed {
		return ErrClosed
	}
	if w.group != nil {
		return nil
	}
	if err := w.conn.run("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	w.group = &group{done: make(chan struct{})}
	return nil
}

// undo takes a failed part back and reports whether the group still stands.
// Where SQLite has ended the transaction by itself (a full disk, say), it is
// lost and its other members try again.
func (w *writer) undo() bool {
	if w.conn.run("ROLLBACK TO part") == nil && w.conn.run("RELEASE part") == nil {
		return true
	}
	w.end(errGroupLost)
	return false
}

// pass hands the turn on: with the group when it has room, after its commit
// otherwise.
func (w *writer) pass() {
	if w.group != nil && w.group.size < maxGroup && w.hand(false) {
		return
	}
	if w.group != nil {
		w.end(w.commit())
	}
	w.hand(true)
}

// hand gives the turn to the next in the queue. When no one waits it reports
// false, and gives the turn up if it is asked to.
func (w *writer) hand(giveUp bool) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.queue) > 0 {
		turn := w.queue[0]
		w.queue = slices.Delete(w.queue, 0, 1)
		turn <- struct{}{} // has room for one, and is given one once
		return true
	}
	if giveUp {
		w.busy = false
	}
	return false
}

// end answers the members of the group.
func (w *writer) end(err error) {
	g := w.group
	w.group = nil
	if err != nil {
		_ = w.conn.run("ROLLBACK") // fails when SQLite did it already
	}
	g.err = err
	close(g.done)
}

// commit makes the group's changes durable, and known before they can be seen.
func (w *writer) commit() error {
	changed, err := changes(w.conn)
	if err != nil {
		return err
	}
	if changed != w.changed {
		w.changed = changed
		if err := w.generation.announce(w.conn); err != nil {
			return err
		}
	}
	return w.conn.run("COMMIT")
}

// close waits for the turn and ends the connection; who still waits is refused.
func (w *writer) close() error {
	if w.take(context.Background()) != nil {
		return nil // closed before
	}
	defer w.pass()
	if w.group != nil {
		w.end(w.commit())
	}
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	return w.conn.close()
}
