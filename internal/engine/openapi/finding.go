package openapi

import (
	"cmp"
	"fmt"
	"slices"
)

// Grade says how much a finding matters.
type Grade string

// The two grades.
const (
	Refused Grade = "refused" // cannot be called at all
	Advice  Grade = "advice"  // works here; Amazon Q Business would not take it, or a model will do badly
)

// A Finding is one thing to know about a document, where it stands and what to
// do about it.
type Finding struct {
	Grade   Grade  `json:"grade"`
	Rule    string `json:"rule"`    // short and stable, such as "server-missing"
	Pointer string `json:"pointer"` // RFC 6901; "" is the whole document
	Line    int    `json:"line"`    // from 1
	Column  int    `json:"column"`  // from 1, in characters
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
}

// String is the finding as one line of text.
func (f Finding) String() string {
	where := fmt.Sprintf("line %d, column %d", f.Line, f.Column)
	if f.Pointer != "" {
		where += ", " + f.Pointer
	}
	return fmt.Sprintf("%s: %s; fix: %s", where, f.Message, f.Remedy)
}

// OnlyRefused returns the findings that stand in the way of calling, in order.
func OnlyRefused(all []Finding) []Finding {
	var out []Finding
	for _, f := range all {
		if f.Grade == Refused {
			out = append(out, f)
		}
	}
	return out
}

// findings collects without repeating itself and without growing past max of
// each grade, so that a hostile document cannot buy memory with mistakes.
type findings struct {
	max     int
	list    []Finding
	seen    map[findingKey]bool
	refused int
	advice  int
}

type findingKey struct{ rule, pointer string }

func (fs *findings) add(f Finding) {
	if !fs.full(f.Grade) {
		fs.keep(f)
	}
}

// keep adds f even when there are many already: what refuses a document as a
// whole is never left unsaid.
func (fs *findings) keep(f Finding) {
	key := findingKey{f.Rule, f.Pointer}
	if fs.seen[key] {
		return
	}
	if fs.seen == nil {
		fs.seen = map[findingKey]bool{}
	}
	fs.seen[key] = true
	if f.Grade == Refused {
		fs.refused++
	} else {
		fs.advice++
	}
	fs.list = append(fs.list, f)
}

func (fs *findings) full(g Grade) bool {
	if g == Refused {
		return fs.refused >= fs.max
	}
	return fs.advice >= fs.max
}

func (fs *findings) sorted() []Finding {
	slices.SortStableFunc(fs.list, byPosition)
	return fs.list
}

func byPosition(a, b Finding) int {
	return cmp.Or(
		cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.Column, b.Column),
		-cmp.Compare(a.Grade, b.Grade), // "refused" before "advice"
		cmp.Compare(a.Pointer, b.Pointer),
		cmp.Compare(a.Rule, b.Rule),
	)
}

// note is a finding that does not know its place yet.
type note struct {
	grade           Grade
	rule            string
	message, remedy string
}

func refuse(rule, message, remedy string) note { return note{Refused, rule, message, remedy} }
func advise(rule, message, remedy string) note { return note{Advice, rule, message, remedy} }

func (m note) at(n *node) Finding {
	return Finding{m.grade, m.rule, n.pointer(), max(1, int(n.line)), max(1, int(n.column)), m.message, m.remedy}
}

func (m note) atPlace(line, column int) Finding {
	return Finding{m.grade, m.rule, "", max(1, line), max(1, column), m.message, m.remedy}
}
