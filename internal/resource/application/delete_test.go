package application

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/tag"
)

func erase(t *testing.T, r *rig, id string) {
	t.Helper()
	must(t, r, us(), api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: id})
}

// isActive asks what a family asks before it makes a child.
func isActive(t *testing.T, r *rig, id string) error {
	return r.DB.View(t.Context(), func(tx *store.Tx) error { return r.Active(tx, us(), id) })
}

func exists(t *testing.T, r *rig, id string) error {
	return r.DB.View(t.Context(), func(tx *store.Tx) error { return r.Exists(tx, us(), id) })
}

func TestADeletedApplicationGoesThroughDeleting(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app := create(t, r, "app")
		if err := errors.Join(isActive(t, r, app), exists(t, r, app)); err != nil {
			t.Fatal(err)
		}
		for range 2 { // idempotent
			erase(t, r, app)
			got := get(t, r, app)
			if *got.Status != api.ApplicationStatusDeleting || got.Error != nil {
				t.Errorf("%s, %v", *got.Status, got.Error)
			}
		}
		jobs, err := r.Jobs.List(t.Context(), job.Filter{Application: app})
		if err != nil || len(jobs) != 1 {
			t.Errorf("%d jobs, %v; want 1", len(jobs), err)
		}
		optest.Refused(t, isActive(t, r, app), conflict(app))
		if err := exists(t, r, app); err != nil {
			t.Error(err)
		}
		_, err = call(t, r, us(), api.UpdateApplication, &api.UpdateApplicationInput{ApplicationID: app})
		optest.Refused(t, err, conflict(app))

		work(t, r)
		optest.Refused(t, isActive(t, r, app), absent(app))
		optest.Refused(t, exists(t, r, app), absent(app))
		_, err = call(t, r, us(), api.GetApplication, &api.GetApplicationInput{ApplicationID: app})
		optest.Refused(t, err, absent(app))
		_, err = call(t, r, us(), api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: app})
		optest.Refused(t, err, absent(app))
	})
}

// TestDeletionRemovesEverythingBelow: more rows than a transaction may change, of
// families and jobs, and nothing of the neighbour.
func TestDeletionRemovesEverythingBelow(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app, other := create(t, r, "app"), create(t, r, "other")
		before := count(t, r)
		fill(t, r, other, 3)
		kept := count(t, r)
		fill(t, r, app, 3100)
		erase(t, r, app)
		work(t, r)
		kept.applications--
		if diff := cmp.Diff(kept, count(t, r), cmp.AllowUnexported(rows{})); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
		erase(t, r, other)
		work(t, r)
		before.applications = 0
		if diff := cmp.Diff(before, count(t, r), cmp.AllowUnexported(rows{})); diff != "" {
			t.Errorf("left (-want +got):\n%s", diff)
		}
	})
}

// fill puts an answer, n tagged children and a job below an application.
func fill(t *testing.T, r *rig, app string, n int) {
	t.Helper()
	c := us()
	update := func(fn func(tx *store.Tx) error) {
		t.Helper()
		if err := r.DB.Update(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	for from := 0; from < n; from += 1500 {
		update(func(tx *store.Tx) error {
			for i := from; i < min(n, from+1500); i++ {
				if err := tag.Put(tx, c.ARN("application/%s/plugin/%d", app, i), []api.Tag{{Key: "k"}}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	update(func(tx *store.Tx) error {
		return r.Jobs.Enqueue(tx, c.Tenant(), app, "nobody.handles", struct{}{})
	})
	c.Token = &op.Token{Operation: "CreatePlugin", Application: app, Value: "token"}
	if err := r.Service.Replays.Once(t.Context(), c, "any", func(*store.Tx) error { return nil }); err != nil {
		t.Fatal(err)
	}
}

type rows struct{ applications, tags, replays, jobs int }

func count(t *testing.T, r *rig) (n rows) {
	t.Helper()
	err := r.DB.View(t.Context(), func(tx *store.Tx) error {
		for query, dest := range map[string]*int{
			`SELECT COUNT(*) /* every tenant: a test counts */ FROM application`: &n.applications,
			`SELECT COUNT(*) /* every tenant: a test counts */ FROM tag`:         &n.tags,
			`SELECT COUNT(*) /* every tenant: a test counts */ FROM replay`:      &n.replays,
			`SELECT COUNT(*) /* every tenant: a test counts */ FROM jobs`:        &n.jobs,
		} {
			if err := tx.Row(query).Scan(dest); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestADeletionThatFailsCanBeTriedAgain: the application is FAILED, says so, and
// holds neither its name nor a place.
func TestADeletionThatFailsCanBeTriedAgain(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		stuck := errors.New("a secret path of the disk")
		r.Below = append(r.Below, func(*store.Tx, string, string, int) (bool, error) { return false, stuck })
		app := create(t, r, "app")
		erase(t, r, app)
		exhaust(t, r)
		got := get(t, r, app)
		want := &api.ErrorDetail{
			ErrorCode:    new(api.ErrorCodeInternalError),
			ErrorMessage: new("Application " + app + " could not be deleted completely. Delete it again; if that fails too, look in the server's log and its list of jobs."),
		}
		if diff := cmp.Diff(want, got.Error); diff != "" || *got.Status != api.ApplicationStatusFailed {
			t.Errorf("%s (-want +got):\n%s", *got.Status, diff)
		}
		optest.Refused(t, isActive(t, r, app), conflict(app))
		create(t, r, "app")

		r.Below = r.Below[:len(r.Below)-1]
		erase(t, r, app)
		if got := get(t, r, app); *got.Status != api.ApplicationStatusDeleting || got.Error != nil {
			t.Errorf("deleted again: %s, %v", *got.Status, got.Error)
		}
		exhaust(t, r)
		_, err := call(t, r, us(), api.GetApplication, &api.GetApplicationInput{ApplicationID: app})
		optest.Refused(t, err, absent(app))
		if n := count(t, r).jobs; n != 0 {
			t.Errorf("%d jobs left", n)
		}
	})
}

// TestStragglersAreRemoved: rows that appear while an application is being
// removed go with it, be they few or many.
func TestStragglersAreRemoved(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		app := create(t, r, "app")
		late := func(n int) Purger {
			return func(tx *store.Tx, tenant, application string, limit int) (bool, error) {
				gone := min(n, limit)
				n -= gone
				return gone == limit, nil
			}
		}
		calls := 0
		few, many := late(stragglers-1), late(stragglers+1)
		r.Below = append(r.Below, func(tx *store.Tx, tenant, application string, limit int) (bool, error) {
			if calls++; calls == 1 {
				return false, nil // they are not there yet
			}
			a, _ := few(tx, tenant, application, limit)
			b, err := many(tx, tenant, application, limit)
			return a || b, err
		})
		erase(t, r, app)
		exhaust(t, r)
		_, err := call(t, r, us(), api.GetApplication, &api.GetApplicationInput{ApplicationID: app})
		optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "application", ResourceID: app})
		if calls != 4 { // nothing, too much to finish with, the rest, finish
			t.Errorf("asked %d times, want 4", calls)
		}
	})
}
