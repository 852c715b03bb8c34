package retrieval_test

import (
	"io"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleyhq/parley/internal/platform/retrieval"
)

// TestIdle: an index that nobody uses is closed, and opened again as it was, also for
// those who search at that moment.
func TestIdle(t *testing.T) {
	var later atomic.Int64 // nanoseconds
	begun, dir := time.Now(), t.TempDir()
	metrics := prometheus.NewRegistry()
	s := &changes{}
	s.put(text("a", "", "soup"), text("b", "", "bread"))
	first := open(t, dir, s)
	found(t, first, common)
	settled(t, dir, first, s)
	l := retrieval.New(retrieval.Config{
		Dir: dir, Source: s, Now: func() time.Time { return begun.Add(time.Duration(later.Load())) },
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Metrics: metrics,
	})
	t.Cleanup(func() { l.Close() })
	isOpen := func() float64 { return gauge(t, metrics, "parley_index_open") }
	find := func() []string { return found(t, l, retrieval.Query{Text: "soup"}) }
	find()
	pass := func(d time.Duration) {
		later.Add(int64(d))
		l.Retire()
	}
	pass(29 * time.Minute)
	find()
	if pass(29 * time.Minute); isOpen() != 1 {
		t.Fatal("an index that is used is closed")
	}
	if pass(time.Minute); isOpen() != 0 {
		t.Fatal("an index that nobody has used for half an hour is open")
	}
	reads := s.reads
	var busy sync.WaitGroup
	for range 2 {
		busy.Go(func() {
			for range 50 {
				if diff := cmp.Diff([]string{"a"}, find()); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
	for range 20 {
		pass(30 * time.Minute)
	}
	busy.Wait()
	if s.reads != reads {
		t.Error("an index that was closed is built anew")
	}
	pass(30 * time.Minute)
	s.put(text("c", "", "soup of another kind"))
	if diff := cmp.Diff([]string{"a", "c"}, find()); diff != "" {
		t.Error(diff)
	}
	pass(30 * time.Minute)
	if err := l.Forget(key); err != nil {
		t.Error(err)
	}
}
