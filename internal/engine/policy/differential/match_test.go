package differential

import "strings"

// A letter is one place of a pattern: a character, or a wildcard.
type letter struct {
	char rune
	star bool // any run of characters
	mark bool // any one character
}

// plain reads text in which nothing is a wildcard.
func plain(text string) []letter {
	var out []letter
	for _, c := range text {
		out = append(out, letter{char: c})
	}
	return out
}

// wild reads text in which * and ? are wildcards.
func wild(text string) []letter {
	var out []letter
	for _, c := range text {
		out = append(out, letter{char: c, star: c == '*', mark: c == '?'})
	}
	return out
}

// like says whether the pattern matches the whole of text. A * stands for any
// run of characters, none among them, and a ? for exactly one
// (reference_policies_elements_condition_operators, StringLike).
func like(pattern []letter, text []rune) bool {
	if len(pattern) == 0 {
		return len(text) == 0
	}
	first, rest := pattern[0], pattern[1:]
	if first.star {
		for skip := 0; skip <= len(text); skip++ {
			if like(rest, text[skip:]) {
				return true
			}
		}
		return false
	}
	if len(text) == 0 {
		return false
	}
	return (first.mark || first.char == text[0]) && like(rest, text[1:])
}

// likeResource says whether a pattern of a Resource element matches a resource.
//
// Wildcards stand within the segments of an ARN, the parts between colons. A *
// that is the last character of its segment can expand beyond the colon
// (reference_policies_elements_resource, "Using wildcards in resource ARNs").
// The sixth segment is the resource, which may hold colons of its own
// (reference-arns, "ARN format"); within it a wildcard is as free as anywhere
// in a string.
func likeResource(pattern []letter, resource []rune) bool {
	return likeSegments(pattern, resource, 0)
}

func likeSegments(pattern []letter, text []rune, colons int) bool {
	if colons >= 5 {
		return like(pattern, text)
	}
	if len(pattern) == 0 {
		return len(text) == 0
	}
	first, rest := pattern[0], pattern[1:]
	if first.star {
		return likeStar(rest, text, colons)
	}
	if len(text) == 0 {
		return false
	}
	if first.mark {
		return text[0] != ':' && likeSegments(rest, text[1:], colons)
	}
	if first.char != text[0] {
		return false
	}
	if first.char == ':' {
		colons++
	}
	return likeSegments(rest, text[1:], colons)
}

// likeStar matches what comes after a * of one of the first five segments.
func likeStar(rest []letter, text []rune, colons int) bool {
	last := len(rest) == 0 || rest[0].char == ':' && !rest[0].star && !rest[0].mark
	for skip := 0; skip <= len(text); skip++ {
		if skip > 0 && text[skip-1] == ':' && !last {
			return false
		}
		if likeSegments(rest, text[skip:], colons) {
			return true
		}
	}
	return false
}

// likeARN compares as ArnLike does: each of the six components, parted by
// colons, on its own (reference_policies_elements_condition_operators, "Amazon
// Resource Name (ARN) condition operators"). What is not six components is no
// ARN and matches nothing.
func likeARN(pattern []letter, value string) bool {
	patterns := components(pattern)
	values := strings.SplitN(value, ":", 6)
	if len(patterns) != 6 || len(values) != 6 {
		return false
	}
	for i := range patterns {
		if !like(patterns[i], []rune(values[i])) {
			return false
		}
	}
	return true
}

// components parts a pattern at its first five colons.
func components(pattern []letter) [][]letter {
	var out [][]letter
	start := 0
	for i, l := range pattern {
		if l.char == ':' && len(out) < 5 {
			out = append(out, pattern[start:i])
			start = i + 1
		}
	}
	return append(out, pattern[start:])
}
