package vendortest

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"net/mail"
	"slices"
	"time"
	"unicode/utf8"
)

// A shape is what a vendor takes in an object, member by member.
type shape map[string]field

// A field is what it takes in one member.
type field struct {
	kind     string // string, integer, number, boolean, date, date-time, email, strings, object; "" is anything
	required bool
	enum     []string
	max      int   // characters of a string; 0: no bound
	members  shape // of an object
}

// A problem is a member the vendor does not take.
type problem struct {
	path string // of the member, with dots
	what fault
	say  string // in words, for vendors that have none of their own
}

// A fault is the kind of a problem.
type fault int

const (
	unknown fault = iota // no such member
	missing              // required
	mistyped
	unlisted // not in the enum
	tooLong
)

// problems lists what is wrong with body, by path.
func (s shape) problems(body map[string]any) []problem {
	var out []problem
	for name, f := range s {
		value, given := body[name]
		if f.required && (!given || value == nil || value == "") {
			out = append(out, problem{name, missing, name + " is required"})
			continue
		}
		if given && value != nil {
			out = append(out, f.problems(name, value)...)
		}
	}
	for name := range maps.Keys(body) {
		if _, ok := s[name]; !ok {
			out = append(out, problem{name, unknown, "there is no " + name})
		}
	}
	slices.SortFunc(out, func(a, b problem) int { return cmp.Compare(a.path, b.path) })
	return out
}

func (f field) problems(name string, value any) []problem {
	if !f.fits(value) {
		return []problem{{name, mistyped, fmt.Sprintf("%s is not a valid %s", name, f.kind)}}
	}
	text, isText := value.(string)
	switch {
	case isText && len(f.enum) > 0 && !slices.Contains(f.enum, text):
		return []problem{{name, unlisted, fmt.Sprintf("%s is not one of %v", name, f.enum)}}
	case isText && f.max > 0 && utf8.RuneCountInString(text) > f.max:
		return []problem{{name, tooLong, fmt.Sprintf("%s has more than %d characters", name, f.max)}}
	}
	if f.members == nil {
		return nil
	}
	inner := f.members.problems(value.(map[string]any))
	for i := range inner {
		inner[i].path = name + "." + inner[i].path
	}
	return inner
}

func (f field) fits(value any) bool {
	switch f.kind {
	case "":
		return true
	case "integer":
		n, ok := value.(float64)
		return ok && n == math.Trunc(n)
	case "number":
		_, ok := value.(float64)
		return ok
	case "boolean":
		_, ok := value.(bool)
		return ok
	case "object":
		_, ok := value.(map[string]any)
		return ok
	case "strings":
		list, ok := value.([]any)
		return ok && !slices.ContainsFunc(list, func(v any) bool { _, ok := v.(string); return !ok })
	}
	text, ok := value.(string)
	return ok && textual(f.kind, text)
}

// textual says whether text is of a kind that is written as a string.
func textual(kind, text string) bool {
	var err error
	switch kind {
	case "date":
		_, err = time.Parse(time.DateOnly, text)
	case "date-time":
		_, err = time.Parse(time.RFC3339, text)
	case "email":
		_, err = mail.ParseAddress(text)
	}
	return err == nil
}
