package application

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// checkRole refuses a role that the service cannot assume for the application.
// None is needed: the service has one of its own.
func (s *Service) checkRole(ctx context.Context, c op.Caller, id string, role *string) error {
	if role == nil {
		return nil
	}
	err := s.Roles.Check(ctx, principal.Errand{Role: *role, Account: c.Owns(), Application: arn(c, id)})
	if why, ok := errors.AsType[*principal.RoleError](err); ok {
		return fault.InvalidField("roleArn", "%s", why.Error())
	}
	return err
}
