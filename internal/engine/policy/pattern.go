package policy

import (
	"strings"
	"unicode/utf8"
)

// Wildcards of a compiled pattern are bytes that no text in UTF-8 has.
const (
	anyRun    = 0xff // any characters
	anyInside = 0xfe // any characters but colons
	oneInside = 0xfd // one character that is no colon
	oneAny    = 0xfc // one character
)

// A dialect says what wildcards mean in a place of a policy.
type dialect uint8

const (
	literal  dialect = iota // nothing
	like                    // * and ? as they are in StringLike and in actions
	arn                     // they cross none of the first five colons: ArnLike
	resource                // of those before the fifth colon, only an asterisk at a segment's end crosses one
)

// A pattern is a text with wildcards and policy variables.
type pattern struct {
	text  string  // when there are no variables
	plain int     // how much of text is before its first wildcard
	parts []piece // when there are
}

// fixed is a pattern without variables.
func fixed(text string) pattern {
	for i := range len(text) {
		if text[i] >= oneAny {
			return pattern{text: text, plain: i}
		}
	}
	return pattern{text: text, plain: len(text)}
}

// A piece of a pattern is text, or a variable.
type piece struct {
	text     string
	variable *variable
}

// compile makes wildcard bytes of the wildcards of a text that begins behind so
// many colons, and is or is not the end of the pattern.
func (d dialect) compile(s string, colons int, end bool) string {
	if d == literal || !strings.ContainsAny(s, "*?") {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		switch c {
		case ':':
			colons++
		case '*':
			b[i] = d.run(i+1 == len(s) && end || i+1 < len(s) && s[i+1] == ':', colons)
		case '?':
			b[i] = d.one(colons)
		}
	}
	return string(b)
}

// run is the wildcard of an asterisk. Of a resource, "if the * wildcard is the
// last character of a resource ARN segment, it can expand to match beyond the
// colon boundaries" (reference_policies_elements_resource); of an ARN, each of
// the six components is checked separately
// (reference_policies_elements_condition_operators).
func (d dialect) run(last bool, colons int) byte {
	if colons < 5 && (d == arn || d == resource && !last) {
		return anyInside
	}
	return anyRun
}

func (d dialect) one(colons int) byte {
	if colons < 5 && (d == arn || d == resource) {
		return oneInside
	}
	return oneAny
}

// glob says whether a compiled pattern matches all of a text.
//
// A wildcard first takes nothing, and one character more each time what follows
// does not fit. Only the last wildcard of each sort has to be remembered: giving
// an earlier one more finds nothing that the later one does not.
func glob[P string | []byte](p P, text string) bool {
	var run, inside retry
	i, j := 0, 0
	for i < len(p) || j < len(text) {
		if i < len(p) {
			switch c := p[i]; {
			case c < oneAny && j < len(text) && c == text[j]:
				i, j = i+1, j+1
				continue
			case c == anyRun:
				run, inside = retry{i, j, true}, retry{}
				i++
				continue
			case c == anyInside:
				inside = retry{i, j, true}
				i++
				continue
			case j < len(text):
				if n := one(c, text[j:]); n > 0 {
					i, j = i+1, j+n
					continue
				}
			}
		}
		switch {
		case inside.set && inside.text < len(text) && text[inside.text] != ':':
			inside.text++
			i, j = inside.pattern+1, inside.text
		case run.set && run.text < len(text):
			inside = retry{}
			run.text++
			i, j = run.pattern+1, run.text
		default:
			return false
		}
	}
	return true
}

// retry is where a wildcard stands, and where the text behind it begins.
type retry struct {
	pattern, text int
	set           bool
}

// one is how many bytes of a text a wildcard that stands for one character
// matches, or 0 when the byte of the pattern is none that does.
func one(c byte, text string) int {
	if c == oneAny || c == oneInside && text[0] != ':' {
		_, n := utf8.DecodeRuneInString(text)
		return n
	}
	return 0
}

// lower is a text whose letters (ASCII) are in lower case.
func lower(s string) string {
	for i := range len(s) {
		if 'A' <= s[i] && s[i] <= 'Z' {
			b := []byte(s)
			for j := i; j < len(b); j++ {
				if 'A' <= b[j] && b[j] <= 'Z' {
					b[j] += 'a' - 'A'
				}
			}
			return string(b)
		}
	}
	return s
}
