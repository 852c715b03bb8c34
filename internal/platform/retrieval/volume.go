package retrieval

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// volume is one index as the library has it: the edition that answers, while
// another one may be in the making. One goroutine follows the log.
type volume struct {
	*Library
	key   Key
	shelf shelf
	log   *slog.Logger

	before chan struct{}      // closed when who had the folder before has let go of it; nil: nobody had
	nudged chan struct{}      // holds one
	said   string             // in the log, about what fails
	noted  Status             // what was noted last
	stop   context.CancelFunc // ends following
	ended  chan struct{}

	mu      sync.Mutex
	current *edition      // nil until the first is open
	moved   chan struct{} // closed when anything below or the current edition's state changes
	missing int64         // by how many changes it is behind
	behind  time.Time     // since when; zero: it is not
	damaged bool          // the current edition is not to be trusted
	failed  error         // why following failed the last time
	over    error         // why there is nothing to wait for any more
	used    time.Time     // by a search
	touched time.Time     // by whoever
}

// run follows the log until the context ends.
func (v *volume) run(ctx context.Context) {
	defer close(v.ended)
	defer faults()()
	if v.before != nil {
		<-v.before
	}
	for {
		v.begin()
		err := v.catchUp(ctx)
		if errors.Is(err, ErrUnknown) {
			v.end(err)
			return
		}
		v.report(ctx, err)
		select {
		case <-ctx.Done():
			return
		case <-v.nudged:
		}
	}
}

// begin forgets how following went before.
func (v *volume) begin() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.failed = nil
}

// report tells those who wait how following went. The log is told what is new.
func (v *volume) report(ctx context.Context, err error) {
	said := ""
	if err != nil && ctx.Err() == nil {
		if said = err.Error(); said != v.said {
			v.log.Error("a search index does not follow its log", "error", err)
		}
	}
	v.said = said
	v.mu.Lock()
	defer v.mu.Unlock()
	v.failed = err
	v.move()
}

// move wakes whoever waits. The caller has the lock.
func (v *volume) move() {
	close(v.moved)
	v.moved = make(chan struct{})
}

// end tells those who wait that nothing comes any more.
func (v *volume) end(why error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.over = why
	v.move()
}

// nudge makes the volume look at the log.
func (v *volume) nudge() {
	select {
	case v.nudged <- struct{}{}:
	default: // it is about to
	}
}

// catchUp brings the volume to where the log ends, with a new edition where the
// one that there is will not do.
func (v *volume) catchUp(ctx context.Context) error {
	head, err := v.c.Source.Head(ctx, v.key)
	if err != nil {
		return err
	}
	if v.current == nil {
		if err := v.open(head); err != nil {
			return err
		}
	}
	if why := v.unfit(head); why != "" {
		return v.rebuild(ctx, head, why)
	}
	err = v.follow(ctx, v.current, head)
	switch {
	case errors.Is(err, errDamaged):
		v.damage(err)
		return v.rebuild(ctx, head, err.Error())
	case err != nil:
		return err
	}
	v.note()
	return v.current.refresh()
}

// open opens the edition on the shelf, or begins one.
func (v *volume) open(head Head) error {
	e, err := v.shelf.open(head.Epoch, v.log)
	if err != nil {
		return err
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.current = e
	v.move()
	return nil
}

// unfit says why the current edition cannot be brought to where the log ends;
// empty: it can.
func (v *volume) unfit(head Head) string {
	at := v.current.at()
	switch {
	case v.isDamaged():
		return "it is damaged"
	case !v.current.whole():
		return "its folder is gone"
	case at.Epoch != head.Epoch:
		return fmt.Sprintf("epoch %d begins", head.Epoch)
	case at.Complete && at.Seq < head.Floor:
		return "it was away for too long"
	case at.Seq > head.Seq:
		return fmt.Sprintf("it has change %d of a log of %d", at.Seq, head.Seq)
	case v.current.crowded():
		return "it is in too many pieces"
	}
	return ""
}

// rebuild builds a new edition, while the old one answers and keeps following,
// and puts it in its place. A damaged one gives way at once.
func (v *volume) rebuild(ctx context.Context, head Head, why string) error {
	began := v.c.Now()
	v.log.Info("building a search index anew", "reason", why)
	e, err := v.shelf.begin(head.Epoch)
	if err != nil {
		return err
	}
	if v.isDamaged() {
		v.swap(e)
	}
	for done := false; !done; {
		if done, err = v.step(ctx, e, head); err == nil && e != v.current {
			err = v.keepUp(ctx, &head)
		}
		if err != nil {
			break
		}
	}
	switch {
	case err != nil && e != v.current:
		v.discard(e)
		return err
	case err != nil:
		return err
	case e != v.current:
		v.swap(e)
	}
	v.note()
	v.m.rebuilds.Inc()
	documents, _ := e.count()
	v.log.Info("built a search index anew", "documents", documents, "seconds", v.c.Now().Sub(began).Seconds())
	return nil
}

// keepUp has the old edition follow while a new one is built, as far as it can,
// and finds out how far the new one has to get. One that was away for too long
// cannot: the log would not tell it of all that is gone, and searches that wait
// for the log's head would be answered with it.
func (v *volume) keepUp(ctx context.Context, head *Head) error {
	now, err := v.c.Source.Head(ctx, v.key)
	if err != nil {
		return err
	}
	head.Seq = max(head.Seq, now.Seq)
	at := v.current.at()
	if v.isDamaged() || at.Seq > now.Seq || at.Complete && at.Seq < now.Floor || !v.current.whole() {
		return nil
	}
	if err := v.follow(ctx, v.current, now); err != nil && ctx.Err() == nil {
		v.log.Debug("the old search index does not follow while a new one is built", "error", err)
	}
	return ctx.Err()
}

// swap puts an edition in the place of the current one.
func (v *volume) swap(e *edition) {
	v.mu.Lock()
	old := v.current
	v.current, v.damaged = e, false
	v.move()
	v.mu.Unlock()
	v.discard(old)
}

func (v *volume) isDamaged() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.damaged
}

// damage says that the current edition is not to be trusted.
func (v *volume) damage(err error) {
	v.log.Error("a search index is damaged", "error", err)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.damaged = true
}

// The bounds of a batch: the larger the quicker, as long as memory lasts.
const (
	batchPassages = 4000
	batchBytes    = 8 << 20
	readAtOnce    = 256
)

// follow applies what the log has after the edition's number, up to its head.
func (v *volume) follow(ctx context.Context, e *edition, head Head) error {
	for {
		if done, err := v.step(ctx, e, head); done || err != nil {
			return err
		}
	}
}

// step applies the next batch of what the log has. It reports whether the edition
// is where the log's head was.
func (v *volume) step(ctx context.Context, e *edition, head Head) (done bool, err error) {
	at := e.at()
	if at.Seq >= head.Seq && at.Complete {
		v.lagging(e, head, time.Time{})
		return true, nil
	}
	v.lagging(e, head, v.c.Now())
	changes, more, err := v.read(ctx, at.Seq)
	if err != nil {
		return false, err
	}
	to := state{Format: format, Seq: at.Seq, Epoch: at.Epoch, Complete: at.Complete || !more}
	if len(changes) > 0 {
		to.Seq = changes[len(changes)-1].Seq
	}
	if !more {
		to.Seq = max(to.Seq, head.Seq)
	}
	if err := e.apply(changes, to); err != nil {
		return false, err
	}
	v.m.applied.Add(float64(len(changes)))
	v.mu.Lock()
	defer v.mu.Unlock()
	v.move()
	return false, nil
}

// lagging notes by how much, and since when the volume is behind; a zero time:
// it is not.
func (v *volume) lagging(e *edition, head Head, now time.Time) {
	if e != v.current {
		return
	}
	missing := max(0, head.Seq-e.at().Seq)
	v.mu.Lock()
	defer v.mu.Unlock()
	v.missing = missing
	if now.IsZero() || v.behind.IsZero() {
		v.behind = now
	}
}

// lag is by how many changes, and for how long, the volume is behind.
func (v *volume) lag(now time.Time) (changes int64, since time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.behind.IsZero() {
		return 0, 0
	}
	return v.missing, now.Sub(v.behind)
}

// use notes that somebody searches.
func (v *volume) use(now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.used = now
}

func (v *volume) inUse(now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return now.Sub(v.used) < inUse
}

// read reads a batch of changes. It reports whether there may be more.
func (v *volume) read(ctx context.Context, after int64) (changes []Change, more bool, err error) {
	passages, bytes := 0, 0
	for passages < batchPassages && bytes < batchBytes {
		next, err := v.c.Source.Changes(ctx, v.key, after, readAtOnce)
		if err != nil {
			return nil, false, err
		}
		for i := range next {
			if next[i].Seq <= after {
				return nil, false, fmt.Errorf("change %d comes after %d", next[i].Seq, after)
			}
			after = next[i].Seq
			passages += len(next[i].Passages)
			for _, p := range next[i].Passages {
				bytes += len(p.Text)
			}
		}
		changes = append(changes, next...)
		if len(next) == 0 {
			return changes, false, nil
		}
	}
	return changes, true, nil
}

// wait makes the volume look at the log, and returns when done is satisfied with
// the current edition, which may be nil; or with the error of following it.
func (v *volume) wait(ctx context.Context, done func(e *edition) bool) error {
	for asked := false; ; asked = true {
		v.mu.Lock()
		e, moved, over, failed := v.current, v.moved, v.over, v.failed
		v.mu.Unlock()
		switch {
		case over != nil:
			return over
		case done(e):
			return nil
		case failed != nil && asked:
			return failed
		}
		if !asked {
			v.nudge()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-moved:
		}
	}
}

// discard closes an edition that nobody searches any more, and removes it.
func (v *volume) discard(e *edition) {
	if err := v.shelf.discard(e); err != nil {
		v.log.Warn("an old search index cannot be removed", "error", err)
	}
}

// close ends following, and lets go of the edition. Who waits is told why.
func (v *volume) close(why error) error {
	v.end(why)
	v.stop()
	<-v.ended
	if v.current == nil {
		return nil
	}
	v.writeNote(v.c.Now())
	return v.current.close()
}
