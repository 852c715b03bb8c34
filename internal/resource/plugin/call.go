package plugin

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/platform/remote"
	"github.com/parleyhq/parley/internal/resource/plugin/login"
)

// An Outcome is what came of a call that did not fail.
type Outcome struct {
	Answer    *remote.Answer
	Challenge string // not empty: nothing was done; the user has to sign in at this URL first
}

// trip is the calling of one action for one user.
type trip struct {
	*Service

	holder       login.Holder
	conversation string
	live         *Live
	action       *openapi.Action
}

// Call calls an action of a plugin for a user. Names that people know are looked
// up first, by calls of their own.
//
// Errors: a fault and an *action.ArgumentError, when nothing was sent; an
// *outbound.RefusedError, likewise; a *remote.StatusError and a
// *remote.UnreachableError.
func (s *Service) Call(ctx context.Context, c op.Caller, user, conversation string, l *Live, a *openapi.Action, args action.Args) (*Outcome, error) {
	t := &trip{Service: s, holder: l.holder(c, user), conversation: conversation, live: l, action: a}
	answer, err := t.call(ctx, args)
	if challenge, ok := errors.AsType[*login.ChallengeError](err); ok {
		return &Outcome{Challenge: challenge.AuthorizationURL}, nil
	}
	if err != nil {
		return nil, err
	}
	return &Outcome{Answer: answer}, nil
}

// Respond takes the user's answer to a challenge. Errors are those of Call.
func (s *Service) Respond(ctx context.Context, c op.Caller, user, conversation string, l *Live, response map[string]string) error {
	return s.Logins.Respond(ctx, l.holder(c, user), conversation, l.target(nil), response)
}

func (l *Live) holder(c op.Caller, user string) login.Holder {
	return login.Holder{Tenant: c.Tenant(), Application: l.Application, Plugin: l.ID, User: user}
}

// target is what is known of how an action is authorized.
func (l *Live) target(security []openapi.Requirement) login.Target {
	server := l.Server
	if server == "" {
		server = l.Document.Server
	}
	return login.Target{
		Name: l.Name, Server: server, Auth: l.auth, Type: l.kind,
		Schemes: l.Document.Schemes, Security: security,
	}
}

// call looks up what the arguments name, and sends.
func (t *trip) call(ctx context.Context, args action.Args) (*remote.Answer, error) {
	args = action.Complete(t.action, args)
	for _, wanted := range action.Lookups(t.live.Document, t.action, args) {
		value, err := t.lookup(ctx, wanted.With(t.action, args))
		if err != nil {
			return nil, err
		}
		args[wanted.Key] = value
	}
	return t.send(ctx, args)
}

// lookup finds the value of an input in the answer of another action. Whatever
// goes wrong there, the action itself was not sent.
func (t *trip) lookup(ctx context.Context, wanted action.Lookup) ([]byte, error) {
	first := *t
	first.action = t.live.action(wanted.OperationID)
	answer, err := first.send(ctx, wanted.Args)
	if err != nil {
		return nil, t.unfound(wanted.Key, err)
	}
	value, err := wanted.Find(t.live.Document, t.action, answer.Body)
	if err != nil {
		return nil, &action.ArgumentError{Problems: []action.Problem{{Key: wanted.Key, Message: err.Error()}}}
	}
	return value, nil
}

// unfound is what a failed look-up means to the call that needed it.
func (t *trip) unfound(key string, err error) error {
	status, refused := errors.AsType[*remote.StatusError](err)
	_, unreachable := errors.AsType[*remote.UnreachableError](err)
	switch {
	case refused && status.Status == http.StatusNotFound:
		return &action.ArgumentError{Problems: []action.Problem{{Key: key, Message: "there is nothing of that name"}}}
	case refused || unreachable:
		return &fault.Error{
			Code:    fault.ExternalResource,
			Message: fmt.Sprintf("%s was not asked to do it, because the value of %s could not be looked up: %s.", t.live.Name, key, err),
			Cause:   err,
		}
	}
	return err
}

// send authorizes a call and makes it. A login that the third party does not
// honour is renewed, once: a request that was answered with 401 has done
// nothing. One that is not honoured after that leads to a new sign-in.
func (t *trip) send(ctx context.Context, args action.Args) (*remote.Answer, error) {
	target := t.live.target(t.action.Security)
	var refusal error
	for range 2 {
		pass, err := t.Logins.Authorize(ctx, t.holder, t.conversation, target)
		if err != nil {
			return nil, err
		}
		answer, err := t.sendWith(ctx, pass, args)
		status, ok := errors.AsType[*remote.StatusError](err)
		if !ok || status.Status != http.StatusUnauthorized {
			return answer, err
		}
		refusal = status
		if err := t.Logins.Reject(ctx, t.holder, target, pass); err != nil {
			return nil, err
		}
	}
	if _, err := t.Logins.Authorize(ctx, t.holder, t.conversation, target); err != nil {
		return nil, err
	}
	return nil, refusal
}

func (t *trip) sendWith(ctx context.Context, pass *login.Pass, args action.Args) (*remote.Answer, error) {
	server := t.live.Server
	if pass.Server != "" {
		server = pass.Server
	}
	request, err := action.Bind(t.live.Document, t.action, server, args)
	if err != nil {
		return nil, err
	}
	return t.Remote.Do(ctx, remote.Call{Request: request, Read: t.action.Effect == openapi.Read, Authorize: pass.Apply})
}
