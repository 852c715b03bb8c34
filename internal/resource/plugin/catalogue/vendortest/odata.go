package vendortest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// An odataFilter is a $filter that was understood: conditions with and, or, not
// and parentheses, as "OData Version 4.01. Part 2: URL Conventions" has them and
// Microsoft Graph's "Use the filter query parameter" takes them.
type odataFilter struct {
	where condition // nil: everything
	used  []string  // properties, as they occur
}

var odataTokens = regexp.MustCompile(`^(?:` +
	`(?P<string>'(?:[^']|'')*')|(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d))|` +
	`(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][A-Za-z0-9_/]*)|(?P<sign>[(),]))`)

var odataKinds = []string{"", "string", "date-time", "number", "word", "sign"}

// An odataReader takes a filter apart.
type odataReader struct {
	text   string
	rest   []token
	kinds  map[string]string // of the properties there are, by path
	filter odataFilter
}

func parseOData(text string, kinds map[string]string) (odataFilter, error) {
	p := &odataReader{text: text, kinds: kinds}
	if strings.TrimSpace(text) == "" {
		return p.filter, nil
	}
	if err := p.split(); err != nil {
		return p.filter, err
	}
	where, err := p.any()
	if err == nil && len(p.rest) > 0 {
		err = p.wrong()
	}
	p.filter.where = where
	return p.filter, err
}

func (p *odataReader) split() error {
	for text := strings.TrimLeft(p.text, " "); text != ""; text = strings.TrimLeft(text, " ") {
		found := odataTokens.FindStringSubmatch(text)
		if found == nil {
			return fmt.Errorf("there is an unterminated literal or an invalid character at position %d in '%s'", len(p.text)-len(text), p.text)
		}
		for i, part := range found[1:] {
			if part != "" {
				t := token{kind: odataKinds[i+1], text: part, raw: part}
				if t.kind == "string" {
					t.text = strings.ReplaceAll(part[1:len(part)-1], "''", "'")
				}
				p.rest = append(p.rest, t)
			}
		}
		text = text[len(found[0]):]
	}
	return nil
}

func (p *odataReader) wrong() error {
	if len(p.rest) == 0 {
		return fmt.Errorf("syntax error at position %d in '%s'", len(p.text), p.text)
	}
	return fmt.Errorf("syntax error at '%s' in '%s'", p.rest[0].raw, p.text)
}

func (p *odataReader) keyword(word string) bool { // which OData does not fold
	if len(p.rest) == 0 || p.rest[0].kind == "string" || p.rest[0].text != word {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// next takes a token of one of the kinds.
func (p *odataReader) next(kinds ...string) (token, error) {
	if len(p.rest) == 0 || !slices.Contains(kinds, p.rest[0].kind) {
		return token{}, p.wrong()
	}
	t := p.rest[0]
	p.rest = p.rest[1:]
	return t, nil
}

func (p *odataReader) any() (condition, error) {
	return p.joined("or", func() (condition, error) { return p.joined("and", p.one) })
}

func (p *odataReader) joined(word string, part func() (condition, error)) (condition, error) {
	left, err := part()
	for err == nil && p.keyword(word) {
		var right condition
		if right, err = part(); err != nil {
			break
		}
		one, other := left, right
		if left = func(r Record) bool { return one(r) && other(r) }; word == "or" {
			left = func(r Record) bool { return one(r) || other(r) }
		}
	}
	return left, err
}

func (p *odataReader) one() (condition, error) {
	if p.keyword("not") {
		c, err := p.one()
		return func(r Record) bool { return !c(r) }, err
	}
	if p.keyword("(") {
		c, err := p.any()
		if err == nil && !p.keyword(")") {
			err = p.wrong()
		}
		return c, err
	}
	word, err := p.next("word")
	if err != nil {
		return nil, err
	}
	if p.keyword("(") {
		return p.function(word.text)
	}
	return p.comparison(word.text)
}

// property is a path that there is.
func (p *odataReader) property(path string) (kind string, err error) {
	kind, known := p.kinds[path]
	if !known {
		return "", fmt.Errorf("could not find a property named '%s'", path)
	}
	p.filter.used = append(p.filter.used, path)
	return kind, nil
}

var odataFunctions = map[string]func(s, part string) bool{"contains": strings.Contains, "startswith": strings.HasPrefix}

func (p *odataReader) function(name string) (condition, error) {
	f, known := odataFunctions[name]
	if !known {
		return nil, fmt.Errorf("an unknown function with name '%s' was found", name)
	}
	path, err := p.next("word")
	if err != nil {
		return nil, err
	}
	kind, err := p.property(path.text)
	if err != nil {
		return nil, err
	}
	if !p.keyword(",") {
		return nil, p.wrong()
	}
	part, err := p.next("string")
	if err != nil || kind != "string" || !p.keyword(")") {
		return nil, p.wrong()
	}
	return func(r Record) bool {
		return f(strings.ToLower(fmt.Sprint(follow(r, dotted(path.text)))), strings.ToLower(part.text))
	}, nil
}

func dotted(path string) string { return strings.ReplaceAll(path, "/", ".") }

func (p *odataReader) comparison(path string) (condition, error) {
	kind, err := p.property(path)
	if err != nil {
		return nil, err
	}
	sign, err := p.next("word")
	if err != nil || !slices.Contains([]string{"eq", "ne", "gt", "ge", "lt", "le"}, sign.text) {
		return nil, fmt.Errorf("there is no operator behind '%s' in '%s'", path, p.text)
	}
	literal, err := p.next("string", "date-time", "number", "word")
	if err != nil {
		return nil, err
	}
	if boolean := literal.raw == "true" || literal.raw == "false"; literal.kind != kind && (kind != "boolean" || !boolean) {
		return nil, fmt.Errorf("a binary operator with incompatible types was detected: '%s' is a %s, '%s' is not", path, kind, literal.raw)
	}
	return func(r Record) bool { return odataHolds(follow(r, dotted(path)), kind, sign.text, literal.text) }, nil
}

func odataHolds(have any, kind, sign, literal string) bool {
	order := strings.Compare(strings.ToLower(fmt.Sprint(have)), strings.ToLower(literal))
	if kind == "date-time" {
		one, _ := time.Parse(time.RFC3339, fmt.Sprint(have))
		other, _ := time.Parse(time.RFC3339, literal)
		order = one.Compare(other)
	}
	return map[string]bool{"eq": order == 0, "ne": order != 0, "gt": order > 0, "ge": order >= 0, "lt": order < 0, "le": order <= 0}[sign]
}

// run is what the filter finds.
func (f odataFilter) run(rows []Record) []Record {
	return slices.DeleteFunc(slices.Clone(rows), func(r Record) bool { return f.where != nil && !f.where(r) })
}
