package chat

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/plan"
)

// Without a mode the server chooses: an action where one fits, documents otherwise.
func TestWithoutAModeTheServerChooses(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("canteen", "The canteen", canteen))
		out := b.chat(t, b.ask("List the open tickets"))
		if !strings.Contains(*out.SystemMessage, "T-100") || b.desk.arrived() != 1 {
			t.Errorf("an action: %s", *out.SystemMessage)
		}
		out = b.chat(t, after(out, b.ask("When does the canteen open?")))
		if !strings.Contains(*out.SystemMessage, "noon") || len(out.SourceAttributions) != 1 || b.desk.arrived() != 1 {
			t.Errorf("a document: %s", *out.SystemMessage)
		}
		form := b.chat(t, after(out, b.ask(`Create a ticket with subject "Soup" and priority low`)))
		if form.ActionReview == nil || *form.ActionReview.PluginID != deskID {
			t.Fatalf("a form: %s", *form.SystemMessage)
		}
		b.chat(t, b.confirm(form, nil))
		if len(b.desk.made()) != 1 {
			t.Errorf("made %q", b.desk.made())
		}
	})
}

// What an action answered and what documents say make one answer, and both are kept.
func TestActionsAndDocumentsAnswerTogether(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("rules", "Rules of the desk", "Open tickets are answered within four hours."))
		model := &oracle{replies: []reply{
			{events: calls("listTickets", `{"status":"open"}`)}, {events: calls("search_documents", "{}")},
			words("T-100 is open, and will be answered within four hours. [1]"),
		}}
		b.Model, b.Planner = model, plan.Model{LLM: model}
		out := b.chat(t, b.ask("When will the open tickets be answered?"))
		if *out.SystemMessage != "T-100 is open, and will be answered within four hours." || len(out.SourceAttributions) != 1 || *out.SourceAttributions[0].DocumentID != "rules" {
			t.Fatalf("%s; %+v", *out.SystemMessage, out.SourceAttributions)
		}
		if asked := heard(model.last()); !strings.Contains(asked, "Printer | on fire") || !strings.Contains(asked, "within four hours") {
			t.Errorf("the model is asked %s", asked)
		}
		kept, err := b.Answers(t.Context(), b.caller.Tenant(), b.app, b.caller.Principal, *out.ConversationID, *out.SystemMessageID)
		if err != nil || len(kept) != 1 || kept[0].Operation != "listTickets" {
			t.Errorf("kept: %+v, %v", kept, err)
		}
	})
}

// In RETRIEVAL_MODE no action is called, whatever is said.
func TestRetrievalCallsNoAction(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("tickets", "Open tickets", "The open tickets are listed on the board in the hall."))
		out := b.chat(t, b.inMode(api.ChatModeRetrievalMode, "List the open tickets"))
		if b.desk.arrived() != 0 || !strings.Contains(*out.SystemMessage, "board in the hall") {
			t.Errorf("%d calls; %s", b.desk.arrived(), *out.SystemMessage)
		}
	})
}

// In CREATOR_MODE the model alone answers; without a model that is said plainly.
func TestCreatorMode(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("canteen", "The canteen", canteen))
		out := b.chat(t, b.inMode(api.ChatModeCreatorMode, "Write a haiku about the canteen"))
		if !strings.Contains(*out.SystemMessage, "model") || out.SourceAttributions != nil {
			t.Errorf("without a model: %s", *out.SystemMessage)
		}
		model := &oracle{replies: []reply{words("Noon, and the doors part.")}}
		b.Model = model
		out = b.chat(t, b.inMode(api.ChatModeCreatorMode, "Write a haiku about the canteen"))
		if *out.SystemMessage != "Noon, and the doors part." || strings.Contains(heard(model.last()), canteen) {
			t.Errorf("%s", *out.SystemMessage)
		}
	})
}

// Who has no more than Q_LITE gets documents, and nothing else.
func TestWhatALiteSubscriptionGets(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("canteen", "The canteen", canteen))
		has := api.SubscriptionTypeQLite
		b.Licensed = func(_ context.Context, _ op.Caller, _ string, _ op.Person, least api.SubscriptionType) error {
			if has == api.SubscriptionTypeQLite && least == has {
				return nil
			}
			return &fault.Error{Code: fault.LicenseNotFound, Message: "You have no subscription."}
		}
		lacks := fault.Error{Code: fault.LicenseNotFound}
		for _, in := range []*api.ChatSyncInput{b.say("List the tickets"), b.inMode(api.ChatModeCreatorMode, "Write a haiku")} {
			_, err := try(t, b, api.ChatSync, in)
			optest.Refused(t, err, lacks)
		}
		b.chat(t, b.ask("List the open tickets"))
		if b.desk.arrived() != 0 {
			t.Error("an action was called")
		}
		if out := b.chat(t, b.ask("When does the canteen open?")); len(out.SourceAttributions) != 1 {
			t.Errorf("%s", *out.SystemMessage)
		}
		b.Model = &oracle{replies: []reply{words("A zebra is a horse in stripes.")}}
		b.control(t, api.UpdateChatControlsConfigurationInput{ResponseScope: new(api.ResponseScopeExtendedKnowledgeEnabled)})
		if out := b.chat(t, b.ask("What is a zebra?")); !strings.Contains(*out.SystemMessage, "horse in stripes") {
			t.Errorf("where the model may help out: %s", *out.SystemMessage)
		}
		has = ""
		for _, in := range []*api.ChatSyncInput{b.ask("When?"), b.inMode(api.ChatModeRetrievalMode, "When?")} {
			_, err := try(t, b, api.ChatSync, in)
			optest.Refused(t, err, lacks)
		}
		optest.Refused(t, b.streamIn(t, &api.ChatInput{}, asks("When?")), lacks)
		_, err := try(t, b, api.GetMedia, &api.GetMediaInput{ApplicationID: b.app, ConversationID: elsewhere, MessageID: noMessage, MediaID: noMessage})
		optest.Refused(t, err, lacks)
	})
}

// Guests have conversations over what is public, without anything that belongs to
// somebody.
func TestGuests(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.in(t, api.IdentityTypeAnonymous)
		b.stock(t, doc("canteen", "The canteen", canteen), doc("secret", "The secret canteen", "The canteen of the board opens at canary o'clock.", "ann@example.com"))
		out := b.chat(t, b.ask("When does the canteen open?"))
		if diff := cmp.Diff([]string{"canteen"}, cited(out.SourceAttributions)); diff != "" || strings.Contains(*out.SystemMessage, "canary") {
			t.Errorf("%s: %s", *out.SystemMessage, diff)
		}
		b.chat(t, after(out, b.inMode(api.ChatModeRetrievalMode, "And when does it close?")))
		must(t, b, api.PutFeedback, b.thinks(out, api.MessageUsefulnessUseful))
		l := b.stream(t, &api.ChatInput{}, asks("When does the canteen open?"))
		if len(l.metadata(t).SourceAttributions) != 1 {
			t.Errorf("%s", l.text())
		}
		b.chat(t, b.ask("List the open tickets"))
		if b.desk.arrived() != 0 {
			t.Error("an action was called for nobody")
		}
		_, err := try(t, b, api.ChatSync, withFiles(b.ask("x"), file("a.txt", "a")))
		optest.Refused(t, err, optest.Invalid("attachments"))
		optest.Refused(t, b.streamIn(t, &api.ChatInput{}, newLine(usesDesk(), says("List the tickets"), ends())), optest.Invalid("configurationEvent.chatMode"))
		_, err = try(t, b, api.GetMedia, &api.GetMediaInput{ApplicationID: b.app, ConversationID: *out.ConversationID, MessageID: *out.SystemMessageID, MediaID: noMessage})
		optest.Refused(t, err, fault.Error{Code: fault.AccessDenied})

		b.caller.Principal, b.caller.Root = "arn:aws:iam::111122223333:user/other", false
		_, err = try(t, b, api.ChatSync, after(out, b.ask("x"))) // somebody else's credentials
		optest.Refused(t, err, absent(*out.ConversationID))
		_, err = try(t, b, api.PutFeedback, b.thinks(out, api.MessageUsefulnessUseful))
		optest.Refused(t, err, absent(*out.ConversationID))
	})
}

// The model is told who asks where the application says so, and nobody else.
func TestPersonalization(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		model := &oracle{replies: []reply{words("Hello.")}}
		b.Model = model
		in := func() *api.ChatSyncInput {
			return as("ann@example.com", b.inMode(api.ChatModeCreatorMode, "Write a greeting"))
		}
		b.chat(t, in())
		if strings.Contains(heard(model.last()), "ann@example.com") {
			t.Error("the model is told who asks, and nobody switched that on")
		}
		must(t, b, api.UpdateApplication, &api.UpdateApplicationInput{ApplicationID: b.app,
			PersonalizationConfiguration: &api.PersonalizationConfiguration{PersonalizationControlMode: api.PersonalizationControlModeEnabled}})
		b.chat(t, in())
		if !strings.Contains(heard(model.last()), "ann@example.com") {
			t.Errorf("the model is not told who asks: %s", heard(model.last()))
		}
	})
}

// What the identity store knows of somebody's job is told too.
func TestPersonalizationByTheIdentityStore(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		model := &oracle{replies: []reply{words("Hello.")}}
		b.Model = model
		b.in(t, api.IdentityTypeAwsIAMIDC)
		must(t, b, api.UpdateApplication, &api.UpdateApplicationInput{ApplicationID: b.app,
			PersonalizationConfiguration: &api.PersonalizationConfiguration{PersonalizationControlMode: api.PersonalizationControlModeEnabled}})
		b.caller = session(nil, &op.Person{ID: "90000000-0000-4000-8000-000000000001"})
		b.chat(t, b.inMode(api.ChatModeCreatorMode, "Write a greeting"))
		if !strings.Contains(heard(model.last()), `"title":"Baker"`) {
			t.Errorf("the model is not told what she is: %s", heard(model.last()))
		}
	})
}

func TestAPluginWithoutItsMode(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		in := b.say("List the tickets")
		in.ChatMode = nil
		_, err := try(t, b, api.ChatSync, in)
		optest.Refused(t, err, optest.Invalid("chatModeConfiguration.pluginConfiguration"))
		in.ChatMode = new(api.ChatModeRetrievalMode)
		_, err = try(t, b, api.ChatSync, in)
		optest.Refused(t, err, optest.Invalid("chatModeConfiguration.pluginConfiguration"))
	})
}

// Of several plugins the one is called that the message is about, and what was
// reviewed of one is confirmed to it.
func TestSeveralPlugins(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.desk.kitchen = true
		order := plan.Decision{Call: &plan.Call{Tool: 4, Args: action.Args{"meal": json.RawMessage(`"Soup"`)}}}
		b.Planner = &script{decisions: []plan.Decision{order}}
		form := b.chat(t, b.ask("I am hungry"))
		if form.ActionReview == nil || *form.ActionReview.PluginID != otherID {
			t.Fatalf("%s", *form.SystemMessage)
		}
		in := b.confirm(form, nil)
		in.ActionExecution.PluginID = deskID
		_, err := try(t, b, api.ChatSync, in)
		optest.Refused(t, err, optest.Invalid("actionExecution.pluginId"))
		done := b.chat(t, b.confirm(form, nil))
		if !strings.HasPrefix(*done.SystemMessage, "Done: “Order a meal” was carried out by Kitchen.") || b.desk.calls[0] != "POST /orders" {
			t.Errorf("%s; calls %q", *done.SystemMessage, b.desk.calls)
		}
		b.Planner = plan.Words{}
		b.chat(t, after(done, b.ask("List the open tickets")))
		if last := b.desk.calls[len(b.desk.calls)-1]; last != "GET /tickets?status=open" {
			t.Errorf("called %s", last)
		}
	})
}
