package chat

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

func retrieves() *api.ChatInputStream {
	return configures(api.ConfigurationEvent{ChatMode: new(api.ChatModeRetrievalMode)})
}

// usesDesk is the configuration of a Chat with the desk.
func usesDesk() *api.ChatInputStream {
	return configures(api.ConfigurationEvent{
		ChatMode:              new(api.ChatModePluginMode),
		ChatModeConfiguration: &api.ChatModeConfiguration{PluginConfiguration: &api.PluginConfiguration{PluginID: deskID}},
	})
}

// A stream tells the IDs first and the metadata last, and what it tells adds up to
// what is stored.
func TestAStream(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("canteen", "The canteen", canteen))
		b.Model = &oracle{replies: []reply{words("The canteen opens at noon. [1]")}}
		l := b.stream(t, &api.ChatInput{}, newLine(retrieves(), says("When does the canteen open?"), ends()))
		kinds := l.kinds()
		if first := l.told[0].TextEvent; first == nil || *first.SystemMessage != "" || kinds[0] != "text RESPONSE" {
			t.Errorf("the first event is %+v", l.told[0])
		}
		if got := slices.Compact(kinds); len(l.told) < 4 || !slices.Equal(got, []string{"text RESPONSE", "metadata"}) {
			t.Errorf("%d events: %q", len(l.told), got)
		}
		final := l.metadata(t)
		for _, e := range l.told {
			if e.TextEvent != nil && (*e.TextEvent.ConversationID != *final.ConversationID || *e.TextEvent.UserMessageID != *final.UserMessageID || *e.TextEvent.SystemMessageID != *final.SystemMessageID) {
				t.Errorf("other IDs: %+v", e.TextEvent)
			}
		}
		stored := must(t, b, api.ListMessages, &api.ListMessagesInput{ApplicationID: b.app, ConversationID: *final.ConversationID}).Messages
		if len(stored) != 2 || *stored[0].MessageID != *final.SystemMessageID || *stored[1].MessageID != *final.UserMessageID {
			t.Fatalf("%d messages", len(stored))
		}
		if *stored[0].Body != l.text() || *final.FinalTextMessage != l.text() {
			t.Errorf("stored %q, told %q, final %q", *stored[0].Body, l.text(), *final.FinalTextMessage)
		}
		if diff := cmp.Diff(final.SourceAttributions, stored[0].SourceAttribution); diff != "" || len(final.SourceAttributions) != 1 {
			t.Errorf("%d sources: %s", len(final.SourceAttributions), diff)
		}
		b.stream(t, behind(l), newLine(retrieves(), says("And when does it close?"), ends()))
	})
}

// The IDs are told before anything that takes time.
func TestTheIDsComeBeforeTheModelIsAsked(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		l := newLine(retrieves(), says("When does the canteen open?"), ends())
		b.stock(t, doc("canteen", "The canteen", canteen))
		told := -1
		say := words("At noon. [1]")
		say.before = func() { told = len(l.told) }
		b.Model = &oracle{replies: []reply{say}}
		b.stream(t, &api.ChatInput{}, l)
		if told != 1 {
			t.Errorf("%d events were told before the model was asked", told)
		}
	})
}

func TestAFormAndASignInInAStream(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		l := b.stream(t, &api.ChatInput{}, newLine(usesDesk(), says(`Create a ticket with subject "A" and priority low`), ends()))
		if diff := cmp.Diff([]string{"text RESPONSE", "text RESPONSE", "review", "metadata"}, l.kinds()); diff != "" {
			t.Fatal(diff)
		}
		review := l.told[2].ActionReviewEvent
		payload := map[string]api.ActionExecutionPayloadField{}
		for key, field := range review.Payload {
			if len(field.Value) > 0 {
				payload[key] = api.ActionExecutionPayloadField{Value: field.Value}
			}
		}
		confirm := func() *line {
			return newLine(&api.ChatInputStream{ActionExecutionEvent: &api.ActionExecutionEvent{
				PluginID: *review.PluginID, Payload: payload, PayloadFieldNameSeparator: *review.PayloadFieldNameSeparator,
			}}, ends())
		}
		b.desk.set(func(d *desk) { d.login = true })
		asked := b.stream(t, behind(l), confirm())
		if diff := cmp.Diff([]string{"text RESPONSE", "text RESPONSE", "challenge", "metadata"}, asked.kinds()); diff != "" {
			t.Fatal(diff)
		}
		if url := asked.told[2].AuthChallengeRequestEvent.AuthorizationURL; url != loginAt {
			t.Errorf("sign in at %s", url)
		}
		done := b.stream(t, behind(asked), newLine(&api.ChatInputStream{AuthChallengeResponseEvent: &api.AuthChallengeResponseEvent{ResponseMap: map[string]string{"code": "good"}}}, ends()))
		if !strings.HasPrefix(done.text(), "Done: “Create a ticket” was carried out by Desk.") || len(b.desk.made()) != 1 {
			t.Errorf("%s; made %q", done.text(), b.desk.made())
		}
	})
}

func TestEventsInAnotherOrder(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		conf, execution := retrieves(), &api.ChatInputStream{ActionExecutionEvent: &api.ActionExecutionEvent{PluginID: deskID, PayloadFieldNameSeparator: "."}}
		response := &api.ChatInputStream{AuthChallengeResponseEvent: &api.AuthChallengeResponseEvent{}}
		for name, tt := range map[string]struct {
			events []*api.ChatInputStream
			field  string
		}{
			"nothing":                    {nil, "endOfInputEvent"},
			"no end":                     {[]*api.ChatInputStream{says("x")}, "endOfInputEvent"},
			"an end alone":               {[]*api.ChatInputStream{ends()}, "textEvent"},
			"nothing said":               {[]*api.ChatInputStream{conf, attaches("a.txt", "x"), ends()}, "textEvent"},
			"two configurations":         {[]*api.ChatInputStream{conf, conf, says("x"), ends()}, "configurationEvent"},
			"a late configuration":       {[]*api.ChatInputStream{says("x"), conf, ends()}, "configurationEvent"},
			"a configuration after file": {[]*api.ChatInputStream{attaches("a.txt", "x"), conf, says("x"), ends()}, "configurationEvent"},
			"a late file":                {[]*api.ChatInputStream{says("x"), attaches("a.txt", "x"), ends()}, "attachmentEvent"},
			"a file that is none":        {[]*api.ChatInputStream{{AttachmentEvent: &api.AttachmentInputEvent{}}, says("x"), ends()}, "attachmentEvent.attachment"},
			"two texts":                  {[]*api.ChatInputStream{says("x"), says("y"), ends()}, "textEvent"},
			"a text and a confirmation":  {[]*api.ChatInputStream{says("x"), execution, ends()}, "actionExecutionEvent"},
			"a confirmation and sign-in": {[]*api.ChatInputStream{execution, response, ends()}, "authChallengeResponseEvent"},
			"an empty text":              {[]*api.ChatInputStream{says(" "), ends()}, "textEvent.userMessage"},
			"a sign-in nowhere":          {[]*api.ChatInputStream{response, ends()}, "conversationId"},
			"a plugin without its ID":    {[]*api.ChatInputStream{configures(api.ConfigurationEvent{ChatMode: new(api.ChatModePluginMode)}), says("x"), ends()}, "configurationEvent.chatModeConfiguration.pluginConfiguration"},
			"a file with a plugin":       {[]*api.ChatInputStream{usesDesk(), attaches("a.txt", "x"), says("x"), ends()}, "attachmentEvent"},
		} {
			t.Run(name, func(t *testing.T) {
				l := newLine(tt.events...)
				close(l.in)
				words := optest.Refused(t, b.streamIn(t, &api.ChatInput{}, l), optest.Invalid(tt.field))
				if len(l.told) != 0 || !strings.HasPrefix(words, tt.field+": ") {
					t.Errorf("%s; told %q", words, l.kinds())
				}
			})
		}
		if list := must(t, b, api.ListConversations, &api.ListConversationsInput{ApplicationID: b.app}).Conversations; len(list) != 0 {
			t.Errorf("%d conversations", len(list))
		}
	})
}

// A token is answered the same by a stream, whichever operation asked first.
func TestARepeatedStream(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("canteen", "The canteen", canteen))
		model := &oracle{replies: []reply{words("The canteen opens at noon. [1]")}}
		b.Model = model
		lines := func() *line { return newLine(retrieves(), says("When does the canteen open?"), ends()) }
		first := b.stream(t, &api.ChatInput{ClientToken: new("1")}, lines())
		again := b.stream(t, &api.ChatInput{ClientToken: new("1")}, lines())
		if diff := cmp.Diff(first.metadata(t), again.metadata(t)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"text RESPONSE", "text RESPONSE", "metadata"}, again.kinds()); diff != "" || again.text() != first.text() || *again.told[0].TextEvent.SystemMessage != "" {
			t.Errorf("%s: %q", diff, again.text())
		}
		sync := b.chat(t, withToken("1", b.inMode(api.ChatModeRetrievalMode, "When does the canteen open?")))
		if *sync.SystemMessageID != *first.metadata(t).SystemMessageID || *sync.SystemMessage != first.text() {
			t.Errorf("%+v", sync)
		}
		if len(model.asked) != 1 {
			t.Errorf("the model was asked %d times", len(model.asked))
		}
		for name, other := range map[string]*line{
			"another text": newLine(retrieves(), says("When does it close?"), ends()),
			"another mode": newLine(says("When does the canteen open?"), ends()),
			"a file":       newLine(retrieves(), attaches("a.txt", "x"), says("When does the canteen open?"), ends()),
		} {
			t.Run(name, func(t *testing.T) {
				optest.Refused(t, b.streamIn(t, &api.ChatInput{ClientToken: new("1")}, other), conflict("clientToken", "1"))
			})
		}
	})
}

var errGone = errors.New("the client is gone")

// A client that leaves in the middle finds what it was told, and can go on behind
// it, or send the same again.
func TestAClientThatLeavesAStream(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("canteen", "The canteen", canteen))
		b.Model = &oracle{replies: []reply{words("The canteen opens at noon and closes at two. [1]")}}
		l := newLine(retrieves(), says("When does the canteen open?"), ends())
		l.hear = func(n int, _ *api.ChatOutputStream) error {
			if n == 4 {
				return errGone
			}
			return nil
		}
		if err := b.streamIn(t, &api.ChatInput{ClientToken: new("1")}, l); err == nil {
			t.Error("it was told to the end")
		}
		if len(l.told) != 4 {
			t.Errorf("%d events were told to one who has left", len(l.told))
		}
		ids := l.told[0].TextEvent
		stored := must(t, b, api.ListMessages, &api.ListMessagesInput{ApplicationID: b.app, ConversationID: *ids.ConversationID}).Messages
		if len(stored) != 2 || !strings.HasPrefix(*stored[0].Body, l.text()) || !strings.HasSuffix(*stored[0].Body, interrupted) {
			t.Fatalf("stored: %+v", stored)
		}
		next := b.stream(t, behind(l), newLine(retrieves(), says("Go on"), ends()))
		if *next.told[0].TextEvent.ConversationID != *ids.ConversationID {
			t.Error("another conversation")
		}
		b.stream(t, &api.ChatInput{ClientToken: new("1")}, newLine(retrieves(), says("When does the canteen open?"), ends())) // the token was given back
	})
}

// A write goes on though nobody listens.
func TestAClientThatLeavesInAWrite(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		form := b.form(t)
		e := b.confirm(form, nil).ActionExecution
		l := newLine(&api.ChatInputStream{ActionExecutionEvent: (*api.ActionExecutionEvent)(e)}, ends())
		l.hear = func(int, *api.ChatOutputStream) error { return errGone }
		if err := b.streamIn(t, &api.ChatInput{ConversationID: form.ConversationID, ParentMessageID: form.SystemMessageID}, l); !errors.Is(err, errGone) && !fault.Is(err, fault.Internal) {
			t.Errorf("%v", err)
		}
		if len(b.desk.made()) != 1 || len(b.bodies(t, form)) != 4 {
			t.Errorf("made %q, messages %q", b.desk.made(), b.bodies(t, form))
		}
	})
}

// One turn at a time, also of streams; the client knows the IDs of both.
func TestOneStreamAtATime(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		first := b.stream(t, &api.ChatInput{}, newLine(usesDesk(), says("List the tickets"), ends()))
		var refused error
		l := newLine(usesDesk(), says("List the tickets"), ends())
		l.hear = func(n int, _ *api.ChatOutputStream) error {
			if n == 1 {
				refused = b.streamIn(t, behind(first), newLine(usesDesk(), says("List the tickets"), ends()))
			}
			return nil
		}
		b.stream(t, behind(first), l)
		optest.Refused(t, refused, conflict("conversation", *first.metadata(t).ConversationID))
	})
}

// TestBothOperationsAnswerAlike: a Chat that is collected is a ChatSync, but for the
// IDs.
func TestBothOperationsAnswerAlike(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("canteen", "The canteen", canteen))
		for name, in := range map[string]*api.ChatSyncInput{
			"an answer":   b.inMode(api.ChatModeRetrievalMode, "When does the canteen open?"),
			"none":        b.inMode(api.ChatModeRetrievalMode, "What is the meaning of zebras?"),
			"a read":      b.ask("List the open tickets"),
			"a form":      b.say(`Create a ticket with subject "A" and priority low`),
			"files":       withFiles(b.ask("When does the lease end?"), file("lease.txt", lease), file("broken.pdf", "%PDF-1.7")),
			"no model":    b.inMode(api.ChatModeCreatorMode, "Write a haiku"),
			"not allowed": b.inMode(api.ChatModePluginMode, "x"),
		} {
			t.Run(name, func(t *testing.T) {
				want, refused := try(t, b, api.ChatSync, in)
				to, l := streamed(in)
				err := b.streamIn(t, to, l)
				if f := fault.As(refused); f != nil {
					optest.Refused(t, err, fault.Error{Code: f.Code, Reason: f.Reason, Fields: fault.As(inEvents(f)).Fields})
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				ids := cmpopts.IgnoreFields(api.ChatSyncOutput{}, "ConversationID", "UserMessageID", "SystemMessageID")
				if diff := cmp.Diff(want, l.collected(), ids, cmpopts.IgnoreFields(api.AttachmentOutput{}, "AttachmentID", "ConversationID"), cmpopts.IgnoreFields(api.SourceAttribution{}, "DocumentID")); diff != "" {
					t.Error(diff)
				}
				if l.text() != *want.SystemMessage {
					t.Errorf("told %q", l.text())
				}
			})
		}
	})
}
