package retriever

import (
	"fmt"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// BenchmarkSearch is what a search costs beside the library's part of it: who
// asks, what they may see, and the passages themselves.
func BenchmarkSearch(b *testing.B) {
	clock := storetest.NewClock()
	r := newRig(b, storetest.New(b, storetest.WithClock(clock.Now)), clock)
	id := r.create(b, "find", nil)
	var docs []api.Document
	for i := range 200 {
		docs = append(docs, doc(fmt.Sprint(i), "", fmt.Sprintf("Apples and pears, number %d of the harvest in field %d.", i, i%17)))
	}
	r.put(b, docs...)
	in, c := r.query(id, "apples of field 3"), as("ann@example.com")
	r.finds(b, c, in)
	b.Run("operation", func(b *testing.B) {
		for b.Loop() {
			optest.Must(b, r.Registry, c, api.SearchRelevantContent, in)
		}
	})
	b.Run("library", func(b *testing.B) {
		key := retrieval.Key{Tenant: c.Tenant(), Application: r.app, Index: r.idx}
		for b.Loop() {
			if _, err := r.Library.Search(b.Context(), key, retrieval.Query{Text: in.QueryText, Limit: 10}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
