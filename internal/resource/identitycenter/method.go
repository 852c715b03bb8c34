package identitycenter

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// PutAuthenticationMethod says who may ask for tokens: an actor policy, which is a
// resource-based policy of the application.
func (s *Service) PutAuthenticationMethod(ctx context.Context, c op.Caller, in *ssoadmin.PutApplicationAuthenticationMethodInput) (*ssoadmin.PutApplicationAuthenticationMethodOutput, error) {
	document := in.AuthenticationMethod.IAM.ActorPolicy
	if _, err := policy.Parse(document, policy.Resource); err != nil {
		return nil, invalidPolicy(err)
	}
	err := s.change(ctx, c, in.ApplicationARN, func(_ *store.Tx, a *application) error {
		a.ActorPolicy = document
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &ssoadmin.PutApplicationAuthenticationMethodOutput{}, nil
}

func invalidPolicy(err error) error {
	wrong, ok := errors.AsType[*policy.SyntaxError](err)
	if !ok {
		return err
	}
	return fault.InvalidField("AuthenticationMethod.Iam.ActorPolicy", "%s", wrong.Error())
}

// GetAuthenticationMethod returns the actor policy.
func (s *Service) GetAuthenticationMethod(ctx context.Context, c op.Caller, in *ssoadmin.GetApplicationAuthenticationMethodInput) (*ssoadmin.GetApplicationAuthenticationMethodOutput, error) {
	a, err := s.read(ctx, c, in.ApplicationARN)
	if err != nil {
		return nil, err
	}
	if a.ActorPolicy == nil {
		return nil, refuse(fault.ResourceNotFound, "The application has no authentication method %s.", in.AuthenticationMethodType)
	}
	return &ssoadmin.GetApplicationAuthenticationMethodOutput{AuthenticationMethod: a.method()}, nil
}

func (a *application) method() *ssoadmin.AuthenticationMethod {
	return &ssoadmin.AuthenticationMethod{IAM: &ssoadmin.IAMAuthenticationMethod{ActorPolicy: a.ActorPolicy}}
}

// ListAuthenticationMethods returns the actor policy, if there is one.
func (s *Service) ListAuthenticationMethods(ctx context.Context, c op.Caller, in *ssoadmin.ListApplicationAuthenticationMethodsInput) (*ssoadmin.ListApplicationAuthenticationMethodsOutput, error) {
	a, err := s.read(ctx, c, in.ApplicationARN)
	if err != nil {
		return nil, err
	}
	all := []ssoadmin.AuthenticationMethodItem{}
	if a.ActorPolicy != nil {
		all = append(all, ssoadmin.AuthenticationMethodItem{
			AuthenticationMethodType: new(ssoadmin.AuthenticationMethodTypeIAM), AuthenticationMethod: a.method(),
		})
	}
	scope := page.ScopeOf(ssoadmin.ListApplicationAuthenticationMethods.Route, c, a.ID)
	shown, next, err := page.Slice(s.Pages, scope, all, in.NextToken, maxPage)
	if err != nil {
		return nil, err
	}
	return &ssoadmin.ListApplicationAuthenticationMethodsOutput{AuthenticationMethods: shown, NextToken: next}, nil
}

// DeleteAuthenticationMethod takes the actor policy away: nobody may ask any more.
func (s *Service) DeleteAuthenticationMethod(ctx context.Context, c op.Caller, in *ssoadmin.DeleteApplicationAuthenticationMethodInput) (*ssoadmin.DeleteApplicationAuthenticationMethodOutput, error) {
	err := s.change(ctx, c, in.ApplicationARN, func(_ *store.Tx, a *application) error {
		a.ActorPolicy = nil
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &ssoadmin.DeleteApplicationAuthenticationMethodOutput{}, nil
}
