package plugin

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
)

// find returns a plugin, or a ResourceNotFound that says which of the
// application and the plugin is not there.
func (s *Service) find(tx *store.Tx, c op.Caller, application, id string) (*Plugin, error) {
	p, err := get(tx, c.Tenant(), application, id)
	return p, s.explain(tx, c, application, id, err)
}

// missing is explain for an operation whose only statement did not find its row.
func (s *Service) missing(ctx context.Context, c op.Caller, application, id string, err error) error {
	if !errors.Is(err, store.ErrNoRows) {
		return err
	}
	return s.DB.View(ctx, func(tx *store.Tx) error { return s.explain(tx, c, application, id, err) })
}

// explain turns the lack of a row into the answer for it.
func (s *Service) explain(tx *store.Tx, c op.Caller, application, id string, err error) error {
	if !errors.Is(err, store.ErrNoRows) {
		return err
	}
	if err := s.Apps.Exists(tx, c, application); err != nil {
		return err
	}
	return fault.NotFound("plugin", id, "There is no plugin with ID %s in application %s.", id, application)
}

// Kind answers the tag family: is there such a plugin? ids are its
// application's and its own.
func Kind(tx *store.Tx, tenant string, ids []string) (found bool, err error) {
	_, err = get(tx, tenant, ids[0], ids[1])
	if errors.Is(err, store.ErrNoRows) {
		return false, nil
	}
	return err == nil, err
}

// Shown is a plugin as a tool shows it to its operator.
type Shown struct {
	Plugin  *Plugin
	Actions []Action
}

// Show returns a plugin with its actions and the reason of a failed build.
func (s *Service) Show(ctx context.Context, tenant, application, id string) (shown Shown, err error) {
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		shown.Plugin, shown.Actions, err = getWithActions(tx, tenant, application, id)
		if errors.Is(err, store.ErrNoRows) {
			err = fault.NotFound("plugin", id, "There is no plugin %s in application %s of %s.", id, application, tenant)
		}
		return err
	})
	return shown, err
}
