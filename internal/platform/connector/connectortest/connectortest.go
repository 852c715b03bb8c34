// Package connectortest holds what every kind of data source must bear, as one
// suite (Run), and a small kind in memory for the tests of those who crawl.
//
// It says nothing about what a kind's configuration means: that is for the
// kind's own tests.
package connectortest

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	diff "github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/platform/connector"
)

// World is a source that a test can change. A name is a path with slashes, such
// as folder/a.txt.
type World struct {
	Kind   connector.Kind
	Config json.RawMessage // an item may have at most MaxSize bytes by it
	Env    connector.Env

	MaxSize int
	Many    int // items that a crawl is to bear; 0: 10,000
	// Put adds an item, or changes it so that it can be seen.
	Put    func(name, text string)
	Remove func(name string)
	// Break makes reading an item's content, and nothing else, fail.
	Break func(name string)
	// ID is the ID that the item of a name has.
	ID func(name string) string
	// State is all there is at the source, to tell whether anything was written.
	State func() string
}

// Run tries a kind. Each part of the suite asks for a world that has no items.
func Run(t *testing.T, open func(*testing.T) *World) {
	for name, part := range map[string]func(*testing.T, *World){
		"complete": complete, "incremental": incremental, "resumes": resumes, "stops": stops,
		"foreign cursor": foreign, "canceled": canceled, "failing item": failing, "vanished item": vanished,
		"large item": large, "hostile names": hostile, "many": many, "configuration": configuration,
	} {
		t.Run(name, func(t *testing.T) { part(t, open(t)) })
	}
}

// seen is one item of a crawl, and its content.
type seen struct {
	connector.Item
	text string
	err  error // of Open and reading, or Item.Err
}

// crawl crawls from a cursor and reads everything; at is called after each visit
// with the number of visits so far and may end it.
func (w *World) crawl(t *testing.T, after string, at func(n int) error, progress func(cursor string) error) (map[string]seen, error) {
	t.Helper()
	source, err := w.Kind.Open(t.Context(), w.Config, w.Env)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	items := map[string]seen{}
	n := 0
	err = source.Crawl(t.Context(), after, func(ctx context.Context, it connector.Item) error {
		if n++; at != nil {
			if err := at(n); err != nil {
				return err
			}
		}
		if _, twice := items[it.ID]; twice {
			t.Errorf("%q is visited twice", it.ID)
		}
		items[it.ID] = read(ctx, it)
		return nil
	}, progress)
	return items, err
}

func read(ctx context.Context, it connector.Item) seen {
	s := seen{Item: it, err: it.Err}
	if s.err != nil {
		return s
	}
	body, err := it.Open(ctx)
	if err != nil {
		s.err = err
		return s
	}
	defer func() { _ = body.Close() }()
	data, err := io.ReadAll(body)
	s.text, s.err = string(data), err
	return s
}

// all crawls from the beginning to the end.
func (w *World) all(t *testing.T) map[string]seen {
	t.Helper()
	items, err := w.crawl(t, "", nil, quiet)
	if err != nil {
		t.Fatalf("Crawl: %v", err)
	}
	return items
}

func quiet(string) error { return nil }

// fill puts n items and returns their names and texts.
func (w *World) fill(n int) map[string]string {
	texts := map[string]string{}
	for i := range n {
		name := fmt.Sprintf("folder-%d/file-%02d.txt", i%3, i)
		texts[name] = fmt.Sprintf("text of %d", i)
		w.Put(name, texts[name])
	}
	return texts
}

func (w *World) ids(names ...string) []string {
	var ids []string
	for _, name := range names {
		ids = append(ids, w.ID(name))
	}
	slices.Sort(ids)
	return ids
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func complete(t *testing.T, w *World) {
	texts := w.fill(25)
	before := w.State()
	items := w.all(t)
	if d := diff.Diff(w.ids(keys(texts)...), keys(items)); d != "" {
		t.Fatalf("items: %s", d)
	}
	for name, text := range texts {
		it := items[w.ID(name)]
		if it.err != nil || !strings.Contains(it.text, text) {
			t.Errorf("%s: %q, %v", name, it.text, it.err)
		}
		if it.Version == "" || it.Name == "" {
			t.Errorf("%s: version %q, name %q", name, it.Version, it.Name)
		}
	}
	if after := w.State(); after != before {
		t.Errorf("something was written: %s", diff.Diff(before, after))
	}
}

func incremental(t *testing.T, w *World) {
	w.fill(10)
	first := w.all(t)
	again := w.all(t)
	if d := diff.Diff(versions(first), versions(again)); d != "" {
		t.Errorf("a second crawl: %s", d)
	}
	changed, added, removed := "folder-1/file-01.txt", "folder-1/new.txt", "folder-2/file-02.txt"
	w.Put(changed, "another text")
	w.Put(added, "a new text")
	w.Remove(removed)
	got, want := versions(w.all(t)), versions(first)
	if got[w.ID(changed)] == want[w.ID(changed)] {
		t.Error("the version of a changed item is the same")
	}
	want[w.ID(changed)], want[w.ID(added)] = got[w.ID(changed)], got[w.ID(added)]
	delete(want, w.ID(removed))
	if d := diff.Diff(want, got); d != "" {
		t.Errorf("after changes: %s", d)
	}
}

func versions(items map[string]seen) map[string]string {
	v := map[string]string{}
	for id, it := range items {
		v[id] = it.Version
	}
	return v
}

// resumes takes up the crawl at every cursor that there was.
func resumes(t *testing.T, w *World) {
	type mark struct {
		cursor string
		before map[string]bool
	}
	w.fill(12)
	var marks []mark
	visited := map[string]bool{}
	source, err := w.Kind.Open(t.Context(), w.Config, w.Env)
	if err != nil {
		t.Fatal(err)
	}
	err = source.Crawl(t.Context(), "", func(_ context.Context, it connector.Item) error {
		visited[it.ID] = true
		return nil
	}, func(cursor string) error {
		marks = append(marks, mark{cursor, maps.Clone(visited)})
		return nil
	})
	if err != nil || len(marks) == 0 {
		t.Fatalf("%d cursors, %v", len(marks), err)
	}
	for i, m := range marks {
		if len(m.cursor) > connector.MaxCursor || !utf8.ValidString(m.cursor) {
			t.Errorf("cursor %d is none: %d bytes", i, len(m.cursor))
		}
		rest, err := w.crawl(t, m.cursor, nil, quiet)
		if err != nil {
			t.Errorf("from cursor %d: %v", i, err)
		}
		for id := range visited {
			if _, ok := rest[id]; !ok && !m.before[id] {
				t.Errorf("from cursor %d: %q is lost", i, id)
			}
		}
	}
}

// stops ends slices at every item, and takes up the crawl where they say.
func stops(t *testing.T, w *World) {
	texts := w.fill(9)
	for most := 1; most <= len(texts)+1; most++ {
		union, cursor, slices := map[string]seen{}, "", 0
		for done := false; !done; slices++ {
			if slices > 3*len(texts) {
				t.Fatalf("slices of %d items do not get to the end", most)
			}
			items, err := w.crawl(t, cursor, func(n int) error {
				if n > most {
					return connector.ErrStop
				}
				return nil
			}, func(c string) error { cursor = c; return nil })
			maps.Copy(union, items)
			if done = err == nil; !done && !errors.Is(err, connector.ErrStop) {
				t.Fatalf("slice %d: %v", slices, err)
			}
		}
		if d := diff.Diff(w.ids(keys(texts)...), keys(union)); d != "" {
			t.Errorf("slices of %d items: %s", most, d)
		}
	}
	wanted := errors.New("wanted")
	if _, err := w.crawl(t, "", nil, func(string) error { return wanted }); !errors.Is(err, wanted) {
		t.Errorf("what progress returns: %v", err)
	}
	if _, err := w.crawl(t, "", func(int) error { return wanted }, quiet); !errors.Is(err, wanted) {
		t.Errorf("what visit returns: %v", err)
	}
}

func foreign(t *testing.T, w *World) {
	w.fill(1)
	for _, cursor := range []string{"nonsense", "\x00", "{}"} {
		if items, err := w.crawl(t, cursor, nil, quiet); err == nil || len(items) > 0 {
			t.Errorf("a crawl from %q: %d items, %v", cursor, len(items), err)
		}
	}
}

func canceled(t *testing.T, w *World) {
	w.fill(5)
	source, err := w.Kind.Open(t.Context(), w.Config, w.Env)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	visits := 0
	err = source.Crawl(ctx, "", func(context.Context, connector.Item) error {
		visits++
		cancel()
		return nil
	}, quiet)
	if !errors.Is(err, context.Canceled) || visits != 1 {
		t.Errorf("%d visits, %v", visits, err)
	}
}

func failing(t *testing.T, w *World) {
	texts := w.fill(7)
	broken := "folder-0/file-03.txt"
	w.Break(broken)
	items, err := w.crawl(t, "", nil, quiet)
	if err != nil && !errors.Is(err, connector.ErrPartial) {
		t.Fatalf("Crawl: %v", err)
	}
	if d := diff.Diff(w.ids(keys(texts)...), keys(items)); d != "" {
		t.Errorf("items: %s", d)
	}
	for id, it := range items {
		if is := id == w.ID(broken); is != (it.err != nil) {
			t.Errorf("%s: err = %v", id, it.err)
		}
	}
}

// vanished takes an item away between its visit and its Open.
func vanished(t *testing.T, w *World) {
	texts := w.fill(3)
	source, err := w.Kind.Open(t.Context(), w.Config, w.Env)
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	for name := range texts {
		names[w.ID(name)] = name
	}
	visits := 0
	err = source.Crawl(t.Context(), "", func(ctx context.Context, it connector.Item) error {
		visits++
		w.Remove(names[it.ID])
		if s := read(ctx, it); s.err != nil && !errors.Is(s.err, connector.ErrGone) {
			t.Errorf("%s: %v", it.ID, s.err)
		}
		return nil
	}, quiet)
	if err != nil || visits != len(texts) {
		t.Errorf("%d visits, %v", visits, err)
	}
	if items := w.all(t); len(items) != 0 {
		t.Errorf("%d items are left", len(items))
	}
}

func large(t *testing.T, w *World) {
	w.Put("largest.txt", strings.Repeat("x", w.MaxSize/2))
	w.Put("over.txt", strings.Repeat("x", w.MaxSize+1))
	items := w.all(t)
	if it := items[w.ID("largest.txt")]; it.err != nil || len(it.text) < w.MaxSize/2 {
		t.Errorf("one that fits: %d bytes, %v", len(it.text), it.err)
	}
	if it := items[w.ID("over.txt")]; it.err == nil || it.Size >= 0 && it.Size <= int64(w.MaxSize) {
		t.Errorf("one that does not fit: size %d, %v", it.Size, it.err)
	}
}

// hostile has names that are odd and yet allowed somewhere.
func hostile(t *testing.T, w *World) {
	names := []string{
		"plain.txt", "with space.txt", "plus+and&amp=.txt", "percent%2Fslash%.txt", "quote\"'<b>.txt", "ünïcödé/文書.txt",
		"dots../a...txt", "back\\slash.txt", "semi;colon?question#hash.txt", "new\nline.txt", "bidi\u202etxt.exe.txt", strings.Repeat("long", 40) + ".txt",
	}
	for _, name := range names {
		w.Put(name, "text of it")
	}
	items, err := w.crawl(t, "", nil, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if len(items) != len(names) {
		t.Errorf("%d items of %d names: %q", len(items), len(names), keys(items))
	}
	for id, it := range items {
		odd := strings.ContainsFunc(id, func(r rune) bool { return unicode.Is(unicode.C, r) })
		if odd || id == "" || len(id) > 1825 || !utf8.ValidString(id) {
			t.Errorf("%q is no ID of a document", id)
		}
		if it.err == nil && !strings.Contains(it.text, "text of it") {
			t.Errorf("%q: %q", id, it.text)
		}
		if it.err != nil && strings.ContainsFunc(it.err.Error(), unicode.IsControl) {
			t.Errorf("%q: the error has control characters: %q", id, it.err)
		}
	}
}

// many holds a crawl of many items to little memory.
func many(t *testing.T, w *World) {
	const most = 32 << 20
	n := cmp.Or(w.Many, 10_000)
	if testing.Short() {
		t.Skip("not in short mode")
	}
	for i := range n {
		w.Put(fmt.Sprintf("d%02d/%05d.txt", i%100, i), "x")
	}
	source, err := w.Kind.Open(t.Context(), w.Config, w.Env)
	if err != nil {
		t.Fatal(err)
	}
	before, peak, visits := heap(), uint64(0), 0
	err = source.Crawl(t.Context(), "", func(context.Context, connector.Item) error {
		if visits++; visits%2500 == 0 {
			peak = max(peak, heap())
		}
		return nil
	}, quiet)
	if err != nil || visits != n {
		t.Errorf("%d visits, %v", visits, err)
	}
	if peak > before+most {
		t.Errorf("the heap grew from %d to %d bytes", before, peak)
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func configuration(t *testing.T, w *World) {
	if problems := w.Kind.Check(w.Config); len(problems) != 0 {
		t.Errorf("its own configuration: %+v", problems)
	}
	for _, config := range []string{``, `null`, `7`, `[]`, `{}`, `{"type":"OTHER"}`, `{"type":7}`} {
		if problems := w.Kind.Check(json.RawMessage(config)); len(problems) == 0 {
			t.Errorf("%q is taken", config)
		}
	}
}
