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
