package document

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/store"
)

// tally is what a sync job has done so far.
func (r *rig) tally(t testing.TB, source, execution string) (c Tally) {
	t.Helper()
	p := r.place()
	p.Source = source
	err := r.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		c, err = r.Tally(tx, p, execution)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (r *rig) wantTally(t testing.TB, execution string, want Tally) {
	t.Helper()
	if diff := cmp.Diff(want, r.tally(t, wiki, execution)); diff != "" {
		t.Errorf("sync job (-want +got):\n%s", diff)
	}
}

// during is a batch of a sync job.
func (r *rig) during(execution string, docs ...api.Document) *api.BatchPutDocumentInput {
	in := r.batch(docs...)
	in.DataSourceSyncID = &execution
	return in
}

func TestSyncJob(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		job := r.sync(wiki)
		r.putIn(t, r.during(job, text("a", "one", titled("A")), text("b", "two", titled("B"))))
		r.putIn(t, r.batch(text("c", "three", titled("C"), having(sourceAttribute, str(wiki)), having(executionAttribute, str(job)))))
		r.wantTally(t, job, Tally{Pending: 3})
		r.putIn(t, r.during(job, text("a", "one again", titled("A"))))
		r.wantTally(t, job, Tally{Pending: 3})
		r.work(t)
		r.wantTally(t, job, Tally{Added: 3})
		bad := text("b", "%PDF-1.7 nothing")
		bad.ContentType = new(api.ContentTypePdf)
		r.putIn(t, r.during(job, text("a", "one more", titled("A")), bad))
		r.wantTally(t, job, Tally{Pending: 2, Added: 1})
		r.work(t)
		r.wantTally(t, job, Tally{Added: 2, Failed: 1})

		next := r.sync(wiki)
		r.putIn(t, r.during(next, text("a", "one anew", titled("A")), text("d", "four", titled("D"))))
		in := r.deletion("c")
		in.DataSourceSyncID = &next
		must(t, r, api.BatchDeleteDocument, in)
		r.wantTally(t, next, Tally{Pending: 2, Deleted: 1})
		r.work(t)
		r.wantTally(t, next, Tally{Added: 1, Modified: 1, Deleted: 1})
		r.wantTally(t, job, Tally{Added: 2, Failed: 1})
		r.putIn(t, r.during(next, text("c", "three anew", titled("C"))))
		r.work(t)
		r.wantTally(t, next, Tally{Added: 2, Modified: 1})
		r.wantFound(t, r.follower(), map[string]string{"A": "one anew", "B": "two", "C": "three anew", "D": "four"})
	})
}

// The documents of a source are its own: another's of the same ID is another.
func TestDocumentsOfTwoSources(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		r.indexed(t, text("a", "of nobody", titled("none")))
		r.putIn(t, r.during(r.sync(wiki), text("a", "of the wiki", titled("wiki"))))
		r.putIn(t, r.during(r.sync(crm), text("a", "of the crm", titled("crm"))))
		r.work(t)
		r.wantStates(t, "a INDEXED", "a INDEXED", "a INDEXED")
		r.wantFound(t, r.follower(), map[string]string{"none": "of nobody", "wiki": "of the wiki", "crm": "of the crm"})
		out := must(t, r, api.ListDocuments, &api.ListDocumentsInput{ApplicationID: r.app, IndexID: r.index, DataSourceIDs: []string{wiki}})
		if len(out.DocumentDetailList) != 1 {
			t.Errorf("%d documents of the wiki", len(out.DocumentDetailList))
		}
		r.erase(t, "a")
		r.work(t)
		r.wantFound(t, r.follower(), map[string]string{"wiki": "of the wiki", "crm": "of the crm"})
	})
}

func TestDocumentsThatNoJobTakes(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		ended, other := r.sync(wiki), r.sync(crm)
		r.syncs[ended].open = false
		of := func(source string) func(*api.Document) { return having(sourceAttribute, str(source)) }
		in := func(execution string) func(*api.Document) { return having(executionAttribute, str(execution)) }
		for name, tt := range map[string]struct {
			in   *api.BatchPutDocumentInput
			want string
		}{
			"ended":   {r.during(ended, text("a", "x")), "a: ResourceInactive: The sync job " + ended + " has ended: start another with StartDataSourceSyncJob."},
			"unknown": {r.during(nowhere, text("a", "x")), "a: ResourceNotFound: There is no sync job " + nowhere + " of a data source of index " + r.index + "."},
			"another source's": {r.during(other, text("a", "x", of(wiki))),
				"a of " + wiki + ": InvalidRequest: The sync job " + other + " is of another data source than " + wiki + "."},
			"two jobs": {r.during(other, text("a", "x", in(ended))),
				"a: InvalidRequest: The attribute _data_source_sync_job_execution_id names another sync job than the request's dataSourceSyncId."},
			"no job": {r.batch(text("a", "x", of(wiki))), "a of " + wiki + ": InvalidRequest: The document is of the data source " + wiki +
				", and names no sync job: start one with StartDataSourceSyncJob, and give its executionId as dataSourceSyncId or as the attribute _data_source_sync_job_execution_id."},
			"no source": {r.batch(text("a", "x", of(nowhere))), "a of " + nowhere + ": ResourceNotFound: There is no data source with ID " + nowhere + " in index " + r.index + "."},
		} {
			if got := told(must(t, r, api.BatchPutDocument, tt.in).FailedDocuments); got != tt.want {
				t.Errorf("%s:\n%s\nwant\n%s", name, got, tt.want)
			}
		}
		gone := r.deletion("a")
		gone.DataSourceSyncID = &ended
		got := told(must(t, r, api.BatchDeleteDocument, gone).FailedDocuments)
		if want := "a: ResourceInactive: The sync job " + ended + " has ended: start another with StartDataSourceSyncJob."; got != want {
			t.Errorf("%s", got)
		}
		r.wantStates(t, "")
	})
}

func TestPutAndRemoveOfASync(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		p := r.place()
		p.Source = wiki
		failed, err := r.Put(t.Context(), p, []Incoming{
			{ID: "a", Name: "bread.md", Data: []byte("# Bread\n\nIt is baked."), Execution: "e", Attributes: facet.Values{uriAttribute: facet.OfString("https://wiki/a")}},
			{ID: "b", Data: []byte("x"), Execution: "e", Attributes: facet.Values{"_view_count": facet.OfString("x")}},
		})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := told(failed), "b of "+wiki+": InvalidRequest: The attribute _view_count is of type STRING; the index has it as NUMBER."; got != want {
			t.Errorf("%s", got)
		}
		r.work(t)
		r.wantTally(t, "e", Tally{Added: 1})
		var shown []Passage
		err = r.DB.View(t.Context(), func(tx *store.Tx) (err error) {
			k := keyOf(p, "a").document
			shown, err = r.Passages(tx, p.Tenant, p.Application, p.Index, []Ref{{k, 9}, {k, 0}, {"ghost", 0}})
			return err
		})
		if err != nil || len(shown) != 1 {
			t.Fatalf("%v, %v", shown, err)
		}
		got := shown[0]
		if got.ID != "a" || got.Source != wiki || got.URI != "https://wiki/a" || got.Title == "" || !strings.Contains(got.Text, "It is baked.") || got.End <= got.Begin {
			t.Errorf("%+v", got)
		}
		want := facet.Values{
			uriAttribute: facet.OfString("https://wiki/a"), idAttribute: facet.OfString("a"), sourceAttribute: facet.OfString(wiki),
			titleAttribute: facet.OfString(got.Title), typeAttribute: facet.OfString("md"), languageAttribute: got.Attributes[languageAttribute],
		}
		if diff := cmp.Diff(want, got.Attributes); diff != "" {
			t.Errorf("attributes (-want +got):\n%s", diff)
		}
		failed, err = r.Remove(t.Context(), p, "e", []string{"a", "b"})
		if want := "b of " + wiki + ": ResourceNotFound: There is no document with ID b of the data source " + wiki + " in index " + r.index + "."; err != nil || told(failed) != want {
			t.Errorf("%v, %s", err, told(failed))
		}
		r.work(t)
		r.wantTally(t, "e", Tally{Deleted: 1})
	})
}

func TestPurgeSource(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		f := r.follower()
		job := r.sync(wiki)
		for i := range 7 {
			r.putIn(t, r.during(job, text(fmt.Sprint("w", i), "words", titled("W"), only("g"))))
		}
		r.putIn(t, r.during(job, text("large", strings.Repeat("Seven words are in every single line.\n", 30_000))))
		r.put(t, text("kept", "kept", titled("K")))
		r.work(t)
		f.follow(t)
		r.putIn(t, r.during(job, text("w0", "waits")))
		steps := 0
		for more := true; more; steps++ {
			err := r.DB.Update(t.Context(), func(tx *store.Tx) (err error) {
				more, err = PurgeSource(tx, us().Tenant(), r.app, r.index, wiki, 40)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if steps < 10 {
			t.Errorf("removed in %d steps", steps)
		}
		r.work(t)
		r.wantStates(t, "kept INDEXED")
		r.wantFound(t, f, map[string]string{"K": "kept"})
		if got := r.stats(t); got != "1 documents, 4 bytes" {
			t.Errorf("the index has %s", got)
		}
		for table, want := range map[string]int{"document": 1, "passage": 1, "document_part": 1, "acl": 0, "document_waste": 0, "document_tally": 0} {
			if n := r.rows(t, table); n != want {
				t.Errorf("%d rows of %s, want %d", n, table, want)
			}
		}
	})
}

// An index, and an application, take everything with them.
func TestPurges(t *testing.T) {
	each(t, func(t *testing.T, r *rig) {
		fill := func() {
			r.putIn(t, r.during(r.sync(wiki), text("w", "wiki", only("g"))))
			r.indexed(t, text("a", "one"), text("b", "two"), text("large", strings.Repeat("Seven words are in every single line.\n", 30_000)))
			r.erase(t, "b")
			r.put(t, text("c", "waits"))
		}
		empty := func() {
			t.Helper()
			for _, table := range tables() {
				if n := r.rows(t, table.name); n != 0 {
					t.Errorf("%d rows of %s are left", n, table.name)
				}
			}
		}
		fill()
		must(t, r, api.DeleteIndex, &api.DeleteIndexInput{ApplicationID: r.app, IndexID: r.index})
		r.work(t)
		empty()
		r.index = *must(t, r, api.CreateIndex, &api.CreateIndexInput{ApplicationID: r.app, DisplayName: "docs"}).IndexID
		fill()
		must(t, r, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: r.app})
		r.work(t)
		empty()
		_, err := call(t, r, api.GetApplication, &api.GetApplicationInput{ApplicationID: r.app})
		optest.Refused(t, err, fault.Error{Code: fault.ResourceNotFound, ResourceType: "application", ResourceID: r.app})
	})
}
