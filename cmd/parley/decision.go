package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/parleyhq/parley/internal/engine/policy"
)

// verdict is a decision as JSON shows it.
type verdict struct {
	Allowed    bool      `json:"allowed"`
	Explicit   bool      `json:"explicitDeny"`
	Layer      string    `json:"decidedBy"`
	Why        string    `json:"explanation"`
	Message    string    `json:"message,omitempty"` // in AWS's words; a caller of another account reads no more than its own policies tell
	Principal  string    `json:"principal"`
	Action     string    `json:"action"`
	Resource   string    `json:"resource"` // that decided
	Statements []opinion `json:"statements"`
}

// opinion is what one statement said.
type opinion struct {
	Resource  string `json:"resource"`
	Layer     string `json:"layer"`
	Policy    string `json:"policy"`
	Statement int    `json:"statement"`
	Sid       string `json:"sid,omitempty"`
	Effect    string `json:"effect"`
	Applied   bool   `json:"applied"`
	Element   string `json:"element,omitempty"` // that does not fit
	Detail    string `json:"detail,omitempty"`
}

// tell decides a request, prints why, and sets the exit status.
func tell(p *process, asJSON bool, all *policies, r *policy.Request) error {
	v := all.decide(r)
	var err error
	if asJSON {
		err = printJSON(p.out, v)
	} else {
		err = v.print(p.out)
	}
	if err == nil && !v.Allowed {
		return exit(exitFailed)
	}
	return err
}

// decide decides a request.
func (all *policies) decide(r *policy.Request) verdict {
	trace := all.Trace(r)
	d := trace.Decision
	v := verdict{
		Allowed: d.Allowed, Explicit: d.Explicit, Layer: d.Layer.String(), Why: all.explain(d), Message: d.Message(r),
		Principal: r.Principal.Name(), Action: r.Action, Resource: r.Targets[d.Target].ARN, Statements: []opinion{},
	}
	for _, s := range trace.Statements {
		v.Statements = append(v.Statements, opinion{
			Resource: r.Targets[s.Target].ARN, Layer: s.Layer.String(), Policy: all.name(s.Layer, s.Policy), Statement: s.Statement, Sid: s.Sid,
			Effect: s.Effect.String(), Applied: s.Applied, Element: s.Element, Detail: s.Detail,
		})
	}
	return v
}

// explain is Decision.Explain with the names of policies for their numbers.
func (all *policies) explain(d policy.Decision) string {
	if d.Statement < 0 {
		return d.Explain()
	}
	said := "denied by "
	if d.Allowed {
		said = "allowed by "
	}
	return said + place(d.Layer.String(), all.name(d.Layer, d.Policy), d.Statement, d.Sid)
}

// name is that of a policy, or its number.
func (all *policies) name(l policy.Layer, n int) string {
	if names := all.names[l]; n >= 0 && n < len(names) {
		return names[n]
	}
	return strconv.Itoa(n)
}

func place(layer, name string, statement int, sid string) string {
	at := fmt.Sprintf("%s %s, statement %d", layer, name, statement)
	if sid != "" {
		at += " (" + sid + ")"
	}
	return at
}

// print prints a verdict for a person.
func (v verdict) print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintln(&b, v.Why)
	if v.Message != "" {
		fmt.Fprintf(&b, "\nIn AWS's words:\n  %s\n", v.Message)
	}
	for i, s := range v.Statements {
		if i == 0 || v.Statements[i-1].Resource != s.Resource {
			fmt.Fprintf(&b, "\nStatements, asked about %s:\n", s.Resource)
		}
		fmt.Fprintf(&b, "  %s: %s %s\n", place(s.Layer, s.Policy, s.Statement, s.Sid), s.Effect, s.says())
	}
	if len(v.Statements) == 0 {
		fmt.Fprint(&b, "\nNo policy has a statement that could apply.\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// says is whether a statement applied, or what of it did not fit.
func (s opinion) says() string {
	switch {
	case s.Applied:
		return "applies"
	case s.Detail != "":
		return "does not apply: its " + s.Element + " " + s.Detail + " does not hold"
	}
	return "does not apply: its " + s.Element + " does not fit"
}
