package retrieval_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/platform/retrieval"
)

// A costly search ends when nobody waits for it any more: few run at a time, and
// everybody else's wait for their turn.
func TestASearchEndsWithItsContext(t *testing.T) {
	s := &changes{}
	for i := range 1500 {
		s.put(text(fmt.Sprintf("%026d", i), "t", strings.Repeat("a1 ", 250)))
	}
	l := open(t, "", s)
	if _, err := l.Search(t.Context(), key, retrieval.Query{Text: "a1", Limit: 1}); err != nil {
		t.Fatal(err)
	}
	costly := strings.Repeat(`"`+strings.Repeat("a1 ", 200)+`" `, 8) // about a minute
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := l.Search(ctx, key, retrieval.Query{Text: costly, Limit: 1})
	if took := time.Since(began); !errors.Is(err, context.DeadlineExceeded) || took > 5*time.Second {
		t.Errorf("%v after %s", err, took)
	}
	if got := found(t, l, retrieval.Query{Text: "a1", Limit: 1}); len(got) != 1 {
		t.Errorf("what is found after it: %v", got)
	}
}
