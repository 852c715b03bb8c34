package job

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// serve runs q until the test ends, or stop is called.
func serve(t testing.TB, q *Queue, workers int) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := q.Run(ctx, workers); err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	stop = func() { cancel(); wg.Wait() }
	t.Cleanup(stop)
	return stop
}

func TestThreeServersRunEachJobOnce(t *testing.T) {
	const jobs = 60
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		clock := storetest.NewClock()
		var mu sync.Mutex
		ran := map[string]int{}
		done := make(chan struct{})
		var queues []*Queue
		for range 3 {
			db, err := store.Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			q := newQueue(db, clock)
			Handle(q, "note", func(_ context.Context, _ string, n note) error {
				mu.Lock()
				defer mu.Unlock()
				ran[n.Text]++
				if len(ran) == jobs {
					close(done)
				}
				return nil
			})
			queues = append(queues, q)
		}
		var stops []func()
		for _, q := range queues {
			stops = append(stops, serve(t, q, 4))
		}
		var wg sync.WaitGroup
		for s, q := range queues {
			wg.Go(func() {
				for i := range jobs / 3 {
					enqueue(t, q, "app", "note", note{fmt.Sprint(s, "/", i)})
				}
			})
		}
		wg.Wait()
		<-done
		for _, stop := range stops {
			stop()
		}
		for text, n := range ran {
			if n != 1 {
				t.Errorf("job %s ran %d times", text, n)
			}
		}
		if left := listed(t, queues[0], Filter{}); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
	})
}

func TestConflictsDoNotHarmJobs(t *testing.T) {
	const jobs = 30
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		q := newQueue(db, clock)
		ran := map[string]int{}
		Handle(q, "note", func(_ context.Context, _ string, n note) error { ran[n.Text]++; return nil })
		for i := range jobs {
			enqueue(t, q, "app", "note", note{fmt.Sprint(i)})
		}
		runDue(t, q, jobs)
		for text, n := range ran {
			if n != 1 {
				t.Errorf("job %s ran %d times", text, n)
			}
		}
	}, storetest.WithClock(clock.Now), storetest.WithConflicts(1, 0.1))
}

func TestDrainWaitsForRunningJobs(t *testing.T) {
	q := newQueue(storetest.New(t), storetest.NewClock())
	started, finish := make(chan struct{}), make(chan struct{})
	var finished atomic.Bool
	Handle(q, "note", func(ctx context.Context, _ string, _ note) error {
		close(started)
		<-finish
		finished.Store(ctx.Err() == nil)
		return nil
	})
	stop := serve(t, q, 1)
	enqueue(t, q, "app", "note", note{})
	<-started
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	select {
	case <-stopped:
		t.Error("Run returned while a job was running")
	default:
	}
	close(finish)
	<-stopped
	if !finished.Load() || len(listed(t, q, Filter{})) != 0 {
		t.Error("the running job was not left to finish")
	}
}

func TestDrainReleasesWhatDoesNotFinish(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		q := newQueue(db, clock)
		q.grace = time.Nanosecond
		started := make(chan struct{})
		var cause error
		Handle(q, "note", func(ctx context.Context, _ string, _ note) error {
			close(started)
			<-ctx.Done()
			cause = context.Cause(ctx)
			return ctx.Err()
		})
		stop := serve(t, q, 1)
		enqueue(t, q, "app", "note", note{})
		<-started
		stop()
		if !errors.Is(cause, errShutdown) {
			t.Errorf("the handler was cancelled by %v", cause)
		}
		if i := listed(t, q, Filter{})[0]; i.State != Waiting || i.Attempts != 0 || i.LeasedBy != "" || !i.Due.Equal(clock.Now()) {
			t.Errorf("not put back: %+v", i)
		}
	})
}

// BenchmarkEnqueueAndRun is jobs per second through the durable embedded store:
// enqueued by 64 writers, each in a transaction of its own, and run by 8 workers.
func BenchmarkEnqueueAndRun(b *testing.B) {
	db, err := store.Open(context.Background(), store.Config{Dir: b.TempDir(), Now: storetest.Start})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	q := newQueue(db, storetest.NewClock())
	var left sync.WaitGroup
	Handle(q, "note", func(context.Context, string, note) error { left.Done(); return nil })
	stop := serve(b, q, 8)
	left.Add(b.N)
	b.ResetTimer()
	var next atomic.Int64
	var writers sync.WaitGroup
	for range 64 {
		writers.Go(func() {
			for next.Add(1) <= int64(b.N) {
				enqueue(b, q, "app", "note", note{"n"})
			}
		})
	}
	writers.Wait()
	left.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "jobs/s")
	stop()
}

// What a server held that is gone is due at once, and nothing else is. If it was slow
// only, what it comes to does not count.
func TestFree(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		gone, living, heir := newQueue(db, clock), newQueue(db, clock), newQueue(db, clock)
		var ran []string
		for _, q := range []*Queue{gone, living, heir} {
			Handle(q, "note", func(_ context.Context, _ string, n note) error {
				ran = append(ran, q.Server()+" "+n.Text)
				return nil
			})
		}
		var held []*claim
		for _, q := range []*Queue{gone, living} {
			enqueue(t, q, "app", "note", note{"of " + q.Server()})
			claims, err := q.claim(t.Context(), 1)
			if err != nil || len(claims) != 1 {
				t.Fatalf("%d claims, %v", len(claims), err)
			}
			held = append(held, claims...)
		}
		free := func() error {
			return db.Update(t.Context(), func(tx *store.Tx) error {
				more, err := heir.Free(tx, gone.Server(), 1)
				if more {
					t.Error("there is more")
				}
				return err
			})
		}
		runDue(t, heir, 0)
		if err := free(); err != nil {
			t.Fatal(err)
		}
		select {
		case <-heir.wake:
		default:
			t.Error("not woken")
		}
		if err := gone.renewAll(t.Context()); err != nil {
			t.Error(err)
		}
		gone.attempt(t.Context(), held[0])
		living.attempt(t.Context(), held[1])
		if left := listed(t, heir, Filter{}); len(left) != 1 || left[0].State != Waiting || left[0].Attempts != 1 {
			t.Errorf("left: %+v", left)
		}
		runDue(t, heir, 1)
		of := "of " + gone.Server()
		want := []string{gone.Server() + " " + of, living.Server() + " of " + living.Server(), heir.Server() + " " + of}
		if !slices.Equal(ran, want) {
			t.Errorf("ran %q, want %q", ran, want)
		}
		if left := listed(t, heir, Filter{}); len(left) != 0 {
			t.Errorf("left: %+v", left)
		}
	})
}

// Periodic work is done now and then again after its period, unless it is being done.
func TestHasten(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		q := newQueue(db, clock)
		hasten := func() {
			t.Helper()
			if err := db.Update(t.Context(), func(tx *store.Tx) error { return q.Hasten(tx, "sweep") }); err != nil {
				t.Error(err)
			}
		}
		ran := 0
		q.Schedule("sweep", time.Hour, func(context.Context) error {
			ran++
			hasten() // has no effect
			return nil
		})
		hasten() // nor before the first time
		runDue(t, q, 0)
		hasten()
		select {
		case <-q.wake:
		default:
			t.Error("not woken")
		}
		runDue(t, q, 1)
		if i := listed(t, q, Filter{})[0]; ran != 1 || !i.Due.Equal(clock.Now().Add(time.Hour)) {
			t.Errorf("ran %d times, %+v", ran, i)
		}
	})
}
