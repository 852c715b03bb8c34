package chat

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/attachment"
)

const removeKind = "chat.remove"

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
	s.Jobs.Schedule("chat.settle", time.Minute, s.settleAll)
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

// Reclaim ends the turns that were begun before a time, without waiting for
// their leases. It is for a store that one server has at a time, and the time is
// that server's start: whoever held those turns has died.
func (s *Service) Reclaim(ctx context.Context, started time.Time) error {
	err := s.DB.Update(ctx, func(tx *store.Tx) error { return kill(tx, started.Add(leaseTime)) })
	if err != nil {
		return err
	}
	return s.settleAll(ctx)
}

// settleAll ends the turns that have died, so that conversations tell of them
// before anybody asks.
func (s *Service) settleAll(ctx context.Context) error {
	var dead []place
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		dead, err = deadTurns(tx)
		return err
	})
	for _, p := range dead {
		if err == nil {
			err = s.settle(ctx, p, "")
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
