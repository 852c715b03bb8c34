package retrieval_test

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/platform/retrieval"
)

func TestSearch(t *testing.T) {
	s := &changes{}
	l := open(t, "", s)
	s.put(
		text("cats", "Cats", "Cats sleep all day long.", "A cat chases mice."),
		text("dogs", "Dogs", "Dogs chase cats."),
		seenBy(text("secret", "Secret cats", "The cats of the secret service."), "spies"),
	)
	for _, c := range []struct {
		name string
		q    retrieval.Query
		want []string
	}{
		{"a word, stemmed", retrieval.Query{Text: "chasing"}, []string{"cats", "dogs"}},
		{"what is hidden", retrieval.Query{Text: "secret service"}, []string{}},
		{"what is not", retrieval.Query{Text: "secret service", Who: in("spies")}, []string{"secret"}},
		{"a phrase", retrieval.Query{Text: `"all day"`}, []string{"cats"}},
		{"a phrase the other way round", retrieval.Query{Text: `"long day"`}, []string{}},
		{"a phrase over a stop word", retrieval.Query{Text: `"cats of the secret"`, Who: in("spies")}, []string{"secret"}},
		{"documents", retrieval.Query{Text: "cat", DocumentsOnly: true}, []string{"cats", "dogs"}},
		{"nothing", retrieval.Query{Text: ""}, []string{}},
		{"stop words", retrieval.Query{Text: "the of and"}, []string{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, found(t, l, c.q)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSegmentsWithoutWords: where nothing but who may see documents has changed, a
// segment has no words at all. A search that comes to it from one that has is no sign
// of damage.
func TestSegmentsWithoutWords(t *testing.T) {
	var log bytes.Buffer
	s := &changes{}
	l := retrieval.New(retrieval.Config{Source: s, Now: time.Now, Log: slog.New(slog.NewTextHandler(&log, nil))})
	tea := retrieval.Query{Text: "tea", Who: in("guests")}
	s.put(text("a", "Tea time", "Tea is hot, and tea is green."), text("b", "More tea", "Where tea grows it rains."))
	found(t, l, tea)
	s.put(seenBy(text("b", "More tea", "Where tea grows it rains."), "guests"))
	found(t, l, tea)
	s.put(text("c", "", "Nobody has tea without water."))
	if got := found(t, l, tea); len(got) != 3 {
		t.Errorf("found %q, want all three", got)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if bytes.Contains(log.Bytes(), []byte("damaged")) {
		t.Errorf("it is taken for damaged:\n%s", log.String())
	}
}
