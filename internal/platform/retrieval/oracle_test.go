package retrieval_test

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/engine/language"
	"github.com/parleyhq/parley/internal/platform/retrieval"
)

// oracle answers queries by looking at everything, in the plainest way: it
// throws away what the asker may not see, and only then begins to count.
type oracle map[string]retrieval.Change

type scored struct {
	retrieval.Hit
	terms string
}

func (o oracle) search(q retrieval.Query) []retrieval.Hit {
	var all []scored
	var title, body float64
	texts := map[string][2][]string{}
	for _, document := range slices.Sorted(maps.Keys(o)) {
		c := o[document]
		if !c.ACL.Allows(q.Who) || !q.Filter.Match(c.Attributes) {
			continue
		}
		for _, p := range c.Passages {
			t, b := terms(c.Title), terms(p.Text)
			title, body = title+float64(len(t)), body+float64(len(b))
			sorted := slices.Sorted(slices.Values(b))
			texts[fmt.Sprint(document, p.N)] = [2][]string{t, b}
			all = append(all, scored{retrieval.Hit{Document: document, Passage: p.N}, strings.Join(sorted, " ")})
		}
	}
	n := float64(len(all))
	for word := range uniq(terms(q.Text)) {
		var hits []int
		weight := map[int]float64{}
		for i := range all {
			x := texts[fmt.Sprint(all[i].Document, all[i].Passage)]
			f := 2*frequency(word, x[0], title/n) + frequency(word, x[1], body/n)
			if all[i].Asked++; f > 0 {
				hits, weight[i] = append(hits, i), f
			}
		}
		for _, i := range hits {
			all[i].Matched++
			all[i].Score += math.Log(1+(n-float64(len(hits))+0.5)/(float64(len(hits))+0.5)) * weight[i] / (1.2 + weight[i])
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int { return cmp.Compare(b.Score, a.Score) })
	found, seen := []retrieval.Hit{}, map[string]bool{}
	for _, h := range all {
		if h.Matched > 0 && !seen[h.terms] {
			seen[h.terms] = true
			found = append(found, h.Hit)
		}
	}
	return found
}

func frequency(word string, in []string, average float64) float64 {
	n := 0
	for _, w := range in {
		if w == word {
			n++
		}
	}
	return float64(n) / (0.25 + 0.75*float64(len(in))/max(1, average))
}

func terms(text string) []string {
	tokens, _ := language.New("en").Tokens(nil, text, 0)
	var all []string
	for _, t := range tokens {
		all = append(all, t.Term)
	}
	return all
}

func uniq(all []string) func(func(string) bool) {
	return func(yield func(string) bool) {
		seen := map[string]bool{}
		for _, s := range all {
			if !seen[s] && !yield(s) {
				return
			}
			seen[s] = true
		}
	}
}

var (
	someWords  = rapid.SampledFrom(strings.Fields("cat dog mouse house garden tree river stone cloud light the of running"))
	someText   = rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(someWords, 0, 8).Draw(t, "words"), " ") })
	someGroups = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 3, rapid.ID)
	someChange = rapid.Custom(func(t *rapid.T) retrieval.Change {
		document := rapid.SampledFrom(strings.Fields("d1 d2 d3 d4 d5 d6 d7 d8 d9")).Draw(t, "document")
		if rapid.IntRange(0, 4).Draw(t, "gone") == 0 {
			return retrieval.Change{Document: document, Gone: true}
		}
		c := text(document, someText.Draw(t, "title"), rapid.SliceOfN(someText, 0, 3).Draw(t, "passages")...)
		c.ACL = &acl.List{}
		for _, g := range someGroups.Draw(t, "groups") {
			e := acl.Entry{Principal: group(g), Deny: rapid.Bool().Draw(t, "deny")}
			c.ACL.Controls = append(c.ACL.Controls, acl.Control{Entries: []acl.Entry{e}})
		}
		if rapid.Bool().Draw(t, "sized") {
			c.Attributes = facet.Values{"size": facet.OfNumber(rapid.Int64Range(1, 3).Draw(t, "size"))}
		}
		return c
	})
	someQuery = rapid.Custom(func(t *rapid.T) retrieval.Query {
		q := retrieval.Query{Text: someText.Draw(t, "text"), Who: in(someGroups.Draw(t, "who")...), Limit: 1000}
		if rapid.Bool().Draw(t, "filtered") {
			q.Filter = &facet.Filter{Op: facet.GreaterEqual, Name: "size", Value: facet.OfNumber(rapid.Int64Range(1, 3).Draw(t, "least"))}
		}
		return q
	})
)

// A search finds what looking at everything finds, in the same order, after any
// changes; and nothing about it, down to the scores, differs from an index that
// never had what the asker may not see.
func TestSearchIsThatOfTheVisible(t *testing.T) {
	near := cmpopts.EquateApprox(0, 1e-9)
	rapid.Check(t, func(rt *rapid.T) {
		s, o := &changes{}, oracle{}
		l := open(t, "", s)
		defer l.Close()
		for range rapid.IntRange(1, 4).Draw(rt, "rounds") {
			for _, c := range rapid.SliceOfN(someChange, 1, 12).Draw(rt, "changes") {
				s.put(c)
				if delete(o, c.Document); !c.Gone {
					o[c.Document] = c
				}
			}
			q := someQuery.Draw(rt, "query")
			got := hitsOf(rt, l, q)
			if diff := gocmp.Diff(o.search(q), got, near); diff != "" {
				rt.Fatalf("%q: %s", q.Text, diff)
			}
			if diff := gocmp.Diff(hitsOf(rt, only(t, o, q), q), got); diff != "" {
				rt.Fatalf("%q shows what is hidden: %s", q.Text, diff)
			}
			if diff := gocmp.Diff(paged(rt, l, q, rapid.IntRange(1, 3).Draw(rt, "limit")), got); diff != "" {
				rt.Fatalf("%q in pages: %s", q.Text, diff)
			}
		}
	})
}

// only is a library of what an asker may see.
func only(t testing.TB, o oracle, q retrieval.Query) *retrieval.Library {
	s := &changes{}
	for _, document := range slices.Sorted(maps.Keys(o)) {
		if c := o[document]; c.ACL.Allows(q.Who) && q.Filter.Match(c.Attributes) {
			s.put(c)
		}
	}
	return open(t, "", s)
}

func hitsOf(t rapid.TB, l *retrieval.Library, q retrieval.Query) []retrieval.Hit {
	res, err := l.Search(context.Background(), key, q)
	if err != nil {
		t.Fatalf("search: %v", err)
	}
	if res.Next != nil {
		t.Fatalf("a next page of %d hits", len(res.Hits))
	}
	return append([]retrieval.Hit{}, res.Hits...)
}

// paged are the hits of all pages.
func paged(t rapid.TB, l *retrieval.Library, q retrieval.Query, limit int) []retrieval.Hit {
	all := []retrieval.Hit{}
	q.Limit = limit
	for {
		res, err := l.Search(context.Background(), key, q)
		if err != nil {
			t.Fatalf("search: %v", err)
		}
		if len(res.Hits) > limit || res.Next != nil && len(res.Hits) < limit {
			t.Fatalf("%d hits on a page of %d", len(res.Hits), limit)
		}
		all = append(all, res.Hits...)
		if q.After = res.Next; q.After == nil {
			return all
		}
	}
}
