package retriever

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/provider"
	"github.com/parleyhq/parley/internal/platform/provider/providertest"
	"github.com/parleyhq/parley/internal/resource/document"
)

// understands makes the server one that has those models, the first for new
// vectors.
func (r *rig) understands(models ...*providertest.Meaning) {
	r.clock.Advance(time.Second)
	open := func(model string) (provider.Embedder, error) {
		for _, m := range models {
			if m.Name == model {
				return m, nil
			}
		}
		return nil, errors.New("no such model")
	}
	log := slog.New(slog.DiscardHandler)
	r.Documents.Embedding = document.Embedding{Model: models[0].Name, Open: open, Started: r.clock.Now(), Log: log}
	q := &provider.Queries{Open: open, Now: r.clock.Now, Log: log}
	r.Embed = func(ctx context.Context, model, text string) []float32 { return q.Vector(ctx, model, text) }
}

// thesaurus is a model that knows what words mean.
func thesaurus(name string) *providertest.Meaning {
	return &providertest.Meaning{Name: name, Dimensions: 64, Synonyms: map[string]string{
		"holiday": "leave", "vacation": "leave", "time": "leave", "salary": "pay", "wages": "pay",
	}}
}

func (r *rig) later(t *testing.T) {
	t.Helper()
	r.clock.Advance(10 * time.Minute)
	r.work(t)
}

// handbook puts documents about leave and pay: of all, of Ann, and of Bob.
func (r *rig) handbook(t *testing.T) {
	t.Helper()
	r.put(t, doc("soup", "", "Soup is cooked at noon."), doc("parking", "", "Cars stand behind the house."),
		r.only(doc("ann", "", "Vacation: thirty."), "ann@example.com"),
		r.only(doc("bob", "", "Vacation: forty."), "bob@example.com"))
}

// best is the first document that somebody finds.
func (r *rig) best(t *testing.T, c op.Caller, in *api.SearchRelevantContentInput) string {
	t.Helper()
	return append(r.finds(t, c, in), "")[0]
}

// TestMeaningIsFound: what no word of a query is in is found by its meaning, by
// those who may see it, and by nobody else.
func TestMeaningIsFound(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		id := r.create(t, "find", nil)
		r.handbook(t)
		if got := r.finds(t, as("ann@example.com"), r.query(id, "holiday")); got != nil {
			t.Fatalf("without a model %v is found", got)
		}
		r.understands(thesaurus("m"))
		r.later(t)
		for who, want := range map[string]string{"ann@example.com": "ann", "bob@example.com": "bob"} {
			if got := r.best(t, as(who), r.query(id, "holiday")); got != want {
				t.Errorf("%s finds %q, want %q", who, got, want)
			}
		}
		for who, hidden := range map[string][]string{
			"ann@example.com": {"bob"}, "bob@example.com": {"ann"}, "carl@example.com": {"ann", "bob"},
		} {
			for _, text := range []string{"holiday", "Vacation: forty", "time"} {
				got := r.finds(t, as(who), r.query(id, text))
				if slices.ContainsFunc(got, func(id string) bool { return slices.Contains(hidden, id) }) {
					t.Errorf("%s finds %v", who, got)
				}
			}
		}
		// what others may see does not change what one gets
		before := fmt.Sprint(r.answer(t, as("carl@example.com"), r.query(id, "holiday")))
		r.put(t, r.only(doc("secret", "", "Holiday holiday holiday."), "bob@example.com"))
		r.later(t)
		if diff := cmp.Diff(before, fmt.Sprint(r.answer(t, as("carl@example.com"), r.query(id, "holiday")))); diff != "" {
			t.Error(diff)
		}
		if got := r.best(t, as("bob@example.com"), r.query(id, "holiday")); got != "secret" {
			t.Errorf("bob finds %q", got)
		}
	})
}

// answer is what is shown of a search, with scores.
func (r *rig) answer(t *testing.T, c op.Caller, in *api.SearchRelevantContentInput) (all []string) {
	t.Helper()
	found, err := r.Retrieve(t.Context(), c, Request{Application: in.ApplicationID, Retriever: in.ContentSource.Retriever.RetrieverID, Query: in.QueryText, Limit: 10})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range found.Found {
		all = append(all, fmt.Sprint(f.ID, f.Score, f.Confidence))
	}
	return all
}

// TestWordsHaveToDo: an embedder that fails costs nobody what words find.
func TestWordsHaveToDo(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m := thesaurus("m")
		id := r.create(t, "find", nil)
		r.understands(m)
		m.Fail(&llm.Error{Reason: llm.Unavailable})
		r.handbook(t)
		if got := r.finds(t, as("ann@example.com"), r.query(id, "soup")); !slices.Equal(got, []string{"soup"}) {
			t.Errorf("before there are vectors: %v", got)
		}
		m.Fail(nil)
		r.later(t)
		if got := r.best(t, as("ann@example.com"), r.query(id, "holiday")); got != "ann" {
			t.Errorf("with vectors: %q", got)
		}
		m.Fail(&llm.Error{Reason: llm.Timeout})
		if got := r.finds(t, as("ann@example.com"), r.query(id, "noon")); !slices.Equal(got, []string{"soup"}) {
			t.Errorf("while the embedder is down: %v", got)
		}
		r.Embed = nil
		if got := r.finds(t, as("ann@example.com"), r.query(id, "soup noon")); !slices.Equal(got, []string{"soup"}) {
			t.Errorf("without an embedder: %v", got)
		}
	})
}

// TestANewModelTakesOver: searches go by the old model's vectors until the new
// one has all, and by the new one's after that; there is no time without.
func TestANewModelTakesOver(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		first, second := thesaurus("first"), thesaurus("second")
		id := r.create(t, "find", nil)
		r.understands(first)
		r.handbook(t)
		finds := func(when string, by *providertest.Meaning, query string) {
			t.Helper()
			if got := r.best(t, as("ann@example.com"), r.query(id, query)); got != "ann" {
				t.Errorf("%s: %q", when, got)
			}
			if texts := by.Texts(); texts[len(texts)-1] != query {
				t.Errorf("%s: the query was not embedded by the model %s", when, by.Name)
			}
		}
		finds("at first", first, "holiday")
		second.Fail(&llm.Error{Reason: llm.RateLimited})
		r.understands(second, first)
		r.later(t)
		finds("while the new model makes its vectors", first, "holiday?")
		second.Fail(nil)
		r.later(t)
		r.later(t)
		for i := 0; !slices.Contains(second.Texts(), "holiday!"); i++ { // the index is built anew beside the old one, which answers
			if got := r.best(t, as("ann@example.com"), r.query(id, "holiday!")); got != "ann" || i == 10_000 {
				t.Fatalf("after %d searches: %q", i, got)
			}
		}
	})
}
