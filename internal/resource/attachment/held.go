package attachment

import (
	"errors"
	"unicode/utf8"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/platform/store"
)

// held is what a conversation has: files that could be read, and characters of
// their texts.
type held struct{ files, chars int64 }

// admit takes in files, in their order, as long as there is room. The others fail.
func (h *held) admit(files []File) {
	for i := range files {
		f := &files[i]
		if f.Failed != nil {
			continue
		}
		chars := int64(utf8.RuneCountInString(f.Text))
		switch left := max(0, maxText-h.chars); {
		case h.files >= maxHeld:
			f.fails(refuse("The conversation has %d files already, as many as it may. Delete one with DeleteAttachment, or begin a new conversation.", h.files))
		case chars > left:
			f.fails(refuse("The file has %d characters of text, and there is room for %d: all files of a conversation together may have %d. Delete one with DeleteAttachment, or begin a new conversation.", chars, left, maxText))
		default:
			h.files, h.chars = h.files+1, h.chars+chars
		}
	}
}

// copyAll fills the files that are copies with what their origins are. One whose
// origin is not there, or is not the user's, fails.
func copyAll(tx *store.Tx, p Place, files []File, uploads []Upload) error {
	for i, u := range uploads {
		if u.From == nil {
			continue
		}
		at := p
		at.Conversation = u.From.Conversation
		origin, err := load(tx, at, u.From.Attachment)
		if err == nil {
			err = origin.fill(tx, at)
		}
		if err != nil && !errors.Is(err, store.ErrNoRows) {
			return err
		}
		files[i].copy(origin)
	}
	return nil
}

// copy fills a copy; without an origin it fails.
func (f *File) copy(origin *File) {
	f.Failed = nil // of a transaction that is tried again
	if origin == nil {
		f.fails(&refusal{api.ErrorCodeResourceNotFound, "You have no attachment " + f.From.Attachment + " in a conversation " + f.From.Conversation + ". ListAttachments shows those that you have."})
		return
	}
	if f.Name == "" {
		f.Name = origin.Name
	}
	f.Type, f.MediaType, f.MD5, f.Size, f.Text, f.Image = origin.Type, origin.MediaType, origin.MD5, origin.Size, origin.Text, origin.Image
	if origin.Failed != nil {
		f.fails(refuse("The file could not be read where it was attached: %s", *origin.Failed.ErrorMessage))
	}
}
