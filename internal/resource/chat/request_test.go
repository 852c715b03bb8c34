package chat

import (
	"strings"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

const noMessage = "c1000000-0000-4000-8000-000000000001"

func TestRequestsThatMakeNoSense(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		out := b.form(t)
		calls := b.desk.arrived()
		run := func() *api.ChatSyncInput { return b.confirm(out, nil) }
		sign := func() *api.ChatSyncInput { return b.signIn(out, "good") }
		for name, tt := range map[string]struct {
			in     *api.ChatSyncInput
			change func(in *api.ChatSyncInput)
			fields []string
		}{
			"nothing said":                    {b.say(""), func(in *api.ChatSyncInput) { in.UserMessage = nil }, []string{"userMessage"}},
			"white space":                     {b.say(" \n\t"), nil, []string{"userMessage"}},
			"too long":                        {b.say(strings.Repeat("ä", 32001)), nil, []string{"userMessage"}},
			"a message beside a confirmation": {run(), func(in *api.ChatSyncInput) { in.UserMessage = new("yes") }, []string{"actionExecution"}},
			"all three": {run(), func(in *api.ChatSyncInput) {
				in.UserMessage, in.AuthChallengeResponse = new("x"), sign().AuthChallengeResponse
			}, []string{"actionExecution", "authChallengeResponse"}},
			"a parent without conversation": {b.say("x"), func(in *api.ChatSyncInput) { in.ParentMessageID = out.SystemMessageID }, []string{"parentMessageId"}},
			"a confirmation nowhere":        {run(), func(in *api.ChatSyncInput) { in.ConversationID, in.ParentMessageID = nil, nil }, []string{"conversationId", "parentMessageId"}},
			"a confirmation of nothing":     {run(), func(in *api.ChatSyncInput) { in.ParentMessageID = nil }, []string{"parentMessageId"}},
			"a sign-in nowhere":             {sign(), func(in *api.ChatSyncInput) { in.ConversationID, in.ParentMessageID = nil, nil }, []string{"conversationId"}},
			"no plugin":                     {b.say("x"), func(in *api.ChatSyncInput) { in.ChatModeConfiguration = nil }, []string{"chatModeConfiguration.pluginConfiguration"}},
			"attachments":                   {b.say("x"), func(in *api.ChatSyncInput) { in.Attachments = []api.AttachmentInput{{}} }, []string{"attachments"}},
			"attachments of a confirmation": {run(), func(in *api.ChatSyncInput) { in.Attachments = []api.AttachmentInput{{}} }, []string{"attachments"}},
			"two plugins": {run(), func(in *api.ChatSyncInput) {
				in.ChatModeConfiguration = b.say("").ChatModeConfiguration
				in.ActionExecution.PluginID = otherID
			}, []string{"chatModeConfiguration.pluginConfiguration.pluginId"}},
			"a sign-in nobody waits for": {sign(), nil, []string{"authChallengeResponse"}},
			"a parent from nowhere":      {after(out, b.say("x")), func(in *api.ChatSyncInput) { in.ParentMessageID = new(noMessage) }, []string{"parentMessageId"}},
			"a parent that a user wrote": {after(out, b.say("x")), func(in *api.ChatSyncInput) { in.ParentMessageID = out.UserMessageID }, []string{"parentMessageId"}},
		} {
			t.Run(name, func(t *testing.T) {
				if tt.change != nil {
					tt.change(tt.in)
				}
				_, err := try(t, b, api.ChatSync, tt.in)
				optest.Refused(t, err, optest.Invalid(tt.fields...))
			})
		}
		if n := b.desk.arrived(); n != calls {
			t.Errorf("%d calls were made", n-calls)
		}
		if n := len(b.bodies(t, out)); n != 2 {
			t.Errorf("%d messages are stored", n)
		}
	})
}

func TestOnlyUsablePluginsOfActiveApplications(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		in := b.say("List the tickets")
		in.ChatModeConfiguration.PluginConfiguration.PluginID = noMessage
		_, err := try(t, b, api.ChatSync, in)
		optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "plugin", ResourceID: noMessage})
		b.desk.set(func(d *desk) { d.disabled = true })
		_, err = try(t, b, api.ChatSync, b.say("List the tickets"))
		optest.Refused(t, err, conflict("plugin", deskID))
		in = b.say("List the tickets")
		in.ApplicationID = noMessage
		_, err = try(t, b, api.ChatSync, in)
		optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "application", ResourceID: noMessage})
		must(t, b, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: b.app})
		_, err = try(t, b, api.ChatSync, b.say("List the tickets"))
		optest.Refused(t, err, conflict("application", b.app))
	})
}

func TestAConversationGoesOnAtItsEnd(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		first := b.chat(t, b.say("List the tickets"))
		second := b.chat(t, after(first, b.say("List the tickets")))
		if *second.ConversationID != *first.ConversationID {
			t.Fatal("another conversation")
		}
		_, err := try(t, b, api.ChatSync, after(first, b.say("List the tickets")))
		if words := optest.Refused(t, err, optest.Invalid("parentMessageId")); !strings.Contains(words, *second.SystemMessageID) {
			t.Errorf("the latest message is not named: %s", words)
		}
		in := b.say("List the tickets")
		in.ConversationID = first.ConversationID // without a parent it goes on at the end
		b.chat(t, in)
		if n := len(b.bodies(t, first)); n != 6 {
			t.Errorf("%d messages", n)
		}
	})
}

func TestConversationsArePrivate(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		hers := b.chat(t, as("ann", b.say("List the tickets")))
		ours := b.chat(t, b.say("List the tickets")) // the principal's
		missing := absent(*hers.ConversationID)
		_, err := try(t, b, api.ChatSync, after(hers, b.say("List the tickets")))
		optest.Refused(t, err, missing)
		_, err = try(t, b, api.ChatSync, as("bob", after(hers, b.say("List the tickets"))))
		optest.Refused(t, err, missing)
		_, err = try(t, b, api.ListMessages, &api.ListMessagesInput{ApplicationID: b.app, ConversationID: *hers.ConversationID})
		optest.Refused(t, err, missing)
		_, err = try(t, b, api.DeleteConversation, &api.DeleteConversationInput{ApplicationID: b.app, ConversationID: *hers.ConversationID, UserID: new("bob")})
		optest.Refused(t, err, missing)
		list := must(t, b, api.ListConversations, &api.ListConversationsInput{ApplicationID: b.app}).Conversations
		if len(list) != 1 || *list[0].ConversationID != *ours.ConversationID {
			t.Errorf("the principal's conversations: %+v", list)
		}
		b.caller = optest.Root("444455556666")
		_, err = try(t, b, api.ChatSync, as("ann", after(hers, b.say("List the tickets"))))
		optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "application", ResourceID: b.app})
	})
}
