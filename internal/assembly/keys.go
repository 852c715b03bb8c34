package assembly

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/edge/access"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
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

// context opens what IAM Identity Center says of a person.
func (r *Rooms) context(context.Context, string) (op.Person, map[string][]string, error) {
	return op.Person{}, nil, errors.New("identity center is not here yet")
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
