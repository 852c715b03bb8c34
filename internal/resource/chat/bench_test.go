package chat

import (
	"encoding/json"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/engine/plan"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/attachment"
	"github.com/parleyhq/parley/internal/resource/chatcontrol"
)

// bench is a server's chat, and the desk that its plugins call.
type bench struct {
	*Service
	*op.Registry

	desk   *desk
	docs   *shelf
	clock  *storetest.Clock
	keys   *seal.Keys
	caller op.Caller
	app    string
}

func newBench(t testing.TB, db *store.DB, clock *storetest.Clock) *bench {
	t.Helper()
	b := &bench{desk: newDesk(t, clock.Now), clock: clock, keys: seal.Random(), caller: optest.Root("111122223333")}
	b.docs = newShelf(t, db, clock, b.keys)
	b.start(db)
	out := must(t, b, api.CreateApplication, &api.CreateApplicationInput{
		DisplayName: "app", IdentityType: new(api.IdentityTypeAwsIAMIDPOIDC), ClientIDsForOIDC: []string{"parley"},
		IAMIdentityProviderARN: new("arn:aws:iam::111122223333:oidc-provider/login.example.com"),
	})
	b.app = *out.ApplicationID
	return b
}

// start is a server's start on a store; called again it is another server, or
// the same one after a crash.
func (b *bench) start(db *store.DB) {
	jobs, pages := job.New(db, slog.New(slog.DiscardHandler), b.clock.Now), page.New(b.keys)
	book := &replay.Book{DB: db}
	apps := &application.Service{
		DB: db, Jobs: jobs, Pages: pages, Replays: book, NewID: uuid.NewString, Below: []application.Purger{PurgeApplication, attachment.PurgeApplication},
		People: identityStore{},
	}
	b.Service = &Service{
		DB: db, Apps: apps, Jobs: jobs, Pages: pages, Plugins: b.desk, Planner: plan.Words{}, NewID: uuid.NewString, Zone: time.UTC,
		Documents: b.docs, Now: b.clock.Now,
		Attachments: &attachment.Service{DB: db, Apps: apps, Pages: pages, NewID: uuid.NewString, Now: b.clock.Now},
	}
	b.Registry = &op.Registry{Access: optest.Anyone{}, Replays: book}
	apps.Mount(b.Registry)
	b.Service.Mount(b.Registry)
	b.Attachments.Mount(b.Registry)
	b.docs.mount(b.Registry)
	(&chatcontrol.Service{
		DB: db, Apps: apps, Indexes: b.docs.indexes, Replays: book, Pages: pages, NewID: uuid.NewString,
		Sources: func(*store.Tx, string, string, string, string) (bool, error) { return true, nil },
	}).Mount(b.Registry)
	apps.Work()
	b.Work()
}

func each(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newBench(t, db, clock)) }, storetest.WithClock(clock.Now))
}

// one is each on SQLite alone, for tests of rules that have no rows of their own.
func one(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	clock := storetest.NewClock()
	test(t, newBench(t, storetest.New(t, storetest.WithClock(clock.Now)), clock))
}

func try[In, Out any](t testing.TB, b *bench, o *smithy.Operation[In, Out], in *In) (*Out, error) {
	t.Helper()
	return optest.Call(t, b.Registry, b.caller, o, in)
}

func must[In, Out any](t testing.TB, b *bench, o *smithy.Operation[In, Out], in *In) *Out {
	t.Helper()
	return optest.Must(t, b.Registry, b.caller, o, in)
}

// say is a message to the desk.
func (b *bench) say(text string) *api.ChatSyncInput {
	return &api.ChatSyncInput{
		ApplicationID: b.app, UserMessage: &text, ChatMode: new(api.ChatModePluginMode),
		ChatModeConfiguration: &api.ChatModeConfiguration{PluginConfiguration: &api.PluginConfiguration{PluginID: deskID}},
	}
}

// after puts a request behind an answer.
func after(out *api.ChatSyncOutput, in *api.ChatSyncInput) *api.ChatSyncInput {
	in.ConversationID, in.ParentMessageID = out.ConversationID, out.SystemMessageID
	return in
}

func withToken(token string, in *api.ChatSyncInput) *api.ChatSyncInput {
	in.ClientToken = &token
	return in
}

func as(user string, in *api.ChatSyncInput) *api.ChatSyncInput {
	in.UserID = &user
	return in
}

// confirm is the confirmation of a form, its fields changed as given.
func (b *bench) confirm(out *api.ChatSyncOutput, values map[string]string) *api.ChatSyncInput {
	payload := map[string]api.ActionExecutionPayloadField{}
	for key, field := range out.ActionReview.Payload {
		if len(field.Value) > 0 {
			payload[key] = api.ActionExecutionPayloadField{Value: field.Value}
		}
	}
	for key, v := range values {
		payload[key] = api.ActionExecutionPayloadField{Value: json.RawMessage(v)}
	}
	return after(out, &api.ChatSyncInput{ApplicationID: b.app, ActionExecution: &api.ActionExecution{
		PluginID: *out.ActionReview.PluginID, Payload: payload, PayloadFieldNameSeparator: *out.ActionReview.PayloadFieldNameSeparator,
	}})
}

// signIn is the answer to a challenge.
func (b *bench) signIn(out *api.ChatSyncOutput, code string) *api.ChatSyncInput {
	return after(out, &api.ChatSyncInput{
		ApplicationID: b.app, AuthChallengeResponse: &api.AuthChallengeResponse{ResponseMap: map[string]string{"code": code}},
	})
}

func (b *bench) chat(t testing.TB, in *api.ChatSyncInput) *api.ChatSyncOutput {
	t.Helper()
	return must(t, b, api.ChatSync, in)
}

// form asks for a ticket and returns the answer with its form.
func (b *bench) form(t testing.TB) *api.ChatSyncOutput {
	t.Helper()
	out := b.chat(t, b.say(`Create a ticket with subject "Printer on fire" and priority high`))
	if out.ActionReview == nil {
		t.Fatalf("no form: %s", *out.SystemMessage)
	}
	return out
}

// messages are those of a conversation, oldest first.
func (b *bench) messages(t testing.TB, out *api.ChatSyncOutput) []api.Message {
	t.Helper()
	list := must(t, b, api.ListMessages, &api.ListMessagesInput{ApplicationID: b.app, ConversationID: *out.ConversationID})
	n := len(list.Messages)
	oldest := make([]api.Message, n)
	for i, m := range list.Messages {
		oldest[n-1-i] = m
	}
	return oldest
}

// bodies are the texts of a conversation, oldest first.
func (b *bench) bodies(t testing.TB, out *api.ChatSyncOutput) []string {
	t.Helper()
	var texts []string
	for _, m := range b.messages(t, out) {
		texts = append(texts, *m.Body)
	}
	return texts
}

// work runs the jobs that are due.
func (b *bench) work(t testing.TB) {
	t.Helper()
	if _, err := b.Jobs.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}
