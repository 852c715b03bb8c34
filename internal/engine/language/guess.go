package language

import (
	"strings"
	"sync"
	"unicode"
)

// sample is how much of a text is looked at to guess its language, in bytes.
const sample = 4096

// scripts are those that tell a language, or all but tell it.
var scripts = []struct {
	table *unicode.RangeTable
	code  string
}{
	{unicode.Hiragana, "ja"}, {unicode.Katakana, "ja"}, {unicode.Han, "zh"}, {unicode.Hangul, "ko"},
	{unicode.Arabic, "ar"}, {unicode.Cyrillic, "ru"}, {unicode.Greek, "el"}, {unicode.Hebrew, "he"},
	{unicode.Thai, "th"}, {unicode.Devanagari, "hi"}, {unicode.Armenian, "hy"},
}

// Guess returns the likeliest language of a text: by its script, and where that
// is Latin by the stop words in it. A text that gives no hint is in Default.
func Guess(text string) string {
	if len(text) > sample {
		text = strings.ToValidUTF8(text[:sample], "")
	}
	if code := byScript(text); code != "" {
		return code
	}
	return byStopWords(text)
}

// byScript returns the language of a script other than Latin that most letters
// are in, or "". Japanese has both kana and Han: a tenth of kana is enough.
func byScript(text string) string {
	letters, found := 0, map[string]int{}
	for _, r := range text {
		if !unicode.IsLetter(r) {
			continue
		}
		letters++
		if r <= unicode.MaxLatin1 {
			continue
		}
		for _, s := range scripts {
			if unicode.Is(s.table, r) {
				found[s.code]++
				break
			}
		}
	}
	if kana := found["ja"]; 10*kana >= letters && kana > 0 && 2*(kana+found["zh"]) > letters {
		return "ja"
	}
	for code, n := range found {
		if 2*n > letters {
			return code
		}
	}
	return ""
}

// stopWords says of each stop word in which languages it is one, as bits in the
// order of all().
var stopWords = sync.OnceValue(func() map[string]uint32 {
	words := map[string]uint32{}
	for i, r := range all() {
		for w := range known()[r.code].stops {
			words[w] |= 1 << i
		}
	}
	return words
})

// byStopWords returns the language with most stop words in a text.
func byStopWords(text string) string {
	languages, words := all(), stopWords()
	counts := make([]int, len(languages))
	for w := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && r != '\'' }) {
		mask := words[strings.ToLower(w)]
		for i := range counts {
			counts[i] += int(mask >> i & 1)
		}
	}
	best := 0
	for i, n := range counts {
		if n > counts[best] {
			best = i
		}
	}
	if counts[best] < 2 {
		return Default
	}
	return languages[best].code
}
