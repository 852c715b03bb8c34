package guard

import "slices"

// element is what a less-than has begun, as long as it may be the tag of an element of
// HTML, or a comment: who reads the text does not see it.
type element struct {
	length int   // characters so far; 0: there is none
	runs   []run // as they were before it
}

// reads goes on with a character, before the search does.
func (e *element) reads(r rune, runs []run) {
	switch {
	case r == '<':
		e.length, e.runs = 1, slices.Clone(runs)
	case e.length == 0:
	case e.length == 1 && !begins(r), e.length == maxGap:
		*e = element{}
	default:
		e.length++
	}
}

// begins reports whether a character can stand behind the less-than of a tag.
func begins(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || r == '/' || r == '!'
}

// ends returns the runs that go on behind the element, which a greater-than has ended.
func (e *element) ends() (on []run) {
	for _, r := range e.runs {
		r.gap, r.passed = max(r.gap, soft), r.passed+e.length
		if r.passed <= maxGap {
			on = append(on, r)
		}
	}
	*e = element{}
	return on
}

// open is where the first phrase began that may go on behind the element, or at.
func (e *element) open(at int) int {
	for _, r := range e.runs {
		if r.passed+e.length <= maxGap {
			at = min(at, r.start)
		}
	}
	return at
}
