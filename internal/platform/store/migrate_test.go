package store_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

func TestMigrationsKeepToTheSubset(t *testing.T) {
	storetest.LintMigrations(t, store.Migrations())
}

func mustOpen(t *testing.T, c store.Config) *store.DB {
	t.Helper()
	db, err := store.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// do runs one statement that the lint need not see.
func do(t *testing.T, db *store.DB, query string, args ...any) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(query, args...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func format(t *testing.T, db *store.DB) (n int64) {
	t.Helper()
	err := db.View(t.Context(), func(tx *store.Tx) error {
		return tx.Row(`SELECT MAX(version) FROM store_version`).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestThreeOpenAtOnce(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		var wg sync.WaitGroup
		stores := make([]*store.DB, 3)
		for i := range stores {
			wg.Go(func() {
				db, err := store.Open(context.Background(), c)
				if err != nil {
					t.Errorf("server %d: %v", i, err)
					return
				}
				stores[i] = db
			})
		}
		wg.Wait()
		for i, db := range stores {
			if db == nil {
				continue
			}
			if err := db.Update(t.Context(), func(tx *store.Tx) error { return put(tx, fmt.Sprint(i), "") }); err != nil {
				t.Errorf("server %d: %v", i, err)
			}
		}
		if db := stores[0]; db != nil {
			if got := contents(t, db); len(got) != 3 {
				t.Errorf("contents = %v", got)
			}
		}
		for _, db := range stores {
			if db != nil {
				_ = db.Close()
			}
		}
	})
}

func TestNewerFormatIsRefused(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		db := mustOpen(t, c)
		latest := format(t, db)
		do(t, db, `INSERT INTO store_version (version, applied_at) VALUES ($1, 0)`, latest+3)
		_, err := store.Open(t.Context(), c)
		if !errors.Is(err, store.ErrNewerFormat) {
			t.Fatalf("Open = %v, want ErrNewerFormat", err)
		}
		want := fmt.Sprintf("has format %d, a newer format than this binary's %d: run a parley at least as new as the one that wrote it", latest+3, latest)
		if !strings.HasSuffix(err.Error(), want) {
			t.Errorf("Open = %q, want it to say %q", err, want)
		}
	})
}

func TestUnfinishedRestoreIsRefused(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		db := mustOpen(t, c)
		do(t, db, `INSERT INTO store_meta (name, value, expires_at) VALUES ('restore', 'running', 0)`)
		if _, err := store.Open(t.Context(), c); !errors.Is(err, store.ErrUnfinishedRestore) {
			t.Errorf("Open = %v, want ErrUnfinishedRestore", err)
		}
	})
}

// A server that has the lease is waited for, and no longer once it has ended.
func TestMigrationLease(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		db := mustOpen(t, c)
		latest := format(t, db)
		for _, name := range tableNames(t, db) {
			do(t, db, `DROP TABLE `+name)
		}
		do(t, db, `DELETE FROM store_version WHERE version > 0`)
		do(t, db, `INSERT INTO store_meta (name, value, expires_at) VALUES ('migration', 'another', $1)`,
			store.Micros(storetest.Start().Add(time.Minute)))

		ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond)
		defer cancel()
		if _, err := store.Open(ctx, c); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Open while another migrates: %v", err)
		}
		c.Now = func() time.Time { return storetest.Start().Add(time.Minute) }
		after := mustOpen(t, c)
		if got := format(t, after); got != latest {
			t.Errorf("format %d after taking over, want %d", got, latest)
		}
	})
}

func TestOpenMakesPrivateFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "data ?%20#")
	db := mustOpen(t, store.Config{Dir: dir, Now: storetest.Start})
	if err := db.Update(t.Context(), func(tx *store.Tx) error { return put(tx, "a", "") }); err != nil {
		t.Fatal(err)
	}
	want := map[string]os.FileMode{".": 0o700, "parley.db": 0o600, "parley.db-wal": 0o600, "parley.db-shm": 0o600}
	for name, mode := range want {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		if info.Mode().Perm() != mode {
			t.Errorf("%s has mode %o, want %o", name, info.Mode().Perm(), mode)
		}
	}
}

func TestScratchStoreGoesAway(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	db, err := store.Open(t.Context(), store.Config{Now: storetest.Start})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	if err != nil || len(left) != 0 {
		t.Errorf("left after Close: %v, %v", left, err)
	}
}

func TestOpenRefusals(t *testing.T) {
	if _, err := store.Open(t.Context(), store.Config{}); err == nil || err.Error() != "store: Config.Now is missing" {
		t.Errorf("without a clock: %v", err)
	}
	_, err := store.Open(t.Context(), store.Config{Now: storetest.Start, URL: "postgres://u:hunter2@127.0.0.1:x/db"})
	if err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("a bad URL: %v", err)
	}
}

// Two processes may use one directory: a server and a tool.
func TestTwoStoresOnOneDirectory(t *testing.T) {
	c := store.Config{Dir: t.TempDir(), Now: storetest.Start}
	stores := []*store.DB{mustOpen(t, c), mustOpen(t, c)}
	if err := stores[0].Update(t.Context(), func(tx *store.Tx) error { return put(tx, "n", "") }); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for _, db := range stores {
		for range 2 {
			wg.Go(func() {
				for range 25 {
					if err := db.Update(t.Context(), lengthen); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
	wg.Wait()
	if got := len(contents(t, stores[1])["n"]); got != 100 {
		t.Errorf("%d increments stayed, want 100", got)
	}
}
