package chat

import (
	"bytes"
	"image"
	"image/png"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

func file(name, data string) api.AttachmentInput {
	return api.AttachmentInput{Name: &name, Data: []byte(data)}
}

// picture is a small PNG.
func picture(t testing.TB) string {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func withFiles(in *api.ChatSyncInput, files ...api.AttachmentInput) *api.ChatSyncInput {
	in.Attachments = files
	return in
}

const lease = "The lease of the office ends in March 2031. The deposit is 12,000 euros."

// A file answers the message that it came with, and those that follow; one that
// cannot be read is reported, and the message answered all the same.
func TestAFileAnswers(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("other", "Another lease", "The lease of the garage ends in June 2040."))
		out := b.chat(t, withFiles(b.ask("When does the lease of the office end?"), file("lease.txt", lease), file("broken.pdf", "%PDF-1.7 and nothing else")))
		if !strings.Contains(*out.SystemMessage, "March 2031") || strings.Contains(*out.SystemMessage, "garage") {
			t.Errorf("%s", *out.SystemMessage)
		}
		if len(out.SourceAttributions) != 1 || *out.SourceAttributions[0].DatasourceID != "uploaded-docs-file-stat-datasourceid" || *out.SourceAttributions[0].Title != "lease.txt" || out.SourceAttributions[0].IndexID != nil {
			t.Fatalf("sources %+v", out.SourceAttributions)
		}
		if len(out.FailedAttachments) != 1 || *out.FailedAttachments[0].Name != "broken.pdf" || *out.FailedAttachments[0].Status != api.AttachmentStatusFailed || out.FailedAttachments[0].Error == nil {
			t.Errorf("failed %+v", out.FailedAttachments)
		}
		stored := b.messages(t, out)
		if len(stored[0].Attachments) != 2 || *stored[0].Attachments[0].Name != "lease.txt" || *stored[0].Attachments[0].ConversationID != *out.ConversationID {
			t.Errorf("attachments of the message: %+v", stored[0].Attachments)
		}
		if diff := cmp.Diff(out.SourceAttributions, stored[1].SourceAttribution); diff != "" {
			t.Error(diff)
		}
		next := b.chat(t, after(out, b.inMode(api.ChatModeRetrievalMode, "How much is the deposit of the office?")))
		if !strings.Contains(*next.SystemMessage, "12,000") {
			t.Errorf("later: %s", *next.SystemMessage)
		}
		copied := b.chat(t, withFiles(b.ask("How much is the deposit?"), api.AttachmentInput{CopyFrom: &api.CopyFromSource{
			Conversation: &api.ConversationSource{ConversationID: *out.ConversationID, AttachmentID: *stored[0].Attachments[0].AttachmentID},
		}}))
		if !strings.Contains(*copied.SystemMessage, "12,000") || copied.FailedAttachments != nil {
			t.Errorf("copied: %s, %+v", *copied.SystemMessage, copied.FailedAttachments)
		}
		if n := len(must(t, b, api.ListAttachments, &api.ListAttachmentsInput{ApplicationID: b.app}).Attachments); n != 3 {
			t.Errorf("%d attachments", n)
		}
	})
}

func TestFailedFilesInAStream(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		l := b.stream(t, &api.ChatInput{}, newLine(attaches("broken.pdf", "%PDF-1.7"), attaches("lease.txt", lease), says("When does the lease end?"), ends()))
		if diff := cmp.Diff([]string{"text RESPONSE", "failed broken.pdf", "text RESPONSE", "metadata"}, l.kinds()); diff != "" {
			t.Error(diff)
		}
		e := l.told[1].FailedAttachmentEvent
		if *e.SystemMessageID != *l.told[0].TextEvent.SystemMessageID || *e.Attachment.Status != api.AttachmentStatusFailed {
			t.Errorf("%+v", e)
		}
	})
}

// A model that can see gets the image; GetMedia returns it if an answer cites it.
func TestAnImageIsSeenAndShown(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		model := &oracle{replies: []reply{words("It is a grey square. [1]")}}
		b.Model, b.Sees = model, true
		image := picture(t)
		out := b.chat(t, as("ann", withFiles(b.ask("What is in the picture?"), file("square.png", image))))
		messages := model.last().Messages
		if images := messages[len(messages)-1].Images; len(images) != 1 || images[0].MediaType != "image/png" || string(images[0].Data) != image {
			t.Fatalf("the model saw %d images", len(images))
		}
		if len(out.SourceAttributions) != 1 || len(out.SourceAttributions[0].TextMessageSegments) != 1 {
			t.Fatalf("sources %+v", out.SourceAttributions)
		}
		segment := out.SourceAttributions[0].TextMessageSegments[0]
		if segment.MediaID == nil || *segment.MediaMimeType != "image/png" || *segment.SourceDetails.ImageSourceDetails.MediaID != *segment.MediaID {
			t.Fatalf("segment %+v", segment)
		}
		get := &api.GetMediaInput{ApplicationID: b.app, ConversationID: *out.ConversationID, MessageID: *out.SystemMessageID, MediaID: *segment.MediaID}
		_, err := try(t, b, api.GetMedia, get)
		optest.Refused(t, err, absent(*out.ConversationID)) // of another user: the principal's own
		b.caller = session(map[string]string{"Email": "ann@example.com"}, nil)
		out = b.chat(t, withFiles(b.ask("What is in the picture?"), file("square.png", image)))
		segment = out.SourceAttributions[0].TextMessageSegments[0]
		get = &api.GetMediaInput{ApplicationID: b.app, ConversationID: *out.ConversationID, MessageID: *out.SystemMessageID, MediaID: *segment.MediaID}
		media := must(t, b, api.GetMedia, get)
		if string(media.MediaBytes) != image || *media.MediaMimeType != "image/png" {
			t.Errorf("%d bytes of %s", len(media.MediaBytes), *media.MediaMimeType)
		}
		b.Service.Quotas.Media = len(image) - 1
		_, err = try(t, b, api.GetMedia, get)
		optest.Refused(t, err, fault.Error{Code: fault.MediaTooLarge})
		for name, change := range map[string]func(in *api.GetMediaInput) fault.Error{
			"media that is not cited": func(in *api.GetMediaInput) fault.Error {
				in.MediaID = noMessage
				return fault.Error{Code: fault.ResourceNotFound, ResourceType: "media", ResourceID: noMessage}
			},
			"a message of the user": func(in *api.GetMediaInput) fault.Error {
				in.MessageID = *out.UserMessageID
				return fault.Error{Code: fault.ResourceNotFound, ResourceType: "message", ResourceID: *out.UserMessageID}
			},
			"no message": func(in *api.GetMediaInput) fault.Error {
				in.MessageID = noMessage
				return fault.Error{Code: fault.ResourceNotFound, ResourceType: "message", ResourceID: noMessage}
			},
			"no conversation": func(in *api.GetMediaInput) fault.Error {
				in.ConversationID = elsewhere
				return absent(elsewhere)
			},
		} {
			t.Run(name, func(t *testing.T) {
				in := *get
				want := change(&in)
				_, err := try(t, b, api.GetMedia, &in)
				optest.Refused(t, err, want)
			})
		}
	})
}

// Files are refused where the application does not take any, and where plugins are
// used in the same message.
func TestFilesThatAreNotTaken(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		tooMany := b.ask("x")
		for range 6 {
			tooMany.Attachments = append(tooMany.Attachments, file("a.txt", "a"))
		}
		_, err := try(t, b, api.ChatSync, tooMany)
		if f := fault.As(err); f == nil || f.Code != fault.Validation || !strings.HasPrefix(f.Fields[0].Name, "attachments") {
			t.Errorf("%v", err)
		}
		must(t, b, api.UpdateApplication, &api.UpdateApplicationInput{ApplicationID: b.app,
			AttachmentsConfiguration: &api.AttachmentsConfiguration{AttachmentsControlMode: api.AttachmentsControlModeDisabled}})
		_, err = try(t, b, api.ChatSync, withFiles(b.ask("x"), file("a.txt", "a")))
		optest.Refused(t, err, optest.Invalid("attachments"))
		if list := must(t, b, api.ListConversations, &api.ListConversationsInput{ApplicationID: b.app}).Conversations; len(list) != 0 {
			t.Errorf("%d conversations", len(list))
		}
	})
}

// What is deleted takes its files and opinions along.
func TestFilesAndOpinionsGoWithTheirConversation(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		out := b.chat(t, withFiles(b.ask("When does the lease end?"), file("lease.txt", lease)))
		must(t, b, api.PutFeedback, b.thinks(out, api.MessageUsefulnessUseful))
		must(t, b, api.DeleteConversation, &api.DeleteConversationInput{ApplicationID: b.app, ConversationID: *out.ConversationID})
		b.work(t)
		if n := b.rows(t); n != 0 {
			t.Errorf("%d rows are left", n)
		}
		out = b.chat(t, withFiles(b.ask("When does the lease end?"), file("lease.txt", lease)))
		must(t, b, api.PutFeedback, b.thinks(out, api.MessageUsefulnessUseful))
		b.clock.Advance(Life)
		b.work(t)
		b.work(t)
		if n := b.rows(t); n != 0 {
			t.Errorf("%d rows are left after a month", n)
		}
	})
}

// A turn waits for the memory that the files of its conversation need, and gives it
// back.
func TestATurnWithFilesNeedsRoom(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.Attachments.Memory, b.Attachments.Patience = 1, time.Minute
		out := b.chat(t, withFiles(b.ask("What is in it?"), file("a.txt", "The rent is 12,000 crowns.")))
		out = b.chat(t, after(out, b.ask("And the rent?")))
		leave, err := b.Attachments.Room(t.Context(), place{owner{b.caller.Tenant(), b.app, b.caller.Principal}, *out.ConversationID}.files(), nil)
		if err != nil {
			t.Fatal(err)
		}
		defer leave()
		b.Attachments.Patience = time.Millisecond
		_, err = try(t, b, api.ChatSync, after(out, b.ask("And the rent?")))
		optest.Refused(t, err, fault.Error{Code: fault.Throttling})
		b.chat(t, after(out, b.say("List the open tickets"))) // with a plugin they are not read
	})
}
