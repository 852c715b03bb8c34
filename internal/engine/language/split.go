package language

import (
	"unicode"
	"unicode/utf8"
)

// kind is how the characters of a run make words.
type kind int

const (
	between  kind = iota // no word
	spaced               // letters and digits: the run is the word
	unspaced             // a script without spaces: pairs of characters stand for words
)

// next takes the first run off a text: a word with what kind of word it is, or
// an empty one when the text begins with something else. Full stop and comma
// within a number, and an apostrophe within a word, are part of it (as in UAX
// #29).
func next(text string) (word string, k kind, rest string) {
	first, size := class(text)
	end := size
	for first != between && end < len(text) {
		c, n := class(text[end:])
		if c == first || c != between && unicode.Is(unicode.Mn, runeAt(text[end:])) {
			end += n
			continue
		}
		if first == unspaced || c != between || !inner(text, end, n) {
			break
		}
		end += n
	}
	if first == between {
		return "", between, text[end:]
	}
	return text[:end], first, text[end:]
}

// class says what the first character of a text is, and its length.
func class(text string) (kind, int) {
	if c := text[0]; c < utf8.RuneSelf {
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			return spaced, 1
		}
		return between, 1
	}
	r, size := utf8.DecodeRuneInString(text)
	switch {
	case r == utf8.RuneError:
		return between, size
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
		return unspaced, size
	case unicode.IsLetter(r), unicode.IsNumber(r), unicode.Is(unicode.M, r):
		return spaced, size
	}
	return between, size
}

// inner reports whether the character at an offset joins what is around it.
func inner(text string, at, size int) bool {
	if at+size >= len(text) {
		return false
	}
	before, _ := utf8.DecodeLastRuneInString(text[:at])
	after := runeAt(text[at+size:])
	switch runeAt(text[at:]) {
	case '.', ',':
		return unicode.IsDigit(before) && unicode.IsDigit(after)
	case '\'', '’':
		return unicode.IsLetter(before) && unicode.IsLetter(after)
	}
	return false
}

func runeAt(text string) rune {
	r, _ := utf8.DecodeRuneInString(text)
	return r
}
