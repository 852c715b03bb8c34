package chat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/attachment"
)

const (
	removeKind = "chat.remove"
	settleKind = "chat.settle"
)

// removeArgs names a conversation: for chat.remove one that is gone, with its
// messages yet to go.
type removeArgs struct {
	Application  string `json:"application"`
	User         string `json:"user"`
	Conversation string `json:"conversation"`
}

// Work registers the jobs.
func (s *Service) Work() {
	job.Handle(s.Jobs, removeKind, s.remove)
	job.Handle(s.Jobs, summariseKind, s.summarise)
	s.Jobs.Schedule(settleKind, time.Minute, s.settleAll)
	s.Jobs.Schedule("chat.expire", time.Hour, s.expire)
}

// batch is how many rows one transaction removes.
const batch = 1000

// filesAtOnce is how many files a conversation can have, and some that could not
// be read: they are found without the conversation, and go with it.
const filesAtOnce = 25

// drop makes a conversation vanish, with its files, and leaves the rest of it to a
// job: no ID is ever used again, so that nobody meets it meanwhile.
func (s *Service) drop(tx *store.Tx, p place) error {
	if err := removeConversation(tx, p); err != nil {
		return err
	}
	if _, err := attachment.RemoveParts(tx, p.files(), filesAtOnce); err != nil {
		return err
	}
	return s.Jobs.Enqueue(tx, p.tenant, p.application, removeKind, removeArgs{p.application, p.user, p.conversation})
}

// remove removes what a conversation consisted of.
func (s *Service) remove(ctx context.Context, tenant string, args removeArgs) error {
	p := place{owner{tenant, args.Application, args.User}, args.Conversation}
	err := s.batches(ctx, func(tx *store.Tx) (more bool, err error) { return removeParts(tx, p, batch) })
	if err != nil {
		return err
	}
	return s.batches(ctx, func(tx *store.Tx) (more bool, err error) { return attachment.RemoveParts(tx, p.files(), batch) })
}

// batches calls a removal in small transactions until there is no more.
func (s *Service) batches(ctx context.Context, removal func(tx *store.Tx) (more bool, err error)) error {
	for more := true; more; {
		err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
			more, err = removal(tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Free makes up to limit of the turns dead that a server answered which is gone
// (presence.Freer). They are settled by a job now, or by whoever asks sooner.
func (s *Service) Free(tx *store.Tx, server string, limit int) (more bool, err error) {
	n, err := kill(tx, server, limit)
	if err != nil || n == 0 {
		return false, err
	}
	return n >= int64(limit), s.Jobs.Hasten(tx, settleKind)
}

// settleAll ends the turns that have died, so that conversations tell of them
// before anybody asks. One that cannot be ended keeps no other.
func (s *Service) settleAll(ctx context.Context) error {
	var dead []place
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		dead, err = deadTurns(tx)
		return err
	})
	for _, p := range dead {
		if ended := s.settle(ctx, p, ""); ended != nil {
			err = errors.Join(err, fmt.Errorf("ending the turn of conversation %s: %w", p.conversation, ended))
		}
	}
	return err
}

// expire removes the conversations that nobody has spoken in for a Life, and
// the tokens as old as that.
func (s *Service) expire(ctx context.Context) error {
	err := s.batches(ctx, func(tx *store.Tx) (more bool, err error) {
		old, err := idle(tx, tx.Now().Add(-Life))
		for _, p := range old {
			if err == nil {
				err = s.drop(tx, p)
			}
		}
		return len(old) == 100, err
	})
	if err != nil {
		return err
	}
	return s.batches(ctx, func(tx *store.Tx) (bool, error) { return expireTurns(tx, tx.Now().Add(-Life), batch) })
}
