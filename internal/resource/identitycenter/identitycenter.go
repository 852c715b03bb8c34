// Package identitycenter answers for a customer's IAM Identity Center: the
// applications that may ask on behalf of its users, the issuers whose tokens it
// trusts, and the tokens that an application gets for a user who signed in.
//
// Every account has one instance; its ARN and the ID of its identity store follow
// from the account, and so does the account from them. The package owns the
// applications with their grants, scopes, actor policies and assignments, the
// trusted token issuers, sign-ins and what was given for them: authorization
// codes, refresh tokens (kept as digests), the context assertions that
// sts:AssumeRole takes (ContextProvider), and the key under ID tokens. Its rows are
// idc_instance, idc_application, idc_assignment, idc_issuer, idc_signin, idc_token
// and idc_key.
//
// Users, groups and passwords are identitycenter/people's. Who may call an
// operation is decided in edge/access, but for CreateTokenWithIAM, which a caller of
// any account may call: there the caller's policies and the application's actor
// policy both have to allow. How the sign-in page looks is edge/web's.
package identitycenter

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// ContextProvider is the ProviderArn under which sts:AssumeRole takes a context
// assertion (IAM Identity Center user guide, "Identity-enhanced IAM role sessions").
const ContextProvider = "arn:aws:iam::aws:contextProvider/IdentityCenter"

// Types of authentication of a data accessor, as the qbusiness model names them.
const (
	TrustedTokenIssuer = "AWS_IAM_IDC_TTI"
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

// Issuer is a trusted token issuer.
type Issuer struct {
	ARN  string
	Name string
	URL  string
}

// ErrContext says that a context assertion is none of this server's, or is of use
// no more: expired, or its user, application or sign-in is gone.
var ErrContext = errors.New("the context assertion is not valid")

// errUnbuilt stands where a function is still to be written.
var errUnbuilt = errors.New("identitycenter: not built")

// CreateDataAccessorApplication makes the application of a data accessor and returns
// its ARN. ResourceNotFound when there is no such trusted token issuer.
func (s *Service) CreateDataAccessorApplication(tx *store.Tx, account string, a AccessorApplication) (arn string, err error) {
	return "", errUnbuilt
}

// UpdateDataAccessorApplication gives the application another name or way to
// authenticate. What its owner set on it since (redirect URIs, assignments) stays.
func (s *Service) UpdateDataAccessorApplication(tx *store.Tx, account, arn string, a AccessorApplication) error {
	return errUnbuilt
}

// DeleteDataAccessorApplication removes the application, and everything that was
// given for it. That there is none is no error.
func (s *Service) DeleteDataAccessorApplication(tx *store.Tx, account, arn string) error {
	return errUnbuilt
}

// TrustedTokenIssuer finds an issuer by its ARN, in whichever account it is.
func (s *Service) TrustedTokenIssuer(tx *store.Tx, arn string) (i Issuer, found bool, err error) {
	return Issuer{}, false, errUnbuilt
}

// Context opens a context assertion: for whom it speaks, and the condition keys
// that a session begun with it carries: identitystore:UserId,
// identitystore:IdentityStoreArn, identitycenter:ApplicationArn and
// identitycenter:InstanceArn. It fails with ErrContext.
func (s *Service) Context(ctx context.Context, assertion string) (op.Person, map[string][]string, error) {
	return op.Person{}, nil, errUnbuilt
}

// User finds a user of an account's identity store.
func (s *Service) User(ctx context.Context, account, id string) (op.Person, bool, error) {
	return s.People.User(ctx, account, id)
}

// UserByEmail finds the user of an account's identity store who has the address;
// letter case means nothing.
func (s *Service) UserByEmail(ctx context.Context, account, email string) (op.Person, bool, error) {
	return s.People.UserByEmail(ctx, account, email)
}

// Group finds a group of an account's identity store: its display name.
func (s *Service) Group(ctx context.Context, account, id string) (name string, found bool, err error) {
	return s.People.Group(ctx, account, id)
}
