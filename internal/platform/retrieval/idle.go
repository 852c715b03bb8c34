package retrieval

import (
	"fmt"
	"time"
)

// idle is after what time an index closes that nobody searches and nobody here
// changes. An open one holds memory, about two kilobytes for a passage, and files; to
// open one of 100,000 passages again takes about half a second.
const idle = 30 * time.Minute

// errRetired is why a volume is over that can be opened again.
var errRetired = fmt.Errorf("%w for now", errClosed)

// touch notes that somebody has to do with the index.
func (v *volume) touch(now time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.touched = now
}

// isIdle reports whether an index may close: one in memory would have to be built
// anew, and one that is behind is being worked on.
func (v *volume) isIdle(now time.Time) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.current != nil && v.current.dir != "" && v.behind.IsZero() && now.Sub(v.touched) >= idle
}

// Retire closes the indexes that nobody has used for half an hour. Whoever wants one
// meanwhile opens it again as soon as it is closed.
func (l *Library) Retire() {
	now := l.c.Now()
	for _, v := range l.open() {
		left := make(chan struct{})
		if !v.isIdle(now) || !l.leave(v, left) {
			continue
		}
		if err := v.close(errRetired); err != nil {
			v.log.Warn("a search index that nobody uses cannot be closed", "error", err)
		}
		l.left(v.key, left)
	}
}

// leave takes a volume out, unless it is out already.
func (l *Library) leave(v *volume, left chan struct{}) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.volumes[v.key] != v {
		return false
	}
	delete(l.volumes, v.key)
	l.leaving[v.key] = left
	return true
}

// left lets the next one have the folder.
func (l *Library) left(key Key, left chan struct{}) {
	close(left)
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.leaving, key)
}
