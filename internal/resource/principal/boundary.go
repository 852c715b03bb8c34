package principal

import (
	"context"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// bound sets the permissions boundary of a user or role that was made just now;
// nil for none.
func bound[E any, P bearer[E]](tx *store.Tx, p P, arn *string) error {
	if arn == nil {
		return nil
	}
	if err := setBoundary[E](tx, p, *arn); err != nil {
		return err
	}
	return put[E](tx, p)
}

// setBoundary makes a managed policy the permissions boundary of a user or role;
// "" for none. The caller puts the entity.
func setBoundary[E any, P bearer[E]](tx *store.Tx, p P, arn string) error {
	i := p.identity()
	if arn != "" {
		if err := checkARN(arn); err != nil {
			return err
		}
		ok, err := attachable(tx, i.Account, arn)
		if err != nil {
			return err
		}
		if !ok {
			return noSuchEntity("Scope ARN: %s does not exist or is not attachable.", arn)
		}
	}
	if i.Boundary != "" {
		if _, err := detach(tx, p.kind(), &i.Entity, boundary, i.Boundary); err != nil {
			return err
		}
	}
	if i.Boundary = arn; arn == "" {
		return nil
	}
	_, err := attach(tx, p.kind(), &i.Entity, boundary, arn)
	return err
}

// boundary is the permissions boundary as answers have it.
func (i *Identity) boundary() *iam.AttachedPermissionsBoundary {
	if i.Boundary == "" {
		return nil
	}
	return &iam.AttachedPermissionsBoundary{
		PermissionsBoundaryType: new(iam.PermissionsBoundaryAttachmentTypePermissionsBoundaryPolicy),
		PermissionsBoundaryARN:  &i.Boundary,
	}
}

// PutUserBoundary gives a user a permissions boundary.
func (s *Service) PutUserBoundary(ctx context.Context, c op.Caller, in *iam.PutUserPermissionsBoundaryInput) (*iam.PutUserPermissionsBoundaryOutput, error) {
	return &iam.PutUserPermissionsBoundaryOutput{}, alter(ctx, s, c, in.UserName, func(tx *store.Tx, u *User) error {
		return setBoundary(tx, u, in.PermissionsBoundary)
	})
}

// DeleteUserBoundary takes the permissions boundary from a user. That it has none
// is no error.
func (s *Service) DeleteUserBoundary(ctx context.Context, c op.Caller, in *iam.DeleteUserPermissionsBoundaryInput) (*iam.DeleteUserPermissionsBoundaryOutput, error) {
	return &iam.DeleteUserPermissionsBoundaryOutput{}, alter(ctx, s, c, in.UserName, func(tx *store.Tx, u *User) error {
		return setBoundary(tx, u, "")
	})
}

// PutRoleBoundary gives a role a permissions boundary.
func (s *Service) PutRoleBoundary(ctx context.Context, c op.Caller, in *iam.PutRolePermissionsBoundaryInput) (*iam.PutRolePermissionsBoundaryOutput, error) {
	return &iam.PutRolePermissionsBoundaryOutput{}, alter(ctx, s, c, in.RoleName, func(tx *store.Tx, r *Role) error {
		return setBoundary(tx, r, in.PermissionsBoundary)
	})
}

// DeleteRoleBoundary takes the permissions boundary from a role. That it has none
// is no error.
func (s *Service) DeleteRoleBoundary(ctx context.Context, c op.Caller, in *iam.DeleteRolePermissionsBoundaryInput) (*iam.DeleteRolePermissionsBoundaryOutput, error) {
	return &iam.DeleteRolePermissionsBoundaryOutput{}, alter(ctx, s, c, in.RoleName, func(tx *store.Tx, r *Role) error {
		return setBoundary(tx, r, "")
	})
}
