package chat

import (
	"context"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/platform/store"
)

// ending is what the events of a turn come to.
type ending struct {
	text      string
	review    *converse.Review
	challenge *converse.Challenge
	results   []converse.Result
	failure   *converse.Failure
}

func (e *ending) take(event converse.Event) {
	switch event := event.(type) {
	case converse.Text:
		e.text += event.Text
	case converse.Review:
		e.review = &event
	case converse.Challenge:
		e.challenge = &event
	case converse.Result:
		e.results = append(e.results, event)
	case converse.Failure:
		e.failure = &event
	}
}

// finish writes what a turn has come to, and answers it. One that could not be
// answered, because the request was wrong after all or something failed on our
// side, leaves nothing.
func (s *Service) finish(ctx context.Context, t *turn, e *ending) (*api.ChatSyncOutput, error) {
	ctx = context.WithoutCancel(ctx) // the turn ends also for a client that has left
	if f := e.failure; f != nil && f.Text == "" {
		if err := s.abandon(ctx, t); err != nil {
			return nil, err
		}
		return nil, t.wrong(f)
	}
	system, err := t.reply(e)
	if err != nil {
		return nil, err
	}
	k := kept{Output: answerTo(t.home, t.user, system)}
	if e.challenge != nil {
		k.Output.AuthChallengeRequest = &api.AuthChallengeRequest{AuthorizationURL: e.challenge.URL}
	}
	if e.failure != nil {
		k = kept{Failure: e.failure.Text}
	}
	if err := s.DB.Update(ctx, func(tx *store.Tx) error { return s.record(tx, t, e, system, k) }); err != nil {
		return nil, err
	}
	out, err := k.answer(nil)
	if f := fault.As(err); f != nil {
		f.Cause = e.failure.Cause
	}
	return out, err
}

// wrong is the answer to a request that came to nothing.
func (t *turn) wrong(f *converse.Failure) error {
	if len(f.Problems) > 0 {
		return invalidPayload(f.Problems)
	}
	return f.Cause
}

// reply is the system's message of a turn.
func (t *turn) reply(e *ending) (m message, err error) {
	m = message{ID: t.system, Type: api.MessageTypeSystem, Body: e.text, Parent: t.user.Parent}
	switch {
	case e.failure != nil:
		m.Body = strings.TrimSpace(e.text + "\n\n" + e.failure.Text)
	case e.review != nil:
		m.Form = &form{Type: t.live.Type, Review: e.review.Form, Expires: t.user.Sent.Add(FormLife)}
		m.Form.Call, err = t.keep(e.review.Call)
	case e.challenge != nil:
		m.Waiting = &waiting{Message: t.said, Expires: t.user.Sent.Add(FormLife)}
		m.Waiting.Call, err = t.keep(e.challenge.Call)
	}
	return m, err
}

// keep is a call in the form that outlives the turn.
func (t *turn) keep(c converse.Call) (call, error) {
	a := t.tools[c.Tool].Action
	d, err := digest(t.live, a)
	return call{Plugin: t.live.ID, Operation: a.OperationID, Digest: d, Args: c.Args, Confirmed: c.Confirmed}, err
}

// record writes the end of a turn, unless the turn has been declared dead.
func (s *Service) record(tx *store.Tx, t *turn, e *ending, system message, k kept) error {
	v, err := s.ours(tx, t)
	if err != nil {
		return err
	}
	v.Turn = nil
	if k.Output != nil {
		v.Seen = system.ID
	} else if !e.failure.Sent {
		if err := release(tx, v.place, t.uses); err != nil {
			return err
		}
	}
	if err := conclude(tx, v, t.user, system, t.token(), k); err != nil {
		return err
	}
	for i, r := range e.results {
		if err := insertAnswer(tx, v.place, system.ID, i, t.kept(r)); err != nil {
			return err
		}
	}
	return nil
}

// ours is the conversation of a turn that is still going on.
func (s *Service) ours(tx *store.Tx, t *turn) (*conversation, error) {
	if t.fresh {
		if err := s.Apps.Active(tx, t.caller, t.application); err != nil {
			return nil, err
		}
		v := *t.home
		return &v, insertConversation(tx, &v)
	}
	v, err := find(tx, t.home.place)
	if err == nil && (v.Turn == nil || v.Turn.User.ID != t.user.ID) {
		err = fault.Conflicts("conversation", v.conversation, "The answer took too long, and the conversation went on without it. ListMessages shows where it stands.")
	}
	return v, err
}

// abandon ends a turn as if it had never been.
func (s *Service) abandon(ctx context.Context, t *turn) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := removeTurn(tx, t.owner, t.token()); err != nil || t.fresh {
			return err
		}
		v, err := s.ours(tx, t)
		if err != nil {
			return err
		}
		v.Turn = nil
		if err := release(tx, v.place, t.uses); err != nil {
			return err
		}
		return saveConversation(tx, v)
	})
}
