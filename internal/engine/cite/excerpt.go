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

// excerpt is the part of a passage that the last claim rests on: the sentence that
// has most of its words, and what follows it as far as there is room.
func (c *claims) excerpt(passage string, long int) string {
	wanted := map[string]bool{}
	for _, t := range c.tokens(c.text) {
		wanted[t.Term] = true
	}
	sentences := sentence.Split(passage)
	best, most := 0, 0
	for i, s := range sentences {
		if n := c.common(passage[s.Begin:s.End], wanted); n > most {
			best, most = i, n
		}
	}
	if len(sentences) == 0 {
		return ""
	}
	begin, end := sentences[best].Begin, sentences[best].End
	if long > longExcerpt {
		end = sentences[len(sentences)-1].End
	}
	return Clip(passage[begin:end], long)
}

// common weighs the distinct words of a sentence that are wanted.
func (c *claims) common(text string, wanted map[string]bool) int {
	met := map[string]bool{}
	n := 0
	for _, t := range c.tokens(text) {
		if wanted[t.Term] && !met[t.Term] {
			met[t.Term] = true
			n += 2
			if unicode.IsDigit(rune(t.Term[0])) {
				n++
			}
		}
	}
	return n
}

func (c *claims) tokens(text string) []language.Token {
	if c.words == nil {
		c.words = language.New(language.Guess(text))
	}
	tokens, _ := c.words.Tokens(nil, text, 0)
	return tokens
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
