package tree

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/platform/connector"
)

// Glob is a pattern over keys. * stands for anything but a slash, ** for
// anything, **/ for any folders or none, ? for one character but a slash, [a-z]
// and [!a-z] for one of a set, {a,b} for either; \ takes the meaning from the
// character after it. A pattern without a slash is about a file's name, wherever
// it is: *.pdf. One with a slash is about the whole key: reports/**/*.pdf.
type Glob struct {
	whole bool // of the key, not of the name
	form  *regexp.Regexp
}

// maxGlob bounds a pattern, in bytes.
const maxGlob = 1024

// ParseGlob reads a pattern. Its errors are sentences.
func ParseGlob(pattern string) (Glob, error) {
	switch {
	case pattern == "":
		return Glob{}, errors.New("is empty")
	case len(pattern) > maxGlob:
		return Glob{}, fmt.Errorf("is longer than %d bytes", maxGlob)
	case !utf8.ValidString(pattern):
		return Glob{}, errors.New("is not valid UTF-8")
	}
	whole := strings.Contains(pattern, "/")
	pattern = rooted(pattern)
	if strings.HasSuffix(pattern, "/") {
		pattern += "**"
	}
	form, err := translate(pattern)
	if err != nil {
		return Glob{}, err
	}
	compiled, err := regexp.Compile(`\A(?s:` + form + `)\z`)
	if err != nil {
		return Glob{}, fmt.Errorf("%q has a set of characters that cannot be read", pattern)
	}
	return Glob{whole, compiled}, nil
}

// translate writes a pattern as a regular expression.
func translate(pattern string) (string, error) {
	var form strings.Builder
	braces := 0
	for rest := pattern; rest != ""; {
		var token string
		token, rest = cutToken(rest)
		switch {
		case token == "**/":
			form.WriteString(`(?:.*/)?`)
		case token == "**":
			form.WriteString(`.*`)
		case token == "*":
			form.WriteString(`[^/]*`)
		case token == "?":
			form.WriteString(`[^/]`)
		case token == "{":
			braces++
			form.WriteString(`(?:`)
		case token == "}" && braces > 0:
			braces--
			form.WriteString(`)`)
		case token == "," && braces > 0:
			form.WriteString(`|`)
		case token == "[":
			return "", fmt.Errorf("%q has a [ without its ]", pattern)
		case len(token) > 2 && token[0] == '[':
			form.WriteString(set(token))
		default:
			form.WriteString(regexp.QuoteMeta(strings.TrimPrefix(token, `\`)))
		}
	}
	if braces > 0 {
		return "", fmt.Errorf("%q has a { without its }", pattern)
	}
	return form.String(), nil
}

// cutToken takes what means one thing off the front of a pattern.
func cutToken(pattern string) (token, rest string) {
	n := 1
	switch {
	case strings.HasPrefix(pattern, "**/"):
		n = 3
	case strings.HasPrefix(pattern, "**"):
		n = 2
	case pattern[0] == '\\' && len(pattern) > 1:
		_, width := utf8.DecodeRuneInString(pattern[1:])
		n = 1 + width
	case pattern[0] == '[':
		if end := strings.IndexByte(pattern[min(2, len(pattern)):], ']'); end >= 0 {
			n = 2 + end + 1
		}
	default:
		_, n = utf8.DecodeRuneInString(pattern)
	}
	return pattern[:n], pattern[n:]
}

// set writes [a-z] and [!a-z], in which nothing else means anything.
func set(token string) string {
	inner := token[1 : len(token)-1]
	not := ""
	if inner[0] == '!' || inner[0] == '^' {
		not, inner = "^", inner[1:]
	}
	return "[" + not + strings.NewReplacer(`\`, `\\`, `[`, `\[`, `]`, `\]`, `^`, `\^`, `&`, `\&`).Replace(inner) + "]"
}

// Match reports whether a key fits.
func (g Glob) Match(key string) bool {
	if !g.whole {
		key = path.Base(key)
	}
	return g.form.MatchString(key)
}

func parseGlobs(field string, patterns []string, report func([]connector.Problem)) (globs []Glob) {
	if len(patterns) > maxPatterns {
		report([]connector.Problem{{Field: field, Message: fmt.Sprintf("has %d patterns, at most %d are taken", len(patterns), maxPatterns)}})
		return nil
	}
	for i, p := range patterns {
		g, err := ParseGlob(p)
		if err != nil {
			report([]connector.Problem{{Field: fmt.Sprintf("%s.%d", field, i), Message: err.Error()}})
			continue
		}
		globs = append(globs, g)
	}
	return globs
}
