package retrieval_test

import (
	"context"
	"io"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/platform/retrieval"
)

// changes is a Source in memory, of one index.
type changes struct {
	mu      sync.Mutex
	head    retrieval.Head
	latest  []retrieval.Change // in order of Seq, of each document one
	deleted bool
	reads   int
	reading func() // called when changes are read, if it is there
}

var key = retrieval.Key{Tenant: "123456789012/us-east-1", Application: "app", Index: "idx"}

func (s *changes) Indexes(context.Context) ([]retrieval.Key, error) { return []retrieval.Key{key}, nil }

func (s *changes) Head(context.Context, retrieval.Key) (retrieval.Head, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.deleted {
		return retrieval.Head{}, retrieval.ErrUnknown
	}
	return s.head, nil
}

func (s *changes) Changes(_ context.Context, _ retrieval.Key, after int64, limit int) ([]retrieval.Change, error) {
	if s.reading != nil {
		s.reading()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	at, _ := slices.BinarySearchFunc(s.latest, after+1, func(c retrieval.Change, n int64) int { return int(c.Seq - n) })
	return slices.Clone(s.latest[at:min(len(s.latest), at+limit)]), nil
}

// put commits documents, each as a change.
func (s *changes) put(all ...retrieval.Change) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range all {
		s.latest = slices.DeleteFunc(s.latest, func(old retrieval.Change) bool { return old.Document == c.Document })
		s.head.Seq++
		c.Seq = s.head.Seq
		s.latest = append(s.latest, c)
	}
}

// forget compacts the log: what is gone is known no more.
func (s *changes) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.latest = slices.DeleteFunc(s.latest, func(c retrieval.Change) bool { return c.Gone })
	s.head.Floor = s.head.Seq
}

func (s *changes) epoch() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.head.Epoch++
}

// text is a document of passages.
func text(document, title string, passages ...string) retrieval.Change {
	c := retrieval.Change{Document: document, Title: title, Language: "en"}
	for i, p := range passages {
		c.Passages = append(c.Passages, retrieval.Passage{N: i, Text: p})
	}
	return c
}

// seenBy gives a document a list of groups that may see it.
func seenBy(c retrieval.Change, groups ...string) retrieval.Change {
	var control acl.Control
	for _, g := range groups {
		control.Entries = append(control.Entries, acl.Entry{Principal: group(g)})
	}
	c.ACL = &acl.List{Controls: []acl.Control{control}}
	return c
}

func group(name string) acl.Principal { return acl.Principal{Group: true, Name: name} }

// in is somebody in groups.
func in(groups ...string) acl.Set {
	s := acl.Set{}
	for _, g := range groups {
		s[group(g)] = struct{}{}
	}
	return s
}

// open opens a library on a source; dir may be empty.
func open(t testing.TB, dir string, s retrieval.Source) *retrieval.Library {
	t.Helper()
	l := retrieval.New(retrieval.Config{Dir: dir, Source: s, Now: time.Now, Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
	t.Cleanup(func() { l.Close() })
	return l
}

// found are the documents that a query finds, the best first.
func found(t testing.TB, l *retrieval.Library, q retrieval.Query) []string {
	t.Helper()
	if q.Limit == 0 {
		q.Limit = 100
	}
	res, err := l.Search(t.Context(), key, q)
	if err != nil {
		t.Fatalf("search %q: %v", q.Text, err)
	}
	documents := []string{}
	for _, h := range res.Hits {
		documents = append(documents, h.Document)
	}
	return documents
}
