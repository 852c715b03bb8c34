package datasource

import (
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/platform/connector/bucket"
	"github.com/parleyhq/parley/internal/platform/connector/connectortest"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/directory"
	"github.com/parleyhq/parley/internal/resource/document"
	"github.com/parleyhq/parley/internal/resource/index"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/secretstore"
	"github.com/parleyhq/parley/internal/resource/tag"
)

// bench is the family on a store, with what it stands on.
type bench struct {
	*op.Registry
	sources *Service
	jobs    *job.Queue
	memory  *connectortest.Memory
	clock   *storetest.Clock
	caller  op.Caller
	app     string
	idx     string
}

func each(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		test(t, newBench(t, db, clock))
	}, storetest.WithClock(clock.Now))
}

// newScratch is a bench on SQLite alone, for tests that are not about rows.
func newScratch(t *testing.T) *bench {
	t.Helper()
	clock := storetest.NewClock()
	return newBench(t, storetest.New(t, storetest.WithClock(clock.Now)), clock)
}

func newBench(t testing.TB, db *store.DB, clock *storetest.Clock) *bench {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	b := &bench{jobs: job.New(db, log, clock.Now), memory: connectortest.NewMemory(), clock: clock, caller: optest.Root("111122223333")}
	book, pages, keys := &replay.Book{DB: db}, page.New(seal.Random()), seal.Random()
	roles := &principal.ServiceRoles{Principals: &principal.Service{DB: db}, TrustUnknown: true}
	apps := &application.Service{DB: db, Jobs: b.jobs, Pages: pages, Replays: book, Roles: roles, NewID: uuid.NewString}
	indexes := &index.Service{DB: db, Apps: apps, Jobs: b.jobs, Replays: book, Pages: pages, NewID: uuid.NewString}
	b.sources = &Service{
		DB: db, Jobs: b.jobs, Replays: book, Pages: pages, Indexes: indexes, Roles: roles, Log: log, NewID: newIDs(),
		Secrets: &secretstore.Resolver{Own: &secretstore.Service{DB: db, Keys: keys}},
		Kinds:   map[string]connector.Kind{"MEMORY": b.memory, "S3": bucket.Kind{}},
		Env:     connectortest.Env(connector.Env{Objects: blob.None{}, Now: clock.Now}),
	}
	b.sources.Documents = &document.Service{
		DB: db, Keys: keys, Jobs: b.jobs, Pages: pages, Apps: apps, Indexes: indexes, Roles: roles, Objects: blob.None{}, Now: clock.Now,
		Directory:  &directory.Service{DB: db, Jobs: b.jobs, Pages: pages, Replays: book, Apps: apps, Indexes: indexes},
		Executions: b.sources.Execution, Sources: b.sources.HasSource,
	}
	apps.Below = []application.Purger{PurgeApplication, document.PurgeApplication}
	indexes.Below = []index.Purger{PurgeIndex, document.PurgeIndex}
	tags := &tag.Service{DB: db, Kinds: map[string]tag.Kind{"application/index/data-source": Kind}}
	b.Registry = &op.Registry{Access: optest.Anyone{}, Replays: book}
	for _, room := range []interface{ Mount(r *op.Registry) }{apps, indexes, tags, b.sources, b.sources.Documents} {
		room.Mount(b.Registry)
	}
	for _, room := range []interface{ Work() }{apps, indexes, b.sources, b.sources.Documents} {
		room.Work()
	}
	b.app = b.newApplication(t, "library")
	b.idx = b.newIndex(t, b.app, "books")
	return b
}

// newIDs counts, so that what is made later comes later.
func newIDs() func() string {
	var n atomic.Int64
	return func() string { return fmt.Sprintf("d5000000-0000-4000-8000-%012d", n.Add(1)) }
}

func (b *bench) newApplication(t testing.TB, name string) string {
	t.Helper()
	identity := api.IdentityTypeAnonymous
	out := optest.Must(t, b.Registry, b.caller, api.CreateApplication, &api.CreateApplicationInput{DisplayName: name, IdentityType: &identity})
	return *out.ApplicationID
}

func (b *bench) newIndex(t testing.TB, app, name string) string {
	t.Helper()
	return *optest.Must(t, b.Registry, b.caller, api.CreateIndex, &api.CreateIndexInput{ApplicationID: app, DisplayName: name}).IndexID
}

const (
	memoryConfig = `{"type":"MEMORY","syncMode":"FULL_CRAWL"}`
	customConfig = `{"type":"CUSTOM","version":"1.0.0"}`
	bucketConfig = `{"type":"S3","syncMode":"FULL_CRAWL","connectionConfiguration":{"repositoryEndpointMetadata":{"BucketName":"books"}},"repositoryConfigurations":{"document":{"fieldMappings":[]}},"version":"1.0.0"}`
	role         = "arn:aws:iam::111122223333:role/reader"
)

// input asks for a data source.
func (b *bench) input(config string) *api.CreateDataSourceInput {
	return &api.CreateDataSourceInput{ApplicationID: b.app, IndexID: b.idx, DisplayName: "shelf", Configuration: []byte(config)}
}

// create makes a data source of a configuration.
func (b *bench) create(t testing.TB, config string) (id string) {
	t.Helper()
	return *optest.Must(t, b.Registry, b.caller, api.CreateDataSource, b.input(config)).DataSourceID
}

func (b *bench) get(t testing.TB, id string) *api.GetDataSourceOutput {
	t.Helper()
	return optest.Must(t, b.Registry, b.caller, api.GetDataSource, &api.GetDataSourceInput{ApplicationID: b.app, IndexID: b.idx, DataSourceID: id})
}

func (b *bench) start(t testing.TB, id string) (execution string, err error) {
	t.Helper()
	out, err := optest.Call(t, b.Registry, b.caller, api.StartDataSourceSyncJob, &api.StartDataSourceSyncJobInput{ApplicationID: b.app, IndexID: b.idx, DataSourceID: id})
	if err != nil {
		return "", err
	}
	return *out.ExecutionID, nil
}

func (b *bench) mustStart(t testing.TB, id string) (execution string) {
	t.Helper()
	execution, err := b.start(t, id)
	if err != nil {
		t.Fatal(err)
	}
	return execution
}

func (b *bench) stop(t testing.TB, id string) error {
	t.Helper()
	_, err := optest.Call(t, b.Registry, b.caller, api.StopDataSourceSyncJob, &api.StopDataSourceSyncJobInput{ApplicationID: b.app, IndexID: b.idx, DataSourceID: id})
	return err
}

// history lists the sync jobs of a source, those that f asks for.
func (b *bench) history(t testing.TB, id string, f func(in *api.ListDataSourceSyncJobsInput)) []api.DataSourceSyncJob {
	t.Helper()
	in := &api.ListDataSourceSyncJobsInput{ApplicationID: b.app, IndexID: b.idx, DataSourceID: id}
	if f != nil {
		f(in)
	}
	return optest.Must(t, b.Registry, b.caller, api.ListDataSourceSyncJobs, in).History
}

// last is the newest sync job of a source.
func (b *bench) last(t testing.TB, id string) api.DataSourceSyncJob {
	t.Helper()
	return b.history(t, id, nil)[0]
}

// work runs every job that is due, and what becomes due within a time.
func (b *bench) work(t testing.TB, within time.Duration) {
	t.Helper()
	for end := b.clock.Now().Add(within); ; b.clock.Advance(time.Second) {
		if _, err := b.jobs.RunDue(t.Context()); err != nil {
			t.Fatal(err)
		}
		if !b.clock.Now().Before(end) {
			return
		}
	}
}

// sync runs a whole sync job and returns how it ended.
func (b *bench) sync(t testing.TB, id string) api.DataSourceSyncJob {
	t.Helper()
	b.mustStart(t, id)
	return b.finish(t, id)
}

// finish runs the newest sync job to its end.
func (b *bench) finish(t testing.TB, id string) api.DataSourceSyncJob {
	t.Helper()
	for range 200 {
		b.work(t, 0)
		if j := b.last(t, id); j.EndTime != nil {
			return j
		}
		b.clock.Advance(time.Second)
	}
	t.Fatalf("the sync job does not end: %s", *b.last(t, id).Status)
	return api.DataSourceSyncJob{}
}

// metrics are the numbers of a job: scanned, added, modified, deleted, failed.
func metrics(j api.DataSourceSyncJob) string {
	text := func(s *string) string {
		if s == nil {
			return "-"
		}
		return *s
	}
	m := j.Metrics
	return fmt.Sprintf("%s scanned, %s added, %s modified, %s deleted, %s failed",
		text(m.DocumentsScanned), text(m.DocumentsAdded), text(m.DocumentsModified), text(m.DocumentsDeleted), text(m.DocumentsFailed))
}
