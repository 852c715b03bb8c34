package chat

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

const canteen = "The canteen opens at noon and closes at two o'clock."

// ask is a message in no mode.
func (b *bench) ask(text string) *api.ChatSyncInput {
	return &api.ChatSyncInput{ApplicationID: b.app, UserMessage: &text}
}

// inMode is a message in a mode.
func (b *bench) inMode(mode api.ChatMode, text string) *api.ChatSyncInput {
	in := b.ask(text)
	in.ChatMode = &mode
	return in
}

// cited are the documents that an answer cites.
func cited(sources []api.SourceAttribution) (ids []string) {
	for _, s := range sources {
		ids = append(ids, *s.DocumentID)
	}
	return ids
}

// excerpt is the part of a text that a segment names, in characters.
func excerpt(text string, s api.TextSegment) string {
	return string([]rune(text)[*s.BeginOffset:*s.EndOffset])
}

// Without a model an answer is quoted, cited, and stored as it was told.
func TestAnAnswerWithoutAModelIsQuoted(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("canteen", "The canteen", canteen), doc("garage", "The garage", "The garage is closed at night."))
		out := b.chat(t, b.inMode(api.ChatModeRetrievalMode, "When does the canteen open?"))
		if !strings.Contains(*out.SystemMessage, "The canteen opens at noon") || !utf8.ValidString(*out.SystemMessage) {
			t.Errorf("%s", *out.SystemMessage)
		}
		if diff := cmp.Diff([]string{"canteen"}, cited(out.SourceAttributions)); diff != "" {
			t.Fatal(diff)
		}
		s := out.SourceAttributions[0]
		if *s.CitationNumber != 1 || *s.Title != "The canteen" || *s.IndexID != b.docs.idx || s.DatasourceID != nil || s.UpdatedAt == nil || len(s.TextMessageSegments) == 0 {
			t.Errorf("%+v", s)
		}
		if text := excerpt(*out.SystemMessage, s.TextMessageSegments[0]); !strings.Contains(text, "noon") {
			t.Errorf("the first segment is %q of %q", text, *out.SystemMessage)
		}
		stored := b.messages(t, out)[1]
		if *stored.Body != *out.SystemMessage {
			t.Errorf("stored is %q", *stored.Body)
		}
		if diff := cmp.Diff(out.SourceAttributions, stored.SourceAttribution); diff != "" {
			t.Error(diff)
		}
	})
}

func TestNothingIsFound(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		for name, stocked := range map[string]bool{"without documents": false, "with others": true} {
			if stocked {
				b.stock(t, doc("garage", "The garage", "The garage is closed at night."))
			}
			var told []Told
			b.Done = func(x Told) { told = append(told, x) }
			out := b.chat(t, b.inMode(api.ChatModeRetrievalMode, "When does the canteen open?"))
			if out.SourceAttributions != nil || *out.SystemMessage == "" {
				t.Errorf("%s: %s, %v", name, *out.SystemMessage, cited(out.SourceAttributions))
			}
			if len(told) != 1 || told[0].Outcome != NoAnswer {
				t.Errorf("%s: %+v", name, told)
			}
		}
	})
}

// Only what the person may see is found, told to a model and cited, and what is
// hidden later is not used any more, nor listed.
func TestOnlyWhatThePersonMaySeeIsUsed(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("public", "Bonus rules", "The bonus is paid in May."),
			doc("secret", "Bonus of the board", "The bonus of the board is canary-million.", "ann@example.com"))
		model := &oracle{replies: []reply{words("The board gets canary-million. [1] It comes in May. [2]")}}
		b.Model = model
		ask := func(user, text string) *api.ChatSyncInput { return as(user, b.inMode(api.ChatModeRetrievalMode, text)) }
		again := ask("ann@example.com", "What is the bonus of the board?")
		again.ClientToken = new("hers")
		hers := b.chat(t, again)
		if !strings.Contains(heard(model.last()), "canary-million") || len(hers.SourceAttributions) != 2 {
			t.Fatalf("she is not told of her document: %v", cited(hers.SourceAttributions))
		}
		b.chat(t, ask("bob@example.com", "What is the bonus of the board?"))
		if strings.Contains(heard(model.last()), "canary-million") {
			t.Error("the model was told of what he may not see")
		}
		messages := func() []api.Message {
			return must(t, b, api.ListMessages, &api.ListMessagesInput{ApplicationID: b.app, ConversationID: *hers.ConversationID, UserID: new("ann@example.com")}).Messages
		}
		if n := len(messages()[0].SourceAttribution); n != 2 {
			t.Errorf("%d sources are listed", n)
		}
		b.stock(t, doc("secret", "Bonus of the board", "The bonus of the board is canary-million.", "carl@example.com"))
		if diff := cmp.Diff([]string{"public"}, cited(messages()[0].SourceAttribution)); diff != "" {
			t.Errorf("after it was hidden: %s", diff)
		}
		if got := cited(b.chat(t, again).SourceAttributions); cmp.Diff([]string{"public"}, got) != "" {
			t.Errorf("the same token is answered with %q", got)
		}
		model.replies = []reply{words("It is paid in May. [1]")}
		b.chat(t, after(hers, ask("ann@example.com", "And what is the bonus of the board now?")))
		if told := heard(model.last()); strings.Contains(told, "canary-million") || !strings.Contains(told, "What is the bonus of the board?") {
			t.Errorf("what the model is told of before: %s", told)
		}
	})
}

// A filter of the request holds; one about an attribute that is not there is
// refused before anything begins.
func TestAFilterOfTheRequest(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("canteen", "The canteen", canteen))
		in := b.inMode(api.ChatModeRetrievalMode, "When does the canteen open?")
		in.AttributeFilter = &api.AttributeFilter{EqualsTo: &api.DocumentAttribute{Name: "_document_id", Value: api.DocumentAttributeValue{StringValue: new("another")}}}
		if out := b.chat(t, in); out.SourceAttributions != nil {
			t.Errorf("%v", cited(out.SourceAttributions))
		}
		in.AttributeFilter.EqualsTo.Name = "nothing"
		_, err := try(t, b, api.ChatSync, in)
		optest.Refused(t, err, optest.Invalid("attributeFilter.equalsTo.name"))
		l := newLine(configures(api.ConfigurationEvent{AttributeFilter: in.AttributeFilter}), says("When?"), ends())
		optest.Refused(t, b.streamIn(t, &api.ChatInput{}, l), optest.Invalid("configurationEvent.attributeFilter.equalsTo.name"))
		if len(l.told) != 0 {
			t.Errorf("it has begun: %q", l.kinds())
		}
	})
}

// Offsets count characters, whatever the script.
func TestOffsetsAreCharacters(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("canteen", "Kantine", canteen))
		b.Model = &oracle{replies: []reply{words("食堂は正午に開きます🍜。 [1] Ende.")}}
		l := b.stream(t, &api.ChatInput{}, newLine(configures(api.ConfigurationEvent{ChatMode: new(api.ChatModeRetrievalMode)}), says("When does the canteen open?"), ends()))
		final := l.metadata(t)
		if *final.FinalTextMessage != l.text() || len(final.SourceAttributions) != 1 {
			t.Fatalf("told %q, final %q, %v", l.text(), *final.FinalTextMessage, cited(final.SourceAttributions))
		}
		segment := final.SourceAttributions[0].TextMessageSegments[0]
		if got := excerpt(*final.FinalTextMessage, segment); !strings.HasPrefix(got, "食堂は正午に開きます🍜") || strings.Contains(got, "Ende") {
			t.Errorf("the segment is %q", got)
		}
	})
}
