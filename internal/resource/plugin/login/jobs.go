package login

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/store"
)

const (
	sweepEvery = 10 * time.Minute
	batch      = 1000 // rows that one transaction removes
	purgeKind  = "login.purge-plugin"
)

// purgeArgs names the plugin to remove everything of.
type purgeArgs struct {
	Application string `json:"application"`
	Plugin      string `json:"plugin"`
}

// Work registers the jobs.
func (s *Service) Work() {
	s.Jobs.Schedule("login.sweep", sweepEvery, s.Sweep)
	job.Handle(s.Jobs, purgeKind, s.purge)
}

// Sweep removes the sign-ins that have expired, in small transactions.
func (s *Service) Sweep(ctx context.Context) error {
	return s.repeat(ctx, func(tx *store.Tx) (bool, error) { return sweep(tx, batch) })
}

// Free ends the leases of a server that is gone (presence.Freer): of the few grants
// and sign-ins for which it was asking for tokens.
func (s *Service) Free(tx *store.Tx, server string, _ int) (more bool, err error) {
	return false, endLeases(tx, server)
}

// PurgePlugin removes, with the transaction in which a plugin is deleted, its
// sign-ins that are under way, and leaves the tokens of its users to a job.
func (s *Service) PurgePlugin(tx *store.Tx, tenant, application, plugin string) error {
	if err := dropSignIns(tx, tenant, application, plugin); err != nil {
		return err
	}
	return s.Jobs.Enqueue(tx, tenant, application, purgeKind, purgeArgs{application, plugin})
}

func (s *Service) purge(ctx context.Context, tenant string, args purgeArgs) error {
	return s.repeat(ctx, func(tx *store.Tx) (bool, error) {
		return purgePlugin(tx, tenant, args.Application, args.Plugin, batch)
	})
}

// repeat runs step in transactions of its own until there is no more to do.
func (s *Service) repeat(ctx context.Context, step func(tx *store.Tx) (more bool, err error)) error {
	for more := true; more; {
		err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
			more, err = step(tx)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
