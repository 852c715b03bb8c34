package document

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/provider"
	"github.com/parleyhq/parley/internal/platform/provider/providertest"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
)

func meaning(name string) *providertest.Meaning {
	return &providertest.Meaning{Name: name, Dimensions: 4}
}

// starts is a server that starts now with the first of those models; it reaches
// the others too.
func (r *rig) starts(models ...provider.Embedder) {
	r.clock.Advance(time.Second)
	r.Embedding = Embedding{Model: models[0].Model(), Started: r.clock.Now(), Log: slog.New(slog.DiscardHandler),
		Open: func(model string) (provider.Embedder, error) {
			for _, m := range models {
				if m.Model() == model {
					return m, nil
				}
			}
			return nil, fmt.Errorf("no model %s", model)
		}}
}

// later runs what is due after a while: jobs that failed, and the search for
// indexes that lack vectors.
func (r *rig) later(t testing.TB) {
	t.Helper()
	r.clock.Advance(10 * time.Minute)
	if _, err := r.Jobs.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// log is what a follower that begins reads.
func (r *rig) log(t testing.TB) (all []retrieval.Change) {
	t.Helper()
	for after := int64(0); ; after = all[len(all)-1].Seq {
		some, err := r.Log().Changes(t.Context(), r.key(), after, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(some) == 0 {
			return all
		}
		all = append(all, some...)
	}
}

// vectorsAre checks that every passage has its vector by a model.
func (r *rig) vectorsAre(t testing.TB, m *providertest.Meaning) {
	t.Helper()
	for _, c := range r.log(t) {
		if c.Gone || len(c.Passages) == 0 {
			continue
		}
		if c.Model != m.Name {
			t.Errorf("%s has vectors of %q, want %q", c.Title, c.Model, m.Name)
			continue
		}
		for _, p := range c.Passages {
			if diff := cmp.Diff(m.Vector(prose(c.Title, p.Headings, p.Text)), p.Vector); diff != "" {
				t.Errorf("%s, passage %d: %s", c.Title, p.N, diff)
			}
		}
	}
}

// count is how many rows a table has.
func (r *rig) count(t testing.TB, table, condition string, args ...any) (n int) {
	t.Helper()
	err := r.DB.View(t.Context(), func(tx *store.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM `+table+` WHERE tenant = $1 AND application = $2 AND idx = $3`+condition,
			append([]any{us().Tenant(), r.app, r.index}, args...)...).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// book is a text of many passages.
func book(chapters int) string {
	var b strings.Builder
	for i := range chapters {
		fmt.Fprintf(&b, "# Chapter %d\n\n", i+1)
		for j := range 30 {
			fmt.Fprintf(&b, "In room %d of house %d somebody keeps %d birds and waters the flowers every day of the week. ", j, i, i*j)
		}
		b.WriteString("\n\n")
	}
	return b.String()
}

func markdown(id, content string) api.Document {
	d := text(id, content, titled("The book"))
	d.ContentType = new(api.ContentTypeMd)
	return d
}

func TestPassagesGetVectors(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m := meaning("m")
		r.starts(m)
		r.put(t, text("a", "Bread is baked in the morning.", titled("Bakery")), text("b", "Soup is cooked at noon."), markdown("c", book(140)),
			api.Document{ID: "d", Title: new("No content")})
		r.work(t)
		for _, c := range r.log(t) {
			if n := len(c.Passages); c.Title == "The book" && n < 2*embedPassages {
				t.Fatalf("the book has %d passages: too few for this test", n)
			}
		}
		r.vectorsAre(t, m)
		if diff := cmp.Diff("Bakery\nBread is baked in the morning.", m.Texts()[0]); diff != "" {
			t.Error(diff)
		}

		asked := len(m.Texts())
		r.later(t)
		if len(m.Texts()) != asked {
			t.Error("vectors were made again")
		}
		r.put(t, text("a", "Rolls are baked in the evening."))
		r.work(t)
		r.vectorsAre(t, m)
		if len(m.Texts()) != asked+1 {
			t.Errorf("%d vectors were made for one passage", len(m.Texts())-asked)
		}
		must(t, r, api.BatchDeleteDocument, &api.BatchDeleteDocumentInput{ApplicationID: r.app, IndexID: r.index,
			Documents: []api.DeleteDocument{{DocumentID: "a"}, {DocumentID: "b"}, {DocumentID: "c"}}})
		r.work(t)
		if n := r.count(t, "passage_vector", ""); n != 0 {
			t.Errorf("%d rows of vectors are left of documents that are no more", n)
		}
	})
}

// Documents are found by their words whatever becomes of their vectors.
func TestAnEmbedderThatIsDown(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m := meaning("m")
		r.starts(m)
		m.Fail(&llm.Error{Reason: llm.Unavailable, Model: "m"})
		r.put(t, text("a", "Bread is baked in the morning."))
		r.work(t)
		if c := r.log(t); len(c) != 1 || c[0].Model != "" || c[0].Passages[0].Vector != nil {
			t.Fatalf("%+v", c)
		}
		infos, err := r.Jobs.List(t.Context(), job.Filter{})
		if err != nil || !strings.Contains(fmt.Sprint(infos), "document.embed") {
			t.Fatalf("no job waits: %v, %v", infos, err)
		}
		for range 20 { // it is given up, and begun anew
			r.later(t)
		}
		m.Fail(nil)
		r.later(t)
		r.later(t)
		r.vectorsAre(t, m)
	})
}

// A new model makes its vectors in the background; search has those of the old
// one, for new documents too, until all are made.
func TestAModelTakesOverWithoutAGap(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		first, second := meaning("first"), meaning("second")
		r.starts(first)
		r.put(t, text("a", "Bread is baked in the morning."), markdown("b", book(80)))
		r.work(t)
		r.vectorsAre(t, first)
		epoch := r.head(t).Epoch

		before := r.Embedding
		second.Fail(&llm.Error{Reason: llm.RateLimited, Model: "second"})
		r.starts(second, first)
		r.later(t)
		r.put(t, text("c", "Soup is cooked at noon."))
		r.work(t)
		r.later(t)
		r.vectorsAre(t, first)
		if r.head(t).Epoch != epoch {
			t.Error("the index is built anew before the vectors are there")
		}

		second.Fail(nil)
		for range 3 {
			r.later(t)
		}
		r.vectorsAre(t, second)
		if got := r.head(t).Epoch; got != epoch+1 {
			t.Errorf("epoch %d, want %d", got, epoch+1)
		}
		if n := r.count(t, "passage_vector", " AND model = $4", "first"); n != 0 {
			t.Errorf("%d rows are left of the first model", n)
		}

		r.Embedding = before // a server that started before goes on for a while
		r.Embedding.Open = func(model string) (provider.Embedder, error) {
			return map[string]provider.Embedder{"first": first, "second": second}[model], nil
		}
		r.put(t, text("d", "Tea is drunk at five."))
		r.work(t)
		r.later(t)
		r.vectorsAre(t, second)
	})
}

// A model that was chosen by mistake and taken back leaves nothing.
func TestAModelTakenBack(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		first, second := meaning("first"), meaning("second")
		r.starts(first)
		r.put(t, text("a", "Bread is baked in the morning."), text("b", "Soup is cooked at noon."))
		r.work(t)
		r.starts(second, first)
		for range 2 { // as far as the first of its vectors
			if _, err := r.embedStep(t.Context(), r.place()); err != nil {
				t.Fatal(err)
			}
		}
		if len(second.Texts()) == 0 {
			t.Fatal("the second model was not asked")
		}
		r.starts(first)
		asked := len(first.Texts())
		r.later(t)
		r.later(t)
		r.vectorsAre(t, first)
		if n := r.count(t, "passage_vector", " AND model = $4", "second"); n != 0 || len(first.Texts()) != asked {
			t.Errorf("%d rows are left of the second model; %d vectors were made anew", n, len(first.Texts())-asked)
		}
	})
}

func (r *rig) head(t testing.TB) retrieval.Head {
	t.Helper()
	h, err := r.Log().Head(t.Context(), r.key())
	if err != nil {
		t.Fatal(err)
	}
	return h
}

// An index that was there before its server had a model is made up for; without
// a model nothing is done.
func TestAnIndexThatIsOlderThanItsModel(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.put(t, text("a", "Bread is baked in the morning."))
		r.work(t)
		r.later(t)
		if n := r.count(t, "embedding", ""); n != 0 {
			t.Error("vectors without a model")
		}
		m := meaning("m")
		r.starts(m)
		r.later(t)
		r.vectorsAre(t, m)
	})
}

// picky takes no text with a word it does not like, and none that is long.
type picky struct {
	*providertest.Meaning

	never string
	most  int
}

func (p picky) Embed(ctx context.Context, texts []string, query bool) ([][]float32, error) {
	for _, text := range texts {
		switch {
		case p.never != "" && strings.Contains(text, p.never):
			return nil, &llm.Error{Reason: llm.BadRequest, Model: p.Name}
		case len(text) > p.most:
			return nil, &llm.Error{Reason: llm.ContextTooLong, Model: p.Name}
		}
	}
	return p.Meaning.Embed(ctx, texts, query)
}

func TestTextsThatAModelDoesNotTake(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		m := picky{meaning("m"), "poison", 400}
		r.starts(m)
		long := "Bread is baked " + strings.Repeat("and baked ", 60) + "in the morning."
		r.put(t, text("a", "Soup is cooked at noon."), text("b", "It has poison in it."), text("c", long))
		r.work(t)
		got := r.log(t)
		for i, want := range [][]float32{m.Vector("Soup is cooked at noon."), make([]float32, 4), m.Vector(long[:len(long)/2])} {
			if i == 1 && got[i].Passages[0].Vector == nil {
				continue // it stood alone in its row
			}
			if diff := cmp.Diff(want, got[i].Passages[0].Vector); diff != "" || got[i].Model != "m" {
				t.Errorf("%d: %s", i, diff)
			}
		}
		if n := r.count(t, "embedding", " AND working"); n != 0 {
			t.Error("the work does not end")
		}

		m.never = "" // of everything
		broken := picky{meaning("m"), "e", 400}
		r.starts(broken)
		r.put(t, text("d", "Tea is drunk at five."))
		r.work(t)
		if c := r.log(t); c[len(c)-1].Model != "" {
			t.Error("a model that takes nothing left passages without vectors for good")
		}
	})
}

// fickle fails now and then.
type fickle struct {
	*providertest.Meaning

	r *rand.Rand
}

func (f fickle) Embed(ctx context.Context, texts []string, query bool) ([][]float32, error) {
	if f.r.IntN(2) == 0 {
		return nil, &llm.Error{Reason: llm.Unavailable, Model: f.Name}
	}
	return f.Meaning.Embed(ctx, texts, query)
}

// Whatever comes between steps, and wherever they end, all passages that are left
// have their vectors in the end, of the model that was wanted last.
func TestVectorsBearInterruptions(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		random := rand.New(rand.NewPCG(1, 2))
		models := []provider.Embedder{fickle{meaning("zero"), random}, fickle{meaning("one"), random}, fickle{meaning("two"), random}}
		r.starts(models...)
		for i := range 40 {
			switch random.IntN(6) {
			case 0:
				r.starts(append([]provider.Embedder{models[random.IntN(3)]}, models...)...)
			case 1:
				must(t, r, api.BatchDeleteDocument, &api.BatchDeleteDocumentInput{ApplicationID: r.app, IndexID: r.index,
					Documents: []api.DeleteDocument{{DocumentID: fmt.Sprint("d", random.IntN(10))}}})
			case 2, 3:
				r.put(t, text(fmt.Sprint("d", random.IntN(10)), fmt.Sprintf("Text number %d.", i)))
			case 4:
				r.put(t, markdown(fmt.Sprint("d", random.IntN(10)), book(1+random.IntN(20))))
			}
			r.clock.Advance(time.Duration(random.IntN(120)) * time.Second)
			ctx, cancel := context.WithCancel(t.Context())
			if random.IntN(2) == 0 {
				cancel() // the server ends
			}
			_, _ = r.embedStep(ctx, r.place())
			cancel()
			if random.IntN(3) == 0 {
				r.work(t)
			}
		}
		last := meaning("one")
		r.starts(append([]provider.Embedder{last}, models...)...)
		for range 40 {
			r.later(t)
		}
		r.vectorsAre(t, last)
		if n := r.count(t, "passage_vector", " AND model <> $4", "one"); n != 0 {
			t.Errorf("%d rows are left of other models", n)
		}
	})
}

func TestPackedVectors(t *testing.T) {
	for _, vectors := range [][][]float32{{{1, -0.5}, {0.25, 3e-8}}, {nil, nil}, {}} {
		data, dimensions := pack(vectors)
		if diff := cmp.Diff(vectors, unpack(data, len(vectors), dimensions)); diff != "" {
			t.Error(diff)
		}
	}
	data, dimensions := pack([][]float32{{1}, nil})
	if diff := cmp.Diff([][]float32{{1}, {0}}, unpack(data, 2, dimensions)); diff != "" {
		t.Error(diff)
	}
}
