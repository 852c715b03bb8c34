// Package presence knows which servers of a store are there, so that what one held
// that died is free within some 12 seconds, and not when its leases end.
//
// Each server has a row, and writes a beat into it every 2 seconds: one small
// transaction, whatever it holds. Whose beat stays the same in 5 more looks of
// another server is gone. What counts are looks and no times: a clock that is
// wrong, a database that was away from everybody, and a watcher that was stopped
// itself make nobody look dead. Whoever notices has freed what the other held, in
// transactions that see the same beat still, and removes the row. So does a server
// that shuts down, for itself.
//
// A server that was taken for gone and was only slow finds its row missing and
// writes it again. It has lost what was taken from it: rooms look whether they still
// hold a thing before they write what came of it.
//
// Where a store has one server at a time, that server writes its row when it starts
// and no beats, and whoever else has a row then has died.
//
// It owns the table server. What a server can hold, and how it is freed, the rooms
// know that hold it.
package presence

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/parleyhq/parley/internal/platform/store"
)

const (
	every    = 2 * time.Second // between beats, and looks
	patience = 5               // looks after which a beat that stays the same is a dead server's
	batch    = 1000            // rows that one transaction frees of a kind
)

// A Freer frees up to limit of the things that a server held which is gone, and
// reports whether there may be more.
type Freer func(tx *store.Tx, server string, limit int) (more bool, err error)

// Roll is a server's part in knowing who is there.
type Roll struct {
	DB    *store.DB
	Log   *slog.Logger
	Self  string // names this server, in this life of it
	Alone bool   // no other server has the store
	Free  []Freer

	seen map[string]sighting // of the others, by name; Keep's alone
}

// sighting is what the last look saw of a server.
type sighting struct {
	beat int64
	same int // how many looks before that saw this beat
}

// Join has it known that the server is there. On a store that it has alone, it
// frees first what others held. It comes before the server takes anything.
func (r *Roll) Join(ctx context.Context) error {
	if r.Alone {
		if err := r.bury(ctx); err != nil {
			return err
		}
	}
	return r.DB.Update(ctx, func(tx *store.Tx) error { return insert(tx, r.Self) })
}

// bury frees what all others held.
func (r *Roll) bury(ctx context.Context) error {
	others, err := r.others(ctx)
	for _, s := range others {
		err = errors.Join(err, r.free(ctx, s))
	}
	return err
}

// Keep writes beats and looks after the other servers, until ctx ends. A server
// that is alone has nobody to tell.
func (r *Roll) Keep(ctx context.Context) {
	if r.Alone {
		return
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if err := r.look(ctx); err != nil && ctx.Err() == nil {
			r.Log.Error("which servers are there is not known", "error", err)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Leave frees what the server still holds, and has it known that it is gone.
func (r *Roll) Leave(ctx context.Context) error {
	self := server{name: r.Self}
	err := r.DB.View(ctx, func(tx *store.Tx) (err error) {
		self.beat, err = beatOf(tx, r.Self)
		return err
	})
	if errors.Is(err, store.ErrNoRows) {
		return nil // others have done it
	}
	if err != nil {
		return err
	}
	return r.free(ctx, self)
}

// look writes a beat, and looks at those of the others. Only a server that can
// write knows that others could.
func (r *Roll) look(ctx context.Context) error {
	if err := r.beat(ctx); err != nil {
		return err
	}
	others, err := r.others(ctx)
	if err != nil {
		return err
	}
	now := make(map[string]sighting, len(others))
	for _, s := range others {
		before, known := r.seen[s.name]
		now[s.name] = sighting{beat: s.beat}
		if known && before.beat == s.beat {
			now[s.name] = sighting{s.beat, before.same + 1}
		}
	}
	r.seen = now
	return r.release(ctx, others)
}

// release frees what those held whose beat has stayed the same for too long. It
// leaves off before the next beat is due, and what remains to the next look.
func (r *Roll) release(ctx context.Context, others []server) (err error) {
	ctx, stop := context.WithTimeout(ctx, every)
	defer stop()
	for _, s := range others {
		if r.seen[s.name].same >= patience {
			err = errors.Join(err, r.free(ctx, s))
		}
	}
	return err
}

// beat tells the others of this server.
func (r *Roll) beat(ctx context.Context) error {
	return r.DB.Update(ctx, func(tx *store.Tx) error {
		there, err := beat(tx, r.Self)
		if err != nil || there {
			return err
		}
		tx.AfterCommit(func() {
			r.Log.Warn("this server was silent for so long that others took over what it held", "server", r.Self)
		})
		return insert(tx, r.Self)
	})
}

// free frees what a server held and removes its row, unless it shows a sign of
// life, or others have done it.
func (r *Roll) free(ctx context.Context, s server) error {
	for more := true; more; {
		err := r.DB.Update(ctx, func(tx *store.Tx) (err error) {
			more = false
			switch now, err := beatOf(tx, s.name); {
			case errors.Is(err, store.ErrNoRows):
				return nil
			case err != nil || now != s.beat:
				return err
			}
			for _, f := range r.Free {
				left, err := f(tx, s.name, batch)
				if err != nil {
					return err
				}
				more = more || left
			}
			if more {
				return nil
			}
			tx.AfterCommit(func() { r.Log.Info("what a server held that is gone is free", "server", s.name) })
			return remove(tx, s.name)
		})
		if err != nil {
			return fmt.Errorf("freeing what the server %s held: %w", s.name, err)
		}
	}
	return nil
}

// others are the servers that there are beside this one.
func (r *Roll) others(ctx context.Context) (found []server, err error) {
	err = r.DB.ViewOne(ctx, func(tx *store.Tx) error {
		found, err = list(tx, r.Self)
		return err
	})
	return found, err
}
