package store_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// A conflict at any statement, or at the commit, is as if it had not been.
func TestConflictAtEveryPoint(t *testing.T) {
	const points = 6 // three statements and a commit to write, one and its end to read
	for point := 1; point <= points+1; point++ {
		hits, calls, commits := 0, 0, 0
		t.Run(fmt.Sprint(point), func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, db *store.DB) {
				hits, calls, commits = 0, 0, 0
				conflictOnce(t, db, &calls, &commits)
				if want := min(1, max(0, points+1-point)); hits != want {
					t.Errorf("%d conflicts, want %d", hits, want)
				}
				wantCalls := 1
				if point <= 4 {
					wantCalls = 2
				}
				if calls != wantCalls || commits != 1 {
					t.Errorf("fn called %d times, want %d; AfterCommit %d times, want 1", calls, wantCalls, commits)
				}
			}, storetest.WithConflictAt(point, func() { hits++ }))
		})
	}
}

func conflictOnce(t *testing.T, db *store.DB, calls, commits *int) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		*calls++
		tx.AfterCommit(func() { *commits++ })
		if err := put(tx, "a", "1"); err != nil {
			return fmt.Errorf("hidden by its wrapper: %s", err) // retried all the same
		}
		if _, err := get(tx, "a"); err != nil {
			return err
		}
		_, err := tx.Exec(`UPDATE replay SET answer = $1 WHERE tenant = $2 AND token = $3`, "2", tenant, "a")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := contents(t, db); len(got) != 1 || got["a"] != "2" {
		t.Errorf("contents = %v", got)
	}
}

func TestConflictsEndWithTheContext(t *testing.T) {
	db := storetest.New(t, storetest.WithConflicts(1, 1))
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	err := db.Update(ctx, func(tx *store.Tx) error {
		err := put(tx, "a", "")
		if calls++; calls == 3 {
			cancel()
		}
		return err
	})
	want := "store: context canceled after 3 attempts; the last: "
	if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "injected: ") {
		t.Errorf("Update = %v, want %s…", err, want)
	}
}

// The server's connections may die between two transactions.
func TestDeadConnections(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		if c.URL == "" {
			t.Skip("the embedded store has none")
		}
		c.URL += "&application_name=" + applicationName
		db := mustOpen(t, c)
		for i := range 3 {
			terminate(t, c.URL)
			if err := db.Update(t.Context(), func(tx *store.Tx) error { return put(tx, fmt.Sprint(i), "") }); err != nil {
				t.Errorf("Update: %v", err)
			}
			terminate(t, c.URL)
			if got := contents(t, db); len(got) != i+1 {
				t.Errorf("contents = %v", got)
			}
		}
	})
}

const applicationName = "parley-test-dead-connections"

// terminate ends the connections of the test's own store.
func terminate(t *testing.T, url string) {
	t.Helper()
	ctx := t.Context()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE application_name = $1 AND pid <> pg_backend_pid()`, applicationName)
	if err != nil {
		t.Fatal(err)
	}
}

// Random transactions, some of which fail, against a map; with conflicts.
func TestProperties(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			if err := db.Update(context.Background(), empty); err != nil {
				rt.Fatal(err)
			}
			model := map[string]string{}
			for range rapid.IntRange(1, 8).Draw(rt, "transactions") {
				next := transaction(rt, db, maps.Clone(model))
				if next != nil {
					model = next
				}
				var got map[string]string
				err := db.View(context.Background(), func(tx *store.Tx) (err error) {
					got, err = all(tx)
					return err
				})
				if err != nil {
					rt.Fatal(err)
				}
				if diff := cmp.Diff(model, got); diff != "" {
					rt.Fatalf("contents (-want +got):\n%s", diff)
				}
			}
		})
	}, storetest.WithConflicts(3, 0.02))
}

func empty(tx *store.Tx) error {
	_, err := tx.Exec(`DELETE FROM replay WHERE tenant = $1`, tenant)
	return err
}

type operation struct{ verb, token, answer string }

// transaction does random operations on the store and on a copy of the model,
// which it returns if they were committed.
func transaction(rt *rapid.T, db *store.DB, model map[string]string) map[string]string {
	ops := rapid.SliceOfN(rapid.Custom(func(rt *rapid.T) operation {
		return operation{
			verb:   rapid.SampledFrom([]string{"put", "upsert", "update", "delete", "get", "fail"}).Draw(rt, "verb"),
			token:  rapid.SampledFrom([]string{"a", "b", "c", "ü", ""}).Draw(rt, "token"),
			answer: rapid.StringMatching(`[a-z\pL"'\\]{0,5}`).Draw(rt, "answer"),
		}
	}), 1, 6).Draw(rt, "operations")

	want := error(nil)
	for _, op := range ops {
		if want = op.onModel(model); want != nil {
			break
		}
	}
	err := db.Update(context.Background(), func(tx *store.Tx) error {
		for _, op := range ops {
			if err := op.onStore(tx); err != nil {
				return err
			}
		}
		return nil
	})
	if !errors.Is(err, want) {
		rt.Fatalf("%v: %v, want %v", ops, err, want)
	}
	if want != nil {
		return nil
	}
	return model
}

var errRefused = errors.New("refused")

func (op operation) onModel(model map[string]string) error {
	_, there := model[op.token]
	switch {
	case op.verb == "fail":
		return errRefused
	case op.verb == "put" && there:
		return store.ErrDuplicate
	case op.verb == "put", op.verb == "upsert", op.verb == "update" && there:
		model[op.token] = op.answer
	case op.verb == "delete":
		delete(model, op.token)
	case op.verb == "get" && !there:
		return store.ErrNoRows
	}
	return nil
}

func (op operation) onStore(tx *store.Tx) error {
	var err error
	switch op.verb {
	case "fail":
		return errRefused
	case "put":
		return put(tx, op.token, op.answer)
	case "upsert":
		_, err = tx.Exec(`INSERT INTO replay (tenant, application, operation, token, input_hash, answer, expires_at)
			VALUES ($1, 'app', 'Op', $2, $3, $4, 0)
			ON CONFLICT (tenant, application, operation, token) DO UPDATE SET answer = excluded.answer`,
			tenant, op.token, []byte{}, op.answer)
	case "update":
		_, err = tx.Exec(`UPDATE replay SET answer = $1 WHERE tenant = $2 AND token = $3`, op.answer, tenant, op.token)
	case "delete":
		_, err = tx.Exec(`DELETE FROM replay WHERE tenant = $1 AND token = $2`, tenant, op.token)
	case "get":
		_, err = get(tx, op.token)
	}
	return err
}

func TestViewOneReadsOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		err := db.ViewOne(t.Context(), func(tx *store.Tx) error {
			if err := count(tx); err != nil {
				return err
			}
			return count(tx)
		})
		if err == nil || !strings.Contains(err.Error(), "second statement") {
			t.Errorf("a second statement: %v", err)
		}
		err = db.ViewOne(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`DELETE FROM replay WHERE tenant = $1`, "t")
			return err
		})
		if !errors.Is(err, store.ErrReadOnly) {
			t.Errorf("a write: %v", err)
		}
		if err := db.ViewOne(t.Context(), count); err != nil {
			t.Error(err)
		}
	})
}

func count(tx *store.Tx) error {
	var n int
	return tx.Row(`SELECT COUNT(*) FROM replay WHERE tenant = $1`, "t").Scan(&n)
}
