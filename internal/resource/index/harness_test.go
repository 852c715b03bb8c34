package index

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// us is who calls unless a test says otherwise.
func us() op.Caller { return optest.Root("111122223333") }

// rig is one server's indexes, in one application.
type rig struct {
	*Service
	*op.Registry
	clock     *storetest.Clock
	app       string
	forgotten []retrieval.Key
}

func newRig(t *testing.T, db *store.DB, clock *storetest.Clock) *rig {
	t.Helper()
	n := 0
	newID := func() string { n++; return fmt.Sprintf("b2000000-0000-4000-8000-%012d", n) }
	jobs := job.New(db, slog.New(slog.DiscardHandler), clock.Now)
	pages, replays := page.New(seal.Random()), &replay.Book{DB: db}
	apps := &application.Service{
		DB: db, Jobs: jobs, Pages: pages, Replays: replays, NewID: newID,
		Roles: &principal.ServiceRoles{Principals: &principal.Service{DB: db}, TrustUnknown: true},
	}
	r := &rig{clock: clock, Registry: &op.Registry{Access: optest.Anyone{}, Replays: replays}}
	r.Service = &Service{DB: db, Apps: apps, Jobs: jobs, Replays: replays, Pages: pages, NewID: newID,
		Forget: func(k retrieval.Key) error { r.forgotten = append(r.forgotten, k); return nil }}
	apps.Below = []application.Purger{r.Service.PurgeApplication}
	apps.Work()
	r.Work()
	apps.Mount(r.Registry)
	r.Mount(r.Registry)
	(&tag.Service{DB: db, Kinds: map[string]tag.Kind{"application": application.Kind, "application/index": Kind}}).Mount(r.Registry)
	r.app = r.application(t, "app")
	return r
}

func (r *rig) application(t *testing.T, name string) string {
	t.Helper()
	return *must(t, r, api.CreateApplication, &api.CreateApplicationInput{
		DisplayName: name, IdentityType: new(api.IdentityTypeAnonymous),
	}).ApplicationID
}

func each(t *testing.T, test func(t *testing.T, r *rig)) {
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newRig(t, db, clock)) }, storetest.WithClock(clock.Now))
}

func call[In, Out any](t *testing.T, r *rig, o *smithy.Operation[In, Out], in *In) (*Out, error) {
	t.Helper()
	return optest.Call(t, r.Registry, us(), o, in)
}

func must[In, Out any](t *testing.T, r *rig, o *smithy.Operation[In, Out], in *In) *Out {
	t.Helper()
	return optest.Must(t, r.Registry, us(), o, in)
}

func (r *rig) create(t *testing.T, name string) string {
	t.Helper()
	return *must(t, r, api.CreateIndex, &api.CreateIndexInput{ApplicationID: r.app, DisplayName: name}).IndexID
}

func (r *rig) get(t *testing.T, id string) *api.GetIndexOutput {
	t.Helper()
	return must(t, r, api.GetIndex, &api.GetIndexInput{ApplicationID: r.app, IndexID: id})
}

// configure is an UpdateIndex of nothing but attributes.
func (r *rig) configure(t *testing.T, id string, list ...api.DocumentAttributeConfiguration) error {
	t.Helper()
	_, err := call(t, r, api.UpdateIndex, &api.UpdateIndexInput{ApplicationID: r.app, IndexID: id, DocumentAttributeConfigurations: list})
	return err
}

func (r *rig) erase(t *testing.T, id string) {
	t.Helper()
	must(t, r, api.DeleteIndex, &api.DeleteIndexInput{ApplicationID: r.app, IndexID: id})
}

// work runs the jobs that are due.
func (r *rig) work(t *testing.T) {
	t.Helper()
	if _, err := r.Jobs.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// exhaust runs jobs until they have succeeded or were given up.
func (r *rig) exhaust(t *testing.T) {
	t.Helper()
	for range 10 {
		r.work(t)
		r.clock.Advance(10 * time.Minute)
	}
}

// view is a read of what other families ask.
func view[T any](t *testing.T, r *rig, read func(tx *store.Tx) (T, error)) (v T, err error) {
	t.Helper()
	err = r.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		v, err = read(tx)
		return err
	})
	return v, err
}

// advance takes a number of the log.
func (r *rig) advance(ctx context.Context, id string, n, documents, bytes int64) (seq int64, err error) {
	err = r.DB.Update(ctx, func(tx *store.Tx) (err error) {
		seq, err = AdvanceBy(tx, us().Tenant(), r.app, id, n, documents, bytes)
		return err
	})
	return seq, err
}

func (r *rig) mustAdvance(t *testing.T, id string, n, documents, bytes int64) int64 {
	t.Helper()
	seq, err := r.advance(t.Context(), id, n, documents, bytes)
	if err != nil {
		t.Fatal(err)
	}
	return seq
}

func conflict(resourceType, id string) fault.Error {
	return fault.Error{Code: fault.Conflict, ResourceType: resourceType, ResourceID: id}
}

func absent(resourceType, id string) fault.Error {
	return fault.Error{Code: fault.ResourceNotFound, ResourceType: resourceType, ResourceID: id}
}

func quota(id string) fault.Error {
	return fault.Error{Code: fault.ServiceQuotaExceeded, ResourceType: "index", ResourceID: id}
}

// nowhere is an ID that nothing has.
const nowhere = "ffffffff-0000-4000-8000-000000000000"
