package attachment

import (
	"cmp"
	"context"
	"errors"

	"golang.org/x/sync/semaphore"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/store"
)

// memory is how many bytes of stored files turns hold at once, unless the Service
// says otherwise: a dozen times what the largest conversation has. A request that
// names such files has no more than their IDs, so that what bounds the bodies of
// requests does not bound them.
const memory = 256 << 20

// wide is how many bytes a character of text takes at most.
const wide = 4

// Room waits until there is memory for the stored files that a turn reads: those that
// its conversation has, and the origins of those that are copied into it. leave gives
// it back. The error is a Throttling when others have it for too long.
func (s *Service) Room(ctx context.Context, p Place, uploads []Upload) (leave func(), err error) {
	size, err := s.weigh(ctx, p, uploads)
	if err != nil || size == 0 {
		return func() {}, err
	}
	most := cmp.Or(s.Memory, memory)
	s.opening.Do(func() { s.room = semaphore.NewWeighted(most) })
	size = min(size, most)
	waiting, stop := context.WithTimeout(ctx, cmp.Or(s.Patience, patience))
	defer stop()
	switch err := s.room.Acquire(waiting, size); {
	case err == nil:
		return func() { s.room.Release(size) }, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return nil, &fault.Error{Code: fault.Throttling, Message: "The server reads as many attached files at the moment as it has memory for. Wait and try again."}
}

// weigh is how many bytes the stored files that a turn reads have.
func (s *Service) weigh(ctx context.Context, p Place, uploads []Upload) (size int64, err error) {
	if p.Conversation == "" && len(uploads) == 0 {
		return 0, nil
	}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		held, err := readable(tx, p, maxHeld)
		if err != nil {
			return err
		}
		copied, err := origins(tx, p, uploads)
		size = weightOf(held, maxSeen) + weightOf(copied, maxFiles)
		return err
	})
	return size, err
}

// origins are the files that uploads are copies of, those that are there.
func origins(tx *store.Tx, p Place, uploads []Upload) (all []File, err error) {
	for _, u := range uploads[:min(len(uploads), maxFiles)] {
		if u.From == nil {
			continue
		}
		p.Conversation = u.From.Conversation
		f, err := load(tx, p, u.From.Attachment)
		if errors.Is(err, store.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, *f)
	}
	return all, nil
}

// weightOf is how many bytes texts and the first images of files have.
func weightOf(files []File, images int) (size int64) {
	for _, f := range files {
		switch {
		case f.Failed != nil:
		case f.MediaType == "":
			size += f.chars * wide
		case images > 0:
			images--
			size += int64(f.Size)
		}
	}
	return size
}
