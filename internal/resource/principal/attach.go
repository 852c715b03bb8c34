package principal

import (
	"context"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// maxAttached is how many managed policies permit a user or role
// (reference_iam-quotas).
const maxAttached = 10

// attachTo lets a managed policy permit a user or role. One that does already is
// no error.
func attachTo[E any, P bearer[E]](ctx context.Context, s *Service, c op.Caller, name, arn string) error {
	if err := checkARN(arn); err != nil {
		return err
	}
	return alter(ctx, s, c, name, func(tx *store.Tx, p P) error { return permit[E](tx, p, arn) })
}

// permit is attachTo within a transaction.
func permit[E any, P bearer[E]](tx *store.Tx, p P, arn string) error {
	i := p.identity()
	ok, err := attachable(tx, i.Account, arn)
	if err != nil {
		return err
	}
	if !ok {
		return noSuchEntity("Policy %s does not exist or is not attachable.", arn)
	}
	held, err := attachedTo(tx, p.kind(), &i.Entity)
	if err != nil || slices.Contains(held, arn) {
		return err
	}
	if len(held) >= maxAttached {
		return quotaExceeded(map[kind]string{userKind: "PoliciesPerUser", roleKind: "PoliciesPerRole"}[p.kind()], maxAttached)
	}
	_, err = attach(tx, p.kind(), &i.Entity, permissions, arn)
	return err
}

// attachable reports whether an account can attach a policy: its own, or one of
// AWS's.
func attachable(tx *store.Tx, account, arn string) (bool, error) {
	if _, ok := awsPolicyOf(arn); ok {
		return true, nil
	}
	p, err := ownPolicy(tx, account, arn)
	return p != nil, missing(err, nil)
}

// detachFrom undoes attachTo.
func detachFrom[E any, P bearer[E]](ctx context.Context, s *Service, c op.Caller, name, arn string) error {
	if err := checkARN(arn); err != nil {
		return err
	}
	return alter(ctx, s, c, name, func(tx *store.Tx, p P) error {
		n, err := detach(tx, p.kind(), &p.identity().Entity, permissions, arn)
		if err == nil && n == 0 {
			return noSuchEntity("Policy %s was not found.", arn)
		}
		return err
	})
}

// listAttached tells of the managed policies that permit a user or role.
func listAttached[E any, P bearer[E]](ctx context.Context, s *Service, c op.Caller, name string, prefix *string) ([]iam.AttachedPolicy, error) {
	var arns []string
	err := view(ctx, s, c, name, func(tx *store.Tx, p P) (err error) {
		arns, err = attachedTo(tx, p.kind(), &p.identity().Entity)
		return err
	})
	list := []iam.AttachedPolicy{}
	for _, arn := range arns {
		if at, _ := split(arn); strings.HasPrefix(at.path, pathOf(prefix)) {
			list = append(list, iam.AttachedPolicy{PolicyName: new(at.name), PolicyARN: &arn})
		}
	}
	return list, err
}

// AttachUserPolicy lets a managed policy permit a user.
func (s *Service) AttachUserPolicy(ctx context.Context, c op.Caller, in *iam.AttachUserPolicyInput) (*iam.AttachUserPolicyOutput, error) {
	return &iam.AttachUserPolicyOutput{}, attachTo[User](ctx, s, c, in.UserName, in.PolicyARN)
}

// DetachUserPolicy undoes AttachUserPolicy.
func (s *Service) DetachUserPolicy(ctx context.Context, c op.Caller, in *iam.DetachUserPolicyInput) (*iam.DetachUserPolicyOutput, error) {
	return &iam.DetachUserPolicyOutput{}, detachFrom[User](ctx, s, c, in.UserName, in.PolicyARN)
}

// ListAttachedUserPolicies tells of the managed policies of a user.
func (s *Service) ListAttachedUserPolicies(ctx context.Context, c op.Caller, in *iam.ListAttachedUserPoliciesInput) (*iam.ListAttachedUserPoliciesOutput, error) {
	all, err := listAttached[User](ctx, s, c, in.UserName, in.PathPrefix)
	if err != nil {
		return nil, err
	}
	shown, rest, err := cut(s, iam.ListAttachedUserPolicies.Route, c, all, paging{in.Marker, in.MaxItems}, fold(in.UserName), pathOf(in.PathPrefix))
	return &iam.ListAttachedUserPoliciesOutput{AttachedPolicies: shown, IsTruncated: rest.truncated, Marker: rest.marker}, err
}

// AttachRolePolicy lets a managed policy permit a role.
func (s *Service) AttachRolePolicy(ctx context.Context, c op.Caller, in *iam.AttachRolePolicyInput) (*iam.AttachRolePolicyOutput, error) {
	return &iam.AttachRolePolicyOutput{}, attachTo[Role](ctx, s, c, in.RoleName, in.PolicyARN)
}

// DetachRolePolicy undoes AttachRolePolicy.
func (s *Service) DetachRolePolicy(ctx context.Context, c op.Caller, in *iam.DetachRolePolicyInput) (*iam.DetachRolePolicyOutput, error) {
	return &iam.DetachRolePolicyOutput{}, detachFrom[Role](ctx, s, c, in.RoleName, in.PolicyARN)
}

// ListAttachedRolePolicies tells of the managed policies of a role.
func (s *Service) ListAttachedRolePolicies(ctx context.Context, c op.Caller, in *iam.ListAttachedRolePoliciesInput) (*iam.ListAttachedRolePoliciesOutput, error) {
	all, err := listAttached[Role](ctx, s, c, in.RoleName, in.PathPrefix)
	if err != nil {
		return nil, err
	}
	shown, rest, err := cut(s, iam.ListAttachedRolePolicies.Route, c, all, paging{in.Marker, in.MaxItems}, fold(in.RoleName), pathOf(in.PathPrefix))
	return &iam.ListAttachedRolePoliciesOutput{AttachedPolicies: shown, IsTruncated: rest.truncated, Marker: rest.marker}, err
}
