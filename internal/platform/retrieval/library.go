package retrieval

import (
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"runtime"
	"sync"
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

// folderName is where the indexes are in the data directory.
const folderName = "retrieval"

const (
	// patience is how long a search waits for the index to be where the log is,
	// and beginning how long for one that never had everything there was.
	patience  = 2 * time.Second
	beginning = 30 * time.Second
	// longest is how long a search may take once it is its turn, so that a few
	// costly ones do not keep everybody else's waiting.
	longest = 10 * time.Second
	// pollEvery is how often the logs of indexes in use are looked at, and
	// pollRest every how many times those of the others: what another server
	// wrote is here before anyone asks.
	pollEvery = 200 * time.Millisecond
	pollRest  = 25
	// inUse is for how long an index counts as used after a search.
	inUse = time.Minute
	// mostHits is how many hits a page has at most.
	mostHits = 1000
)

// Library is the indexes of a server. Each is opened when it is first used, and closed
// when nobody has used it for long.
type Library struct {
	c      Config
	m      *metrics
	sheets sheets
	room   chan struct{} // for searches at once: each has a sheet as long as its index

	mu      sync.Mutex
	closed  bool
	volumes map[Key]*volume
	leaving map[Key]chan struct{} // those that Retire closes, until they are
}

// New returns a library without touching the disk.
func New(c Config) *Library {
	l := &Library{c: c, volumes: map[Key]*volume{}, leaving: map[Key]chan struct{}{}, room: make(chan struct{}, 2*runtime.GOMAXPROCS(0))}
	l.m = newMetrics(l, c.Metrics)
	return l
}

var errClosed = errors.New("the library of search indexes is closed")

// volume returns the volume of an index, which is opened if it is not.
func (l *Library) volume(key Key) (*volume, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return nil, errClosed
	}
	if v := l.volumes[key]; v != nil {
		v.touch(l.c.Now())
		return v, nil
	}
	ctx, stop := context.WithCancel(context.Background())
	v := &volume{
		Library: l, key: key, log: l.c.Log.With("index", key.Index), before: l.leaving[key], touched: l.c.Now(),
		nudged: make(chan struct{}, 1), moved: make(chan struct{}), ended: make(chan struct{}), stop: stop,
	}
	if l.c.Dir != "" {
		v.shelf.dir = filepath.Join(l.c.Dir, folderName, folderOf(key))
	}
	l.volumes[key] = v
	go v.run(ctx)
	return v, nil
}

// Search returns a page of the best hits, at most 1,000. What was committed to
// the store before the call is found: the index is brought up to the log's head
// first, unless that takes longer than two seconds (thirty, for an index that is
// built for the first time). It has ErrUnknown for an
// index that does not exist.
func (l *Library) Search(ctx context.Context, key Key, q Query) (res Results, err error) {
	began := l.c.Now()
	defer func() { l.m.searches.WithLabelValues(outcome(err)).Observe(l.c.Now().Sub(began).Seconds()) }()
	head, err := l.c.Source.Head(ctx, key)
	if err != nil {
		if errors.Is(err, ErrUnknown) {
			err = errors.Join(err, l.Forget(key))
		}
		return Results{}, err
	}
	q.Limit = max(1, min(q.Limit, mostHits))
	for {
		v, err := l.volume(key)
		if err != nil {
			return Results{}, err
		}
		res, err := v.answer(ctx, head, &q)
		if !errors.Is(err, errRetired) {
			return res, err
		}
	}
}

func outcome(err error) string {
	if err != nil {
		return "error"
	}
	return "ok"
}

// Wait returns when the index has applied the changes up to a number.
func (l *Library) Wait(ctx context.Context, key Key, seq int64) error {
	for {
		v, err := l.volume(key)
		if err != nil {
			return err
		}
		err = v.wait(ctx, func(e *edition) bool { return e != nil && e.at().Seq >= seq })
		if !errors.Is(err, errRetired) {
			return err
		}
	}
}

// Nudge tells that the log of an index has grown. It does not wait. The index is
// opened: what is put here will be searched here.
func (l *Library) Nudge(key Key) {
	if v, err := l.volume(key); err == nil {
		v.nudge()
	}
}

// Follow keeps the indexes that are open up to date, until the context ends. It
// removes what is left of indexes that there are no more.
func (l *Library) Follow(ctx context.Context) error {
	if err := l.prune(ctx); err != nil {
		l.c.Log.Warn("folders of deleted search indexes cannot be removed", "error", err)
	}
	ticks := time.NewTicker(pollEvery)
	defer ticks.Stop()
	for n := 1; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case <-ticks.C:
			l.poll(n%pollRest == 0)
			if n%pollRest == 0 {
				l.Retire()
			}
		}
	}
}

// poll looks at the logs of the indexes in use, or of all.
func (l *Library) poll(all bool) {
	now := l.c.Now()
	for _, v := range l.open() {
		if all || v.inUse(now) {
			v.nudge()
		}
	}
}

func (l *Library) prune(ctx context.Context) error {
	if l.c.Dir == "" {
		return nil
	}
	keys, err := l.c.Source.Indexes(ctx)
	if err != nil {
		return err
	}
	return prune(filepath.Join(l.c.Dir, folderName), keys)
}

// open are the volumes that are open.
func (l *Library) open() []*volume {
	l.mu.Lock()
	defer l.mu.Unlock()
	all := make([]*volume, 0, len(l.volumes))
	for _, v := range l.volumes {
		all = append(all, v)
	}
	return all
}

// lag is by how many changes, and for how long, the open index that is furthest
// behind is behind.
func (l *Library) lag() (changes int64, since time.Duration) {
	now := l.c.Now()
	for _, v := range l.open() {
		n, t := v.lag(now)
		changes, since = max(changes, n), max(since, t)
	}
	return changes, since
}

// Forget closes an index that was deleted, and removes its folder.
func (l *Library) Forget(key Key) error {
	l.mu.Lock()
	v, left := l.volumes[key], l.leaving[key]
	delete(l.volumes, key)
	l.mu.Unlock()
	if left != nil {
		<-left
	}
	if v == nil {
		s := shelf{}
		if l.c.Dir != "" {
			s.dir = filepath.Join(l.c.Dir, folderName, folderOf(key))
		}
		return s.remove()
	}
	return errors.Join(v.close(ErrUnknown), v.shelf.remove())
}

// Close closes all indexes. They carry on where they were when opened again.
func (l *Library) Close() error {
	l.mu.Lock()
	l.closed = true
	volumes := l.volumes
	l.volumes = nil
	l.mu.Unlock()
	var err error
	for _, v := range volumes {
		err = errors.Join(err, v.close(errClosed))
	}
	return err
}
