package ground

import (
	_ "embed" // the lists of words
	"strings"
	"sync"
)

// in reports whether a list has a word.
func in(list, word string) bool {
	at := strings.Index(list, word)
	for at >= 0 && word != "" {
		end := at + len(word)
		if (at == 0 || list[at-1] == ' ') && (end == len(list) || list[end] == ' ') {
			return true
		}
		next := strings.Index(list[at+1:], word)
		if next < 0 {
			return false
		}
		at += 1 + next
	}
	return false
}

// empty are words of which answers are full and that claim nothing.
const empty = "according document documents documentation source sources passage passages policy information provided following based answer question answers states stated mentions mentioned says said note please help hope helps let know further feel free ask assist glad happy certainly sure course summary short addition additionally furthermore moreover also however therefore thus overall hello hi thanks thank welcome regarding concerning details detail see above below here there you your we our i if any more can could would should may might will must have has be is are was were do does did get gets need needs make makes take takes use uses used way ways thing things up to at least most about approximately roughly per each every laut dokument dokumenten dokumente unterlagen zufolge hier sie ihr ihre können gerne selon document documents voici vous votre según documento documentos aquí usted puede"

// hedges are words with which a sentence may deny a part of what it says.
const hedges = "only unless except but although though until nor nur außer aber sauf seulement mais sino salvo excepto solo sólo pero"

// negation reports words that deny.
func negation(word string) bool {
	const denying = "not no never none neither without cannot nobody nothing forbidden prohibited impossible excluded unable refused nicht kein keine keinen keiner keinem keines nie niemals ohne verboten ne pas jamais aucun aucune sans interdit interdite nunca sin ningún ninguna ninguno tampoco prohibido prohibida não nunca sem"
	return in(denying, word) || strings.HasSuffix(word, "n't") || strings.HasPrefix(word, "n'") && len(word) > 2
}

// opposites are pairs of words that are not true of the same thing.
const opposites = `before after
more less fewer
above below under
minimum maximum
least most
increased decreased
increase decrease
grew fell shrank
rose fell
higher lower
first last
open closed
opens closes
allowed forbidden
always never
morning evening
daily weekly monthly yearly
weekly monthly
mandatory optional voluntary
required optional
included excluded
internal external
paid unpaid
free paid
buy sell
enable disable
enabled disabled
start end
begins ends
public secret confidential
hot cold
success failure
vor nach
mindestens höchstens
avant après
mínimo máximo
antes después`

var contraries = sync.OnceValue(func() map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(opposites) {
		pair := strings.Fields(line)
		for i, w := range pair {
			for j, o := range pair {
				if i != j {
					all[w] += " " + o
				}
			}
		}
	}
	return all
})

func opposite(word string) string { return contraries()[word] }

// synonyms are stems that mean about the same.
const synonyms = `leav vacat holidai holiday
cost price
employe staff
ill sick ill illness
telephon phone
pai paid reimburs refund
bui purchas
permit allow
receiv get
need requir
sign approv approval consent agreement
start begin
finish end
keep kept retain store stored save saved
last run
happen occur
car vehicl
trip journei journey travel
laptop comput
yearli annual
chang switch
send sent
fix repair
wear worn
build built
write written
led lead
replac exchang`

var groups = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
	for line := range strings.Lines(synonyms) {
		for w := range strings.FieldsSeq(line) {
			all[w] = append(all[w], strings.Fields(line)...)
		}
	}
	return all
})

// alike reports whether words have one that means what a word means.
func alike(term string, words map[string]bool) bool {
	for _, o := range groups()[term] {
		if words[root(o)] {
			return true
		}
	}
	return false
}

// table is words by what they stand for: the first of each line.
func table(lines string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(lines) {
		words := strings.Fields(line)
		for _, w := range words {
			all[w] = words[0]
		}
	}
	return all
}

//go:embed numerals.txt
var numeralWords string

var numerals = sync.OnceValue(func() map[string]string { return table(numeralWords) })

func written(word string) string { return numerals()[word] }

//go:embed dates.txt
var dateWords string

var dates = sync.OnceValue(func() map[string]string { return table(dateWords) })

func named(word string) string { return dates()[word] }

//go:embed units.txt
var unitWords string

var units = sync.OnceValue(func() map[string]string { return table(unitWords) })

func unit(word string) string { return units()[word] }

// period reports the units in which is told how often something is.
func period(unit string) bool {
	return unit != "" && in("second minute hour night day week month year", unit)
}

// each reports the words that stand before such a unit.
func each(word string) bool {
	return in("a an per each every pro je jeden jede jedes par al por cada", word)
}
