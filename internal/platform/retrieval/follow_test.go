package retrieval_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleyhq/parley/internal/platform/retrieval"
)

// What was committed before a search is found, without Follow and without a
// nudge.
func TestReadsItsOwnWrites(t *testing.T) {
	s := stocked(3)
	l := open(t, "", s)
	for n := range 50 {
		found(t, l, common)
		s.put(text(fmt.Sprint("new", n), "", fmt.Sprint("fresh", n)))
		if diff := cmp.Diff([]string{fmt.Sprint("new", n)}, found(t, l, retrieval.Query{Text: fmt.Sprint("fresh", n)})); diff != "" {
			t.Fatal(diff)
		}
		s.put(retrieval.Change{Document: fmt.Sprint("new", n), Gone: true})
		if diff := cmp.Diff([]string{}, found(t, l, retrieval.Query{Text: fmt.Sprint("fresh", n)})); diff != "" {
			t.Fatal(diff)
		}
	}
}

// What another server committed is here before anybody asks.
func TestFollow(t *testing.T) {
	s := stocked(3)
	l := open(t, "", s)
	found(t, l, common)
	ctx, cancel := context.WithCancel(t.Context())
	var done sync.WaitGroup
	done.Go(func() {
		if err := l.Follow(ctx); err != nil {
			t.Errorf("follow: %v", err)
		}
	})
	reads := s.reads
	s.put(text("new", "", "common"))
	for {
		s.mu.Lock()
		now := s.reads
		s.mu.Unlock()
		if now > reads {
			break
		}
	}
	cancel()
	done.Wait()
}

// The log was compacted while a server was away: what is gone is gone.
func TestCompacted(t *testing.T) {
	s := stocked(10)
	dir := filled(t, s)
	s.put(retrieval.Change{Document: "d0003", Gone: true})
	s.forget()
	s.put(text("new", "", "common"))
	l := open(t, dir, s)
	got := found(t, l, common)
	if len(got) != 10 || strings.Contains(strings.Join(got, " "), "d0003") {
		t.Errorf("found %v", got)
	}
}

// An index that was away for too long answers nothing until it is built anew:
// it does not know what is gone.
func TestCompactedWhileAway(t *testing.T) {
	s := stocked(10)
	dir := filled(t, s)
	s.put(retrieval.Change{Document: "d0003", Gone: true})
	s.forget()
	for n := range 300 { // more than one batch
		s.put(text(fmt.Sprint("new", n), "", slices.Repeat([]string{"fresh"}, 20)...))
	}
	l := open(t, dir, s)
	tried := 0
	s.reading = func() {
		tried++
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		res, err := l.Search(ctx, key, common)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("while it is built: %d found, %v", len(res.Hits), err)
		}
	}
	if got := found(t, l, common); len(got) != 9 || slices.Contains(got, "d0003") {
		t.Errorf("found %v", got)
	}
	if tried < 3 {
		t.Errorf("searched %d times while it was built", tried)
	}
}

// A new epoch is a new index; the old one answers until it is there.
func TestEpoch(t *testing.T) {
	s := stocked(10)
	dir := t.TempDir()
	l := open(t, dir, s)
	found(t, l, common)
	s.epoch()
	s.put(text("new", "", "common"))
	if n := len(found(t, l, common)); n != 11 {
		t.Errorf("%d of 11 found", n)
	}
	if err := l.Wait(t.Context(), key, 11); err != nil {
		t.Fatal(err)
	}
	for {
		l.Nudge(key)
		found(t, l, common)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		status, _, err := retrieval.StatusOf(dir, key)
		if err != nil {
			t.Fatal(err)
		}
		if status.Epoch == 1 && status.Documents == 11 {
			return
		}
		l = open(t, dir, s)
	}
}

// A store that was restored from before is followed from there.
func TestLogGoesBack(t *testing.T) {
	s := stocked(10)
	dir := filled(t, s)
	s = stocked(5)
	l := open(t, dir, s)
	s.put(text("d0000", "", "common"))
	for len(found(t, l, common)) != 5 {
		if t.Context().Err() != nil {
			t.Fatal("what is not in the store is still found")
		}
	}
}

func TestDeleted(t *testing.T) {
	s := stocked(10)
	dir := t.TempDir()
	l := open(t, dir, s)
	found(t, l, common)
	s.mu.Lock()
	s.deleted = true
	s.mu.Unlock()
	if _, err := l.Search(t.Context(), key, common); !errors.Is(err, retrieval.ErrUnknown) {
		t.Errorf("search: %v", err)
	}
	if left := folders(t, dir); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
	if err := l.Forget(key); err != nil {
		t.Errorf("forgetting again: %v", err)
	}
}

func folders(t *testing.T, dir string) []string {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(dir, "retrieval", "*"))
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Follow removes what is left of indexes that there are no more, and nothing else.
func TestPrune(t *testing.T) {
	s := stocked(10)
	dir := filled(t, s)
	stray := filepath.Join(dir, "retrieval", "0123456789abcdef0123456789abcdef")
	if err := os.MkdirAll(filepath.Join(stray, "1"), 0o700); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := open(t, dir, s).Follow(ctx); err != nil {
		t.Fatal(err)
	}
	if left := folders(t, dir); len(left) != 1 || left[0] == stray {
		t.Errorf("left: %v", left)
	}
}

// Two servers that are given one folder both answer.
func TestFolderInUse(t *testing.T) {
	s := stocked(10)
	dir := t.TempDir()
	for range 2 {
		if n := len(found(t, open(t, dir, s), common)); n != 10 {
			t.Errorf("%d of 10 found", n)
		}
	}
}

// Searches, changes, nudges and a rebuild at the same time. Every search is
// right for some moment: it has no document twice, and none that nobody may see.
func TestConcurrency(t *testing.T) {
	s := stocked(100)
	s.put(seenBy(text("hidden", "", "common"), "nobody"))
	l := open(t, t.TempDir(), s)
	found(t, l, common)
	var done sync.WaitGroup
	for range 4 {
		done.Go(func() {
			for range 40 {
				res, err := l.Search(t.Context(), key, common)
				if err != nil {
					t.Errorf("search: %v", err)
					return
				}
				seen := map[string]bool{}
				for _, h := range res.Hits {
					if seen[h.Document] || h.Document == "hidden" {
						t.Errorf("found %s", h.Document)
					}
					seen[h.Document] = true
				}
				if len(seen) < 100 {
					t.Errorf("%d found", len(seen))
				}
			}
		})
	}
	done.Go(func() {
		for n := range 40 {
			s.put(text(fmt.Sprintf("d%04d", n), "", fmt.Sprint("common again", n)), text(fmt.Sprint("more", n), "", fmt.Sprint("common more", n)))
			l.Nudge(key)
			if n == 20 {
				s.epoch()
			}
		}
	})
	done.Wait()
	if n := len(found(t, l, common)); n != 140 {
		t.Errorf("%d of 140 found", n)
	}
}

// failing is a source that fails while it is told to.
type failing struct {
	*changes
	err error
}

func (f *failing) Changes(ctx context.Context, k retrieval.Key, after int64, limit int) ([]retrieval.Change, error) {
	f.mu.Lock()
	err := f.err
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return f.changes.Changes(ctx, k, after, limit)
}

// An index that cannot follow answers with what it has, and says so in a metric;
// it carries on when it can.
func TestSourceFails(t *testing.T) {
	registry := prometheus.NewRegistry()
	s := &failing{changes: stocked(10)}
	l := retrieval.New(retrieval.Config{Source: s, Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Metrics: registry})
	defer l.Close()
	found(t, l, common)
	s.err = errors.New("the database is away")
	s.put(text("new", "", "common"))
	if n := len(found(t, l, common)); n != 10 {
		t.Errorf("%d of 10 found", n)
	}
	if late, lag := gauge(t, registry, "parley_search_late_total"), gauge(t, registry, "parley_index_lag_changes"); late != 1 || lag != 1 {
		t.Errorf("late %g, lag %g", late, lag)
	}
	s.mu.Lock()
	s.err = nil
	s.mu.Unlock()
	if n := len(found(t, l, common)); n != 11 {
		t.Errorf("%d of 11 found", n)
	}
	if lag, seconds := gauge(t, registry, "parley_index_lag_changes"), gauge(t, registry, "parley_index_lag_seconds"); lag != 0 || seconds != 0 {
		t.Errorf("lag %g, %g s", lag, seconds)
	}
}

// gauge reads a metric.
func gauge(t *testing.T, r *prometheus.Registry, name string) float64 {
	t.Helper()
	families, err := r.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == name {
			return f.GetMetric()[0].GetGauge().GetValue() + f.GetMetric()[0].GetCounter().GetValue()
		}
	}
	t.Fatalf("no metric %s", name)
	return 0
}
