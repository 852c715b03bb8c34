package presence

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// town is some servers of one store, and what they held that is free.
type town struct {
	db    *store.DB
	freed []string // servers, whenever something of theirs was freed
	left  int      // batches that follow the next one
	fails error    // what freeing answers
}

func each(t *testing.T, test func(t *testing.T, w *town), opts ...storetest.Option) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, &town{db: db}) }, opts...)
}

// server is one more server, that has joined the others.
func (w *town) server(t *testing.T, name string) *Roll {
	t.Helper()
	r := &Roll{DB: w.db, Log: slog.New(slog.DiscardHandler), Self: name, Free: []Freer{w.free}}
	if err := r.Join(t.Context()); err != nil {
		t.Fatal(err)
	}
	return r
}

func (w *town) free(tx *store.Tx, server string, limit int) (more bool, err error) {
	if limit != batch {
		return false, fmt.Errorf("a limit of %d", limit)
	}
	more = w.left > 0
	tx.AfterCommit(func() {
		w.freed = append(w.freed, server)
		w.left = max(0, w.left-1)
	})
	return more, w.fails
}

// looks lets servers look, one after the other, so many times.
func looks(t *testing.T, n int, servers ...*Roll) {
	t.Helper()
	for range n {
		for _, r := range servers {
			if err := r.look(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// are demands that so many servers are there.
func (w *town) are(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	err := w.db.View(t.Context(), func(tx *store.Tx) error {
		got = nil
		found, err := list(tx, "")
		for _, s := range found {
			got = append(got, s.name)
		}
		return err
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("servers %q, %v, want %q", got, err, want)
	}
}

// beat is a server's last.
func (w *town) beat(t *testing.T, name string) (n int64) {
	t.Helper()
	err := w.db.View(t.Context(), func(tx *store.Tx) (err error) {
		n, err = beatOf(tx, name)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// were demands that the things of these servers were freed, in this order.
func (w *town) were(t *testing.T, want ...string) {
	t.Helper()
	if !slices.Equal(w.freed, want) {
		t.Errorf("freed %q, want %q", w.freed, want)
	}
}

func TestWhoBeatsIsThere(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		looks(t, 4*patience, w.server(t, "a"), w.server(t, "b"), w.server(t, "c"))
		w.were(t)
		w.are(t, "a", "b", "c")
	})
}

func TestWhoFallsSilentIsMissed(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a, b, c := w.server(t, "a"), w.server(t, "b"), w.server(t, "c")
		looks(t, 2, a, b, c)
		looks(t, patience, a, c) // the last beat of b came after a's look: c's is the first of so many
		w.were(t, "b")
		w.are(t, "a", "c")
		looks(t, patience, a, c)
		w.were(t, "b") // by one of them, and once
	})
}

func TestAServerIsNotMissedTooSoon(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a, b := w.server(t, "a"), w.server(t, "b")
		for range 3 {
			looks(t, patience, a) // the first of them sees another beat
			looks(t, 1, b)
		}
		w.were(t)
		looks(t, patience+1, a)
		w.were(t, "b")
	})
}

// A server that cannot write does not count the looks at which others could not
// either.
func TestLooksThatFailDoNotCount(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.server(t, "a")
		w.server(t, "b")
		looks(t, 2, a) // the first of them sees another beat
		gone, end := context.WithCancel(t.Context())
		end()
		for range 2 * patience {
			if err := a.look(gone); !errors.Is(err, context.Canceled) {
				t.Fatal(err)
			}
		}
		looks(t, patience-2, a)
		w.were(t)
		looks(t, 1, a)
		w.were(t, "b")
	})
}

func TestWhoComesBackIsThereAgain(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		var log strings.Builder
		a, b := w.server(t, "a"), w.server(t, "b")
		b.Log = slog.New(slog.NewTextHandler(&log, nil))
		looks(t, patience+1, a)
		w.were(t, "b")
		looks(t, 1, b)
		if !strings.Contains(log.String(), "level=WARN msg=\"this server was silent for so long that others took over what it held\" server=b") {
			t.Errorf("log: %s", &log)
		}
		w.are(t, "a", "b")
		looks(t, 2*patience, a, b)
		w.were(t, "b")
	})
}

func TestWhatIsLargeIsFreedInBatches(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.server(t, "a")
		w.server(t, "b")
		looks(t, patience, a)
		w.left = 3
		looks(t, 1, a)
		w.were(t, "b", "b", "b", "b")
		w.are(t, "a")
	})
}

func TestWhatCannotBeFreedIsTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.server(t, "a")
		b := w.server(t, "b")
		looks(t, patience, a)
		w.fails = errors.New("no luck")
		err := a.look(t.Context())
		if want := "freeing what the server b held: no luck"; !errors.Is(err, w.fails) || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		w.are(t, "a", "b")
		w.fails = nil
		looks(t, 1, b) // it lives after all
		looks(t, 1, a)
		w.were(t)
		looks(t, patience, a)
		w.were(t, "b")
	})
}

// A sign of life ends the freeing: what was seen before counts no more.
func TestWhoBeatsMeanwhileKeepsTheRest(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a, b := w.server(t, "a"), w.server(t, "b")
		looks(t, 1, b)
		if err := a.free(t.Context(), server{"b", w.beat(t, "b") - 1}); err != nil {
			t.Fatal(err)
		}
		w.were(t)
		w.are(t, "a", "b")
	})
}

func TestWhoLeavesIsNotMissed(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a, b := w.server(t, "a"), w.server(t, "b")
		looks(t, 2, a, b)
		for range 2 { // the second time there is nothing to leave
			if err := b.Leave(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		w.were(t, "b")
		w.are(t, "a")
		looks(t, 2*patience, a)
		w.were(t, "b")
	})
}

// Who has a store alone knows that the others have died, and tells nobody that it
// is there.
func TestAlone(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		w.server(t, "a")
		w.server(t, "b")
		c := &Roll{DB: w.db, Log: slog.New(slog.DiscardHandler), Self: "c", Alone: true, Free: []Freer{w.free}}
		if err := c.Join(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.were(t, "a", "b")
		w.are(t, "c")
		before := w.beat(t, "c")
		c.Keep(t.Context()) // returns
		if w.beat(t, "c") != before {
			t.Error("a beat for nobody")
		}
		if err := c.Leave(t.Context()); err != nil {
			t.Error(err)
		}
		w.were(t, "a", "b", "c")
		w.are(t)
	})
}

func TestConflictsDoNoHarm(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a, b := w.server(t, "a"), w.server(t, "b")
		looks(t, 2*patience, a, b)
		w.were(t)
		looks(t, patience+1, a)
		w.were(t, "b")
		w.are(t, "a")
	}, storetest.WithConflicts(1, 0.2))
}

// Keep looks by itself, and ends with its context.
func TestKeep(t *testing.T) {
	each(t, func(t *testing.T, w *town) {
		a := w.server(t, "a")
		w.server(t, "b")
		looks(t, patience, a)
		ctx, end := context.WithTimeout(t.Context(), 5*every) // at most
		defer end()
		a.Free = append(a.Free, func(tx *store.Tx, _ string, _ int) (bool, error) {
			tx.AfterCommit(end)
			return false, nil
		})
		a.Keep(ctx)
		w.were(t, "b")
	})
}
