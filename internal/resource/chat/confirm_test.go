package chat

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

// What was confirmed is what is sent: everything else is refused, and leaves the
// form as it was.
func TestConfirmationsThatAreRefused(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		read := b.chat(t, b.say("List the tickets"))
		out := b.form(t)
		field := func(v string) api.ActionExecutionPayloadField {
			return api.ActionExecutionPayloadField{Value: json.RawMessage(v)}
		}
		for name, tt := range map[string]struct {
			change func(in *api.ChatSyncInput)
			want   fault.Error
		}{
			"another plugin":       {func(in *api.ChatSyncInput) { in.ActionExecution.PluginID = otherID }, optest.Invalid("actionExecution.pluginId")},
			"another separator":    {func(in *api.ChatSyncInput) { in.ActionExecution.PayloadFieldNameSeparator = "/" }, optest.Invalid("actionExecution.payloadFieldNameSeparator")},
			"a key of no field":    {func(in *api.ChatSyncInput) { in.ActionExecution.Payload["owner"] = field(`"me"`) }, optest.Invalid("actionExecution.payload.owner")},
			"a hidden field":       {func(in *api.ChatSyncInput) { in.ActionExecution.Payload["source"] = field(`"me"`) }, optest.Invalid("actionExecution.payload.source")},
			"a required one gone":  {func(in *api.ChatSyncInput) { delete(in.ActionExecution.Payload, "subject") }, optest.Invalid("actionExecution.payload.subject")},
			"a value not allowed":  {func(in *api.ChatSyncInput) { in.ActionExecution.Payload["priority"] = field(`"urgent"`) }, optest.Invalid("actionExecution.payload.priority")},
			"a value of no type":   {func(in *api.ChatSyncInput) { in.ActionExecution.Payload["urgent"] = field(`7`) }, optest.Invalid("actionExecution.payload.urgent")},
			"another user":         {func(in *api.ChatSyncInput) { in.UserID = new("bob") }, absent(*out.ConversationID)},
			"no such conversation": {func(in *api.ChatSyncInput) { in.ConversationID = new(noMessage) }, absent(noMessage)},
			"another conversation": {func(in *api.ChatSyncInput) { in.ConversationID = read.ConversationID }, optest.Invalid("parentMessageId")},
			"no such message":      {func(in *api.ChatSyncInput) { in.ParentMessageID = new(noMessage) }, optest.Invalid("parentMessageId")},
			"a user's message":     {func(in *api.ChatSyncInput) { in.ParentMessageID = out.UserMessageID }, optest.Invalid("actionExecution")},
			"a message without form": {func(in *api.ChatSyncInput) {
				in.ConversationID, in.ParentMessageID = read.ConversationID, read.SystemMessageID
			}, optest.Invalid("actionExecution")},
		} {
			t.Run(name, func(t *testing.T) {
				in := b.confirm(out, nil)
				tt.change(in)
				_, err := try(t, b, api.ChatSync, in)
				optest.Refused(t, err, tt.want)
			})
		}
		if made := b.desk.made(); len(made) != 0 {
			t.Fatalf("made %q", made)
		}
		b.chat(t, b.confirm(out, nil))
		if made := b.desk.made(); len(made) != 1 {
			t.Errorf("made %q", made)
		}
	})
}

func TestAFormIsConfirmedOnce(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		out := b.form(t)
		done := b.chat(t, b.confirm(out, nil))
		_, err := try(t, b, api.ChatSync, b.confirm(out, nil))
		if words := optest.Refused(t, err, conflict("message", *out.SystemMessageID)); !strings.Contains(words, "was confirmed before, at 2026-01-01T") {
			t.Error(words)
		}
		again := b.confirm(out, nil) // as if the form stood in the answer
		again.ParentMessageID = done.SystemMessageID
		_, err = try(t, b, api.ChatSync, again)
		optest.Refused(t, err, optest.Invalid("actionExecution"))
		if n := len(b.desk.made()); n != 1 {
			t.Errorf("made %d", n)
		}
	})
}

func TestAFormExpires(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		out := b.form(t)
		b.clock.Advance(FormLife)
		_, err := try(t, b, api.ChatSync, b.confirm(out, nil))
		optest.Refused(t, err, conflict("message", *out.SystemMessageID))
		out = b.form(t)
		b.clock.Advance(FormLife - time.Microsecond)
		b.chat(t, b.confirm(out, nil))
		if n := len(b.desk.made()); n != 1 {
			t.Errorf("made %d", n)
		}
	})
}

func TestAFormIsGoneOnceTheConversationWentOn(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		out := b.form(t)
		b.chat(t, after(out, b.say("List the tickets")))
		_, err := try(t, b, api.ChatSync, b.confirm(out, nil))
		optest.Refused(t, err, optest.Invalid("parentMessageId"))
		if n := len(b.desk.made()); n != 0 {
			t.Errorf("made %d", n)
		}
	})
}

func TestAPluginThatChangedSinceTheReview(t *testing.T) {
	for name, change := range map[string]func(document string) string{
		"another path":  func(d string) string { return strings.ReplaceAll(d, "  /tickets:", "  /v2/tickets:") },
		"another input": func(d string) string { return strings.Replace(d, "type: boolean", "type: integer", 1) },
		"another effect": func(d string) string {
			return strings.Replace(d, "operationId: createTicket", "operationId: createTicket\n      x-parley-effect: read", 1)
		},
		"the action gone": func(d string) string {
			return strings.Replace(d, "operationId: createTicket", "operationId: makeTicket", 1)
		},
		"another server": func(d string) string {
			return strings.Replace(d, "servers: [{url: '", "servers: [{url: 'https://elsewhere.example.com/?", 1)
		},
	} {
		t.Run(name, func(t *testing.T) {
			one(t, func(t *testing.T, b *bench) {
				out := b.form(t)
				b.desk.set(func(d *desk) { d.document = change(d.document) })
				_, err := try(t, b, api.ChatSync, b.confirm(out, nil))
				optest.Refused(t, err, conflict("plugin", deskID))
				if b.desk.arrived() != 0 {
					t.Error("a call was made")
				}
			})
		})
	}
	t.Run("another action", func(t *testing.T) {
		one(t, func(t *testing.T, b *bench) {
			out := b.form(t)
			b.desk.set(func(d *desk) { d.document = strings.Replace(d.document, "Shows one ticket", "Shows a ticket", 1) })
			b.chat(t, b.confirm(out, nil))
			if len(b.desk.made()) != 1 {
				t.Error("a change elsewhere in the document has spoilt the form")
			}
		})
	})
}
