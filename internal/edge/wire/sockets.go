package wire

import (
	"context"
	"net/http"
	"sync"
	"time"
)

// goodbye is how long a WebSocket that is cut off may take to say so.
const goodbye = time.Second

// sockets are the WebSockets that are open. net/http has given their connections
// away, so its Shutdown does not wait for them. The zero value is ready.
type sockets struct {
	mu    sync.Mutex
	open  map[*socket]struct{}
	empty chan struct{} // closed when the last one is removed; nil: there is none
}

func (s *sockets) add(k *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.open) == 0 {
		s.open, s.empty = map[*socket]struct{}{}, make(chan struct{})
	}
	s.open[k] = struct{}{}
}

func (s *sockets) remove(k *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, k)
	if len(s.open) == 0 {
		close(s.empty)
		s.empty = nil
	}
}

// wait waits until there are none, or ctx ends.
func (s *sockets) wait(ctx context.Context) error {
	s.mu.Lock()
	empty := s.empty
	s.mu.Unlock()
	if empty == nil {
		return nil
	}
	select {
	case <-empty:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// drain waits for those that are open, and cuts off those that are when ctx ends.
func (s *sockets) drain(ctx context.Context) error {
	err := s.wait(ctx)
	if err == nil {
		return nil
	}
	s.mu.Lock()
	for k := range s.open {
		k.cut(&refusal{status: http.StatusServiceUnavailable, code: "ServiceUnavailable", message: "The server is shutting down. Try again."})
	}
	s.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), goodbye)
	defer cancel()
	_ = s.wait(ctx)
	return err
}
