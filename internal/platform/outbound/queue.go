package outbound

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// queue lets a bounded number of requests to one origin be under way at a time.
// Connections alone would not do: one of HTTP/2 carries many requests.
type queue struct {
	most int

	mu    sync.Mutex
	doors map[Origin]*door // only those that somebody stands at
}

// door is the way to one origin.
type door struct {
	places chan struct{}
	users  int // inside or waiting
}

// errBusy is a request that waited for a place as long as it could.
var errBusy = errors.New("as many requests to it as may be are under way already")

func newQueue(most int) *queue { return &queue{most: most, doors: map[Origin]*door{}} }

// enter waits for a place until ctx is done. The place is given back by leave,
// which may be called more than once.
func (q *queue) enter(ctx context.Context, o Origin) (leave func(), err error) {
	d := q.join(o)
	select {
	case d.places <- struct{}{}:
		return sync.OnceFunc(func() { <-d.places; q.part(o) }), nil
	case <-ctx.Done():
		q.part(o)
		return nil, fmt.Errorf("%w: %w", errBusy, context.Cause(ctx))
	}
}

func (q *queue) join(o Origin) *door {
	q.mu.Lock()
	defer q.mu.Unlock()
	d := q.doors[o]
	if d == nil {
		d = &door{places: make(chan struct{}, q.most)}
		q.doors[o] = d
	}
	d.users++
	return d
}

func (q *queue) part(o Origin) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.doors[o].users--; q.doors[o].users == 0 {
		delete(q.doors, o)
	}
}
