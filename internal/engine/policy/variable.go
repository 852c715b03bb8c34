package policy

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// A variable is ${key} or ${key, 'default'} (reference_policies_variables).
type variable struct {
	key        string // in lower case
	written    string // the key as it was written
	fallback   string
	hasDefault bool
}

var (
	errNoBrace = errors.New("a policy variable has no closing brace; write ${key}, or ${$} for a dollar sign")
	errNoQuote = errors.New("the default of a policy variable stands in single quotes behind a comma and a space: write ${key, 'default'}")
	errNoKey   = errors.New("a policy variable has no key; write ${key}")
)

// newPattern reads a text of a document. Without variables, ${ is literal.
func newPattern(s string, d dialect, variables bool) (pattern, error) {
	if !variables || !strings.Contains(s, "${") {
		return fixed(d.compile(s, 0, true)), nil
	}
	var p pattern
	var text []byte
	colons := 0
	for found := true; found; {
		var before string
		before, s, found = strings.Cut(s, "${")
		text = append(text, d.compile(before, colons, !found)...)
		colons += strings.Count(before, ":")
		if !found {
			break
		}
		v, rest, err := readVariable(s)
		if err != nil {
			return pattern{}, err
		}
		if s = rest; v.key == "" {
			text = append(text, v.fallback...)
			continue
		}
		p.parts = append(p.parts, piece{text: string(text)}, piece{variable: &v})
		text = text[:0]
	}
	if p.parts == nil {
		return fixed(string(text)), nil
	}
	p.parts = append(p.parts, piece{text: string(text)})
	return p, nil
}

// readVariable reads what stands behind ${, up to and with the brace. The three
// that stand for a character have no key, and the character as their default.
func readVariable(s string) (v variable, rest string, err error) {
	end := strings.IndexAny(s, "},")
	if end < 0 {
		return v, "", errNoBrace
	}
	key := s[:end]
	rest = s[end+1:]
	switch {
	case key == "":
		return v, "", errNoKey
	case s[end] == '}' && (key == "*" || key == "?" || key == "$"):
		return variable{fallback: key, hasDefault: true}, rest, nil
	case strings.ContainsAny(key, " '\"*?${\t\r\n"):
		return v, "", fmt.Errorf("the key of a policy variable is a condition key; %q is none", key)
	}
	v.key, v.written = strings.ToLower(key), key
	if s[end] == '}' {
		return v, rest, nil
	}
	rest, ok := strings.CutPrefix(rest, " '")
	if !ok {
		return v, "", errNoQuote
	}
	v.fallback, rest, ok = strings.Cut(rest, "'")
	if !ok || !strings.HasPrefix(rest, "}") {
		return v, "", errNoQuote
	}
	v.hasDefault = true
	return v, rest[1:], nil
}

// expand appends the pattern, with the values of its variables, to buf. It is
// false when a variable has neither a value nor a default: then the pattern
// matches nothing.
func (p *pattern) expand(buf []byte, e *evaluation) ([]byte, bool) {
	if buf == nil {
		buf = make([]byte, 0, 256)
	}
	for i := range p.parts {
		part := &p.parts[i]
		if part.variable == nil {
			buf = append(buf, part.text...)
			continue
		}
		value, ok := part.variable.value(e)
		if !ok {
			return buf, false
		}
		buf = append(buf, value...)
	}
	return buf, true
}

// value is what a variable stands for: the one value of its key, or the default.
func (v *variable) value(e *evaluation) (string, bool) {
	if values := e.values(v.key); len(values) == 1 && values[0] != "" && utf8.ValidString(values[0]) {
		return values[0], true
	}
	return v.fallback, v.hasDefault
}

// fits is matches for a pattern without variables.
func (p *pattern) fits(text string) bool {
	rest, begins := strings.CutPrefix(text, p.text[:p.plain])
	return begins && glob(p.text[p.plain:], rest)
}

// matches says whether the pattern matches all of a text.
func (p *pattern) matches(text string, e *evaluation) bool {
	if p.parts == nil {
		return p.fits(text)
	}
	var ok bool
	if e.scratch, ok = p.expand(e.scratch[:0], e); !ok {
		return false
	}
	return glob(e.scratch, text)
}
