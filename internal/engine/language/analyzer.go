package language

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"golang.org/x/text/unicode/norm"
)

// Token is a word as it is compared, and its place in the text.
type Token struct {
	Term     string
	Position int // from 1; stop words have places too
}

// longest is the longest word there is, in bytes. What is longer is data that
// nobody types: it has a place, and is no token.
const longest = 96

// remembered is how many words an analyzer remembers the term of.
const remembered = 1 << 15

// Analyzer makes tokens of the texts of a language. It is for one goroutine at
// a time: it remembers what it stemmed.
type Analyzer struct {
	language *language // nil: words are taken as they are
	turkish  bool
	terms    map[string]string // by word; a stop word has none
	env      *snowballstem.Env
}

// New returns an analyzer for a language by its code. Without rules for it,
// words are lower-cased and no more.
func New(code string) *Analyzer {
	return &Analyzer{
		language: known()[code], turkish: code == "tr",
		terms: map[string]string{}, env: snowballstem.NewEnv(""),
	}
}

// Tokens appends the tokens of a text to those given, and returns the number of
// places in the text. Places are counted from after.
func (a *Analyzer) Tokens(tokens []Token, text string, after int) ([]Token, int) {
	place := after
	for len(text) > 0 {
		word, kind, rest := next(text)
		text = rest
		switch {
		case word == "":
		case kind == unspaced:
			tokens, place = bigrams(tokens, word, place)
		default:
			place++
			if term := a.term(word); term != "" {
				tokens = append(tokens, Token{Term: term, Position: place})
			}
		}
	}
	return tokens, place
}

// term returns what a word is compared as; empty for a stop word.
func (a *Analyzer) term(word string) string {
	if term, ok := a.terms[word]; ok {
		return term
	}
	if len(word) > longest {
		return ""
	}
	if len(a.terms) >= remembered {
		clear(a.terms)
	}
	term := a.analyse(word)
	a.terms[strings.Clone(word)] = term
	return term
}

func (a *Analyzer) analyse(word string) string {
	word = lower(word, a.turkish)
	if a.language == nil {
		return fold(word)
	}
	word = a.trim(word)
	if a.language.stops[word] {
		return ""
	}
	a.env.SetCurrent(word)
	a.language.stem(a.env)
	return fold(a.env.Current())
}

// trim takes off what an apostrophe joins to a word: the English possessive, and
// the articles of languages that elide them.
func (a *Analyzer) trim(word string) string {
	before, after, found := strings.Cut(word, "'")
	switch {
	case !found || a.language.stops[word]:
		return word
	case a.language.elide && len(before) <= len("quelqu") && after != "":
		return after
	case after == "s":
		return before
	}
	return word
}

// lower returns a word in lower case, in the compatibility form (NFKC) and with
// plain apostrophes.
func lower(word string, turkish bool) string {
	ascii := true
	for i := range len(word) {
		ascii = ascii && word[i] < utf8.RuneSelf
	}
	if !ascii {
		word = strings.ReplaceAll(norm.NFKC.String(word), "’", "'")
	}
	if turkish {
		return strings.ToLowerSpecial(unicode.TurkishCase, word)
	}
	return strings.ToLower(word)
}

// fold takes the accents off Latin letters: people leave them out.
func fold(word string) string {
	if strings.IndexFunc(word, func(r rune) bool { return r >= utf8.RuneSelf && unicode.Is(unicode.Latin, r) }) < 0 {
		return word
	}
	var b strings.Builder
	latin := false
	for _, r := range norm.NFD.String(word) {
		if latin && unicode.Is(unicode.Mn, r) {
			continue
		}
		if !unicode.Is(unicode.Mn, r) {
			latin = unicode.Is(unicode.Latin, r)
		}
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}

// bigrams appends the pairs of neighbouring characters of a run without spaces.
func bigrams(tokens []Token, run string, place int) ([]Token, int) {
	run = norm.NFKC.String(run)
	first := 0
	for i, r := range run {
		_, size := utf8.DecodeRuneInString(run[first:])
		if i < first+size {
			continue // the first character
		}
		place++
		tokens = append(tokens, Token{Term: run[first : i+utf8.RuneLen(r)], Position: place})
		first = i
	}
	if first == 0 && run != "" {
		place++
		tokens = append(tokens, Token{Term: run, Position: place})
	}
	return tokens, place
}
