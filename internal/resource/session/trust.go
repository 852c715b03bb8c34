package session

import (
	"context"
	"maps"
	"slices"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// asker is who asks for a session.
type asker struct {
	who     policy.Principal
	grants  policy.Set     // that speak for them; none for who does not sign
	keys    policy.Context // of the request
	action  string         // by which they ask
	trail   *op.Trail
	refusal func(action string) error
}

// stranger is an asker for whom an identity provider vouches, and nobody else.
func stranger(c op.Caller, provider, action string) *asker {
	a := &asker{who: policy.Principal{Type: policy.Federated, Provider: provider}, keys: principal.Keys(c), action: action, trail: c.Trail}
	a.who.Keys(&a.keys)
	a.refusal = func(action string) error { return fault.Denied("Not authorized to perform %s", action) }
	return a
}

// admit decides whether the role trusts who asks with all that they ask for; the
// policies of a caller who signs have to allow it too, where the trust policy alone
// does not. The answer is the same whether the role is not there or does not trust.
func (s *Service) admit(ctx context.Context, a *asker, w *wish) (principal.Role, error) {
	role, found, err := s.Principals.Role(ctx, w.role)
	switch {
	case err != nil:
		return principal.Role{}, err
	case !found || role.Trust == "":
		return principal.Role{}, s.deny(a, a.action, policy.Decision{Layer: policy.RoleTrustPolicy}, w.role)
	}
	trust, err := role.TrustPolicy()
	if err != nil {
		return principal.Role{}, err
	}
	set := a.grants
	set.Resource, set.Trust = []*policy.Policy{trust}, true
	w.describe(&a.keys)
	var d policy.Decision
	r := policy.Request{Principal: a.who, Context: a.keys, Targets: []policy.Target{target(role)}}
	for _, r.Action = range w.actions(a.action) {
		if d = set.Decide(&r); !d.Allowed {
			return principal.Role{}, s.deny(a, r.Action, d, w.role)
		}
	}
	a.trail.Asked(true, d.Layer.String(), d.Sid, []string{w.role})
	return role, nil
}

// deny tells the operator why, and who asks that it is so.
func (s *Service) deny(a *asker, action string, d policy.Decision, role string) error {
	a.trail.Asked(false, d.Layer.String(), d.Sid, []string{role})
	if s.Denied != nil {
		s.Denied(action, d.Layer.String())
	}
	return a.refusal(action)
}

// target is the role as a resource.
func target(role principal.Role) policy.Target {
	t := policy.Target{ARN: role.ARN(), Account: role.Account}
	for key, value := range role.Tags {
		t.Context.Set("aws:ResourceTag/"+key, value)
		t.Context.Set("iam:ResourceTag/"+key, value)
	}
	return t
}

// actions are all that have to be allowed: the one by which the session is asked
// for, and one for each thing that is to come along (service authorization
// reference, "AWS Security Token Service").
func (w *wish) actions(by string) []string {
	actions := []string{by}
	if len(w.tags) > 0 {
		actions = append(actions, "sts:TagSession")
	}
	if w.source != "" {
		actions = append(actions, "sts:SetSourceIdentity")
	}
	if len(w.providers) > 0 {
		actions = append(actions, "sts:SetContext")
	}
	return actions
}

// describe sets the condition keys of the request (IAM user guide,
// reference_policies_iam-condition-keys). Tags that an earlier session hands on are
// tags of the request too: the session is to carry them.
func (w *wish) describe(keys *policy.Context) {
	for key, values := range w.claims { // first: the name of an issuer overrides nothing
		keys.Set(key, values...)
	}
	set := func(key, value string) {
		if value != "" {
			keys.Set(key, value)
		}
	}
	set("sts:RoleSessionName", w.name)
	set("sts:ExternalId", w.externalID)
	set("sts:SourceIdentity", w.source)
	for key, value := range w.tags {
		keys.Set("aws:RequestTag/"+key, value)
	}
	if len(w.tags) > 0 {
		keys.Set("aws:TagKeys", slices.Sorted(maps.Keys(w.tags))...)
	}
	if len(w.transitive) > 0 {
		keys.Set("sts:TransitiveTagKeys", w.transitive...)
	}
	if len(w.providers) > 0 {
		keys.Set("sts:RequestContextProviders", w.providers...)
	}
	for key, values := range w.contexts {
		keys.Set("sts:RequestContext/"+key, values...)
	}
}
