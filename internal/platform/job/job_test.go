package job

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"go.uber.org/goleak"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

const tenant = "123456789012:us-east-1"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type note struct{ Text string }

// each runs a test on every database, with a clock that store and queue share.
func each(t *testing.T, test func(t *testing.T, db *store.DB, clock *storetest.Clock)) {
	t.Helper()
	clock := storetest.NewClock() // shared by the databases of a test: it only moves forward
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, db, clock) }, storetest.WithClock(clock.Now))
}

func newQueue(db *store.DB, clock *storetest.Clock) *Queue {
	return New(db, slog.New(slog.DiscardHandler), clock.Now)
}

func enqueue(t testing.TB, q *Queue, application, kind string, args any) {
	t.Helper()
	err := q.db.Update(context.Background(), func(tx *store.Tx) error { return q.Enqueue(tx, tenant, application, kind, args) })
	if err != nil {
		t.Fatal(err)
	}
}

func runDue(t *testing.T, q *Queue, want int) {
	t.Helper()
	n, err := q.RunDue(t.Context())
	if err != nil || n != want {
		t.Fatalf("RunDue = %d, %v, want %d attempts", n, err, want)
	}
}

func listed(t *testing.T, q *Queue, f Filter) []Info {
	t.Helper()
	infos, err := q.List(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	return infos
}

func TestJobRunsOnce(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		q := newQueue(db, clock)
		var got []string
		Handle(q, "note", func(_ context.Context, tenant string, n note) error {
			got = append(got, tenant+" "+n.Text)
			return nil
		})
		runDue(t, q, 0)
		enqueue(t, q, "app", "note", note{"hello"})
		runDue(t, q, 1)
		runDue(t, q, 0)
		if want := []string{tenant + " hello"}; !cmp.Equal(got, want) {
			t.Errorf("ran %q, want %q", got, want)
		}
		if left := listed(t, q, Filter{}); len(left) != 0 {
			t.Errorf("left: %v", left)
		}
	})
}

func TestEnqueueIsPartOfTheTransaction(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		q := newQueue(db, clock)
		mine := errors.New("mine")
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			if err := q.Enqueue(tx, tenant, "app", "note", note{}); err != nil {
				return err
			}
			return mine
		})
		if left := listed(t, q, Filter{}); !errors.Is(err, mine) || len(left) != 0 {
			t.Errorf("%v; jobs of a failed transaction: %v", err, left)
		}
		select {
		case <-q.wake:
			t.Error("woken by a failed transaction")
		default:
		}
	})
}

func TestEnqueueAtWaits(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		q := newQueue(db, clock)
		ran := 0
		Handle(q, "note", func(context.Context, string, note) error { ran++; return nil })
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			return q.EnqueueAt(tx, tenant, "app", "note", note{}, tx.Now().Add(2*time.Second))
		})
		if err != nil {
			t.Fatal(err)
		}
		select {
		case <-q.wake:
			t.Error("woken for a job that waits")
		default:
		}
		runDue(t, q, 0)
		clock.Advance(2 * time.Second)
		runDue(t, q, 1)
		if ran != 1 {
			t.Errorf("ran %d times", ran)
		}
	})
}

func TestEnqueueBoundsArguments(t *testing.T) {
	q := newQueue(storetest.New(t), storetest.NewClock())
	err := q.db.Update(t.Context(), func(tx *store.Tx) error {
		return q.Enqueue(tx, tenant, "app", "note", note{strings.Repeat("x", MaxArgs)})
	})
	if want := "job note: arguments of 65547 bytes, more than 65536"; err == nil || err.Error() != want {
		t.Errorf("Enqueue = %v, want %s", err, want)
	}
}

func TestRetriesThenGivesUp(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		q := newQueue(db, clock)
		broken := errors.New("no luck\x00")
		Handle(q, "note", func(context.Context, string, note) error { return broken })
		var told []string
		OnFailed(q, "note", func(tx *store.Tx, tenant string, n note, cause error) error {
			told = append(told, fmt.Sprintf("%s %s %t", tenant, n.Text, errors.Is(cause, broken)))
			return nil
		})
		enqueue(t, q, "app", "note", note{"n"})
		created := clock.Now()
		for attempt := int64(1); attempt <= maxAttempts; attempt++ {
			runDue(t, q, 1)
			runDue(t, q, 0) // not before its pause is over
			info := listed(t, q, Filter{})[0]
			if attempt == maxAttempts {
				break
			}
			pause := info.Due.Sub(clock.Now())
			least := min(longestPause, firstPause<<(attempt-1))
			if info.State != Waiting || info.Attempts != attempt || pause < least || pause > least*5/4 {
				t.Fatalf("after attempt %d: %+v, pause %v, want %v to a quarter more", attempt, info, pause, least)
			}
			clock.Advance(pause)
		}
		want := []Info{{Kind: "note", Tenant: tenant, Application: "app", State: Failed, Attempts: maxAttempts,
			LastError: "no luck", Created: created}}
		if diff := cmp.Diff(want, listed(t, q, Filter{}), cmpopts.IgnoreFields(Info{}, "ID")); diff != "" {
			t.Errorf("after the last attempt (-want +got):\n%s", diff)
		}
		if want := []string{tenant + " n true"}; !cmp.Equal(told, want) {
			t.Errorf("OnFailed: %q, want %q", told, want)
		}
		clock.Advance(24 * time.Hour)
		runDue(t, q, 0)
	})
}

func TestPermanent(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		q := newQueue(db, clock)
		Handle(q, "note", func(context.Context, string, note) error {
			return fmt.Errorf("building: %w", PermanentError{errors.New("bad document")})
		})
		enqueue(t, q, "app", "note", note{})
		enqueue(t, q, "app", "note", "not an object")
		runDue(t, q, 2)
		var errs []string
		for _, i := range listed(t, q, Filter{State: Failed}) {
			errs = append(errs, fmt.Sprint(i.Attempts, " ", i.LastError))
		}
		want := []string{
			"1 building: bad document",
			"1 the arguments cannot be read: json: cannot unmarshal string into Go value of type job.note",
		}
		less := cmpopts.SortSlices(func(a, b string) bool { return a < b })
		if diff := cmp.Diff(want, errs, less); diff != "" {
			t.Errorf("failed jobs (-want +got):\n%s", diff)
		}
	})
}

func TestPanicIsAFailedAttempt(t *testing.T) {
	clock := storetest.NewClock()
	var logged bytes.Buffer
	q := New(storetest.New(t, storetest.WithClock(clock.Now)), slog.New(slog.NewTextHandler(&logged, nil)), clock.Now)
	Handle(q, "note", func(context.Context, string, note) error { panic("oops") })
	enqueue(t, q, "app", "note", note{})
	runDue(t, q, 1)
	info := listed(t, q, Filter{})[0]
	if info.State != Waiting || info.LastError != "panic: oops" {
		t.Errorf("%+v", info)
	}
	if !strings.Contains(logged.String(), "job_test.go") {
		t.Errorf("the log has no stack: %s", &logged)
	}
}

func TestOnFailedIsPartOfGivingUp(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		q := newQueue(db, clock)
		Handle(q, "note", func(context.Context, string, note) error { return PermanentError{errors.New("no")} })
		refuse := true
		OnFailed(q, "note", func(*store.Tx, string, note, error) error {
			if refuse {
				return errors.New("cannot tell")
			}
			return nil
		})
		enqueue(t, q, "app", "note", note{})
		runDue(t, q, 1)
		if info := listed(t, q, Filter{})[0]; info.State != Running {
			t.Errorf("given up although its family could not be told: %+v", info)
		}
		refuse = false
		clock.Advance(leaseTime)
		runDue(t, q, 1)
		if info := listed(t, q, Filter{})[0]; info.State != Failed || info.Attempts != 2 {
			t.Errorf("%+v", info)
		}
	})
}

func TestRetry(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		q := newQueue(db, clock)
		fail := true
		Handle(q, "note", func(context.Context, string, note) error {
			if fail {
				return PermanentError{errors.New("no")}
			}
			return nil
		})
		enqueue(t, q, "app", "note", note{})
		id := listed(t, q, Filter{})[0].ID
		want := fmt.Sprintf("job %s is waiting: only a failed job can be retried", id)
		if err := q.Retry(t.Context(), id); err == nil || err.Error() != want {
			t.Errorf("Retry of a waiting job: %v, want %s", err, want)
		}
		runDue(t, q, 1)
		if err := q.Retry(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		fail = false
		runDue(t, q, 1)
		want = fmt.Sprintf("there is no job %s: it is done, or was cancelled", id)
		if err := q.Retry(t.Context(), id); err == nil || err.Error() != want {
			t.Errorf("Retry of a job done: %v, want %s", err, want)
		}
	})
}

func TestTakeover(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		dead, alive := newQueue(db, clock), newQueue(db, clock)
		ran := 0
		for _, q := range []*Queue{dead, alive} {
			Handle(q, "note", func(context.Context, string, note) error { ran++; return nil })
		}
		enqueue(t, dead, "app", "note", note{})
		claims, err := dead.claim(t.Context(), 5)
		if err != nil || len(claims) != 1 {
			t.Fatalf("claim = %v, %v", claims, err)
		}
		clock.Advance(leaseTime - time.Microsecond)
		runDue(t, alive, 0)
		if i := listed(t, alive, Filter{})[0]; i.State != Running || i.LeasedBy != dead.owner {
			t.Errorf("%+v", i)
		}
		clock.Advance(time.Microsecond)
		taken, err := alive.claim(t.Context(), 5)
		if err != nil || len(taken) != 1 || taken[0].attempt != 2 {
			t.Fatalf("claim = %v, %v", taken, err)
		}
		// The first server was only slow: its outcome no longer counts.
		dead.attempt(t.Context(), claims[0])
		if left := listed(t, alive, Filter{}); len(left) != 1 {
			t.Errorf("a lost claim ended the job")
		}
		alive.attempt(t.Context(), taken[0])
		if left := listed(t, alive, Filter{}); len(left) != 0 || ran != 2 {
			t.Errorf("left %v, ran %d times", left, ran)
		}
	})
}

func TestFoundByTwoTakenByOne(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		q := newQueue(db, clock)
		enqueue(t, q, "app", "note", note{})
		var found []*claim
		err := db.View(t.Context(), func(tx *store.Tx) (err error) {
			found, err = due(tx, []string{"note"}, 1)
			return err
		})
		if err != nil || len(found) != 1 {
			t.Fatalf("due = %v, %v", found, err)
		}
		for _, want := range []bool{true, false} {
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				got, err := take(tx, found[0], "owner")
				if got != want {
					t.Errorf("take = %t, want %t", got, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestRenewal(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		q, other := newQueue(db, clock), newQueue(db, clock)
		Handle(other, "note", func(context.Context, string, note) error { t.Error("taken over while renewed"); return nil })
		Handle(q, "note", func(ctx context.Context, _ string, _ note) error {
			for range 5 {
				clock.Advance(leaseTime - time.Second)
				if err := q.renewAll(ctx); err != nil {
					t.Error(err)
				}
				runDue(t, other, 0)
			}
			return nil
		})
		enqueue(t, q, "app", "note", note{})
		runDue(t, q, 1)
	})
}

func TestServerThatDiesEveryTime(t *testing.T) {
	clock := storetest.NewClock()
	q := newQueue(storetest.New(t, storetest.WithClock(clock.Now)), clock)
	Handle(q, "note", func(context.Context, string, note) error { t.Error("one attempt too many"); return nil })
	enqueue(t, q, "app", "note", note{})
	for range maxAttempts {
		if claims, err := q.claim(t.Context(), 1); err != nil || len(claims) != 1 {
			t.Fatalf("claim = %v, %v", claims, err)
		}
		clock.Advance(leaseTime)
	}
	runDue(t, q, 1)
	if i := listed(t, q, Filter{})[0]; i.State != Failed || i.LastError != "no attempt came to an end: the server died in each of 8" {
		t.Errorf("%+v", i)
	}
}

func TestCancelApplication(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		q := newQueue(db, clock)
		enqueue(t, q, "app", "note", note{"1"})
		enqueue(t, q, "app", "note", note{"2"})
		enqueue(t, q, "app", "purge", note{})
		enqueue(t, q, "other", "note", note{})
		// One of the application's jobs cancels the others while it runs, and one
		// of those runs too.
		cancelled := false
		Handle(q, "note", func(ctx context.Context, _ string, n note) error {
			<-ctx.Done()
			cancelled = errors.Is(context.Cause(ctx), errCancelled)
			return ctx.Err()
		})
		claims, err := q.claim(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		wg.Go(func() { q.attempt(t.Context(), claims[0]) })
		waitFor(func() bool { q.mu.Lock(); defer q.mu.Unlock(); return len(q.running) == 1 })
		err = db.Update(t.Context(), func(tx *store.Tx) error {
			n, err := q.CancelApplication(tx, tenant, "app", 2, "purge")
			if n != 2 {
				t.Errorf("cancelled %d jobs, want 2", n)
			}
			return err
		})
		wg.Wait()
		if err != nil || !cancelled {
			t.Errorf("%v; the running job was told: %t", err, cancelled)
		}
		var left []string
		for _, i := range listed(t, q, Filter{}) {
			left = append(left, i.Application+" "+i.Kind)
		}
		less := cmpopts.SortSlices(func(a, b string) bool { return a < b })
		if diff := cmp.Diff([]string{"app purge", "other note"}, left, less); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
	})
}

// However many jobs there are, one transaction deletes no more than it is told.
func TestCancelApplicationIsBounded(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		q := newQueue(db, clock)
		for range 5 {
			enqueue(t, q, "app", "note", note{})
		}
		enqueue(t, q, "app", "purge", note{})
		for _, want := range []int{3, 2, 0} {
			err := db.Update(t.Context(), func(tx *store.Tx) error {
				n, err := q.CancelApplication(tx, tenant, "app", 3, "purge")
				if n != want {
					t.Errorf("cancelled %d jobs, want %d", n, want)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if left := listed(t, q, Filter{}); len(left) != 1 || left[0].Kind != "purge" {
			t.Errorf("left: %+v", left)
		}
	})
}

// waitFor yields until cond holds, which another goroutine brings about.
func waitFor(cond func() bool) {
	for tick := time.NewTicker(time.Millisecond); !cond(); {
		<-tick.C
	}
}

func TestSchedule(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		ran := 0
		var queues []*Queue
		for range 3 {
			q := newQueue(db, clock)
			q.Schedule("sweep", time.Hour, func(context.Context) error {
				ran++
				if ran == 2 {
					return PermanentError{errors.New("for now")}
				}
				return nil
			})
			queues = append(queues, q)
		}
		for round, want := range []int{0, 1, 2, 3} {
			for _, q := range queues {
				if _, err := q.RunDue(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			if ran != want {
				t.Errorf("round %d: ran %d times, want %d", round, ran, want)
			}
			if i := listed(t, queues[0], Filter{}); len(i) != 1 || i[0].State != Waiting || !i[0].Due.Equal(clock.Now().Add(time.Hour)) {
				t.Errorf("round %d: %+v", round, i)
			}
			clock.Advance(time.Hour)
		}
	})
}

func TestListFilters(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		q := newQueue(db, clock)
		for i, app := range []string{"a", "b", "a"} {
			enqueue(t, q, app, fmt.Sprintf("kind%d", i), note{})
			clock.Advance(time.Second)
		}
		for _, tt := range []struct {
			f    Filter
			want string
		}{
			{Filter{}, "kind0 kind1 kind2"},
			{Filter{Application: "a"}, "kind0 kind2"},
			{Filter{Tenant: tenant, Kind: "kind1"}, "kind1"},
			{Filter{Tenant: "other"}, ""},
			{Filter{State: Failed}, ""},
			{Filter{State: Waiting, Limit: 1}, "kind0"},
		} {
			var got []string
			for _, i := range listed(t, q, tt.f) {
				got = append(got, i.Kind)
			}
			if strings.Join(got, " ") != tt.want {
				t.Errorf("%+v: %v, want %s", tt.f, got, tt.want)
			}
		}
	})
}

func TestUnknownKindWaits(t *testing.T) {
	clock := storetest.NewClock()
	old := newQueue(storetest.New(t, storetest.WithClock(clock.Now)), clock)
	Handle(old, "note", func(context.Context, string, note) error { return nil })
	enqueue(t, old, "app", "news", note{})
	runDue(t, old, 0)
	if i := listed(t, old, Filter{})[0]; i.State != Waiting || i.Attempts != 0 {
		t.Errorf("a kind this server cannot handle: %+v", i)
	}
}
