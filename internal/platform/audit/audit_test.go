package audit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// config is one for a directory of the test.
func config(dir string, log io.Writer) Config {
	return Config{Dir: dir, Keep: 64 << 20, NewID: func() string { return "event" }, Now: time.Now, Log: slog.New(slog.NewTextHandler(log, nil))}
}

func open(t testing.TB, c Config) *Book {
	t.Helper()
	b, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// event is a small one that can be told from others.
func event(id string) Event {
	return Event{
		Caller: op.Caller{Account: "111122223333", Region: "us-east-1", Root: true, RequestID: id},
		Route:  api.ListApplications.Route, Input: &api.ListApplicationsInput{},
	}
}

// requests are the IDs of the records in a directory that a filter admits.
func requests(t testing.TB, dir string, f Filter) (ids []string) {
	t.Helper()
	r := Reader{Dir: dir, Filter: f}
	if err := r.Read(context.Background(), func(r *Record) error {
		ids = append(ids, r.Request)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return ids
}

func filesOf(t testing.TB, dir string) []file {
	t.Helper()
	all, err := list(dir)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestRecordsAreThereSoonAndAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		b := open(t, config(dir, io.Discard))
		b.Note(event("one"))
		time.Sleep(gather + time.Millisecond) // in the bubble: nobody waits
		synctest.Wait()
		if diff := cmp.Diff([]string{"one"}, requests(t, dir, Filter{})); diff != "" {
			t.Error(diff)
		}
		b.Note(event("two"))
		b.Note(event("three"))
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		b.Note(event("late"))
		if diff := cmp.Diff([]string{"one", "two", "three"}, requests(t, dir, Filter{})); diff != "" || b.Lost() != 1 {
			t.Errorf("%d lost: %s", b.Lost(), diff)
		}
		if err := b.Close(); err != nil {
			t.Errorf("closed twice: %v", err)
		}
	})
}

func TestFilesAreTheOwnersAlone(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "audit")
	b := open(t, config(dir, io.Discard))
	b.Note(event("one"))
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filesOf(t, dir)[0].path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if info, err = os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
}

func TestANilBookTakesNothing(t *testing.T) {
	var b *Book
	b.Note(event("one"))
	if b.Failing() != nil || b.Refuses() != nil || b.Lost() != 0 || b.Close() != nil {
		t.Error("a nil book is no book")
	}
}

func TestADirectoryThatCannotBeWrittenIsNoBook(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(config(path, io.Discard)); err == nil || !strings.HasPrefix(err.Error(), "audit records cannot be written: ") {
		t.Errorf("%v", err)
	}
}

func TestADayHasItsOwnFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		b := open(t, config(dir, io.Discard))
		for i := range 3 {
			b.Note(event(fmt.Sprint(i)))
			time.Sleep(24 * time.Hour)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		var days []string
		for _, f := range filesOf(t, dir) {
			days = append(days, filepath.Base(f.path)[:8])
		}
		if diff := cmp.Diff([]string{"20000101", "20000102", "20000103"}, days); diff != "" {
			t.Error(diff)
		}
	})
}

// TestOldRecordsGo: all files together stay within Keep, what is left is whole
// lines, and the newest.
func TestOldRecordsGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		c := config(dir, io.Discard)
		c.Keep = 64 << 10
		b := open(t, c)
		const n = 500
		for i := range n {
			b.Note(event(fmt.Sprint(i)))
			time.Sleep(2 * gather)
		}
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		var total int64
		for _, f := range filesOf(t, dir) {
			total += f.size
			if f.size > c.Keep/4 {
				t.Errorf("%s has %d bytes", f.path, f.size)
			}
		}
		kept := requests(t, dir, Filter{})
		if total > c.Keep || total < c.Keep/2 {
			t.Errorf("%d bytes are kept of %d", total, c.Keep)
		}
		for i, id := range kept {
			if want := fmt.Sprint(n - len(kept) + i); id != want {
				t.Fatalf("record %d is %s, want %s", i, id, want)
			}
		}
		if len(kept) < 50 || len(kept) == n || b.Lost() != 0 {
			t.Errorf("%d of %d are kept, %d lost", len(kept), n, b.Lost())
		}
	})
}

// disk is a directory that can be taken away. The file that is open goes too,
// and the next one cannot be made.
type disk struct{ dir string }

func (d disk) breaks(t *testing.T) {
	t.Helper()
	if err := os.Rename(d.dir, d.dir+".away"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.dir, nil, 0o600); err != nil {
		t.Fatal(err)
	}
}

func (d disk) heals(t *testing.T) {
	t.Helper()
	if err := os.Remove(d.dir); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(d.dir+".away", d.dir); err != nil {
		t.Fatal(err)
	}
}

func TestAFailingDiskIsToldAndGotOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log safeBuffer
		d := disk{filepath.Join(t.TempDir(), "audit")}
		b := open(t, config(d.dir, &log))
		d.breaks(t)
		b.Note(event("one"))
		time.Sleep(5 * retryAfter)
		synctest.Wait()
		if b.Failing() == nil || b.Refuses() != nil || strings.Count(log.String(), "audit records cannot be written") != 1 {
			t.Errorf("failing: %v, refuses: %v\n%s", b.Failing(), b.Refuses(), log.String())
		}
		b.Note(event("two"))
		d.heals(t)
		time.Sleep(2 * retryAfter)
		synctest.Wait()
		if diff := cmp.Diff([]string{"one", "two"}, requests(t, d.dir, Filter{})); diff != "" || b.Failing() != nil || b.Lost() != 0 {
			t.Errorf("failing: %v, lost %d: %s", b.Failing(), b.Lost(), diff)
		}
		if !strings.Contains(log.String(), "audit records are written again") {
			t.Error(log.String())
		}
	})
}

// TestWhileTheDiskFailsMemoryIsBounded: what does not fit is lost and counted,
// and nobody waits.
func TestWhileTheDiskFailsMemoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := disk{filepath.Join(t.TempDir(), "audit")}
		b := open(t, config(d.dir, io.Discard))
		d.breaks(t)
		b.Note(event("first"))
		time.Sleep(2 * retryAfter)
		const n = 4000
		for i := range n {
			b.Note(event(fmt.Sprint(i)))
		}
		b.mu.Lock()
		held := len(b.pending)
		b.mu.Unlock()
		if held > maxPending || b.Lost() == 0 {
			t.Errorf("%d bytes wait, %d lost", held, b.Lost())
		}
		lost := b.Lost()
		d.heals(t)
		if err := b.Close(); err != nil {
			t.Fatal(err)
		}
		if got := int64(len(requests(t, d.dir, Filter{}))); got+lost != n+1 {
			t.Errorf("%d kept, %d lost of %d", got, lost, n+1)
		}
	})
}

// TestRequiredRefuses: nothing new is served, and those that were being served
// wait until their record can be kept.
func TestRequiredRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := disk{filepath.Join(t.TempDir(), "audit")}
		c := config(d.dir, io.Discard)
		c.Required = true
		b := open(t, c)
		d.breaks(t)
		b.Note(event("first"))
		time.Sleep(2 * retryAfter)
		synctest.Wait()
		if b.Refuses() == nil {
			t.Fatal("it does not refuse")
		}
		const n = 4000
		var all sync.WaitGroup
		all.Go(func() {
			for i := range n {
				b.Note(event(fmt.Sprint(i)))
			}
		})
		time.Sleep(5 * retryAfter)
		d.heals(t)
		all.Wait()
		if err := b.Close(); err != nil || b.Refuses() != nil {
			t.Errorf("%v, refuses: %v", err, b.Refuses())
		}
		if got := len(requests(t, d.dir, Filter{})); got != n+1 || b.Lost() != 0 {
			t.Errorf("%d kept, %d lost of %d", got, b.Lost(), n+1)
		}
	})
}

func TestCloseSaysWhatIsLost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := disk{filepath.Join(t.TempDir(), "audit")}
		c := config(d.dir, io.Discard)
		c.Required = true
		b := open(t, c)
		d.breaks(t)
		const n = 4000
		var all sync.WaitGroup
		all.Go(func() {
			for i := range n {
				b.Note(event(fmt.Sprint(i)))
			}
		})
		time.Sleep(3 * retryAfter)
		err := b.Close()
		all.Wait()
		if err == nil || !strings.HasPrefix(err.Error(), errLost.Error()) || b.Lost() != n {
			t.Errorf("%v, %d lost of %d", err, b.Lost(), n)
		}
	})
}

// TestAFullDiskLeavesWholeLines: what was written of a line is cut off, and the
// line is written whole into the next file.
func TestAFullDiskLeavesWholeLines(t *testing.T) {
	dir := t.TempDir()
	w := &writer{config: config(dir, io.Discard)}
	if _, err := w.write([]byte("one\n")); err != nil {
		t.Fatal(err)
	}
	lines := []byte("two\nthree\n")
	n, err := w.file.Write(lines[:6])
	if err != nil {
		t.Fatal(err)
	}
	if rest := w.broken(lines, n); string(rest) != "three\n" || w.file != nil {
		t.Errorf("the rest is %q", rest)
	}
	if b, err := os.ReadFile(filesOf(t, dir)[0].path); string(b) != "one\ntwo\n" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestADeviceThatIsFullIsGivenUp(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip(err)
	}
	w := &writer{config: config(t.TempDir(), io.Discard), file: full, day: time.Now().UTC().Format(time.DateOnly)}
	rest, err := w.write([]byte("one\n"))
	if err == nil || string(rest) != "one\n" || w.file != nil {
		t.Errorf("%q, %v", rest, err)
	}
	if rest, err = w.write(rest); err != nil || rest != nil {
		t.Errorf("%q, %v", rest, err)
	}
	if err := w.close(); err != nil {
		t.Error(err)
	}
}

// TestManyAtOnce: no line is torn or lost, whoever writes meanwhile.
func TestManyAtOnce(t *testing.T) {
	dir := t.TempDir()
	b := open(t, config(dir, io.Discard))
	var all sync.WaitGroup
	const writers, each = 8, 500
	for w := range writers {
		all.Go(func() {
			for i := range each {
				b.Note(event(fmt.Sprintf("%d/%d", w, i)))
			}
		})
	}
	all.Wait()
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, id := range requests(t, dir, Filter{}) {
		seen[id] = true
	}
	if len(seen) != writers*each {
		t.Errorf("%d of %d records", len(seen), writers*each)
	}
	for _, f := range filesOf(t, dir) {
		text, err := os.ReadFile(f.path)
		if err != nil {
			t.Fatal(err)
		}
		for l := range bytes.Lines(text) {
			if !json.Valid(l) {
				t.Fatalf("%q", l)
			}
		}
	}
}

// safeBuffer is a log that may be read while it is written.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
