package principal

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Policy is a managed policy, without its documents.
type Policy struct {
	Entity
	Description string    `json:"description,omitempty"`
	Default     int64     `json:"default"` // number of the version in force
	Last        int64     `json:"last"`    // number of the version made last: none is given twice
	ChangedAt   time.Time `json:"changedAt"`
}

func (*Policy) kind() kind { return policyKind }

// ARN names the policy.
func (p *Policy) ARN() string { return p.arn(policyKind) }

// Limits of managed policies (reference_iam-quotas).
const (
	maxManaged  = 6144 // characters
	maxVersions = 5
)

func checkManaged(document string) error {
	if err := checkDocument(document, policy.Identity); err != nil {
		return err
	}
	if characters(document) > maxManaged {
		return quotaExceeded("PolicySize", maxManaged)
	}
	return nil
}

// checkARN refuses what is no ARN of a policy.
func checkARN(arn string) error {
	if at, ok := split(arn); !ok || kind(at.kind) != policyKind || at.name == "" || at.account != awsAccount && !IsAccount(at.account) {
		return invalidInput("ARN %s is not valid.", arn)
	}
	return nil
}

// ownPolicy reads a policy of an account by its ARN; store.ErrNoRows when there
// is none of that very ARN.
func ownPolicy(tx *store.Tx, account, arn string) (*Policy, error) {
	at, _ := split(arn)
	if at.account != account || kind(at.kind) != policyKind {
		return nil, store.ErrNoRows
	}
	p, err := get[Policy](tx, account, at.name)
	if err == nil && p.ARN() != arn {
		return nil, store.ErrNoRows
	}
	return p, err
}

// changeable finds a policy that the caller's account can change.
func changeable(c op.Caller, arn string) func(tx *store.Tx) (*Policy, error) {
	return func(tx *store.Tx) (*Policy, error) {
		if err := checkARN(arn); err != nil {
			return nil, err
		}
		if _, ok := awsPolicyOf(arn); ok {
			return nil, fault.Denied("User: %s is not authorized to change %s: it is a managed policy of AWS", c.Principal, arn)
		}
		p, err := ownPolicy(tx, c.Account, arn)
		return p, missing(err, noSuchEntity("Policy %s was not found.", arn))
	}
}

// changePolicy runs fn on a policy, and keeps what it made of it.
func (s *Service) changePolicy(ctx context.Context, c op.Caller, arn string, fn func(tx *store.Tx, p *Policy) error) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		p, err := changeable(c, arn)(tx)
		if err != nil {
			return err
		}
		if err := fn(tx, p); err != nil {
			return err
		}
		p.ChangedAt = tx.Now()
		return put(tx, p)
	})
}

// CreatePolicy makes a managed policy with its first version.
func (s *Service) CreatePolicy(ctx context.Context, c op.Caller, in *iam.CreatePolicyInput) (*iam.CreatePolicyOutput, error) {
	p := &Policy{Default: 1, Last: 1}
	if in.Description != nil {
		p.Description = *in.Description
	}
	p.Entity = Entity{Account: c.Account, Path: pathOf(in.Path), Name: in.PolicyName, ID: newID(policyKind)}
	if err := errors.Join(checkPath(p.Path), checkManaged(in.PolicyDocument), p.tag(in.Tags)); err != nil {
		return nil, err
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		p.ChangedAt = tx.Now()
		if err := create(tx, p, exists("A policy called %s already exists. Duplicate names are not allowed.", in.PolicyName)); err != nil {
			return err
		}
		return insertVersion(tx, c.Account, p.ARN(), version{1, true, in.PolicyDocument, store.Micros(tx.Now())})
	})
	if err != nil {
		return nil, err
	}
	return &iam.CreatePolicyOutput{Policy: new(p.shape(nil))}, nil
}

// shape is the policy as answers have it, with how often it is used.
func (p *Policy) shape(u uses) iam.Policy {
	out := iam.Policy{
		PolicyName: &p.Name, PolicyID: &p.ID, ARN: new(p.ARN()), Path: &p.Path, DefaultVersionID: new(versionID(p.Default)),
		CreateDate: &p.CreatedAt, UpdateDate: &p.ChangedAt, Tags: p.someTags(),
	}
	if p.Description != "" {
		out.Description = &p.Description
	}
	return u.told(out)
}

// told puts the uses of a policy into an answer.
func (u uses) told(p iam.Policy) iam.Policy {
	p.AttachmentCount, p.PermissionsBoundaryUsageCount = new(int32(u[permissions])), new(int32(u[boundary]))
	p.IsAttachable = new(true)
	return p
}

// shape is a policy of AWS as answers have it.
func (p awsPolicy) shape(u uses) iam.Policy {
	return u.told(iam.Policy{
		PolicyName: &p.name, PolicyID: &p.id, ARN: new(p.arn()), Path: &p.path, DefaultVersionID: &p.version,
		CreateDate: &p.created, UpdateDate: &p.updated, Description: &p.description,
	})
}

// GetPolicy tells of a managed policy.
func (s *Service) GetPolicy(ctx context.Context, c op.Caller, in *iam.GetPolicyInput) (*iam.GetPolicyOutput, error) {
	var out iam.GetPolicyOutput
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		u, err := usesOfOne(tx, c.Account, in.PolicyARN)
		if err != nil {
			return err
		}
		if p, ok := awsPolicyOf(in.PolicyARN); ok {
			out.Policy = new(p.shape(u))
			return nil
		}
		p, err := changeable(c, in.PolicyARN)(tx)
		if err == nil {
			out.Policy = new(p.shape(u))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// DeletePolicy deletes a policy that nobody has, and that has one version alone.
func (s *Service) DeletePolicy(ctx context.Context, c op.Caller, in *iam.DeletePolicyInput) (*iam.DeletePolicyOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		p, err := changeable(c, in.PolicyARN)(tx)
		if err != nil {
			return err
		}
		if err := unused(tx, c.Account, in.PolicyARN); err != nil {
			return err
		}
		if err := removeVersions(tx, c.Account, in.PolicyARN); err != nil {
			return err
		}
		return remove(tx, p)
	})
	if err != nil {
		return nil, err
	}
	return &iam.DeletePolicyOutput{}, nil
}

// unused refuses to delete a policy that somebody has, or that has further
// versions.
func unused(tx *store.Tx, account, arn string) error {
	u, err := usesOfOne(tx, account, arn)
	if err != nil {
		return err
	}
	if u[permissions]+u[boundary] > 0 {
		return deleteConflict("Cannot delete a policy attached to entities.")
	}
	all, err := versionsOf(tx, account, arn)
	if err == nil && len(all) > 1 {
		return deleteConflict("This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.")
	}
	return err
}

// ListPolicies tells of managed policies: AWS's first, then the account's.
func (s *Service) ListPolicies(ctx context.Context, c op.Caller, in *iam.ListPoliciesInput) (*iam.ListPoliciesOutput, error) {
	sieve := newSieve(in)
	var all []iam.Policy
	err := s.DB.View(ctx, func(tx *store.Tx) error {
		used, err := usesOf(tx, c.Account)
		if err != nil {
			return err
		}
		for _, p := range awsPolicies {
			all = append(all, p.shape(used[p.arn()]))
		}
		own, err := list[Policy](tx, c.Account, "", quotas[policyKind].most)
		for _, p := range own {
			p.Tags = nil // which this list leaves out
			all = append(all, p.shape(used[p.ARN()]))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	shown, rest, err := s.turnPolicies(c, in, sieve.pass(all))
	return &iam.ListPoliciesOutput{Policies: shown, IsTruncated: rest.truncated, Marker: rest.marker}, err
}

// A policySieve is what a list of policies is filtered by.
type policySieve struct {
	aws, own bool
	under    string  // prefix of the path
	purpose  purpose // "" for any
	used     bool    // at all
}

func newSieve(in *iam.ListPoliciesInput) policySieve {
	v := policySieve{aws: true, own: true, under: pathOf(in.PathPrefix), used: in.OnlyAttached != nil && *in.OnlyAttached}
	if in.Scope != nil {
		v.aws, v.own = *in.Scope != iam.PolicyScopeTypeLocal, *in.Scope != iam.PolicyScopeTypeAws
	}
	if in.PolicyUsageFilter != nil {
		v.purpose = purposeOf(*in.PolicyUsageFilter)
	}
	return v
}

func purposeOf(t iam.PolicyUsageType) purpose {
	if t == iam.PolicyUsageTypePermissionsBoundary {
		return boundary
	}
	return permissions
}

// pass are the policies that get through.
func (v policySieve) pass(all []iam.Policy) []iam.Policy {
	passed := []iam.Policy{}
	for _, p := range all {
		byAWS := strings.HasPrefix(*p.ARN, awsPrefix)
		uses := map[purpose]int32{permissions: *p.AttachmentCount, boundary: *p.PermissionsBoundaryUsageCount}
		switch {
		case byAWS && !v.aws, !byAWS && !v.own, !strings.HasPrefix(*p.Path, v.under),
			v.used && uses[permissions]+uses[boundary] == 0, v.purpose != "" && uses[v.purpose] == 0:
		default:
			passed = append(passed, p)
		}
	}
	return passed
}
