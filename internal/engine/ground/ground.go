// Package ground checks an answer against the passages that it was made from,
// and finds the sentences that none of them bears out.
//
// It owns what it takes for a sentence to be supported: its numbers, dates,
// names, negations and enough of its words stand in the passages. It goes by
// words and not by meaning, it corrects nothing, and it does not decide what
// becomes of such an answer: engine/converse does.
package ground

import (
	"strings"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/engine/cite"
	"github.com/parleyhq/parley/internal/engine/language"
	"github.com/parleyhq/parley/internal/engine/sentence"
)

// Sentence is a stretch of an answer: Begin and End are characters, End
// exclusive.
type Sentence struct{ Begin, End int }

// What a sentence needs to be supported, as parts of its words that are in the
// passages. With numbers or names that are there, fewer do.
const (
	enough         = 0.51
	enoughWithFact = 0.34

	// foreign is how much of a sentence's words a passage of another language has
	// at most.
	foreign = 0.51
)

// Unsupported returns the sentences of an answer that the passages do not
// support, in the order of the text.
func Unsupported(a cite.Answer, passages []cite.Passage) []Sentence {
	r := reader{analyzers: map[string]*language.Analyzer{}}
	e, guess := r.evidence(passages), language.Guess(a.Text)
	var found []Sentence
	at, characters := 0, 0
	for _, s := range sentence.Split(a.Text) {
		characters += utf8.RuneCountInString(a.Text[at:s.Begin])
		text := a.Text[s.Begin:s.End]
		n := utf8.RuneCountInString(text)
		if !e.supported(&r, text, guess) {
			found = append(found, Sentence{characters, characters + n})
		}
		at = s.End
		characters += n
	}
	return found
}

// evidence is what the passages say.
type evidence struct {
	windows []window
	words   map[string]bool // of all passages and their titles, in small letters
	codes   map[string]bool // their languages
}

// window is a clause, and what stands around it: its sentence, its neighbours and
// the title.
type window struct{ single, together statement }

func (r *reader) evidence(passages []cite.Passage) evidence {
	e := evidence{words: map[string]bool{}, codes: map[string]bool{}}
	for _, p := range passages {
		code := language.Guess(p.Text)
		e.codes[code] = true
		e.gather(p.Title + " " + p.Text)
		title := r.statement(code, p.Title)
		spans := sentence.Split(p.Text)
		var all []statement
		for _, s := range spans {
			all = append(all, r.statement(code, p.Text[s.Begin:s.End]))
		}
		for i, s := range spans {
			together := newStatement()
			together.add(title)
			for _, near := range all[max(0, i-1):min(len(all), i+2)] {
				together.add(near)
			}
			for clause := range clauses(p.Text[s.Begin:s.End]) {
				e.windows = append(e.windows, window{r.statement(code, clause), together})
			}
		}
	}
	return e
}

// gather collects words as they are written, for names.
func (e *evidence) gather(text string) {
	for w := range words(text) {
		e.words[plain(w)] = true
	}
}

// supported reports whether the passages bear a sentence out, if it is read in the
// language of one of them; a short sentence does not tell its own. In another
// language than theirs, numbers and names are all that can be compared.
func (e *evidence) supported(r *reader, text, guess string) bool {
	own := r.claim(guess, text)
	if !own.claims() {
		return true
	}
	for code := range e.codes {
		if e.supports(r.claim(code, text)) {
			return true
		}
	}
	return !e.codes[guess] && e.named(own) && e.figures(own) && e.best(own) < foreign
}

// named reports whether the names of a claim are in the passages.
func (e *evidence) named(c claim) bool {
	for _, n := range c.names {
		if !e.words[n] && !e.inflected(n) {
			return false
		}
	}
	return true
}

// best is the most that a window has of a claim's words.
func (e *evidence) best(c claim) float64 {
	best := 0.0
	for _, w := range e.windows {
		best = max(best, c.coverage(w.together))
	}
	return best
}

// supports reports whether the passages bear a claim out.
func (e *evidence) supports(c claim) bool {
	if !e.named(c) {
		return false
	}
	best := e.best(c)
	for _, w := range e.windows {
		if n := c.coverage(w.together); n >= c.enough() && n >= best-0.25 && w.counts(c) {
			return !e.denies(c)
		}
	}
	return false
}

// denies reports whether each of the sentences that are nearest to a claim says
// the contrary.
func (e *evidence) denies(c claim) bool {
	most := 0.0
	for _, w := range e.windows {
		most = max(most, c.coverage(w.single))
	}
	for _, w := range e.windows {
		if c.coverage(w.single) == most && !w.denies(c) {
			return false
		}
	}
	return true
}

// inflected reports whether a name stands in the passages with another ending.
func (e *evidence) inflected(name string) bool {
	if base := strings.TrimSuffix(strings.TrimSuffix(strings.TrimSuffix(name, "'s"), "s"), "'"); base != name && e.words[base] {
		return true
	}
	return e.words[name+"s"] || e.words[name+"es"] || e.words[name+"'s"]
}

// figures reports whether each number of a claim is somewhere in the passages.
func (e *evidence) figures(c claim) bool {
	for _, f := range c.figures {
		met := false
		for _, w := range e.windows {
			met = met || w.together.has(f)
		}
		if !met {
			return false
		}
	}
	return len(e.windows) > 0
}

// counts reports whether a window has the numbers of a claim.
func (w window) counts(c claim) bool {
	for _, f := range c.figures {
		if !w.together.has(f) {
			return false
		}
	}
	return true
}

// denies reports whether a sentence that is about what a claim is about says the
// contrary.
func (w window) denies(c claim) bool {
	if c.opposed(w.single) {
		return true
	}
	return c.coverage(w.single) >= 0.5 && !c.hedged && !w.single.hedged && c.negated != w.single.negated
}
