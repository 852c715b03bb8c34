package datasource

import (
	"context"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/schedule"
	"github.com/parleyhq/parley/internal/platform/store"
)

// lookEvery is how often schedules are looked at. They know no less than a minute.
const lookEvery = 20 * time.Second

// dueBatch is how many data sources are looked at in one go.
const dueBatch = 100

// startDue begins the sync jobs that schedules want by now. What was missed while
// no server was there is done once; what comes while a job runs is left out.
func (s *Service) startDue(ctx context.Context) error {
	for {
		var places []place
		err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
			places, err = due(tx, dueBatch)
			return err
		})
		if err != nil {
			return err
		}
		for _, p := range places {
			if err := s.DB.Update(ctx, func(tx *store.Tx) error { return s.startOne(tx, p) }); err != nil {
				return err
			}
		}
		if len(places) < dueBatch {
			return nil
		}
	}
}

// startOne begins a data source's job if its schedule is due, and sets when it is
// due again.
func (s *Service) startOne(tx *store.Tx, p place) error {
	d, err := get(tx, p)
	if errors.Is(err, store.ErrNoRows) {
		return nil
	}
	if err != nil || d.NextAt == nil || d.NextAt.After(tx.Now()) {
		return err
	}
	if err := d.again(tx.Now()); err != nil {
		return err
	}
	if err := save(tx, d); err != nil {
		return err
	}
	err = s.Indexes.Active(tx, landlord(p.tenant), p.application, p.index)
	if err == nil {
		err = s.begin(tx, d, s.NewID())
	}
	if fault.As(err) == nil {
		return err
	}
	tx.AfterCommit(func() {
		s.Log.InfoContext(tx.Context(), "a scheduled sync was left out", "source", p.id, "tenant", p.tenant, "reason", err)
	})
	return nil // not now, but at its next time
}

// again sets when the schedule is due after now.
func (d *DataSource) again(now time.Time) error {
	sched, err := schedule.Parse(*d.Schedule)
	if err != nil {
		return err
	}
	due := *d.NextAt
	d.NextAt = nil
	if next, ok := sched.After(due, now); ok {
		d.NextAt = &next
	}
	return nil
}
