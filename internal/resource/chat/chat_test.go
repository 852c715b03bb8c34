package chat

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/plan"
)

func TestAReadRunsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		out := b.chat(t, b.say("List the open tickets"))
		const table = "| id | subject | status |\n| --- | --- | --- |\n| T-100 | Printer \\| on fire | open |\n| T-101 | No coffee | closed |"
		if *out.SystemMessage != table {
			t.Errorf("got\n%s\nwant\n%s", *out.SystemMessage, table)
		}
		if out.ActionReview != nil || out.AuthChallengeRequest != nil {
			t.Errorf("a form or a challenge: %+v", out)
		}
		if got := b.desk.calls; !slices.Equal(got, []string{"GET /tickets?status=open"}) {
			t.Errorf("calls %q", got)
		}
		want := []string{"List the open tickets", table}
		if diff := cmp.Diff(want, b.bodies(t, out)); diff != "" {
			t.Error(diff)
		}
		list := must(t, b, api.ListConversations, &api.ListConversationsInput{ApplicationID: b.app}).Conversations
		if len(list) != 1 || *list[0].ConversationID != *out.ConversationID || *list[0].Title != "List the open tickets" || !list[0].StartTime.Equal(b.clock.Now()) {
			t.Errorf("conversations %+v", list)
		}
	})
}

func TestMessagesAreListedAsTheyWere(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		review := b.form(t)
		b.clock.Advance(time.Second)
		confirmed := b.confirm(review, map[string]string{"due": `"2026-02-01"`})
		done := b.chat(t, confirmed)
		got := b.messages(t, done)
		if len(got) != 4 {
			t.Fatalf("%d messages", len(got))
		}
		for i, want := range []struct {
			id     *string
			kind   api.MessageType
			review *api.ActionReview
			run    *api.ActionExecution
		}{
			{review.UserMessageID, api.MessageTypeUser, nil, nil},
			{review.SystemMessageID, api.MessageTypeSystem, review.ActionReview, nil},
			{done.UserMessageID, api.MessageTypeUser, nil, confirmed.ActionExecution},
			{done.SystemMessageID, api.MessageTypeSystem, nil, nil},
		} {
			m := got[i]
			if *m.MessageID != *want.id || *m.Type != want.kind {
				t.Errorf("message %d is %s of %s, want %s of %s", i, *m.MessageID, *m.Type, *want.id, want.kind)
			}
			if diff := cmp.Diff(want.review, m.ActionReview); diff != "" {
				t.Errorf("message %d: review: %s", i, diff)
			}
			if diff := cmp.Diff(want.run, m.ActionExecution); diff != "" {
				t.Errorf("message %d: execution: %s", i, diff)
			}
			if i > 0 && !m.Time.After(*got[i-1].Time) {
				t.Errorf("message %d is not after the one before: %s, %s", i, m.Time, got[i-1].Time)
			}
		}
	})
}

func TestAWriteIsReviewedThenSentAsConfirmed(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		out := b.form(t)
		if n := b.desk.arrived(); n != 0 {
			t.Fatalf("%d calls before the confirmation", n)
		}
		if want := "Check the form for “Create a ticket” and confirm it. Nothing is sent to Desk until you do."; *out.SystemMessage != want {
			t.Errorf("got  %s\nwant %s", *out.SystemMessage, want)
		}
		text := func(s string) json.RawMessage { b, _ := json.Marshal(s); return b }
		choice := func(s string) api.ActionReviewPayloadFieldAllowedValue {
			return api.ActionReviewPayloadFieldAllowedValue{Value: text(s), DisplayValue: text(s)}
		}
		want := &api.ActionReview{
			PluginID: new(deskID), PluginType: new(api.PluginTypeCustom), PayloadFieldNameSeparator: new("."),
			Payload: map[string]api.ActionReviewPayloadField{
				"subject": {
					DisplayName: new("Subject"), DisplayOrder: new(int32(1)), DisplayDescription: new("What it is about"),
					Type: new(api.ActionPayloadFieldTypeString), Value: text("Printer on fire"), Required: new(true),
				},
				"priority": {
					DisplayName: new("Priority"), DisplayOrder: new(int32(2)), DisplayDescription: new("How urgent it is"),
					Type: new(api.ActionPayloadFieldTypeString), Value: text("high"), Required: new(true),
					AllowedValues: []api.ActionReviewPayloadFieldAllowedValue{choice("low"), choice("high")},
				},
				"due": {
					DisplayName: new("due"), DisplayOrder: new(int32(3)), DisplayDescription: new("When it has to be done"),
					Type: new(api.ActionPayloadFieldTypeString), AllowedFormat: new("date"), Required: new(false),
				},
				"tags": {
					DisplayName: new("tags"), DisplayOrder: new(int32(4)), DisplayDescription: new("Labels"),
					Type: new(api.ActionPayloadFieldTypeArray), ArrayItemJSONSchema: json.RawMessage(`{"type":"string"}`), Required: new(false),
				},
				"urgent": {
					DisplayName: new("urgent"), DisplayOrder: new(int32(5)), DisplayDescription: new("Whether somebody waits"),
					Type: new(api.ActionPayloadFieldTypeBoolean), Required: new(false),
				},
			},
		}
		if diff := cmp.Diff(want, out.ActionReview); diff != "" {
			t.Error(diff)
		}
		done := b.chat(t, b.confirm(out, map[string]string{"priority": `"low"`, "tags": `["a","b"]`}))
		if want := "Done: “Create a ticket” was carried out by Desk.\n\n- **id**: T-1\n- **status**: open"; *done.SystemMessage != want {
			t.Errorf("got  %s\nwant %s", *done.SystemMessage, want)
		}
		made := b.desk.made()
		if len(made) != 1 {
			t.Fatalf("made %q", made)
		}
		same(t, made[0], `{"subject":"Printer on fire","priority":"low","tags":["a","b"],"source":"parley"}`)
		if bodies := b.bodies(t, done); len(bodies) != 4 || bodies[2] != "Confirmed: “Create a ticket”." {
			t.Errorf("messages %q", bodies)
		}
	})
}

func TestAFormShowsWhatIsStillToFillIn(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		out := b.chat(t, b.say("Create a ticket with priority high"))
		if out.ActionReview == nil || !strings.HasSuffix(*out.SystemMessage, "Still to fill in: Subject.") {
			t.Fatalf("%s", *out.SystemMessage)
		}
		_, err := try(t, b, api.ChatSync, b.confirm(out, nil))
		optest.Refused(t, err, optest.Invalid("actionExecution.payload.subject"))
		b.chat(t, b.confirm(out, map[string]string{"subject": `"Now"`})) // the refusal has left the form as it was
		if n := len(b.desk.made()); n != 1 {
			t.Errorf("made %d", n)
		}
	})
}

func TestAReadThatLacksAnInputIsAskedForInWords(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		out := b.chat(t, b.say("Show me the ticket"))
		if b.desk.arrived() != 0 || !strings.Contains(*out.SystemMessage, "?") && !strings.Contains(*out.SystemMessage, "tell me") {
			t.Fatalf("%s", *out.SystemMessage)
		}
		next := b.chat(t, after(out, b.say("T-5")))
		if !strings.Contains(*next.SystemMessage, "- **id**: T-5\n") {
			t.Errorf("%s", *next.SystemMessage)
		}
	})
}

func TestTheWholeAnswerIsKept(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.desk.set(func(d *desk) { d.big = 5000 })
		out := b.chat(t, b.say("List the tickets"))
		if n := len([]rune(*out.SystemMessage)); n > 7000 {
			t.Errorf("a message of %d characters", n)
		}
		if !strings.Contains(*out.SystemMessage, "and 4982 more") || !strings.HasSuffix(*out.SystemMessage, "bytes of the answer are kept with this message.)") {
			t.Errorf("%s", *out.SystemMessage)
		}
		kept, err := b.Answers(t.Context(), b.caller.Tenant(), b.app, b.caller.Principal, *out.ConversationID, *out.SystemMessageID)
		if err != nil || len(kept) != 1 {
			t.Fatalf("%d answers, %v", len(kept), err)
		}
		b.desk.mu.Lock()
		whole := b.desk.list()
		b.desk.mu.Unlock()
		want := Answer{
			Plugin: deskID, Operation: "listTickets", Status: 200, MediaType: "application/json", Size: int64(len(whole)),
			RequestID: "req-7", Sent: kept[0].Sent, Body: []byte(whole),
		}
		if diff := cmp.Diff(want, kept[0]); diff != "" {
			t.Error(diff)
		}
		_, err = b.Answers(t.Context(), b.caller.Tenant(), b.app, b.caller.Principal, *out.ConversationID, *out.ConversationID)
		optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "message", ResourceID: *out.ConversationID})
		_, err = b.Answers(t.Context(), b.caller.Tenant(), b.app, "bob", *out.ConversationID, *out.SystemMessageID)
		optest.Refused(t, err, absent(*out.ConversationID))
	})
}

func absent(id string) fault.Error {
	return fault.Error{Code: fault.ResourceNotFound, ResourceType: "conversation", ResourceID: id}
}

func conflict(resourceType, id string) fault.Error {
	return fault.Error{Code: fault.Conflict, ResourceType: resourceType, ResourceID: id}
}

// A planner with a model may look several things up before it answers. Each
// answer is kept, and what was said before is known to it.
func TestChainedReads(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		first := b.chat(t, b.say("List the tickets"))
		reads := func(tool int, args action.Args) plan.Decision {
			return plan.Decision{Call: &plan.Call{Tool: tool, Args: args}}
		}
		planner := &script{decisions: []plan.Decision{
			reads(0, action.Args{"status": json.RawMessage(`"open"`)}),
			reads(2, action.Args{"ticketId": json.RawMessage(`"T-100"`)}),
			{Text: "The printer is on fire."},
		}}
		b.Planner = planner
		out := b.chat(t, after(first, b.say("What is the oldest one about?")))
		if *out.SystemMessage != "The printer is on fire." {
			t.Errorf("%s", *out.SystemMessage)
		}
		kept, err := b.Answers(t.Context(), b.caller.Tenant(), b.app, b.caller.Principal, *out.ConversationID, *out.SystemMessageID)
		if err != nil || len(kept) != 2 || kept[0].Operation != "listTickets" || kept[1].Operation != "getTicket" {
			t.Fatalf("%+v, %v", kept, err)
		}
		last := planner.asked[2]
		if len(last.Steps) != 2 || last.Steps[1].Result != string(kept[1].Body) || !last.Now.Equal(b.clock.Now()) {
			t.Errorf("steps %+v", last.Steps)
		}
		want := []plan.Utterance{{Person: true, Text: "List the tickets"}, {Text: *first.SystemMessage}}
		if diff := cmp.Diff(want, last.History); diff != "" {
			t.Error(diff)
		}
	})
}
