package identitycenter

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/api/ssooidc"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/store"
)

// byAssertion takes the token of a trusted token issuer (RFC 7523) and begins a
// sign-in of the user it speaks of. The issuer is asked for its keys here, before
// any transaction.
func (s *Service) byAssertion(ctx context.Context, a *application, in *ssooidc.CreateTokenWithIAMInput) (redeem, error) {
	if err := needs(in.Assertion, "assertion", in.GrantType); err != nil {
		return nil, err
	}
	scopes, err := a.granted(in.Scope)
	if err != nil {
		return nil, err
	}
	i, audiences, err := s.trusted(ctx, a, *in.Assertion)
	if err != nil {
		return nil, err
	}
	claims, err := s.Tokens.Verify(ctx, *in.Assertion, i.URL, audiences)
	if err != nil {
		return nil, unverified(err)
	}
	p, err := s.subject(ctx, a.Account, i, claims)
	if err != nil {
		return nil, err
	}
	return func(tx *store.Tx) (signin, error) {
		return s.begin(tx, signin{Account: a.Account, Application: a.ID, User: p.ID, Scopes: scopes})
	}, nil
}

// trusted finds the issuer of an assertion among those whose tokens the application
// takes, with the audiences that they may be for.
func (s *Service) trusted(ctx context.Context, a *application, assertion string) (found *issuer, audiences []string, err error) {
	url, err := oidc.Issuer(assertion)
	if err != nil {
		return nil, nil, unverified(err)
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		found, audiences = nil, nil
		for _, one := range a.Grants[grantBearer].JwtBearer.AuthorizedTokenIssuers {
			held, err := authorized(tx, one)
			if err != nil {
				return err
			}
			if held != nil && held.URL == url {
				found, audiences = held, one.AuthorizedAudiences
				return nil
			}
		}
		return nil
	})
	if err == nil && found == nil {
		err = refuse(codeInvalidGrant, "The assertion is of no issuer whose tokens the application takes.")
	}
	return found, audiences, err
}

// authorized reads an issuer that a grant names, or nil if it is there no more.
func authorized(tx *store.Tx, one ssoadmin.AuthorizedTokenIssuer) (*issuer, error) {
	account, id, _ := parseIssuer(*one.TrustedTokenIssuerARN)
	held, err := getIssuer(tx, account, id)
	if errors.Is(err, store.ErrNoRows) {
		return nil, nil
	}
	return held, err
}

// unverified says why an assertion is not taken.
func unverified(err error) error {
	switch {
	case errors.Is(err, oidc.ErrExpired):
		return refuse(codeExpired, "The assertion has expired.")
	case errors.Is(err, oidc.ErrInvalid), errors.Is(err, oidc.ErrIssuer):
		return refuse(codeInvalidGrant, "The assertion is not taken: %s.", err)
	}
	return err
}

// subject finds the user whom the claims speak of, by the attribute that the issuer
// is trusted for.
func (s *Service) subject(ctx context.Context, account string, i *issuer, claims oidc.Claims) (op.Person, error) {
	value := claimAt(claims, i.Claim)
	if value == "" {
		return op.Person{}, refuse(codeInvalidGrant, "The assertion has no text at %s, which says who the user is.", i.Claim)
	}
	if verified, told := claims["email_verified"]; told && !slices.Contains([]any{true, "true"}, verified) && i.Claim == "email" {
		return op.Person{}, refuse(codeInvalidGrant, "The assertion says that its e-mail address is not verified.")
	}
	find := s.People.UserByEmail
	if i.Attribute == attributeName {
		find = s.People.UserByName
	}
	p, found, err := find(ctx, account, value)
	if err == nil && !found {
		err = refuse(codeInvalidGrant, "No user of the identity store has the assertion's %s as %s.", i.Claim, i.Attribute)
	}
	return p, err
}

// claimAt is the text at a path such as email or profile.mail; empty for none.
func claimAt(claims map[string]any, path string) string {
	head, rest, deeper := strings.Cut(path, ".")
	if !deeper {
		text, _ := claims[head].(string)
		return text
	}
	below, _ := claims[head].(map[string]any)
	return claimAt(below, rest)
}
