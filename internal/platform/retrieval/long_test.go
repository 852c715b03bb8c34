package retrieval_test

import (
	"fmt"
	"testing"

	"github.com/parleyhq/parley/internal/platform/retrieval"
)

// Of a long document all passages are found, from the first to the last, and none
// of them once there is a shorter one in its place.
func TestLongDocument(t *testing.T) {
	s := &changes{}
	long := func(n int, word string) retrieval.Change {
		passages := make([]string, n)
		for i := range passages {
			passages[i] = fmt.Sprintf("%s number%d", word, i)
		}
		return text("long", "A long one", passages...)
	}
	s.put(long(3500, "apple"), text("short", "A short one", "pear"))
	dir := t.TempDir()
	wants := func(l *retrieval.Library, query string, want int) {
		t.Helper()
		if got := found(t, l, retrieval.Query{Text: query, Limit: 5}); len(got) != want {
			t.Errorf("%s: %v, want %d", query, got, want)
		}
	}
	l := open(t, dir, s)
	for _, n := range []int{0, 999, 1000, 2001, 3499} {
		wants(l, fmt.Sprint("number", n), 1)
	}
	s.put(long(1200, "plum"))
	wants(l, "number1199", 1)
	wants(l, "number1200", 0)
	wants(l, "apple", 0)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	l = open(t, dir, s)
	wants(l, "number1000", 1)
	wants(l, "pear", 1)
}
