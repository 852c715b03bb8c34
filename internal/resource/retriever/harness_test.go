package retriever

import (
	"fmt"
	"log/slog"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/accessor"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/directory"
	"github.com/parleyhq/parley/internal/resource/document"
	"github.com/parleyhq/parley/internal/resource/identitycenter"
	"github.com/parleyhq/parley/internal/resource/identitycenter/people"
	"github.com/parleyhq/parley/internal/resource/index"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// us is the root of the account that has everything here.
func us() op.Caller { return optest.Root("111122223333") }

// rig is one server's retrievers, with the rooms that a search goes through, in an
// application whose users are known by an e-mail address, and one index.
type rig struct {
	*Service
	*op.Registry
	clock    *storetest.Clock
	jobs     *job.Queue
	app, idx string
}

func newRig(t testing.TB, db *store.DB, clock *storetest.Clock) *rig {
	t.Helper()
	n := 0
	newID := func() string { n++; return fmt.Sprintf("c3000000-0000-4000-8000-%012d", n) }
	keys, log := seal.Random(), slog.New(slog.DiscardHandler)
	pages, replays, jobs := page.New(keys), &replay.Book{DB: db}, job.New(db, log, clock.Now)
	roles := &principal.ServiceRoles{Principals: &principal.Service{DB: db}, TrustUnknown: true}
	staff := &people.Service{DB: db, Keys: keys, Pages: pages, NewID: newID}
	apps := &application.Service{DB: db, Jobs: jobs, Pages: pages, Replays: replays, NewID: newID, Roles: roles, People: staff, Below: []application.Purger{PurgeApplication}}
	indexes := &index.Service{DB: db, Apps: apps, Jobs: jobs, Replays: replays, Pages: pages, NewID: newID}
	members := &directory.Service{DB: db, Jobs: jobs, Pages: pages, Replays: replays, Apps: apps, Indexes: indexes, Roles: roles, Objects: blob.None{}, NewID: newID}
	documents := &document.Service{DB: db, Keys: keys, Jobs: jobs, Pages: pages, Apps: apps, Indexes: indexes, Directory: members, Objects: blob.None{}, Roles: roles, Now: clock.Now}
	library := retrieval.New(retrieval.Config{Source: documents.Log(), Now: clock.Now, Log: log})
	t.Cleanup(func() { _ = library.Close() })
	documents.Changed, indexes.Forget, indexes.Below = library.Nudge, library.Forget, []index.Purger{document.PurgeIndex, directory.PurgeIndex}
	r := &rig{clock: clock, jobs: jobs, Registry: &op.Registry{Access: optest.Anyone{}, Replays: replays}}
	r.Service = &Service{
		DB: db, Apps: apps, Indexes: indexes, Directory: members, Documents: documents, Library: library,
		Replays: replays, Pages: pages, Roles: roles, NewID: newID, Log: log,
	}
	r.furnish(apps, indexes, members, documents)
	center := &identitycenter.Service{DB: db, Keys: keys, Jobs: jobs, Pages: pages, Replays: replays, NewID: newID, Now: clock.Now, People: staff}
	center.Mount(r.Registry)
	(&accessor.Service{DB: db, Apps: apps, Center: center, Pages: pages, Replays: replays, NewID: newID}).Mount(r.Registry)
	r.app = *must(t, r, api.CreateApplication, &api.CreateApplicationInput{DisplayName: "app", IdentityType: new(api.IdentityTypeAwsIAMIDPOIDC),
		IAMIdentityProviderARN: new("arn:aws:iam::111122223333:oidc-provider/id.example.com"), ClientIDsForOIDC: []string{"client"}}).ApplicationID
	r.idx = r.index(t, "docs")
	return r
}

// furnish mounts the operations of all rooms, and registers their jobs.
func (r *rig) furnish(apps *application.Service, indexes *index.Service, members *directory.Service, documents *document.Service) {
	(&tag.Service{DB: r.DB, Kinds: map[string]tag.Kind{"application": application.Kind, "application/retriever": Kind}}).Mount(r.Registry)
	r.Service.Mount(r.Registry)
	for _, room := range []interface {
		Mount(*op.Registry)
		Work()
	}{apps, indexes, members, documents} {
		room.Mount(r.Registry)
		room.Work()
	}
}

func (r *rig) index(t testing.TB, name string) string {
	t.Helper()
	return *must(t, r, api.CreateIndex, &api.CreateIndexInput{ApplicationID: r.app, DisplayName: name}).IndexID
}

func each(t *testing.T, test func(t *testing.T, r *rig)) {
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newRig(t, db, clock)) }, storetest.WithClock(clock.Now))
}

func call[In, Out any](t *testing.T, r *rig, o *smithy.Operation[In, Out], in *In) (*Out, error) {
	t.Helper()
	return optest.Call(t, r.Registry, us(), o, in)
}

func must[In, Out any](t testing.TB, r *rig, o *smithy.Operation[In, Out], in *In) *Out {
	t.Helper()
	return optest.Must(t, r.Registry, us(), o, in)
}

// work runs the jobs that are due.
func (r *rig) work(t testing.TB) {
	t.Helper()
	if _, err := r.jobs.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// native is a configuration of an index.
func native(idx string, boosts Boosting) api.RetrieverConfiguration {
	return api.RetrieverConfiguration{NativeIndexConfiguration: &api.NativeIndexConfiguration{IndexID: idx, BoostingOverride: boosts}}
}

// kendra is one of an index somewhere else.
func kendra() api.RetrieverConfiguration {
	return api.RetrieverConfiguration{KendraIndexConfiguration: &api.KendraIndexConfiguration{IndexID: "99990000-aaaa-4bbb-8ccc-ddddeeeeffff"}}
}

func (r *rig) create(t testing.TB, name string, boosts Boosting) string {
	t.Helper()
	return *must(t, r, api.CreateRetriever, &api.CreateRetrieverInput{
		ApplicationID: r.app, DisplayName: name, Type: api.RetrieverTypeNativeIndex, Configuration: native(r.idx, boosts),
	}).RetrieverID
}

func (r *rig) get(t *testing.T, id string) *api.GetRetrieverOutput {
	t.Helper()
	return must(t, r, api.GetRetriever, &api.GetRetrieverInput{ApplicationID: r.app, RetrieverID: id})
}

// configure gives the index attributes.
func (r *rig) configure(t *testing.T, list ...api.DocumentAttributeConfiguration) {
	t.Helper()
	must(t, r, api.UpdateIndex, &api.UpdateIndexInput{ApplicationID: r.app, IndexID: r.idx, DocumentAttributeConfigurations: list})
}

func an(name string, t api.AttributeType, search api.Status) api.DocumentAttributeConfiguration {
	return api.DocumentAttributeConfiguration{Name: &name, Type: &t, Search: &search}
}

func conflict(resourceType, id string) fault.Error {
	return fault.Error{Code: fault.Conflict, ResourceType: resourceType, ResourceID: id}
}

func absent(resourceType, id string) fault.Error {
	return fault.Error{Code: fault.ResourceNotFound, ResourceType: resourceType, ResourceID: id}
}

// nowhere is an ID that nothing has.
const nowhere = "ffffffff-0000-4000-8000-000000000000"
