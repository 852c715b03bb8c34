package openapi

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// languages are those in which a Compose can quote a value.
var languages = []string{"jql", "cql", "soql", "odata", "plain"}

// maxClauses bounds one x-parley-compose.
const maxClauses = 50

// clauses walks the schemas inside x-parley-compose, which may have references
// like any others.
func (t *tidier) clauses(n *node, u *unit) {
	for c := range t.tree.member(t.tree.member(n, "x-parley-compose"), "clauses").live() {
		if s := t.tree.member(c, "schema"); s != nil {
			t.value(s, schemaOrFlag(), u)
		}
	}
}

// compose reads x-parley-compose, nil when a parameter has none.
func (rd *reader) compose(op *operation, p *node) *Compose {
	n := rd.tree.member(p, "x-parley-compose")
	if n == nil {
		return nil
	}
	out := &Compose{
		Language: rd.tree.text(n, "language"), Begin: rd.prose(n, "begin"), Join: rd.prose(n, "join"),
		End: rd.prose(n, "end"), Empty: rd.prose(n, "empty"),
	}
	if !slices.Contains(languages, out.Language) {
		rd.blame(op, n, refuse("compose-language", fmt.Sprintf("x-parley-compose has the language %.40q, in which values cannot be quoted", out.Language),
			"give one of: "+strings.Join(languages, ", ")))
		return nil
	}
	clauses := rd.tree.member(n, "clauses")
	if clauses.size() > maxClauses {
		rd.blame(op, n, refuse("compose-clauses", fmt.Sprintf("x-parley-compose has %d clauses; at most %d are put together", clauses.size(), maxClauses), "keep those that people fill in"))
		return nil
	}
	for c := range clauses.live() {
		if rd.spend(1) {
			rd.clause(op, out, c)
		}
	}
	if len(out.Clauses) == 0 {
		rd.blame(op, n, refuse("compose-clauses", "x-parley-compose has no clause to put together", "add clauses, each with a name and a text"))
		return nil
	}
	return out
}

func (rd *reader) clause(op *operation, to *Compose, c *node) {
	name, text := rd.tree.text(c, "name"), rd.prose(c, "text")
	switch {
	case name == "":
		rd.blame(op, c, refuse("compose-name", "the clause has no name", "give it the name of its input"))
	case slices.ContainsFunc(to.Clauses, func(have Clause) bool { return have.Name == name }):
		rd.blame(op, c, refuse("compose-name", fmt.Sprintf("another clause has the name %.100q", name), "give each clause a name of its own"))
	default:
		in := rd.input(op, c, rd.schemas.schema(op, rd.tree.member(c, "schema")), name)
		in.Required = rd.tree.member(c, "required").isTrue()
		if text == "" || in.Type != "boolean" && !strings.Contains(text, "{value}") {
			rd.blame(op, c, refuse("compose-text", "the text of the clause has no {value}, so its input would change nothing",
				"put {value} where the input stands, or make the input a boolean, which switches the text on"))
		}
		to.Clauses = append(to.Clauses, Clause{Name: name, Text: text, Input: in})
	}
}

// A pendingLookup is looked at when every operation has its id.
type pendingLookup struct {
	op   *operation
	node *node
	to   *Lookup
}

// lookup reads x-parley-lookup.
func (rd *reader) lookup(op *operation, n *node) *Lookup {
	out := &Lookup{
		OperationID: rd.tree.text(n, "operationId"), List: rd.tree.text(n, "list"), Value: rd.tree.text(n, "value"),
		Otherwise: rd.tree.text(n, "otherwise"),
	}
	for m := range rd.tree.member(n, "match").live() {
		out.Match = append(out.Match, m.str())
	}
	for k := range rd.tree.member(n, "arguments").live() {
		if out.Arguments == nil {
			out.Arguments = map[string]string{}
		}
		out.Arguments[k.key] = k.scalar()
	}
	rd.spend(1 + len(out.Match) + len(out.Arguments))
	rd.lookups = append(rd.lookups, pendingLookup{op, n, out})
	return out
}

// checkLookups refuses what names no operation, or points nowhere.
func (rd *reader) checkLookups(ops []*operation) {
	if len(rd.lookups) == 0 {
		return
	}
	known := map[string]bool{}
	for _, op := range ops {
		known[op.action.OperationID] = true
	}
	for _, l := range rd.lookups {
		if m := lookupProblem(l, known); m.rule != "" {
			rd.blame(l.op, l.node, m)
		}
	}
}

func lookupProblem(l pendingLookup, known map[string]bool) note {
	switch id := l.to.OperationID; {
	case !known[id]:
		return refuse("lookup-operation", fmt.Sprintf("x-parley-lookup names the operation %.100q, which the document does not have", id),
			"give the operationId of the operation that lists the values")
	case id == l.op.action.OperationID:
		return refuse("lookup-operation", "x-parley-lookup names its own operation", "give the operationId of the operation that lists the values")
	case len(l.to.Match) == 0:
		return refuse("lookup-match", "x-parley-lookup does not say what a name is compared with", "give match: a list of JSON pointers into an item")
	}
	if _, err := regexp.Compile(l.to.Otherwise); err != nil {
		return refuse("lookup-otherwise", fmt.Sprintf("%.100q in x-parley-lookup is not a regular expression of RE2", l.to.Otherwise),
			"give otherwise: an expression for the ids that are taken as they are")
	}
	for _, p := range append([]string{l.to.List, l.to.Value}, l.to.Match...) {
		if !isPointer(p) {
			return refuse("lookup-pointer", fmt.Sprintf("%.100q in x-parley-lookup is not a JSON pointer (RFC 6901)", p), `write it as /member/member, or "" for the whole`)
		}
	}
	return note{}
}

// isPointer holds text against RFC 6901, section 3.
func isPointer(text string) bool {
	if text != "" && text[0] != '/' {
		return false
	}
	for i := range len(text) {
		if text[i] == '~' && (i+1 == len(text) || text[i+1] != '0' && text[i+1] != '1') {
			return false
		}
	}
	return true
}
