package retrieval

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestAsk(t *testing.T) {
	for _, c := range []struct {
		name, text string
		languages  []string
		words      string
		phrases    int
	}{
		{"a language", "The running dogs", []string{"en"}, "run dog", 0},
		{"none", "The running dogs", nil, "run dog", 0},
		{"twice", "dog dogs Dog", []string{"en"}, "dog", 0},
		{"two languages", "the houses", []string{"de", "en"}, "hous", 0},
		{"the other of two", "die Häuser", []string{"de", "en"}, "haus|hauser", 0},
		{"stop words", "to be or not to be", []string{"en"}, "", 0},
		{"a phrase", `the "state of the art"`, []string{"en"}, "state art", 1},
		{"typographic marks", "„rote Häuser“ «maison»", []string{"de"}, "rot haus maison", 2},
		{"a mark that is not closed", `5" disk`, []string{"en"}, "5 disk", 0},
		{"an empty phrase", `"" " " "the" cat`, []string{"en"}, "cat", 0},
		{"nothing", "", []string{"de", "en"}, "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := ask(c.text, c.languages)
			words := make([]string, len(q.words))
			for i, w := range q.words {
				words[i] = strings.Join(w.terms, "|")
			}
			if diff := cmp.Diff(c.words, strings.Join(words, " ")); diff != "" || len(q.phrases) != c.phrases {
				t.Errorf("%d phrases, %s", len(q.phrases), diff)
			}
		})
	}
}
