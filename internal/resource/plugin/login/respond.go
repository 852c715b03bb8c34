package login

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/store"
)

// responseMap is where the members of a response stand in ChatSync's input.
const responseMap = "authChallengeResponse.responseMap."

// A response is what the third party sent with the browser (RFC 6749, section
// 4.1.2).
type response struct{ code, state, failure string }

// Respond takes the responseMap of an authChallengeResponse: code and state as
// the third party added them to the redirect URI, or error and state; or
// redirectUrl (also url), the whole URL that the browser was sent to. The state
// alone will do when the browser landed on Parley's own callback.
//
// It must be the user who was asked to sign in, in the same conversation.
//
// Errors: Validation for a state that is wrong, foreign, used or expired, and
// for a missing code; AccessDenied when the person said no; ExternalResource
// when the third party gave no token.
func (s *Service) Respond(ctx context.Context, h Holder, conversation string, t Target, response map[string]string) error {
	r, err := readResponse(response)
	if err != nil {
		return asFault(err, responseMap)
	}
	i, err := s.find(ctx, r.state, func(i signIn) bool { return i.belongsTo(h, conversation) })
	if err != nil {
		return asFault(err, responseMap)
	}
	if i.SecretARN != t.secretARN() {
		return changed(i)
	}
	return asFault(s.land(ctx, i, r, spent), responseMap)
}

// readResponse reads a responseMap. Its own members win over those of the URL.
func readResponse(m map[string]string) (response, error) {
	query := url.Values{}
	for _, name := range []string{"url", "redirectUrl"} {
		if m[name] == "" {
			continue
		}
		u, err := url.Parse(m[name])
		if err != nil {
			return response{}, &complaint{name, "It is not the URL that the browser was sent to after the sign-in."}
		}
		query = u.Query()
	}
	for k, v := range m {
		query.Set(k, v)
	}
	return readQuery(query)
}

func readQuery(query url.Values) (response, error) {
	for _, name := range []string{memberCode, memberState, "error"} {
		if len(query[name]) > 1 {
			return response{}, &complaint{name, "It is there twice."}
		}
	}
	r := response{code: query.Get(memberCode), state: query.Get(memberState)}
	if query.Get("error") != "" {
		r.failure = "an unknown error"
		if known := knownCode(query.Get("error")); known != "" {
			r.failure = known
		}
	}
	if r.state == "" {
		return response{}, &complaint{memberState, "The state is missing that was in the authorization URL."}
	}
	return r, nil
}

// Callback takes the query with which the third party sends the browser back.
// The state alone says whose sign-in it is. Errors as of Respond.
func (s *Service) Callback(ctx context.Context, query url.Values) (Landed, error) {
	r, err := readQuery(query)
	if err != nil {
		return Landed{}, asFault(err, "")
	}
	i, err := s.find(ctx, r.state, func(signIn) bool { return true })
	if err == nil {
		err = s.land(ctx, i, r, landed)
	}
	if err != nil {
		return Landed{}, asFault(err, "")
	}
	return Landed{Plugin: i.Name, User: i.User}, nil
}

// land ends a sign-in, in the stage to: the code is exchanged, once, and the
// tokens are kept.
func (s *Service) land(ctx context.Context, i signIn, r response, to stage) error {
	for n := 0; ; n++ {
		was, is, err := s.step(ctx, i.locator, r, to)
		switch {
		case err != nil:
			return err
		case is.same(was): // another request has it in hand
			if err := s.pause(ctx, n); err != nil {
				return err
			}
		case is.stage == exchanging:
			return s.exchange(ctx, is, r.code, to)
		case was.stage == landed:
			return nil
		default:
			return refusedBy(is, r.failure)
		}
	}
}

// step moves a sign-in on.
func (s *Service) step(ctx context.Context, at locator, r response, to stage) (was, is signIn, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		was, err = loadSignIn(tx, at)
		if errors.Is(err, store.ErrNoRows) {
			return errUnknown
		}
		if err != nil {
			return err
		}
		if is, err = was.after(r, to, tx.Now()); err != nil || is.same(was) {
			return err
		}
		moved, err := s.move(tx, was, is)
		if !moved {
			is = was
		}
		return err
	})
	return was, is, err
}

// after is the sign-in one step further, by a response that is to bring it to a
// stage; it stays as it is while another request has it in hand.
func (i signIn) after(r response, to stage, now time.Time) (signIn, error) {
	switch {
	case i.stage == spent, i.stage == landed && to == landed:
		return i, errSpent
	case i.stage == landed:
		i.stage = spent
	case i.stage == exchanging && i.leasedUntil.After(now):
		return i, nil
	case r.failure != "":
		i.stage, i.leasedUntil = spent, noLease()
	case r.code == "":
		return i, errNoCode
	default:
		i.stage, i.leasedUntil = exchanging, now.Add(leaseTime)
	}
	return i, nil
}

// same reports whether a sign-in is as far as it was.
func (i signIn) same(was signIn) bool {
	return i.stage == was.stage && i.leasedUntil.Equal(was.leasedUntil)
}

// refusedBy words the error with which the third party sent the browser back.
func refusedBy(i signIn, code string) error {
	if code == accessDenied {
		return fault.Denied("The sign-in for the plugin %s was declined, so nothing was done. Ask again to be sent there once more.", i.Name)
	}
	return external("The authorization server of the plugin %s ended the sign-in with an error: %s.", i.Name, code)
}

// changed says that what was begun cannot be ended.
func changed(i signIn) error {
	return external("The plugin %s was given another secret while you signed in. Ask again to sign in anew.", i.Name)
}

// exchange turns the code into tokens (RFC 6749, section 4.1.3) and keeps them.
// It goes on without the caller, because a code is good for one request. One that
// may still be good can be brought again.
func (s *Service) exchange(ctx context.Context, i signIn, code string, to stage) error {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), workTime)
	defer stop()
	c := &client{kind: authorizationCode, arn: i.SecretARN, redirect: i.Redirect, token: i.Token, server: i.Server, plugin: i.Name}
	got, inHeader, err := s.trade(ctx, i, c, code)
	if err != nil {
		return s.notLanded(ctx, i, c, err)
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		now := tx.Now()
		done := i
		done.stage, done.leasedUntil, done.expires = to, noLease(), now.Add(stateLife)
		moved, err := s.move(tx, i, done)
		if err != nil {
			return err
		}
		if !moved { // the plugin is gone, or another server took over
			return errUnknown
		}
		h := held{key: key{i.tenant, i.application, i.plugin, i.User, i.Client}, personal: true, revision: i.id}
		h.take(got, inHeader, now)
		h.Asked = i.Asked
		return s.put(tx, h)
	})
}

// trade asks for the tokens of a code, as the client that the sign-in was begun by.
func (s *Service) trade(ctx context.Context, i signIn, c *client, code string) (tokens, bool, error) {
	x, err := s.open(ctx, reading{i.tenant, i.application, i.Name, i.SecretARN, i.RoleARN})
	if err != nil {
		return tokens{}, false, err
	}
	c.id, c.secret = x.values["client_id"], x.values["client_secret"]
	if c.id != i.ClientID {
		return tokens{}, false, changed(i)
	}
	return s.ask(ctx, c, false, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {c.redirect}})
}

// notLanded lets go of a sign-in whose code was not exchanged.
func (s *Service) notLanded(ctx context.Context, i signIn, c *client, cause error) error {
	back := i
	back.stage, back.leasedUntil = begun, noLease()
	if final(cause) {
		back.stage = spent
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		_, err := s.move(tx, i, back)
		return err
	})
	if err != nil {
		return err
	}
	if fault.As(cause) != nil {
		return cause
	}
	s.Log.WarnContext(ctx, "a sign-in gave no tokens", "tenant", i.tenant, "application", i.application, "plugin", i.plugin,
		"server", origin(c.token), "why", cause.Error())
	f := c.rejected(cause)
	f.Message += " Ask again in the chat to sign in once more."
	return f
}
