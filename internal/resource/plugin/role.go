package plugin

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/resource/plugin/catalogue"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// checkRole refuses a service role that will not do (user guide, "IAM role for
// Amazon Q Business plugins"): it has to exist, to trust the service for this
// application, and to be allowed to read the secret. It is asked again whenever
// the secret is read (plugin/login).
func (s *Service) checkRole(ctx context.Context, c op.Caller, application string, auth api.PluginAuthConfiguration) error {
	e := errandOf(auth)
	if e.Role == "" {
		return nil
	}
	e.Account, e.Application = c.Owns(), c.ARN("application/%s", application)
	err := s.Roles.Check(ctx, e)
	if why, ok := errors.AsType[*principal.RoleError](err); ok {
		return fault.InvalidField("authConfiguration."+memberOf(auth)+".roleArn", "%s", why.Error())
	}
	return err
}

// errandOf is what the role of an authConfiguration is for; none, where there is
// no role. That of QuickSight reads no secret.
func errandOf(auth api.PluginAuthConfiguration) principal.Errand {
	const read = "secretsmanager:GetSecretValue"
	switch memberOf(auth) {
	case catalogue.BasicAuth:
		b := auth.BasicAuthConfiguration
		return principal.Errand{Role: b.RoleARN, Action: read, Resource: b.SecretARN}
	case catalogue.OAuth:
		o := auth.OAuth2ClientCredentialConfiguration
		return principal.Errand{Role: o.RoleARN, Action: read, Resource: o.SecretARN}
	case catalogue.IDCAuth:
		return principal.Errand{Role: auth.IDCAuthConfiguration.RoleARN}
	}
	return principal.Errand{}
}
