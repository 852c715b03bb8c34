package chat

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
)

// Duplex is the stream of a Chat.
type Duplex = op.Duplex[api.ChatInputStream, api.ChatOutputStream]

// collect reads what a client sends until it ends its input: at most one
// configurationEvent, before all others; attachmentEvents; one of textEvent,
// actionExecutionEvent and authChallengeResponseEvent; and endOfInputEvent. The
// error is a Validation of what comes otherwise, or that of Receive.
func collect(ctx context.Context, in *api.ChatInput, d Duplex) (*api.ChatSyncInput, error) {
	all := &collection{in: &api.ChatSyncInput{
		ApplicationID: in.ApplicationID, UserID: in.UserID, UserGroups: in.UserGroups,
		ConversationID: in.ConversationID, ParentMessageID: in.ParentMessageID, ClientToken: in.ClientToken,
	}}
	for {
		event, err := d.Receive(ctx)
		if errors.Is(err, io.EOF) {
			return nil, fault.InvalidField("endOfInputEvent", "is missing: the input ended without it; send it after everything else")
		}
		if err != nil {
			return nil, err
		}
		if event.EndOfInputEvent != nil {
			return all.whole()
		}
		if err := all.take(event); err != nil {
			return nil, err
		}
	}
}

// collection is what has come so far.
type collection struct {
	in    *api.ChatSyncInput
	first string // event; empty: none has come
	said  string // event that says something; empty: none has come
}

// whole is a request, when its input has ended.
func (c *collection) whole() (*api.ChatSyncInput, error) {
	if c.said == "" {
		return nil, fault.InvalidField("textEvent", "is missing: send a textEvent, an actionExecutionEvent or an authChallengeResponseEvent before the endOfInputEvent")
	}
	return c.in, nil
}

func (c *collection) take(event *api.ChatInputStream) error {
	name := nameOf(event)
	if name == "" {
		return nil // of a kind that the model does not have: later versions may
	}
	defer func() { c.first = name }()
	switch {
	case event.ConfigurationEvent != nil:
		if c.first != "" {
			return fault.InvalidField(name, "comes after %s: there is at most one, and it comes first", c.first)
		}
		c.configure(event.ConfigurationEvent)
		return nil
	case event.AttachmentEvent != nil:
		if c.said != "" {
			return fault.InvalidField(name, "comes after %s: send the files before what you say about them", c.said)
		}
		if event.AttachmentEvent.Attachment == nil {
			return fault.InvalidField(name+".attachment", "is missing: send a file, or where to copy it from")
		}
		c.in.Attachments = append(c.in.Attachments, *event.AttachmentEvent.Attachment)
		return nil
	case c.said != "":
		return fault.InvalidField(name, "comes after %s: one of the two is answered at a time", c.said)
	}
	c.said = name
	c.say(event)
	return nil
}

func nameOf(event *api.ChatInputStream) string {
	switch {
	case event.ConfigurationEvent != nil:
		return "configurationEvent"
	case event.AttachmentEvent != nil:
		return "attachmentEvent"
	case event.TextEvent != nil:
		return "textEvent"
	case event.ActionExecutionEvent != nil:
		return "actionExecutionEvent"
	case event.AuthChallengeResponseEvent != nil:
		return "authChallengeResponseEvent"
	case event.EndOfInputEvent != nil:
		return "endOfInputEvent"
	}
	return ""
}

func (c *collection) configure(e *api.ConfigurationEvent) {
	c.in.ChatMode, c.in.ChatModeConfiguration, c.in.AttributeFilter = e.ChatMode, e.ChatModeConfiguration, e.AttributeFilter
}

func (c *collection) say(event *api.ChatInputStream) {
	switch {
	case event.TextEvent != nil:
		c.in.UserMessage = &event.TextEvent.UserMessage
	case event.ActionExecutionEvent != nil:
		c.in.ActionExecution = (*api.ActionExecution)(event.ActionExecutionEvent)
	case event.AuthChallengeResponseEvent != nil:
		c.in.AuthChallengeResponse = (*api.AuthChallengeResponse)(event.AuthChallengeResponseEvent)
	}
}

// inEvents names the fields of a Validation as the events of a Chat have them.
func inEvents(err error) error {
	f := fault.As(err)
	if f == nil || f.Code != fault.Validation {
		return err
	}
	fields := make([]fault.Field, len(f.Fields))
	for i, field := range f.Fields {
		fields[i] = fault.Field{Name: eventField(field.Name), Message: field.Message}
	}
	told := fault.Invalid(fields...)
	told.Reason, told.Cause = f.Reason, f.Cause
	return told
}

// eventField is a member of ChatSyncInput as a member of an event.
func eventField(name string) string {
	member, rest, _ := strings.Cut(name, ".")
	member, at, _ := strings.Cut(member, "[")
	if at != "" {
		at = "[" + at
	}
	if rest != "" {
		rest = "." + rest
	}
	switch member {
	case "userMessage":
		return "textEvent.userMessage"
	case "attachments":
		return "attachmentEvent" + at + rest
	case "actionExecution":
		return "actionExecutionEvent" + rest
	case "authChallengeResponse":
		return "authChallengeResponseEvent" + rest
	case "chatMode", "chatModeConfiguration", "attributeFilter":
		return "configurationEvent." + member + at + rest
	}
	return name
}
