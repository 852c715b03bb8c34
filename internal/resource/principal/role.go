package principal

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/store"
)

// usualSession is how long sessions of a role may last unless it says otherwise.
const usualSession = time.Hour

// CreateRole makes a role that those may assume whom its trust policy names, and
// that has no permissions.
func (s *Service) CreateRole(ctx context.Context, c op.Caller, in *iam.CreateRoleInput) (*iam.CreateRoleOutput, error) {
	r := &Role{Trust: in.AssumeRolePolicyDocument, MaxSession: usualSession}
	r.Entity = Entity{Account: c.Account, Path: pathOf(in.Path), Name: in.RoleName, ID: newID(roleKind)}
	r.describe(in.Description, in.MaxSessionDuration)
	if err := errors.Join(checkPath(r.Path), checkTrust(r.Trust), r.tag(in.Tags)); err != nil {
		return nil, err
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := create(tx, r, exists("Role with name %s already exists.", in.RoleName)); err != nil {
			return err
		}
		return asInput(bound(tx, r, in.PermissionsBoundary))
	})
	if err != nil {
		return nil, err
	}
	return &iam.CreateRoleOutput{Role: r.shape()}, nil
}

// describe sets what UpdateRole can set.
func (r *Role) describe(description *string, seconds *int32) {
	if description != nil {
		r.Description = *description
	}
	if seconds != nil {
		r.MaxSession = time.Duration(*seconds) * time.Second
	}
}

// maxTrust is how many characters a trust policy has (reference_iam-quotas).
const maxTrust = 2048

func checkTrust(document string) error {
	if err := checkDocument(document, policy.Trust); err != nil {
		return err
	}
	if action, found := beyondSTS(document); found {
		return malformed("AssumeRole policy may only specify STS AssumeRole actions; got %q", action)
	}
	if characters(document) > maxTrust {
		return quotaExceeded("ACLSizePerRole", maxTrust)
	}
	return nil
}

// shape is the role as answers have it.
func (r *Role) shape() iam.Role {
	out := iam.Role{
		Path: r.Path, RoleName: r.Name, RoleID: r.ID, ARN: r.ARN(), CreateDate: r.CreatedAt,
		MaxSessionDuration: new(int32(r.session() / time.Second)), PermissionsBoundary: r.boundary(), Tags: r.someTags(),
	}
	if r.Trust != "" {
		out.AssumeRolePolicyDocument = new(escaped(r.Trust))
	}
	if r.Description != "" {
		out.Description = &r.Description
	}
	return out
}

// session is how long sessions of the role may last. Roles of earlier versions
// do not say.
func (r *Role) session() time.Duration { return max(r.MaxSession, usualSession) }

// escaped is a document as answers have it: percent-encoded (RFC 3986).
func escaped(document string) string {
	return strings.ReplaceAll(url.QueryEscape(document), "+", "%20")
}

// GetRole tells of a role.
func (s *Service) GetRole(ctx context.Context, c op.Caller, in *iam.GetRoleInput) (*iam.GetRoleOutput, error) {
	var out iam.GetRoleOutput
	err := view(ctx, s, c, in.RoleName, func(_ *store.Tx, r *Role) error {
		out.Role = r.shape()
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// ListRoles tells of the roles whose paths begin with a prefix, by their names.
func (s *Service) ListRoles(ctx context.Context, c op.Caller, in *iam.ListRolesInput) (*iam.ListRolesOutput, error) {
	found, rest, err := turn[Role](ctx, s, c, iam.ListRoles.Route, in.PathPrefix, paging{in.Marker, in.MaxItems})
	if err != nil {
		return nil, err
	}
	out := &iam.ListRolesOutput{Roles: []iam.Role{}, IsTruncated: rest.truncated, Marker: rest.marker}
	for _, r := range found {
		r.Tags, r.Boundary = nil, "" // which this list leaves out
		out.Roles = append(out.Roles, r.shape())
	}
	return out, nil
}

// UpdateRole changes a role's description and how long its sessions may last.
func (s *Service) UpdateRole(ctx context.Context, c op.Caller, in *iam.UpdateRoleInput) (*iam.UpdateRoleOutput, error) {
	err := alter(ctx, s, c, in.RoleName, func(_ *store.Tx, r *Role) error {
		r.describe(in.Description, in.MaxSessionDuration)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &iam.UpdateRoleOutput{}, nil
}

// UpdateRoleDescription is UpdateRole of earlier days.
func (s *Service) UpdateRoleDescription(ctx context.Context, c op.Caller, in *iam.UpdateRoleDescriptionInput) (*iam.UpdateRoleDescriptionOutput, error) {
	var out iam.UpdateRoleDescriptionOutput
	err := alter(ctx, s, c, in.RoleName, func(_ *store.Tx, r *Role) error {
		r.describe(&in.Description, nil)
		out.Role = new(r.shape())
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &out, nil
}

// DeleteRole deletes a role that has no policies, with the keys that a tool gave
// it. Its sessions end with it.
func (s *Service) DeleteRole(ctx context.Context, c op.Caller, in *iam.DeleteRoleInput) (*iam.DeleteRoleOutput, error) {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		r, err := find[Role](tx, c.Account, in.RoleName)
		if err != nil {
			return err
		}
		if err := r.guard(); err != nil {
			return err
		}
		if err := dismiss(tx, r); err != nil {
			return err
		}
		return removeKeys(tx, roleKind, &r.Entity)
	})
	if err != nil {
		return nil, err
	}
	return &iam.DeleteRoleOutput{}, nil
}

// UpdateTrust replaces a role's trust policy.
func (s *Service) UpdateTrust(ctx context.Context, c op.Caller, in *iam.UpdateAssumeRolePolicyInput) (*iam.UpdateAssumeRolePolicyOutput, error) {
	if err := checkTrust(in.PolicyDocument); err != nil {
		return nil, err
	}
	err := alter(ctx, s, c, in.RoleName, func(_ *store.Tx, r *Role) error {
		r.Trust = in.PolicyDocument
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &iam.UpdateAssumeRolePolicyOutput{}, nil
}

// ListInstanceProfiles finds none: there are no instances here.
func (s *Service) ListInstanceProfiles(ctx context.Context, c op.Caller, in *iam.ListInstanceProfilesForRoleInput) (*iam.ListInstanceProfilesForRoleOutput, error) {
	err := view(ctx, s, c, in.RoleName, func(*store.Tx, *Role) error { return nil })
	if err != nil {
		return nil, err
	}
	return &iam.ListInstanceProfilesForRoleOutput{InstanceProfiles: []iam.InstanceProfile{}, IsTruncated: new(false)}, nil
}
