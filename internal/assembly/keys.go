package assembly

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/edge/access"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
	"github.com/parleyhq/parley/internal/resource/identitycenter"
	"github.com/parleyhq/parley/internal/resource/session"
)

// credential is the one look-up of access keys beside the root's: long-term ones
// stand in rows, temporary ones in their session token.
func (r *Rooms) credential(ctx context.Context, accessKeyID, token string) (access.Credential, error) {
	if session.IsKey(accessKeyID) {
		c, secret, err := r.Sessions.Find(ctx, accessKeyID, token)
		return access.Credential{Caller: c, Secret: secret, Temporary: true}, refusal(err)
	}
	c, secret, found, err := r.Principals.Find(ctx, accessKeyID)
	if err == nil && !found {
		err = sigv4.ErrUnknownKey
	}
	return access.Credential{Caller: c, Secret: secret}, err
}

// identity opens a context assertion of Identity Center, for sessions.
func (r *Rooms) identity(ctx context.Context, assertion string) (op.Person, map[string][]string, error) {
	who, keys, err := r.Center.Context(ctx, assertion)
	if errors.Is(err, identitycenter.ErrContext) {
		err = session.ErrContext
	}
	return who, keys, err
}

// refusal is why a session is not known, in the words of signatures.
func refusal(err error) error {
	switch {
	case errors.Is(err, session.ErrUnknown):
		return sigv4.ErrUnknownKey
	case errors.Is(err, session.ErrToken):
		return sigv4.ErrToken
	case errors.Is(err, session.ErrExpired):
		return sigv4.ErrExpired
	}
	return err
}
