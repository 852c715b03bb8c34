package chat

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/plugin"
)

// confirm makes the call of a form that was confirmed. What is confirmed is
// what is sent: the action as it was reviewed, with the values of the payload,
// once, by the user who was shown the form, as an answer to it.
func (t *turn) confirm(tx *store.Tx) error {
	m, err := loadMessage(tx, t.home.place, t.parent)
	if errors.Is(err, store.ErrNoRows) {
		return fault.InvalidField("parentMessageId", "is no message of the conversation %s", t.conversation)
	}
	if err != nil {
		return err
	}
	f := m.Form
	switch {
	case f == nil:
		return fault.InvalidField("actionExecution", "confirms nothing: the message %s has no actionReview", m.ID)
	case f.Used != nil:
		return fault.Conflicts("message", m.ID, "The form of message %s was confirmed before, at %s. It is not sent again; ListMessages shows what came of it.", m.ID, f.Used.Format(time.RFC3339))
	case !t.home.follows(m.ID):
		return outdated(t.home)
	case !tx.Now().Before(f.Expires):
		return fault.Conflicts("message", m.ID, "The form of message %s expired at %s. Ask for a new one.", m.ID, f.Expires.Format(time.RFC3339))
	}
	args, err := t.accept(f)
	if err != nil {
		return err
	}
	if t.run, err = t.revive(f.Call, args, true); err != nil {
		return err
	}
	t.uses, t.user.Body = m.ID, confirmed(t.write())
	return nil
}

// accept reads the payload of an actionExecution.
func (t *turn) accept(f *form) (action.Args, error) {
	e := t.execution
	if e.PluginID != f.Call.Plugin {
		return nil, fault.InvalidField("actionExecution.pluginId", "is not the plugin of the form, which is %s", f.Call.Plugin)
	}
	if e.PayloadFieldNameSeparator != f.Review.Separator {
		return nil, fault.InvalidField("actionExecution.payloadFieldNameSeparator", "is not that of the form, which is %q", f.Review.Separator)
	}
	at, err := t.tool(f.Call)
	if err != nil {
		return nil, err
	}
	payload := make(map[string]json.RawMessage, len(e.Payload))
	for key, field := range e.Payload {
		payload[key] = field.Value
	}
	args, problems := f.Review.Accept(t.tools[at].Action, f.Call.Args, payload, e.PayloadFieldNameSeparator)
	return args, invalidPayload(problems)
}

// invalidPayload names the fields of a payload that were refused.
func invalidPayload(problems []action.Problem) error {
	if len(problems) == 0 {
		return nil
	}
	fields := make([]fault.Field, len(problems))
	for i, p := range problems {
		fields[i] = fault.Field{Name: "actionExecution.payload." + p.Key, Message: p.Message}
	}
	return fault.Invalid(fields...)
}

// resume makes the call that waits for a sign-in.
func (t *turn) resume(tx *store.Tx) error {
	m, err := t.home.waits(tx)
	if err != nil {
		return err
	}
	w := m.Waiting
	switch {
	case t.parent != "" && !t.home.follows(t.parent) && t.parent != m.Parent:
		return outdated(t.home)
	case w.Used != nil:
		return fault.Conflicts("message", m.ID, "The sign-in that message %s asked for was answered before. Say again what you want.", m.ID)
	case !tx.Now().Before(w.Expires):
		return fault.Conflicts("message", m.ID, "What message %s asked you to sign in for expired at %s. Say again what you want.", m.ID, w.Expires.Format(time.RFC3339))
	case w.Call.Plugin != t.plugin:
		return fault.InvalidField("chatModeConfiguration.pluginConfiguration.pluginId", "is not the plugin that waits for the sign-in, which is %s", w.Call.Plugin)
	}
	if t.run, err = t.revive(w.Call, w.Call.Args, w.Call.Confirmed); err != nil {
		return err
	}
	t.uses, t.said, t.user.Body = m.ID, w.Message, signedIn
	return nil
}

// waits is the latest message that asks for a sign-in, of those that a client
// can know of.
func (c *conversation) waits(tx *store.Tx) (message, error) {
	for _, id := range []string{c.Seen, c.Last} {
		m, err := loadMessage(tx, c.place, id)
		if err == nil && m.Waiting != nil {
			return m, nil
		}
		if err != nil && !errors.Is(err, store.ErrNoRows) {
			return message{}, err
		}
	}
	return message{}, fault.InvalidField("authChallengeResponse", "answers nothing: the conversation %s does not wait for a sign-in", c.conversation)
}

// revive makes a call out of a stored one, if its action is still what it was.
func (t *turn) revive(c call, args action.Args, confirmed bool) (*converse.Call, error) {
	at, err := t.tool(c)
	if err != nil {
		return nil, err
	}
	return &converse.Call{Tool: at, Args: args, Confirmed: confirmed}, nil
}

// tool finds the action of a stored call among those of the plugin as it is now.
func (t *turn) tool(c call) (int, error) {
	for i, tool := range t.tools {
		if t.of[i].ID != c.Plugin || tool.Action.OperationID != c.Operation {
			continue
		}
		d, err := digest(t.of[i], tool.Action)
		if err != nil {
			return 0, err
		}
		if d == c.Digest {
			return i, nil
		}
	}
	return 0, fault.Conflicts("plugin", c.Plugin, "The plugin has changed since. Say again what you want.")
}

// digest tells an action, and where it is called, from every other.
func digest(l *plugin.Live, a *openapi.Action) (string, error) {
	b, err := json.Marshal([]any{l.Server, l.Document.Server, a})
	if err != nil {
		return "", fmt.Errorf("chat: the action %s: %w", a.OperationID, err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:]), nil
}
