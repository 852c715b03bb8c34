package document

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/platform/blob/blobtest"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/replay"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/application"
	"github.com/parleyhq/parley/internal/resource/directory"
	"github.com/parleyhq/parley/internal/resource/index"
	"github.com/parleyhq/parley/internal/resource/principal"
)

const (
	wiki    = "d0000000-0000-4000-8000-000000000001" // a data source
	crm     = "d0000000-0000-4000-8000-000000000002" // another
	nowhere = "ffffffff-0000-4000-8000-000000000000" // what nothing is called
)

// us is who calls unless a test says otherwise.
func us() op.Caller { return optest.Root("111122223333") }

// rig is the family on a store, with what it stands on, in one index.
type rig struct {
	*Service
	*op.Registry

	clock   *storetest.Clock
	objects *blobtest.Memory
	ids     int
	app     string
	index   string
	syncs   map[string]*sync1 // by execution ID
}

// sync1 is a sync job.
type sync1 struct {
	source string
	open   bool
}

func newRig(t testing.TB, db *store.DB, clock *storetest.Clock) *rig {
	t.Helper()
	r := &rig{clock: clock, syncs: map[string]*sync1{}, objects: blobtest.New(blobtest.Buckets{"files": {
		"notes/a.txt": "Bread is baked in the morning.", "empty": "",
	}})}
	log, pages, replays := slog.New(slog.DiscardHandler), page.New(seal.Random()), &replay.Book{DB: db}
	jobs := job.New(db, log, clock.Now)
	roles := &principal.ServiceRoles{Principals: &principal.Service{DB: db}, TrustUnknown: true}
	apps := &application.Service{DB: db, Jobs: jobs, Pages: pages, Replays: replays, NewID: r.newID, Roles: roles}
	indexes := &index.Service{DB: db, Apps: apps, Jobs: jobs, Replays: replays, Pages: pages, NewID: r.newID, Below: []index.Purger{PurgeIndex}}
	people := &directory.Service{DB: db, Jobs: jobs, Pages: pages, Replays: replays, Apps: apps, Indexes: indexes, Roles: roles, NewID: r.newID, Sources: r.sources}
	r.Service = &Service{
		DB: db, Keys: seal.Random(), Jobs: jobs, Pages: pages, Apps: apps, Indexes: indexes, Directory: people,
		Objects: r.objects, Roles: roles, Now: clock.Now, PublicURL: "https://parley.example.com/",
		Executions: r.executions, Sources: r.sources,
	}
	apps.Below = []application.Purger{PurgeApplication, indexes.PurgeApplication}
	r.Registry = &op.Registry{Access: optest.Anyone{}, Replays: replays}
	apps.Work()
	indexes.Work()
	people.Work()
	r.Work()
	apps.Mount(r.Registry)
	indexes.Mount(r.Registry)
	people.Mount(r.Registry)
	r.Mount(r.Registry)
	r.app = *must(t, r, api.CreateApplication, &api.CreateApplicationInput{
		DisplayName: "app", IdentityType: new(api.IdentityTypeAwsIAMIDPOIDC),
		IAMIdentityProviderARN: new("arn:aws:iam::111122223333:oidc-provider/id.example.com"), ClientIDsForOIDC: []string{"c"},
	}).ApplicationID
	r.index = *must(t, r, api.CreateIndex, &api.CreateIndexInput{ApplicationID: r.app, DisplayName: "docs"}).IndexID
	return r
}

func (r *rig) newID() string {
	r.ids++
	return fmt.Sprintf("a1000000-0000-4000-8000-%012d", r.ids)
}

func (r *rig) sources(_ *store.Tx, _, _, _, source string) (bool, error) {
	return source == wiki || source == crm, nil
}

func (r *rig) executions(_ *store.Tx, _, _, _, execution string) (string, bool, error) {
	s := r.syncs[execution]
	if s == nil {
		return "", false, nil
	}
	return s.source, s.open, nil
}

// sync begins a sync job of a data source.
func (r *rig) sync(source string) string {
	id := r.newID()
	r.syncs[id] = &sync1{source, true}
	return id
}

func each(t *testing.T, test func(t *testing.T, r *rig)) {
	t.Helper()
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) { test(t, newRig(t, db, clock)) }, storetest.WithClock(clock.Now))
}

func call[In, Out any](t testing.TB, r *rig, o *smithy.Operation[In, Out], in *In) (*Out, error) {
	t.Helper()
	return optest.Call(t, r.Registry, us(), o, in)
}

func must[In, Out any](t testing.TB, r *rig, o *smithy.Operation[In, Out], in *In) *Out {
	t.Helper()
	return optest.Must(t, r.Registry, us(), o, in)
}

// text is a document of plain text.
func text(id, content string, change ...func(*api.Document)) api.Document {
	d := api.Document{ID: id, Content: &api.DocumentContent{Blob: []byte(content)}, ContentType: new(api.ContentTypePlainText)}
	for _, c := range change {
		c(&d)
	}
	return d
}

func titled(title string) func(*api.Document) {
	return func(d *api.Document) { d.Title = &title }
}

func having(name string, v api.DocumentAttributeValue) func(*api.Document) {
	return func(d *api.Document) {
		d.Attributes = append(d.Attributes, api.DocumentAttribute{Name: name, Value: v})
	}
}

func str(s string) api.DocumentAttributeValue { return api.DocumentAttributeValue{StringValue: &s} }

// only lets nobody but these see a document: a name with an @ is a user's.
func only(names ...string) func(*api.Document) {
	return func(d *api.Document) {
		d.AccessConfiguration = &api.AccessConfiguration{AccessControls: []api.AccessControl{{Principals: allowed(names...)}}}
	}
}

func allowed(names ...string) (all []api.Principal) {
	for _, n := range names {
		if strings.Contains(n, "@") {
			all = append(all, api.Principal{User: &api.PrincipalUser{ID: &n, Access: api.ReadAccessTypeAllow}})
		} else {
			all = append(all, api.Principal{Group: &api.PrincipalGroup{Name: &n, Access: api.ReadAccessTypeAllow}})
		}
	}
	return all
}

func (r *rig) batch(docs ...api.Document) *api.BatchPutDocumentInput {
	return &api.BatchPutDocumentInput{ApplicationID: r.app, IndexID: r.index, Documents: docs}
}

// put puts documents that have to be taken.
func (r *rig) put(t testing.TB, docs ...api.Document) {
	t.Helper()
	r.putIn(t, r.batch(docs...))
}

func (r *rig) putIn(t testing.TB, in *api.BatchPutDocumentInput) {
	t.Helper()
	if out := must(t, r, api.BatchPutDocument, in); len(out.FailedDocuments) > 0 {
		t.Fatalf("failed: %s", told(out.FailedDocuments))
	}
}

// told are failed documents in a line each.
func told(failed []api.FailedDocument) string {
	var lines []string
	for _, f := range failed {
		source := ""
		if f.DataSourceID != nil {
			source = " of " + *f.DataSourceID
		}
		lines = append(lines, fmt.Sprintf("%s%s: %s: %s", *f.ID, source, *f.Error.ErrorCode, *f.Error.ErrorMessage))
	}
	return strings.Join(lines, "\n")
}

// work runs the jobs that are due.
func (r *rig) work(t testing.TB) {
	t.Helper()
	if _, err := r.Jobs.RunDue(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// exhaust runs jobs until they have succeeded or were given up.
func (r *rig) exhaust(t testing.TB) {
	t.Helper()
	for range 10 {
		r.work(t)
		r.clock.Advance(6 * time.Minute)
	}
}

func (r *rig) indexed(t testing.TB, docs ...api.Document) {
	t.Helper()
	r.put(t, docs...)
	r.work(t)
}

func (r *rig) erase(t testing.TB, ids ...string) {
	t.Helper()
	if out := must(t, r, api.BatchDeleteDocument, r.deletion(ids...)); len(out.FailedDocuments) > 0 {
		t.Fatalf("failed: %s", told(out.FailedDocuments))
	}
}

func (r *rig) deletion(ids ...string) *api.BatchDeleteDocumentInput {
	in := &api.BatchDeleteDocumentInput{ApplicationID: r.app, IndexID: r.index}
	for _, id := range ids {
		in.Documents = append(in.Documents, api.DeleteDocument{DocumentID: id})
	}
	return in
}

func (r *rig) list(t testing.TB) []api.DocumentDetails {
	t.Helper()
	return must(t, r, api.ListDocuments, &api.ListDocumentsInput{ApplicationID: r.app, IndexID: r.index}).DocumentDetailList
}

// states are the documents of the index with their statuses, by ID.
func (r *rig) states(t testing.TB) string {
	t.Helper()
	var all []string
	for _, d := range r.list(t) {
		line := *d.DocumentID + " " + string(*d.Status)
		if d.Error != nil {
			line += " " + string(*d.Error.ErrorCode) + ": " + *d.Error.ErrorMessage
		}
		all = append(all, line)
	}
	slices.Sort(all)
	return strings.Join(all, "\n")
}

func (r *rig) wantStates(t testing.TB, want ...string) {
	t.Helper()
	if diff := cmp.Diff(strings.Join(want, "\n"), r.states(t)); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

func (r *rig) place() Place { return Place{us().Tenant(), r.app, r.index, ""} }

func (r *rig) key() retrieval.Key {
	return retrieval.Key{Tenant: us().Tenant(), Application: r.app, Index: r.index}
}

// follower is a reader of the log, which holds what search would.
type follower struct {
	*rig

	seq  int64
	docs map[string]retrieval.Change // by row key
}

func (r *rig) follower() *follower { return &follower{rig: r, docs: map[string]retrieval.Change{}} }

// follow applies the changes there are, a few at a time.
func (f *follower) follow(t testing.TB) {
	t.Helper()
	for {
		all, err := f.Log().Changes(t.Context(), f.key(), f.seq, 3)
		if err != nil {
			t.Fatal(err)
		}
		if len(all) == 0 {
			return
		}
		for _, c := range all {
			if c.Seq <= f.seq {
				t.Errorf("change %d after %d", c.Seq, f.seq)
			}
			f.seq = c.Seq
			if c.Gone {
				delete(f.docs, c.Document)
			} else {
				f.docs[c.Document] = c
			}
		}
	}
}

// found are the texts of the documents that search would have, by title.
func (f *follower) found(t testing.TB) map[string]string {
	t.Helper()
	f.follow(t)
	texts := map[string]string{}
	for _, c := range f.docs {
		var all []string
		for i, p := range c.Passages {
			if p.N != i {
				t.Errorf("passage %d is numbered %d", i, p.N)
			}
			all = append(all, p.Text)
		}
		texts[c.Title] += strings.Join(all, "|")
	}
	return texts
}

func (r *rig) wantFound(t testing.TB, f *follower, want map[string]string) {
	t.Helper()
	if diff := cmp.Diff(want, f.found(t)); diff != "" {
		t.Errorf("in the log (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, r.follower().found(t)); diff != "" {
		t.Errorf("in the log from its beginning (-want +got):\n%s", diff)
	}
}

// rows counts those of a table.
func (r *rig) rows(t testing.TB, table string) (n int) {
	t.Helper()
	err := r.DB.View(context.Background(), func(tx *store.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM `+table+` WHERE tenant = $1`, us().Tenant()).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// stats are what GetIndex says of what the index holds.
func (r *rig) stats(t testing.TB) string {
	t.Helper()
	s := must(t, r, api.GetIndex, &api.GetIndexInput{ApplicationID: r.app, IndexID: r.index}).IndexStatistics.TextDocumentStatistics
	return fmt.Sprintf("%d documents, %d bytes", *s.IndexedTextDocumentCount, *s.IndexedTextBytes)
}

func absentDocument(id string) fault.Error {
	return fault.Error{Code: fault.ResourceNotFound, ResourceType: "document", ResourceID: id}
}
