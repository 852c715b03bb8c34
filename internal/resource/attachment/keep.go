package attachment

import (
	"errors"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/store"
)

// Save writes files that were read, also those that failed: with the end of their
// turn, so that a conversation has the files of its messages and no others. It says
// in each of them which conversation it is of.
func (s *Service) Save(tx *store.Tx, p Place, files []File) error {
	for i := range files {
		files[i].Conversation = p.Conversation
		if err := insert(tx, p, &files[i]); err != nil {
			return err
		}
	}
	return nil
}

// Of returns the files of a conversation that a turn is to know, with what is in
// them, the newest first: the texts, and the latest five images. That is at most
// 2.7 MB of text and 20 MB of images. Without files it is one look at an index.
func (s *Service) Of(tx *store.Tx, p Place) ([]File, error) {
	all, err := readable(tx, p, maxHeld)
	if err != nil {
		return nil, err
	}
	images, chars, known := 0, int64(0), all[:0]
	for _, f := range all {
		if f.MediaType != "" {
			images++
		}
		if chars += f.chars; f.MediaType != "" && images > maxSeen || chars > maxText {
			continue // more text than fits: two messages were read at the same time
		}
		if err := f.fill(tx, p); err != nil {
			return nil, err
		}
		known = append(known, f)
	}
	return known, nil
}

// Media returns an image of a conversation. Anything else that has that ID, or
// nothing, is a ResourceNotFound.
func Media(tx *store.Tx, p Place, id string) (File, error) {
	f, err := load(tx, p, id)
	if errors.Is(err, store.ErrNoRows) || err == nil && f.MediaType == "" {
		return File{}, fault.NotFound("media", id, "You have no image with ID %s in a conversation %s of application %s.", id, p.Conversation, p.Application)
	}
	if err != nil {
		return File{}, err
	}
	return *f, f.fill(tx, p)
}
