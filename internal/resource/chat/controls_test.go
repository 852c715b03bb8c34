package chat

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/resource/document"
)

// control changes the application's chat controls.
func (b *bench) control(t testing.TB, in api.UpdateChatControlsConfigurationInput) {
	t.Helper()
	in.ApplicationID = b.app
	must(t, b, api.UpdateChatControlsConfiguration, &in)
}

func TestWhatIsSwitchedOffIsRefused(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.control(t, api.UpdateChatControlsConfigurationInput{CreatorModeConfiguration: &api.CreatorModeConfiguration{CreatorModeControl: api.CreatorModeControlDisabled}})
		_, err := try(t, b, api.ChatSync, b.inMode(api.ChatModeCreatorMode, "Write a haiku"))
		optest.Refused(t, err, optest.Invalid("chatMode"))
		_, err = try(t, b, api.ChatSync, withFiles(b.ask("x"), file("a.txt", "a")))
		optest.Refused(t, err, optest.Invalid("attachments"))
		b.control(t, api.UpdateChatControlsConfigurationInput{OrchestrationConfiguration: &api.OrchestrationConfiguration{Control: api.OrchestrationControlDisabled}})
		b.chat(t, b.ask("List the open tickets"))
		if b.desk.arrived() != 0 {
			t.Error("an action was called")
		}
		b.chat(t, b.say("List the open tickets")) // who names a plugin gets it
		if b.desk.arrived() != 1 {
			t.Error("no action was called")
		}
	})
}

// The model's own knowledge answers only where the response scope has it.
func TestTheResponseScope(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		model := &oracle{replies: []reply{words("Paris, from what I know.")}}
		b.Model = model
		in := func() *api.ChatSyncInput {
			return b.inMode(api.ChatModeRetrievalMode, "What is the capital of France?")
		}
		if out := b.chat(t, in()); len(model.asked) != 0 {
			t.Errorf("the model was asked: %s", *out.SystemMessage)
		}
		b.control(t, api.UpdateChatControlsConfigurationInput{ResponseScope: new(api.ResponseScopeExtendedKnowledgeEnabled)})
		if out := b.chat(t, in()); !strings.HasSuffix(*out.SystemMessage, "Paris, from what I know.") {
			t.Errorf("%s", *out.SystemMessage)
		}
	})
}

// Blocked phrases are neither answered nor said, in a stream cut anywhere.
func TestBlockedPhrases(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("canteen", "The canteen", canteen))
		b.control(t, api.UpdateChatControlsConfigurationInput{BlockedPhrasesConfigurationUpdate: &api.BlockedPhrasesConfigurationUpdate{
			BlockedPhrasesToCreateOrUpdate: []string{"golden parachute"}, SystemMessageOverride: new("Not here."),
		}})
		var told []Told
		b.Done = func(x Told) { told = append(told, x) }
		model := &oracle{replies: []reply{words("The canteen has a golden parachute on the menu. [1]")}}
		b.Model = model
		if out := b.chat(t, b.ask("What is a golden parachute?")); *out.SystemMessage != "Not here." || len(model.asked) != 0 {
			t.Errorf("%s", *out.SystemMessage)
		}
		if out := b.chat(t, b.say("List the tickets of the golden parachute")); *out.SystemMessage != "Not here." || b.desk.arrived() != 0 {
			t.Errorf("with a plugin: %s", *out.SystemMessage)
		}
		told = told[:1]
		l := b.stream(t, &api.ChatInput{}, newLine(retrieves(), says("When does the canteen open?"), ends()))
		if final := *l.metadata(t).FinalTextMessage; final != "Not here." || l.text() != final || strings.Contains(strings.Join(b.textsOf(l), "|"), "parachute") {
			t.Errorf("told %q, final %q", b.textsOf(l), final)
		}
		if len(told) != 2 || told[0].Outcome != Blocked || told[1].Outcome != Blocked {
			t.Errorf("%+v", told)
		}
	})
}

// What was refused is not told to the model later: nobody gets it by "answer that".
func TestWhatWasRefusedIsNotRemembered(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.control(t, api.UpdateChatControlsConfigurationInput{BlockedPhrasesConfigurationUpdate: &api.BlockedPhrasesConfigurationUpdate{
			BlockedPhrasesToCreateOrUpdate: []string{"golden parachute"},
		}})
		model := &oracle{replies: []reply{words("It has a golden parachute."), words("A summary.")}}
		b.Model = model
		said := func(text string) *api.ChatSyncInput { return b.inMode(api.ChatModeCreatorMode, text) }
		out := b.chat(t, said("What does canary-one have? "+strings.Repeat("Tell me. ", 1200)))
		out = b.chat(t, after(out, said("And who has the golden parachute of canary-two?")))
		b.chat(t, after(out, said("Answer that.")))
		if told := heard(model.last()); strings.Contains(told, "canary") {
			t.Errorf("the model is told: %s", told)
		}
		b.work(t)
		for _, r := range model.summaries() {
			if strings.Contains(heard(r), "canary") {
				t.Errorf("the summary is made of %s", heard(r))
			}
		}
	})
}

// An answer that broke off cites nothing, so that nobody knows later whether it may
// still be told.
func TestWhatBrokeOffIsNotRemembered(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		model := &oracle{replies: []reply{words("The bonus is canary-million, and ").breaking(&llm.Error{Reason: llm.Unavailable}), words("Well.")}}
		b.Model = model
		b.stock(t, doc("secret", "Bonus", "The bonus is canary-million."))
		l := newLine(retrieves(), says("What is the bonus?"), ends())
		if err := b.streamIn(t, &api.ChatInput{}, l); err == nil {
			t.Fatal("it did not break off")
		}
		in := b.inMode(api.ChatModeCreatorMode, "Go on.")
		in.ConversationID = l.told[0].TextEvent.ConversationID
		b.chat(t, in)
		if told := heard(model.last()); strings.Contains(told, "canary-million") || !strings.Contains(told, "What is the bonus?") {
			t.Errorf("the model is told: %s", told)
		}
	})
}

// textsOf are the texts of a stream as they were told.
func (b *bench) textsOf(l *line) (texts []string) {
	for _, e := range l.told {
		if e.TextEvent != nil {
			texts = append(texts, *e.TextEvent.SystemMessage)
		}
	}
	return texts
}

// A topic may be answered from some data sources only, to some people: what is
// outside cannot crowd out what is inside.
func TestATopicIsAnsweredFromItsSources(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("rumour", "Salaries", "Salaries are paid when the moon is full."))
		source := "d4000000-0000-4000-8000-000000000001"
		failed, err := b.docs.documents.Put(t.Context(), document.Place{Tenant: b.caller.Tenant(), Application: b.app, Index: b.docs.idx, Source: source},
			[]document.Incoming{{ID: "official", Title: "Salaries", ContentType: string(api.ContentTypePlainText), Data: []byte("Salaries are paid on the last day of the month.")}})
		if err != nil || len(failed) > 0 {
			t.Fatal(err, failed)
		}
		b.stock(t)
		b.control(t, api.UpdateChatControlsConfigurationInput{TopicConfigurationsToCreateOrUpdate: []api.TopicConfiguration{{
			Name: "pay", Description: new("Salaries and when they are paid"), ExampleChatMessages: []string{"When are salaries paid?", "Tell me about salaries"},
			Rules: []api.Rule{{
				RuleType: api.RuleTypeContentRetrievalRule, IncludedUsersAndGroups: &api.UsersAndGroups{UserGroups: []string{"staff"}},
				RuleConfiguration: &api.RuleConfiguration{ContentRetrievalRule: &api.ContentRetrievalRule{
					EligibleDataSources: []api.EligibleDataSource{{IndexID: &b.docs.idx, DataSourceID: &source}},
				}},
			}},
		}}})
		ask := func(groups ...string) []string {
			in := as("ann", b.inMode(api.ChatModeRetrievalMode, "When are salaries paid?"))
			in.UserGroups = groups
			return cited(b.chat(t, in).SourceAttributions)
		}
		if diff := cmp.Diff([]string{"official"}, ask("staff")); diff != "" {
			t.Error(diff)
		}
		if got := ask(); len(got) == 0 || got[0] != "rumour" && !strings.Contains(strings.Join(got, " "), "rumour") {
			t.Errorf("somebody else: %q", got)
		}
		must(t, b, api.PutGroup, &api.PutGroupInput{ApplicationID: b.app, IndexID: b.docs.idx, GroupName: "staff", Type: api.MembershipTypeIndex,
			GroupMembers: api.GroupMembers{MemberUsers: []api.MemberUser{{UserID: "ann", Type: new(api.MembershipTypeIndex)}}}})
		if diff := cmp.Diff([]string{"official"}, ask()); diff != "" {
			t.Errorf("a group that was put: %s", diff)
		}
	})
}

// An answer that the passages do not bear out is replaced, in the stream and in
// what is stored.
func TestWhatIsNotBorneOutIsReplaced(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("canteen", "The canteen", canteen))
		b.control(t, api.UpdateChatControlsConfigurationInput{
			OrchestrationConfiguration:          &api.OrchestrationConfiguration{Control: api.OrchestrationControlDisabled},
			HallucinationReductionConfiguration: &api.HallucinationReductionConfiguration{HallucinationReductionControl: new(api.HallucinationReductionControlEnabled)},
		})
		var told []Told
		b.Done = func(x Told) { told = append(told, x) }
		b.Model = &oracle{replies: []reply{
			words("The canteen opens at noon. [1] It has 500 seats and three Michelin stars since 1987. [1]"),
			words("The canteen opens at noon. [1]"),
		}}
		l := b.stream(t, &api.ChatInput{}, newLine(retrieves(), says("When does the canteen open?"), ends()))
		final := l.metadata(t)
		if strings.Contains(*final.FinalTextMessage, "Michelin") || l.text() != *final.FinalTextMessage {
			t.Errorf("told %q, final %q", l.text(), *final.FinalTextMessage)
		}
		if kinds := strings.Join(l.kinds(), ","); !strings.HasSuffix(kinds, "text GROUNDED_RESPONSE,metadata") {
			t.Errorf("events %s", kinds)
		}
		if len(told) != 1 || told[0].Outcome != Grounded {
			t.Errorf("%+v", told)
		}
		segment := final.SourceAttributions[0].TextMessageSegments[0]
		if got := excerpt(*final.FinalTextMessage, segment); !strings.Contains(got, "noon") {
			t.Errorf("the segment is %q", got)
		}
	})
}

// A response configuration is what the model is told of the form of answers.
func TestAResponseConfiguration(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		model := &oracle{replies: []reply{words("Arr.")}}
		b.Model = model
		must(t, b, api.CreateChatResponseConfiguration, &api.CreateChatResponseConfigurationInput{ApplicationID: b.app, DisplayName: "pirate",
			ResponseConfigurations: map[string]api.ResponseConfiguration{"ALL": {InstructionCollection: &api.InstructionCollection{Tone: new("like a pirate of the canary islands")}}}})
		b.chat(t, b.inMode(api.ChatModeCreatorMode, "Say hello"))
		if !strings.Contains(heard(model.last()), "canary islands") {
			t.Errorf("the model is not told: %s", heard(model.last()))
		}
	})
}
