package converse

import (
	_ "embed" // the list of courtesies
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/parleyhq/parley/internal/engine/plan"
)

// courtesy is what a message is that asks for nothing, or only what can be asked.
// Of several in a message the last of this list decides.
type courtesy int

const (
	filler courtesy = iota // says nothing by itself
	hello
	thanks
	goodbye
	about
)

// courtesies are the phrases that such messages are made of: a line for each
// language and kind.
//
//go:embed courtesies.txt
var courtesies string

// phrase is one of them, known by its words.
type phrase struct {
	language string // ISO 639-1
	kind     courtesy
}

// longestPhrase is how many words a phrase has at most, longestCourtesy how many a
// message may have that is made of them.
const (
	longestPhrase   = 7
	longestCourtesy = 15
)

var phrases = sync.OnceValue(func() map[string]phrase {
	kinds := map[string]courtesy{"hello": hello, "thanks": thanks, "goodbye": goodbye, "about": about, "filler": filler}
	all := map[string]phrase{}
	for line := range strings.Lines(courtesies) {
		head, list, _ := strings.Cut(strings.TrimSpace(line), ": ")
		code, kind, _ := strings.Cut(head, " ")
		for words := range strings.SplitSeq(list, " | ") {
			all[unaccented(words)] = phrase{code, kinds[kind]}
		}
	}
	return all
})

// unaccented is a text in small letters, as people write it who leave out accents.
func unaccented(text string) string {
	return strings.NewReplacer(
		"á", "a", "à", "a", "â", "a", "ä", "a", "é", "e", "è", "e", "ê", "e", "í", "i", "î", "i",
		"ó", "o", "ô", "o", "ö", "o", "ú", "u", "û", "u", "ü", "u", "ç", "c", "ñ", "n", "ß", "ss",
	).Replace(strings.ToLower(text))
}

// polite is what a message is that is made of courtesies and of nothing else;
// filler: it says more, or nothing.
func polite(message string) phrase {
	words := strings.FieldsFunc(unaccented(message), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	found := phrase{}
	if len(words) > longestCourtesy {
		return found
	}
	for len(words) > 0 {
		p, n := opens(words)
		if n == 0 {
			return phrase{}
		}
		if p.kind > found.kind {
			found = p
		}
		words = words[n:]
	}
	return found
}

// opens returns the longest phrase that words begin with, and its length; 0: none.
func opens(words []string) (phrase, int) {
	for n := min(len(words), longestPhrase); n > 0; n-- {
		if p, ok := phrases()[strings.Join(words[:n], " ")]; ok {
			return p, n
		}
	}
	return phrase{}, 0
}

// courtesy is the answer to a message that is only polite, in its language; empty:
// the message asks for something, or a model answers it. It rests on no document.
func (t *Turn) courtesy() string {
	p := polite(t.Message)
	m := mannersOf(p.language)
	switch {
	case t.Model || p.kind == filler:
		return ""
	case p.kind == thanks:
		return m.thanks
	case p.kind == goodbye:
		return m.goodbye
	case t.Mode == Plugin || t.Mode == Creator: // what these can do is said in their own words
		return ""
	case p.kind == hello:
		return m.hello + " " + t.offers(m)
	}
	return t.offers(m) + " " + m.quotes
}

// offers says what can be asked here.
func (t *Turn) offers(m manners) string {
	var says []string
	switch {
	case t.Searchable:
		says = append(says, m.documents)
	case len(t.Files) > 0:
		says = append(says, m.files)
	}
	if names := displayNames(t.Tools); len(names) > 0 && t.Mode == Orchestrated {
		says = append(says, fmt.Sprintf(m.plugins, strings.Join(names, ", ")))
	}
	if len(says) == 0 {
		return m.nothing
	}
	return strings.Join(says, " ")
}

// displayNames are the plugins that the tools are of, each once.
func displayNames(tools []plan.Tool) (names []string) {
	for _, tool := range tools {
		if !slices.Contains(names, tool.Plugin) {
			names = append(names, tool.Plugin)
		}
	}
	return names
}

// manners are the answers to courtesies in a language.
type manners struct {
	hello, thanks, goodbye             string
	documents, files, plugins, nothing string // what can be asked; %s: the plugins' names
	quotes                             string // what answers are like
}

func mannersOf(language string) manners {
	switch language {
	case "de":
		return manners{
			hello: "Guten Tag.", thanks: "Gern geschehen.", goodbye: "Auf Wiedersehen.",
			documents: "Sie können nach allem fragen, was in den Dokumenten steht, die Sie hier sehen dürfen.",
			files:     "Sie können nach allem fragen, was in den angehängten Dateien steht.",
			plugins:   "Sie können diese Plugins nutzen: %s.",
			nothing:   "Es gibt hier noch keine Dokumente, nach denen Sie fragen könnten.",
			quotes:    "Die Antworten sind Zitate, denn es ist kein Sprachmodell eingerichtet.",
		}
	case "fr":
		return manners{
			hello: "Bonjour.", thanks: "Je vous en prie.", goodbye: "Au revoir.",
			documents: "Vous pouvez poser des questions sur les documents auxquels vous avez accès ici.",
			files:     "Vous pouvez poser des questions sur les fichiers joints.",
			plugins:   "Vous pouvez utiliser ces plugins : %s.",
			nothing:   "Il n'y a pas encore ici de documents à interroger.",
			quotes:    "Les réponses sont des citations, car aucun modèle de langage n'est configuré.",
		}
	case "es":
		return manners{
			hello: "Hola.", thanks: "De nada.", goodbye: "Adiós.",
			documents: "Puede preguntar por todo lo que digan los documentos que puede ver aquí.",
			files:     "Puede preguntar por todo lo que digan los archivos adjuntos.",
			plugins:   "Puede usar estos plugins: %s.",
			nothing:   "Todavía no hay aquí documentos por los que preguntar.",
			quotes:    "Las respuestas son citas, porque no hay ningún modelo de lenguaje configurado.",
		}
	}
	return manners{
		hello: "Hello.", thanks: "You are welcome.", goodbye: "Goodbye.",
		documents: "You can ask about the documents that you can see here.",
		files:     "You can ask about the attached files.",
		plugins:   "You can use these plugins: %s.",
		nothing:   "There are no documents here yet that you could ask about.",
		quotes:    "Answers are quotations, because no language model is configured.",
	}
}
