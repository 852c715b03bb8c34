package ground

import (
	"strings"
	"unicode"
)

// figure is a number with what it counts, a month or a day of the week.
type figure struct {
	value string // digits, or the name of the month or day
	unit  string // empty: none that is known
}

// has reports whether a statement has a figure, of the same unit where both have
// one.
func (s statement) has(f figure) bool {
	if f.value == often {
		return s.often(f.unit)
	}
	for _, o := range s.figures {
		if o.value == f.value && (o.unit == f.unit || o.unit == "" || f.unit == "") {
			return true
		}
	}
	return false
}

// often is the value of a figure that tells for how long a number is: "a week".
const often = "per"

// often reports whether a statement tells a number for such a time, or for none.
func (s statement) often(unit string) bool {
	others := false
	for _, o := range s.figures {
		if o.value == often && o.unit == unit {
			return true
		}
		others = others || o.value == often
	}
	return !others
}

// figures are the numbers and dates of a text.
func figures(text string) []figure {
	var all []figure
	fields := strings.FieldsFunc(text, func(r rune) bool {
		return between(r) && !strings.ContainsRune("%€$£°", r) || unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai)
	})
	for i := range fields {
		if f := figureAt(fields, i); f.value != "" {
			all = append(all, f)
		}
	}
	return all
}

// figureAt is the figure that a field is; without a value if it is none.
func figureAt(fields []string, i int) figure {
	word := field(fields[i])
	before, number, after := split(word)
	switch {
	case number != "" && (before == "" || unit(before) != ""):
		return figure{number, unitOf(fields, i, before, after)}
	case number != "", word == "may" && !dated(fields, i):
		return figure{}
	case each(word) && i+1 < len(fields) && period(unit(field(fields[i+1]))):
		return figure{often, unit(field(fields[i+1]))}
	case named(word) != "":
		return figure{value: named(word)}
	case in("one un una uno une ein eine eins um uma", word):
		return figure{} // an article as well
	}
	return figure{written(word), next(fields, i)}
}

// field is a field as words are compared.
func field(f string) string { return plain(strings.Trim(f, ".,'’")) }

// unitOf is the unit of a number: in its word, after it, or before it.
func unitOf(fields []string, i int, before, after string) string {
	switch {
	case after != "":
		return unit(after)
	case before != "":
		return unit(before)
	}
	if u := next(fields, i); u != "" || i == 0 {
		return u
	}
	return unit(field(fields[i-1]))
}

// dated reports whether a number is before or after a word: "may" is a month then.
func dated(fields []string, i int) bool {
	around := strings.Join(fields[max(0, i-1):min(len(fields), i+2)], " ")
	return strings.ContainsFunc(around, unicode.IsDigit)
}

// next is the unit after a number, with one word between them at most.
func next(fields []string, i int) string {
	for _, f := range fields[i+1 : min(len(fields), i+3)] {
		if u := unit(field(f)); u != "" {
			return u
		}
	}
	return ""
}

// split takes a number out of a word, as numbers are compared: without marks
// between thousands, with a point before decimals that are not naught.
func split(word string) (before, number, after string) {
	begin := strings.IndexFunc(word, unicode.IsDigit)
	if begin < 0 {
		return "", "", ""
	}
	end := strings.LastIndexFunc(word, unicode.IsDigit) + 1
	for end < len(word) && word[end]&0xc0 == 0x80 {
		end++
	}
	digits := word[begin:end]
	if strings.ContainsFunc(digits, unicode.IsLetter) {
		return word, "", ""
	}
	return word[:begin], decimal(digits), word[end:]
}

// decimal is a number in one way of writing: "1,000", "1.000" and "1000" are the
// same, and "3,5", "3.50" and "3.5".
func decimal(s string) string {
	s = strings.ReplaceAll(strings.ReplaceAll(s, "’", ""), "'", "")
	last := strings.LastIndexAny(s, ".,")
	if last < 0 {
		return naught(s)
	}
	whole, rest := s[:last], s[last+1:]
	several := strings.ContainsAny(whole, ".,")
	whole = strings.NewReplacer(".", "", ",", "").Replace(whole)
	if len(rest) == 3 && (!several || s[last] == s[strings.IndexAny(s, ".,")]) && whole != "0" {
		return naught(whole + rest)
	}
	if rest = strings.TrimRight(rest, "0"); rest == "" {
		return naught(whole)
	}
	return naught(whole) + "." + rest
}

func naught(s string) string {
	if t := strings.TrimLeft(s, "0"); t != "" {
		return t
	}
	return "0"
}

// counts reports whether a word is a number, a month or a day of the week.
func counts(word string) bool {
	_, number, _ := split(word)
	return number != "" || written(word) != "" || named(word) != ""
}

func calendar(word string) bool { return named(word) != "" }
