// Package session makes temporary credentials, and answers AWS STS: AssumeRole in
// its three forms, GetCallerIdentity and GetAccessKeyInfo.
//
// It owns what a session is: the token that carries it, sealed under the master
// key, and the rows of session_revocations, which end some before their time. A
// session has no row of its own: a server needs only the token, the role that it
// is of, and what was revoked. It does not own roles and their policies
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
	// or its role is gone.
	ErrUnknown = errors.New("session: no such temporary access key")
	// ErrToken: the session token does not belong to the access key, or there is none.
	ErrToken = errors.New("session: not the session token of this access key")
	// ErrExpired: the session is over.
	ErrExpired = errors.New("session: expired")
)

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
	// whom the session will speak, and the condition keys that it will carry.
	Contexts func(ctx context.Context, assertion string) (op.Person, map[string][]string, error)
}

// Grant is what a session is made of.
type Grant struct {
	Role       principal.Role
	Name       string
	Tags       map[string]string   // of the session, over those of the role
	Transitive []string            // keys of Tags that sessions begun by this one take along
	Keys       map[string][]string // condition keys beside the tags
	Limits     []string            // session policies: JSON documents, or ARNs of managed policies
	Person     *op.Person          // for whom the session speaks, or nil
	Life       time.Duration
}

// Credentials are what signs the requests of a session.
type Credentials struct {
	AccessKeyID string
	Secret      string
	Token       string
	Expires     time.Time
}

// Mint begins a session. It asks nobody whether it may.
func (s *Service) Mint(ctx context.Context, g Grant) (Credentials, error) {
	return Credentials{}, ErrUnknown
}

// Find returns the caller that a temporary access key with its session token
// stands for, and the key's secret. Errors: ErrUnknown, ErrToken, ErrExpired.
func (s *Service) Find(ctx context.Context, accessKeyID, token string) (c op.Caller, secret string, err error) {
	return op.Caller{}, "", ErrUnknown
}

// RevokeKey ends the session of a temporary access key.
func (s *Service) RevokeKey(ctx context.Context, accessKeyID string) error { return ErrUnknown }

// RevokeRole ends the sessions of a role that have begun by now.
func (s *Service) RevokeRole(ctx context.Context, roleARN string) error { return ErrUnknown }

// Work registers the job that forgets revocations which no session outlived.
func (s *Service) Work() {}

// Mount registers the operations.
func (s *Service) Mount(r *op.Registry) {}
