package cite

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/engine/language"
	"github.com/parleyhq/parley/internal/engine/sentence"
)

// How long what is shown of a passage is, in characters. The model bounds a
// snippet to 2048.
const (
	longExcerpt = 300
	longSnippet = 600
)

// reading is a passage as excerpts are chosen from it.
type reading struct {
	text      string
	sentences []sentence.Span
	terms     []map[string]bool // of each sentence
}

// read reads a passage, once.
func (c *claims) read(passage string) *reading {
	if r := c.readings[passage]; r != nil {
		return r
	}
	r := &reading{text: passage, sentences: sentence.Split(passage)}
	for _, s := range r.sentences {
		r.terms = append(r.terms, c.terms(passage[s.Begin:s.End]))
	}
	if c.readings == nil {
		c.readings = map[string]*reading{}
	}
	c.readings[passage] = r
	return r
}

// terms are the distinct words of a text as they are compared.
func (c *claims) terms(text string) map[string]bool {
	if c.words == nil {
		c.words = language.New(language.Guess(text))
	}
	tokens, _ := c.words.Tokens(nil, text, 0)
	terms := make(map[string]bool, len(tokens))
	for _, t := range tokens {
		terms[t.Term] = true
	}
	return terms
}

// excerpt is the sentence of a passage that the last claim rests on, and the same
// with what follows it: the sentence that has most of the claim's words.
func (c *claims) excerpt(passage string) (excerpt, snippet string) {
	r := c.read(passage)
	if len(r.sentences) == 0 {
		return "", ""
	}
	wanted := c.terms(c.text)
	best, most := 0, 0
	for i, terms := range r.terms {
		if n := common(terms, wanted); n > most {
			best, most = i, n
		}
	}
	s := r.sentences[best]
	return Clip(passage[s.Begin:s.End], longExcerpt), Clip(passage[s.Begin:], longSnippet)
}

// common weighs the words that two sentences have in common: a number is worth more.
func common(terms, wanted map[string]bool) int {
	n := 0
	for t := range wanted {
		if terms[t] {
			n += 2
			if unicode.IsDigit(rune(t[0])) {
				n++
			}
		}
	}
	return n
}

// Clip shortens a text to a number of characters, at the end of a sentence if that
// leaves half of it, else after a word, and never before a mark that belongs to
// the character before it.
func Clip(text string, long int) string {
	text = strings.TrimSpace(text)
	cut, n := len(text), 0
	for i := range text {
		if n++; n > long {
			cut = i
			break
		}
	}
	if cut == len(text) {
		return text
	}
	head := text[:cut]
	if s := sentence.Split(head); len(s) > 1 && s[len(s)-2].End > cut/2 {
		return head[:s[len(s)-2].End]
	}
	if at := strings.LastIndexFunc(head, unicode.IsSpace); at > cut/2 {
		return strings.TrimSpace(head[:at])
	}
	for head != "" {
		r, _ := utf8.DecodeRuneInString(text[len(head):])
		if !unicode.Is(unicode.M, r) && r != '\u200d' {
			break
		}
		_, size := utf8.DecodeLastRuneInString(head)
		head = head[:len(head)-size]
	}
	return head
}
