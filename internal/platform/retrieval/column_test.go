package retrieval

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/engine/facet"
)

// Names that one document has cost no table as long as the index: who puts a few
// documents with hundreds of names each would fill the server's memory.
func TestRareNamesTakeLittle(t *testing.T) {
	c := columns{}
	const far = 1 << 20
	for i := range 500 {
		name := fmt.Sprint("name", i)
		c.of(name, facet.String).set(far, facet.OfString("v"))
		if one := c[name][0]; one.many != nil || cap(one.few) > 4 {
			t.Fatalf("%s has a table, or room for %d values", name, cap(one.few))
		}
	}
	c.clear(far)
	if len(c) > 0 {
		t.Errorf("%d names are left of a document that is gone", len(c))
	}
}

// A column is a map from ordinals to values, before it has a table and with one.
func TestColumnIsAMap(t *testing.T) {
	begin := time.Date(2026, 1, 2, 3, 4, 5, 678_901_234, time.UTC)
	for _, kind := range []facet.Kind{facet.String, facet.StringList, facet.Number, facet.Date} {
		t.Run(string(kind), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				c, want := columns{}, map[uint32]facet.Value{}
				first := rapid.SampledFrom([]int{0, 100}).Draw(t, "first") // so many are there in order: enough for a table
				for n := range first + rapid.IntRange(0, 100).Draw(t, "steps") {
					ordinal := uint32(n)
					if n >= first {
						ordinal = rapid.Uint32Range(0, 300).Draw(t, "ordinal")
					}
					if n >= first && rapid.IntRange(0, 4).Draw(t, "what") == 0 {
						c.clear(ordinal)
						delete(want, ordinal)
						continue
					}
					v := facet.Value{Kind: kind}
					switch kind {
					case facet.String:
						v.Text = fmt.Sprint(n)
					case facet.StringList:
						v.List = []string{fmt.Sprint(n)}
					case facet.Number:
						v.Number = int64(n)
					case facet.Date:
						v.Time = begin.Add(time.Duration(n) * time.Hour)
					}
					c.of("a", kind).set(ordinal, v)
					v.Time = v.Time.Truncate(time.Millisecond)
					want[ordinal] = v
				}
				got := map[uint32]facet.Value{}
				values := facet.Values{}
				for ordinal := range uint32(301) {
					if c.read(ordinal, []string{"a"}, values); len(values) > 0 {
						got[ordinal] = values["a"]
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatal(diff)
				}
			})
		})
	}
}
