// Package language turns text into the words that a search compares: split,
// lower-cased, without stop words, stemmed by the rules of a language.
//
// It owns what a word is in each script, which languages there are rules for,
// and a guess at the language of a text. The rules themselves are those of
// Snowball (stemmers and stop words). It indexes nothing and ranks nothing:
// platform/retrieval does.
package language

import (
	"strings"
	"sync"

	"github.com/blevesearch/bleve/v2/analysis"
	"github.com/blevesearch/bleve/v2/analysis/lang/ar"
	"github.com/blevesearch/bleve/v2/analysis/lang/da"
	"github.com/blevesearch/bleve/v2/analysis/lang/de"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"
	"github.com/blevesearch/bleve/v2/analysis/lang/es"
	"github.com/blevesearch/bleve/v2/analysis/lang/fi"
	"github.com/blevesearch/bleve/v2/analysis/lang/fr"
	"github.com/blevesearch/bleve/v2/analysis/lang/ga"
	"github.com/blevesearch/bleve/v2/analysis/lang/hu"
	"github.com/blevesearch/bleve/v2/analysis/lang/it"
	"github.com/blevesearch/bleve/v2/analysis/lang/nl"
	"github.com/blevesearch/bleve/v2/analysis/lang/no"
	"github.com/blevesearch/bleve/v2/analysis/lang/pt"
	"github.com/blevesearch/bleve/v2/analysis/lang/ro"
	"github.com/blevesearch/bleve/v2/analysis/lang/ru"
	"github.com/blevesearch/bleve/v2/analysis/lang/sv"
	"github.com/blevesearch/bleve/v2/analysis/lang/tr"
	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/irish"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/turkish"
)

// Default is the language of a text that says nothing about its own.
const Default = "en"

// rules are what is particular to a language.
type rules struct {
	code  string // ISO 639-1
	stem  func(*snowballstem.Env) bool
	stops []byte // a list with comments, as Snowball writes it
	elide bool   // l'amour is amour
}

// all returns the languages that there are rules for, the likelier ones first.
func all() []rules {
	return []rules{
		{code: "en", stem: english.Stem, stops: en.EnglishStopWords},
		{code: "de", stem: german.Stem, stops: de.GermanStopWords},
		{code: "fr", stem: french.Stem, stops: fr.FrenchStopWords, elide: true},
		{code: "es", stem: spanish.Stem, stops: es.SpanishStopWords},
		{code: "it", stem: italian.Stem, stops: it.ItalianStopWords, elide: true},
		{code: "pt", stem: portuguese.Stem, stops: pt.PortugueseStopWords},
		{code: "nl", stem: dutch.Stem, stops: nl.DutchStopWords},
		{code: "sv", stem: swedish.Stem, stops: sv.SwedishStopWords},
		{code: "no", stem: norwegian.Stem, stops: no.NorwegianStopWords},
		{code: "da", stem: danish.Stem, stops: da.DanishStopWords},
		{code: "fi", stem: finnish.Stem, stops: fi.FinnishStopWords},
		{code: "hu", stem: hungarian.Stem, stops: hu.HungarianStopWords},
		{code: "ro", stem: romanian.Stem, stops: ro.RomanianStopWords},
		{code: "tr", stem: turkish.Stem, stops: tr.TurkishStopWords},
		{code: "ga", stem: irish.Stem, stops: ga.IrishStopWords, elide: true},
		{code: "ru", stem: russian.Stem, stops: ru.RussianStopWords},
		{code: "ar", stem: arabic.Stem, stops: ar.ArabicStopWords},
	}
}

// language is rules made ready.
type language struct {
	rules
	stops analysis.TokenMap
}

// known are all languages by their codes.
var known = sync.OnceValue(func() map[string]*language {
	languages := map[string]*language{}
	for _, r := range all() {
		l := &language{rules: r, stops: analysis.NewTokenMap()}
		for line := range strings.Lines(string(r.stops)) {
			word, _, _ := strings.Cut(line, "|")
			word, _, _ = strings.Cut(word, "#")
			for w := range strings.FieldsSeq(word) {
				l.stops.AddToken(w)
			}
		}
		languages[r.code] = l
	}
	return languages
})

// Code returns the two letters of a language tag, such as "en" of "en-US" and
// "EN_us"; empty when it has none.
func Code(tag string) string {
	code, _, _ := strings.Cut(strings.ReplaceAll(tag, "_", "-"), "-")
	code = strings.ToLower(code)
	switch {
	case code == "nb" || code == "nn":
		return "no"
	case len(code) != 2 || code[0] < 'a' || code[0] > 'z' || code[1] < 'a' || code[1] > 'z':
		return ""
	}
	return code
}
