package identitycenter

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Types of authentication of a data accessor, as the qbusiness model names them.
const (
	TrustedTokenIssuer = "AWS_IAM_IDC_TTI" //nolint:gosec // it is a name
	AuthorizationCode  = "AWS_IAM_IDC_AUTH_CODE"
)

// AccessorApplication is what a data accessor needs of its application.
type AccessorApplication struct {
	Name               string
	Region             string
	Principal          string   // ARN of the role that may ask for tokens
	Type               string   // TrustedTokenIssuer or AuthorizationCode
	TrustedTokenIssuer string   // ARN, with that type
	ExternalIDs        []string // of the tenant; with a trusted token issuer they are audiences too
}

// CreateDataAccessorApplication makes the application of a data accessor and returns
// its ARN. ResourceNotFound when there is no such trusted token issuer.
//
// The role may ask for tokens, refresh them, and has both scopes of Amazon Q
// Business. Where browsers may be sent after a sign-in, the customer adds
// (PutApplicationGrant): nobody here knows the company's addresses.
func (s *Service) CreateDataAccessorApplication(tx *store.Tx, account string, a AccessorApplication) (arn string, err error) {
	made := &application{
		ID: newID(), Account: account, Region: a.Region, Provider: providerAccessor, Accessor: true,
		Status: ssoadmin.ApplicationStatusEnabled,
		Scopes: map[string][]string{scopeConversations: nil, scopeContent: nil},
	}
	if err := made.serve(tx, a); err != nil {
		return "", err
	}
	return made.arn(), s.add(tx, made)
}

// UpdateDataAccessorApplication gives the application another name or way to
// authenticate. What its owner set on it since stays: assignments, and as long as the
// type is AuthorizationCode the redirect URIs.
func (s *Service) UpdateDataAccessorApplication(tx *store.Tx, account, arn string, a AccessorApplication) error {
	held, err := find(tx, account, arn)
	if err != nil {
		return err
	}
	if err := held.serve(tx, a); err != nil {
		return err
	}
	return putApplication(tx, held)
}

// serve makes the application fit for a data accessor.
func (a *application) serve(tx *store.Tx, wanted AccessorApplication) error {
	a.Name = wanted.Name
	a.ActorPolicy = actorPolicy(wanted.Principal)
	redirects, had := a.Grants[grantCode]
	a.Grants = map[ssoadmin.GrantType]ssoadmin.Grant{grantRefresh: {RefreshToken: &ssoadmin.RefreshTokenGrant{}}}
	if wanted.Type == AuthorizationCode {
		if !had {
			redirects = ssoadmin.Grant{AuthorizationCode: &ssoadmin.AuthorizationCodeGrant{}}
		}
		a.Grants[grantCode] = redirects
		return nil
	}
	bearer := &ssoadmin.JwtBearerGrant{AuthorizedTokenIssuers: []ssoadmin.AuthorizedTokenIssuer{{
		TrustedTokenIssuerARN: &wanted.TrustedTokenIssuer, AuthorizedAudiences: append([]string{a.arn()}, wanted.ExternalIDs...),
	}}}
	a.Grants[grantBearer] = ssoadmin.Grant{JwtBearer: bearer}
	return issuersThere(tx, a.Account, bearer)
}

// actorPolicy lets one role ask for tokens.
func actorPolicy(role string) json.RawMessage {
	name, err := json.Marshal(role)
	if err != nil {
		panic(fmt.Sprintf("identitycenter: a string always marshals, yet: %v", err))
	}
	return fmt.Appendf(nil, `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":%s},"Action":"%s","Resource":"*"}]}`, name, createToken)
}

// DeleteDataAccessorApplication removes the application, and everything that was
// given for it. That there is none is no error.
func (s *Service) DeleteDataAccessorApplication(tx *store.Tx, account, arn string) error {
	owner, id, ok := parseApplication(arn)
	if !ok || owner != account {
		return nil
	}
	return removeApplication(tx, account, id)
}

// Issuer is a trusted token issuer.
type Issuer struct {
	ARN  string
	Name string
	URL  string
}

// TrustedTokenIssuer finds an issuer by its ARN, in whichever account it is.
func (s *Service) TrustedTokenIssuer(tx *store.Tx, arn string) (i Issuer, found bool, err error) {
	account, id, ok := parseIssuer(arn)
	if !ok {
		return Issuer{}, false, nil
	}
	held, err := getIssuer(tx, account, id)
	if errors.Is(err, store.ErrNoRows) {
		return Issuer{}, false, nil
	}
	if err != nil {
		return Issuer{}, false, err
	}
	return Issuer{ARN: arn, Name: held.Name, URL: held.URL}, true, nil
}
