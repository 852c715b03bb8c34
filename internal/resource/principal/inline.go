package principal

import (
	"context"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/store"
)

// maxInline is how many characters the inline policies of a user or role have
// together (reference_iam-quotas).
var maxInline = map[kind]int{userKind: 2048, roleKind: 10240}

// putInline gives a user or role a policy of its own, in the place of one of
// that name.
func putInline[E any, P bearer[E]](ctx context.Context, s *Service, c op.Caller, name, policyName, document string) error {
	if err := checkDocument(document, policy.Identity); err != nil {
		return err
	}
	return alter(ctx, s, c, name, func(_ *store.Tx, p P) error {
		return p.identity().embed(p.kind(), policyName, document)
	})
}

// embed sets an inline policy.
func (i *Identity) embed(k kind, policyName, document string) error {
	if i.Inline == nil {
		i.Inline = map[string]string{}
	}
	i.Inline[policyName] = document
	size, bytes := 0, 0
	for _, d := range i.Inline {
		size, bytes = size+characters(d), bytes+len(d)
	}
	if most := maxInline[k]; size > most {
		return limitExceeded("Maximum policy size of %d bytes exceeded for %s %s", most, k, i.Name)
	}
	if bytes > stored {
		return limitExceeded("The policies of %s %s have more than %d bytes, white space and all", k, i.Name, stored)
	}
	return nil
}

// inlineOf reads a policy of a user's or role's own.
func inlineOf[E any, P bearer[E]](ctx context.Context, s *Service, c op.Caller, name, policyName string) (document string, err error) {
	err = view(ctx, s, c, name, func(_ *store.Tx, p P) error {
		text, ok := p.identity().Inline[policyName]
		document = escaped(text)
		return noInline(ok, p.kind(), policyName)
	})
	return document, err
}

// noInline is nil when there is the policy.
func noInline(ok bool, k kind, policyName string) error {
	if ok {
		return nil
	}
	return noSuchEntity("The %s policy with name %s cannot be found.", k, policyName)
}

// deleteInline takes away a policy of a user's or role's own.
func deleteInline[E any, P bearer[E]](ctx context.Context, s *Service, c op.Caller, name, policyName string) error {
	return alter(ctx, s, c, name, func(_ *store.Tx, p P) error {
		_, ok := p.identity().Inline[policyName]
		delete(p.identity().Inline, policyName)
		return noInline(ok, p.kind(), policyName)
	})
}

// namesOf are the names of the policies of a user's or role's own.
func namesOf[E any, P bearer[E]](ctx context.Context, s *Service, c op.Caller, name string) (names []string, err error) {
	names = []string{}
	err = view(ctx, s, c, name, func(_ *store.Tx, p P) error {
		names = append(names, sortedKeys(p.identity().Inline)...)
		return nil
	})
	return names, err
}

// PutUserPolicy gives a user an inline policy.
func (s *Service) PutUserPolicy(ctx context.Context, c op.Caller, in *iam.PutUserPolicyInput) (*iam.PutUserPolicyOutput, error) {
	return &iam.PutUserPolicyOutput{}, putInline[User](ctx, s, c, in.UserName, in.PolicyName, in.PolicyDocument)
}

// GetUserPolicy tells what an inline policy of a user says.
func (s *Service) GetUserPolicy(ctx context.Context, c op.Caller, in *iam.GetUserPolicyInput) (*iam.GetUserPolicyOutput, error) {
	document, err := inlineOf[User](ctx, s, c, in.UserName, in.PolicyName)
	return &iam.GetUserPolicyOutput{UserName: in.UserName, PolicyName: in.PolicyName, PolicyDocument: document}, err
}

// ListUserPolicies tells the names of a user's inline policies.
func (s *Service) ListUserPolicies(ctx context.Context, c op.Caller, in *iam.ListUserPoliciesInput) (*iam.ListUserPoliciesOutput, error) {
	all, err := namesOf[User](ctx, s, c, in.UserName)
	if err != nil {
		return nil, err
	}
	names, rest, err := cut(s, iam.ListUserPolicies.Route, c, all, paging{in.Marker, in.MaxItems}, fold(in.UserName))
	return &iam.ListUserPoliciesOutput{PolicyNames: names, IsTruncated: rest.truncated, Marker: rest.marker}, err
}

// DeleteUserPolicy takes an inline policy from a user.
func (s *Service) DeleteUserPolicy(ctx context.Context, c op.Caller, in *iam.DeleteUserPolicyInput) (*iam.DeleteUserPolicyOutput, error) {
	return &iam.DeleteUserPolicyOutput{}, deleteInline[User](ctx, s, c, in.UserName, in.PolicyName)
}

// PutRolePolicy gives a role an inline policy.
func (s *Service) PutRolePolicy(ctx context.Context, c op.Caller, in *iam.PutRolePolicyInput) (*iam.PutRolePolicyOutput, error) {
	return &iam.PutRolePolicyOutput{}, putInline[Role](ctx, s, c, in.RoleName, in.PolicyName, in.PolicyDocument)
}

// GetRolePolicy tells what an inline policy of a role says.
func (s *Service) GetRolePolicy(ctx context.Context, c op.Caller, in *iam.GetRolePolicyInput) (*iam.GetRolePolicyOutput, error) {
	document, err := inlineOf[Role](ctx, s, c, in.RoleName, in.PolicyName)
	return &iam.GetRolePolicyOutput{RoleName: in.RoleName, PolicyName: in.PolicyName, PolicyDocument: document}, err
}

// ListRolePolicies tells the names of a role's inline policies.
func (s *Service) ListRolePolicies(ctx context.Context, c op.Caller, in *iam.ListRolePoliciesInput) (*iam.ListRolePoliciesOutput, error) {
	all, err := namesOf[Role](ctx, s, c, in.RoleName)
	if err != nil {
		return nil, err
	}
	names, rest, err := cut(s, iam.ListRolePolicies.Route, c, all, paging{in.Marker, in.MaxItems}, fold(in.RoleName))
	return &iam.ListRolePoliciesOutput{PolicyNames: names, IsTruncated: rest.truncated, Marker: rest.marker}, err
}

// DeleteRolePolicy takes an inline policy from a role.
func (s *Service) DeleteRolePolicy(ctx context.Context, c op.Caller, in *iam.DeleteRolePolicyInput) (*iam.DeleteRolePolicyOutput, error) {
	return &iam.DeleteRolePolicyOutput{}, deleteInline[Role](ctx, s, c, in.RoleName, in.PolicyName)
}
