package chat

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/platform/store"
)

// ending is what the events of a turn come to.
type ending struct {
	text      strings.Builder
	first     time.Time // when the first of it came; zero: there was none
	grounded  bool
	final     converse.Final
	review    *converse.Review
	challenge *converse.Challenge
	results   []converse.Result
	failure   *converse.Failure
}

func (e *ending) take(event converse.Event, now func() time.Time) {
	switch event := event.(type) {
	case converse.Text:
		if e.first.IsZero() && event.Text != "" {
			e.first = now()
		}
		e.text.WriteString(event.Text)
	case converse.Grounded:
		e.grounded = true
		e.text.Reset()
		e.text.WriteString(event.Text)
	case converse.Review:
		e.review = &event
	case converse.Challenge:
		e.challenge = &event
	case converse.Result:
		e.results = append(e.results, event)
	case converse.Failure:
		e.failure = &event
	case converse.Final:
		e.final = event
	}
}

// finish writes what a turn has come to, and answers it. One that could not be
// answered, because the request was wrong after all or something failed on our
// side, leaves nothing; unless a client was told its IDs, and may go on from there.
func (s *Service) finish(ctx context.Context, t *turn, e *ending, told bool) (*api.ChatSyncOutput, error) {
	ctx = context.WithoutCancel(ctx) // the turn ends also for a client that has left
	if f := e.failure; f != nil && f.Text == "" {
		err := t.wrong(f)
		if !told || fault.As(err) != nil {
			return nil, cmp.Or(s.abandon(ctx, t), err)
		}
		return nil, cmp.Or(s.interrupt(ctx, t, e), err)
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

// interrupted is what an answer ends with that was not told to its end.
const interrupted = "(The answer was interrupted.)"

// interrupt keeps what was told of an answer that was given up, and gives the token
// back: the same request may be sent again, and what comes next may follow on this
// turn or on the one before.
func (s *Service) interrupt(ctx context.Context, t *turn, e *ending) error {
	e.failure.Text = interrupted
	system, err := t.reply(e)
	if err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := removeTurn(tx, t.owner, t.token()); err != nil {
			return err
		}
		return s.record(tx, t, e, system, kept{})
	})
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
	m = message{ID: t.system, Type: api.MessageTypeSystem, Body: e.text.String(), Parent: t.user.Parent}
	switch {
	case e.failure != nil:
		m.Untold = m.Body != "" && !e.failure.Sent
		m.Body = strings.TrimSpace(m.Body + "\n\n" + e.failure.Text)
		return m, nil
	case e.final.Answer.Text != "":
		m.Body, m.Sources = e.final.Answer.Text, sourcesOf(e.final.Answer)
	}
	m.Untold, t.user.Untold = e.final.Blocked, e.final.Blocked
	switch {
	case e.review != nil:
		m.Form = &form{Type: t.of[e.review.Call.Tool].Type, Review: e.review.Form, Expires: t.user.Sent.Add(FormLife)}
		m.Form.Call, err = t.keep(e.review.Call)
	case e.challenge != nil:
		m.Waiting = &waiting{Message: t.said, Expires: t.user.Sent.Add(FormLife)}
		m.Waiting.Call, err = t.keep(e.challenge.Call)
	}
	return m, err
}

// keep is a call in the form that outlives the turn.
func (t *turn) keep(c converse.Call) (call, error) {
	live, a := t.of[c.Tool], t.tools[c.Tool].Action
	d, err := digest(live, a)
	return call{Plugin: live.ID, Operation: a.OperationID, Digest: d, Args: c.Args, Confirmed: c.Confirmed}, err
}

// record writes the end of a turn, unless the turn has been declared dead.
func (s *Service) record(tx *store.Tx, t *turn, e *ending, system message, k kept) error {
	v, err := t.ours(tx)
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
	if len(t.files) > 0 {
		if err := s.Attachments.Save(tx, v.files(), t.files); err != nil {
			return err
		}
	}
	if err := s.askSummary(tx, v, t.user.size()+system.size()); err != nil {
		return err
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
func (t *turn) ours(tx *store.Tx) (*conversation, error) {
	v, err := loadConversation(tx, t.home.place)
	if isNone(err) || err == nil && (v.Turn == nil || v.Turn.User.ID != t.user.ID || v.dead(tx.Now())) {
		err = fault.Conflicts("conversation", t.home.conversation, "The answer took too long, and the conversation went on without it. ListMessages shows where it stands.")
	}
	return v, err
}

// abandon ends a turn as if it had never been.
func (s *Service) abandon(ctx context.Context, t *turn) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		v, err := t.ours(tx)
		if err != nil {
			return err
		}
		return undo(tx, v)
	})
}
