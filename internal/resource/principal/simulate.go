package principal

import (
	"context"
	"slices"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
)

// Bounds of a simulation.
const (
	maxSimulated = 10_000    // pairs of an action and a resource
	maxTraced    = 1_000_000 // statements that are looked at for one page of them
)

// SimulateCustomPolicy decides requests that nobody makes, under policies that
// nobody has.
func (s *Service) SimulateCustomPolicy(_ context.Context, c op.Caller, in *iam.SimulateCustomPolicyInput) (*iam.SimulateCustomPolicyOutput, error) {
	sim := newSimulation(policy.Principal{Type: policy.User, Account: c.Account})
	err := sim.suppose(supposition{
		policies: in.PolicyInputList, boundaries: in.PermissionsBoundaryPolicyInputList, resource: in.ResourcePolicy,
		caller: in.CallerARN, owner: in.ResourceOwner, handling: in.ResourceHandlingOption,
		actions: in.ActionNames, resources: in.ResourceARNs, entries: in.ContextEntries,
	})
	if err != nil {
		return nil, err
	}
	shown, rest, err := cut(s, iam.SimulateCustomPolicy.Route, c, sim.pairs(), paging{in.Marker, in.MaxItems}, slices.Concat(in.ActionNames, in.ResourceARNs)...)
	if err != nil {
		return nil, err
	}
	results, err := sim.results(shown)
	if err != nil {
		return nil, err
	}
	return &iam.SimulateCustomPolicyOutput{EvaluationResults: results, IsTruncated: rest.truncated, Marker: rest.marker}, nil
}

// SimulatePrincipalPolicy decides requests that a user or role could make, under
// the policies that it has now, and others beside them.
func (s *Service) SimulatePrincipalPolicy(ctx context.Context, c op.Caller, in *iam.SimulatePrincipalPolicyInput) (*iam.SimulatePrincipalPolicyOutput, error) {
	sim, err := s.simulationOf(ctx, c, in.PolicySourceARN)
	if err != nil {
		return nil, err
	}
	err = sim.suppose(supposition{
		policies: in.PolicyInputList, boundaries: in.PermissionsBoundaryPolicyInputList, resource: in.ResourcePolicy,
		caller: in.CallerARN, owner: in.ResourceOwner, handling: in.ResourceHandlingOption,
		actions: in.ActionNames, resources: in.ResourceARNs, entries: in.ContextEntries,
	})
	if err != nil {
		return nil, err
	}
	filter := slices.Concat([]string{in.PolicySourceARN}, in.ActionNames, in.ResourceARNs)
	shown, rest, err := cut(s, iam.SimulatePrincipalPolicy.Route, c, sim.pairs(), paging{in.Marker, in.MaxItems}, filter...)
	if err != nil {
		return nil, err
	}
	results, err := sim.results(shown)
	if err != nil {
		return nil, err
	}
	return &iam.SimulatePrincipalPolicyOutput{EvaluationResults: results, IsTruncated: rest.truncated, Marker: rest.marker}, nil
}

// GetContextKeysForCustomPolicy tells which condition keys policies ask for.
func (s *Service) GetContextKeysForCustomPolicy(_ context.Context, _ op.Caller, in *iam.GetContextKeysForCustomPolicyInput) (*iam.GetContextKeysForCustomPolicyOutput, error) {
	sim := newSimulation(policy.Principal{})
	if err := sim.add(in.PolicyInputList); err != nil {
		return nil, err
	}
	return &iam.GetContextKeysForCustomPolicyOutput{ContextKeyNames: sim.keys()}, nil
}

// GetContextKeysForPrincipalPolicy tells which condition keys the policies of a
// user or role ask for, and others beside them.
func (s *Service) GetContextKeysForPrincipalPolicy(ctx context.Context, c op.Caller, in *iam.GetContextKeysForPrincipalPolicyInput) (*iam.GetContextKeysForPrincipalPolicyOutput, error) {
	sim, err := s.simulationOf(ctx, c, in.PolicySourceARN)
	if err != nil {
		return nil, err
	}
	if err := sim.add(in.PolicyInputList); err != nil {
		return nil, err
	}
	return &iam.GetContextKeysForPrincipalPolicyOutput{ContextKeyNames: sim.keys()}, nil
}

// A simulation is requests that are only supposed, and the policies they would be
// decided under.
type simulation struct {
	set     policy.Set
	sources map[policy.Layer][]source // of the policies, in their order
	who     policy.Principal
	context policy.Context
	actions []string
	targets []policy.Target
}

// source says where a policy of a simulation comes from.
type source struct {
	id   string
	kind iam.PolicySourceType
}

func newSimulation(who policy.Principal) *simulation {
	return &simulation{who: who, sources: map[policy.Layer][]source{}}
}

// simulationOf begins with what a user or role of the caller's account has.
func (s *Service) simulationOf(ctx context.Context, c op.Caller, arn string) (*simulation, error) {
	at, ok := split(arn)
	if !ok || kind(at.kind) != userKind && kind(at.kind) != roleKind {
		return nil, invalidInput("PolicySourceArn takes the ARN of a user or role; got %s", arn)
	}
	who, found, err := s.Caller(ctx, arn)
	switch {
	case err != nil:
		return nil, err
	case !found || at.account != c.Account:
		return nil, noSuchEntity("The %s with name %s cannot be found.", at.kind, at.name)
	}
	sim := newSimulation(Who(who))
	if sim.set, err = s.Grants(ctx, who); err != nil {
		return nil, err
	}
	names, bound, err := s.PolicyNames(ctx, who)
	for _, name := range names {
		sim.sources[policy.IdentityBasedPolicy] = append(sim.sources[policy.IdentityBasedPolicy], sourceOf(kind(at.kind), name))
	}
	sim.sources[policy.PermissionsBoundary] = []source{sourceOf(kind(at.kind), bound)}
	return sim, err
}

// sourceOf is that of a policy which a user or role has: by its name when it is
// its own, by its ARN when it is a managed one.
func sourceOf(k kind, name string) source {
	at, managed := split(name)
	switch {
	case managed && at.account == awsAccount:
		return source{at.name, iam.PolicySourceTypeAwsManaged}
	case managed:
		return source{at.name, iam.PolicySourceTypeUserManaged}
	case k == userKind:
		return source{name, iam.PolicySourceTypeUser}
	}
	return source{name, iam.PolicySourceTypeRole}
}
