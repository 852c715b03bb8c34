package quote

import (
	_ "embed" // the list of cues
	"regexp"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

// kind is what a question asks for.
type kind int

const (
	anything kind = iota
	person
	moment
	number
	place
	phone
	duration
)

// cues are how questions for a kind of thing begin, or what they have in them: a
// line for each kind. The first that fits decides.
//
//go:embed cues.txt
var cues string

// cue is a pattern of a kind.
type cue struct {
	kind    kind
	pattern *regexp.Regexp
}

var patterns = sync.OnceValue(func() []cue {
	kinds := map[string]kind{"phone": phone, "person": person, "number": number, "moment": moment, "place": place, "duration": duration}
	var all []cue
	for line := range strings.Lines(cues) {
		name, list, _ := strings.Cut(strings.TrimSpace(line), ": ")
		var words []string
		for w := range strings.SplitSeq(list, " | ") {
			words = append(words, expression(w))
		}
		all = append(all, cue{kinds[name], regexp.MustCompile(strings.Join(words, "|"))})
	}
	return all
})

// expression matches a cue: as whole words in scripts that have spaces between them.
func expression(cue string) string {
	words := strings.ReplaceAll(regexp.QuoteMeta(cue), `\*`, `.*`)
	if cue[0] >= utf8.RuneSelf && !unicode.Is(unicode.Latin, firstRune(cue)) {
		return words
	}
	return `(?:^|[^\pL])` + words + `(?:[^\pL]|$)`
}

// wanted is the kind of thing that a question asks for.
func wanted(question string) kind {
	question = strings.ToLower(question)
	for _, c := range patterns() {
		if c.pattern.MatchString(question) {
			return c.kind
		}
	}
	return anything
}

// days are words that tell a day or a time of it.
const days = " january february march april june july august september october november december monday tuesday wednesday thursday friday saturday sunday morning evening night noon midnight daily weekly januar februar märz mai juni juli oktober dezember montag dienstag mittwoch donnerstag freitag samstag sonntag janvier février mars avril juin juillet août septembre octobre novembre décembre lundi mardi mercredi jeudi vendredi samedi dimanche enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre lunes martes miércoles jueves viernes sábado domingo "

// units are words that time is counted in.
const units = " second seconds minute minutes hour hours day days week weeks month months year years quarter sekunde sekunden minute minuten stunde stunden tag tage tagen woche wochen monat monate monaten jahr jahre jahren seconde secondes heure heures jour jours semaine semaines mois an ans année années segundo segundos minuto minutos hora horas día días semana semanas mes meses año años "

// bounds are words that stand before or behind a time.
const bounds = " before after until within every may since "

// numerals are words that tell a number.
const numerals = " one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty fifty hundred half once twice quarter eins zwei drei vier fünf sechs sieben acht neun zehn elf zwölf un deux trois quatre cinq six sept huit neuf dix uno dos tres cuatro cinco seis siete ocho nueve diez dois três sete oito "

// places are words that stand before a place.
const places = " in at on to under from next im am auf nach à en au chez na no "

// tells is how much of a thing of the kind a sentence has: from 0, nothing, to 1, just
// such a thing.
func (k kind) tells(text string) float64 {
	switch k {
	case anything:
		return 1
	case phone:
		return sure(strings.Count(digitsOf(text), "") > 4)
	case person:
		return sure(named(text) > 0)
	}
	best, counted := 0.0, false // counted: the word before was a number
	for w := range strings.FieldsFuncSeq(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		lower := " " + strings.ToLower(w) + " "
		counts := strings.ContainsFunc(w, unicode.IsDigit) || strings.Contains(numerals, lower) || strings.ContainsAny(w, "一二三四五六七八九十")
		best = max(best, k.told(w, lower, counts, counted))
		counted = counts
	}
	return best
}

// some is what a sentence is worth that may have the thing, and does not say it.
const some = 0.6

// told is how much of a thing of the kind a word has, with spaces around it in small
// letters; counts: it is a number; counted: the word before it is one.
func (k kind) told(word, lower string, counts, counted bool) float64 {
	switch {
	case k == number:
		return sure(counts)
	case k == place:
		return sure(strings.Contains(places, lower))
	case k == duration && counted && strings.Contains(units, lower):
		return 1
	case k == moment && (strings.Contains(days, lower) || year(word)):
		return 1
	case counts || k == moment && (strings.Contains(units, lower) || strings.Contains(bounds, lower)):
		return some
	}
	return 0
}

// year reports whether a word is a year of this age.
func year(word string) bool {
	return len(word) == 4 && digitsOf(word) == word && (word[:2] == "19" || word[:2] == "20")
}

func sure(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return r
		}
		return -1
	}, text)
}

// named counts the words after the first that begin with a capital.
func named(text string) int {
	n := 0
	for i, w := range strings.Fields(text) {
		r := firstRune(w)
		if i > 0 && unicode.IsUpper(r) || unicode.Is(unicode.Han, r) {
			n++
		}
	}
	return n
}

// groups are words that people ask with and that documents do not have, with those
// that they have.
const groups = `vacation holiday holidays leave
sick ill illness
wifi wireless wlan
guest guests visitor visitors
telephone phone number
price cost costs
ceo director
maximum limit
compensated paid
approve approval sign signs consent
founded founder
allowed allow may
buy order purchase purchasing
replaced replacement
pay paid pays refunded
pto leave
home remote
laptop notebook computer
restore restored back
fix repair repairs
forgot forgotten
breaks disconnects drops
late deadline
jam jammed
weight weighs
lasts last
address
backup backups backed saved
login sign-in
keeps keep kept
hold holds held
send sends sent
lead leads led
build built
sell sells sold
make makes made
take takes took taken
write written wrote
choose chosen chose
begin begins began begun
lost stolen`

var synonyms = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
	for line := range strings.Lines(groups) {
		words := strings.Fields(line)
		for _, w := range words {
			for _, o := range words {
				if o != w {
					all[w] = append(all[w], o)
				}
			}
		}
	}
	return all
})

// alike are the words that mean about what a word means.
func alike(word string) []string { return synonyms()[word] }
