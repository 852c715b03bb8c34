package store

import (
	"context"
	"math"
	"testing"
)

// TestNothingIsToldAfterACommit: a reader between any two steps of another's
// commit remembers nothing wrong, even if that other was killed at each of them.
func TestNothingIsToldAfterACommit(t *testing.T) {
	dir := t.TempDir()
	open := func() *DB {
		db, err := Open(t.Context(), Config{Dir: dir, Now: noon})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		return db
	}
	reader, other := open(), open()
	var m Memo[string, int64]
	var reads int
	sees := func(when string, want int64) {
		t.Helper()
		got, err := m.Get(t.Context(), reader, "key", func(tx *Tx) (n int64, err error) {
			reads++
			err = tx.Row(`SELECT expires_at FROM replay WHERE tenant = 't' AND token = 'a'`).Scan(&n)
			return n, err
		})
		if err != nil || got != want {
			t.Errorf("%s: %d, %v; want %d", when, got, err, want)
		}
	}
	if err := other.Update(t.Context(), func(tx *Tx) error { return add(tx, "a") }); err != nil {
		t.Fatal(err)
	}
	sees("at first", 0)
	w := other.engine.(*embedded).writer
	do := func(query string) {
		t.Helper()
		if err := w.conn.run(query); err != nil {
			t.Fatal(err)
		}
	}
	for _, end := range []struct {
		query string
		want  int64
	}{{"ROLLBACK", 0}, {"COMMIT", 7}} {
		do("BEGIN IMMEDIATE")
		do(`UPDATE replay SET expires_at = 7 WHERE tenant = 't' AND token = 'a'`)
		sees("changed", 0)
		if err := w.generation.announce(w.conn); err != nil {
			t.Fatal(err)
		}
		sees("announced", 0)
		sees("announced, again", 0)
		do(end.query)
		sees(end.query, end.want)
	}
	reads = 0
	sees("remembered", 7)
	if reads != 0 {
		t.Errorf("%d reads of what is remembered", reads)
	}
}

// TestGenerationsGoRound: SQLite counts in 32 bits.
func TestGenerationsGoRound(t *testing.T) {
	db, w := scratch(t)
	for _, version := range []string{"2147483647", "-1"} {
		if _, err := w.conn.conn.ExecContext(t.Context(), "PRAGMA user_version = "+version); err != nil {
			t.Fatal(err)
		}
		before, err := committed(w.conn)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.Update(context.Background(), func(tx *Tx) error { return add(tx, version) }); err != nil {
			t.Fatal(err)
		}
		announced, _ := db.engine.announced()
		after, err := db.engine.committed(t.Context())
		if err != nil || after != announced || after != (before+1)&math.MaxUint32 {
			t.Errorf("after %d: committed %d, announced %d, %v", before, after, announced, err)
		}
	}
}
