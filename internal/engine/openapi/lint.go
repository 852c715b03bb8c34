package openapi

import (
	"fmt"
	"slices"
	"strings"
)

// A Report is the long answer about a document: every finding, and for each
// operation whether it can be called.
type Report struct {
	Title      string    `json:"title"`
	OpenAPI    string    `json:"openapi"`
	Server     string    `json:"server"`
	Accepted   bool      `json:"accepted"` // CreatePlugin takes it, for the operations that can be called
	Operations []Verdict `json:"operations"`
	Findings   []Finding `json:"findings"`
}

// A Verdict is what the report says of one operation.
type Verdict struct {
	Method      string    `json:"method"`
	Path        string    `json:"path"`
	OperationID string    `json:"operationId"`
	Name        string    `json:"name"`
	Callable    bool      `json:"callable"`
	Cut         bool      `json:"cut,omitempty"`     // there are too many operations; best done without this one
	Reasons     []Finding `json:"reasons,omitempty"` // why it cannot be called
}

// lintBytes is how large a document may be for Lint to tell more of it than that
// it is too large.
const lintBytes = 16 << 20

// Lint understands src as Parse does, and tells all it found on the way. Of a
// document that is only too large it also tells which operations it has, so that
// its owner can choose some.
func Lint(src []byte, lim Limits) Report {
	lim = lim.orDefault()
	if len(src) <= lim.Bytes || len(src) > lintBytes {
		return lint(src, lim)
	}
	wide := lim
	grow := lintBytes/lim.Bytes + 1
	wide.Bytes, wide.Nodes, wide.Work = lintBytes, grow*lim.Nodes, grow*lim.Work
	out := lint(src, wide)
	out.Accepted = false
	out.Findings = append([]Finding{tooLarge(src, lim)}, out.Findings...)
	return out
}

func lint(src []byte, lim Limits) Report {
	r := read(src, lim)
	out := Report{Title: r.title, OpenAPI: r.version, Server: r.server, Findings: r.findings, Operations: []Verdict{}}
	for _, op := range r.operations {
		reasons := op.reasons
		if r.server == "" && op.action.Server == "" {
			reasons = append(slices.Clone(reasons), r.unserved)
		}
		out.Operations = append(out.Operations, Verdict{
			Method: op.action.Method, Path: op.action.Path, OperationID: op.action.OperationID, Name: op.action.Name,
			Callable: len(reasons) == 0, Cut: op.cut, Reasons: reasons,
		})
	}
	out.Accepted = r.document != nil && r.document.Served()
	return out
}

// Refused says whether CreatePlugin would refuse the document.
func (r Report) Refused() bool { return !r.Accepted }

// Text is the report for a terminal.
func (r Report) Text() string {
	var b strings.Builder
	r.head(&b)
	for _, v := range r.Operations {
		v.write(&b)
	}
	for _, grade := range []Grade{Refused, Advice} {
		r.list(&b, grade)
	}
	return b.String()
}

func (r Report) head(b *strings.Builder) {
	verdict := "accepted"
	if r.Refused() {
		verdict = "refused"
	}
	name := r.Title
	if name == "" {
		name = "The document"
	}
	fmt.Fprintf(b, "%s: %s", name, verdict)
	if r.OpenAPI != "" {
		fmt.Fprintf(b, "; OpenAPI %s", r.OpenAPI)
	}
	if r.Server != "" {
		fmt.Fprintf(b, ", %s", r.Server)
	}
	b.WriteString("\n")
	if n := len(r.Operations); n > 0 {
		callable := 0
		for _, v := range r.Operations {
			if v.Callable {
				callable++
			}
		}
		fmt.Fprintf(b, "\n%d of %d operations can be called\n", callable, n)
	}
}

func (v Verdict) write(b *strings.Builder) {
	mark := "ok"
	switch {
	case !v.Callable:
		mark = "no"
	case v.Cut:
		mark = "cut"
	}
	fmt.Fprintf(b, "  %-3s  %-7s %s  (%s)\n", mark, v.Method, v.Path, v.Name)
	for _, f := range v.Reasons {
		fmt.Fprintf(b, "         %s\n", f)
	}
}

func (r Report) list(b *strings.Builder, grade Grade) {
	first := true
	for _, f := range r.Findings {
		if f.Grade != grade {
			continue
		}
		if first {
			fmt.Fprintf(b, "\n%s\n", grade)
			first = false
		}
		fmt.Fprintf(b, "  %s [%s]\n", f, f.Rule)
	}
}
