package identitycenter

import (
	"context"
	"maps"
	"slices"

	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// The access scopes of Amazon Q Business (user guide, "Making authenticated Amazon Q
// Business API calls using IAM Identity Center").
const (
	scopeConversations = "qbusiness:conversations:access"
	scopeContent       = "qbusiness:content:access"
)

// always are the scopes that every token has.
var always = []string{"sts:identity_context", "openid", "aws"}

// PutScope adds an access scope, or gives it other targets.
func (s *Service) PutScope(ctx context.Context, c op.Caller, in *ssoadmin.PutApplicationAccessScopeInput) (*ssoadmin.PutApplicationAccessScopeOutput, error) {
	err := s.change(ctx, c, in.ApplicationARN, func(_ *store.Tx, a *application) error {
		if _, held := a.Scopes[in.Scope]; !held && len(a.Scopes) >= maxScopes {
			return fault.InvalidField("Scope", "an application has at most %d access scopes", maxScopes)
		}
		if a.Scopes == nil {
			a.Scopes = map[string][]string{}
		}
		a.Scopes[in.Scope] = in.AuthorizedTargets
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &ssoadmin.PutApplicationAccessScopeOutput{}, nil
}

// GetScope returns an access scope with its targets.
func (s *Service) GetScope(ctx context.Context, c op.Caller, in *ssoadmin.GetApplicationAccessScopeInput) (*ssoadmin.GetApplicationAccessScopeOutput, error) {
	a, err := s.read(ctx, c, in.ApplicationARN)
	if err != nil {
		return nil, err
	}
	targets, ok := a.Scopes[in.Scope]
	if !ok {
		return nil, refuse(fault.ResourceNotFound, "The application has no access scope %s.", in.Scope)
	}
	return &ssoadmin.GetApplicationAccessScopeOutput{Scope: in.Scope, AuthorizedTargets: targets}, nil
}

// ListScopes returns the access scopes, ordered by name.
func (s *Service) ListScopes(ctx context.Context, c op.Caller, in *ssoadmin.ListApplicationAccessScopesInput) (*ssoadmin.ListApplicationAccessScopesOutput, error) {
	a, err := s.read(ctx, c, in.ApplicationARN)
	if err != nil {
		return nil, err
	}
	all := []ssoadmin.ScopeDetails{}
	for _, name := range slices.Sorted(maps.Keys(a.Scopes)) {
		all = append(all, ssoadmin.ScopeDetails{Scope: name, AuthorizedTargets: a.Scopes[name]})
	}
	scope := page.ScopeOf(ssoadmin.ListApplicationAccessScopes.Route, c, a.ID)
	shown, next, err := page.Slice(s.Pages, scope, all, in.NextToken, page.Size(in.MaxResults, maxScopePage))
	if err != nil {
		return nil, err
	}
	return &ssoadmin.ListApplicationAccessScopesOutput{Scopes: shown, NextToken: next}, nil
}

// DeleteScope takes an access scope away. That there is none is no error.
func (s *Service) DeleteScope(ctx context.Context, c op.Caller, in *ssoadmin.DeleteApplicationAccessScopeInput) (*ssoadmin.DeleteApplicationAccessScopeOutput, error) {
	err := s.change(ctx, c, in.ApplicationARN, func(_ *store.Tx, a *application) error {
		delete(a.Scopes, in.Scope)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &ssoadmin.DeleteApplicationAccessScopeOutput{}, nil
}

// granted are the scopes of a token: those that were asked for, or all that the
// application has. InvalidScope for one that it has not.
func (a *application) granted(asked []string) ([]string, error) {
	if len(asked) == 0 {
		return append(slices.Clone(always), slices.Sorted(maps.Keys(a.Scopes))...), nil
	}
	scopes := slices.Clone(always)
	for _, one := range asked {
		if _, held := a.Scopes[one]; !held && !slices.Contains(always, one) {
			return nil, refuse(codeInvalidScope, "The application has no access scope %.100q.", one)
		}
		if !slices.Contains(scopes, one) {
			scopes = append(scopes, one)
		}
	}
	return scopes, nil
}
