package login

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
)

// A grant is what an authorization server gave, as its row keeps it, sealed.
type grant struct {
	Access   string    `json:"access"`
	Refresh  string    `json:"refresh,omitempty"`
	Renew    time.Time `json:"renew,omitzero"`   // from then on another token is asked for
	Expires  time.Time `json:"expires,omitzero"` // zero: valid until the third party says otherwise
	Asked    []string  `json:"asked,omitempty"`  // scopes
	InHeader bool      `json:"inHeader,omitempty"`
	Server   string    `json:"server,omitempty"`

	Refused time.Time `json:"refused,omitzero"` // when the third party last answered 401
	Void    bool      `json:"void,omitempty"`   // it did to this access token
}

// usable reports whether the access token can be sent.
func (g grant) usable(now time.Time) bool {
	return g.valid(now) && (g.Renew.IsZero() || now.Before(g.Renew))
}

// valid reports whether the access token may still be honoured.
func (g grant) valid(now time.Time) bool {
	return g.Access != "" && !g.Void && (g.Expires.IsZero() || now.Before(g.Expires))
}

// take brings the tokens of an answer into the grant. A refresh token that is
// not replaced stays (RFC 6749, section 6).
func (g *grant) take(t tokens, inHeader bool, now time.Time) {
	g.Access, g.Void, g.InHeader = t.access, false, inHeader
	if t.refresh != "" {
		g.Refresh = t.refresh
	}
	if t.server != "" {
		g.Server = t.server
	}
	g.Renew, g.Expires = time.Time{}, time.Time{}
	if t.life > 0 {
		g.Expires = now.Add(t.life)
		g.Renew = g.Expires.Add(-min(margin, t.life/2))
	}
}

// key names the row of a grant.
type key struct{ tenant, application, plugin, holder, client string }

// key is the row of the user's grant, or of the plugin's own.
func (h Holder) key(c *client) key {
	k := key{tenant: h.Tenant, application: h.Application, plugin: h.Plugin, client: c.digest()}
	if c.personal() {
		k.holder = h.User
	}
	return k
}

// place binds sealed tokens to their row.
func (k key) place() string {
	return fmt.Sprintf("login/grant/%q", []string{k.tenant, k.application, k.plugin, k.holder, k.client})
}

// held is a grant with the state of its row. A row that only says who is asking
// for the first token has no grant.
type held struct {
	grant
	key         key
	personal    bool
	revision    string // another one after every change
	leasedUntil time.Time
}

// errSignIn: there is no token, and only the person can get one.
var errSignIn = errors.New("login: the person has to sign in")

// token returns a grant that can be used now, renewing it first if need be.
// errSignIn says that a person has to sign in; what is left of the old grant
// then comes with it.
func (s *Service) token(ctx context.Context, k key, c *client, scopes []string) (held, error) {
	var h held
	var now time.Time
	err := s.DB.ViewOne(ctx, func(tx *store.Tx) (err error) {
		now = tx.Now()
		h, err = s.load(tx, k)
		return err
	})
	switch {
	case err != nil && !errors.Is(err, store.ErrNoRows):
		return held{}, err
	case c.personal() && !covers(h.Asked, scopes):
		return h, errSignIn
	case h.usable(now):
		return h, nil
	}
	return s.renewed(ctx, k, c)
}

// renewed asks for a token once, however many callers of this server want it.
// The work outlives a caller who goes away: a refresh token may be good for one
// use, and then its successor must be kept.
func (s *Service) renewed(ctx context.Context, k key, c *client) (held, error) {
	flight := s.renewals.DoChan(k.place(), func() (any, error) {
		ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), workTime)
		defer stop()
		return s.renew(ctx, k, c)
	})
	select {
	case landed := <-flight:
		h, _ := landed.Val.(held)
		return h, landed.Err
	case <-ctx.Done():
		return held{}, ctx.Err()
	}
}

// renew asks for a token once, however many servers want it: whoever gets the
// row's lease does, and the others wait. That of a server that died ends when it is
// missed (Free), or else runs out.
func (s *Service) renew(ctx context.Context, k key, c *client) (held, error) {
	lease := rand.Text()
	for n := 0; ; n++ {
		h, is, err := s.claim(ctx, k, c, lease)
		if err != nil || is == fresh {
			return h, err
		}
		if is == claimed {
			if h, kept, err := s.request(ctx, h, c, lease); kept || err != nil {
				return h, err
			}
			continue // the lease was lost: somebody else knows more
		}
		if err := s.pause(ctx, n); err != nil {
			return held{}, err
		}
	}
}

// found says how a grant was found by who wants to renew it.
type found int

const (
	fresh   found = iota // it needs no renewal
	claimed              // the lease is ours
	busy                 // the lease is another's
)

func (s *Service) claim(ctx context.Context, k key, c *client, lease string) (h held, is found, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		h, err = s.load(tx, k)
		absent := errors.Is(err, store.ErrNoRows)
		switch now := tx.Now(); {
		case err != nil && !absent:
			return err
		case h.usable(now):
			is = fresh
			return nil
		case c.personal() && h.Refresh == "":
			return errSignIn
		case h.leasedUntil.After(now):
			is = busy
			return nil
		}
		h.key, h.personal, is = k, c.personal(), claimed
		return s.takeLease(tx, h, lease, tx.Now().Add(leaseTime), absent)
	})
	return h, is, err
}

// request asks for a token under a lease. kept is false when the lease was lost
// meanwhile, so that what was got is not the newest.
func (s *Service) request(ctx context.Context, h held, c *client, lease string) (_ held, kept bool, err error) {
	form := url.Values{"grant_type": {"client_credentials"}}
	if c.personal() {
		form = url.Values{"grant_type": {"refresh_token"}, "refresh_token": {h.Refresh}}
	}
	got, inHeader, err := s.ask(ctx, c, h.InHeader, form)
	if err != nil {
		h, err := s.notRenewed(ctx, h, c, lease, err)
		return h, true, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		renewed := h
		renewed.take(got, inHeader, tx.Now())
		renewed.revision = rand.Text()
		if kept, err = s.settle(tx, renewed, lease); err == nil && kept {
			h = renewed
		}
		return err
	})
	return h, kept, err
}

// notRenewed gives the lease back. A grant that was revoked is dropped; one whose
// token still holds out is used meanwhile.
func (s *Service) notRenewed(ctx context.Context, h held, c *client, lease string, cause error) (held, error) {
	gone := h.personal && final(cause)
	s.Log.WarnContext(ctx, "a token was not renewed", "tenant", h.key.tenant, "application", h.key.application, "plugin", h.key.plugin,
		"server", origin(c.token), "why", cause.Error(), "sign_in_again", gone)
	var now time.Time
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		now = tx.Now()
		if gone || h.Access == "" {
			return dropLeased(tx, h.key, lease)
		}
		return giveBack(tx, h.key, lease)
	})
	switch {
	case err != nil:
		return held{}, err
	case gone:
		return h, errSignIn
	case h.valid(now):
		return h, nil
	}
	return held{}, c.rejected(cause)
}

// reveal opens the tokens of a row. What cannot be opened, because the row was
// altered or moved, is as good as no tokens.
func (s *Service) reveal(ctx context.Context, k key, sealed []byte) (g grant, err error) {
	if len(sealed) == 0 {
		return grant{}, nil
	}
	plain, err := s.Keys.Open(sealed, k.place())
	if err != nil {
		s.Log.ErrorContext(ctx, "the tokens of a user cannot be read; the user has to sign in again",
			"tenant", k.tenant, "application", k.application, "plugin", k.plugin, "error", err)
		return grant{}, nil
	}
	if err := json.Unmarshal(plain, &g); err != nil {
		return grant{}, fmt.Errorf("login: a grant of the plugin %s cannot be read", k.plugin) // the cause may quote it
	}
	return g, nil
}
