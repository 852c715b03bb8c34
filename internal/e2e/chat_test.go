package e2e

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/google/go-cmp/cmp"
)

// talking runs a test of conversations with a desk that admits everybody.
func talking(t *testing.T, test func(t *testing.T, k *talk, d *desk)) {
	t.Parallel()
	onEach(t, func(t *testing.T, database string) {
		d := newDesk(t)
		s := open(t, database, "--outbound-allow", d.URL)
		test(t, s.talkTo(t, "desk", d.document(t, ""), noAuth()), d)
	})
}

// TestReadThenWrite: a read is done at once; a write is shown first and sent
// when it is confirmed, as it was confirmed.
func TestReadThenWrite(t *testing.T) {
	talking(t, func(t *testing.T, k *talk, d *desk) {
		read := k.say(t, nil, askOpen)
		if read.ActionReview != nil || !strings.Contains(*read.SystemMessage, "Coffee machine leaks") {
			t.Errorf("the read answered %q, form %v", *read.SystemMessage, read.ActionReview)
		}
		if r := d.arrived(); len(r) != 1 || !strings.HasPrefix(r[0], "GET /v1/tickets?status=open HTTP/1.1\r\n") {
			t.Errorf("requests %q", r)
		}
		form := k.form(t, read)
		reviewed(t, k, form)
		if n := len(d.made()); n != 0 {
			t.Fatalf("%d tickets before anything was confirmed", n)
		}
		done := k.chat(t, k.confirm(t, form, map[string]any{"place.room": "3.14", "labels": []any{"paper", "noise"}, "people": 7, "confidential": true}))
		if done.ActionReview != nil || done.AuthChallengeRequest != nil || *done.ConversationId != *read.ConversationId {
			t.Errorf("the confirmation answered %q", *done.SystemMessage)
		}
		want := `{"subject":"Printer on floor 3 jams","priority":"urgent","dueBy":"2026-12-01","people":7,"confidential":true,"labels":["paper","noise"],"place":{"room":"3.14"},"origin":"parley"}`
		sameTickets(t, d, want)
		kept(t, k, read, form, done)
	})
}

// reviewed demands every member of the form that the service's model has.
func reviewed(t *testing.T, k *talk, form *qbusiness.ChatSyncOutput) {
	t.Helper()
	r := form.ActionReview
	if *r.PluginId != k.plugin || r.PluginType != types.PluginTypeCustom || *r.PayloadFieldNameSeparator != "." {
		t.Errorf("form of plugin %s, type %s, separator %q", *r.PluginId, r.PluginType, *r.PayloadFieldNameSeparator)
	}
	got := map[string]string{}
	for key, f := range r.Payload {
		got[key] = described(t, f)
	}
	want := map[string]string{
		"subject":      `1 "Subject" STRING required "What is broken, in one line." value "Printer on floor 3 jams"`,
		"priority":     `2 "Priority" STRING optional "How badly it hurts." value "urgent" allowed ["low"="low" "normal"="normal" "urgent"="urgent"]`,
		"dueBy":        `3 "Due by" STRING optional "When it has to work again." format "date" value "2026-12-01"`,
		"people":       `4 "People" NUMBER optional "How many people cannot work."`,
		"confidential": `5 "confidential" BOOLEAN optional "Whether only the desk may see it."`,
		"labels":       `6 "labels" ARRAY optional "Words to find it by." items {"type":"string"}`,
		"place.room":   `7 "Room" STRING optional "The number of the room."`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
}

// described writes a field of a form in one line.
func described(t *testing.T, f types.ActionReviewPayloadField) string {
	t.Helper()
	need := "optional"
	if f.Required != nil && *f.Required {
		need = "required"
	}
	out := fmt.Sprintf("%d %q %s %s %q", *f.DisplayOrder, *f.DisplayName, f.Type, need, *f.DisplayDescription)
	if f.AllowedFormat != nil {
		out += fmt.Sprintf(" format %q", *f.AllowedFormat)
	}
	if v := plain(t, f.Value); v != nil {
		out += " value " + written(t, v)
	}
	var allowed []string
	for _, a := range f.AllowedValues {
		allowed = append(allowed, written(t, plain(t, a.Value))+"="+written(t, plain(t, a.DisplayValue)))
	}
	if len(allowed) > 0 {
		out += fmt.Sprint(" allowed ", allowed)
	}
	if v := plain(t, f.ArrayItemJsonSchema); v != nil {
		out += " items " + written(t, v)
	}
	return out
}

func written(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// sameTickets compares what the desk has with JSON objects.
func sameTickets(t *testing.T, d *desk, want ...string) {
	t.Helper()
	var got, wanted []any
	for _, text := range d.made() {
		got = append(got, asObject(t, text))
	}
	for _, text := range want {
		wanted = append(wanted, asObject(t, text))
	}
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("tickets (-want +got):\n%s", diff)
	}
}

func asObject(t *testing.T, text string) (v map[string]any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

// kept demands the three turns in the lists, and nothing of them after they were
// deleted.
func kept(t *testing.T, k *talk, read, form, done *qbusiness.ChatSyncOutput) {
	t.Helper()
	if diff := cmp.Diff([]string{*read.ConversationId}, k.conversations(t)); diff != "" {
		t.Errorf("conversations (-want +got):\n%s", diff)
	}
	all := k.messages(t, read.ConversationId)
	var got, want []string
	for _, m := range all {
		got = append(got, string(m.Type)+" "+*m.MessageId)
	}
	for _, out := range []*qbusiness.ChatSyncOutput{read, form, done} {
		want = append(want, "USER "+*out.UserMessageId, "SYSTEM "+*out.SystemMessageId)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("messages (-want +got):\n%s", diff)
	}
	if *all[0].Body != askOpen || *all[1].Body != *read.SystemMessage || *all[5].Body != *done.SystemMessage {
		t.Errorf("bodies %q, %q, %q", *all[0].Body, *all[1].Body, *all[5].Body)
	}
	if all[3].ActionReview == nil || len(all[3].ActionReview.Payload) != len(form.ActionReview.Payload) {
		t.Errorf("the form is not kept: %+v", all[3].ActionReview)
	}
	if e := all[4].ActionExecution; e == nil || plain(t, e.Payload["place.room"].Value) != "3.14" {
		t.Errorf("what was confirmed is not kept: %+v", e)
	}
	must(k.DeleteConversation(t.Context(), &qbusiness.DeleteConversationInput{ApplicationId: &k.app, ConversationId: read.ConversationId}))(t)
	_, err := k.ListMessages(t.Context(), &qbusiness.ListMessagesInput{ApplicationId: &k.app, ConversationId: read.ConversationId})
	missing(t, err, "conversation", *read.ConversationId)
	_, err = k.ChatSync(t.Context(), follow(done, k.message(askOpen)))
	missing(t, err, "conversation", *read.ConversationId)
	if ids := k.conversations(t); len(ids) != 0 {
		t.Errorf("conversations after the delete: %q", ids)
	}
}

// missing demands a ResourceNotFoundException of the resource.
func missing(t *testing.T, err error, kind, id string) {
	t.Helper()
	if e := fails[*types.ResourceNotFoundException](t, err); *e.ResourceType != kind || *e.ResourceId != id {
		t.Errorf("not found: %s %s, want %s %s", *e.ResourceType, *e.ResourceId, kind, id)
	}
}

// conflicts demands a ConflictException about the resource, with the words.
func conflicts(t *testing.T, err error, kind, id, words string) {
	t.Helper()
	e := fails[*types.ConflictException](t, err)
	if *e.ResourceType != kind || *e.ResourceId != id || !strings.Contains(e.ErrorMessage(), words) {
		t.Errorf("conflict about %s %s: %q, want %s %s: %q", *e.ResourceType, *e.ResourceId, e.ErrorMessage(), kind, id, words)
	}
}

// TestOnlyWhatWasReviewed: a confirmation that is not the answer of that user to
// that form is refused, and nothing is sent.
func TestOnlyWhatWasReviewed(t *testing.T) {
	talking(t, func(t *testing.T, k *talk, d *desk) {
		first := k.say(t, nil, askOpen)
		form := k.form(t, first)
		execution := func(change func(in *qbusiness.ChatSyncInput)) *qbusiness.ChatSyncInput {
			in := k.confirm(t, form, nil)
			change(in)
			return in
		}
		for name, tc := range map[string]struct {
			in    *qbusiness.ChatSyncInput
			field string
		}{
			"a key that the form has not":  {k.confirm(t, form, map[string]any{"status": "solved"}), "actionExecution.payload.status"},
			"a hidden key":                 {k.confirm(t, form, map[string]any{"origin": "me"}), "actionExecution.payload.origin"},
			"a key in another form":        {k.confirm(t, form, map[string]any{"place/room": "1"}), "actionExecution.payload.place/room"},
			"a value that is not allowed":  {k.confirm(t, form, map[string]any{"priority": "high"}), "actionExecution.payload.priority"},
			"a value of another type":      {k.confirm(t, form, map[string]any{"people": "many"}), "actionExecution.payload.people"},
			"a value in another format":    {k.confirm(t, form, map[string]any{"dueBy": "soon"}), "actionExecution.payload.dueBy"},
			"without a required one":       {execution(func(in *qbusiness.ChatSyncInput) { delete(in.ActionExecution.Payload, "subject") }), "actionExecution.payload.subject"},
			"another separator":            {execution(func(in *qbusiness.ChatSyncInput) { in.ActionExecution.PayloadFieldNameSeparator = new("/") }), "actionExecution.payloadFieldNameSeparator"},
			"another parent":               {execution(func(in *qbusiness.ChatSyncInput) { in.ParentMessageId = first.SystemMessageId }), "actionExecution"},
			"the user's message as parent": {execution(func(in *qbusiness.ChatSyncInput) { in.ParentMessageId = form.UserMessageId }), "actionExecution"},
			"without a parent":             {execution(func(in *qbusiness.ChatSyncInput) { in.ParentMessageId = nil }), "parentMessageId"},
			"a message beside it":          {execution(func(in *qbusiness.ChatSyncInput) { in.UserMessage = new("yes") }), "actionExecution"},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := k.ChatSync(t.Context(), tc.in)
				refusedMember(t, err, tc.field)
			})
		}
		_, err := k.ChatSync(t.Context(), k.as("mallory").confirm(t, form, nil))
		missing(t, err, "conversation", *form.ConversationId)
		sameTickets(t, d)
		k.chat(t, k.confirm(t, form, nil)) // none of this has spoilt the form
		if n := len(d.made()); n != 1 {
			t.Errorf("%d tickets", n)
		}
	})
}

// TestConfirmedOnce: neither a replay nor an old form is sent; the same request
// with its clientToken is answered again.
func TestConfirmedOnce(t *testing.T) {
	talking(t, func(t *testing.T, k *talk, d *desk) {
		form := k.form(t, nil)
		in := k.confirm(t, form, nil)
		in.ClientToken = new("confirmed-1")
		done := k.chat(t, in)
		again := k.chat(t, in)
		if *again.SystemMessageId != *done.SystemMessageId || *again.SystemMessage != *done.SystemMessage {
			t.Errorf("the token answered %s, then %s", *done.SystemMessageId, *again.SystemMessageId)
		}
		in.ActionExecution = k.confirm(t, form, map[string]any{"people": 3}).ActionExecution
		_, err := k.ChatSync(t.Context(), in)
		conflicts(t, err, "clientToken", "confirmed-1", "")
		_, err = k.ChatSync(t.Context(), k.confirm(t, form, nil))
		conflicts(t, err, "message", *form.SystemMessageId, "was confirmed before")
		if n := len(d.made()); n != 1 {
			t.Errorf("%d tickets", n)
		}
		old := k.form(t, done)
		k.say(t, old, askOpen)
		_, err = k.ChatSync(t.Context(), k.confirm(t, old, nil))
		refusedMember(t, err, "parentMessageId")
		_, err = k.ChatSync(t.Context(), follow(done, k.message(askOpen)))
		refusedMember(t, err, "parentMessageId")
		if n := len(d.made()); n != 1 {
			t.Errorf("%d tickets", n)
		}
	})
}

// TestUsersApart: nobody sees another's conversations.
func TestUsersApart(t *testing.T) {
	talking(t, func(t *testing.T, k *talk, _ *desk) {
		ann, bob := k.as("ann"), k.as("bob")
		hers := ann.say(t, nil, askOpen)
		bob.say(t, nil, askOpen)
		if ids := ann.conversations(t); len(ids) != 1 || ids[0] != *hers.ConversationId {
			t.Errorf("ann has %q", ids)
		}
		for _, other := range []*talk{bob, k} {
			_, err := other.ChatSync(t.Context(), follow(hers, other.message(askOpen)))
			missing(t, err, "conversation", *hers.ConversationId)
			in := &qbusiness.DeleteConversationInput{ApplicationId: &k.app, ConversationId: hers.ConversationId, UserId: other.request().UserId}
			_, err = k.DeleteConversation(t.Context(), in)
			missing(t, err, "conversation", *hers.ConversationId)
			_, err = k.ListMessages(t.Context(), &qbusiness.ListMessagesInput{ApplicationId: &k.app, ConversationId: hers.ConversationId, UserId: in.UserId})
			missing(t, err, "conversation", *hers.ConversationId)
		}
		ann.say(t, hers, askOpen)
		if n := len(ann.messages(t, hers.ConversationId)); n != 4 {
			t.Errorf("%d messages", n)
		}
	})
}

// TestKilledBetweenReviewAndExecution: the form outlives the server.
func TestKilledBetweenReviewAndExecution(t *testing.T) {
	talking(t, func(t *testing.T, k *talk, d *desk) {
		form := k.form(t, nil)
		k.crash(t)
		_, err := k.ChatSync(t.Context(), k.confirm(t, form, map[string]any{"status": "solved"}))
		refusedMember(t, err, "actionExecution.payload.status")
		done := k.chat(t, k.confirm(t, form, nil))
		k.crash(t)
		_, err = k.ChatSync(t.Context(), k.confirm(t, form, nil))
		conflicts(t, err, "message", *form.SystemMessageId, "was confirmed before")
		sameTickets(t, d, `{"subject":"Printer on floor 3 jams","priority":"urgent","dueBy":"2026-12-01","origin":"parley"}`)
		if n := len(k.messages(t, done.ConversationId)); n != 4 {
			t.Errorf("%d messages", n)
		}
	})
}

// TestStrangersInAChat: what people get wrong first, and the sentence they read.
func TestStrangersInAChat(t *testing.T) {
	talking(t, func(t *testing.T, k *talk, d *desk) {
		in := k.message(askOpen)
		in.ChatModeConfiguration = nil
		_, err := k.ChatSync(t.Context(), in)
		refusedMember(t, err, "chatModeConfiguration.pluginConfiguration")

		in = k.message(askOpen)
		in.ChatMode = types.ChatModeRetrievalMode // and a plugin
		_, err = k.ChatSync(t.Context(), in)
		refusedMember(t, err, "chatModeConfiguration.pluginConfiguration")
		in = k.message(askOpen)
		in.ConversationId = new("0b6d8f4e-2f55-4c8e-9a52-7c1b2f6d3e90")
		_, err = k.ChatSync(t.Context(), in)
		missing(t, err, "conversation", *in.ConversationId)

		other := *k
		other.plugin = "0b6d8f4e-2f55-4c8e-9a52-7c1b2f6d3e90"
		_, err = k.ChatSync(t.Context(), other.message(askOpen))
		missing(t, err, "plugin", other.plugin)

		d.set(func(d *desk) { d.status = http.StatusForbidden })
		_, err = k.ChatSync(t.Context(), k.message(askOpen))
		e := fails[*types.ExternalResourceException](t, err)
		if !strings.Contains(e.ErrorMessage(), "status 403") || strings.Contains(e.ErrorMessage(), "you sent") {
			t.Errorf("a third party that refuses: %q", e.ErrorMessage())
		}
		must(k.UpdatePlugin(t.Context(), &qbusiness.UpdatePluginInput{ApplicationId: &k.app, PluginId: &k.plugin, State: types.PluginStateDisabled}))(t)
		_, err = k.ChatSync(t.Context(), k.message(askOpen))
		conflicts(t, err, "plugin", k.plugin, "DISABLED")
		if ids := k.conversations(t); len(ids) > 1 {
			t.Errorf("mistakes began %d conversations", len(ids))
		}
	})
}

// TestNowhereToCall: a server that was not told to allow it calls no loopback
// address, and says what to tell whom.
func TestNowhereToCall(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		d := newDesk(t)
		k := s.talkTo(t, "desk", d.document(t, ""), noAuth())
		_, err := k.ChatSync(t.Context(), k.message(askOpen))
		e := fails[*types.ExternalResourceException](t, err)
		if !strings.Contains(e.ErrorMessage(), d.URL) || !strings.Contains(e.ErrorMessage(), "tell the administrator") {
			t.Errorf("%q", e.ErrorMessage())
		}
		if n := len(d.arrived()); n != 0 {
			t.Errorf("%d requests arrived", n)
		}
	})
}

// TestWhatPeopleThinkOfAnswers is kept, of answers that they were given.
func TestWhatPeopleThinkOfAnswers(t *testing.T) {
	talking(t, func(t *testing.T, k *talk, _ *desk) {
		out := k.chat(t, k.message(askOpen))
		think := func(message *string) error {
			_, err := k.PutFeedback(t.Context(), &qbusiness.PutFeedbackInput{
				ApplicationId: &k.app, ConversationId: out.ConversationId, MessageId: message, MessageCopiedAt: new(time.Now()),
				MessageUsefulness: &types.MessageUsefulnessFeedback{
					Usefulness: types.MessageUsefulnessNotUseful, Reason: types.MessageUsefulnessReasonNotComplete,
					Comment: new("Which floor?"), SubmittedAt: new(time.Now()),
				},
			})
			return err
		}
		if err := errors.Join(think(out.SystemMessageId), think(out.SystemMessageId)); err != nil {
			t.Fatal(err)
		}
		missing(t, think(out.UserMessageId), "message", *out.UserMessageId)
		_, err := k.PutFeedback(t.Context(), &qbusiness.PutFeedbackInput{ApplicationId: &k.app, ConversationId: out.ConversationId, MessageId: out.SystemMessageId})
		refusedMember(t, err, "messageUsefulness")
		_, err = k.GetMedia(t.Context(), &qbusiness.GetMediaInput{ApplicationId: &k.app, ConversationId: out.ConversationId, MessageId: out.SystemMessageId, MediaId: out.ConversationId})
		missing(t, err, "media", *out.ConversationId)
	})
}
