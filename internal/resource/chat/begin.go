package chat

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/engine/plan"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/plugin"
)

// turn is a turn that has begun.
type turn struct {
	*request

	live  *plugin.Live
	tools []plan.Tool

	home    *conversation // as it was then
	fresh   bool          // home is not written yet: the turn's end does that
	user    message
	system  string // ID of the system message to be
	history []plan.Utterance

	said string         // what the planner is asked
	run  *converse.Call // what an earlier turn ended in; nil: the planner begins
	uses string         // the message that run comes from
}

// begin opens a turn: from here on no other goes on in the conversation, and a
// write that it is about counts as sent.
func (s *Service) begin(ctx context.Context, r *request, live *plugin.Live) (t *turn, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		t, err = s.open(tx, r, live)
		return err
	})
	return t, err
}

func (s *Service) open(tx *store.Tx, r *request, live *plugin.Live) (*turn, error) {
	if err := s.Apps.Active(tx, r.caller, r.application); err != nil {
		return nil, err
	}
	t := &turn{request: r, live: live, tools: toolsOf(live), said: r.message, system: s.NewID()}
	t.user = message{ID: s.NewID(), Sent: tx.Now(), Type: api.MessageTypeUser, Body: r.message, Execution: r.execution}
	if err := s.enter(tx, t); err != nil {
		return nil, err
	}
	until := tx.Now().Add(leaseTime)
	if err := t.claim(tx, until); err != nil || t.fresh {
		return t, err
	}
	if err := use(tx, t.home.place, t.uses, new(tx.Now())); err != nil {
		return nil, err
	}
	t.home.Turn = &running{System: t.system, Until: until, Token: t.token(), User: t.user, Uses: t.uses, Write: t.write()}
	return t, saveConversation(tx, t.home)
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
func (s *Service) enter(tx *store.Tx, t *turn) (err error) {
	if t.conversation == "" {
		t.fresh = true
		t.home = &conversation{place: place{t.owner, s.NewID()}, Started: tx.Now(), Title: title(t.message)}
		return nil
	}
	if t.home, err = find(tx, t.place()); err != nil {
		return err
	}
	if t.home.Turn != nil {
		return busy(t.conversation)
	}
	t.user.Parent = t.home.Seen
	switch {
	case t.execution != nil:
		err = t.confirm(tx)
	case t.response != nil:
		err = t.resume(tx)
	case t.parent != "" && !t.home.follows(t.parent):
		err = outdated(t.home)
	}
	if err != nil {
		return err
	}
	t.history, err = t.home.history(tx)
	return err
}

func outdated(v *conversation) error {
	return fault.InvalidField("parentMessageId", "is not the latest system message of the conversation, which is %s; ListMessages shows what came after yours", v.Last)
}

// history is what a planner is told of the conversation, oldest first.
func (c *conversation) history(tx *store.Tx) ([]plan.Utterance, error) {
	latest, err := listMessages(tx, c.place, page.Place{Created: math.MaxInt64}, historyOf)
	if err != nil {
		return nil, err
	}
	told := make([]plan.Utterance, len(latest))
	for i, m := range latest {
		told[len(latest)-1-i] = plan.Utterance{Person: m.Type == api.MessageTypeUser, Text: m.Body}
	}
	return told, nil
}

// write is the name of the action that the turn is to carry out; empty for none.
func (t *turn) write() string {
	if t.run == nil || !t.run.Confirmed {
		return ""
	}
	return t.tools[t.run.Tool].Action.Name
}

// toolsOf are the actions of a plugin that can be called.
func toolsOf(l *plugin.Live) []plan.Tool {
	var tools []plan.Tool
	for i := range l.Document.Actions {
		if a := &l.Document.Actions[i]; a.Callable {
			tools = append(tools, plan.Tool{Plugin: l.Name, Document: l.Document, Action: a})
		}
	}
	return tools
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
