// Package session makes temporary credentials, and answers AWS STS: AssumeRole in
// its three forms, GetSessionToken, GetCallerIdentity and GetAccessKeyInfo.
//
// It owns what a session is: the token that carries it, sealed under the master
// key, and the rows of session_revocations, which end some before their time. A
// session has no row of its own: a server needs only the token, the role or user
// that it is of, and what was revoked. It does not own roles and their policies
// (resource/principal), how a token of an identity provider is verified
// (platform/oidc, platform/saml), how a request is signed (edge/wire/sigv4), nor
// what a session may do then (edge/access).
//
// Rules: the STS API reference and the IAM user guide, whose pages are cited by
// the last part of their address.
package session

import (
	"context"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/oidc"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/principal"
)

// Why Find knows no caller.
var (
	// ErrUnknown: no session of this server has the access key, or it was revoked,
	// or its role or user is gone.
	ErrUnknown = errors.New("session: no such temporary access key")
	// ErrToken: the session token does not belong to the access key, or there is none.
	ErrToken = errors.New("session: not the session token of this access key")
	// ErrExpired: the session is over.
	ErrExpired = errors.New("session: expired")
)

// ErrContext is how Service.Contexts says that a context assertion is not valid.
var ErrContext = errors.New("session: not a valid context assertion")

// Service makes sessions and finds them again. It is safe for concurrent use and
// must not be copied.
type Service struct {
	DB         *store.DB
	Keys       *seal.Keys // seal the tokens
	Jobs       *job.Queue
	Principals *principal.Service
	OIDC       *oidc.Verifier
	Now        func() time.Time

	// Contexts opens a context assertion of IAM Identity Center: the person for
	// whom the session will speak, and the condition keys that it will carry. It
	// answers ErrContext for one that is not valid.
	Contexts func(ctx context.Context, assertion string) (op.Person, map[string][]string, error)

	// Denied is told of every refusal by a policy: the action, and what kind of policy
	// refused it. Nil: nobody is.
	Denied func(action, layer string)

	opened  tickets
	revoked store.Memo[string, time.Time] // by access key ID
}

// Find returns the caller that a temporary access key with its session token
// stands for, and the key's secret. Errors: ErrUnknown, ErrToken, ErrExpired.
//
// What the token says is remembered. Whether the role or user is still there, and
// whether the session was revoked, is read each time.
func (s *Service) Find(ctx context.Context, accessKeyID, token string) (c op.Caller, secret string, err error) {
	switch {
	case !IsKey(accessKeyID):
		return op.Caller{}, "", ErrUnknown
	case token == "":
		return op.Caller{}, "", ErrToken
	}
	t, err := s.open(accessKeyID, token)
	switch {
	case err != nil:
		return op.Caller{}, "", err
	case t.over(s.Now()):
		return op.Caller{}, "", ErrExpired
	}
	if c, err = s.bearer(ctx, t); err != nil {
		return op.Caller{}, "", err
	}
	at, err := s.revoked.Get(ctx, s.DB, accessKeyID, func(tx *store.Tx) (time.Time, error) {
		return revokedAt(tx, c.Account, accessKeyID, t.RoleID)
	})
	switch {
	case err != nil:
		return op.Caller{}, "", err
	case t.Issued <= store.Micros(at):
		return op.Caller{}, "", ErrUnknown
	}
	return t.caller(c, accessKeyID), t.Secret, nil
}

// bearer is the session of the role, or the user, as it is now: without what the
// session itself brings. It fails with ErrUnknown when there is no such role or user
// any more.
func (s *Service) bearer(ctx context.Context, t *ticket) (op.Caller, error) {
	if t.User != "" {
		user, found, err := s.Principals.User(ctx, t.User)
		if err == nil && (!found || user.ID != t.UserID) {
			err = ErrUnknown
		}
		return user.Caller(), err
	}
	role, found, err := s.Principals.Role(ctx, t.Role)
	if err == nil && (!found || role.ID != t.RoleID) {
		err = ErrUnknown
	}
	return role.Session(t.Name), err
}

// caller is who signs with the session's key. Its tags and keys are shared.
func (t *ticket) caller(c op.Caller, accessKeyID string) op.Caller {
	c.AccessKeyID = accessKeyID
	c.Tags, c.Transitive = over(c.Tags, t.Tags), t.Transitive
	c.Keys, c.Limits, c.Person = t.Keys, t.Limits, t.Person.who()
	return c
}
