package assembly

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/parleyhq/parley/internal/edge/wire"
	"github.com/parleyhq/parley/internal/platform/audit"
)

const (
	workers   = 4 // jobs that a server runs at once
	leaveTime = 5 * time.Second
)

// Server is a server that is built. It is safe for concurrent use.
type Server struct {
	*Rooms
	wire    *wire.Server
	metrics *wire.Metrics
	audit   *audit.Book // nil: nothing is recorded
	log     *slog.Logger
}

// ServeHTTP answers a request of the API, or a probe. It runs no jobs: Serve does.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.wire.ServeHTTP(w, r) }

// Close lets go of the state, and of the audit record after it.
func (s *Server) Close() error { return errors.Join(s.Rooms.Close(), s.audit.Close()) }

// Serve answers on the listeners and works on jobs until ctx ends. It then lets
// requests finish, then jobs, and closes the state. It returns nil after that,
// and otherwise what went wrong; the server is closed in any case.
func (s *Server) Serve(ctx context.Context, listeners ...net.Listener) error {
	leave, err := s.join(ctx)
	if err != nil {
		return errors.Join(err, s.Close())
	}
	serving, halt := context.WithCancelCause(ctx)
	defer halt(nil)
	working, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	followed := make(chan error, 1)
	go func() { followed <- s.Library.Follow(working) }()
	worked := make(chan error, 1)
	go func() {
		err := s.work(working)
		if err != nil {
			halt(err) // a server without workers would promise what nobody does
		}
		worked <- err
	}()
	err = s.wire.Serve(serving, listeners...)
	stop()
	err = errors.Join(err, <-worked, <-followed)
	leave()
	return errors.Join(err, s.Close())
}

// join has the server known until leave is called, which nobody has to wait for then.
// It comes before the first request, so that a client which sends its request again,
// after a server died that had this store alone, is not told that it is still being
// answered.
func (s *Server) join(ctx context.Context) (leave func(), err error) {
	if err := s.Servers.Join(ctx); err != nil && ctx.Err() == nil {
		return nil, fmt.Errorf("joining the servers of this store: %w", err)
	}
	keeping, stop := context.WithCancel(context.WithoutCancel(ctx))
	var kept sync.WaitGroup
	kept.Go(func() { s.Servers.Keep(keeping) })
	return func() {
		stop()
		kept.Wait()
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), leaveTime)
		defer stop()
		if err := s.Servers.Leave(ctx); err != nil {
			s.log.Warn("others will notice only later that this server is gone", "error", err)
		}
	}, nil
}

// work runs jobs until ctx ends.
func (s *Server) work(ctx context.Context) error {
	if err := s.Jobs.Run(ctx, workers); err != nil && ctx.Err() == nil {
		return fmt.Errorf("jobs: %w", err)
	}
	return nil
}

// Metrics serves /metrics, and the probes /healthz and /readyz. It asks for no
// signature: its listener is for the operator alone.
func (s *Server) Metrics() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metrics.Handler())
	mux.Handle("GET /healthz", s.wire)
	mux.Handle("GET /readyz", s.wire)
	return mux
}

// newMetrics registers the figures of a server, of Go and of the process.
func newMetrics(r *prometheus.Registry) *wire.Metrics {
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return wire.NewMetrics(r)
}

// ready reports whether the store answers.
func (r *Rooms) ready(ctx context.Context) error {
	_, err := recall(ctx, r.DB, masterKeyCheck)
	return err
}
