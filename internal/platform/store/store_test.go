package store_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

const tenant = "123456789012:us-east-1"

// put writes one row of the table replay, which the tests of this package use
// as a map from token to answer.
func put(tx *store.Tx, token, answer string) error {
	_, err := tx.Exec(`INSERT INTO replay (tenant, application, operation, token, input_hash, answer, expires_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`, tenant, "app", "Op", token, []byte(token), answer, store.Micros(tx.Now()))
	return err
}

func get(tx *store.Tx, token string) (answer string, err error) {
	err = tx.Row(`SELECT answer FROM replay WHERE tenant = $1 AND application = $2 AND operation = $3 AND token = $4`,
		tenant, "app", "Op", token).Scan(&answer)
	return answer, err
}

// all is every token with its answer.
func all(tx *store.Tx) (map[string]string, error) {
	rows := map[string]string{}
	err := tx.Each(`SELECT token, answer FROM replay WHERE tenant = $1 ORDER BY token`, []any{tenant}, func(r *store.Rows) error {
		var token, answer string
		if err := r.Scan(&token, &answer); err != nil {
			return err
		}
		rows[token] = answer
		return nil
	})
	return rows, err
}

func contents(t *testing.T, db *store.DB) (rows map[string]string) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) (err error) {
		rows, err = all(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestUpdateCommits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		committed := 0
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			if want := storetest.Start(); !tx.Now().Equal(want) || tx.Now().Location() != time.UTC {
				t.Errorf("Now = %v, want %v", tx.Now(), want)
			}
			if tx.Context() != t.Context() {
				t.Error("Context is not the one given")
			}
			tx.AfterCommit(func() { committed++ })
			return put(tx, "a", "1")
		})
		if err != nil || committed != 1 {
			t.Fatalf("Update: %v, AfterCommit called %d times", err, committed)
		}
		if got := contents(t, db); len(got) != 1 || got["a"] != "1" {
			t.Errorf("contents = %v", got)
		}
	})
}

func TestUpdateFailureLeavesNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		mine := errors.New("mine")
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			tx.AfterCommit(func() { t.Error("AfterCommit of a failed transaction") })
			if err := put(tx, "a", "1"); err != nil {
				return err
			}
			return mine
		})
		if !errors.Is(err, mine) {
			t.Errorf("Update = %v, want fn's error", err)
		}
		func() {
			defer func() {
				if r := recover(); r != "oops" {
					t.Errorf("recovered %v, want the panic of fn", r)
				}
			}()
			_ = db.Update(t.Context(), func(tx *store.Tx) error {
				if err := put(tx, "b", "1"); err != nil {
					t.Error(err)
				}
				panic("oops")
			})
		}()
		if got := contents(t, db); len(got) != 0 {
			t.Errorf("contents = %v, want none", got)
		}
	})
}

func TestErrors(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		update := func(fn func(tx *store.Tx) error) func() error {
			return func() error { return db.Update(ctx, fn) }
		}
		if err := db.Update(ctx, func(tx *store.Tx) error { return put(tx, "a", "1") }); err != nil {
			t.Fatal(err)
		}
		tests := []struct {
			name string
			do   func() error
			want error
		}{
			{"duplicate", update(func(tx *store.Tx) error { return put(tx, "a", "2") }), store.ErrDuplicate},
			{"duplicate that fn ignores", update(func(tx *store.Tx) error {
				_ = put(tx, "a", "2")
				return nil
			}), store.ErrDuplicate},
			{"statement after a failure", update(func(tx *store.Tx) error {
				_ = put(tx, "a", "2")
				return put(tx, "b", "2")
			}), store.ErrDuplicate},
			{"no rows", update(func(tx *store.Tx) error {
				_, err := get(tx, "none")
				return err
			}), store.ErrNoRows},
			{"no rows is not a failure", update(func(tx *store.Tx) error {
				_, _ = get(tx, "none")
				return put(tx, "c", "1")
			}), nil},
			{"NUL in text", update(func(tx *store.Tx) error { return put(tx, "a\x00", "") }), store.ErrText},
			{"text that is not UTF-8", update(func(tx *store.Tx) error { return put(tx, "b", "\xff") }), store.ErrText},
			{"write in a view", func() error {
				return db.View(ctx, func(tx *store.Tx) error { return put(tx, "v", "1") })
			}, store.ErrReadOnly},
		}
		for _, tt := range tests {
			if err := tt.do(); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		if got := contents(t, db); len(got) != 2 || got["a"] != "1" || got["c"] != "1" {
			t.Errorf("contents = %v", got)
		}
	})
}

func TestArguments(t *testing.T) {
	type name string
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for _, tt := range []struct {
			arg  any
			want string
		}{
			{time.Unix(0, 0), "store: argument $4: a time is stored as BIGINT: pass store.Micros(t)"},
			{1.5, "store: argument $4: no column holds a floating-point number"},
			{name("typed"), ""},
		} {
			err := db.View(t.Context(), func(tx *store.Tx) error {
				return tx.Row(`SELECT answer FROM replay WHERE tenant = $1 AND application = $2 AND operation = $3 AND token = $4`,
					tenant, "app", "Op", tt.arg).Scan(new(string))
			})
			if got := fmt.Sprint(err); got != tt.want && !(tt.want == "" && errors.Is(err, store.ErrNoRows)) {
				t.Errorf("%v: %q, want %q", tt.arg, got, tt.want)
			}
		}
	})
}

func TestEachRefusesNestedStatements(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			if err := errors.Join(put(tx, "a", "1"), put(tx, "b", "1")); err != nil {
				return err
			}
			return tx.Each(`SELECT token FROM replay WHERE tenant = $1`, []any{tenant}, func(*store.Rows) error {
				return put(tx, "c", "1")
			})
		})
		if err == nil || !strings.Contains(err.Error(), "inside the scan function of Each") {
			t.Errorf("Update = %v", err)
		}
	})
}

func TestEachStops(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		stop := errors.New("stop")
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			if err := errors.Join(put(tx, "a", "1"), put(tx, "b", "1")); err != nil {
				return err
			}
			seen := 0
			err := tx.Each(`SELECT token FROM replay WHERE tenant = $1`, []any{tenant}, func(*store.Rows) error {
				seen++
				return stop
			})
			if !errors.Is(err, stop) || seen != 1 {
				t.Errorf("Each = %v after %d rows, want stop after 1", err, seen)
			}
			return put(tx, "c", "1") // the transaction is whole
		})
		if err != nil {
			t.Error(err)
		}
	})
}

func TestViewIsOneSnapshot(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.View(t.Context(), func(tx *store.Tx) error {
			before, err := all(tx)
			if err != nil {
				return err
			}
			if err := db.Update(t.Context(), func(tx *store.Tx) error { return put(tx, "a", "1") }); err != nil {
				return err
			}
			after, err := all(tx)
			if len(before) != 0 || len(after) != 0 {
				t.Errorf("a view saw %v, then %v", before, after)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := contents(t, db); len(got) != 1 {
			t.Errorf("contents = %v", got)
		}
	})
}

func TestConcurrentCounter(t *testing.T) {
	const writers, each = 8, 10
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return put(tx, "n", "") }); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range writers {
			wg.Go(func() {
				for range each {
					if err := db.Update(t.Context(), lengthen); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wg.Wait()
		if got := len(contents(t, db)["n"]); got != writers*each {
			t.Errorf("%d increments stayed, want %d", got, writers*each)
		}
	})
}

// lengthen reads the row n and writes it one character longer.
func lengthen(tx *store.Tx) error {
	old, err := get(tx, "n")
	if err != nil {
		return err
	}
	_, err = tx.Exec(`UPDATE replay SET answer = $1 WHERE tenant = $2 AND token = $3`, old+"x", tenant, "n")
	return err
}

func TestContext(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Update(ctx, func(tx *store.Tx) error {
			if err := put(tx, "a", "1"); err != nil {
				return err
			}
			cancel()
			return put(tx, "b", "1")
		})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled midway: %v", err)
		}
		if err := db.Update(ctx, func(*store.Tx) error { t.Error("fn was called"); return nil }); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled before: %v", err)
		}
		if got := contents(t, db); len(got) != 0 {
			t.Errorf("contents = %v, want none", got)
		}
	})
}

func TestClosed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		if err := errors.Join(db.Close(), db.Close()); err != nil {
			t.Fatal(err)
		}
		nothing := func(*store.Tx) error { return nil }
		if err := db.Update(t.Context(), nothing); !errors.Is(err, store.ErrClosed) {
			t.Errorf("Update = %v", err)
		}
		if err := db.View(t.Context(), nothing); !errors.Is(err, store.ErrClosed) {
			t.Errorf("View = %v", err)
		}
	})
}

func TestMicros(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 678901000, time.FixedZone("", 3600))
	if got := store.FromMicros(store.Micros(at)); !got.Equal(at) || got.Location() != time.UTC {
		t.Errorf("got %v, want %v in UTC", got, at)
	}
}
