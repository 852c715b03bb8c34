package differential

import (
	first "github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/engine/policy/policytest"
)

// engine decides a case with the first evaluator.
func engine(c policytest.Case) Decision {
	set, err := setOf(c.Policies)
	if err != nil {
		return Refused
	}
	p := c.Request.Principal
	d := set.Decide(&first.Request{
		Principal: first.Principal{
			Type: types[p.Type], Account: p.Account, ARN: p.ARN, SessionARN: p.SessionARN,
			CanonicalID: p.CanonicalID, Service: p.Service, Provider: p.Provider,
		},
		Action:  c.Request.Action,
		Targets: []first.Target{{ARN: c.Request.Resource, Account: c.Request.ResourceAccount}},
		Context: first.NewContext(c.Request.Context),
	})
	switch {
	case d.Allowed:
		return Allow
	case d.Explicit:
		return ExplicitDeny
	}
	return ImplicitDeny
}

var types = map[policytest.PrincipalType]first.PrincipalType{
	policytest.Root: first.Root, policytest.User: first.User, policytest.RoleSession: first.RoleSession,
	policytest.FederatedUser: first.FederatedUser, policytest.Service: first.Service,
	policytest.Federated: first.Federated, policytest.Anonymous: first.Anonymous,
}

// setOf parses the documents. Each control policy is a level of its own.
func setOf(p policytest.Policies) (s *first.Set, err error) {
	parse := func(documents []string, kind first.Kind) (list []*first.Policy) {
		for _, document := range documents {
			parsed, wrong := first.Parse([]byte(document), kind)
			if wrong != nil {
				err = wrong
			}
			list = append(list, parsed)
		}
		return list
	}
	s = &first.Set{
		Identity: parse(p.Identity, first.Identity),
		Session:  parse(p.Session, first.Session),
		Resource: parse(p.Resource, first.Resource),
	}
	for _, boundary := range parse(p.Boundary, first.Identity) {
		s.Boundary = boundary
	}
	for _, level := range parse(p.SCP, first.ServiceControl) {
		s.SCPs = append(s.SCPs, []*first.Policy{level})
	}
	for _, level := range parse(p.RCP, first.ResourceControl) {
		s.RCPs = append(s.RCPs, []*first.Policy{level})
	}
	return s, err
}
