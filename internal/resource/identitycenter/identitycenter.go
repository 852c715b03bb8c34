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

	"github.com/parleyhq/parley/internal/core/op"
)

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
