package permission

import (
	"context"
	"errors"
	"slices"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
)

// Service answers the permission operations.
type Service struct {
	DB   *store.DB
	Apps *application.Service

	policies store.Memo[ofApplication, []*policy.Policy]
	parsed   parsed
}

// What errors call a statement, and the policy it is part of.
const (
	typeName   = "permission"
	policyName = "policy"
)

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {
	op.Handle(r, api.AssociatePermission, s.Associate)
	op.Handle(r, api.DisassociatePermission, s.Disassociate)
	op.Handle(r, api.GetPolicy, s.Policy)
}

// Associate adds a statement to an application's policy. The same statement
// again is answered the same; another one under the same id is a Conflict.
func (s *Service) Associate(ctx context.Context, c op.Caller, in *api.AssociatePermissionInput) (*api.AssociatePermissionOutput, error) {
	st, err := newStatement(in)
	if err != nil {
		return nil, err
	}
	if err := st.check(resource(c, in.ApplicationID)); err != nil {
		return nil, err
	}
	rendered, err := st.render(resource(c, in.ApplicationID))
	if err != nil {
		return nil, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := s.Apps.Active(tx, c, in.ApplicationID); err != nil {
			return err
		}
		return associate(tx, c, in.ApplicationID, st, rendered)
	})
	if err != nil {
		return nil, err
	}
	return &api.AssociatePermissionOutput{Statement: &rendered}, nil
}

// associate adds a statement unless it is there already.
func associate(tx *store.Tx, c op.Caller, app string, st Statement, rendered string) error {
	all, err := Statements(tx, c.Tenant(), app)
	if err != nil {
		return err
	}
	arn := resource(c, app)
	if i := slices.IndexFunc(all, func(o Statement) bool { return o.ID == st.ID }); i >= 0 {
		there, err := all[i].render(arn)
		if err == nil && there != rendered {
			err = fault.Conflicts(typeName, st.ID, "The policy of application %s has another statement with the ID %s. Disassociate that first, or choose another ID.", app, st.ID)
		}
		return err
	}
	whole, err := renderPolicy(append(all, st), arn)
	if err != nil {
		return err
	}
	if len(whole) > MaxPolicy {
		return fault.Quota(policyName, app, "With this statement the policy of application %s would have %d characters; at most %d are allowed. Shorten it, or disassociate one that is no longer needed.", app, len(whole), MaxPolicy)
	}
	return insert(tx, c.Tenant(), app, st)
}

// Disassociate removes a statement.
func (s *Service) Disassociate(ctx context.Context, c op.Caller, in *api.DisassociatePermissionInput) (*api.DisassociatePermissionOutput, error) {
	absent := fault.NotFound(typeName, in.StatementID, "The policy of application %s has no statement with the ID %s.", in.ApplicationID, in.StatementID)
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := s.Apps.Active(tx, c, in.ApplicationID); err != nil {
			return err
		}
		found, err := remove(tx, c.Tenant(), in.ApplicationID, in.StatementID)
		if errors.Is(err, store.ErrText) || err == nil && !found {
			return absent
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &api.DisassociatePermissionOutput{}, nil
}

// Policy returns an application's policy. One that never had a statement has
// the same empty policy as one that has lost its last.
func (s *Service) Policy(ctx context.Context, c op.Caller, in *api.GetPolicyInput) (*api.GetPolicyOutput, error) {
	var all []Statement
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		if err := s.Apps.Exists(tx, c, in.ApplicationID); err != nil {
			return err
		}
		all, err = Statements(tx, c.Tenant(), in.ApplicationID)
		return err
	})
	if err != nil {
		return nil, err
	}
	whole, err := renderPolicy(all, resource(c, in.ApplicationID))
	if err != nil {
		return nil, err
	}
	return &api.GetPolicyOutput{Policy: &whole}, nil
}

// resource is the ARN that an application's statements are about.
func resource(c op.Caller, app string) string { return c.ARN("application/%s", app) }
