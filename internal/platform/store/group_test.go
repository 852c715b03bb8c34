package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func noon() time.Time { return time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC) }

func scratch(t *testing.T) (*DB, *writer) {
	t.Helper()
	db, err := Open(t.Context(), Config{Now: noon})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db, db.engine.(*embedded).writer
}

func add(tx *Tx, token string) error {
	_, err := tx.Exec(`INSERT INTO replay (tenant, application, operation, token, input_hash, answer, expires_at)
		VALUES ('t', 'a', 'o', $1, $2, '', 0)`, token, []byte{1})
	return err
}

func tokens(t *testing.T, db *DB) string {
	t.Helper()
	var list []string
	err := db.View(context.Background(), func(tx *Tx) error {
		return tx.Each(`SELECT token FROM replay WHERE tenant = 't' ORDER BY token`, nil, func(r *Rows) error {
			var s string
			err := r.Scan(&s)
			list = append(list, s)
			return err
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(list, " ")
}

// waiting returns once n callers wait for the turn.
func (w *writer) waiting(n int) {
	for tick := time.NewTicker(100 * time.Microsecond); ; <-tick.C {
		w.mu.Lock()
		have := len(w.queue)
		w.mu.Unlock()
		if have == n {
			return
		}
	}
}

// inOneGroup runs the parts so that they queue up, in order, while the first
// has the turn, and returns once each has been answered.
func inOneGroup(w *writer, first func(hold func()), parts ...func()) {
	holding, release := make(chan struct{}), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { first(func() { close(holding); <-release }) })
	<-holding
	for i, part := range parts {
		wg.Go(part)
		w.waiting(i + 1)
	}
	close(release)
	wg.Wait()
}

func TestGroupMembersDoNotHarmEachOther(t *testing.T) {
	db, w := scratch(t)
	ctx := t.Context()
	mine := errors.New("mine")
	var groups []*group
	ok := func(token string) func() {
		return func() {
			err := db.Update(ctx, func(tx *Tx) error { groups = append(groups, w.group); return add(tx, token) })
			if err != nil {
				t.Errorf("%s: %v", token, err)
			}
		}
	}
	gone, cancel := context.WithCancel(ctx)
	inOneGroup(w,
		func(hold func()) {
			err := db.Update(ctx, func(tx *Tx) error { hold(); groups = append(groups, w.group); return add(tx, "first") })
			if err != nil {
				t.Error(err)
			}
		},
		ok("a"),
		func() { // fails after a change
			err := db.Update(ctx, func(tx *Tx) error { return errors.Join(add(tx, "failed"), mine) })
			if !errors.Is(err, mine) {
				t.Errorf("failing member: %v", err)
			}
		},
		func() { // meets a neighbour's row, not committed yet
			err := db.Update(ctx, func(tx *Tx) error { return errors.Join(add(tx, "second"), add(tx, "a")) })
			if !errors.Is(err, ErrDuplicate) {
				t.Errorf("duplicate: %v", err)
			}
		},
		func() { // panics
			defer func() {
				if r := recover(); r != "oops" {
					t.Errorf("recovered %v", r)
				}
			}()
			_ = db.Update(ctx, func(tx *Tx) error { _ = add(tx, "panicked"); panic("oops") })
		},
		func() { // ends its goroutine
			_ = db.Update(ctx, func(tx *Tx) error { _ = add(tx, "exited"); runtime.Goexit(); return nil })
		},
		func() { // its caller goes away midway
			err := db.Update(gone, func(tx *Tx) error { cancel(); return add(tx, "gone") })
			if !errors.Is(err, context.Canceled) {
				t.Errorf("cancelled member: %v", err)
			}
		},
		ok("b"),
	)
	if got := tokens(t, db); got != "a b first" {
		t.Errorf("rows: %s, want a b first", got)
	}
	if len(groups) != 3 || groups[0] != groups[1] || groups[0] != groups[2] {
		t.Errorf("the transactions did not share a commit: %v", groups)
	}
}

func TestGroupAnswersAfterCommit(t *testing.T) {
	db, w := scratch(t)
	var answered bool
	inOneGroup(w,
		func(hold func()) {
			if err := db.Update(t.Context(), func(tx *Tx) error { hold(); return add(tx, "a") }); err != nil {
				t.Error(err)
			}
			answered = true
		},
		func() {
			err := db.Update(t.Context(), func(tx *Tx) error {
				if got := tokens(t, db); got != "" || answered {
					t.Errorf("before the commit a view sees %q; answered: %t", got, answered)
				}
				return add(tx, "b")
			})
			if err != nil {
				t.Error(err)
			}
		})
	if got := tokens(t, db); got != "a b" {
		t.Errorf("rows: %s", got)
	}
}

func TestGroupLostIsTriedAgain(t *testing.T) {
	db, w := scratch(t)
	full := errors.New("disk full")
	calls := 0
	inOneGroup(w,
		func(hold func()) {
			err := db.Update(t.Context(), func(tx *Tx) error {
				if calls++; calls == 1 {
					hold()
				}
				return add(tx, "a")
			})
			if err != nil {
				t.Error(err)
			}
		},
		func() {
			err := db.Update(t.Context(), func(tx *Tx) error {
				return errors.Join(full, w.conn.run("ROLLBACK")) // as SQLite does by itself
			})
			if !errors.Is(err, full) {
				t.Errorf("the member at fault: %v", err)
			}
		})
	if got := tokens(t, db); got != "a" || calls != 2 {
		t.Errorf("rows: %s; the innocent member ran %d times, want 2", got, calls)
	}
}

func TestGroupIsBounded(t *testing.T) {
	db, w := scratch(t)
	sizes := map[*group]int{}
	member := func(token string) func() {
		return func() {
			if err := db.Update(t.Context(), func(tx *Tx) error { sizes[w.group]++; return add(tx, token) }); err != nil {
				t.Error(err)
			}
		}
	}
	var parts []func()
	for i := range maxGroup + 10 {
		parts = append(parts, member(fmt.Sprint(i)))
	}
	inOneGroup(w, func(hold func()) {
		if err := db.Update(t.Context(), func(*Tx) error { hold(); return nil }); err != nil {
			t.Error(err)
		}
	}, parts...)
	got := slices.Sorted(func(yield func(int) bool) {
		for _, n := range sizes {
			if !yield(n) {
				return
			}
		}
	})
	if !slices.Equal(got, []int{11, maxGroup - 1}) { // the holder is one of the first
		t.Errorf("groups of %v", got)
	}
}

func TestDeadlineWhileWaiting(t *testing.T) {
	db, w := scratch(t)
	inOneGroup(w,
		func(hold func()) {
			ctx, cancel := context.WithCancel(t.Context())
			err := db.Update(t.Context(), func(tx *Tx) error {
				late := make(chan error)
				go func() {
					late <- db.Update(ctx, func(*Tx) error { t.Error("fn of a caller that left"); return nil })
				}()
				w.waiting(1)
				cancel()
				if err := <-late; !errors.Is(err, context.Canceled) {
					t.Errorf("a caller that left while waiting: %v", err)
				}
				hold()
				return add(tx, "a")
			})
			if err != nil {
				t.Error(err)
			}
		})
	if got := tokens(t, db); got != "a" {
		t.Errorf("rows: %s", got)
	}
}

// Writers that come, fail, and leave at random moments: who is told yes is
// there with both rows, who is told no is not there at all.
func TestGroupsUnderStress(t *testing.T) {
	const writers, each = 16, 60
	db, _ := scratch(t)
	var mu sync.Mutex
	var want []string
	var wg sync.WaitGroup
	for i := range writers {
		random := rand.New(rand.NewPCG(1, uint64(i)))
		wg.Go(func() {
			for n := range each {
				token := fmt.Sprintf("%02d-%03d", i, n)
				if stressed(t, db, random, token) {
					mu.Lock()
					want = append(want, token+"-1", token+"-2")
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	slices.Sort(want)
	if got := tokens(t, db); got != strings.Join(want, " ") {
		t.Errorf("%d rows acknowledged, others are there", len(want))
	}
	if len(want) == 0 || len(want) == 2*writers*each {
		t.Errorf("%d rows of %d: nothing was tried", len(want), 2*writers*each)
	}
}

// stressed tries to add two rows, with some mishap, and reports the answer.
func stressed(t *testing.T, db *DB, random *rand.Rand, token string) bool {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(random.IntN(3000))*time.Microsecond)
	defer cancel()
	mishap := random.IntN(4)
	if mishap != 0 {
		ctx = context.Background()
	}
	refused := errors.New("refused")
	err := db.Update(ctx, func(tx *Tx) error {
		if err := add(tx, token+"-1"); err != nil {
			return err
		}
		if mishap == 1 {
			return refused
		}
		return add(tx, token+"-2")
	})
	if err != nil && !errors.Is(err, refused) && !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	return err == nil
}

func TestUpdateAfterClose(t *testing.T) {
	db, w := scratch(t)
	late := make(chan error, 1)
	inOneGroup(w,
		func(hold func()) {
			if err := db.Update(t.Context(), func(tx *Tx) error { hold(); return add(tx, "a") }); err != nil {
				t.Error(err)
			}
		},
		func() {
			if err := db.Close(); err != nil {
				t.Error(err)
			}
		},
		func() {
			late <- w.update(t.Context(), func(session) error { t.Error("ran on a closed store"); return nil })
		})
	if err := <-late; !errors.Is(err, ErrClosed) {
		t.Errorf("a caller that waited behind Close: %v", err)
	}
}

// TestAFailureWaitsForItsGroup: what a part failed for may be a neighbour's row,
// which is there only if the group commits.
func TestAFailureWaitsForItsGroup(t *testing.T) {
	db, w := scratch(t)
	order := make(chan string, 2)
	inOneGroup(w,
		func(hold func()) {
			if err := db.Update(t.Context(), func(tx *Tx) error { hold(); return add(tx, "a") }); err != nil {
				t.Error(err)
			}
		},
		func() {
			var group *group
			err := db.Update(t.Context(), func(tx *Tx) error { group = w.group; return add(tx, "a") })
			if !errors.Is(err, ErrDuplicate) {
				t.Errorf("the second of a key: %v, want ErrDuplicate", err)
			}
			select {
			case <-group.done:
			default:
				order <- "answered before the group was"
			}
		})
	select {
	case got := <-order:
		t.Error(got)
	default:
	}
}
