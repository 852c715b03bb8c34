package retrieval_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/platform/retrieval"
)

// stocked is a source of some documents.
func stocked(n int) *changes {
	s := &changes{}
	for i := range n {
		s.put(text(fmt.Sprintf("d%04d", i), "A title", fmt.Sprintf("common words and number%d", i)))
	}
	return s
}

var common = retrieval.Query{Text: "common", Limit: 1000}

// filled is a directory with an index of the source on its disk, closed: all of it,
// so that whoever opens it has nothing to read.
func filled(t *testing.T, s *changes) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for read := -1; read != s.reads; {
		read = s.reads
		l := open(t, dir, s)
		if n := len(found(t, l, common)); n != min(len(s.latest), 1000) {
			t.Fatalf("%d of %d found", n, len(s.latest))
		}
		persisted(t, dir)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// persisted returns when a segment is on the disk.
func persisted(t *testing.T, dir string) {
	t.Helper()
	for len(files(t, dir, ".zap")) == 0 {
		if t.Context().Err() != nil {
			t.Fatal("nothing gets to the disk")
		}
	}
}

// files are those in a folder that end so.
func files(t *testing.T, dir, end string) (all []string) {
	t.Helper()
	for _, pattern := range []string{"retrieval/*/*/*" + end, "retrieval/*/*" + end} {
		found, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, found...)
	}
	return all
}

// Whatever happened to the files, a search finds everything.
func TestDamage(t *testing.T) {
	garbage := func(at, n int) func([]byte) []byte {
		return func(b []byte) []byte {
			copy(b[min(at, len(b)):], bytes.Repeat([]byte{0xA5, 0x3C, 0xFF}, n))
			return b
		}
	}
	for _, c := range []struct {
		name, file string
		to         func(b []byte) []byte
	}{
		{"a segment cut off", ".zap", func(b []byte) []byte { return b[:len(b)/2] }},
		{"an empty segment", ".zap", func([]byte) []byte { return nil }},
		{"a garbled segment", ".zap", garbage(100, 300)},
		{"a garbled end of a segment", ".zap", func(b []byte) []byte { return garbage(len(b)-20, 10)(b) }},
		{"a root cut off", "root.bolt", func(b []byte) []byte { return b[:len(b)/2] }},
		{"an empty root", "root.bolt", func([]byte) []byte { return nil }},
		{"a garbled root", "root.bolt", garbage(0, 20000)},
		{"a garbled page of the root", "root.bolt", garbage(4096*2, 1000)},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := stocked(50)
			dir := filled(t, s)
			for _, f := range files(t, dir, c.file) {
				b, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(f, c.to(b), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if n := len(found(t, open(t, dir, s), common)); n != 50 {
				t.Errorf("%d of 50 found", n)
			}
		})
	}
}

func TestSegmentsGone(t *testing.T) {
	s := stocked(50)
	dir := filled(t, s)
	for _, f := range files(t, dir, ".zap") {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(found(t, open(t, dir, s), common)); n != 50 {
		t.Errorf("%d of 50 found", n)
	}
}

func TestFolderGoneWhileServing(t *testing.T) {
	s := stocked(50)
	dir := t.TempDir()
	l := open(t, dir, s)
	found(t, l, common)
	persisted(t, dir)
	if err := os.RemoveAll(filepath.Join(dir, "retrieval")); err != nil {
		t.Fatal(err)
	}
	s.put(text("another", "", "common sense"))
	if n := len(found(t, l, common)); n != 51 {
		t.Errorf("%d of 51 found", n)
	}
	persisted(t, dir)
}

// A segment that is cut off while it is searched is not the end of the process.
func TestSegmentCutOffWhileServing(t *testing.T) {
	s := stocked(2000)
	dir := filled(t, s)
	l := open(t, dir, s)
	found(t, l, retrieval.Query{Text: "number7"})
	for _, f := range files(t, dir, ".zap") {
		if err := os.Truncate(f, 4096); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(found(t, l, common)); n != 1000 {
		t.Errorf("%d of 1000 found", n)
	}
}

// What is on the disk carries on: nothing is read again.
func TestReopen(t *testing.T) {
	s := stocked(50)
	s.put(text("d0001", "", "other"), retrieval.Change{Document: "d0002", Gone: true}, seenBy(text("d0003", "", "common"), "a"))
	dir := t.TempDir()
	l := open(t, dir, s)
	before := found(t, l, retrieval.Query{Text: "common number5", Who: in("a")})
	settled(t, dir, l, s)
	reads := s.reads
	l = open(t, dir, s)
	if diff := cmp.Diff(before, found(t, l, retrieval.Query{Text: "common number5", Who: in("a")})); diff != "" {
		t.Error(diff)
	}
	if s.reads != reads {
		t.Errorf("the log was read %d times", s.reads-reads)
	}
	if n := len(found(t, l, common)); n != 47 {
		t.Errorf("%d of 47 found", n)
	}
}

// settled closes a library and opens it until all is on the disk: what was not,
// is applied again.
func settled(t *testing.T, dir string, l *retrieval.Library, s *changes) {
	t.Helper()
	for {
		persisted(t, dir)
		if err := l.Close(); err != nil {
			t.Fatal(err)
		}
		reads := s.reads
		l = open(t, dir, s)
		found(t, l, common)
		if s.reads == reads {
			if err := l.Close(); err != nil {
				t.Fatal(err)
			}
			return
		}
	}
}

// TestSegmentLeftOver: one that was being written when the process was killed is no
// reason to build all anew.
func TestSegmentLeftOver(t *testing.T) {
	s := stocked(50)
	dir := filled(t, s)
	half := filepath.Join(filepath.Dir(files(t, dir, ".zap")[0]), "0000000000ff.zap")
	if err := os.WriteFile(half, []byte("cut o"), 0o600); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	l := retrieval.New(retrieval.Config{Dir: dir, Source: s, Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil))})
	if n := len(found(t, l, common)); n != 50 {
		t.Errorf("%d of 50 found", n)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if log.Len() > 0 {
		t.Errorf("it is no news:\n%s", log.String())
	}
}

// A process that is killed at any moment leaves an index that carries on.
func TestKilled(t *testing.T) {
	const documents = 9000 // a few batches
	s := stocked(documents)
	if dir := os.Getenv("PARLEY_TEST_RETRIEVAL"); dir != "" {
		for l := open(t, dir, s); ; { // until it is killed
			found(t, l, common)
		}
	}
	dir := t.TempDir()
	for range 2 {
		child := exec.Command(os.Args[0], "-test.run=^TestKilled$")
		child.Env = append(os.Environ(), "PARLEY_TEST_RETRIEVAL="+dir)
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		persisted(t, dir)
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if err := child.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
			t.Fatalf("the child ended by itself: %v", err)
		}
	}
	l := open(t, dir, s)
	if err := l.Wait(t.Context(), key, documents); err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	status, there, err := retrieval.StatusOf(dir, key)
	if err != nil || !there || status.Documents != documents || status.Seq != documents {
		t.Errorf("%+v, %t, %v", status, there, err)
	}
}
