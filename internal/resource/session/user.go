package session

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/core/api/sts"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
)

// How long a session of a user lasts (GetSessionToken, DurationSeconds).
const (
	usualUser = 12 * time.Hour
	maxUser   = 36 * time.Hour
)

// userLimit is what a session of a user may not, whatever the user may: operations
// of IAM, and of STS all but AssumeRole and GetCallerIdentity, which asks no policy
// (GetSessionToken, without MFA).
const userLimit = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"},` +
	`{"Sid":"SessionToken","Effect":"Deny","Action":["iam:*","sts:Get*"],"Resource":"*"}]}`

// GetSessionToken begins a session of the user who asks. No policy can deny it. The
// root has none: its credential is in the server's configuration, and a session
// would outlive it.
func (s *Service) GetSessionToken(ctx context.Context, c op.Caller, in *sts.GetSessionTokenInput) (*sts.GetSessionTokenOutput, error) {
	switch {
	case in.SerialNumber != nil || in.TokenCode != nil:
		return nil, noMFA()
	case c.Root:
		return nil, fault.Denied("The root's credential makes no session tokens here: ask with the key of a user, or assume a role.")
	case c.Role != "" || IsKey(c.AccessKeyID):
		return nil, fault.Denied("Cannot call GetSessionToken with session credentials")
	}
	u, found, err := s.Principals.User(ctx, c.Principal)
	switch {
	case err != nil:
		return nil, err
	case !found:
		return nil, fault.Denied("The user %s is gone.", c.Principal)
	}
	life := usualUser
	if in.DurationSeconds != nil {
		life = time.Duration(*in.DurationSeconds) * time.Second
	}
	made, err := s.Mint(Grant{User: &u, Limits: []string{userLimit}, Life: life})
	if err != nil {
		return nil, err
	}
	return &sts.GetSessionTokenOutput{Credentials: made.credentials()}, nil
}
