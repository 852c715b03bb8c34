package e2e

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/document"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
)

// A talk is a user's conversation with a plugin.
type talk struct {
	*site

	app, plugin string
	user        string // empty: whoever signs
}

const (
	askOpen   = "Which tickets are open?"
	askTicket = `Create an urgent ticket with the subject "Printer on floor 3 jams", due by 2026-12-01`
)

// people creates an application whose users sign in somewhere.
func (s *site) people(t *testing.T) string {
	t.Helper()
	out := must(s.CreateApplication(t.Context(), &qbusiness.CreateApplicationInput{
		DisplayName: new("helpdesk"), IdentityType: types.IdentityTypeAwsIamIdpOidc,
		IamIdentityProviderArn: new("arn:aws:iam::000000000000:oidc-provider/login.example.com"), ClientIdsForOIDC: []string{"parley"},
	}))(t)
	return *out.ApplicationId
}

// talkTo makes a plugin from a document, in an application of its own.
func (s *site) talkTo(t *testing.T, name, document string, auth types.PluginAuthConfiguration) *talk {
	t.Helper()
	return s.talkIn(t, s.people(t), name, document, auth)
}

func (s *site) talkIn(t *testing.T, app, name, document string, auth types.PluginAuthConfiguration) *talk {
	t.Helper()
	in := custom(app, name, payload(document))
	in.AuthConfiguration = auth
	out := must(s.CreatePlugin(t.Context(), in))(t)
	return &talk{site: s, app: app, plugin: *out.PluginId}
}

func noAuth() types.PluginAuthConfiguration {
	return &types.PluginAuthConfigurationMemberNoAuthConfiguration{}
}

// as is the same conversation partner for another user.
func (k *talk) as(user string) *talk {
	other := *k
	other.user = user
	return &other
}

// request is a ChatSync of the user that says nothing yet.
func (k *talk) request() *qbusiness.ChatSyncInput {
	in := &qbusiness.ChatSyncInput{
		ApplicationId: &k.app, ChatMode: types.ChatModePluginMode,
		ChatModeConfiguration: &types.ChatModeConfigurationMemberPluginConfiguration{Value: types.PluginConfiguration{PluginId: &k.plugin}},
	}
	if k.user != "" {
		in.UserId = &k.user
	}
	return in
}

func (k *talk) message(text string) *qbusiness.ChatSyncInput {
	in := k.request()
	in.UserMessage = &text
	return in
}

// follow puts a request behind an answer.
func follow(out *qbusiness.ChatSyncOutput, in *qbusiness.ChatSyncInput) *qbusiness.ChatSyncInput {
	in.ConversationId, in.ParentMessageId = out.ConversationId, out.SystemMessageId
	return in
}

// confirm confirms a form as it is, its fields changed as given.
func (k *talk) confirm(t *testing.T, form *qbusiness.ChatSyncOutput, changed map[string]any) *qbusiness.ChatSyncInput {
	t.Helper()
	fields := map[string]types.ActionExecutionPayloadField{}
	for key, field := range form.ActionReview.Payload {
		if v := plain(t, field.Value); v != nil {
			fields[key] = types.ActionExecutionPayloadField{Value: document.NewLazyDocument(v)}
		}
	}
	for key, v := range changed {
		fields[key] = types.ActionExecutionPayloadField{Value: document.NewLazyDocument(v)}
	}
	in := k.request()
	in.ActionExecution = &types.ActionExecution{
		PluginId: form.ActionReview.PluginId, Payload: fields, PayloadFieldNameSeparator: form.ActionReview.PayloadFieldNameSeparator,
	}
	return follow(form, in)
}

// plain is a document's value as encoding/json has it; nil for none.
func plain(t *testing.T, d document.Interface) any {
	t.Helper()
	if d == nil {
		return nil
	}
	b, err := d.MarshalSmithyDocument()
	if err != nil {
		t.Fatal(err)
	}
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatalf("%s: %v", b, err)
	}
	return v
}

func (k *talk) chat(t *testing.T, in *qbusiness.ChatSyncInput) *qbusiness.ChatSyncOutput {
	t.Helper()
	return must(k.ChatSync(t.Context(), in))(t)
}

// say says something; behind an answer, if there is one.
func (k *talk) say(t *testing.T, after *qbusiness.ChatSyncOutput, text string) *qbusiness.ChatSyncOutput {
	t.Helper()
	in := k.message(text)
	if after != nil {
		follow(after, in)
	}
	return k.chat(t, in)
}

// form asks for a ticket, and demands a form.
func (k *talk) form(t *testing.T, after *qbusiness.ChatSyncOutput) *qbusiness.ChatSyncOutput {
	t.Helper()
	out := k.say(t, after, askTicket)
	if out.ActionReview == nil {
		t.Fatalf("no form, but %q", *out.SystemMessage)
	}
	return out
}

// messages are those of a conversation, oldest first, read in pages of two.
func (k *talk) messages(t *testing.T, conversation *string) []types.Message {
	t.Helper()
	in := &qbusiness.ListMessagesInput{ApplicationId: &k.app, ConversationId: conversation, MaxResults: new(int32(2))}
	if k.user != "" {
		in.UserId = &k.user
	}
	var all []types.Message
	for pages := qbusiness.NewListMessagesPaginator(k, in); pages.HasMorePages(); {
		all = append(all, must(pages.NextPage(t.Context()))(t).Messages...)
	}
	slices.Reverse(all)
	return all
}

// conversations are the IDs of the user's conversations, the newest first.
func (k *talk) conversations(t *testing.T) (ids []string) {
	t.Helper()
	in := &qbusiness.ListConversationsInput{ApplicationId: &k.app, MaxResults: new(int32(2))}
	if k.user != "" {
		in.UserId = &k.user
	}
	for pages := qbusiness.NewListConversationsPaginator(k, in); pages.HasMorePages(); {
		for _, c := range must(pages.NextPage(t.Context()))(t).Conversations {
			ids = append(ids, *c.ConversationId)
		}
	}
	return ids
}
