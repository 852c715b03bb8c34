package retrieval

import (
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/language"
)

const (
	// mostWords is how many distinct words of a query count. More are ignored:
	// a match of that many needs no more evidence.
	mostWords = 64
	// mostPhrases is how many phrases in quotes a query may have.
	mostPhrases = 8
)

// question is a query's text as the index understands it.
type question struct {
	words   []word
	phrases []phrase
}

// word is a word of a query: what it is compared as, in each language that the
// scope has.
type word struct{ terms []string }

// phrase is words in quotes, in each language. A passage has to have it in one.
type phrase struct{ readings [][]language.Token }

// ask reads the text of a query in some languages. Words that are stop words in
// all of them say nothing; in a phrase they keep their places.
func ask(text string, languages []string) question {
	if len(languages) == 0 {
		languages = []string{language.Default}
	}
	var q question
	byPlace := map[int][]string{}
	places := 0
	outside, quoted := quotes(text)
	for _, code := range languages {
		a := language.New(code)
		tokens, end := a.Tokens(nil, outside, 0)
		for _, t := range tokens {
			byPlace[t.Position] = with(byPlace[t.Position], t.Term)
		}
		places = max(places, end)
	}
	q.add(byPlace, places)
	for _, text := range quoted {
		var p phrase
		for _, code := range languages {
			if tokens, _ := language.New(code).Tokens(nil, text, 0); len(tokens) > 0 {
				p.readings = append(p.readings, tokens)
			}
		}
		if len(p.readings) > 0 && len(q.phrases) < mostPhrases {
			q.phrases = append(q.phrases, p)
		}
	}
	return q
}

// add takes up the words at places 1 to last, each once.
func (q *question) add(byPlace map[int][]string, last int) {
	seen := map[string]bool{}
	for place := 1; place <= last && len(q.words) < mostWords; place++ {
		terms := byPlace[place]
		key := strings.Join(terms, "\n")
		if len(terms) == 0 || seen[key] {
			continue
		}
		seen[key] = true
		q.words = append(q.words, word{terms: terms})
	}
}

// with adds a string in order, once.
func with(all []string, one string) []string {
	at, there := slices.BinarySearch(all, one)
	if there {
		return all
	}
	return slices.Insert(all, at, one)
}

// quotes returns a text without its quotation marks, and what stands in them. A
// mark that is not closed is none.
func quotes(text string) (plain string, quoted []string) {
	text = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`, "«", `"`, "»", `"`).Replace(text)
	parts := strings.Split(text, `"`)
	for i := 1; i+1 < len(parts); i += 2 {
		if strings.TrimSpace(parts[i]) != "" {
			quoted = append(quoted, parts[i])
		}
	}
	return strings.Join(parts, " "), quoted
}
