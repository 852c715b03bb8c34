package chat

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/store"
)

// begin opens a turn: from here on no other goes on in the conversation, and a
// write that it is about counts as sent.
func (s *Service) begin(ctx context.Context, t *turn) error {
	bare := *t // what a transaction that is tried again starts from
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		*t = bare
		return s.open(tx, t)
	})
}

func (s *Service) open(tx *store.Tx, t *turn) error {
	if err := s.Apps.Active(tx, t.caller, t.application); err != nil {
		return err
	}
	t.user = message{ID: s.NewID(), Sent: tx.Now(), Type: api.MessageTypeUser, Body: t.message, Execution: t.execution}
	for _, f := range t.files {
		t.user.Files = append(t.user.Files, f.Output())
	}
	if err := t.enter(tx); err != nil {
		return err
	}
	until := tx.Now().Add(leaseTime)
	if err := t.claim(tx, until); err != nil {
		return err
	}
	if err := use(tx, t.home.place, t.uses, new(tx.Now())); err != nil {
		return err
	}
	t.home.Turn = &running{
		System: t.system, Server: s.Jobs.Server(), Until: until, Token: t.token(), User: t.user, Uses: t.uses, Write: t.write(),
	}
	if t.fresh {
		return insertConversation(tx, t.home)
	}
	return saveConversation(tx, t.home)
}

// claim takes the request's token for this turn.
func (t *turn) claim(tx *store.Tx, until time.Time) error {
	if t.caller.Token == nil {
		return nil
	}
	taken, err := insertTurn(tx, t.home.place, *t.caller.Token, until)
	if err == nil && !taken {
		err = fault.Conflicts("clientToken", t.token(), "The request with the clientToken %s is being answered. Try again in a moment.", t.token())
	}
	return err
}

// enter finds where the request stands in its conversation, or makes a new one.
func (t *turn) enter(tx *store.Tx) (err error) {
	if t.fresh {
		t.home = &conversation{place: t.home.place, Started: tx.Now(), Title: title(t.message)}
		return nil
	}
	if t.home, err = find(tx, t.place()); err != nil {
		return err
	}
	if t.home.Turn != nil {
		return busy(t.conversation)
	}
	if t.user.Parent = t.home.Seen; t.home.follows(t.parent) {
		t.user.Parent = t.parent
	}
	switch {
	case t.execution != nil:
		return t.confirm(tx)
	case t.response != nil:
		return t.resume(tx)
	case t.parent != "" && !t.home.follows(t.parent):
		return outdated(t.home)
	}
	return nil
}

func outdated(v *conversation) error {
	return fault.InvalidField("parentMessageId", "is not the latest system message of the conversation, which is %s; ListMessages shows what came after yours", v.Last)
}

// write is the name of the action that the turn is to carry out; empty for none.
func (t *turn) write() string {
	if t.run == nil || !t.run.Confirmed {
		return ""
	}
	return t.tools[t.run.Tool].Action.Name
}

// title is the beginning of a conversation's first message.
func title(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	n := 0
	for i := range text {
		if n++; n > maxTitle {
			if space := strings.LastIndexByte(text[:i], ' '); space > i/2 {
				i = space
			}
			return text[:i] + "…"
		}
	}
	return text
}

func confirmed(action string) string { return fmt.Sprintf("Confirmed: “%s”.", action) }

const signedIn = "Signed in."
