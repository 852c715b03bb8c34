package extract

import (
	"strings"
	"sync"
	"unicode"
)

// stopwords are words that a text of the language can hardly do without, and that
// the languages near it do not have.
var stopwords = map[string]string{
	"en": " the of and to is that for with this are was from which have by not ",
	"de": " der die und das ist nicht mit ein eine den dem auf für von werden sich auch ",
	"fr": " le les et des est une dans que pour qui du sur pas avec sont ce au ",
	"es": " el los y las una que del por con para es como más su se está ",
	"it": " il che di e per non una della sono con gli del anche come dei è ",
	"pt": " o os e do da que não uma com para dos em mais ao como são ",
	"nl": " de het een en van is niet dat op te zijn met voor aan ook door ",
	"sv": " och att det som är på en för av med den inte till ett har ",
	"da": " og at det er på en for af med den ikke til et har der ",
	"no": " og å det er på en for av med den ikke til et har som ",
	"fi": " ja on ei että se oli mutta kun ovat tai hän myös joka ",
	"pl": " i w nie na się z do jest że to jak o ale przez ",
	"cs": " a se na je že v to s do za by ale jako pro jsou ",
	"tr": " ve bir bu için ile da de olarak olan gibi daha çok ",
	"ro": " și în de la cu este pe că nu care din mai pentru sunt ",
	"hu": " a az és hogy nem is egy ez meg van csak de volt ",
}

// spokenWith are the languages by their stopwords, made when first asked for.
var spokenWith = sync.OnceValue(func() map[string][]string {
	by := map[string][]string{}
	for code, list := range stopwords {
		for w := range strings.FieldsSeq(list) {
			by[w] = append(by[w], code)
		}
	}
	return by
})

// scripts are the languages that their writing gives away.
var scripts = []struct {
	table    *unicode.RangeTable
	language string
}{
	{unicode.Hangul, "ko"},
	{unicode.Thai, "th"},
	{unicode.Arabic, "ar"},
	{unicode.Hebrew, "he"},
	{unicode.Greek, "el"},
	{unicode.Cyrillic, "ru"},
	{unicode.Devanagari, "hi"},
	{unicode.Han, "zh"},
}

// language recognizes the language of a text, by its script or its commonest
// words. It is empty if the text is short or mixed.
func language(text string) string {
	sample := text
	if most := 8 << 10; len(sample) > most {
		sample = strings.ToValidUTF8(sample[:most], "")
	}
	if found := byScript(sample); found != "" {
		return found
	}
	return byWords(sample)
}

// byScript looks at letters: one kana in twenty makes Han Japanese.
func byScript(sample string) string {
	counts := map[string]int{}
	letters := 0
	for _, r := range sample {
		if !unicode.IsLetter(r) {
			continue
		}
		if letters++; r >= 0x370 {
			counts[scriptOf(r)]++
		}
	}
	if letters < 8 {
		return ""
	}
	counts["ru"] += counts["uk"]
	switch {
	case counts["ja"]*20 > letters:
		return "ja"
	case counts["uk"]*50 > letters:
		return "uk"
	}
	for _, s := range scripts {
		if counts[s.language]*2 > letters {
			return s.language
		}
	}
	return ""
}

// scriptOf is the language that a letter is of, or nothing.
func scriptOf(r rune) string {
	switch {
	case unicode.In(r, unicode.Hiragana, unicode.Katakana):
		return "ja"
	case strings.ContainsRune("іїєґІЇЄҐ", r):
		return "uk"
	}
	for _, s := range scripts {
		if unicode.Is(s.table, r) {
			return s.language
		}
	}
	return ""
}

// byWords counts stopwords. The winner needs one word in fifteen, and a quarter
// more than the next.
func byWords(sample string) string {
	words := strings.Fields(strings.ToLower(sample))
	if len(words) < 12 {
		return ""
	}
	counts, spoken := map[string]int{}, spokenWith()
	for _, w := range words {
		for _, code := range spoken[strings.Trim(w, ".,;:!?()\"'")] {
			counts[code]++
		}
	}
	best, most, second := "", 0, 0
	for code, n := range counts {
		switch {
		case n > most || n == most && code < best:
			best, most, second = code, n, most
		case n > second:
			second = n
		}
	}
	if most*15 < len(words) || most*4 < second*5 {
		return ""
	}
	return best
}

// primary is the language of a tag such as en-US, or nothing.
func primary(tag string) string {
	tag, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
	tag, _, _ = strings.Cut(tag, "_")
	if len(tag) != 2 || tag[0] < 'a' || tag[0] > 'z' || tag[1] < 'a' || tag[1] > 'z' {
		return ""
	}
	return tag
}
