package login

import (
	"context"
	"errors"
	"net/url"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/store"
)

// A grantRevision names the tokens that are in a Pass.
type grantRevision struct {
	key      key
	revision string
	personal bool
}

// Authorize makes a Pass for a call: by the first alternative of the action that
// the plugin's secret is enough for, with a token that is good for a minute at
// least, renewed if need be.
//
// Errors: *ChallengeError when the person has to sign in first, in this
// conversation; AccessDenied when there is no person who could; ExternalResource
// for a secret that cannot be used, with its ARN and what it lacks, for a role that
// may not read it any more, and for an authorization server that gives no token. None quotes a secret.
func (s *Service) Authorize(ctx context.Context, h Holder, conversation string, t Target) (*Pass, error) {
	x, err := s.open(ctx, t.reads(h))
	if err != nil {
		return nil, err
	}
	parts, err := s.choose(h, t, x)
	if err != nil {
		return nil, err
	}
	p := &Pass{source: x.source}
	for _, part := range parts {
		if part.client == nil {
			p.credentials = append(p.credentials, part.credential)
			continue
		}
		if part.client.personal() && h.User == "" {
			return nil, fault.Denied("The plugin %s needs each user to sign in, and this request names no user.", t.Name)
		}
		g, err := s.token(ctx, h.key(part.client), part.client, part.scopes)
		if errors.Is(err, errSignIn) {
			return nil, s.challenge(ctx, h, conversation, t, part.client, union(g.Asked, part.scopes))
		}
		if err != nil {
			return nil, err
		}
		p.take(g, t)
	}
	return p, nil
}

// take brings a token into the pass.
func (p *Pass) take(g held, t Target) {
	p.credentials = append(p.credentials, bearing(g.Access))
	p.grants = append(p.grants, grantRevision{g.key, g.revision, g.personal})
	if !g.personal && !t.custom() {
		p.Server = moved(t.Server, g.Server)
	}
}

// moved is a plugin's server at the instance that a token endpoint named; "" when
// it did not move, or the instance is no place to send a token to.
func moved(server, instance string) string {
	from, err := url.Parse(server)
	to, bad := url.Parse(instance)
	if err != nil || bad != nil || instance == "" || to.Scheme != from.Scheme || to.Host == "" || to.User != nil || to.Host == from.Host {
		return ""
	}
	return to.Scheme + "://" + to.Host + strings.TrimRight(from.Path, "/")
}

// Reject tells that the third party answered 401 to a Pass. When it returns nil
// the call is worth another Authorize, which renews the token or asks for a new
// sign-in; a token that was refused soon after it had been renewed for this
// reason leads to a new sign-in. What another call has renewed meanwhile stays.
//
// Errors: ExternalResource for credentials that will not get better by
// themselves.
func (s *Service) Reject(ctx context.Context, h Holder, t Target, p *Pass) error {
	if len(p.grants) == 0 {
		return s.rejectSecret(ctx, h, t, p)
	}
	for _, used := range p.grants {
		if err := s.void(ctx, used, t); err != nil {
			return err
		}
	}
	return nil
}

// rejectSecret finds out whether a secret was changed after the Pass was made.
func (s *Service) rejectSecret(ctx context.Context, h Holder, t Target, p *Pass) error {
	switch {
	case len(p.credentials) == 0 && p.source.arn != "":
		return external("The API of the plugin %s asks for credentials (HTTP 401), but the plugin's document asks for none: name the scheme under security, for this action or for all.", t.Name)
	case len(p.credentials) == 0:
		return external("The API of the plugin %s asks for credentials (HTTP 401), and the plugin has none for this action.", t.Name)
	case p.source.arn == "":
		return external("The API of the plugin %s does not accept the user's identity token (HTTP 401).", t.Name)
	}
	x, err := s.open(ctx, t.reads(h))
	if err != nil {
		return err
	}
	if x.digest != p.source.digest {
		return nil
	}
	return external("The API of the plugin %s does not accept the credentials in the secret %s. Correct the secret.", t.Name, p.source.arn)
}

// again is how soon after a renewal for a 401 another 401 means that renewing
// does not help.
const again = time.Minute

// void marks the access token of a grant as refused, or drops the grant when
// only a new sign-in can help.
func (s *Service) void(ctx context.Context, used grantRevision, t Target) error {
	hopeless := false
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		h, err := s.load(tx, used.key)
		if errors.Is(err, store.ErrNoRows) || err == nil && h.revision != used.revision {
			hopeless = false
			return nil
		}
		if err != nil {
			return err
		}
		if hopeless = tx.Now().Sub(h.Refused) < again; hopeless || used.personal && h.Refresh == "" {
			return drop(tx, used.key)
		}
		h.Void, h.Refused = true, tx.Now()
		return s.amend(tx, h)
	})
	if err == nil && hopeless && !used.personal {
		return external("The API of the plugin %s does not accept the token that its authorization server gives for the client in the secret %s.", t.Name, t.secretARN())
	}
	return err
}

// Forget drops the tokens that a user has at a plugin, whichever client they
// were for. It does not tell the third party.
func (s *Service) Forget(ctx context.Context, h Holder) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error { return dropHolder(tx, h) })
}
