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
	"sync"
	"testing"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// childVariable makes the test binary a writer to be killed: it holds the data
// directory.
const childVariable = "PARLEY_TEST_STORE_CHILD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childVariable); dir != "" {
		fmt.Fprintln(os.Stderr, writeUntilKilled(dir))
		os.Exit(1)
	}
	if dir := os.Getenv(counterVariable); dir != "" {
		fmt.Fprintln(os.Stderr, countUntilKilled(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// writeUntilKilled has 16 writers insert pairs of rows, and prints the name of
// each pair after its commit.
func writeUntilKilled(dir string) error {
	ctx := context.Background()
	db, err := store.Open(ctx, store.Config{Dir: dir, Now: storetest.Start})
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	for w := range 16 {
		wg.Go(func() {
			for n := 0; ; n++ {
				pair := fmt.Sprintf("%d-%d-%d", os.Getpid(), w, n)
				err := db.Update(ctx, func(tx *store.Tx) error {
					return errors.Join(put(tx, pair+"-1", ""), put(tx, pair+"-2", ""))
				})
				if err != nil {
					return
				}
				mu.Lock()
				fmt.Println(pair)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	return errors.New("the writers ended by themselves")
}

// Killed at any moment, the store has every pair that was acknowledged, and no
// half of one.
func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts processes")
	}
	dir := t.TempDir()
	acknowledged := map[string]bool{}
	random := rand.New(rand.NewPCG(2, 2))
	for range 5 {
		killAfter(t, dir, 1+random.IntN(400), acknowledged)
		db, err := store.Open(t.Context(), store.Config{Dir: dir, Now: storetest.Start})
		if err != nil {
			t.Fatal(err)
		}
		rows := contents(t, db)
		for pair := range acknowledged {
			if _, ok := rows[pair+"-1"]; !ok {
				t.Errorf("the acknowledged %s is lost", pair)
			}
		}
		for name := range rows {
			pair, half := name[:len(name)-2], name[len(name)-1]
			if _, ok := rows[fmt.Sprintf("%s-%c", pair, '1'+'2'-half)]; !ok {
				t.Errorf("only %s is there", name)
			}
		}
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// killAfter runs a writer on dir, kills it after n acknowledgements, and notes
// all that it made.
func killAfter(t *testing.T, dir string, n int, acknowledged map[string]bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVariable+"="+dir)
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
			break // an unfinished line was not said
		}
		acknowledged[line[:len(line)-1]] = true
		if i == n {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || cmd.ProcessState.Exited() {
		t.Errorf("the writer was not killed: %v", cmd.ProcessState)
	}
}
