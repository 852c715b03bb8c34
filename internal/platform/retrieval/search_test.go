package retrieval_test

import (
	"testing"

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
