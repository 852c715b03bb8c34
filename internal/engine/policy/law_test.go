package policy

import (
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/engine/policy/policytest"
)

// types are the principal types of policytest.
var types = map[policytest.PrincipalType]PrincipalType{
	policytest.Root: Root, policytest.User: User, policytest.RoleSession: RoleSession, policytest.FederatedUser: FederatedUser,
	policytest.Service: Service, policytest.Federated: Federated, policytest.Anonymous: Anonymous,
}

// requestOf is the request of a generated case.
func requestOf(r policytest.Request) *Request {
	p := r.Principal
	return &Request{
		Principal: Principal{
			Type: types[p.Type], Account: p.Account, ARN: p.ARN, SessionARN: p.SessionARN,
			Service: p.Service, Provider: p.Provider, CanonicalID: p.CanonicalID,
		},
		Action: r.Action, Targets: []Target{{ARN: r.Resource, Account: r.ResourceAccount}}, Context: NewContext(r.Context),
	}
}

// setOf reads the policies of a generated case.
func setOf(t rapid.TB, p policytest.Policies) *Set {
	read := func(documents []string, kind Kind) (list []*Policy) {
		for _, document := range documents {
			parsed, err := Parse([]byte(document), kind)
			if err != nil {
				t.Fatalf("%v\n%s", err, document)
			}
			list = append(list, parsed)
		}
		return list
	}
	s := &Set{
		Identity: read(p.Identity, Identity), Session: read(p.Session, Session), Resource: read(p.Resource, Resource),
		SCPs: levels(read(p.SCP, ServiceControl)), RCPs: levels(read(p.RCP, ResourceControl)),
	}
	for _, boundary := range read(p.Boundary, Identity) {
		s.Boundary = boundary
	}
	return s
}

// generated draws a case.
func generated(t *rapid.T) (*Set, *Request) {
	c := policytest.Generate(rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 7)))
	return setOf(t, c.Policies), requestOf(c.Request)
}

// TestDenyNeverAllows: a statement that denies, added anywhere, takes away and
// never gives.
func TestDenyNeverAllows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := generated(t)
		other, _ := generated(t)
		before := s.Decide(r)
		for _, l := range other.levels() {
			for _, p := range l.policies {
				for _, statement := range p.Statements {
					statement.Effect = Deny
					if after := s.with(l.layer, statement).Decide(r); after.Allowed && !before.Allowed {
						t.Fatalf("a deny in a %s allows", l.layer)
					}
				}
			}
		}
	})
}

// with is the set with a statement more, in every level of a layer that is
// there, or in a policy of its own where that does not make a layer.
func (s *Set) with(l Layer, statement Statement) *Set {
	more := *s
	grow := func(list []*Policy) []*Policy {
		list = slices.Clone(list)
		for i, p := range list {
			q := *p
			q.Statements = append(slices.Clip(p.Statements), statement)
			list[i] = &q
		}
		return list
	}
	switch l {
	case IdentityBasedPolicy:
		more.Identity = append(grow(s.Identity), &Policy{Statements: []Statement{statement}})
	case ResourceBasedPolicy:
		more.Resource = append(grow(s.Resource), &Policy{Statements: []Statement{statement}})
	case SessionPolicy:
		more.Session = grow(s.Session)
	case PermissionsBoundary:
		if s.Boundary != nil {
			more.Boundary = grow([]*Policy{s.Boundary})[0]
		}
	case ServiceControlPolicy:
		more.SCPs = growLevels(s.SCPs, grow)
	case ResourceControlPolicy:
		more.RCPs = growLevels(s.RCPs, grow)
	}
	return &more
}

func growLevels(levels [][]*Policy, grow func([]*Policy) []*Policy) (more [][]*Policy) {
	for _, level := range levels {
		more = append(more, grow(level))
	}
	return more
}

// TestOrderNeverMatters: of statements, policies and levels.
func TestOrderNeverMatters(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := generated(t)
		before, after := s.Decide(r), s.backwards().Decide(r)
		if before.Allowed != after.Allowed || before.Explicit != after.Explicit || before.Layer != after.Layer {
			t.Fatalf("%+v, but backwards %+v", before, after)
		}
	})
}

// backwards is the set with everything in the opposite order.
func (s *Set) backwards() *Set {
	turn := func(list []*Policy) []*Policy {
		list = slices.Clone(list)
		for i, p := range list {
			q := *p
			q.Statements = slices.Clone(p.Statements)
			slices.Reverse(q.Statements)
			list[i] = &q
		}
		slices.Reverse(list)
		return list
	}
	b := Set{
		Identity: turn(s.Identity), Session: turn(s.Session), Resource: turn(s.Resource),
		SCPs: growLevels(s.SCPs, turn), RCPs: growLevels(s.RCPs, turn),
	}
	slices.Reverse(b.SCPs)
	slices.Reverse(b.RCPs)
	if s.Boundary != nil {
		b.Boundary = turn([]*Policy{s.Boundary})[0]
	}
	return &b
}

// TestNothingAllowsNothing: without a statement that allows, only the root user
// of the account may.
func TestNothingAllowsNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := generated(t)
		for _, l := range s.levels() {
			for _, p := range l.policies {
				p.Statements = slices.DeleteFunc(p.Statements, func(s Statement) bool { return s.Effect == Allow })
			}
		}
		if d := s.Decide(r); d.Allowed && d.Layer != RootUser {
			t.Fatalf("%+v", d)
		}
	})
}

// TestTraceAgrees: the trace has the statement that decided as one that
// applied, and its decision is that of Decide.
func TestTraceAgrees(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, r := generated(t)
		trace := s.Trace(r)
		d := trace.Decision
		if d != s.Decide(r) {
			t.Fatal("Trace and Decide decide differently")
		}
		for _, st := range trace.Statements {
			if st.Layer == d.Layer && st.Level == d.Level && st.Policy == d.Policy && st.Statement == d.Statement && !st.Applied {
				t.Fatalf("what decided did not apply: %s", st)
			}
			if st.Applied && st.Effect == Deny && !d.Explicit {
				t.Fatalf("a deny applied, and did not decide: %s", st)
			}
		}
	})
}

// TestEveryElementCanDecide: each element that is read turns some decision.
// Every document here allows; with the element changed, it does not.
func TestEveryElementCanDecide(t *testing.T) {
	r := Request{
		Principal: callers["user"], Action: "sns:Publish", Targets: []Target{{ARN: topic}},
		Context: NewContext(map[string][]string{"aws:username": {"ann"}, "a:list": {"x", "y"}}),
	}
	for name, tt := range map[string]struct{ allows, denies string }{
		"Version": {
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"${aws:username}"}}}}`,
			`{"Version":"2008-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"${aws:username}"}}}}`,
		},
		"Statement": {
			`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*"},{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}`,
			`{"Statement":[{"Effect":"Deny","Principal":"*","Action":"sqs:*","Resource":"*"}]}`,
		},
		"Effect": {
			`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`,
			`{"Statement":{"Effect":"Deny","Principal":"*","Action":"*","Resource":"*"}}`,
		},
		"Principal": {
			`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}`,
			`{"Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"*","Resource":"*"}}`,
		},
		"NotPrincipal": {
			`{"Statement":{"Effect":"Allow","NotPrincipal":{"AWS":"444455556666"},"Action":"*","Resource":"*"}}`,
			`{"Statement":{"Effect":"Allow","Principal":{"AWS":"444455556666"},"Action":"*","Resource":"*"}}`,
		},
		"Action": {
			`{"Statement":{"Effect":"Allow","Principal":"*","Action":"sns:*","Resource":"*"}}`,
			`{"Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}}`,
		},
		"NotAction": {
			`{"Statement":{"Effect":"Allow","Principal":"*","NotAction":"sqs:*","Resource":"*"}}`,
			`{"Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}}`,
		},
		"Resource": {
			`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:sns:*:*:topic"}}`,
			`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:sns:*:*:other"}}`,
		},
		"NotResource": {
			`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","NotResource":"arn:aws:sns:*:*:other"}}`,
			`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"arn:aws:sns:*:*:other"}}`,
		},
		"Condition": {
			`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"ann"}}}}`,
			`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:username":"bob"}}}}`,
		},
		"IfExists": {
			`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEqualsIfExists":{"a:none":"ann"}}}}`,
			`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"StringEquals":{"a:none":"ann"}}}}`,
		},
		"ForAnyValue": {
			`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"a:list":"x"}}}}`,
			`{"Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*","Condition":{"ForAllValues:StringEquals":{"a:list":"x"}}}}`,
		},
	} {
		for _, way := range []struct {
			document string
			want     bool
		}{{tt.allows, true}, {tt.denies, false}} {
			s := Set{Resource: []*Policy{must(t, Resource, way.document)}}
			if d := s.Decide(&r); d.Allowed != way.want {
				t.Errorf("%s: allowed: %v\n%s", name, d.Allowed, way.document)
			}
		}
	}
}
