package guard

import (
	"sync"

	"github.com/parleyhq/parley/internal/engine/language"
)

// idle are the commonplace words as each language compares them.
var idle = sync.OnceValue(func() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for code, words := range commonplaces() {
		all[code] = map[string]bool{}
		tokens, _ := language.New(code).Tokens(nil, words, 0)
		for _, t := range tokens {
			all[code][t.Term] = true
		}
	}
	return all
})

// commonplaces are words that are said about anything, by language and beside its
// stop words: those that questions, instructions and descriptions of topics are
// made of.
func commonplaces() map[string]string {
	return map[string]string{
		"en": `
tell show give take put go come keep know want need help please find get make do let say talk look see think try
explain describe discuss list write draft summarize summarise compare mention share send answer respond
block refuse avoid question questions message messages ask asks asking topic topics
anything everything something someone anyone anybody everybody people person user users
regarding concerning related relating relate relates involving include includes including such like kind kinds sort type types
about around much many long far often soon
can could would should might must will shall may able
thing things way ways detail details information info fact facts overview example examples
new current currently now today tomorrow yesterday day days week weeks month months year years time
first last next one two other another any some every own good best better
company employee employees staff our us team teams office
use uses using used work works working happen happens mean means
big small great little high low start stop begin end change run call
hi hello hey thanks thank ok okay yes no`,
		"de": `bitte sag sagen zeig zeigen gib geben wissen möchte brauche hilf finde fragen frage thema nachricht information firma mitarbeiter jahr monat tag neu`,
		"fr": `dire dis montre montrer donne donner savoir voudrais besoin aide trouver question sujet message information entreprise employé année mois jour nouveau`,
		"es": `decir dime muestra dame saber quiero necesito ayuda encontrar pregunta tema mensaje información empresa empleado año mes día nuevo`,
	}
}
