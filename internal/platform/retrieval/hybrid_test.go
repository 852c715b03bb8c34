package retrieval_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/engine/rank"
	"github.com/parleyhq/parley/internal/platform/retrieval"
)

// pointing gives the first passage of a document a vector.
func pointing(c retrieval.Change, model string, v ...float32) retrieval.Change {
	c.Model = model
	c.Passages[0].Vector = v
	return c
}

// towards embeds every query the same way, if it is asked for that model.
func towards(model string, v ...float32) func(context.Context, string) []float32 {
	return func(_ context.Context, asked string) []float32 {
		if asked != model {
			return nil
		}
		return v
	}
}

func TestHybrid(t *testing.T) {
	s := &changes{}
	s.put(
		pointing(text("word", "", "soup of the day"), "m", 0, 1),
		pointing(text("both", "", "soup and bread"), "m", 0.6, 0.8),
		pointing(text("meaning", "", "a broth"), "m", 1, 0),
		pointing(seenBy(text("hidden", "", "soup soup"), "cooks"), "m", 1, 0),
		text("neither", "", "cars"),
	)
	dir := t.TempDir()
	l := open(t, dir, s)
	q := retrieval.Query{Text: "soup", Embed: towards("m", 1, 0)}
	want := []string{"both", "meaning", "word"}
	check := func(l *retrieval.Library, what string) {
		t.Helper()
		got := found(t, l, q)
		if len(got) != 3 || got[0] != "both" {
			t.Errorf("%s: found %v, want %v in some order after the first", what, got, want)
		}
	}
	check(l, "at first")
	settled(t, dir, l, s)
	l = open(t, dir, s)
	check(l, "opened again")
	q.Text = `"soup and bread"`
	if diff := cmp.Diff([]string{"both"}, found(t, l, q)); diff != "" {
		t.Errorf("a phrase: %s", diff)
	}
	q = retrieval.Query{Text: "nothing like it", Embed: towards("m", 1, 0), Limit: 1}
	res, err := l.Search(t.Context(), key, q)
	if err != nil || len(res.Hits) != 1 || res.Hits[0].Document != "meaning" || res.Hits[0].Matched != 0 || res.Next == nil {
		t.Errorf("%+v, %v", res, err)
	}
	q = retrieval.Query{Text: "nothing like it", Embed: towards("m", -1, 0)}
	if got := found(t, l, q); len(got) > 0 {
		t.Errorf("vectors that have nothing in common with the query's are found: %v", got)
	}
	s.put(text("both", "", "soup and bread")) // has no vector any more
	q = retrieval.Query{Text: "broth", Embed: towards("m", 1, 0)}
	if got := found(t, l, q); strings.Contains(strings.Join(got, " "), "both") {
		t.Errorf("a vector that is gone is found: %v", got)
	}
}

// A model that cannot answer in time, or another one, leaves the words.
func TestWithoutVectors(t *testing.T) {
	s := &changes{}
	s.put(pointing(text("word", "", "soup"), "m", 0, 1), pointing(text("meaning", "", "broth"), "m", 1, 0))
	l := open(t, "", s)
	for _, embed := range []func(context.Context, string) []float32{nil, towards("other", 1, 0), towards("m"), towards("m", 1, 0, 0)} {
		if diff := cmp.Diff([]string{"word"}, found(t, l, retrieval.Query{Text: "soup", Embed: embed})); diff != "" {
			t.Error(diff)
		}
	}
}

func TestBoosts(t *testing.T) {
	on := func(day int, c retrieval.Change) retrieval.Change {
		c.Attributes = facet.Values{"_created_at": facet.OfDate(time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC))}
		return c
	}
	s := &changes{}
	s.put(on(1, text("a", "", "soup")), on(2, text("b", "", "Soup and bread.")), on(4, text("title", "Soup", "bread")),
		on(20, seenBy(text("newest", "", "soup"), "cooks")))
	l := open(t, "", s)
	boosts := rank.New(1, rank.Boost{Attribute: "_created_at", Kind: facet.Date, Level: rank.VeryHigh, Duration: new(3 * 24 * time.Hour)})
	plain, boosted := found(t, l, retrieval.Query{Text: "soup bread"}), found(t, l, retrieval.Query{Text: "soup bread", Boosts: boosts})
	if len(plain) != 3 || len(boosted) != 3 || boosted[0] != "title" {
		t.Errorf("%v, boosted %v", plain, boosted)
	}
	res, err := l.Search(t.Context(), key, retrieval.Query{Text: "soup", Limit: 9})
	if err != nil {
		t.Fatal(err)
	}
	lifted, err := l.Search(t.Context(), key, retrieval.Query{Text: "soup", Limit: 9, Boosts: boosts})
	if err != nil {
		t.Fatal(err)
	}
	before := map[string]float64{}
	for _, h := range res.Hits {
		before[h.Document] = h.Score
	}
	for _, h := range lifted.Hits { // the newest that is seen is of the fourth day: nothing on the first is within three
		want := map[string]float64{"title": 2, "a": 1}[h.Document]
		if ratio := h.Score / before[h.Document]; want != 0 && (ratio < want-1e-9 || ratio > want+1e-9) {
			t.Errorf("%s is lifted by %g, want %g", h.Document, ratio, want)
		}
	}
}

// Passages that say the same are found once: the better one.
func TestLikeness(t *testing.T) {
	long := strings.Repeat("one two three four five six seven eight nine ten eleven twelve thirteen ", 1)
	for i := range 80 {
		long += " " + strings.Repeat("abcdefghij"[i%10:i%10+1], 2+i/10)
	}
	for _, c := range []struct {
		name, first, second string
		found               int
	}{
		{"the same", "the soup of the day", "The soup: of the DAY!", 1},
		{"a word more", "the soup of the day", "the soup of the day tomorrow", 2},
		{"long, but for a word", "soup " + long, "soup " + long + " more", 1},
		{"long, but for a figure", "soup 5 " + long, "soup 6 " + long, 2},
		{"half of it", "soup " + long, "soup " + long[:len(long)/2], 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &changes{}
			s.put(text("a", "", c.first), text("b", "", c.second))
			if got := found(t, open(t, "", s), retrieval.Query{Text: "soup"}); len(got) != c.found {
				t.Errorf("found %v", got)
			}
		})
	}
}

// A query is anything that anybody types.
func FuzzQuery(f *testing.F) {
	s := stocked(20)
	s.put(text("more", "Title words", `Some "quoted" text, l'été à 3.14 – 搜索引擎`), seenBy(text("hidden", "", "secret common words"), "spies"))
	l := open(f, "", s)
	for _, q := range []string{"common words", `"common words`, `"common words"`, `“a”"b"`, "搜索 引擎", "title:* AND (", "\x00\xff", strings.Repeat("word ", 500), `""""`} {
		f.Add(q)
	}
	f.Fuzz(func(t *testing.T, text string) {
		res, err := l.Search(t.Context(), key, retrieval.Query{Text: text, Limit: 50})
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range res.Hits {
			if h.Document == "hidden" || h.Matched < 1 || h.Matched > h.Asked || !(h.Score > 0) {
				t.Errorf("%+v", h)
			}
		}
	})
}
