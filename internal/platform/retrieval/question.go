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
	// mostPhrases is how many phrases in quotes count; of each, as many words.
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

// ask reads the text of a query in some languages. Stop words of the language
// that it seems to be in say nothing; in a phrase they keep their places.
func ask(text string, languages []string) question {
	if len(languages) == 0 {
		languages = []string{language.Default}
	}
	outside, quoted := quotes(text)
	var q question
	q.add(readings(outside, languages))
	for _, text := range quoted {
		p := phrase{readings: readings(text, languages)}
		p.readings = slices.DeleteFunc(p.readings, func(r []language.Token) bool { return len(r) == 0 })
		for i, r := range p.readings {
			p.readings[i] = r[:min(len(r), mostWords)]
		}
		if len(p.readings) > 0 && len(q.phrases) < mostPhrases {
			q.phrases = append(q.phrases, p)
		}
	}
	return q
}

// readings are the tokens of a text in some languages.
func readings(text string, languages []string) [][]language.Token {
	all := make([][]language.Token, len(languages))
	for i, code := range languages {
		all[i], _ = language.New(code).Tokens(nil, text, 0)
	}
	return all
}

// add takes up the words of readings, each once. The text seems to be in the
// language of the shortest reading, which has most stop words: what has no place
// there is left out. Otherwise a stop word would count as the rarest of words, for
// the few documents of another language that have it.
func (q *question) add(readings [][]language.Token) {
	shortest := slices.MinFunc(readings, func(a, b []language.Token) int { return len(a) - len(b) })
	byPlace := map[int][]string{}
	for _, reading := range readings {
		for _, t := range reading {
			byPlace[t.Position] = with(byPlace[t.Position], t.Term)
		}
	}
	seen := map[string]bool{}
	for _, t := range shortest {
		terms := byPlace[t.Position]
		if key := strings.Join(terms, "\n"); !seen[key] && len(q.words) < mostWords {
			seen[key] = true
			q.words = append(q.words, word{terms: terms})
		}
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
