package principal

import (
	"context"
	"slices"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// noVersion says that a policy has no such version.
func noVersion(arn, id string) error {
	return noSuchEntity("Policy %s version %s does not exist or is not attachable.", arn, id)
}

// pick finds a version by its ID.
func pick(all []version, arn, id string) (version, error) {
	i := slices.IndexFunc(all, func(v version) bool { return versionID(v.number) == id })
	if i < 0 {
		return version{}, noVersion(arn, id)
	}
	return all[i], nil
}

// shape is the version as answers have it, without its document.
func (v version) shape() iam.PolicyVersion {
	return iam.PolicyVersion{VersionID: new(versionID(v.number)), IsDefaultVersion: &v.inForce, CreateDate: new(store.FromMicros(v.created))}
}

// CreatePolicyVersion adds a version to a policy, and may put it in force.
func (s *Service) CreatePolicyVersion(ctx context.Context, c op.Caller, in *iam.CreatePolicyVersionInput) (*iam.CreatePolicyVersionOutput, error) {
	if err := checkManaged(in.PolicyDocument); err != nil {
		return nil, err
	}
	var out iam.CreatePolicyVersionOutput
	err := s.changePolicy(ctx, c, in.PolicyARN, func(tx *store.Tx, p *Policy) error {
		all, err := versionsOf(tx, c.Account, in.PolicyARN)
		if err != nil {
			return err
		}
		if len(all) >= maxVersions {
			return limitExceeded("A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", maxVersions)
		}
		p.Last++
		v := version{number: p.Last, document: in.PolicyDocument, created: store.Micros(tx.Now())}
		if err := insertVersion(tx, c.Account, in.PolicyARN, v); err != nil {
			return err
		}
		if in.SetAsDefault != nil && *in.SetAsDefault {
			p.Default, v.inForce = v.number, true
			err = putInForce(tx, c.Account, in.PolicyARN, v.number)
		}
		out.PolicyVersion = new(v.shape())
		return err
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// GetPolicyVersion tells what a version of a policy says.
func (s *Service) GetPolicyVersion(ctx context.Context, c op.Caller, in *iam.GetPolicyVersionInput) (*iam.GetPolicyVersionOutput, error) {
	if p, ok := awsPolicyOf(in.PolicyARN); ok {
		if in.VersionID != p.version {
			return nil, noVersion(in.PolicyARN, in.VersionID)
		}
		v := p.shapeVersion()
		v.Document = new(escaped(p.document))
		return &iam.GetPolicyVersionOutput{PolicyVersion: &v}, nil
	}
	all, err := s.versions(ctx, c, in.PolicyARN)
	if err != nil {
		return nil, err
	}
	v, err := pick(all, in.PolicyARN, in.VersionID)
	if err != nil {
		return nil, err
	}
	shape := v.shape()
	shape.Document = new(escaped(v.document))
	return &iam.GetPolicyVersionOutput{PolicyVersion: &shape}, nil
}

// shapeVersion is the one version of AWS's policy that is here.
func (p awsPolicy) shapeVersion() iam.PolicyVersion {
	return iam.PolicyVersion{VersionID: &p.version, IsDefaultVersion: new(true), CreateDate: &p.updated}
}

// versions reads the versions of a policy, the newest first.
func (s *Service) versions(ctx context.Context, c op.Caller, arn string) (all []version, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if _, err := changeable(c, arn)(tx); err != nil {
			return err
		}
		all, err = versionsOf(tx, c.Account, arn)
		return err
	})
	return all, err
}

// ListPolicyVersions tells of the versions of a policy, the newest first, without
// what they say.
func (s *Service) ListPolicyVersions(ctx context.Context, c op.Caller, in *iam.ListPolicyVersionsInput) (*iam.ListPolicyVersionsOutput, error) {
	all := []iam.PolicyVersion{}
	if p, ok := awsPolicyOf(in.PolicyARN); ok {
		all = append(all, p.shapeVersion())
	} else {
		held, err := s.versions(ctx, c, in.PolicyARN)
		if err != nil {
			return nil, err
		}
		for _, v := range held {
			all = append(all, v.shape())
		}
	}
	shown, rest, err := cut(s, iam.ListPolicyVersions.Route, c, all, paging{in.Marker, in.MaxItems}, in.PolicyARN)
	return &iam.ListPolicyVersionsOutput{Versions: shown, IsTruncated: rest.truncated, Marker: rest.marker}, err
}

// DeletePolicyVersion deletes a version that is not in force.
func (s *Service) DeletePolicyVersion(ctx context.Context, c op.Caller, in *iam.DeletePolicyVersionInput) (*iam.DeletePolicyVersionOutput, error) {
	return &iam.DeletePolicyVersionOutput{}, s.changePolicy(ctx, c, in.PolicyARN, func(tx *store.Tx, _ *Policy) error {
		v, err := versionOf(tx, c.Account, in.PolicyARN, in.VersionID)
		switch {
		case err != nil:
			return err
		case v.inForce:
			return deleteConflict("Cannot delete the default version of a policy.")
		}
		return removeVersion(tx, c.Account, in.PolicyARN, v.number)
	})
}

// SetDefaultPolicyVersion puts a version in force, for everyone who has the
// policy.
func (s *Service) SetDefaultPolicyVersion(ctx context.Context, c op.Caller, in *iam.SetDefaultPolicyVersionInput) (*iam.SetDefaultPolicyVersionOutput, error) {
	return &iam.SetDefaultPolicyVersionOutput{}, s.changePolicy(ctx, c, in.PolicyARN, func(tx *store.Tx, p *Policy) error {
		v, err := versionOf(tx, c.Account, in.PolicyARN, in.VersionID)
		if err != nil {
			return err
		}
		p.Default = v.number
		return putInForce(tx, c.Account, in.PolicyARN, v.number)
	})
}

// versionOf reads a version of a policy by its ID.
func versionOf(tx *store.Tx, account, arn, id string) (version, error) {
	all, err := versionsOf(tx, account, arn)
	if err != nil {
		return version{}, err
	}
	return pick(all, arn, id)
}
