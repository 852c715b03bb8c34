package chat

import (
	"fmt"
	"sync"

	"github.com/parleyhq/parley/internal/core/fault"
)

// crowd counts the requests of each user that a server is answering. The zero value
// is ready.
type crowd struct {
	mu sync.Mutex
	of map[owner]int
}

// admit takes in one more request of a user, until leave is called: before its events
// are received, since each stream that waits costs memory. The error is a Throttling.
// In an application without users all guests come as one principal, and are not
// counted.
func (s *Service) admit(r *request) (leave func(), err error) {
	if r.who.Anonymous {
		return func() {}, nil
	}
	if most := s.Quotas.turns(); !s.crowd.enter(r.owner, most) {
		return nil, &fault.Error{Code: fault.Throttling, Message: fmt.Sprintf("%d messages of yours are being answered already, as many as may be at once. Wait for one of these answers, then try again.", most)}
	}
	return func() { s.crowd.leave(r.owner) }, nil
}

func (c *crowd) enter(o owner, most int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of[o] >= most {
		return false
	}
	if c.of == nil {
		c.of = map[owner]int{}
	}
	c.of[o]++
	return true
}

func (c *crowd) leave(o owner) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.of[o]--; c.of[o] == 0 {
		delete(c.of, o)
	}
}
