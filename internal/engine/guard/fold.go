package guard

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// kind is what a character is to a phrase.
type kind uint8

const (
	mark   kind = iota // an accent: as if it were not there
	soft               // invisible, an apostrophe, or a mark of Markdown: may part words, and need not
	hard               // parts words: white space, punctuation
	letter             // of a word, or a digit
	solo               // a word of its own: a character of a script without spaces
	sign               // a symbol: looked for where a phrase has it, and hard elsewhere
)

// unit is a character as it is compared.
type unit struct {
	r    rune
	kind kind
}

// fold appends what a character is compared as to units: without case and
// accents, in its plain form (NFKD), and as the Latin letter that it looks like.
// One character may be several, or none.
func fold(units []unit, r rune) []unit {
	if r < utf8.RuneSelf {
		return append(units, plain(r))
	}
	if k := unseen(r); k != mark {
		return append(units, unit{r, k})
	}
	var form [64]byte // longer than any character's
	for _, d := range string(norm.NFKD.AppendString(form[:0], string(r))) {
		units = foldOne(units, d)
	}
	return units
}

// plain is fold of ASCII.
func plain(r rune) unit {
	switch {
	case 'a' <= r && r <= 'z', '0' <= r && r <= '9':
		return unit{r, letter}
	case 'A' <= r && r <= 'Z':
		return unit{r + 'a' - 'A', letter}
	case r == '\'', r == '*':
		return unit{r, soft}
	case strings.ContainsRune(`#$%+<=>@^|~`+"`", r): // those that Unicode calls symbols, and three more: C#, 10%, @all
		return unit{r, sign}
	}
	return unit{r, hard}
}

// emphasis reports whether a character is a mark of Markdown that is not shown within
// a word: of emphasis, of code, and what strikes out. Underscores are shown there.
func emphasis(r rune) bool { return r == '*' || r == '`' || r == '~' }

// foldOne is fold of a character that is in its plain form.
func foldOne(units []unit, r rune) []unit {
	switch {
	case r < utf8.RuneSelf:
		return append(units, plain(r))
	case unseen(r) != mark:
		return append(units, unit{r, soft})
	case voicing(r), unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul,
		unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar):
		if accent(r) {
			return units
		}
		return append(units, unit{r, solo})
	case accent(r):
		return units
	case unicode.In(r, unicode.L, unicode.M, unicode.N):
		return lookalike(units, caseless(r))
	case unicode.Is(unicode.S, r) && r != utf8.RuneError: // which stands for a byte that is no text
		return append(units, unit{r, sign})
	}
	return append(units, unit{r, hard})
}

// unseen is soft for what nobody sees, and for apostrophes; mark for the rest.
func unseen(r rune) kind {
	switch {
	case r == '’', r == '‘', r == 'ʼ':
		return soft
	case unicode.In(r, unicode.Cf, unicode.Me, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point):
		return soft
	}
	return mark
}

// accent reports whether a character only changes how the one before is said:
// accents, tones, points. Kana are others when they are voiced.
func accent(r rune) bool {
	if !unicode.Is(unicode.M, r) || voicing(r) {
		return false
	}
	return norm.NFKD.PropertiesString(string(r)).CCC() != 0
}

func voicing(r rune) bool { return r == '\u3099' || r == '\u309a' }

// trails reports whether a character belongs to the one before it: a phrase does
// not end between them.
func trails(r rune) bool {
	return r >= utf8.RuneSelf && ('\u1160' <= r && r <= '\u11ff' || unicode.Is(unicode.M, r))
}

// caseless is one of all the forms that a letter has in the cases: a lower one in
// ASCII, the first in Unicode elsewhere.
func caseless(r rune) rune {
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	if 'A' <= least && least <= 'Z' {
		return least + 'a' - 'A'
	}
	return least
}

// lookalike appends a letter, or the Latin ones that it passes for.
func lookalike(units []unit, r rune) []unit {
	latin, ok := latins()[r]
	if !ok {
		return append(units, unit{r, letter})
	}
	for _, l := range latin {
		units = append(units, unit{l, letter})
	}
	return units
}

// latins are the letters that pass for Latin ones, which no normal form knows
// about: letters of Cyrillic and Greek that look like them, and Latin ones that
// are typed without their strokes.
var latins = sync.OnceValue(func() map[rune]string {
	m := map[rune]string{}
	for pair := range strings.FieldsSeq(`аa вb еe ѕs іi јj кk мm нh оo рp сc тt уy хx ԁd һh ԛq ԝw ӏl
		αa βb γy εe ηn ιi κk μm νv οo ρp τt υu χx ωw
		ßss æae œoe øo đd ħh łl ŧt ıi ɑa ɡg ɩi`) {
		r, size := utf8.DecodeRuneInString(pair)
		m[caseless(r)] = pair[size:]
	}
	return m
})
