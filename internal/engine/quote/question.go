package quote

import (
	_ "embed" // the lists of words
	"math"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/language"
	"github.com/parleyhq/parley/internal/engine/sentence"
)

// question is what is asked, made ready to be compared.
type question struct {
	code      string
	words     []word
	wants     kind
	languages map[string]*language.Analyzer
}

// word is a word of the question that counts.
type word struct {
	text   string
	weight float64 // before rarity: a word that many questions have says less
	share  float64 // of it that counts: less of an earlier question's
	name   bool    // of a person, a place or a thing: without it nothing answers
}

// page is a passage, read.
type page struct {
	cite.Passage
	code      string
	sentences []sentence.Span
	terms     []map[string]bool // of each sentence
	title     map[string]bool
	all       map[string]bool // of the sentences and the title
	heads     []bool          // which sentences are headings
	points    []bool          // which point to the one before
	asked     []term          // the question, in the passage's language
}

// weakWords are words that say little in a question, one a line.
//
//go:embed weak.txt
var weakWords string

var weak = sync.OnceValue(func() map[string]bool {
	words := map[string]bool{}
	for w := range strings.FieldsSeq(weakWords) {
		words[w] = true
	}
	return words
})

// ofEarlier is what a word counts for that only an earlier question has.
const ofEarlier = 0.3

// read takes a question apart, and those that it follows up.
func read(text string, earlier ...string) *question {
	q := &question{code: language.Guess(text), wants: wanted(text), languages: map[string]*language.Analyzer{}}
	q.take(text, 1)
	for _, e := range earlier {
		q.take(e, ofEarlier)
	}
	return q
}

// take adds the words of a text. What a text is about by name takes the place of
// what was named before: "and the P200?".
func (q *question) take(text string, share float64) {
	var names map[string]bool
	if !slices.ContainsFunc(q.words, func(w word) bool { return w.name }) {
		names = namesIn(text, q.code)
	}
	known := len(q.words)
	for w := range strings.FieldsFuncSeq(text, between) {
		tokens := q.terms("", w)
		if len(tokens) == 1 {
			tokens[0].Term = strings.ToLower(w) // with its accents, for what stems it
		}
		for _, t := range tokens {
			told := slices.ContainsFunc(q.words[:known], func(w word) bool { return w.text == t.Term })
			if !told && len(q.terms(q.code, t.Term)) > 0 {
				q.words = append(q.words, word{text: t.Term, weight: weight(t.Term), share: share, name: names[t.Term]})
			}
		}
	}
}

// between reports the characters that are in no word.
func between(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) && !strings.ContainsRune(`.,'’`, r)
}

// weight is what a word counts for, whatever the passages.
func weight(word string) float64 {
	switch {
	case weak()[word]:
		return 0.3
	case strings.ContainsFunc(word, func(r rune) bool { return unicode.Is(unicode.Hiragana, r) }):
		return 0.15
	}
	return 1
}

// namesIn are the words of a question that are written as names are: with a capital
// within a sentence, or with digits. In German all nouns are written so.
func namesIn(text, code string) map[string]bool {
	found := map[string]bool{}
	for i, f := range strings.Fields(text) {
		f = strings.TrimFunc(f, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		f = strings.TrimSuffix(strings.TrimSuffix(f, "'s"), "’s")
		acronym := len(f) > 1 && strings.ToUpper(f) == f && strings.ContainsFunc(f, unicode.IsUpper)
		if f != "" && (acronym || i > 0 && code != "de" && unicode.IsUpper(firstRune(f))) {
			found[strings.ToLower(f)] = true
		}
	}
	return found
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

// analyzer returns the analyzer of a language.
func (q *question) analyzer(code string) *language.Analyzer {
	a := q.languages[code]
	if a == nil {
		a = language.New(code)
		q.languages[code] = a
	}
	return a
}

// terms are the words of a text as they are compared.
func (q *question) terms(code, text string) []language.Token {
	tokens, _ := q.analyzer(code).Tokens(nil, text, 0)
	return tokens
}

func (q *question) set(code, text string) map[string]bool {
	set := map[string]bool{}
	for _, t := range q.terms(code, text) {
		set[t.Term] = true
	}
	return set
}

// pages reads the passages.
func (q *question) pages(passages []cite.Passage) []page {
	pages := make([]page, 0, len(passages))
	for _, p := range passages {
		g := page{Passage: p, code: language.Guess(p.Text), sentences: sentence.Split(p.Text)}
		g.title = q.set(g.code, p.Title)
		g.all = map[string]bool{}
		for t := range g.title {
			g.all[t] = true
		}
		for i, s := range g.sentences {
			g.heads = append(g.heads, g.heading(i))
			g.points = append(g.points, g.pointing(i))
			set := q.set(g.code, p.Text[s.Begin:s.End])
			for t := range set {
				g.all[t] = true
				if g.heads[i] {
					g.title[t] = true
				}
			}
			g.terms = append(g.terms, set)
		}
		pages = append(pages, g)
	}
	asked := map[string][]term{}
	for i := range pages {
		code := pages[i].code
		if asked[code] == nil {
			asked[code] = q.translate(code, pages)
		}
		pages[i].asked = asked[code]
	}
	return pages
}

// term is a word of the question in a passage's language.
type term struct {
	forms  []string // the word, and others that mean the same
	weight float64
	name   bool
}

// in returns how much of a term is among some words.
func (t term) in(words map[string]bool) float64 {
	for i, f := range t.forms {
		if words[f] {
			if i > 0 {
				return 0.8 * t.weight
			}
			return t.weight
		}
	}
	return 0
}

// absent is what a word counts for that no passage has: it is the rarest, but mostly
// how people put it.
const absent = 0.8

// translate gives the question's words as the words of passages of a language are
// compared, with their weights: the rarer in these passages, the more.
func (q *question) translate(code string, pages []page) []term {
	var terms []term
	for _, w := range q.words {
		t := term{name: w.name}
		for _, form := range append([]string{w.text}, alike(w.text)...) {
			for _, k := range q.terms(code, form) {
				t.forms = append(t.forms, k.Term)
			}
		}
		if len(t.forms) == 0 {
			continue
		}
		t.weight = 1
		n := 0.0
		for _, p := range pages {
			if t.in(p.all) > 0 {
				n++
			}
		}
		t.weight = math.Log(1 + float64(len(pages)+1)/(n+0.5))
		if n == 0 {
			t.weight = absent * math.Log(2+float64(len(pages)))
		}
		if w.weight < 1 {
			t.weight = w.weight * min(1, t.weight)
		}
		if w.share < 1 && n == 0 {
			continue // an earlier question's word that nothing has: that one was answered without it
		}
		t.weight *= w.share
		terms = append(terms, t)
	}
	return terms
}
