package e2e

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/extract/extracttest"
)

// TestAttachments: files of several kinds are read by the server's children, what is
// hostile fails by itself, and nobody else meets any of it.
func TestAttachments(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, site *site) {
		s := site.stack(t)
		ann, ben := s.by(t, "ann@example.com"), s.by(t, "ben@example.com")
		bomb := extracttest.Zip(extracttest.Part{Name: "[Content_Types].xml", Content: "<Types/>"},
			extracttest.Part{Name: "word/document.xml", Content: "<d><p><t>" + strings.Repeat("A", 24<<20) + "</t></p></d>"})
		out := must(ann.ChatSync(t.Context(), s.ask("How many loaves does the bakery sell on a Monday?",
			attached("figures.pdf", extracttest.PDF("Figures", "On a Monday the bakery sells 240 loaves of bread.")),
			attached("staff.docx", extracttest.DOCX("Staff", "Ann bakes the bread, and Ben sells it.")),
			attached("bomb.docx", bomb),
			attached("large.txt", bytes.Repeat([]byte("a"), 10<<20)),
			attached("song.mp3", []byte("ID3\x04\x00\x00\x00\x00\x00\x10"+strings.Repeat("\x00\xff\xfb\x90", 1000))))))(t)
		if !strings.Contains(*out.SystemMessage, "240 loaves") {
			t.Errorf("answer %q", *out.SystemMessage)
		}
		failed := map[string]string{}
		for _, f := range out.FailedAttachments {
			failed[*f.Name] = string(f.Status) + " " + string(f.Error.ErrorCode) + ": " + *f.Error.ErrorMessage
		}
		want := map[string]string{
			"bomb.docx": "FAILED InvalidRequest: The document unpacks to more than a hundred times its size, as no real one does.",
			"large.txt": "FAILED InvalidRequest: The file has 10485760 characters of text; all files of a conversation together may have 665000. Attach a shorter one, or a part of it.",
			"song.mp3":  "FAILED InvalidRequest: The file is audio/mpeg: audio and video are not read.",
		}
		if diff := cmp.Diff(want, failed); diff != "" {
			t.Errorf("failed (-want +got):\n%s", diff)
		}
		next := must(ann.ChatSync(t.Context(), follow(out, s.ask("Who sells the bread?"))))(t)
		if !strings.Contains(*next.SystemMessage, "Ben") {
			t.Errorf("later %q", *next.SystemMessage)
		}
		if got := s.attachments(t, ann); !cmp.Equal(got, []string{"song.mp3", "large.txt", "bomb.docx", "staff.docx", "figures.pdf"}) {
			t.Errorf("Ann has %q", got)
		}
		if got := s.attachments(t, ben); len(got) != 0 {
			t.Errorf("Ben has %q", got)
		}
		_, err := ann.ChatSync(t.Context(), s.ask("What is this?", attached("larger.txt", make([]byte, 10<<20+1))))
		var invalid *types.ValidationException
		if !errors.As(err, &invalid) || len(invalid.Fields) != 1 || *invalid.Fields[0].Name != "attachments[0].data" {
			t.Errorf("a byte too many: %v", err)
		}
	})
}

// ask is a message without a mode, with files.
func (s *stack) ask(text string, files ...types.AttachmentInput) *qbusiness.ChatSyncInput {
	return &qbusiness.ChatSyncInput{ApplicationId: &s.app, UserMessage: &text, Attachments: files}
}

func attached(name string, data []byte) types.AttachmentInput {
	return types.AttachmentInput{Name: &name, Data: data}
}

// attachments are the names of the files that a person has, two at a time.
func (s *stack) attachments(t *testing.T, person *qbusiness.Client) (names []string) {
	t.Helper()
	pages := qbusiness.NewListAttachmentsPaginator(person, &qbusiness.ListAttachmentsInput{ApplicationId: &s.app, MaxResults: new(int32(2))})
	for pages.HasMorePages() {
		for _, a := range must(pages.NextPage(t.Context()))(t).Attachments {
			names = append(names, *a.Name)
		}
	}
	return names
}
