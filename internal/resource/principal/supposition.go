package principal

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
)

// supposition is what a request for a simulation supposes.
type supposition struct {
	policies, boundaries []string
	actions, resources   []string
	entries              []iam.ContextEntry

	resource, caller, owner, handling *string
}

// suppose adds what the request supposes to what there is.
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
	i := Identity{Entity: Entity{Account: at.account, Path: at.path, Name: at.name}}
	switch k := kind(at.kind); {
	case !IsAccount(at.account), at.name == "":
	case k == userKind:
		return Who(User{i}.Caller()), nil
	case k == roleKind:
		return Who(Role{Identity: i}.Session(cmp.Or(session, "session"))), nil
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
	owner, err := ownerOf(in.owner)
	if err != nil {
		return err
	}
	sim.actions = in.actions
	for _, arn := range resources {
		sim.targets = append(sim.targets, policy.Target{ARN: arn, Account: cmp.Or(op.AccountIn(arn), owner)})
	}
	return nil
}

// ownerOf is the account of resources whose ARNs name none; "" when nobody says.
func ownerOf(given *string) (string, error) {
	switch {
	case given == nil:
		return "", nil
	case IsAccount(*given):
		return *given, nil
	}
	at, _ := readPrincipal(*given)
	if at.account == "" {
		return "", invalidInput("ResourceOwner takes an account ID, or the ARN of an account's root; got %s", *given)
	}
	return at.account, nil
}
