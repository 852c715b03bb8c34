package principal

import (
	"slices"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/engine/policy"
)

// A pair is an action and the index of a target: one request of a simulation.
type pair struct {
	action string
	target int
}

// pairs are each action with each resource.
func (sim *simulation) pairs() []pair {
	all := make([]pair, 0, len(sim.actions)*len(sim.targets))
	for _, action := range sim.actions {
		for i := range sim.targets {
			all = append(all, pair{action, i})
		}
	}
	return all
}

// results are the decisions on a page of pairs.
func (sim *simulation) results(shown []pair) ([]iam.EvaluationResult, error) {
	if n := len(shown) * sim.statements(); n > maxTraced {
		return nil, invalidInput("The policies have %d statements, too many for %d decisions at once: ask for fewer with MaxItems.", sim.statements(), len(shown))
	}
	missing := sim.missing()
	all := []iam.EvaluationResult{}
	for _, p := range shown {
		r := policy.Request{Principal: sim.who, Action: p.action, Targets: sim.targets[p.target : p.target+1], Context: sim.context}
		all = append(all, sim.result(&r, missing))
	}
	return all, nil
}

func (sim *simulation) result(r *policy.Request, missing []string) iam.EvaluationResult {
	t := sim.set.Trace(r)
	result := iam.EvaluationResult{
		EvalActionName: r.Action, EvalResourceName: &r.Targets[0].ARN, EvalDecision: decisionOf(t.Decision),
		MatchedStatements: []iam.Statement{}, MissingContextValues: missing,
	}
	for _, st := range t.Statements {
		if decisive := st.Effect == policy.Allow && t.Decision.Allowed || st.Effect == policy.Deny && t.Decision.Explicit; st.Applied && decisive {
			result.MatchedStatements = append(result.MatchedStatements, sim.statement(st))
		}
	}
	if sim.set.Boundary != nil {
		result.PermissionsBoundaryDecisionDetail = &iam.PermissionsBoundaryDecisionDetail{AllowedByPermissionsBoundary: new(withinBoundary(t.Statements))}
	}
	return result
}

func decisionOf(d policy.Decision) iam.PolicyEvaluationDecisionType {
	switch {
	case d.Allowed:
		return iam.PolicyEvaluationDecisionTypeAllowed
	case d.Explicit:
		return iam.PolicyEvaluationDecisionTypeExplicitDeny
	}
	return iam.PolicyEvaluationDecisionTypeImplicitDeny
}

// withinBoundary reports whether the permissions boundary allows a request.
func withinBoundary(all []policy.StatementTrace) (allows bool) {
	for _, st := range all {
		if st.Layer != policy.PermissionsBoundary || !st.Applied {
			continue
		}
		if st.Effect == policy.Deny {
			return false
		}
		allows = true
	}
	return allows
}

// statement is where a statement stands. As in IAM's answers it begins behind its
// opening brace.
func (sim *simulation) statement(st policy.StatementTrace) iam.Statement {
	s := sim.policies(st.Layer)[st.Policy].Statements[st.Statement]
	out := iam.Statement{
		StartPosition: &iam.Position{Line: new(int32(s.Start.Line)), Column: new(int32(s.Start.Column + 1))},
		EndPosition:   &iam.Position{Line: new(int32(s.End.Line)), Column: new(int32(s.End.Column))},
	}
	if sources := sim.sources[st.Layer]; st.Policy < len(sources) {
		out.SourcePolicyID, out.SourcePolicyType = &sources[st.Policy].id, &sources[st.Policy].kind
	}
	return out
}

// layers are those that a simulation has.
var layers = [...]policy.Layer{policy.IdentityBasedPolicy, policy.PermissionsBoundary, policy.ResourceBasedPolicy}

// policies are those of a layer.
func (sim *simulation) policies(l policy.Layer) []*policy.Policy {
	switch {
	case l == policy.ResourceBasedPolicy:
		return sim.set.Resource
	case l != policy.PermissionsBoundary:
		return sim.set.Identity
	case sim.set.Boundary == nil:
		return nil
	}
	return []*policy.Policy{sim.set.Boundary}
}

// statements counts those of all policies.
func (sim *simulation) statements() (n int) {
	for _, l := range layers {
		for _, p := range sim.policies(l) {
			n += len(p.Statements)
		}
	}
	return n
}

// keys are the condition keys that the policies ask for, each once, as it was
// written first.
func (sim *simulation) keys() []string {
	names, seen := []string{}, map[string]bool{}
	for _, l := range layers {
		for _, p := range sim.policies(l) {
			for _, key := range p.Keys() {
				if !seen[fold(key)] {
					seen[fold(key)] = true
					names = append(names, key)
				}
			}
		}
	}
	return names
}

// missing are those of keys that the simulated request does not have.
func (sim *simulation) missing() []string {
	return slices.DeleteFunc(sim.keys(), func(key string) bool { return sim.context.Get(key) != nil })
}
