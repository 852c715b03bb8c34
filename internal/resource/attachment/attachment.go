// Package attachment owns the files that people attach to their conversations.
//
// A file is read before its message is answered: what it is, by its bytes and its
// name; and what it says, by platform/fence and engine/extract, as a document of
// an index is. What cannot be read fails by itself and says why, and the message
// goes on without it. The rows are written with the turn's end (resource/chat),
// which also says when a conversation is gone. Kept is what turns need: the text
// of a document, or the bytes of an image. What an answer makes of them is
// engine/converse's; whether an application takes files at all is asked by
// resource/chat.
//
// A file belongs to one user's conversation: for everybody else it is not there.
//
// Rows: attachment (one per file, also of those that failed), attachment_part
// (its text, or the bytes of an image, in pieces).
package attachment

import (
	"time"

	"github.com/parleyhq/parley/internal/core/api"
)

// Limits of the service, in its words: 5 files of 10 MB (quotas; model:
// ChatSyncInput.attachments), images of 3.75 MB, 665,000 characters of text in
// all, 20 files ("Supported document formats in Amazon Q Business", "Upload files
// to a chat"). Its megabytes are read as 2^20 bytes: then nobody's file is refused
// that was taken there, and an image of 3.75 MB has 5 MB in base64, which is what
// models take.
const (
	maxFiles = 5        // of a message
	maxBytes = 10 << 20 // of a file
	maxImage = 15 << 18 // bytes of an image
	maxSide  = 8000     // of an image in pixels: what models take
	maxText  = 665_000  // characters of all texts of a conversation
	maxHeld  = 20       // files of a conversation that could be read
	maxSeen  = 5        // images of a conversation that a turn is given, the latest
)

// Place names a conversation. User is a key (application.EndUser.Key).
type Place struct{ Tenant, Application, User, Conversation string }

// Upload is a file as it comes with a message: its bytes, or where it is copied
// from. A copy without a name keeps that of its origin.
type Upload struct {
	Name string
	Data []byte
	From *Origin
}

// UploadOf is the model's form of an upload.
func UploadOf(in api.AttachmentInput) Upload {
	u := Upload{Data: in.Data}
	if in.Name != nil {
		u.Name = *in.Name
	}
	if in.CopyFrom != nil && in.CopyFrom.Conversation != nil {
		u.From = &Origin{in.CopyFrom.Conversation.ConversationID, in.CopyFrom.Conversation.AttachmentID}
	}
	return u
}

// Origin names a file of another conversation of the same user.
type Origin struct {
	Conversation string `json:"conversation"`
	Attachment   string `json:"attachment"`
}

// File is a file that was read, or why it could not be.
type File struct {
	ID           string    `json:"-"` // this and the next are columns
	Conversation string    `json:"-"` // empty until the file is saved, of a conversation that is new
	Created      time.Time `json:"-"` // no two of a message have the same

	Name      string           `json:"name"`
	Type      string           `json:"type,omitzero"`      // such as pdf; empty if nobody knows
	MediaType string           `json:"mediaType,omitzero"` // of an image alone: image/png or image/jpeg
	MD5       string           `json:"md5"`                // of the file, in hexadecimal
	Size      int              `json:"size"`               // of the file, in bytes
	From      *Origin          `json:"from,omitzero"`
	Failed    *api.ErrorDetail `json:"failed,omitzero"` // why there is neither text nor image

	Text  string `json:"-"` // of a document
	Image []byte `json:"-"` // of an image
	chars int64  // of the text of a file that is stored
}

// Output is the file as messages show it.
func (f File) Output() api.AttachmentOutput {
	return api.AttachmentOutput{
		AttachmentID: &f.ID, ConversationID: some(f.Conversation), Name: some(f.Name),
		Status: new(f.status()), Error: f.Failed,
	}
}

// listed is the file as ListAttachments shows it.
func (f File) listed() api.Attachment {
	a := api.Attachment{
		AttachmentID: &f.ID, ConversationID: some(f.Conversation), Name: some(f.Name), CreatedAt: &f.Created,
		FileType: some(f.Type), FileSize: new(int32(f.Size)), Md5chksum: some(f.MD5),
		Status: new(f.status()), Error: f.Failed,
	}
	if f.From != nil {
		a.CopyFrom = &api.CopyFromSource{Conversation: &api.ConversationSource{
			ConversationID: f.From.Conversation, AttachmentID: f.From.Attachment,
		}}
	}
	return a
}

func (f File) status() api.AttachmentStatus {
	if f.Failed != nil {
		return api.AttachmentStatusFailed
	}
	return api.AttachmentStatusSuccess
}

// some is a string that is left out when it is empty.
func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
