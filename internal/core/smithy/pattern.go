package smithy

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"unicode/utf8"
)

// Pattern is a regular expression of the model. It matches a whole string,
// and is compiled when it is first used.
type Pattern struct {
	source string
	once   sync.Once
	match  func(string) bool
}

// Match returns the pattern of that source. It panics when first used if the
// source can be neither compiled nor matched by hand; the generator refuses
// such a model.
func Match(source string) *Pattern { return &Pattern{source: source} }

// String returns the pattern as the model writes it.
func (p *Pattern) String() string { return p.source }

// Matches reports whether the pattern matches all of s.
func (p *Pattern) Matches(s string) bool {
	p.once.Do(p.compile)
	return p.match(s)
}

func (p *Pattern) compile() {
	match, err := Compile(p.source)
	if err != nil {
		panic(err)
	}
	p.match = match
}

// genericARN is the pattern that 14 shapes of the model share. Go's regexp
// refuses repeat counts above 1000, so matchGenericARN reads it by hand.
const genericARN = `arn:[a-z0-9-\.]{1,63}:[a-z0-9-\.]{0,63}:[a-z0-9-\.]{0,63}:[a-z0-9-\.]{0,63}:[^/].{0,1023}`

// Compile returns the whole-string matcher of a pattern of the model.
func Compile(source string) (func(string) bool, error) {
	switch source {
	case genericARN:
		return matchGenericARN, nil
	case `[\s\S]*`:
		return func(string) bool { return true }, nil // spares ten megabytes of SAML metadata a second look
	}
	re, err := regexp.Compile(`^(?:` + inGo(source) + `)$`)
	if err != nil {
		return nil, fmt.Errorf("smithy: pattern %q needs a matcher written by hand: %w", source, err)
	}
	return re.MatchString, nil
}

// inGo writes the escapes \uXXXX of a pattern in Go's way. Six digits are one
// character, which is what a model means by them.
func inGo(source string) string {
	if !strings.Contains(source, `\u`) {
		return source
	}
	return unicodeEscapes().ReplaceAllString(source, `\x{$1}`)
}

var unicodeEscapes = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\\u([0-9A-F]{6}|[0-9A-F]{4})`) })

func matchGenericARN(s string) bool {
	s, ok := strings.CutPrefix(s, "arn:")
	if !ok {
		return false
	}
	for _, least := range []int{1, 0, 0, 0} {
		part, rest, ok := strings.Cut(s, ":")
		if !ok || len(part) < least || len(part) > 63 || !isARNPart(part) {
			return false
		}
		s = rest
	}
	// [^/] takes any character but a slash, a line break too; the dots after
	// it take anything but a line break.
	_, size := utf8.DecodeRuneInString(s)
	if s == "" || s[0] == '/' {
		return false
	}
	rest := s[size:]
	return !strings.Contains(rest, "\n") && utf8.RuneCountInString(rest) <= 1023
}

func isARNPart(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '.' {
			return false
		}
	}
	return true
}
