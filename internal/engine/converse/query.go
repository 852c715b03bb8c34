package converse

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of a query.
const (
	maxQuery   = 1_000 // characters
	maxEarlier = 300   // of an earlier question in it
	back       = 3     // earlier questions that are looked at
)

// query is what to search for: the message, and, if that says too little by
// itself, the question it follows up. It knows the words by which people follow
// up in some languages; in others a message of one word does.
func (t *Turn) query() string {
	text, _ := clip(strings.Join(t.asked(), "\n"), maxQuery)
	return text
}

// asked are the message and the questions that it follows up, the latest first.
func (t *Turn) asked() []string {
	parts := []string{t.Message}
	depends := followsUp(t.Message)
	for i, seen := len(t.History)-1, 0; i >= 0 && depends && seen < back; i-- {
		if u := t.History[i]; u.Person {
			earlier, _ := clip(strings.TrimSpace(u.Text), maxEarlier)
			parts = append(parts, earlier)
			depends = followsUp(u.Text)
			seen++
		}
	}
	return parts
}

// Words by which a message leans on what was said before.
const (
	shortest = 1 // a message of so many words always does
	longest  = 9 // of more words never does: it says enough
)

// followsUp says whether a message can hardly be understood by itself.
func followsUp(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	words := strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) })
	switch {
	case len(words) == 0 || len(words) > longest:
		return false
	case dense(text):
		return leansDense(text)
	case len(words) <= shortest:
		return true
	}
	line := strings.Join(words, " ") + " "
	for _, opening := range openings() {
		if strings.HasPrefix(line, opening+" ") {
			return true
		}
	}
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(pointers(), w) })
}

// dense reports whether a text is in a script that does not part words.
func dense(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
	})
}

// leansDense is followsUp for such a text.
func leansDense(text string) bool {
	if utf8.RuneCountInString(text) <= 4 {
		return true
	}
	short := utf8.RuneCountInString(text) <= 16
	for _, opening := range []string{"那", "然后", "还有", "另外", "では", "じゃあ", "それ", "その", "这", "它", "แล้ว"} {
		if short && strings.HasPrefix(text, opening) {
			return true
		}
	}
	return short && strings.HasSuffix(strings.TrimRight(text, "?？。 "), "呢")
}

// openings are the words that a follow-up begins with, by language.
func openings() []string {
	return []string{
		"and", "but", "or", "also", "so", "then", "what about", "how about", "what else", "why not", "same for", "in that case", "why is that", "more about",
		"und", "aber", "oder", "auch", "dann", "was ist mit", "wie ist es", "wie sieht es", "gilt das",
		"et", "mais", "ou", "aussi", "alors", "qu en est il", "et pour",
		"y", "e", "pero", "o", "también", "entonces", "qué hay de", "qué pasa con",
		"ma", "anche", "allora", "che ne dici", "mas", "também", "então", "e quanto a",
		"en", "maar", "of", "ook", "dan", "hoe zit het met",
		"och", "men", "eller", "också", "og", "eller", "også", "ja", "tai", "entä", "és", "de", "vagy",
		"i", "a", "ale", "lub", "nebo", "ve", "peki", "ya",
		"а", "и", "но", "или", "та", "але", "και", "αλλά", "و", "ماذا عن", "ו", "אבל", "और", "그리고", "그럼",
	}
}

// pointers are the words for something that was named before.
func pointers() []string {
	return []string{
		"it", "its", "they", "them", "their", "theirs", "this", "that", "these", "those", "he", "she", "him", "her", "his", "there", "same", "both", "former", "latter",
		"dies", "diese", "dieser", "dieses", "diesem", "davon", "dafür", "dazu", "dort", "darüber", "damit", "ihn", "ihm", "deren", "dessen",
		"cela", "ça", "celui", "celle", "ceux", "celles", "leur", "leurs", "elles", "ils",
		"eso", "esto", "ello", "ellos", "ellas", "este", "esta", "ese", "esa", "allí",
		"questo", "questa", "quello", "quella", "essi", "lì", "isso", "isto", "aquilo", "elas",
		"dit", "deze", "daar", "ervan", "это", "этот", "эта", "эти", "они", "его", "их", "там", "هذا", "هذه", "ذلك", "이것", "그것",
	}
}
