package chat

import (
	"log/slog"
	"slices"
	"testing"

	"github.com/google/uuid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/directory"
	"github.com/parleyhq/parley/internal/resource/document"
	"github.com/parleyhq/parley/internal/resource/index"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/retriever"
)

// shelf is the documents of a server's applications, and their search.
type shelf struct {
	*retriever.Service

	indexes   *index.Service
	members   *directory.Service
	documents *document.Service
	jobs      *job.Queue
	idx       string // of the application, once there is one
}

func newShelf(t testing.TB, db *store.DB, clock *storetest.Clock, keys *seal.Keys) *shelf {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	pages, book, jobs := page.New(keys), &replay.Book{DB: db}, job.New(db, log, clock.Now)
	roles := &principal.ServiceRoles{Principals: &principal.Service{DB: db}, TrustUnknown: true}
	apps := &application.Service{DB: db, People: identityStore{}}
	s := &shelf{jobs: jobs}
	s.indexes = &index.Service{DB: db, Apps: apps, Jobs: jobs, Replays: book, Pages: pages, NewID: uuid.NewString}
	s.members = &directory.Service{DB: db, Jobs: jobs, Pages: pages, Replays: book, Apps: apps, Indexes: s.indexes, Roles: roles, Objects: blob.None{}, NewID: uuid.NewString}
	s.documents = &document.Service{DB: db, Keys: keys, Jobs: jobs, Pages: pages, Apps: apps, Indexes: s.indexes, Directory: s.members, Objects: blob.None{}, Roles: roles, Now: clock.Now}
	library := retrieval.New(retrieval.Config{Source: s.documents.Log(), Now: clock.Now, Log: log})
	t.Cleanup(func() { _ = library.Close() })
	s.documents.Changed, s.indexes.Forget = library.Nudge, library.Forget
	s.Service = &retriever.Service{
		DB: db, Apps: apps, Indexes: s.indexes, Directory: s.members, Documents: s.documents, Library: library,
		Replays: book, Pages: pages, Roles: roles, NewID: uuid.NewString, Log: log,
	}
	s.indexes.Work()
	s.documents.Work()
	return s
}

func (s *shelf) mount(r *op.Registry) {
	s.indexes.Mount(r)
	s.members.Mount(r)
	s.documents.Mount(r)
	s.Service.Mount(r)
}

// stock gives the application an index and a retriever, and documents of plain text
// by their IDs.
func (b *bench) stock(t testing.TB, docs ...api.Document) {
	t.Helper()
	if b.docs.idx == "" {
		b.docs.idx = *must(t, b, api.CreateIndex, &api.CreateIndexInput{ApplicationID: b.app, DisplayName: "docs"}).IndexID
		must(t, b, api.CreateRetriever, &api.CreateRetrieverInput{
			ApplicationID: b.app, DisplayName: "find", Type: api.RetrieverTypeNativeIndex,
			Configuration: api.RetrieverConfiguration{NativeIndexConfiguration: &api.NativeIndexConfiguration{IndexID: b.docs.idx}},
		})
	}
	for some := range slices.Chunk(docs, 10) {
		out := must(t, b, api.BatchPutDocument, &api.BatchPutDocumentInput{ApplicationID: b.app, IndexID: b.docs.idx, Documents: some})
		if len(out.FailedDocuments) > 0 {
			t.Fatalf("%s: %s", *out.FailedDocuments[0].ID, *out.FailedDocuments[0].Error.ErrorMessage)
		}
	}
	if _, err := b.docs.jobs.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// doc is a document of plain text that everybody may see, or if any are given those
// users alone.
func doc(id, title, content string, users ...string) api.Document {
	d := api.Document{ID: id, Title: &title, Content: &api.DocumentContent{Blob: []byte(content)}, ContentType: new(api.ContentTypePlainText)}
	for _, u := range users {
		d.AccessConfiguration = &api.AccessConfiguration{AccessControls: []api.AccessControl{{
			Principals: []api.Principal{{User: &api.PrincipalUser{ID: &u, Access: api.ReadAccessTypeAllow}}},
		}}}
	}
	return d
}
