package guard

import "unicode/utf8"

// maxGap is how many characters may stand between two of a phrase that are
// passed over: so much is held back of a text at most.
const maxGap = 64

// join says what has to be between a character of a phrase and the one before.
type join uint8

const (
	anything join = iota // of two of which one is a word of its own
	tight                // within a word: nothing that is seen
	apart                // between words: something
)

// step is a character of a phrase.
type step struct {
	r    rune
	join join
}

// phrase is what is looked for: its characters as they are compared, without
// what is between its words.
type phrase []step

// compile makes a phrase ready. One without a letter, digit or symbol has no
// steps, and is in no text.
func compile(text string) phrase {
	var p phrase
	var units []unit
	last, gap := hard, false
	for _, r := range text {
		units = fold(units[:0], r)
		for _, u := range units {
			switch u.kind {
			case mark:
			case soft:
				gap = gap || emphasis(u.r)
			case hard:
				gap = true
			case letter, solo, sign:
				if len(p) == 0 && trails(u.r) {
					continue
				}
				p = append(p, step{u.r, joining(last, u.kind, gap)})
				last, gap = u.kind, false
			}
		}
	}
	return p
}

func joining(before, after kind, gap bool) join {
	switch {
	case before != letter || after != letter:
		return anything
	case gap:
		return apart
	}
	return tight
}

// Says reports whether a phrase has something that can be looked for: a letter, a
// digit or a symbol.
func Says(text string) bool { return len(compile(text)) > 0 }

// Same reports whether two phrases are found in the same texts.
func Same(a, b string) bool {
	p, q := compile(a), compile(b)
	if len(p) != len(q) {
		return false
	}
	for i := range p {
		if p[i] != q[i] && i > 0 || p[i].r != q[i].r {
			return false
		}
	}
	return true
}

// run is a phrase that a text has the beginning of.
type run struct {
	phrase phrase // what is still to come
	start  int    // where it began in the text
	gap    kind   // what there was since its last character: mark for nothing, soft, hard
	passed int    // how much of it
}

// search looks for phrases in a text, character by character.
type search struct {
	phrases []phrase
	runs    []run
	at      int  // in the text
	last    kind // of the last letter, word of its own, or symbol
	fresh   bool // a word may begin here
	ended   int  // where a phrase began that is complete if its last word is; -1: none
	passed  int  // since it ended
	units   []unit
	element element
}

func newSearch(phrases []phrase) *search {
	return &search{phrases: phrases, last: hard, fresh: true, ended: -1}
}

// found reports whether a text has one of the phrases.
func found(phrases []phrase, text string) bool {
	if len(phrases) == 0 {
		return false
	}
	s := newSearch(phrases)
	return s.read(text) >= 0 || s.ended >= 0
}

// read reads on. It returns where the first complete phrase began, or -1.
func (s *search) read(text string) int {
	for len(text) > 0 {
		r, size := utf8.DecodeRuneInString(text)
		if start := s.character(r, size); start >= 0 {
			return start
		}
		text = text[size:]
	}
	return -1
}

func (s *search) character(r rune, size int) int {
	s.element.reads(r, s.runs)
	start := s.compare(r, size)
	if r == '>' {
		s.runs = append(s.runs, s.element.ends()...)
	}
	return start
}

func (s *search) compare(r rune, size int) int {
	begin := s.at
	s.at += size
	s.units = fold(s.units[:0], r)
	if len(s.units) == 0 {
		return s.between(mark)
	}
	for _, u := range s.units {
		if start := s.unit(u, begin); start >= 0 {
			return start
		}
	}
	return -1
}

func (s *search) unit(u unit, begin int) int {
	switch u.kind {
	case mark, soft, hard:
		return s.between(u.kind)
	case sign:
		if s.ended >= 0 {
			return s.ended
		}
	case letter, solo:
		if s.ended >= 0 && !trails(u.r) && (u.kind == solo || s.last != letter) {
			return s.ended
		}
	}
	s.ended = -1
	s.advance(u)
	s.begin(u, begin)
	s.last, s.fresh = u.kind, u.kind != letter || s.fresh && trails(u.r)
	return -1
}

// between takes in what parts words, or does not count. A phrase that ended
// before it is complete, unless only an accent followed.
func (s *search) between(k kind) int {
	s.passed++
	if s.ended >= 0 && (k != mark || s.passed > maxGap) {
		return s.ended
	}
	s.fresh = s.fresh || k != mark
	kept := s.runs[:0]
	for _, r := range s.runs {
		r.gap, r.passed = max(r.gap, k), r.passed+1
		if r.passed <= maxGap {
			kept = append(kept, r)
		}
	}
	s.runs = kept
	return -1
}

// advance takes the runs on that go on with a character.
func (s *search) advance(u unit) {
	kept := s.runs[:0]
	for _, r := range s.runs {
		switch next := r.phrase[0]; {
		case next.r == u.r && r.fits(next.join):
			r.phrase, r.gap, r.passed = r.phrase[1:], mark, 0
		case u.kind == sign && r.passed < maxGap:
			r.gap, r.passed = max(r.gap, gapOf(u.r)), r.passed+1
		default:
			continue
		}
		if len(r.phrase) == 0 {
			s.end(r.start)
			continue
		}
		kept = append(kept, r)
	}
	s.runs = kept
}

// gapOf is what a symbol is that no phrase looks for.
func gapOf(symbol rune) kind {
	if emphasis(symbol) {
		return soft
	}
	return hard
}

// fits reports whether what there was since the last character is what there has
// to be.
func (r run) fits(j join) bool {
	switch j {
	case tight:
		return r.gap != hard
	case apart:
		return r.gap != mark
	}
	return true
}

// begin starts the phrases that a character begins.
func (s *search) begin(u unit, at int) {
	if !s.fresh && u.kind == letter {
		return
	}
	for _, p := range s.phrases {
		switch {
		case p[0].r != u.r:
		case len(p) == 1:
			s.end(at)
		default:
			s.runs = append(s.runs, run{phrase: p[1:], start: at, gap: mark})
		}
	}
}

func (s *search) end(start int) {
	if s.ended < 0 || start < s.ended {
		s.ended = start
	}
	s.passed = 0
}

// open is where the first phrase began that may still become complete, or where
// the search is if there is none.
func (s *search) open() int {
	at := s.at
	if s.ended >= 0 {
		at = s.ended
	}
	for _, r := range s.runs {
		at = min(at, r.start)
	}
	return s.element.open(at)
}
