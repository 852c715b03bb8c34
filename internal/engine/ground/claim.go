package ground

import (
	"iter"
	"strings"
	"unicode"

	"github.com/parleyhq/parley/internal/engine/language"
)

// statement is what a stretch of text says, as far as words tell.
type statement struct {
	code    string
	terms   map[string]bool // words that mean something, stemmed
	figures []figure
	plain   map[string]bool // all words, in small letters
	negated bool
	hedged  bool // it has exceptions: whether it denies something is not told by a word
}

// claim is a statement of an answer.
type claim struct {
	statement
	names []string
	open  bool // a question, or what leads in
}

func newStatement() statement {
	return statement{terms: map[string]bool{}, plain: map[string]bool{}}
}

// add puts what another statement says to this one.
func (s *statement) add(other statement) {
	for t := range other.terms {
		s.terms[t] = true
	}
	for w := range other.plain {
		s.plain[w] = true
	}
	s.figures = append(s.figures, other.figures...)
	s.negated = s.negated || other.negated
	s.hedged = s.hedged || other.hedged
}

// reader takes text apart.
type reader struct{ analyzers map[string]*language.Analyzer }

func (r *reader) terms(code, text string) []language.Token {
	a := r.analyzers[code]
	if a == nil {
		a = language.New(code)
		r.analyzers[code] = a
	}
	tokens, _ := a.Tokens(nil, text, 0)
	return tokens
}

func (r *reader) statement(code, text string) statement {
	s := newStatement()
	s.code = code
	s.figures = figures(text)
	for w := range words(text) {
		w = plain(w)
		s.plain[w] = true
		s.negated = s.negated || negation(w)
		s.hedged = s.hedged || in(hedges, w)
		if in(empty, w) || negation(w) || counts(w) || unit(w) != "" {
			continue
		}
		for _, t := range r.terms(code, w) {
			s.terms[root(t.Term)] = true
		}
	}
	s.negated = s.negated || strings.Contains(text, "ません") || strings.Contains(text, "ない") || strings.Contains(text, "不") || strings.Contains(text, "禁止")
	return s
}

// root shortens a long word to what its forms have in common beyond its stem:
// "calibration" and "calibrate".
func root(term string) string {
	const long = 7
	n := 0
	for i := range term {
		if n++; n > long {
			return term[:i]
		}
	}
	return term
}

func (r *reader) claim(code, text string) claim {
	c := claim{statement: r.statement(code, text)}
	trimmed := strings.TrimRight(text, "*_”\"’) ")
	c.open = strings.HasSuffix(trimmed, "?") || strings.HasSuffix(trimmed, "？") || strings.HasSuffix(trimmed, ":") || strings.HasPrefix(text, "#")
	if code != "de" {
		c.names = names(text)
	}
	c.names = append(c.names, quoted(text)...)
	c.rest(r)
	return c
}

// rest leaves names out of the words, if there are others: that they are there is
// not half of a proof.
func (c *claim) rest(r *reader) {
	named := map[string]bool{}
	for _, n := range c.names {
		for _, t := range r.terms(c.code, n) {
			named[root(t.Term)] = true
		}
	}
	rest := map[string]bool{}
	for t := range c.terms {
		if !named[t] {
			rest[t] = true
		}
	}
	if len(rest) > 0 {
		c.terms = rest
	}
}

// claims reports whether a statement says anything that could be wrong.
func (c claim) claims() bool {
	return !c.open && len(c.terms)+2*len(c.figures)+2*len(c.names) > 1
}

func (c claim) enough() float64 {
	if len(c.figures) > 0 {
		return enoughWithFact
	}
	return enough
}

// coverage is the part of a claim's words that a statement has.
func (c claim) coverage(s statement) float64 {
	if len(c.terms) == 0 {
		return 1
	}
	n := 0.0
	for t := range c.terms {
		if s.terms[t] || alike(t, s.terms) {
			n++
		}
	}
	return n / float64(len(c.terms))
}

// opposed reports whether a statement has the contrary of a word of the claim.
func (c claim) opposed(s statement) bool {
	for w := range c.plain {
		if o := opposite(w); o != "" && !s.plain[w] {
			for other := range strings.FieldsSeq(o) {
				if s.plain[other] && !c.plain[other] && c.negated == s.negated {
					return true
				}
			}
		}
	}
	return false
}

// names are the words of a sentence that are written with a capital, but not the
// first, and those that are written in capitals.
func names(text string) []string {
	var all []string
	first := true
	for w := range words(text) {
		begins, capitals := false, 0
		for i, r := range w {
			if unicode.IsUpper(r) {
				capitals++
				begins = begins || i == 0
			}
		}
		p := plain(w)
		if (begins && !first || capitals > 1) && len(w) > 1 && !in(empty, p) && !calendar(p) && !negation(p) {
			all = append(all, p)
		}
		first = false
	}
	return all
}

// quoted are the words between quotation marks.
func quoted(text string) []string {
	var all []string
	for _, marks := range []string{"“”", "\"\"", "«»", "„“"} {
		r := []rune(marks)
		for rest := text; ; {
			_, after, ok := strings.Cut(rest, string(r[0]))
			inside, next, closed := strings.Cut(after, string(r[1]))
			if !ok || !closed {
				break
			}
			for w := range words(inside) {
				if p := plain(w); !in(empty, p) && !counts(p) {
					all = append(all, p)
				}
			}
			rest = next
		}
	}
	return all
}

// clauses are the parts of a sentence that may deny something by themselves.
func clauses(text string) iter.Seq[string] {
	for _, joint := range []string{", ", " and ", " but ", " und ", " aber ", " et ", " mais ", " y ", " pero "} {
		text = strings.ReplaceAll(text, joint, "; ")
	}
	return strings.SplitSeq(text, "; ")
}

// words are the words of a text, with what joins their letters.
func words(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for w := range strings.FieldsFuncSeq(text, between) {
			if w = strings.Trim(w, ".,'’-:"); w != "" && !yield(w) {
				return
			}
		}
	}
}

func between(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.Is(unicode.M, r) && !strings.ContainsRune(`.,'’`, r)
}

func plain(word string) string { return strings.ReplaceAll(strings.ToLower(word), "’", "'") }
