package action

import (
	"strings"
	"unicode"

	"github.com/parleyhq/parley/internal/engine/openapi"
)

// A filled is a clause whose input is given.
type filled struct {
	key    string
	clause *openapi.Clause
	value  value
}

// placeholder is where a clause's text has its value.
const placeholder = "{value}"

// compose puts a parameter together from the clauses that are given. A clause
// without {value} is a switch: it is there when its input is true.
//
// A value stands in the text as a literal of the language, with its quotes. Where
// the clause's text has quotes around {value} itself, the value is escaped for
// those quotes; if there is a % between them too, the value's own wildcards are
// escaped as well (soql). So a value never leaves its literal.
func compose(c *openapi.Compose, clauses []filled) (string, *Problem) {
	var parts []string
	for _, f := range clauses {
		if !strings.Contains(f.clause.Text, placeholder) {
			if f.value.sort != boolean || f.value.text == "true" {
				parts = append(parts, f.clause.Text)
			}
			continue
		}
		part, message := fill(c, f)
		if message != "" {
			return "", &Problem{f.key, message}
		}
		if part != "" {
			parts = append(parts, part)
		}
	}
	if len(parts) == 0 {
		return c.Empty, nil
	}
	return c.Begin + strings.Join(parts, c.Join) + c.End, nil
}

// fill puts the value into the clause's text, at every {value} in it.
func fill(c *openapi.Compose, f filled) (part, message string) {
	if f.value.empty() {
		return "", ""
	}
	var b strings.Builder
	before, rest, found := strings.Cut(f.clause.Text, placeholder)
	for {
		b.WriteString(before)
		if !found {
			return b.String(), ""
		}
		at := spot{language: c.Language, join: c.Join, quote: openQuote(b.String()), format: f.clause.Format, words: f.clause.Text == placeholder}
		at.pattern = at.quote != 0 && hasWildcard(b.String(), rest, at.quote)
		written, message := at.write(f.value)
		if message != "" {
			return "", message
		}
		b.WriteString(written)
		before, rest, found = strings.Cut(rest, placeholder)
	}
}

// openQuote is the quote that is open at the end of s; 0: none is.
func openQuote(s string) rune {
	var open rune
	escaped := false
	for _, r := range s {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
		case open == 0 && (r == '"' || r == '\''):
			open = r
		case r == open:
			open = 0
		}
	}
	return open
}

// hasWildcard says whether a % stands in the literal around a placeholder.
func hasWildcard(before, after string, quote rune) bool {
	head := before[strings.LastIndex(before, string(quote)):]
	tail, _, _ := strings.Cut(after, string(quote))
	return strings.Contains(head, "%") || strings.Contains(tail, "%")
}

// A spot is a place in a query where a value goes.
type spot struct {
	language string
	join     string
	quote    rune   // of the literal it is in; 0: it makes its own
	format   string // of the clause's input
	pattern  bool   // inside of a LIKE pattern
	words    bool   // it is the whole clause: free words
}

// write is v as the spot wants it, the items of a list parted by commas. The
// message says what is wanted instead of a value that the spot cannot hold.
func (at spot) write(v value) (written, message string) {
	if v.sort == list {
		var items []string
		for _, item := range v.items {
			if item.sort == null {
				continue
			}
			written, message := at.write(item)
			if message != "" {
				return "", message
			}
			items = append(items, written)
		}
		return strings.Join(items, ","), ""
	}
	if at.quote != 0 {
		return at.inside(v.plain()), ""
	}
	if v.sort == number || v.sort == boolean {
		return v.text, ""
	}
	return at.literal(v.plain())
}

// literal is s as a literal of the language, with its quotes.
func (at spot) literal(s string) (written, message string) {
	switch at.language {
	case "jql", "cql":
		at.quote = '"'
	case "soql", "odata":
		if f, known := formatNamed(at.format); known && (at.format == "date" || at.format == "date-time") {
			if f.fits(s) {
				return s, "" // both languages write dates without quotes
			}
			return "", sentence(nil, "give "+f.wanted)
		}
		at.quote = '\''
	default:
		return at.plain(s)
	}
	return string(at.quote) + at.inside(s) + string(at.quote), ""
}

// inside is s as it stands between the spot's quotes.
func (at spot) inside(s string) string {
	switch at.language {
	case "jql", "cql":
		s = escapeWith(s, jqlEscape)
		if at.quote == '\'' {
			s = strings.ReplaceAll(s, "'", `\'`)
		}
		return s
	case "soql":
		s = escapeWith(s, soqlEscape)
		if at.pattern {
			s = strings.NewReplacer("%", `\%`, "_", `\_`).Replace(s)
		}
		return s
	case "odata":
		if at.quote == '"' {
			return escapeWith(s, searchEscape)
		}
		return escapeWith(s, odataEscape)
	}
	return phrase(s, at.quote, strings.TrimSpace(at.join))
}

func escapeWith(s string, rule func(rune) string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteString(rule(r))
	}
	return b.String()
}

// plain is for a search language of which only this is known: words stand for
// themselves, a phrase has double quotes, and Join parts the clauses. Where Join
// is white space, a word that could be an operator, and anything of several
// words, is a phrase; where it is a character, such as ^, no value may hold it.
func (at spot) plain(s string) (written, message string) {
	s = strings.TrimSpace(escapeWith(s, lineless))
	mark := strings.TrimSpace(at.join)
	if mark != "" {
		if strings.Contains(s, mark) {
			return "", sentence(nil, "leave out "+quoted(mark)+", which parts the conditions of this search")
		}
		return s, ""
	}
	if !at.words {
		return wordOrPhrase(s), ""
	}
	words := strings.Fields(s)
	for i, w := range words {
		words[i] = wordOrPhrase(w)
	}
	return strings.Join(words, " "), ""
}

func wordOrPhrase(s string) string {
	switch strings.ToUpper(s) {
	case "AND", "OR", "NOT", "NEAR", "":
		return `"` + phrase(s, '"', "") + `"`
	}
	special := func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) && !strings.ContainsRune("-_.@/+#&", r)
	}
	if strings.ContainsFunc(s, special) || strings.HasPrefix(s, "-") || strings.HasPrefix(s, "+") {
		return `"` + phrase(s, '"', "") + `"`
	}
	return s
}

// phrase is s as it stands between quotes where nothing can escape one: without
// the quote, backslashes, and what parts the clauses.
func phrase(s string, quote rune, mark string) string {
	if mark != "" {
		s = strings.ReplaceAll(s, mark, " ")
	}
	return strings.TrimSpace(escapeWith(s, func(r rune) string {
		if r == quote || r == '\\' {
			return " "
		}
		return lineless(r)
	}))
}
