package datasource

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/platform/store"
)

// shelve puts items with texts of their own into the memory.
func (b *bench) shelve(ids ...string) {
	for _, id := range ids {
		b.memory.Put(connector.Item{ID: id, Title: "Title of " + id, URI: "https://books.example.com/" + id}, "The text of "+id)
	}
}

// documents lists the documents of a source with their statuses.
func (b *bench) documents(t testing.TB, source string) map[string]api.DocumentStatus {
	t.Helper()
	found := map[string]api.DocumentStatus{}
	in := &api.ListDocumentsInput{ApplicationID: b.app, IndexID: b.idx, DataSourceIDs: []string{source}}
	for first := true; first || in.NextToken != nil; first = false {
		out := optest.Must(t, b.Registry, b.caller, api.ListDocuments, in)
		for _, d := range out.DocumentDetailList {
			found[*d.DocumentID] = *d.Status
		}
		in.NextToken = out.NextToken
	}
	return found
}

func (b *bench) wantDocuments(t testing.TB, source string, ids ...string) {
	t.Helper()
	want := map[string]api.DocumentStatus{}
	for _, id := range ids {
		want[id] = api.DocumentStatusIndexed
	}
	if diff := cmp.Diff(want, b.documents(t, source)); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

func wantEnd(t testing.TB, j api.DataSourceSyncJob, status api.DataSourceSyncJobStatus, numbers string) {
	t.Helper()
	if *j.Status != status || metrics(j) != numbers {
		t.Errorf("the job is %s: %s\nwant       %s: %s (%s)", *j.Status, metrics(j), status, numbers, said(j))
	}
}

// said is what the job tells of its error.
func said(j api.DataSourceSyncJob) string {
	if j.Error == nil {
		return ""
	}
	return string(*j.Error.ErrorCode) + ": " + *j.Error.ErrorMessage
}

func TestASyncFollowsTheSource(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.shelve("a", "b", "c")
		id := b.create(t, memoryConfig)
		wantEnd(t, b.sync(t, id), api.DataSourceSyncJobStatusSucceeded, "3 scanned, 3 added, 0 modified, 0 deleted, 0 failed")
		b.wantDocuments(t, id, "a", "b", "c")

		wantEnd(t, b.sync(t, id), api.DataSourceSyncJobStatusSucceeded, "3 scanned, 0 added, 0 modified, 0 deleted, 0 failed")

		b.memory.Put(connector.Item{ID: "a"}, "Another text")
		b.memory.Remove("b")
		b.shelve("d", "e")
		wantEnd(t, b.sync(t, id), api.DataSourceSyncJobStatusSucceeded, "4 scanned, 2 added, 1 modified, 1 deleted, 0 failed")
		b.wantDocuments(t, id, "a", "c", "d", "e")
	})
}

func TestSyncModes(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		for mode, want := range map[connector.Mode]string{
			connector.FullCrawl:       "2 scanned, 1 added, 0 modified, 1 deleted, 0 failed",
			connector.ForcedFullCrawl: "2 scanned, 1 added, 1 modified, 1 deleted, 0 failed",
			connector.ChangeLog:       "2 scanned, 1 added, 0 modified, 0 deleted, 0 failed",
		} {
			b.memory.Remove("c")
			b.shelve("a", "b")
			id := b.create(t, fmt.Sprintf(`{"type":"MEMORY","syncMode":%q}`, mode))
			b.sync(t, id)
			b.memory.Remove("b")
			b.shelve("c")
			if got := metrics(b.sync(t, id)); got != want {
				t.Errorf("%s: %s\nwant %s", mode, got, want)
			}
		}
	})
}

// TestEnrichmentThatChangesIsAppliedAgain to documents that are unchanged.
func TestEnrichmentThatChangesIsAppliedAgain(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.shelve("a", "b")
		id := b.create(t, memoryConfig)
		b.sync(t, id)
		optest.Must(t, b.Registry, b.caller, api.UpdateDataSource, &api.UpdateDataSourceInput{
			ApplicationID: b.app, IndexID: b.idx, DataSourceID: id,
			DocumentEnrichmentConfiguration: &api.DocumentEnrichmentConfiguration{InlineConfigurations: []api.InlineDocumentEnrichmentConfiguration{{
				Target: &api.DocumentAttributeTarget{Key: "_category", Value: &api.DocumentAttributeValue{StringValue: new("fiction")}},
			}}},
		})
		wantEnd(t, b.sync(t, id), api.DataSourceSyncJobStatusSucceeded, "2 scanned, 0 added, 2 modified, 0 deleted, 0 failed")
		wantEnd(t, b.sync(t, id), api.DataSourceSyncJobStatusSucceeded, "2 scanned, 0 added, 0 modified, 0 deleted, 0 failed")
	})
}

// TestItemsThatFail stay as they were, and are tried again by the next job.
func TestItemsThatFail(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.shelve("a", "b", "c")
		id := b.create(t, memoryConfig)
		b.sync(t, id)
		b.memory.Break("a", errors.New("the shelf is locked"))
		b.memory.Put(connector.Item{ID: "b"}, "") // empty: not taken
		j := b.sync(t, id)
		wantEnd(t, j, api.DataSourceSyncJobStatusIncomplete, "3 scanned, 0 added, 0 modified, 0 deleted, 2 failed")
		if want := "InvalidRequest: 2 documents failed, the first of them a: the shelf is locked."; said(j) != want {
			t.Errorf("got  %s\nwant %s", said(j), want)
		}
		b.wantDocuments(t, id, "a", "b", "c")

		b.memory.Put(connector.Item{ID: "a"}, "Unlocked")
		b.memory.Put(connector.Item{ID: "b"}, "Not empty")
		wantEnd(t, b.sync(t, id), api.DataSourceSyncJobStatusSucceeded, "3 scanned, 0 added, 2 modified, 0 deleted, 0 failed")
	})
}

// TestADocumentThatCannotBeRead is put again by every job, until it can be.
func TestADocumentThatCannotBeRead(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.memory.Put(connector.Item{ID: "a", Name: "a.pdf"}, "%PDF-1.7 nothing")
		b.shelve("b")
		id := b.create(t, memoryConfig)
		for _, want := range []string{"2 scanned, 1 added, 0 modified, 0 deleted, 1 failed", "2 scanned, 0 added, 0 modified, 0 deleted, 1 failed"} {
			j := b.sync(t, id)
			wantEnd(t, j, api.DataSourceSyncJobStatusIncomplete, want)
			if want := "InvalidRequest: 1 document failed. ListDocuments with this data source says which, and why."; said(j) != want {
				t.Errorf("got  %s\nwant %s", said(j), want)
			}
		}
		b.memory.Put(connector.Item{ID: "a", Name: "a.txt"}, "Something")
		wantEnd(t, b.sync(t, id), api.DataSourceSyncJobStatusSucceeded, "2 scanned, 1 added, 0 modified, 0 deleted, 0 failed")
	})
}

func TestWhatCannotBeSeenIsNotDeleted(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.shelve("a", "b")
		id := b.create(t, memoryConfig)
		b.sync(t, id)
		b.memory.Remove("b")
		b.memory.Hide(true)
		j := b.sync(t, id)
		wantEnd(t, j, api.DataSourceSyncJobStatusIncomplete, "1 scanned, 0 added, 0 modified, 0 deleted, 0 failed")
		if want := "InvalidRequest: A part of the data source could not be seen. What was stored of it before stays."; said(j) != want {
			t.Errorf("got  %s\nwant %s", said(j), want)
		}
		b.wantDocuments(t, id, "a", "b")
		b.memory.Break("a", errors.New("the host does not answer"))
		j = b.sync(t, id)
		wantEnd(t, j, api.DataSourceSyncJobStatusIncomplete, "1 scanned, 0 added, 0 modified, 0 deleted, 1 failed")
		if want := "InvalidRequest: A part of the data source could not be seen. What was stored of it before stays. 1 document failed, the first of them a: the host does not answer."; said(j) != want {
			t.Errorf("got  %s\nwant %s", said(j), want)
		}
		b.memory.Break("a", nil)
		b.memory.Hide(false)
		wantEnd(t, b.sync(t, id), api.DataSourceSyncJobStatusSucceeded, "1 scanned, 0 added, 0 modified, 1 deleted, 0 failed")
	})
}

func TestDeletionSafeguard(t *testing.T) {
	const kept = "InvalidRequest: The deletion safeguard kept 2 documents, no longer in the data source, because deleting so many would go beyond its deletionProtectionThreshold. " +
		"If they are to go, raise the threshold with UpdateDataSource and sync again."
	for name, tt := range map[string]struct {
		properties string
		status     api.DataSourceSyncJobStatus
		deleted    int
		said       string
	}{
		"none":      {`{}`, api.DataSourceSyncJobStatusSucceeded, 2, ""},
		"below":     {`{"enableDeletionProtection":true,"deletionProtectionThreshold":"50"}`, api.DataSourceSyncJobStatusSucceeded, 2, ""}, // 2 of 4
		"above":     {`{"enableDeletionProtection":true,"deletionProtectionThreshold":"49"}`, api.DataSourceSyncJobStatusIncomplete, 0, kept},
		"never":     {`{"enableDeletionProtection":true,"deletionProtectionThreshold":"0"}`, api.DataSourceSyncJobStatusSucceeded, 0, ""},
		"unlimited": {`{"enableDeletionProtection":true,"deletionProtectionThreshold":"100"}`, api.DataSourceSyncJobStatusSucceeded, 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, b *bench) {
				b.shelve("a", "b", "c", "d")
				id := b.create(t, `{"type":"MEMORY","additionalProperties":`+tt.properties+`}`)
				b.sync(t, id)
				b.memory.Remove("a")
				b.memory.Remove("b")
				j := b.sync(t, id)
				wantEnd(t, j, tt.status, fmt.Sprintf("2 scanned, 0 added, 0 modified, %d deleted, 0 failed", tt.deleted))
				if said(j) != tt.said {
					t.Errorf("got  %s\nwant %s", said(j), tt.said)
				}
				if n := len(b.documents(t, id)); n != 4-tt.deleted {
					t.Errorf("%d documents are left", n)
				}
			})
		})
	}
}

// TestOneJobAtATime, and what can be done meanwhile.
func TestOneJobAtATime(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.shelve("a")
		id, other := b.create(t, memoryConfig), b.create(t, memoryConfig)
		execution := b.mustStart(t, id)
		if len(execution) != 36 {
			t.Errorf("executionId %q has %d characters", execution, len(execution))
		}
		_, err := b.start(t, id)
		said := optest.Refused(t, err, fault.Error{Code: fault.Conflict, ResourceType: typeName, ResourceID: id})
		if want := "The data source " + id + " has a sync job already: " + execution + ", which is SYNCING. Wait until it has ended, or stop it with StopDataSourceSyncJob."; said != want {
			t.Errorf("got  %s\nwant %s", said, want)
		}
		b.mustStart(t, other)
		optest.Must(t, b.Registry, b.caller, api.UpdateDataSource, &api.UpdateDataSourceInput{
			ApplicationID: b.app, IndexID: b.idx, DataSourceID: id, Configuration: []byte(`{"type":"MEMORY","syncMode":"CHANGE_LOG"}`),
		})
		b.work(t, 5*time.Second)
		wantEnd(t, b.last(t, id), api.DataSourceSyncJobStatusSucceeded, "1 scanned, 1 added, 0 modified, 0 deleted, 0 failed")
		wantEnd(t, b.last(t, other), api.DataSourceSyncJobStatusSucceeded, "1 scanned, 1 added, 0 modified, 0 deleted, 0 failed")
		b.mustStart(t, id)
	})
}

func TestStopAbortsAConnector(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.sources.Slice.Items = 2
		b.shelve("a", "b", "c", "d", "e")
		id := b.create(t, memoryConfig)
		err := b.stop(t, id)
		said := optest.Refused(t, err, fault.Error{Code: fault.Conflict, ResourceType: typeName, ResourceID: id})
		if want := "The data source " + id + " has no sync job that could be stopped. Begin one with StartDataSourceSyncJob."; said != want {
			t.Errorf("got  %s\nwant %s", said, want)
		}
		b.mustStart(t, id)
		b.step(t)
		if err := b.stop(t, id); err != nil {
			t.Fatal(err)
		}
		wantEnd(t, b.last(t, id), api.DataSourceSyncJobStatusStopping, "2 scanned, 0 added, 0 modified, 0 deleted, 0 failed")
		if err := b.stop(t, id); err != nil { // again: nothing changes
			t.Fatal(err)
		}
		_, err = b.start(t, id)
		optest.Refused(t, err, fault.Error{Code: fault.Conflict, ResourceType: typeName, ResourceID: id})
		b.work(t, 5*time.Second)
		wantEnd(t, b.last(t, id), api.DataSourceSyncJobStatusAborted, "2 scanned, 2 added, 0 modified, 0 deleted, 0 failed")

		wantEnd(t, b.sync(t, id), api.DataSourceSyncJobStatusSucceeded, "5 scanned, 3 added, 0 modified, 0 deleted, 0 failed")
	})
}

// TestAStoppedJobWaitsAMinute for the documents that it has put, and no longer.
func TestAStoppedJobWaitsAMinute(t *testing.T) {
	b := newScratch(t)
	b.shelve("a", "b")
	id := b.create(t, memoryConfig)
	b.mustStart(t, id)
	b.step(t) // and nobody reads what it has put
	if err := b.stop(t, id); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.step(t)
		wantEnd(t, b.last(t, id), api.DataSourceSyncJobStatusStopping, "2 scanned, 0 added, 0 modified, 0 deleted, 0 failed")
		b.clock.Advance(19 * time.Second)
	}
	b.clock.Advance(3 * time.Second)
	b.step(t)
	wantEnd(t, b.last(t, id), api.DataSourceSyncJobStatusAborted, "2 scanned, 0 added, 0 modified, 0 deleted, 0 failed")
}

// TestAJobThatIsGivenUp ends, whatever it was doing.
func TestAJobThatIsGivenUp(t *testing.T) {
	b := newScratch(t)
	b.shelve("a")
	id := b.create(t, memoryConfig)
	args := syncArgs{Application: b.app, Index: b.idx, Execution: b.mustStart(t, id)}
	giveUp := func(cause string) {
		t.Helper()
		err := b.sources.DB.Update(t.Context(), func(tx *store.Tx) error {
			return b.sources.syncFailed(tx, b.caller.Tenant(), args, errors.New(cause))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	giveUp("the disk is full")
	if j := b.last(t, id); *j.Status != api.DataSourceSyncJobStatusSyncingIndexing {
		t.Errorf("after the crawl was given up: %s", *j.Status)
	}
	giveUp("of no step that there is")
	args.Step = 1
	giveUp("the disk is still full")
	j := b.last(t, id)
	if want := "InternalError: The disk is full."; *j.Status != api.DataSourceSyncJobStatusFailed || said(j) != want || j.EndTime == nil {
		t.Errorf("%s: %s, want %s", *j.Status, said(j), want)
	}
	giveUp("once more")
	if diff := cmp.Diff(j, b.last(t, id)); diff != "" {
		t.Errorf("after it ended (-before +after):\n%s", diff)
	}
	b.mustStart(t, id)
}

// TestAFullIndex fails the job, and says what to do.
func TestAFullIndex(t *testing.T) {
	b := newScratch(t)
	b.shelve("a", "b")
	id := b.create(t, memoryConfig)
	err := b.sources.DB.Update(t.Context(), func(tx *store.Tx) error {
		_, err := tx.Exec(`UPDATE index_log SET documents = 19999 WHERE tenant = $1 AND application = $2 AND idx = $3`, b.caller.Tenant(), b.app, b.idx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	j := b.sync(t, id)
	if *j.Status != api.DataSourceSyncJobStatusFailed || *j.DataSourceErrorCode != "IndexIsFull" || !strings.HasPrefix(said(j), "InvalidRequest: The index "+b.idx+" is full: ") {
		t.Errorf("%s: %s", *j.Status, said(j))
	}
}

// step makes the next step of the sync jobs there are, and nothing else.
func (b *bench) step(t testing.TB) {
	t.Helper()
	var next []syncArgs
	err := b.sources.DB.View(t.Context(), func(tx *store.Tx) error {
		next = nil
		return tx.Each(`SELECT application, idx, execution FROM sync_job WHERE tenant = $1 AND live = $2`, []any{b.caller.Tenant(), true}, func(r *store.Rows) error {
			var a syncArgs
			err := r.Scan(&a.Application, &a.Index, &a.Execution)
			next = append(next, a)
			return err
		})
	})
	for _, a := range next {
		if err != nil {
			break
		}
		err = b.sources.DB.View(t.Context(), func(tx *store.Tx) error {
			j, err := getJob(tx, b.caller.Tenant(), a.Application, a.Index, a.Execution)
			if err == nil {
				a.Step = j.Step
			}
			return err
		})
		if err == nil {
			err = b.sources.sync(t.Context(), b.caller.Tenant(), a)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestProgressIsVisible while the job runs: the numbers move with every slice.
func TestProgressIsVisible(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.sources.Slice.Items = 2
		b.shelve("a", "b", "c", "d", "e")
		id := b.create(t, memoryConfig)
		b.mustStart(t, id)
		var got []string
		for b.last(t, id).EndTime == nil && len(got) < 10 {
			j := b.last(t, id)
			got = append(got, fmt.Sprintf("%s %s", *j.Status, *j.Metrics.DocumentsScanned))
			b.step(t)
			if *j.Status == api.DataSourceSyncJobStatusSyncingIndexing {
				b.work(t, time.Second)
			}
		}
		want := []string{"SYNCING 0", "SYNCING 2", "SYNCING 4", "SYNCING 5", "SYNCING_INDEXING 5"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("what was seen (-want +got):\n%s", diff)
		}
		wantEnd(t, b.last(t, id), api.DataSourceSyncJobStatusSucceeded, "5 scanned, 5 added, 0 modified, 0 deleted, 0 failed")
	})
}

// TestAStepOfThePastSaysNothing: a server that was slow finds that another has
// gone on.
func TestAStepOfThePastSaysNothing(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.shelve("a")
		id := b.create(t, memoryConfig)
		execution := b.mustStart(t, id)
		b.step(t)
		before := b.last(t, id)
		old := syncArgs{Application: b.app, Index: b.idx, Execution: execution, Step: 0}
		if err := b.sources.sync(t.Context(), b.caller.Tenant(), old); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, b.last(t, id)); diff != "" {
			t.Errorf("after the old step (-before +after):\n%s", diff)
		}
		old.Execution = absent
		if err := b.sources.sync(t.Context(), b.caller.Tenant(), old); err != nil {
			t.Errorf("a job that is no more: %v", err)
		}
	})
}

// TestACustomSource is opened and closed by its owner, and fed by
// BatchPutDocument.
func TestACustomSource(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		id := b.create(t, customConfig)
		execution := b.mustStart(t, id)
		put := func(doc string) []api.FailedDocument {
			t.Helper()
			return optest.Must(t, b.Registry, b.caller, api.BatchPutDocument, &api.BatchPutDocumentInput{
				ApplicationID: b.app, IndexID: b.idx, DataSourceSyncID: &execution,
				Documents: []api.Document{{
					ID: doc, Content: &api.DocumentContent{Blob: []byte("The text of " + doc)},
					Attributes: []api.DocumentAttribute{
						{Name: "_data_source_id", Value: api.DocumentAttributeValue{StringValue: &id}},
						{Name: "_data_source_sync_job_execution_id", Value: api.DocumentAttributeValue{StringValue: &execution}},
					},
				}},
			}).FailedDocuments
		}
		for _, doc := range []string{"a", "b", "a"} {
			if failed := put(doc); len(failed) != 0 {
				t.Fatalf("refused: %+v", failed)
			}
		}
		b.work(t, 0)
		wantEnd(t, b.last(t, id), api.DataSourceSyncJobStatusSyncing, "- scanned, 2 added, 0 modified, 0 deleted, 0 failed")
		put("c")
		if err := b.stop(t, id); err != nil {
			t.Fatal(err)
		}
		wantEnd(t, b.last(t, id), api.DataSourceSyncJobStatusSyncingIndexing, "- scanned, 2 added, 0 modified, 0 deleted, 0 failed")
		if failed := put("late"); len(failed) != 1 || *failed[0].ID != "late" {
			t.Errorf("a document after the stop: %+v", failed)
		}
		err := b.stop(t, id)
		said := optest.Refused(t, err, fault.Error{Code: fault.Conflict, ResourceType: typeName, ResourceID: id})
		if want := "The sync job " + execution + " of data source " + id + " is stopped already: it is SYNCING_INDEXING, and ends when its documents are indexed."; said != want {
			t.Errorf("got  %s\nwant %s", said, want)
		}
		b.work(t, 5*time.Second)
		wantEnd(t, b.last(t, id), api.DataSourceSyncJobStatusSucceeded, "- scanned, 3 added, 0 modified, 0 deleted, 0 failed")
		b.wantDocuments(t, id, "a", "b", "c")
	})
}

// TestASourceThatCannotBeReached fails the job at once where trying again would
// not help.
func TestASourceThatCannotBeReached(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		in := b.input(bucketConfig)
		in.RoleARN = new(role)
		id := *optest.Must(t, b.Registry, b.caller, api.CreateDataSource, in).DataSourceID
		j := b.sync(t, id)
		wantEnd(t, j, api.DataSourceSyncJobStatusFailed, "0 scanned, 0 added, 0 modified, 0 deleted, 0 failed")
		if *j.DataSourceErrorCode != "NotConfigured" || !strings.HasPrefix(said(j), "InvalidRequest: ") || !strings.Contains(said(j), "no S3 buckets are configured: start the server with --buckets DIR") {
			t.Errorf("%s: %s", *j.DataSourceErrorCode, said(j))
		}
		b.sources.Roles.TrustUnknown = false
		j = b.sync(t, id)
		if *j.Status != api.DataSourceSyncJobStatusFailed || *j.DataSourceErrorCode != "AccessDenied" || !strings.HasPrefix(said(j), "InvalidRequest: There is no role "+role) {
			t.Errorf("%s %s: %s", *j.Status, *j.DataSourceErrorCode, said(j))
		}
		delete(b.sources.Kinds, "S3")
		j = b.sync(t, id)
		if want := "InvalidRequest: This server knows no data sources of type S3; it knows CUSTOM, MEMORY."; *j.DataSourceErrorCode != "NotConnected" || said(j) != want {
			t.Errorf("%s: %s", *j.DataSourceErrorCode, said(j))
		}
	})
}

func TestHistoryIsFiltered(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		id := b.create(t, memoryConfig)
		var want []string
		for range 12 {
			j := b.sync(t, id)
			want = append([]string{*j.ExecutionID}, want...)
			b.clock.Advance(time.Hour)
		}
		begin := *b.history(t, id, nil)[9].StartTime // of the third
		ids := func(f func(in *api.ListDataSourceSyncJobsInput)) (got []string) {
			for _, j := range b.history(t, id, f) {
				got = append(got, *j.ExecutionID)
			}
			return got
		}
		for name, tt := range map[string]struct {
			filter func(in *api.ListDataSourceSyncJobsInput)
			want   []string
		}{
			"all":   {nil, want[:10]},
			"two":   {func(in *api.ListDataSourceSyncJobsInput) { in.MaxResults = new(int32(2)) }, want[:2]},
			"since": {func(in *api.ListDataSourceSyncJobsInput) { in.StartTime = &begin }, want[:10]},
			"within": {func(in *api.ListDataSourceSyncJobsInput) {
				in.StartTime, in.EndTime = &begin, new(begin.Add(90*time.Minute))
			}, want[8:10]},
			"until":  {func(in *api.ListDataSourceSyncJobsInput) { in.EndTime = new(begin.Add(-time.Minute)) }, want[10:]},
			"failed": {func(in *api.ListDataSourceSyncJobsInput) { in.StatusFilter = new(api.DataSourceSyncJobStatusFailed) }, nil},
			"status": {func(in *api.ListDataSourceSyncJobsInput) {
				in.StatusFilter, in.EndTime = new(api.DataSourceSyncJobStatusSucceeded), new(begin.Add(-time.Minute))
			}, want[10:]},
		} {
			if diff := cmp.Diff(tt.want, ids(tt.filter)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		in := &api.ListDataSourceSyncJobsInput{ApplicationID: b.app, IndexID: b.idx, DataSourceID: id}
		page := optest.Must(t, b.Registry, b.caller, api.ListDataSourceSyncJobs, in)
		in.NextToken = page.NextToken
		if rest := optest.Must(t, b.Registry, b.caller, api.ListDataSourceSyncJobs, in); len(rest.History) != 2 || rest.NextToken != nil {
			t.Errorf("the second page has %d jobs, token %v", len(rest.History), rest.NextToken)
		}
		in.StatusFilter = new(api.DataSourceSyncJobStatusFailed)
		_, err := optest.Call(t, b.Registry, b.caller, api.ListDataSourceSyncJobs, in)
		optest.Refused(t, err, optest.Invalid("nextToken")) // that of another filter
		_, err = optest.Call(t, b.Registry, b.caller, api.ListDataSourceSyncJobs, &api.ListDataSourceSyncJobsInput{
			ApplicationID: b.app, IndexID: b.idx, DataSourceID: id, StartTime: &begin, EndTime: new(begin.Add(-time.Second)),
		})
		if said := optest.Refused(t, err, optest.Invalid("endTime")); said != "endTime: is before startTime" {
			t.Error(said)
		}
	})
}

// TestOldJobsAreForgotten but for the newest.
func TestOldJobsAreForgotten(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		id := b.create(t, memoryConfig)
		var want []string
		for range 5 {
			want = append([]string{*b.sync(t, id).ExecutionID}, want...)
			b.clock.Advance(time.Second)
		}
		err := b.sources.DB.Update(t.Context(), func(tx *store.Tx) error {
			return forget(tx, placeOf(b.caller, b.app, b.idx, id), 2)
		})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, j := range b.history(t, id, nil) {
			got = append(got, *j.ExecutionID)
		}
		if diff := cmp.Diff(want[:2], got); diff != "" {
			t.Errorf("what is remembered (-want +got):\n%s", diff)
		}
	})
}
