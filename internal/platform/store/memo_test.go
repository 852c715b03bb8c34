package store_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// recalled is a Memo that counts its reads.
type recalled struct {
	store.Memo[string, string]
	db    *store.DB
	reads int
}

// get is what the Memo says of a token; "" when there is none.
func (m *recalled) get(t *testing.T, token string) string {
	t.Helper()
	v, err := m.Get(t.Context(), m.db, token, func(tx *store.Tx) (string, error) {
		m.reads++
		v, err := get(tx, token)
		if errors.Is(err, store.ErrNoRows) {
			err = nil
		}
		return v, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func update(t *testing.T, db *store.DB, fn func(tx *store.Tx) error) {
	t.Helper()
	if err := db.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func change(tx *store.Tx, token, answer string) error {
	_, err := tx.Exec(`UPDATE replay SET answer = $1 WHERE tenant = $2 AND token = $3`, answer, tenant, token)
	return err
}

// TestMemoForgetsWhenAnythingIsWritten, and not before; on PostgreSQL it
// remembers nothing.
func TestMemoForgetsWhenAnythingIsWritten(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		c.Now = storetest.Start
		db, err := store.Open(t.Context(), c)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		m := &recalled{db: db}
		reads := func(after string, remembering, otherwise int) {
			t.Helper()
			want := remembering
			if c.URL != "" {
				want = otherwise
			}
			if m.reads != want {
				t.Errorf("%s: %d reads, want %d", after, m.reads, want)
			}
		}
		update(t, db, func(tx *store.Tx) error { return put(tx, "a", "1") })
		for range 3 {
			if got := m.get(t, "a"); got != "1" {
				t.Fatalf("got %q", got)
			}
		}
		reads("three times", 1, 3)
		update(t, db, func(tx *store.Tx) error { _, err := get(tx, "a"); return err })
		m.get(t, "a")
		reads("an update that changes nothing", 1, 4)
		failed := errors.New("failed")
		if err := db.Update(t.Context(), func(tx *store.Tx) error { return errors.Join(change(tx, "a", "2"), failed) }); !errors.Is(err, failed) {
			t.Fatal(err)
		}
		if got := m.get(t, "a"); got != "1" {
			t.Errorf("after what was rolled back: %q", got)
		}
		before := m.reads
		update(t, db, func(tx *store.Tx) error { return put(tx, "b", "1") })
		m.get(t, "a")
		if m.reads != before+1 {
			t.Errorf("a row elsewhere: %d reads more, want 1", m.reads-before)
		}
		update(t, db, func(tx *store.Tx) error { return change(tx, "a", "3") })
		if got := m.get(t, "a"); got != "3" {
			t.Errorf("after a change: %q", got)
		}
	})
}

// TestMemoSeesWhatAnotherWrites: two that have one store open, as a server and a
// tool, and what either writes is seen by both at once.
func TestMemoSeesWhatAnotherWrites(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		c.Now = storetest.Start
		var memos [2]*recalled
		for i := range memos {
			db, err := store.Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			memos[i] = &recalled{db: db}
		}
		update(t, memos[0].db, func(tx *store.Tx) error { return errors.Join(put(tx, "a", "0"), put(tx, "b", "0")) })
		want := map[string]string{"a": "0", "b": "0"}
		random := rand.New(rand.NewPCG(16, 1))
		for n := range 300 {
			token := []string{"a", "b"}[random.IntN(2)]
			if random.IntN(2) == 0 {
				want[token] = strconv.Itoa(n)
				update(t, memos[random.IntN(2)].db, func(tx *store.Tx) error { return change(tx, token, want[token]) })
			}
			for i, m := range memos {
				if got := m.get(t, token); got != want[token] {
					t.Fatalf("step %d: %d sees %q for %s, want %q", n, i, got, token, want[token])
				}
			}
		}
	})
}

// counterVariable makes the test binary a process that counts in the store's
// rows, as a tool beside a server would write.
const counterVariable = "PARLEY_TEST_STORE_COUNTER"

// countUntilKilled makes the answer of a token one more, and says so after each
// commit.
func countUntilKilled(dir string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{Dir: dir, Now: storetest.Start})
	if err != nil {
		return err
	}
	for {
		var n int
		err := db.Update(ctx, func(tx *store.Tx) error {
			answer, err := get(tx, "count")
			if err != nil {
				return err
			}
			if n, err = strconv.Atoi(answer); err != nil {
				return err
			}
			n++
			return change(tx, "count", strconv.Itoa(n))
		})
		if err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// TestMemoBesideProcessesThatAreKilled: what another process has said it wrote
// is never remembered otherwise, and neither is what it wrote and had no time to
// say.
func TestMemoBesideProcessesThatAreKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	dir := t.TempDir()
	db, err := store.Open(t.Context(), store.Config{Dir: dir, Now: storetest.Start})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	update(t, db, func(tx *store.Tx) error { return put(tx, "count", "0") })
	m := &recalled{db: db}
	random := rand.New(rand.NewPCG(16, 2))
	for round := range 12 {
		beside(t, dir, m, 1+random.IntN(60))
		truth := contents(t, db)["count"]
		for range 2 {
			if got := m.get(t, "count"); got != truth {
				t.Fatalf("round %d: remembered %s, and it is %s", round, got, truth)
			}
		}
	}
}

// beside runs a counter until it has said n numbers, kills it, and holds the Memo
// against each of them.
func beside(t *testing.T, dir string, m *recalled, n int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), counterVariable+"="+dir)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	for i := 1; ; i++ {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			break
		}
		said, err := strconv.Atoi(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := strconv.Atoi(m.get(t, "count")); err != nil || got < said {
			t.Fatalf("remembered %d (%v) after %d was written", got, err, said)
		}
		if i == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
		t.Errorf("the counter was not killed: %v", cmd.ProcessState)
	}
}

func BenchmarkMemo(b *testing.B) {
	db, err := store.Open(b.Context(), store.Config{Dir: b.TempDir(), Now: storetest.Start})
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	var m store.Memo[string, int]
	b.ReportAllocs()
	for b.Loop() {
		if _, err := m.Get(b.Context(), db, "a", func(*store.Tx) (int, error) { return 1, nil }); err != nil {
			b.Fatal(err)
		}
	}
}
