package differential

import (
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/engine/policy/policytest"
)

// engine decides requests with the first evaluator, engine/policy.
func engine(p policytest.Policies, requests []policytest.Request) []Decision {
	out := make([]Decision, len(requests))
	set, err := engineSet(p)
	for i, r := range requests {
		if out[i] = Refused; err == nil {
			out[i] = engineDecision(set.Decide(request(r)))
		}
	}
	return out
}

func engineDecision(d policy.Decision) Decision {
	switch {
	case d.Allowed:
		return Allow
	case d.Explicit:
		return ExplicitDeny
	default:
		return ImplicitDeny
	}
}

func engineSet(p policytest.Policies) (*policy.Set, error) {
	var s policy.Set
	for _, part := range []struct {
		kind      policy.Kind
		documents []string
		add       func(*policy.Policy)
	}{
		{policy.Identity, p.Identity, func(p *policy.Policy) { s.Identity = append(s.Identity, p) }},
		{policy.Identity, p.Boundary, func(p *policy.Policy) { s.Boundary = p }},
		{policy.Session, p.Session, func(p *policy.Policy) { s.Session = append(s.Session, p) }},
		{policy.Resource, p.Resource, func(p *policy.Policy) { s.Resource = append(s.Resource, p) }},
		{policy.ServiceControl, p.SCP, func(p *policy.Policy) { s.SCPs = append(s.SCPs, []*policy.Policy{p}) }},
		{policy.ResourceControl, p.RCP, func(p *policy.Policy) { s.RCPs = append(s.RCPs, []*policy.Policy{p}) }},
	} {
		for _, document := range part.documents {
			read, err := policy.Parse([]byte(document), part.kind)
			if err != nil {
				return nil, err
			}
			part.add(read)
		}
	}
	return &s, nil
}

func request(r policytest.Request) *policy.Request {
	p := r.Principal
	return &policy.Request{
		Principal: policy.Principal{
			Type: principalType(p.Type), Account: p.Account, ARN: p.ARN, SessionARN: p.SessionARN,
			Service: p.Service, Provider: p.Provider, CanonicalID: p.CanonicalID,
		},
		Action:  r.Action,
		Targets: []policy.Target{{ARN: r.Resource, Account: r.ResourceAccount}},
		Context: policy.NewContext(r.Context),
	}
}

func principalType(t policytest.PrincipalType) policy.PrincipalType {
	switch t {
	case policytest.Root:
		return policy.Root
	case policytest.User:
		return policy.User
	case policytest.RoleSession:
		return policy.RoleSession
	case policytest.FederatedUser:
		return policy.FederatedUser
	case policytest.Service:
		return policy.Service
	case policytest.Federated:
		return policy.Federated
	default:
		return policy.Anonymous
	}
}
