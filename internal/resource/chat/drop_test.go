package chat

import (
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
)

// TestFilesGoWithTheirConversation at once, before the job that removes what was in
// them: whether it was deleted, or nobody has spoken in it for long.
func TestFilesGoWithTheirConversation(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		attached := func(id *string) int {
			return len(must(t, b, api.ListAttachments, &api.ListAttachmentsInput{ApplicationID: b.app, ConversationID: id}).Attachments)
		}
		said := func() *string {
			return b.chat(t, &api.ChatSyncInput{
				ApplicationID: b.app, UserMessage: new("When is bread baked?"),
				Attachments: []api.AttachmentInput{
					{Name: new("bakery.md"), Data: []byte("Bread is baked at four in the morning.")}, {Name: new("empty.md"), Data: []byte{}},
				},
			}).ConversationID
		}
		for how, end := range map[string]func(id *string){
			"deleted": func(id *string) {
				must(t, b, api.DeleteConversation, &api.DeleteConversationInput{ApplicationID: b.app, ConversationID: *id})
			},
			"expired": func(*string) {
				b.clock.Advance(Life)
				if err := b.expire(t.Context()); err != nil {
					t.Fatal(err)
				}
			},
		} {
			id := said()
			if n := attached(id); n != 2 {
				t.Fatalf("%d files are listed", n)
			}
			b.clock.Advance(time.Second)
			end(id)
			if n := attached(id); n != 0 {
				t.Errorf("%s, and %d files are listed", how, n)
			}
		}
	})
}
