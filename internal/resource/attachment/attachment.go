// Package attachment owns the files that people attach to their conversations.
//
// A file is read before its message is answered: what it is, by its bytes and its
// name; and what it says, by platform/fence and engine/extract, as a document of
// an index is. What cannot be read fails by itself and says why, and the message
// goes on without it. The rows are written with the turn's end (resource/chat),
// which also says when a conversation is gone. Kept is what turns need: the text
// of a document and the bytes of an image. What an answer makes of them is
// engine/converse's.
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

// Limits of the service (quotas, "Supported document formats in Amazon Q
// Business").
const (
	maxFiles = 5          // of a message
	maxBytes = 10_000_000 // of a file; what is called 10 MB may be counted as 10 MiB by none
	maxImage = 3_750_000  // bytes of an image
	maxText  = 665_000    // characters of all texts of a conversation
)

// Place names a conversation. User is a key (application.EndUser.Key).
type Place struct{ Tenant, Application, User, Conversation string }

// Upload is a file as it comes with a message: its bytes, or where to copy it
// from.
type Upload struct {
	Name string
	Data []byte
	From *Origin
}

// Origin names a file of another conversation of the same user.
type Origin struct {
	Conversation string `json:"conversation"`
	Attachment   string `json:"attachment"`
}

// File is a file that was read, or why it could not be.
type File struct {
	ID           string
	Conversation string
	Name         string
	Type         string // as the API shows it
	MediaType    string // of an image: image/png or image/jpeg
	MD5          string // in hexadecimal
	Size         int    // bytes
	Created      time.Time
	Text         string // of a document
	Image        []byte // of an image
	From         *Origin
	Failed       *api.ErrorDetail // why there is neither text nor image
}

// Output is the file as the chat operations show it.
func (f File) Output() api.AttachmentOutput {
	o := api.AttachmentOutput{AttachmentID: &f.ID, Name: &f.Name, Status: new(f.status()), Error: f.Failed}
	if f.Conversation != "" {
		o.ConversationID = &f.Conversation
	}
	return o
}

func (f File) status() api.AttachmentStatus {
	if f.Failed != nil {
		return api.AttachmentStatusFailed
	}
	return api.AttachmentStatusSuccess
}
