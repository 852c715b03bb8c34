package policy

import "fmt"

// A Trace is a decision with what every statement said to it, target by target.
type Trace struct {
	Decision   Decision
	Statements []StatementTrace
}

// A StatementTrace says whether a statement applied to a target.
type StatementTrace struct {
	Target    int // index in the request's targets
	Layer     Layer
	Level     int
	Policy    int
	Statement int
	Sid       string
	Effect    Effect
	Applied   bool
	Element   string // the first that does not fit: Action, Resource, Principal or Condition, or its Not form
	Detail    string // for a condition: operator, key, and what the request has
}

// String is the trace of a statement in one line.
func (t StatementTrace) String() string {
	at := fmt.Sprintf("%s: %s ", place(t.Layer, t.Level, t.Policy, t.Statement, t.Sid), t.Effect)
	switch {
	case t.Applied:
		return at + "applies"
	case t.Detail != "":
		return at + "does not apply: " + t.Element + " " + t.Detail
	}
	return at + "does not apply: " + t.Element
}

// Trace decides, and says of each statement why it applied or not. It is for
// people who try out policies; Decide is for requests.
func (s *Set) Trace(r *Request) Trace {
	t := Trace{Decision: s.Decide(r)}
	targets := r.Targets
	if len(targets) == 0 {
		targets = []Target{{}}
	}
	for i := range targets {
		e := &evaluation{request: r, target: &targets[i], action: lower(r.Action), bounded: s.Boundary != nil}
		for _, l := range s.levels() {
			t.level(l, i, e)
		}
	}
	return t
}

// A level is policies of one layer.
type level struct {
	layer    Layer
	number   int
	policies []*Policy
}

// levels are all policies of the set.
func (s *Set) levels() []level {
	var list []level
	for i, policies := range s.RCPs {
		list = append(list, level{ResourceControlPolicy, i, policies})
	}
	for i, policies := range s.SCPs {
		list = append(list, level{ServiceControlPolicy, i, policies})
	}
	of := ResourceBasedPolicy
	if s.Trust {
		of = RoleTrustPolicy
	}
	list = append(list, level{of, 0, s.Resource}, level{IdentityBasedPolicy, 0, s.Identity})
	if s.Boundary != nil {
		list = append(list, level{PermissionsBoundary, 0, []*Policy{s.Boundary}})
	}
	return append(list, level{SessionPolicy, 0, s.Session})
}

func (t *Trace) level(l level, target int, e *evaluation) {
	for i, p := range l.policies {
		for j := range p.Statements {
			s := &p.Statements[j]
			st := StatementTrace{Target: target, Layer: l.layer, Level: l.number, Policy: i, Statement: j, Sid: s.Sid, Effect: s.Effect}
			st.Element, st.Detail = s.misfit(e)
			st.Applied = st.Element == ""
			t.Statements = append(t.Statements, st)
		}
	}
}

// misfit is the first element that keeps a statement from applying, or "".
func (s *Statement) misfit(e *evaluation) (element, detail string) {
	switch {
	case !s.actionFits(e):
		return not(s.notAction, "Action"), ""
	case !s.resourceFits(e):
		return not(s.notResource, "Resource"), ""
	case s.grants(e) == noGrant:
		return not(s.notPrincipal, "Principal"), ""
	}
	if i := s.failing(e); i >= 0 {
		return "Condition", s.conditions[i].detail(e)
	}
	return "", ""
}

// detail names a condition that does not hold, and the values it was held against.
func (c *condition) detail(e *evaluation) string {
	values := e.values(c.key)
	if len(values) == 0 {
		return fmt.Sprintf("%s %s (the request has no such key)", c.name, c.written)
	}
	return fmt.Sprintf("%s %s (the request has %q)", c.name, c.written, values)
}

func not(is bool, element string) string {
	if is {
		return "Not" + element
	}
	return element
}
