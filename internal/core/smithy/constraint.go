package smithy

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxEcho is the most of a value that a message repeats, and maxMatched the
// most of one that a pattern is tried on when it is too long anyway: both
// guard against paying for what is refused.
const (
	maxEcho    = 64
	maxMatched = 16 << 10
)

// checkText returns what is wrong with a string. what names it in the
// messages; secret ones are not repeated.
func (s *Shape) checkText(text, what string, secret bool) []Problem {
	var problems []Problem
	tooLong := false
	if s.Min.Set || s.Max.Set {
		if n, ok := s.fitsText(text); !ok {
			tooLong = s.Max.Set && int64(n) > s.Max.N
			problems = s.broken(Length, "The %s must have %s; it has %d.", what, s.amount("character", "characters"), n)
		}
	}
	if s.Kind == Enum && !s.hasValue(text) {
		problems = append(problems, s.broken(OneOf, "The %s must be one of %s%s.", what, strings.Join(s.Values, ", "), found(text, secret))...)
	}
	if s.Pattern != nil && !(tooLong && len(text) > maxMatched) && !s.Pattern.Matches(text) {
		problems = append(problems, s.broken(Matching, "The %s must match the pattern %s as a whole%s.", what, s.Pattern, found(text, secret))...)
	}
	return problems
}

func (s *Shape) hasValue(text string) bool {
	return slices.Contains(s.Values, text)
}

// fitsText is fits for characters, which are only counted when the bytes do
// not settle it.
func (s *Shape) fitsText(text string) (n int, ok bool) {
	if (!s.Max.Set || int64(len(text)) <= s.Max.N) && (!s.Min.Set || int64(len(text)) >= s.Min.N*utf8.UTFMax) {
		return 0, true
	}
	n = utf8.RuneCountInString(text)
	return n, s.fits(n)
}

// checkSize returns what is wrong with the number of entries.
func (s *Shape) checkSize(n int) []Problem {
	if s.fits(n) {
		return nil
	}
	what := "list"
	if s.Kind == Map {
		what = "map"
	}
	return s.broken(Length, "The %s must have %s; it has %d.", what, s.amount("entry", "entries"), n)
}

func (s *Shape) fits(n int) bool {
	return (!s.Min.Set || int64(n) >= s.Min.N) && (!s.Max.Set || int64(n) <= s.Max.N)
}

// amount words the bounds of a length or size: at least 1 and at most 10
// entries.
func (s *Shape) amount(one, many string) string {
	if last := s.lastBound(); last == 1 {
		many = one
	}
	return s.bounds() + " " + many
}

func (s *Shape) lastBound() int64 {
	if s.Max.Set {
		return s.Max.N
	}
	return s.Min.N
}

// bounds words the bounds of a number.
func (s *Shape) bounds() string {
	switch {
	case s.Min.Set && s.Max.Set && s.Min.N == s.Max.N:
		return fmt.Sprintf("exactly %d", s.Min.N)
	case s.Min.Set && s.Max.Set:
		return fmt.Sprintf("at least %d and at most %d", s.Min.N, s.Max.N)
	case s.Min.Set:
		return fmt.Sprintf("at least %d", s.Min.N)
	}
	return fmt.Sprintf("at most %d", s.Max.N)
}

// found repeats a value at the end of a sentence, unless it is secret or long.
func found(value string, secret bool) string {
	if secret || len(value) > maxEcho {
		return ""
	}
	return fmt.Sprintf("; %q was found", value)
}

// foundNumber is found for a number, which needs no quotes.
func foundNumber(number string, secret bool) string {
	if secret || len(number) > maxEcho {
		return ""
	}
	return "; " + number + " was found"
}

// shorten cuts a name that a client chose to what a path can bear.
func shorten(name string) string {
	if len(name) <= maxEcho {
		return name
	}
	cut := maxEcho
	for !utf8.RuneStart(name[cut]) {
		cut--
	}
	return name[:cut] + "…"
}

// badType refuses and skips a value of another JSON type than expected. It
// returns false, so that it can end a condition.
func (d *decoder) badType(expected string) bool {
	kind := "a number"
	switch d.next() {
	case '{':
		kind = "an object"
	case '[':
		kind = "an array"
	case '"':
		kind = "a string"
	case 't', 'f':
		kind = "true or false"
	case 'n':
		kind = "null"
	}
	d.skip()
	d.refuse("%s was expected here, and %s was found.", expected, kind)
	return false
}

func (d *decoder) refuse(format string, args ...any) {
	d.problems.Add(Problem{Path: d.trail.String(), Message: fmt.Sprintf(format, args...), Parse: true})
}

func (d *decoder) refuseAll(problems []Problem) {
	for _, p := range problems {
		p.Path = d.trail.String()
		d.problems.Add(p)
	}
}
