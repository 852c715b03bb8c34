package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

func contains(s string, parts ...string) bool {
	for _, p := range parts {
		if !strings.Contains(s, p) {
			return false
		}
	}
	return true
}

func tableNames(t *testing.T, db *store.DB) (names []string) {
	t.Helper()
	for line := range strings.SplitSeq(string(dump(t, db)), "\n") {
		if name, ok := strings.CutPrefix(line, `{"table":"`); ok {
			names = append(names, name[:strings.IndexByte(name, '"')])
		}
	}
	return names
}

func dump(t *testing.T, db *store.DB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := db.Dump(t.Context(), &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// fill makes rows with every kind of value, in more than one batch of a restore.
func fill(t *testing.T, db *store.DB) {
	t.Helper()
	for part := range 2 {
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			for i := range 700 {
				if err := put(tx, fmt.Sprintf("%d-%04d", part, i), "line\nbreak <&> \u2028 ünï"); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	do(t, db, `UPDATE replay SET input_hash = $1, expires_at = $2, answer = $3 WHERE tenant = $4 AND token = '0-0001'`,
		[]byte{}, int64(-1<<63), "", tenant)
	do(t, db, `UPDATE replay SET input_hash = $1, expires_at = $2, answer = $3 WHERE tenant = $4 AND token = '0-0002'`,
		[]byte{0, 255}, int64(1<<63-1), strings.Repeat("x", 1<<20), tenant)
}

func TestDumpAndRestore(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, from store.Config) {
		source := mustOpen(t, from)
		fill(t, source)
		want := dump(t, source)
		storetest.EachConfig(t, func(t *testing.T, to store.Config) {
			target := mustOpen(t, to)
			if err := target.Restore(t.Context(), bytes.NewReader(want)); err != nil {
				t.Fatal(err)
			}
			if got := dump(t, target); !bytes.Equal(got, want) {
				t.Errorf("the dump of the restored store differs:\n%s", cmp.Diff(lines(want), lines(got)))
			}
			mustOpen(t, to) // no mark is left
			err := target.Restore(t.Context(), bytes.NewReader(want))
			if !errors.Is(err, store.ErrNotEmpty) || !contains(err.Error(), "replay has 1400 rows") {
				t.Errorf("a second restore: %v, want ErrNotEmpty", err)
			}
		})
	})
}

func lines(dump []byte) []string { return strings.SplitAfter(string(dump), "\n") }

// sealed gives lines of a dump a right last line.
func sealed(body string, rows int) string {
	sum := sha256.Sum256([]byte(body))
	return body + fmt.Sprintf("{\"rows\":%d,\"sha256\":\"%s\"}\n", rows, hex.EncodeToString(sum[:]))
}

func TestRestoreRefusesDamage(t *testing.T) {
	source := storetest.New(t)
	for i := range 3 {
		if err := source.Update(t.Context(), func(tx *store.Tx) error { return put(tx, fmt.Sprint(i), "yes") }); err != nil {
			t.Fatal(err)
		}
	}
	whole := string(dump(t, source))
	all := lines([]byte(whole))
	header := all[0]
	firstRow := all[slices.IndexFunc(all, func(line string) bool { return line[0] == '[' })]
	table := `{"table":"replay","columns":[["tenant","TEXT"],["application","TEXT"],["operation","TEXT"],["token","TEXT"],["input_hash","BYTEA"],["answer","TEXT"],["expires_at","BIGINT"]]}` + "\n"
	row := `["t","a","o","k","AA==","",1]` + "\n"
	newer := strings.Replace(header, `"version":1`, `"version":2`, 1)
	tests := []struct {
		name, dump, want string
		is               error
	}{
		{name: "nothing", dump: "", want: "the dump is cut short: its last line is missing"},
		{name: "not a dump", dump: "{}\n", want: "this is not a dump of Parley: its first line is another"},
		{name: "newer", dump: newer + strings.Join(all[1:], ""), want: "the dump has version 2", is: store.ErrNewerFormat},
		{name: "changed", dump: strings.Replace(whole, `"yes"`, `"no"`, 1), want: "the dump is damaged"},
		{name: "row left out", dump: strings.Replace(whole, firstRow, "", 1), want: "the dump is damaged: it has 2 rows"},
		{name: "more after the end", dump: whole + "x", want: "there is something after the last line"},
		{name: "empty line", dump: header + "\n", want: "line 2: the line is empty"},
		{name: "row before a table", dump: header + row, want: "line 2: a row before any table"},
		{name: "unknown table", dump: header + `{"table":"x; DROP","columns":[]}` + "\n", want: `line 2: there is no table "x; DROP"`},
		{name: "own table", dump: header + `{"table":"store_meta","columns":[]}` + "\n", want: `there is no table "store_meta"`},
		{name: "unknown column", dump: header + strings.Replace(table, `"token","TEXT"`, `"token","BIGINT"`, 1),
			want: `the table replay has no column "token" of type "BIGINT"`},
		{name: "too few values", dump: sealed(header+table+`["t"]`+"\n", 1), want: "the row has 1 values, the table 7 columns"},
		{name: "value of another type", dump: sealed(header+table+strings.Replace(row, `1]`, `"1"]`, 1), 1), want: "column 7: json: cannot unmarshal"},
		{name: "the same row twice", dump: sealed(header+table+row+row, 2), want: "duplicate key", is: store.ErrDuplicate},
		{name: "neither", dump: header + "{\"what\":1}\n", want: "the line is no table, no row, and not the last line"},
	}
	for i := 1; i < len(all)-1; i++ {
		cut := strings.Join(all[:i], "")
		tests = append(tests, struct {
			name, dump, want string
			is               error
		}{name: fmt.Sprintf("cut after line %d", i), dump: cut, want: "the dump is cut short"})
	}
	db := storetest.New(t)
	for _, tt := range tests {
		err := db.Restore(t.Context(), strings.NewReader(tt.dump))
		if err == nil || !contains(err.Error(), tt.want) || tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%s: Restore = %v, want %s", tt.name, err, tt.want)
		}
		if got := contents(t, db); len(got) != 0 {
			t.Fatalf("%s: %d rows stayed", tt.name, len(got))
		}
	}
	if err := db.Restore(t.Context(), strings.NewReader(whole)); err != nil {
		t.Errorf("the whole dump, after all that: %v", err)
	}
}

// Whatever a dump holds, a restore takes all of it or nothing.
func FuzzRestore(f *testing.F) {
	table := `{"table":"replay","columns":[["tenant","TEXT"],["application","TEXT"],["operation","TEXT"],["token","TEXT"],["input_hash","BYTEA"],["answer","TEXT"],["expires_at","BIGINT"]]}` + "\n"
	header := `{"parley":"dump","version":1,"format":1,"created":0}` + "\n"
	f.Add(header+table+`["`+tenant+`","a","o","k","AA==","old",1]`+"\n", 1)
	f.Add(header+table+`["t",null,"\u0000",1e400,"*","old",-1]`+"\n", 2)
	f.Add(header+`{"table":"jobs","columns":[["tenant","TEXT"],["tenant","TEXT"]]}`+"\n[[],{}]\n", 1)
	f.Add(header+`{"table":"jobs","columns":[]}`+"\n[]\n", 1)
	f.Add(strings.Replace(header, ":1,", ":-1,", 1)+"[", 0)
	open := func() *store.DB {
		db, err := store.Open(context.Background(), store.Config{Now: storetest.Start})
		if err != nil {
			f.Fatal(err)
		}
		return db
	}
	db := open()
	f.Cleanup(func() { _ = db.Close() })
	f.Fuzz(func(t *testing.T, body string, rows int) {
		err := db.Restore(t.Context(), strings.NewReader(sealed(body, rows)))
		left := bytes.Count(dump(t, db), []byte("\n[")) // no value holds a line break as it stands
		if err == nil && left != rows || err != nil && left != 0 {
			t.Errorf("Restore = %v, %d rows of %d are there", err, left, rows)
		}
		if err == nil {
			_ = db.Close()
			db = open()
		}
	})
}

func TestRestoreOfAnOlderFormat(t *testing.T) {
	older := sealed(`{"parley":"dump","version":1,"format":1,"created":0}
{"table":"replay","columns":[["tenant","TEXT"],["application","TEXT"],["operation","TEXT"],["token","TEXT"],["input_hash","BYTEA"],["answer","TEXT"],["expires_at","BIGINT"]]}
["`+tenant+`","a","o","k","AA==","old",1]
`, 1)
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		db := mustOpen(t, c)
		latest, tables := format(t, db), tableNames(t, db)
		if err := db.Restore(t.Context(), strings.NewReader(older)); err != nil {
			t.Fatal(err)
		}
		if got := contents(t, db); len(got) != 1 || got["k"] != "old" {
			t.Errorf("contents = %v", got)
		}
		if got := format(t, db); got != latest {
			t.Errorf("format %d, want %d", got, latest)
		}
		if diff := cmp.Diff(tables, tableNames(t, db)); diff != "" {
			t.Errorf("tables (-want +got):\n%s", diff)
		}
	})
}

func TestDumpWriterFails(t *testing.T) {
	db := storetest.New(t)
	full := errors.New("full")
	if err := db.Dump(t.Context(), failing{full}); !errors.Is(err, full) {
		t.Errorf("Dump = %v", err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestBackup(t *testing.T) {
	dir := t.TempDir()
	db := mustOpen(t, store.Config{Dir: dir, Now: storetest.Start})
	fill(t, db)
	dst := filepath.Join(t.TempDir(), "copy's.db")
	// The store is in use meanwhile.
	err := db.View(t.Context(), func(tx *store.Tx) error {
		return errors.Join(db.Backup(t.Context(), dst), db.Update(t.Context(), func(tx *store.Tx) error { return put(tx, "after", "") }))
	})
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(dst)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy: %v, %v", info.Mode(), err)
	}
	if err := db.Backup(t.Context(), dst); !errors.Is(err, fs.ErrExist) {
		t.Errorf("onto an existing file: %v", err)
	}
	if left, err := os.ReadDir(filepath.Dir(dst)); err != nil || len(left) != 1 {
		t.Errorf("beside the copy: %v, %v", left, err)
	}
	if err := db.Backup(t.Context(), filepath.Join(dir, "none", "copy")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("into a folder that is not there: %v", err)
	}

	fresh := t.TempDir()
	if err := os.Rename(dst, filepath.Join(fresh, "parley.db")); err != nil {
		t.Fatal(err)
	}
	copied := contents(t, mustOpen(t, store.Config{Dir: fresh, Now: storetest.Start}))
	original := contents(t, db)
	delete(original, "after")
	if diff := cmp.Diff(original, copied); diff != "" {
		t.Errorf("the copy differs:\n%s", diff)
	}
}

func TestBackupIsForTheEmbeddedStore(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		if c.URL == "" {
			t.Skip("this is the embedded store")
		}
		err := mustOpen(t, c).Backup(context.Background(), filepath.Join(t.TempDir(), "copy"))
		if err == nil || !contains(err.Error(), "pg_dump") {
			t.Errorf("Backup = %v", err)
		}
	})
}

func TestLock(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	first, err := store.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Lock(dir)
	want := fmt.Sprintf("the data directory %s is in use by another parley (process %d): stop it, or choose another directory", dir, os.Getpid())
	if !errors.Is(err, store.ErrLocked) || err.Error() != want {
		t.Errorf("a second lock: %v, want %s", err, want)
	}
	mustOpen(t, store.Config{Dir: dir, Now: storetest.Start}) // a tool needs no lock
	if err := first.Unlock(); err != nil {
		t.Fatal(err)
	}
	again, err := store.Lock(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Unlock(); err != nil {
		t.Error(err)
	}
}
