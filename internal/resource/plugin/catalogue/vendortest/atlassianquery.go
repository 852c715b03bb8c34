package vendortest

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// An atlassian is what JQL and CQL, the query languages of Jira and Confluence,
// have in common: clauses of a field, an operator and a value, joined by AND and
// OR, with NOT and parentheses, and an order behind them. It is written from
// "Advanced search reference - JQL" and "Advanced searching using CQL".
type atlassian struct {
	fields    map[string]queryField                        // by name, in lower case
	functions map[string]func(queryField, Record) []string // what they stand for, in lower case and without parentheses
	say       func(fault queryFault) string                // in the product's words
}

// A queryField is one that can be asked for.
type queryField struct {
	operators string                       // parted by spaces
	date      bool                         // its values are days
	known     []string                     // all the values there are; nil: any
	values    func(record Record) []string // what a record has in it
}

// The operators that kinds of fields have.
const (
	forText  = "~ !~"
	forNames = "= != IN ~IN IS ~IS"
	forDates = "= != < <= > >= IN ~IN IS ~IS"
)

// A queryFault is why a query is refused.
type queryFault struct {
	kind         string // syntax, unclosed, field, operator, value, date, function
	field, value string
	at           int // character, from 1
}

// An atlassianQuery is a query that was understood.
type atlassianQuery struct {
	where   condition // nil: everything
	order   []string  // fields
	down    bool      // by the first of them
	grammar *atlassian
}

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
		for {
			if len(p.rest) == 0 || p.rest[0].kind == "sign" {
				return q, p.wrong()
			}
			name := p.take().text
			if _, known := p.grammar.fields[strings.ToLower(name)]; !known {
				return q, &queryFault{kind: "field", field: name}
			}
			down := !p.keyword("ASC") && p.keyword("DESC")
			q.order, q.down = append(q.order, strings.ToLower(name)), q.down || down && len(q.order) == 0
			if !p.keyword(",") {
				break
			}
		}
	}
	if len(p.rest) > 0 {
		return q, p.wrong()
	}
	return q, nil
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
	case len(p.rest) > 0 && p.rest[0].kind == "sign" && !strings.Contains("(),", p.rest[0].text):
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

// unfit is why a field cannot be compared with an operand; nil: it can.
func (g *atlassian) unfit(name string, field queryField, o operand) *queryFault {
	empty := strings.EqualFold(o.text, "EMPTY") || strings.EqualFold(o.text, "NULL")
	switch {
	case o.function && g.functions[o.text] == nil:
		return &queryFault{kind: "function", value: o.text}
	case o.function || empty:
		return nil
	case field.date && day(o.text) == "":
		return &queryFault{kind: "date", field: name, value: o.text}
	case field.known != nil && !slices.ContainsFunc(field.known, func(k string) bool { return strings.EqualFold(k, o.text) }):
		return &queryFault{kind: "value", field: name, value: o.text}
	}
	return nil
}

// now is when queries for the last days are asked.
var now = time.Date(2026, 2, 10, 12, 0, 0, 0, time.UTC)

var period = regexp.MustCompile(`^-(\d{1,4})([dw])$`)

// day is a value of a date field as year, month and day; empty: it is none.
func day(text string) string {
	for _, layout := range []string{"2006-01-02", "2006/01/02", "2006-01-02 15:04", "2006/01/02 15:04"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Format(time.DateOnly)
		}
	}
	if m := period.FindStringSubmatch(text); m != nil {
		var days int
		_, _ = fmt.Sscan(m[1], &days) // digits, by the pattern
		return now.AddDate(0, 0, -days*map[string]int{"d": 1, "w": 7}[m[2]]).Format(time.DateOnly)
	}
	return ""
}

func (g *atlassian) holds(field queryField, sign string, operands []operand, r Record) bool {
	have := field.values(r)
	switch sign {
	case "IS", "~IS":
		return (len(have) == 0) == (sign == "IS")
	case "~", "!~":
		return contains(have, operands[0].text) == (sign == "~")
	case "!=", "~IN":
		return len(have) > 0 && !g.equals(field, have, operands, r)
	case "=", "IN":
		return g.equals(field, have, operands, r)
	}
	order := 0
	if len(have) > 0 {
		order = cmp.Compare(have[0], day(operands[0].text))
	}
	return len(have) > 0 && map[string]bool{"<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[sign]
}

func (g *atlassian) equals(field queryField, have []string, operands []operand, r Record) bool {
	for _, o := range operands {
		wanted := []string{o.text}
		if o.function {
			wanted = g.functions[o.text](field, r)
		}
		for _, w := range wanted {
			if field.date {
				w = day(w)
			}
			if slices.ContainsFunc(have, func(h string) bool { return strings.EqualFold(h, w) }) {
				return true
			}
		}
	}
	return false
}

// contains says whether all words, or the phrase when it is in quotes, are in
// one of the texts.
func contains(texts []string, wanted string) bool {
	words := strings.Fields(strings.ToLower(wanted))
	if len(wanted) > 1 && strings.HasPrefix(wanted, `"`) && strings.HasSuffix(wanted, `"`) {
		words = []string{strings.ToLower(wanted[1 : len(wanted)-1])}
	}
	return slices.ContainsFunc(texts, func(text string) bool {
		text = strings.ToLower(text)
		return !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, strings.TrimRight(w, "*")) })
	})
}

// run is what the query finds, in its order.
func (q atlassianQuery) run(rows []Record) []Record {
	var out []Record
	for _, r := range rows {
		if q.where == nil || q.where(r) {
			out = append(out, r)
		}
	}
	slices.SortStableFunc(out, func(a, b Record) int {
		for _, name := range q.order {
			field := q.grammar.fields[name]
			if order := slices.Compare(field.values(a), field.values(b)); order != 0 {
				if q.down {
					return -order
				}
				return order
			}
		}
		return 0
	})
	return out
}
