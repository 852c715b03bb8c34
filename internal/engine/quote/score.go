package quote

import (
	"strings"
	"unicode"
)

// candidate is sentences of a passage that may be quoted.
type candidate struct {
	page        *page
	first, last int // sentences
	score       float64
	answers     bool // it has enough of what was asked for
}

// How much a word counts that is not in the sentence itself, and what a sentence
// needs to be an answer: parts of the weight of all words of the question.
const (
	inTitle      = 0.6
	inAntecedent = 0.6
	inNeighbour  = 0.35
	inPassage    = 0.15

	enough      = 0.45 // of the words, in the sentence and around it
	enoughAlone = 0.2  // of the words, in the sentence itself

	untold  = 0.65 // what a score is worth if the sentence has nothing of what is asked for
	inPage  = 0.3  // what a score gains if all of the passage is about what is asked
	perRank = 0.03 // what a score loses with each passage before its own
	dense   = 0.5  // what a score gains if the sentence has hardly any other words
)

// score weighs the sentences of a passage.
func (q *question) score(p *page, rank int) []candidate {
	terms := p.asked
	total, about := 0.0, 0.0
	for _, t := range terms {
		total += t.weight
		about += max(t.in(p.title), t.in(p.all)/2)
	}
	if total == 0 {
		return nil
	}
	strange := p.strange(terms)
	var all []candidate
	for i := range p.sentences {
		if p.heads[i] {
			continue
		}
		own, around := p.cover(i, terms)
		c := candidate{page: p, first: p.opening(i), last: p.closing(i), score: (own + around) / total}
		c.answers = !strange && c.score >= enough && own/total >= enoughAlone
		c.score *= untold + (1-untold)*q.wants.tells(p.sentence(i))
		c.score += inPage * about / total
		c.score *= 1 - perRank*float64(min(rank, 10))
		c.score *= 1 + dense*own/total/float64(1+len(p.terms[i]))
		all = append(all, c)
	}
	return all
}

// cover is the weight of the question's words in a sentence, and of those that are
// around it only.
func (p *page) cover(i int, terms []term) (own, around float64) {
	for _, t := range terms {
		if w := t.in(p.terms[i]); w > 0 {
			own += w
			continue
		}
		best := inTitle * t.in(p.title)
		if i > 0 {
			best = max(best, p.linked(i)*t.in(p.terms[i-1]))
		}
		if i+1 < len(p.terms) {
			best = max(best, inNeighbour*t.in(p.terms[i+1]))
		}
		around += max(best, inPassage*t.in(p.all))
	}
	return own, around
}

// strange reports whether a question is about something by a name that a passage
// does not have.
func (p *page) strange(terms []term) bool {
	for _, t := range terms {
		if t.name && t.in(p.all) == 0 && !p.spelled(t.forms[0]) {
			return true
		}
	}
	return false
}

// spelled reports whether the words that an acronym is short for are in a passage.
func (p *page) spelled(acronym string) bool {
	var initials strings.Builder
	for w := range strings.FieldsSeq(p.Title + " " + p.Text) {
		if r := firstRune(w); unicode.IsUpper(r) {
			initials.WriteRune(unicode.ToLower(r))
		} else {
			initials.WriteByte(' ')
		}
	}
	return len(acronym) > 1 && strings.Contains(initials.String(), acronym)
}

func (p *page) sentence(i int) string {
	return p.Text[p.sentences[i].Begin:p.sentences[i].End]
}

// backward are words that point to the sentence before.
const backward = " it its they them their this that these those he she his her there such then otherwise afterwards outside inside both neither after er sie es dies diese dieser dieses das il elle ils elles cela ce esto este ella ello ellos isto ele ela "

// opening is the sentence to begin with so that one can be understood.
func (p *page) opening(i int) int {
	if p.points[i] {
		return i - 1
	}
	return i
}

// closing is the sentence to end with: what leads in wants what it leads to.
func (p *page) closing(i int) int {
	if i+1 < len(p.sentences) && (strings.HasSuffix(p.sentence(i), ":") || p.points[i+1]) {
		return i + 1
	}
	return i
}

// pointing reports whether a sentence points to the one before it, in its first
// words.
func (p *page) pointing(i int) bool {
	if i == 0 || p.heads[i-1] {
		return false
	}
	n := 0
	for w := range strings.FieldsSeq(p.sentence(i)) {
		if n++; n > 3 {
			break
		}
		if strings.Contains(backward, " "+strings.ToLower(strings.Trim(w, ".,;:’'"))+" ") {
			return true
		}
	}
	return false
}

// linked is how much of a word counts that the sentence before has.
func (p *page) linked(i int) float64 {
	if p.points[i] {
		return inAntecedent
	}
	return inNeighbour
}

// heading reports whether a sentence is the heading of what follows: a short line
// that ends as no sentence does. A colon makes it "Telephone: 4417", which answers,
// but in the first line of a passage, "Pump P100: manual".
func (p *page) heading(i int) bool {
	s := p.sentence(i)
	if strings.HasPrefix(s, "#") || strings.TrimSpace(s) == strings.TrimSpace(p.Title) {
		return true
	}
	if len(s) >= 60 || i+1 == len(p.sentences) {
		return false
	}
	after := p.Text[p.sentences[i].End:p.sentences[i+1].Begin]
	before, told, colon := strings.Cut(s, ": ")
	if colon && i == 0 && strings.Contains(after, "\n\n") && !strings.ContainsFunc(told, unicode.IsDigit) {
		s = before + told
	}
	return strings.Contains(after, "\n") && !strings.ContainsAny(s, ".!?:。！？।")
}
