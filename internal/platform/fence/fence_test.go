package fence

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/extract"
	"github.com/parleyhq/parley/internal/engine/extract/extracttest"
)

// TestMain makes the test program the child of its own tests: with one of the
// following words it is a child, good or bad.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || !strings.HasPrefix(os.Args[1], "child-") {
		os.Exit(m.Run())
	}
	if err := childhood(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

const secret = "what-the-document-says"

func childhood(kind string) error {
	if kind == "child-good" {
		return Work(os.Stdin, os.Stdout)
	}
	if kind == "child-gone" {
		return nil
	}
	var s setup
	var r request
	if err := errors.Join(receive(os.Stdin, &s), confine(s), receive(os.Stdin, &r)); err != nil {
		return err
	}
	data, err := body(os.Stdin, r.Size)
	if err != nil {
		return err
	}
	say := func(text string) error {
		return send(os.Stdout, answer{Document: &extract.Document{}, Size: len(text)}, []byte(text))
	}
	switch kind {
	case "child-panic":
		panic(secret)
	case "child-deep":
		return fmt.Errorf("%d", deep(data, math.MaxInt))
	case "child-eats":
		for all := bytes.Repeat([]byte{1}, 16<<20); ; {
			all = append(all, all...)
			r.Size += len(all)
		}
	case "child-hangs":
		<-time.After(time.Hour) // select{} alone is a deadlock that the runtime ends
	case "child-spins":
		for i := 0; ; i++ {
			if i < 0 {
				return nil
			}
		}
	case "child-silent":
		return nil
	case "child-garbage":
		_, err = os.Stdout.WriteString(strings.Repeat(secret, 1000))
		return err
	case "child-flood":
		return send(os.Stdout, answer{Document: &extract.Document{}, Size: 1 << 40}, nil)
	case "child-cut":
		return send(os.Stdout, answer{Document: &extract.Document{}, Size: 1000}, []byte(secret))
	case "child-strays":
		return send(os.Stdout, answer{Document: &extract.Document{Blocks: []extract.Block{{Begin: 0, End: 99}}}, Size: 1}, []byte("a"))
	case "child-empty":
		return send(os.Stdout, answer{}, nil)
	case "child-reaches":
		return say(reaches())
	case "child-environment":
		return say(strings.Join(os.Environ(), " "))
	}
	return errors.New("no such child")
}

// deep goes deeper than any stack.
func deep(data []byte, n int) int {
	if n == 0 {
		return len(data)
	}
	return 1 + deep(append(data, 0), n-1)
}

// reaches says what a child can still get hold of.
func reaches() string {
	found := ""
	if f, err := os.Open("/etc/hostname"); err == nil {
		f.Close()
		found += " file"
	}
	if l, err := net.Listen("tcp", "127.0.0.1:0"); err == nil {
		l.Close()
		found += " socket"
	}
	if r, _, err := os.Pipe(); err == nil {
		r.Close()
		found += " pipe"
	}
	return found + "."
}

// fenced is a fence whose children are of a kind.
func fenced(t *testing.T, kind string, c Config) (*Fence, *bytes.Buffer) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	c.Program, c.Args, c.Log = program, []string{kind}, slog.New(slog.NewTextHandler(&log, nil))
	f := New(c)
	t.Cleanup(func() { f.Close() })
	return f, &log
}

func TestChildReads(t *testing.T) {
	t.Setenv("PARLEY_SECRET", secret)
	f, log := fenced(t, "child-good", Config{})
	for name, data := range map[string][]byte{
		"a.docx": extracttest.DOCX("Title", "One.", "Two."),
		"a.pptx": extracttest.PPTX("Title", "One: two"),
		"a.xlsx": extracttest.XLSX("Title", []string{"one", "two"}),
		"a.rtf":  extracttest.RTF("Title", "One."),
		"a.html": extracttest.HTML("Title", "One."),
		"a.txt":  []byte("One."),
		"a.md":   []byte("# Title\n\nOne."),
	} {
		want, err := extract.Extract(t.Context(), data, name, "", extract.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := f.Extract(t.Context(), data, name, "", extract.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if len(f.idle) != 1 || f.idle[0].count != 5 {
		t.Errorf("%d children idle, want one that has read the five that are risky", len(f.idle))
	}
	if log.Len() > 0 {
		t.Errorf("logged %s", log)
	}
}

// TestChildRefuses: a document's own error comes through as it is, and the child
// goes on.
func TestChildRefuses(t *testing.T) {
	f, _ := fenced(t, "child-good", Config{})
	for range 2 {
		_, err := f.Extract(t.Context(), []byte("{\\rtf1 "+strings.Repeat("{", 1000)), "", extract.RTF, extract.Limits{Depth: 100})
		want := &extract.Error{Code: extract.InvalidRequest, Message: "The document is nested more than 100 levels deep, which is not read."}
		var got *extract.Error
		if errors.As(err, &got); !cmp.Equal(want, got) {
			t.Errorf("error %v, want %v", err, want)
		}
	}
	if len(f.idle) != 1 || f.idle[0].count != 2 {
		t.Errorf("the child was not kept")
	}
}

// TestBadChildren: whatever a child does, the document fails with a sentence, its
// text is in no error and no log, and the child is gone.
func TestBadChildren(t *testing.T) {
	damaged := &extract.Error{Code: extract.InvalidRequest, Message: "The document could not be read: it is damaged in a way that broke its reader."}
	memory := &extract.Error{Code: extract.InvalidRequest, Message: "The document needs more than 256 MB of memory to be read, which it does not get."}
	for _, tt := range []struct {
		kind   string
		config Config
		want   *extract.Error
		reason string
	}{
		{"child-panic", Config{}, damaged, "crash"},
		{"child-deep", Config{}, nil, ""},
		{"child-eats", Config{Memory: 256 << 20}, memory, "memory"},
		{"child-hangs", Config{Time: 100 * time.Millisecond}, &extract.Error{Code: extract.InternalError, Message: "The document could not be read in time, because the server is busy.", Retry: true}, "time"},
		{"child-spins", Config{CPU: time.Second / 2}, &extract.Error{Code: extract.InvalidRequest, Message: "The document takes longer than 1m0s to be read."}, "time"},
		{"child-silent", Config{}, damaged, "protocol"},
		{"child-garbage", Config{}, damaged, "protocol"},
		{"child-flood", Config{}, damaged, "protocol"},
		{"child-cut", Config{}, damaged, "protocol"},
		{"child-strays", Config{}, damaged, "protocol"},
		{"child-empty", Config{}, damaged, "protocol"},
		{"child-gone", Config{}, damaged, "protocol"},
	} {
		t.Run(tt.kind, func(t *testing.T) {
			f, log := fenced(t, tt.kind, tt.config)
			d, err := f.Extract(t.Context(), extracttest.RTF("Title", secret), "", extract.RTF, extract.Limits{})
			var got *extract.Error
			if !errors.As(err, &got) || d != nil {
				t.Fatalf("document %v, error %v", d, err)
			}
			if tt.want != nil && !cmp.Equal(tt.want, got) {
				t.Errorf("error %+v, want %+v", got, tt.want)
			}
			if !strings.Contains(log.String(), "reason="+tt.reason) {
				t.Errorf("log %s, want the reason %q", log, tt.reason)
			}
			if strings.Contains(log.String(), secret) || strings.Contains(got.Message, secret) {
				t.Errorf("the document is in the log %s or the error %v", log, got)
			}
			if len(f.idle) != 0 || len(f.slots) != 0 {
				t.Errorf("%d children are kept, %d work", len(f.idle), len(f.slots))
			}
		})
	}
}

// TestChildIsConfined: a child has no environment, and can open neither files nor
// sockets.
func TestChildIsConfined(t *testing.T) {
	for kind, want := range map[string]string{"child-reaches": ".", "child-environment": ""} {
		t.Setenv("PARLEY_SECRET", secret)
		f, log := fenced(t, kind, Config{})
		d, err := f.Extract(t.Context(), extracttest.RTF("Title"), "", extract.RTF, extract.Limits{})
		if err != nil {
			t.Fatal(err, log)
		}
		if d.Text != want {
			t.Errorf("%s: %q, want %q", kind, d.Text, want)
		}
	}
}

func TestNoProgram(t *testing.T) {
	var log bytes.Buffer
	f := New(Config{Program: t.TempDir() + "/none", Log: slog.New(slog.NewTextHandler(&log, nil))})
	_, err := f.Extract(t.Context(), extracttest.RTF("Title"), "", extract.RTF, extract.Limits{})
	want := &extract.Error{Code: extract.InternalError, Message: "The document could not be read now: no process could be started for it.", Retry: true}
	var got *extract.Error
	if errors.As(err, &got); !cmp.Equal(want, got) {
		t.Errorf("error %v, want %v", err, want)
	}
	if !strings.Contains(log.String(), "no process could be started") {
		t.Errorf("log %q does not tell the operator", log.String())
	}
}

// TestWaitingChildDies: a child that was killed while it waited is replaced, and the
// document does not notice.
func TestWaitingChildDies(t *testing.T) {
	f, log := fenced(t, "child-good", Config{})
	data := extracttest.RTF("Title", strings.Repeat("text ", 100_000))
	for range 3 {
		if _, err := f.Extract(t.Context(), data, "", extract.RTF, extract.Limits{}); err != nil {
			t.Fatal(err)
		}
		f.idle[0].kill()
	}
	if strings.Contains(log.String(), "broke") {
		t.Errorf("logged %s", log)
	}
}

func TestIdleChildEnds(t *testing.T) {
	f, _ := fenced(t, "child-good", Config{Idle: time.Hour})
	if _, err := f.Extract(t.Context(), extracttest.RTF("Title"), "", extract.RTF, extract.Limits{}); err != nil {
		t.Fatal(err)
	}
	c := f.idle[0]
	c.timer.Reset(0)
	<-c.ended
	if len(f.idle) != 0 {
		t.Error("the child is still kept")
	}
	if code := c.cmd.ProcessState.ExitCode(); code != 0 {
		t.Errorf("it ended with status %d, want 0", code)
	}
}

func TestClose(t *testing.T) {
	f, _ := fenced(t, "child-good", Config{})
	if _, err := f.Extract(t.Context(), extracttest.RTF("Title"), "", extract.RTF, extract.Limits{}); err != nil {
		t.Fatal(err)
	}
	c := f.idle[0]
	f.Close()
	<-c.ended
	if _, err := f.Extract(t.Context(), extracttest.RTF("Title"), "", extract.RTF, extract.Limits{}); !errors.Is(err, errClosed) {
		t.Errorf("error %v after Close, want %v", err, errClosed)
	}
}

func TestContextEnds(t *testing.T) {
	f, _ := fenced(t, "child-hangs", Config{Children: 1})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := f.Extract(ctx, extracttest.RTF("Title"), "", extract.RTF, extract.Limits{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want that of the context", err)
	}
}

func TestManyAtATime(t *testing.T) {
	f, _ := fenced(t, "child-good", Config{Children: 2})
	var all sync.WaitGroup
	for i := range 12 {
		all.Go(func() {
			want := fmt.Sprintf("Title\n\nnumber %d", i)
			d, err := f.Extract(t.Context(), extracttest.RTF("Title", fmt.Sprint("number ", i)), "", extract.RTF, extract.Limits{})
			if err != nil || d.Text != want {
				t.Errorf("document %d: %v, %v", i, d, err)
			}
		})
	}
	all.Wait()
	if n := len(f.idle); n < 1 || n > 2 {
		t.Errorf("%d children", n)
	}
}

// TestInside: without a program documents are read here, within the time.
func TestInside(t *testing.T) {
	f := New(Config{})
	if d, err := f.Extract(t.Context(), extracttest.DOCX("Title", "One."), "", "", extract.Limits{}); err != nil || d.Text != "Title\n\nOne." {
		t.Errorf("document %v, error %v", d, err)
	}
	f = New(Config{Time: time.Nanosecond})
	_, err := f.Extract(t.Context(), []byte(strings.Repeat("a\n", 1000)), "", extract.CSV, extract.Limits{})
	want := &extract.Error{Code: extract.InvalidRequest, Message: "The document takes longer than 1ns to be read."}
	var got *extract.Error
	if errors.As(err, &got); !cmp.Equal(want, got) {
		t.Errorf("error %v, want %v", err, want)
	}
}

func FuzzReceive(f *testing.F) {
	var good bytes.Buffer
	if err := send(&good, answer{Document: &extract.Document{Title: "a"}, Size: 1}, []byte("b")); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add([]byte("\xff\xff\xff\xff{}"))
	f.Add([]byte("\x00\x00\x00\x02{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		r := bytes.NewReader(data)
		var a answer
		if receive(r, &a) != nil {
			return
		}
		if encoded, err := json.Marshal(a); err != nil {
			t.Errorf("%s: %v", encoded, err)
		}
		if text, err := body(r, min(max(a.Size, 0), 1<<20)); err == nil && len(text) != min(max(a.Size, 0), 1<<20) {
			t.Errorf("%d bytes of %d", len(text), a.Size)
		}
		_, _ = io.Copy(io.Discard, r)
	})
}

func BenchmarkExtract(b *testing.B) {
	program, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	data := extracttest.RTF("Title", "One.")
	for name, c := range map[string]Config{"inside": {}, "child": {Program: program, Args: []string{"child-good"}}} {
		b.Run(name, func(b *testing.B) {
			f := New(c)
			defer f.Close()
			for b.Loop() {
				if _, err := f.Extract(b.Context(), data, "", extract.RTF, extract.Limits{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
