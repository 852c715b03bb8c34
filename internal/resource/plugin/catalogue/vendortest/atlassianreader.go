package vendortest

import (
	"regexp"
	"slices"
	"strings"
)

var atlassianTokens = regexp.MustCompile(`^(?:` +
	`(?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<word>[^\s"'()=!~<>,]+)|(?P<sign><=|>=|!=|!~|[=<>~(),]))`)

var atlassianKinds = []string{"", "string", "word", "sign"}

// An atlassianReader takes a query apart.
type atlassianReader struct {
	grammar *atlassian
	text    string
	rest    []token
	places  []int // of rest, from 1
}

// parse reads a query; the fault says why it is none.
func (g *atlassian) parse(text string) (atlassianQuery, *queryFault) {
	p := &atlassianReader{grammar: g, text: text}
	if fault := p.split(); fault != nil {
		return atlassianQuery{}, fault
	}
	return p.query()
}

func (p *atlassianReader) split() *queryFault {
	for i := 0; i < len(p.text); {
		if strings.ContainsRune(" \t\r\n", rune(p.text[i])) {
			i++
			continue
		}
		found := atlassianTokens.FindStringSubmatch(p.text[i:])
		if found == nil {
			return &queryFault{kind: "unclosed", value: p.text[i+1:], at: i + 1}
		}
		for k, part := range found[1:] {
			if part != "" {
				t := token{kind: atlassianKinds[k+1], text: part, raw: part}
				if t.kind == "string" {
					t.text = atlassianUnescaped(part[1 : len(part)-1])
				}
				p.rest, p.places = append(p.rest, t), append(p.places, i+1)
			}
		}
		i += len(found[0])
	}
	return nil
}

var atlassianEscapes = map[byte]string{'n': "\n", 'r': "\r", 't': "\t", '"': `"`, '\'': "'", '\\': `\`, ' ': " "}

func atlassianUnescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			b.WriteString(atlassianEscapes[s[i]])
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func (p *atlassianReader) wrong() *queryFault {
	if len(p.rest) == 0 {
		return &queryFault{kind: "syntax", at: len(p.text) + 1}
	}
	return &queryFault{kind: "syntax", value: p.rest[0].text, at: p.places[0]}
}

func (p *atlassianReader) take() token {
	t := p.rest[0]
	p.rest, p.places = p.rest[1:], p.places[1:]
	return t
}

// keyword takes the words or signs when they come next.
func (p *atlassianReader) keyword(words ...string) bool {
	for i, w := range words {
		if len(p.rest) <= i || p.rest[i].kind == "string" || !strings.EqualFold(p.rest[i].text, w) {
			return false
		}
	}
	p.rest, p.places = p.rest[len(words):], p.places[len(words):]
	return true
}

func (p *atlassianReader) query() (q atlassianQuery, fault *queryFault) {
	q.grammar = p.grammar
	if len(p.rest) > 0 && !p.begins("ORDER") {
		if q.where, fault = p.any(); fault != nil {
			return q, fault
		}
	}
	if p.keyword("ORDER", "BY") {
		if fault := p.order(&q); fault != nil {
			return q, fault
		}
	}
	if len(p.rest) > 0 {
		return q, p.wrong()
	}
	return q, nil
}

// order reads the fields that are sorted by.
func (p *atlassianReader) order(q *atlassianQuery) *queryFault {
	for {
		if len(p.rest) == 0 || p.rest[0].kind == "sign" {
			return p.wrong()
		}
		name := p.take().text
		if _, known := p.grammar.fields[strings.ToLower(name)]; !known {
			return &queryFault{kind: "field", field: name}
		}
		down := !p.keyword("ASC") && p.keyword("DESC")
		q.down = q.down || down && len(q.order) == 0
		q.order = append(q.order, strings.ToLower(name))
		if !p.keyword(",") {
			return nil
		}
	}
}

func (p *atlassianReader) begins(word string) bool {
	return p.rest[0].kind == "word" && strings.EqualFold(p.rest[0].text, word)
}

// any reads clauses joined by OR, of which each may be several joined by AND.
func (p *atlassianReader) any() (condition, *queryFault) {
	return p.joined("OR", func() (condition, *queryFault) { return p.joined("AND", p.one) })
}

func (p *atlassianReader) joined(word string, part func() (condition, *queryFault)) (condition, *queryFault) {
	first, fault := part()
	if fault != nil {
		return nil, fault
	}
	all := []condition{first}
	for p.keyword(word) {
		c, fault := part()
		if fault != nil {
			return nil, fault
		}
		all = append(all, c)
	}
	if word == "OR" {
		return func(r Record) bool { return slices.ContainsFunc(all, func(c condition) bool { return c(r) }) }, nil
	}
	return func(r Record) bool { return !slices.ContainsFunc(all, func(c condition) bool { return !c(r) }) }, nil
}

func (p *atlassianReader) one() (condition, *queryFault) {
	if p.keyword("NOT") {
		c, fault := p.one()
		return func(r Record) bool { return !c(r) }, fault
	}
	if p.keyword("(") {
		c, fault := p.any()
		if fault == nil && !p.keyword(")") {
			fault = p.wrong()
		}
		return c, fault
	}
	return p.clause()
}

func (p *atlassianReader) clause() (condition, *queryFault) {
	if len(p.rest) == 0 || p.rest[0].kind == "sign" || slices.ContainsFunc([]string{"AND", "OR", "ORDER"}, p.begins) {
		return nil, p.wrong()
	}
	name := p.take().text
	sign, fault := p.operator()
	if fault != nil {
		return nil, fault
	}
	operands, fault := p.operands(strings.HasSuffix(sign, "IN"))
	if fault != nil {
		return nil, fault
	}
	field, known := p.grammar.fields[strings.ToLower(name)]
	switch {
	case !known:
		return nil, &queryFault{kind: "field", field: name}
	case !slices.Contains(strings.Fields(field.operators), sign):
		return nil, &queryFault{kind: "operator", field: name, value: sign}
	}
	for _, o := range operands {
		if fault := p.grammar.unfit(name, field, o); fault != nil {
			return nil, fault
		}
	}
	return func(r Record) bool { return p.grammar.holds(field, sign, operands, r) }, nil
}

// operator reads one; those of words are IN, IS, ~IN for NOT IN and ~IS for IS NOT.
func (p *atlassianReader) operator() (string, *queryFault) {
	switch {
	case p.keyword("NOT", "IN"):
		return "~IN", nil
	case p.keyword("IN"):
		return "IN", nil
	case p.keyword("IS", "NOT"):
		return "~IS", nil
	case p.keyword("IS"):
		return "IS", nil
	case len(p.rest) > 0 && p.rest[0].kind == "sign" && !slices.Contains([]string{"(", ")", ","}, p.rest[0].text):
		return p.take().text, nil
	}
	return "", p.wrong()
}

// An operand is a value, or a function that stands for some.
type operand struct {
	text     string
	function bool
}

func (p *atlassianReader) operands(several bool) ([]operand, *queryFault) {
	if !several {
		o, fault := p.operand()
		return []operand{o}, fault
	}
	if !p.keyword("(") {
		o, fault := p.operand() // a function gives a list
		if fault == nil && !o.function {
			fault = p.wrong()
		}
		return []operand{o}, fault
	}
	var out []operand
	for {
		o, fault := p.operand()
		if fault != nil {
			return nil, fault
		}
		out = append(out, o)
		if p.keyword(")") {
			return out, nil
		}
		if !p.keyword(",") {
			return nil, p.wrong()
		}
	}
}

func (p *atlassianReader) operand() (operand, *queryFault) {
	if len(p.rest) == 0 || p.rest[0].kind == "sign" {
		return operand{}, p.wrong()
	}
	t := p.take()
	if t.kind == "word" && p.keyword("(", ")") {
		return operand{strings.ToLower(t.text), true}, nil
	}
	return operand{t.text, false}, nil
}
