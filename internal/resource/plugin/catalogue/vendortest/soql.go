package vendortest

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// A soql is a query in Salesforce's language, as far as "SOQL SELECT Syntax"
// goes for one object: fields, conditions with AND, OR and parentheses, an order
// and a limit.
type soql struct {
	fields []string
	object string
	where  condition // nil: all
	order  string    // a field; empty: none
	down   bool
	limit  int
	used   []comparison // all there are in where
}

type condition func(Record) bool

// A comparison is a condition on one field.
type comparison struct {
	field, sign string
	literal     token
}

// A token is a word, a sign or a literal of a query.
type token struct {
	kind string // word, sign, string, number, date, date-time
	text string // of a string without quotes and escapes; of a LIKE pattern see pattern
	raw  string
}

var soqlTokens = regexp.MustCompile(`^(?:` +
	`(?P<string>'(?:[^'\\]|\\.)*')|(?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))|(?P<date>\d{4}-\d\d-\d\d)|` +
	`(?P<number>[+-]?\d+(?:\.\d+)?)|(?P<word>[A-Za-z][A-Za-z0-9_.]*)|(?P<sign><=|>=|!=|[=<>(),]))`)

var tokenKinds = []string{"", "string", "date-time", "date", "number", "word", "sign"}

func tokens(text string) ([]token, error) {
	var out []token
	for text = strings.TrimLeft(text, " \t\r\n"); text != ""; text = strings.TrimLeft(text, " \t\r\n") {
		found := soqlTokens.FindStringSubmatch(text)
		if found == nil {
			return nil, fmt.Errorf("unexpected token: '%.20s'", text)
		}
		for i, part := range found[1:] {
			if part != "" {
				t := token{kind: tokenKinds[i+1], text: part, raw: part}
				if t.kind == "string" {
					t.text = unescaped(part[1 : len(part)-1])
				}
				out = append(out, t)
			}
		}
		text = text[len(found[0]):]
	}
	return out, nil
}

var soqlEscapes = map[byte]string{'n': "\n", 'r': "\r", 't': "\t", 'b': "\b", 'f': "\f", '"': `"`, '\'': "'", '\\': `\`, '_': "_", '%': "%"}

func unescaped(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
			b.WriteString(soqlEscapes[s[i]])
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// A soqlReader takes a query apart.
type soqlReader struct {
	rest  []token
	query soql
}

var errSOQL = errors.New("unexpected token")

func parseSOQL(text string) (soql, error) {
	list, err := tokens(text)
	if err != nil {
		return soql{}, err
	}
	p := &soqlReader{rest: list, query: soql{limit: 2000}}
	if err := p.read(); err != nil {
		return soql{}, err
	}
	return p.query, nil
}

// keyword takes the words when they come next.
func (p *soqlReader) keyword(words ...string) bool {
	for i, w := range words {
		if len(p.rest) <= i || p.rest[i].kind == "string" || !strings.EqualFold(p.rest[i].text, w) {
			return false
		}
	}
	p.rest = p.rest[len(words):]
	return true
}

// next takes a token of one of the kinds.
func (p *soqlReader) next(kinds ...string) (token, error) {
	if len(p.rest) == 0 {
		return token{}, errors.New("unexpected token: '<EOF>'")
	}
	t := p.rest[0]
	if !slices.Contains(kinds, t.kind) {
		return token{}, fmt.Errorf("%w: '%s'", errSOQL, t.raw)
	}
	p.rest = p.rest[1:]
	return t, nil
}

func (p *soqlReader) read() error {
	if !p.keyword("SELECT") {
		return fmt.Errorf("%w: a query begins with SELECT", errSOQL)
	}
	for {
		f, err := p.next("word")
		if err != nil {
			return err
		}
		p.query.fields = append(p.query.fields, f.text)
		if !p.keyword(",") {
			break
		}
	}
	if !p.keyword("FROM") {
		return fmt.Errorf("%w: FROM is missing", errSOQL)
	}
	object, err := p.next("word")
	if err != nil {
		return err
	}
	p.query.object = object.text
	return p.clauses()
}

// clauses reads what comes behind FROM.
func (p *soqlReader) clauses() (err error) {
	if p.keyword("WHERE") {
		if p.query.where, err = p.any(); err != nil {
			return err
		}
	}
	if p.keyword("ORDER", "BY") {
		field, err := p.next("word")
		if err != nil {
			return err
		}
		p.query.order = field.text
		p.query.down = !p.keyword("ASC") && p.keyword("DESC")
	}
	if p.keyword("LIMIT") {
		n, err := p.next("number")
		if err != nil {
			return err
		}
		if p.query.limit, err = strconv.Atoi(n.text); err != nil {
			return err
		}
	}
	if len(p.rest) > 0 {
		return fmt.Errorf("%w: '%s'", errSOQL, p.rest[0].raw)
	}
	return nil
}

// any reads conditions joined by AND or by OR. Both in one row need
// parentheses, as Salesforce wants them.
func (p *soqlReader) any() (condition, error) {
	first, err := p.one()
	if err != nil {
		return nil, err
	}
	all := []condition{first}
	word := ""
	for p.keyword("AND") && p.joined(&word, "AND") || p.keyword("OR") && p.joined(&word, "OR") {
		c, err := p.one()
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	if word == "mixed" {
		return nil, fmt.Errorf("%w: AND and OR in a row need parentheses", errSOQL)
	}
	return func(r Record) bool {
		fails := func(c condition) bool { return !c(r) }
		if word == "OR" {
			return slices.ContainsFunc(all, func(c condition) bool { return c(r) })
		}
		return !slices.ContainsFunc(all, fails)
	}, nil
}

func (p *soqlReader) joined(word *string, by string) bool {
	if *word != "" && *word != by {
		by = "mixed"
	}
	*word = by
	return true
}

func (p *soqlReader) one() (condition, error) {
	if p.keyword("(") {
		c, err := p.any()
		if err == nil && !p.keyword(")") {
			err = fmt.Errorf("%w: ) is missing", errSOQL)
		}
		return c, err
	}
	field, err := p.next("word")
	if err != nil {
		return nil, err
	}
	sign, err := p.next("sign", "word")
	if err != nil || !slices.Contains([]string{"=", "!=", "<", "<=", ">", ">=", "LIKE"}, strings.ToUpper(sign.text)) {
		return nil, fmt.Errorf("%w: no operator behind %s", errSOQL, field.text)
	}
	literal, err := p.next("string", "number", "date", "date-time", "word")
	if err != nil {
		return nil, err
	}
	c := comparison{field.text, strings.ToUpper(sign.text), literal}
	p.query.used = append(p.query.used, c)
	return c.holds, nil
}

// problem is what is wrong with the query's fields, given their kinds.
func (q soql) problem(kinds map[string]string) string {
	asked := slices.Clone(q.fields)
	if q.order != "" {
		asked = append(asked, q.order)
	}
	for _, c := range q.used {
		asked = append(asked, c.field)
	}
	for _, f := range asked {
		if kinds[f] == "" {
			return fmt.Sprintf("No such column '%s' on entity '%s'", f, q.object)
		}
	}
	for _, c := range q.used {
		if kind := kinds[c.field]; !c.fits(kind) {
			return fmt.Sprintf("value of filter criterion for field '%s' must be of type %s and should not be enclosed in quotes", c.field, kind)
		}
	}
	return ""
}

// fits says whether the literal can be compared with a field of that kind.
func (c comparison) fits(kind string) bool {
	if c.literal.kind == "word" {
		boolean := strings.EqualFold(c.literal.text, "true") || strings.EqualFold(c.literal.text, "false")
		return boolean && kind == "boolean" || strings.EqualFold(c.literal.text, "null")
	}
	if c.sign == "LIKE" {
		return kind == "string" && c.literal.kind == "string"
	}
	return c.literal.kind == kind
}

func (c comparison) holds(r Record) bool {
	have := follow(r, c.field)
	if strings.EqualFold(c.literal.text, "null") && c.literal.kind == "word" {
		return (have == nil) == (c.sign == "=")
	}
	if have == nil {
		return c.sign == "!="
	}
	if c.sign == "LIKE" {
		return pattern(c.literal.raw).MatchString(fmt.Sprint(have))
	}
	order := strings.Compare(strings.ToLower(fmt.Sprint(have)), strings.ToLower(c.literal.text))
	if n, ok := have.(float64); ok {
		want, err := strconv.ParseFloat(c.literal.text, 64)
		if err != nil {
			return false
		}
		order = cmp.Compare(n, want)
	}
	return map[string]bool{"=": order == 0, "!=": order != 0, "<": order < 0, "<=": order <= 0, ">": order > 0, ">=": order >= 0}[c.sign]
}

// pattern is a LIKE pattern with its quotes as a regular expression: % is any
// text, _ any character, both but behind a backslash; case does not matter.
func pattern(raw string) *regexp.Regexp {
	var b strings.Builder
	raw = raw[1 : len(raw)-1]
	for i := 0; i < len(raw); i++ {
		switch {
		case raw[i] == '\\' && i+1 < len(raw):
			i++
			b.WriteString(regexp.QuoteMeta(soqlEscapes[raw[i]]))
		case raw[i] == '%':
			b.WriteString(".*")
		case raw[i] == '_':
			b.WriteString(".")
		default:
			b.WriteString(regexp.QuoteMeta(raw[i : i+1]))
		}
	}
	return regexp.MustCompile("(?is)^" + b.String() + "$")
}

// run is what the query finds in rows.
func (q soql) run(rows []Record) []Record {
	var out []Record
	for _, r := range rows {
		if q.where == nil || q.where(r) {
			out = append(out, r)
		}
	}
	if q.order != "" {
		slices.SortStableFunc(out, func(a, b Record) int {
			order := strings.Compare(fmt.Sprint(follow(a, q.order)), fmt.Sprint(follow(b, q.order)))
			if q.down {
				return -order
			}
			return order
		})
	}
	return out[:min(q.limit, len(out))]
}
