package guard

import (
	"slices"
	"strings"
	"unicode"

	"github.com/parleyhq/parley/internal/engine/language"
)

// Weights of a word of a topic, by where an administrator wrote it.
const (
	inName        = 1.0 // when it is all of it
	inDescription = 1.0
	inExample     = 1.0
	inLongName    = 0.5 // when it is one of several
)

// enough is from which likeness on a message is on a topic, and plenty from which
// on a sentence of an answer is, which was not said to be asked.
const (
	enough = 0.5
	plenty = 0.7
)

// vocabulary is which words the topics are about. All of it goes by what search
// goes by, stems without stop words, and without words that are said about
// anything.
type vocabulary struct {
	about []about
}

// about are the words of a topic.
type about struct {
	code     string // of the language it is written in
	name     []string
	examples [][]string
	weights  map[string]float64
}

func learn(topics []topic) *vocabulary {
	v := &vocabulary{}
	in := map[string]float64{} // in how many topics a word is
	for _, t := range topics {
		a := aboutOf(t.Topic)
		v.about = append(v.about, a)
		for w := range a.weights {
			in[w]++
		}
	}
	for _, a := range v.about {
		for w := range a.weights {
			a.weights[w] /= in[w]
		}
	}
	return v
}

func aboutOf(t Topic) about {
	name := spaced(t.Name)
	a := about{
		code:    language.Guess(strings.Join(append([]string{name, t.Description}, t.Examples...), "\n")),
		weights: map[string]float64{},
	}
	words := reader(a.code)
	a.name = words(name)
	a.weigh(words(t.Description), inDescription)
	for _, e := range t.Examples {
		example := words(e)
		a.weigh(example, inExample)
		a.examples = append(a.examples, example)
	}
	if len(a.name) == 1 {
		a.weigh(a.name, inName)
	} else {
		a.weigh(a.name, inLongName)
	}
	return a
}

func (a about) weigh(words []string, weight float64) {
	for _, w := range words {
		a.weights[w] = max(a.weights[w], weight)
	}
}

// topics returns the topics that a message is on.
func (v *vocabulary) topics(text string) []int { return v.like(text, enough, 1) }

// dwells returns the topics that a sentence of an answer is on.
func (v *vocabulary) dwells(text string) []int { return v.like(text, plenty, 2) }

// like returns the topics that a text is like, by at least so many of its words.
func (v *vocabulary) like(text string, least float64, words int) (on []int) {
	if v == nil {
		return nil
	}
	read := map[string][]string{} // by language
	for i, a := range v.about {
		if _, ok := read[a.code]; !ok {
			read[a.code] = reader(a.code)(text)
		}
		said := read[a.code]
		if len(shared(said, a.weights)) >= words && a.likeness(said) >= least {
			on = append(on, i)
		}
	}
	return on
}

// likeness is how much the words of a message are those of a topic, from 0 to 1:
// 1 when all of its name is said; else the more of how like it is to the likest
// example (twice the words of both, by the words of each), and how many of its
// words are the topic's.
func (a about) likeness(said []string) float64 {
	if len(said) == 0 {
		return 0
	}
	if len(a.name) > 0 && contains(said, a.name) {
		return 1
	}
	best := 0.0
	for _, e := range a.examples {
		n := 0
		for _, w := range e {
			if slices.Contains(said, w) {
				n++
			}
		}
		if n >= 2 || n == len(said) {
			best = max(best, 2*float64(n)/float64(len(e)+len(said)))
		}
	}
	weight := 0.0
	for _, w := range said {
		weight += a.weights[w]
	}
	return max(best, weight/float64(len(said)))
}

func contains(all, some []string) bool {
	for _, w := range some {
		if !slices.Contains(all, w) {
			return false
		}
	}
	return true
}

func shared(said []string, weights map[string]float64) (both []string) {
	for _, w := range said {
		if weights[w] > 0 {
			both = append(both, w)
		}
	}
	return both
}

// reader reads the words of texts in a language, each once.
func reader(code string) func(text string) []string {
	analyzer, skip := language.New(code), idle()[code]
	return func(text string) (words []string) {
		tokens, _ := analyzer.Tokens(nil, text, 0)
		for _, t := range tokens {
			if !skip[t.Term] && !slices.Contains(words, t.Term) {
				words = append(words, t.Term)
			}
		}
		return words
	}
}

// spaced writes a topic's name, such as "Executive-Pay" or "executivePay", as
// words.
func spaced(name string) string {
	var b strings.Builder
	last := 'A'
	for _, r := range name {
		if r == '-' {
			r = ' '
		}
		if unicode.IsUpper(r) && unicode.IsLower(last) {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
		last = r
	}
	return b.String()
}
