package chat

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// The answers to clientTokens are kept here and not in platform/replay, for
// three reasons: a token is its user's, and another user's same request must not
// be answered with what the first one may see; a turn leaves its mark before it
// calls anybody, so that a retry after a crash does not send a write again; and
// a failure of the third party is an answer too, not an invitation to repeat.

// kept is how a turn was answered.
type kept struct {
	Output  *api.ChatSyncOutput `json:"output,omitzero"`
	Failure string              `json:"failure,omitzero"` // the message of an ExternalResource
}

func (k *kept) answer(err error) (*api.ChatSyncOutput, error) {
	switch {
	case err != nil:
		return nil, err
	case k.Output == nil:
		return nil, external(k.Failure)
	}
	return k.Output, nil
}

// again is the answer to a token that is repeated.
func (s *Service) again(ctx context.Context, r *request, k *kept, err error) (*api.ChatSyncOutput, error) {
	out, err := k.answer(err)
	if err != nil || len(out.SourceAttributions) == 0 {
		return out, err
	}
	var visible seen
	err = s.DB.View(ctx, func(tx *store.Tx) (err error) {
		visible, err = s.Documents.Visible(tx, r.caller, r.application, r.who, knownOf(out.SourceAttributions))
		return err
	})
	out.SourceAttributions = slices.DeleteFunc(out.SourceAttributions, func(a api.SourceAttribution) bool {
		return value(a.DatasourceID) != uploaded && !visible[knownAs(a)]
	})
	return out, err
}

func external(message string) error {
	return &fault.Error{Code: fault.ExternalResource, Message: message}
}

// recall looks before a turn begins: the answer, if the token has one; where
// the request stands; which plugin it is about. A turn found dead is ended
// first, so that what is said of it is the truth.
func (s *Service) recall(ctx context.Context, r *request) (*kept, error) {
	var k *kept
	for range 2 {
		var dead *place
		err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
			k, dead, err = s.look(tx, r)
			return err
		})
		if err != nil || dead == nil {
			return k, err
		}
		if err := s.settle(ctx, *dead, r.token()); err != nil {
			return nil, err
		}
	}
	return nil, busy(r.conversation) // others keep dying in it
}

func (s *Service) look(tx *store.Tx, r *request) (k *kept, dead *place, err error) {
	if t := r.caller.Token; t != nil {
		k, dead, err = lookByToken(tx, r.owner, *t)
		if k != nil || dead != nil || err != nil {
			return k, dead, err
		}
	}
	if err := s.Apps.Active(tx, r.caller, r.application); err != nil || r.conversation == "" {
		return nil, nil, err
	}
	v, err := find(tx, r.place())
	if err != nil {
		return nil, nil, err
	}
	if v.dead(tx.Now()) {
		return nil, &v.place, nil
	}
	if v.Turn != nil {
		return nil, nil, busy(v.conversation)
	}
	if r.goesOn() && r.plugin == "" {
		m, err := v.waits(tx)
		if err != nil {
			return nil, nil, err
		}
		r.plugin = m.Waiting.Call.Plugin
	}
	return nil, nil, nil
}

// lookByToken finds what became of a token's turn.
func lookByToken(tx *store.Tx, o owner, t op.Token) (*kept, *place, error) {
	row, err := loadTurn(tx, o, t.Value)
	switch {
	case errors.Is(err, store.ErrNoRows):
		return nil, nil, nil
	case err != nil:
		return nil, nil, err
	case row.input != t.Input:
		return nil, nil, fault.Conflicts("clientToken", t.Value,
			"The clientToken %s was used before with other parameters. Send a new token with a new message, or the same parameters with this one.", t.Value)
	case row.answer != nil:
		return row.answer, nil, nil
	}
	p := place{o, row.conversation}
	switch v, err := loadConversation(tx, p); { // it knows sooner than the row
	case err != nil && !isNone(err):
		return nil, nil, err
	case !tx.Now().Before(row.until), err == nil && v.dead(tx.Now()):
		return nil, &p, nil
	}
	return nil, nil, fault.Conflicts("clientToken", t.Value, "The request with the clientToken %s is still being answered. Try again in a moment.", t.Value)
}

// settle ends the turn that died in a conversation, and the one of a token whose
// conversation is gone.
func (s *Service) settle(ctx context.Context, p place, token string) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		v, err := loadConversation(tx, p)
		switch {
		case errors.Is(err, store.ErrNoRows):
		case err != nil:
			return err
		case v.dead(tx.Now()):
			return bury(tx, v)
		}
		if token == "" {
			return nil
		}
		row, err := loadTurn(tx, p.owner, token)
		if errors.Is(err, store.ErrNoRows) {
			return nil
		}
		if err == nil && row.answer == nil && !tx.Now().Before(row.until) {
			err = removeTurn(tx, p.owner, token)
		}
		return err
	})
}

// bury ends a conversation's dead turn. Without a write it is as if it had
// never been: the client sends its message again. A write may have been sent,
// so that the conversation says that its outcome is unknown, and it cannot be
// sent again.
func bury(tx *store.Tx, v *conversation) error {
	dead := v.Turn
	if dead.Write == "" {
		return undo(tx, v)
	}
	v.Turn = nil
	system := message{ID: dead.System, Type: api.MessageTypeSystem, Body: unknown(dead.Write), Parent: dead.User.Parent}
	return conclude(tx, v, dead.User, system, dead.Token, kept{Output: answerTo(v, dead.User, system)})
}

// undo ends a conversation's turn as if it had never been.
func undo(tx *store.Tx, v *conversation) error {
	undone := v.Turn
	v.Turn = nil
	if err := removeTurn(tx, v.owner, undone.Token); err != nil {
		return err
	}
	if !v.begun() {
		return removeConversation(tx, v.place)
	}
	if err := release(tx, v.place, undone.Uses); err != nil {
		return err
	}
	return saveConversation(tx, v)
}

func unknown(action string) string {
	return fmt.Sprintf("The server was interrupted while “%s” was being sent. Whether it was carried out is not known: look there before you ask for it again.", action)
}

// conclude writes the two messages of a turn that has ended, and its answer.
func conclude(tx *store.Tx, v *conversation, user, system message, token string, k kept) error {
	user.Sent = v.next(user.Sent)
	system.Sent = v.next(tx.Now())
	v.Last, v.Active, v.Said = system.ID, tx.Now(), v.Said+user.size()+system.size()
	// The row that is there already comes first: whoever ends the same turn at the same
	// time meets a conflict at it, and looks again, and not messages of the same ID.
	if err := saveConversation(tx, v); err != nil {
		return err
	}
	if err := insertMessage(tx, v.place, user); err != nil {
		return err
	}
	if err := insertMessage(tx, v.place, system); err != nil {
		return err
	}
	return endTurn(tx, v.owner, token, k)
}

// release lets the form or the sign-in of a message be used again: nothing came
// of it.
func release(tx *store.Tx, p place, id string) error { return use(tx, p, id, nil) }

// use marks the form or the sign-in of a message as used at a time, or as not
// used.
func use(tx *store.Tx, p place, id string, at *time.Time) error {
	if id == "" {
		return nil
	}
	m, err := loadMessage(tx, p, id)
	if err != nil {
		return err
	}
	if m.Form != nil {
		m.Form.Used = at
	}
	if m.Waiting != nil {
		m.Waiting.Used = at
	}
	return saveMessage(tx, p, m)
}
