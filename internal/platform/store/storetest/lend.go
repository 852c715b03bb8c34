package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/parleyhq/parley/internal/platform/store"
)

// To make the tables takes longer than most tests do with them. So it is done
// once: tests on SQLite get copies of a store that has them, and those on
// PostgreSQL are lent schemas that stay, and are emptied for the next.

// embedded is a SQLite store of t's own that has the tables, and no rows.
func embedded(t testing.TB) store.Config {
	t.Helper()
	files, err := tables()
	if err != nil {
		t.Fatalf("making the tables: %v", err)
	}
	dir := t.TempDir()
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return store.Config{Dir: dir}
}

// tables are the files of an embedded store that was opened once, by name.
var tables = sync.OnceValues(func() (map[string][]byte, error) {
	dir, err := os.MkdirTemp("", "parley-storetest-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if err := makeTables(store.Config{Dir: dir}); err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	err = fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			files[name], err = os.ReadFile(filepath.Join(dir, name))
		}
		return err
	})
	return files, err
})

func makeTables(c store.Config) error {
	c.Now = Start
	db, err := store.Open(context.Background(), c)
	if err != nil {
		return err
	}
	return db.Close()
}

// lockClass sets the locks of lent schemas apart from others in the database.
const lockClass = 0x70617273

// lent is a schema that has the tables, and no rows. It is t's until the end: a lock
// says so to every process that tests on the database.
func lent(t testing.TB, database string) store.Config {
	t.Helper()
	ctx := context.Background() // a test's own context is over when it cleans up
	conn := connect(t, database)
	t.Cleanup(func() {
		_, _ = conn.Exec(ctx, `SELECT pg_advisory_unlock_all()`) // before the connection ends, which nobody waits for
		_ = conn.Close(ctx)
	})
	for n := 1; ; n++ {
		var free bool
		if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1, $2)`, lockClass, n).Scan(&free); err != nil {
			t.Fatal(err)
		}
		if !free {
			continue
		}
		name := fmt.Sprintf("test_lent_%d", n)
		u := inSchema(t, database, name)
		if err := prepare(ctx, conn, name, u); err != nil {
			t.Fatalf("the schema %s: %v", name, err)
		}
		return store.Config{URL: u}
	}
}

// prepare leaves a schema with the tables, and no rows. Its comment says which
// migrations made it; after others it is made anew.
func prepare(ctx context.Context, conn *pgx.Conn, name, u string) error {
	want, err := digest(store.Migrations())
	if err != nil {
		return err
	}
	var made, rows string
	err = conn.QueryRow(ctx, `SELECT COALESCE(obj_description(to_regnamespace($1), 'pg_namespace'), ''),
		COALESCE((SELECT string_agg(format('DELETE FROM %I.%I', schemaname, tablename), ';') FROM pg_tables
			WHERE schemaname = $1 AND tablename <> 'store_version'), '')`, name).Scan(&made, &rows)
	if err != nil {
		return err
	}
	if made == want {
		_, err := conn.Exec(ctx, rows)
		return err
	}
	if _, err := conn.Exec(ctx, `DROP SCHEMA IF EXISTS `+name+` CASCADE; CREATE SCHEMA `+name); err != nil {
		return err
	}
	if err := makeTables(store.Config{URL: u}); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `COMMENT ON SCHEMA `+name+` IS '`+want+`'`)
	return err
}

// digest is one of all migrations.
func digest(migrations fs.FS) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(migrations, ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := fs.ReadFile(migrations, name)
		h.Write(text)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
