package identitycenter

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"

	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/api/ssooidc"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// createToken is the IAM action of CreateTokenWithIAM.
const createToken = "sso-oauth:CreateTokenWithIAM" //nolint:gosec // it is a name

// CreateToken gives an application tokens for a user who signed in: with an
// authorization code, a refresh token, or the token of an issuer that it trusts.
//
// Errors: AccessDenied for a caller whom its own policies or the application's actor
// policy do not allow, or a user who is not assigned; InvalidClient, InvalidRequest,
// UnauthorizedClient, UnsupportedGrantType, InvalidScope, InvalidGrant and
// ExpiredToken as RFC 6749, section 5.2, has them.
func (s *Service) CreateToken(ctx context.Context, c op.Caller, in *ssooidc.CreateTokenWithIAMInput) (*ssooidc.CreateTokenWithIAMOutput, error) {
	a, err := s.client(ctx, c, in.ClientID)
	if err != nil {
		return nil, err
	}
	redeem, err := s.redemption(ctx, a, in)
	if err != nil {
		return nil, err
	}
	var g given
	var refused *fault.Error
	err = s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		g, err = s.give(tx, a, redeem)
		if refused = fault.As(err); refused != nil {
			err = nil // what a refusal revoked stays revoked
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	if refused != nil {
		return nil, refused
	}
	return s.answer(ctx, c, a, g)
}

// redeem is how a grant becomes a sign-in, within the transaction that gives tokens
// for it.
type redeem func(tx *store.Tx) (signin, error)

// given is what an application gets.
type given struct {
	signin  signin
	person  op.Person
	refresh string // empty unless the application may refresh
}

func (s *Service) give(tx *store.Tx, a *application, redeem redeem) (g given, err error) {
	if g.signin, err = redeem(tx); err != nil {
		return g, err
	}
	if g.person, err = s.entitled(tx, a, g.signin.User); err != nil {
		return g, err
	}
	if _, may := a.Grants[grantRefresh]; may {
		g.refresh, err = s.newToken(tx, g.signin, kindRefresh, signinLife, bound{})
	}
	return g, err
}

// client finds the application that a caller asks tokens for, if it may. Who may not
// learns nothing of whether there is such an application.
func (s *Service) client(ctx context.Context, c op.Caller, clientID string) (*application, error) {
	account, id, ok := parseApplication(clientID)
	if !ok {
		return nil, refuse(codeInvalidClient, "clientId must be the ARN of an application of IAM Identity Center, such as %sapplication/%s/apl-0123456789abcdef.",
			ssoPrefix+"111122223333:", instanceOf("111122223333"))
	}
	var a *application
	err := s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		a, err = getApplication(tx, account, id)
		return err
	})
	missing := errors.Is(err, store.ErrNoRows)
	if err != nil && !missing {
		return nil, err
	}
	if missing {
		a = &application{Account: account, ID: id} // which admits nobody
	}
	if err := s.admit(ctx, c, a, missing); err != nil {
		return nil, err
	}
	if a.disabled() {
		return nil, refuse(codeUnauthorized, "The application is disabled.")
	}
	return a, nil
}

// admit asks the caller's own policies, as if the application were in its account,
// and then the application's actor policy beside them: both have to allow.
func (s *Service) admit(ctx context.Context, c op.Caller, a *application, missing bool) error {
	set, err := s.Grants(ctx, c)
	if err != nil {
		return err
	}
	request := policy.Request{
		Principal: principal.Who(c), Action: createToken, Context: principal.Keys(c),
		Targets: []policy.Target{{ARN: a.arn()}},
	}
	if d := set.Decide(&request); !d.Allowed {
		return s.denied(c, d, &request)
	}
	if missing && a.Account == c.Account {
		return refuse(codeInvalidClient, "There is no application %s.", a.arn())
	}
	if set.Resource, err = a.actors(); err != nil {
		return err
	}
	set.Trust = true // the actor policy has to allow, whatever else does
	request.Targets[0].Account = a.Account
	d := set.Decide(&request)
	if !d.Allowed {
		return s.denied(c, d, &request)
	}
	c.Trail.Asked(true, d.Layer.String(), d.Sid, []string{a.arn()})
	return nil
}

func (s *Service) denied(c op.Caller, d policy.Decision, r *policy.Request) error {
	if d.Layer == policy.RoleTrustPolicy {
		d.Layer = policy.ResourceBasedPolicy // an application's, not a role's
	}
	c.Trail.Asked(false, d.Layer.String(), d.Sid, []string{r.Targets[0].ARN})
	if s.Denied != nil {
		s.Denied(r.Action, d.Layer.String())
	}
	return fault.Denied("%s", d.Message(r))
}

// redemption looks at a request before any transaction: is it complete, may the
// application use the grant, is the assertion right.
func (s *Service) redemption(ctx context.Context, a *application, in *ssooidc.CreateTokenWithIAMInput) (redeem, error) {
	kind := ssoadmin.GrantType(in.GrantType)
	switch kind {
	case grantCode, grantRefresh, grantBearer:
	default:
		return nil, refuse(codeUnsupportedGrant, "The grant types are %s, %s and %s.", grantCode, grantRefresh, grantBearer)
	}
	if _, may := a.Grants[kind]; !may {
		return nil, refuse(codeUnauthorized, "The application has no grant %s: add one with sso-admin PutApplicationGrant.", kind)
	}
	switch kind {
	case grantCode:
		return s.byCode(a, in)
	case grantRefresh:
		return s.byRefresh(a, in)
	default:
		return s.byAssertion(ctx, a, in)
	}
}

func needs(value *string, name, grant string) error {
	if value == nil || *value == "" {
		return refuse(codeInvalidRequest, "%s is required with the grant type %s.", name, grant)
	}
	return nil
}

// byCode redeems an authorization code, with the redirect URI it was sent to and the
// verifier of its challenge (RFC 6749, section 4.1.3; RFC 7636, section 4.6).
func (s *Service) byCode(a *application, in *ssooidc.CreateTokenWithIAMInput) (redeem, error) {
	for name, value := range map[string]*string{"code": in.Code, "redirectUri": in.RedirectURI} {
		if err := needs(value, name, in.GrantType); err != nil {
			return nil, err
		}
	}
	return func(tx *store.Tx) (signin, error) {
		return s.spend(tx, a, kindCode, *in.Code, func(b bound) error {
			switch {
			case b.Redirect != *in.RedirectURI:
				return refuse(codeInvalidGrant, "The redirectUri is not the one to which the authorization code was sent.")
			case !verifies(text(in.CodeVerifier), b.Challenge):
				return refuse(codeInvalidGrant, "The codeVerifier does not belong to the challenge with which the sign-in began.")
			}
			return nil
		})
	}, nil
}

// verifies reports whether a verifier is that of a challenge; none belongs to none.
func verifies(verifier, challenge string) bool {
	if verifier == "" || challenge == "" {
		return verifier == challenge
	}
	sum := sha256.Sum256([]byte(verifier))
	return subtle.ConstantTimeCompare([]byte(base64.RawURLEncoding.EncodeToString(sum[:])), []byte(challenge)) == 1
}

// byRefresh redeems a refresh token. It keeps its scopes, and the answer names them
// (RFC 6749, section 3.3): fewer that are asked for change nothing.
func (s *Service) byRefresh(a *application, in *ssooidc.CreateTokenWithIAMInput) (redeem, error) {
	if err := needs(in.RefreshToken, "refreshToken", in.GrantType); err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (signin, error) {
		return s.spend(tx, a, kindRefresh, *in.RefreshToken, func(bound) error { return nil })
	}, nil
}
