package principal

import (
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

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

// supposition is what a request for a simulation supposes.
type supposition struct {
	policies, boundaries []string
	actions, resources   []string
	entries              []iam.ContextEntry

	resource, caller, owner, handling *string
}

func (sim *simulation) suppose(in supposition) error {
	if in.handling != nil {
		return invalidInput("ResourceHandlingOption is about actions of Amazon EC2, which is not simulated here; leave it out.")
	}
	if in.caller != nil {
		who, err := supposed(*in.caller)
		if err != nil {
			return err
		}
		if who.ARN != sim.who.ARN {
			sim.who = who
		}
	}
	if err := sim.add(in.policies); err != nil {
		return err
	}
	if err := sim.bound(in.boundaries); err != nil {
		return err
	}
	if err := sim.guard(in.resource); err != nil {
		return err
	}
	if err := sim.describe(in.entries); err != nil {
		return err
	}
	return sim.ask(in)
}

// supposed is the caller of a simulation: a user or role, which need not be there.
func supposed(arn string) (policy.Principal, error) {
	at, session := readPrincipal(arn)
	if !IsAccount(at.account) || at.name == "" {
		return policy.Principal{}, invalidInput("CallerArn takes the ARN of a user, a role or the session of one; got %s", arn)
	}
	i := Identity{Entity: Entity{Account: at.account, Path: at.path, Name: at.name}}
	switch kind(at.kind) {
	case userKind:
		u := User{i}
		return Who(u.Caller()), nil
	case roleKind:
		if session == "" {
			session = "session"
		}
		return Who(Role{Identity: i}.Session(session)), nil
	}
	return policy.Principal{}, invalidInput("CallerArn takes the ARN of a user, a role or the session of one; got %s", arn)
}

// add adds identity-based policies.
func (sim *simulation) add(documents []string) error {
	for n, document := range documents {
		id := fmt.Sprint("PolicyInputList.", n+1)
		p, err := read(id, document, policy.Identity)
		if err != nil {
			return err
		}
		sim.set.Identity = append(slices.Clip(sim.set.Identity), p)
		sim.sources[policy.IdentityBasedPolicy] = append(sim.sources[policy.IdentityBasedPolicy], source{id, iam.PolicySourceTypeNone})
	}
	return nil
}

func read(name, document string, k policy.Kind) (*policy.Policy, error) {
	p, err := policy.ParseWithin([]byte(document), k, stored)
	if err != nil {
		return nil, invalidInput("%s: %s", name, err)
	}
	return p, nil
}

// bound sets the permissions boundary, in the place of the one there is.
func (sim *simulation) bound(documents []string) (err error) {
	if len(documents) == 0 {
		return nil
	}
	if len(documents) > 1 {
		return invalidInput("PermissionsBoundaryPolicyInputList takes one policy; got %d", len(documents))
	}
	const id = "PermissionsBoundaryPolicyInputList.1"
	sim.sources[policy.PermissionsBoundary] = []source{{id, iam.PolicySourceTypeNone}}
	sim.set.Boundary, err = read(id, documents[0], policy.Identity)
	return err
}

// guard sets the policy of the resources.
func (sim *simulation) guard(document *string) error {
	if document == nil {
		return nil
	}
	if sim.who.ARN == "" {
		return invalidInput("A ResourcePolicy is about somebody: name the one who asks with CallerArn.")
	}
	p, err := read("ResourcePolicy", *document, policy.Resource)
	sim.set.Resource = []*policy.Policy{p}
	sim.sources[policy.ResourceBasedPolicy] = []source{{"ResourcePolicy", iam.PolicySourceTypeResource}}
	return err
}

// describe sets the condition keys: those that follow from who asks, and those of
// the request over them.
func (sim *simulation) describe(entries []iam.ContextEntry) error {
	sim.who.Keys(&sim.context)
	for i, e := range entries {
		if e.ContextKeyName == nil {
			return invalidInput("ContextEntries.%d has no ContextKeyName.", i+1)
		}
		values := slices.Clone(e.ContextKeyValues)
		if e.ContextKeyType != nil && strings.HasPrefix(string(*e.ContextKeyType), "binary") {
			for j, text := range values {
				b, err := base64.StdEncoding.DecodeString(text)
				if err != nil {
					return invalidInput("ContextEntries.%d: the value of a binary key is base64.", i+1)
				}
				values[j] = string(b)
			}
		}
		sim.context.Set(*e.ContextKeyName, values...)
	}
	return nil
}

// ask sets what is asked.
func (sim *simulation) ask(in supposition) error {
	for _, action := range in.actions {
		service, name, ok := strings.Cut(action, ":")
		if !ok || service == "" || name == "" || strings.ContainsAny(action, "*?") {
			return invalidInput("ActionNames takes names such as qbusiness:GetPlugin, without wildcards; got %s", action)
		}
	}
	resources := in.resources
	if len(resources) == 0 {
		resources = []string{"*"}
	}
	if n := len(in.actions) * len(resources); n > maxSimulated {
		return invalidInput("%d actions on %d resources are too many at once: at most %d pairs are simulated.", len(in.actions), len(resources), maxSimulated)
	}
	owner := ""
	if in.owner != nil {
		at, _ := readPrincipal(*in.owner)
		if owner = at.account; IsAccount(*in.owner) {
			owner = *in.owner
		}
		if owner == "" {
			return invalidInput("ResourceOwner takes an account ID, or the ARN of an account's root; got %s", *in.owner)
		}
	}
	sim.actions = in.actions
	for _, arn := range resources {
		t := policy.Target{ARN: arn, Account: op.AccountIn(arn)}
		if t.Account == "" {
			t.Account = owner
		}
		sim.targets = append(sim.targets, t)
	}
	return nil
}
