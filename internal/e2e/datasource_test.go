package e2e

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/document"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/google/go-cmp/cmp"
)

// feed is a data source of a site.
type feed struct {
	*site
	app, index, id string
}

// members is a JSON object of a configuration.
type members map[string]any

// feed makes a data source in an index of its own.
func (s *site) feed(t *testing.T, name string, role *string, config members) *feed {
	t.Helper()
	app := s.application(t, name)
	index := must(s.CreateIndex(t.Context(), &qbusiness.CreateIndexInput{ApplicationId: &app, DisplayName: &name}))(t).IndexId
	made := must(s.CreateDataSource(t.Context(), &qbusiness.CreateDataSourceInput{
		ApplicationId: &app, IndexId: index, DisplayName: &name, RoleArn: role, Configuration: document.NewLazyDocument(config),
	}))(t)
	return &feed{s, app, *index, *made.DataSourceId}
}

func (s *feed) get(t *testing.T) *qbusiness.GetDataSourceOutput {
	t.Helper()
	return must(s.GetDataSource(t.Context(), &qbusiness.GetDataSourceInput{ApplicationId: &s.app, IndexId: &s.index, DataSourceId: &s.id}))(t)
}

func (s *feed) start(t *testing.T) (execution string) {
	t.Helper()
	out := must(s.StartDataSourceSyncJob(t.Context(), &qbusiness.StartDataSourceSyncJobInput{ApplicationId: &s.app, IndexId: &s.index, DataSourceId: &s.id}))(t)
	return *out.ExecutionId
}

func (s *feed) stop(t *testing.T) error {
	t.Helper()
	_, err := s.StopDataSourceSyncJob(t.Context(), &qbusiness.StopDataSourceSyncJobInput{ApplicationId: &s.app, IndexId: &s.index, DataSourceId: &s.id})
	return err
}

// last is the newest sync job.
func (s *feed) last(t *testing.T) types.DataSourceSyncJob {
	t.Helper()
	return must(s.ListDataSourceSyncJobs(t.Context(), &qbusiness.ListDataSourceSyncJobsInput{ApplicationId: &s.app, IndexId: &s.index, DataSourceId: &s.id}))(t).History[0]
}

// ends waits for the newest sync job, and compares its status and numbers:
// scanned, added, modified, deleted, failed.
func (s *feed) ends(t *testing.T, status types.DataSourceSyncJobStatus, numbers ...string) {
	t.Helper()
	var j types.DataSourceSyncJob
	eventually(t, "the sync job ends", func() bool {
		j = s.last(t)
		return j.EndTime != nil
	})
	text := func(n *string) string {
		if n == nil {
			return "none"
		}
		return *n
	}
	m := j.Metrics
	got := []string{text(m.DocumentsScanned), text(m.DocumentsAdded), text(m.DocumentsModified), text(m.DocumentsDeleted), text(m.DocumentsFailed)}
	if diff := cmp.Diff(numbers, got); diff != "" || j.Status != status {
		t.Errorf("the sync job is %s, want %s (-want +got):\n%s%+v", j.Status, status, diff, j.Error)
	}
}

// holds compares the documents that there are, when none is on its way out: all of
// them indexed.
func (s *feed) holds(t *testing.T, ids ...string) {
	t.Helper()
	want := map[string]types.DocumentStatus{}
	for _, id := range ids {
		want[id] = types.DocumentStatusIndexed
	}
	var got map[string]types.DocumentStatus
	eventually(t, "what is deleted goes, a moment after its job has ended", func() bool {
		got = s.documents(t)
		return !slices.Contains(slices.Collect(maps.Values(got)), types.DocumentStatusDeleting)
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("documents (-want +got):\n%s", diff)
	}
}

// documents are those of the data source, and the state of each.
func (s *feed) documents(t *testing.T) map[string]types.DocumentStatus {
	t.Helper()
	all := map[string]types.DocumentStatus{}
	pages := qbusiness.NewListDocumentsPaginator(s, &qbusiness.ListDocumentsInput{ApplicationId: &s.app, IndexId: &s.index, DataSourceIds: []string{s.id}})
	for pages.HasMorePages() {
		for _, d := range must(pages.NextPage(t.Context()))(t).DocumentDetailList {
			all[*d.DocumentId] = d.Status
		}
	}
	return all
}

// TestCustomDataSource goes as the guide's "Creating an Amazon Q custom connector"
// does.
func TestCustomDataSource(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		custom := s.feed(t, "archive", nil, members{"type": "CUSTOM", "version": "1.0.0"})
		if d := custom.get(t); *d.Type != "CUSTOM" || d.Status != types.DataSourceStatusActive {
			t.Errorf("%s, %s", *d.Type, d.Status)
		}
		execution := custom.start(t)
		put := func(ids ...string) []types.FailedDocument {
			t.Helper()
			in := &qbusiness.BatchPutDocumentInput{ApplicationId: &custom.app, IndexId: &custom.index, DataSourceSyncId: &execution}
			for _, id := range ids {
				in.Documents = append(in.Documents, types.Document{
					Id: &id, Title: &id, ContentType: types.ContentTypePlainText, Content: &types.DocumentContentMemberBlob{Value: []byte("The text of " + id)},
					Attributes: []types.DocumentAttribute{
						{Name: new("_data_source_id"), Value: &types.DocumentAttributeValueMemberStringValue{Value: custom.id}},
						{Name: new("_data_source_sync_job_execution_id"), Value: &types.DocumentAttributeValueMemberStringValue{Value: execution}},
					},
				})
			}
			return must(s.BatchPutDocument(t.Context(), in))(t).FailedDocuments
		}
		if failed := put("a", "b", "c"); len(failed) > 0 {
			t.Errorf("%+v", failed)
		}
		_, err := s.StartDataSourceSyncJob(t.Context(), &qbusiness.StartDataSourceSyncJobInput{ApplicationId: &custom.app, IndexId: &custom.index, DataSourceId: &custom.id})
		if e := fails[*types.ConflictException](t, err); *e.ResourceId != custom.id || *e.ResourceType != "data-source" {
			t.Errorf("conflict with %s %s", *e.ResourceType, *e.ResourceId)
		}
		if j := custom.last(t); j.Status != types.DataSourceSyncJobStatusSyncing || *j.ExecutionId != execution {
			t.Errorf("%s is %s", *j.ExecutionId, j.Status)
		}
		if err := custom.stop(t); err != nil {
			t.Fatal(err)
		}
		if failed := put("late"); len(failed) != 1 || *failed[0].Id != "late" || failed[0].Error == nil {
			t.Errorf("after the stop: %+v", failed)
		}
		custom.ends(t, types.DataSourceSyncJobStatusSucceeded, "none", "3", "0", "0", "0")
		custom.holds(t, "a", "b", "c")
		fails[*types.ConflictException](t, custom.stop(t))

		execution = custom.start(t)
		put("a")
		gone := must(s.BatchDeleteDocument(t.Context(), &qbusiness.BatchDeleteDocumentInput{
			ApplicationId: &custom.app, IndexId: &custom.index, DataSourceSyncId: &execution, Documents: []types.DeleteDocument{{DocumentId: new("b")}},
		}))(t)
		if len(gone.FailedDocuments) > 0 {
			t.Errorf("%+v", gone.FailedDocuments)
		}
		if err := custom.stop(t); err != nil {
			t.Fatal(err)
		}
		custom.ends(t, types.DataSourceSyncJobStatusSucceeded, "none", "0", "1", "1", "0")
		custom.holds(t, "a", "c")
		custom.leaves(t)
	})
}

// leaves deletes the data source and waits until it is gone.
func (s *feed) leaves(t *testing.T) {
	t.Helper()
	must(s.DeleteDataSource(t.Context(), &qbusiness.DeleteDataSourceInput{ApplicationId: &s.app, IndexId: &s.index, DataSourceId: &s.id}))(t)
	var last error
	eventually(t, "the data source vanishes", func() bool {
		_, last = s.GetDataSource(t.Context(), &qbusiness.GetDataSourceInput{ApplicationId: &s.app, IndexId: &s.index, DataSourceId: &s.id})
		return last != nil
	})
	if e := fails[*types.ResourceNotFoundException](t, last); *e.ResourceId != s.id || *e.ResourceType != "data-source" {
		t.Errorf("not found: type %q, id %q", *e.ResourceType, *e.ResourceId)
	}
	got := must(s.GetIndex(t.Context(), &qbusiness.GetIndexInput{ApplicationId: &s.app, IndexId: &s.index}))(t)
	if n := *got.IndexStatistics.TextDocumentStatistics.IndexedTextDocumentCount; n != 0 {
		t.Errorf("%d documents are left", n)
	}
}

// write writes files below a directory, by their paths; an empty text removes one.
func write(t *testing.T, dir string, texts map[string]string) {
	t.Helper()
	for name, text := range texts {
		path := filepath.Join(dir, name)
		err := os.Remove(path)
		if text != "" {
			if err = os.MkdirAll(filepath.Dir(path), 0o755); err == nil {
				err = os.WriteFile(path, []byte(text), 0o644)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// TestBucketDataSource follows a bucket: what is new, changed and gone, and what
// a killed server had left undone.
func TestBucketDataSource(t *testing.T) {
	onEach(t, func(t *testing.T, database string) {
		s := open(t, database, "--trust-unknown-roles")
		bucket := filepath.Join(s.buckets, "papers")
		write(t, bucket, map[string]string{"hr/leave.md": "# Leave\n\nThirty days.", "it/vpn.txt": "Use the VPN.", "it/old.txt": "Fax it."})
		role := "arn:aws:iam::000000000000:role/reader"
		papers := s.feed(t, "papers", &role, members{
			"type": "S3", "syncMode": "FULL_CRAWL", "version": "1.0.0",
			"connectionConfiguration": members{"repositoryEndpointMetadata": members{"BucketName": "papers"}},
		})
		papers.start(t)
		papers.ends(t, types.DataSourceSyncJobStatusSucceeded, "3", "3", "0", "0", "0")
		papers.holds(t, "s3://papers/hr/leave.md", "s3://papers/it/vpn.txt", "s3://papers/it/old.txt")

		write(t, bucket, map[string]string{"hr/leave.md": "# Leave\n\nThirty-one days.", "it/new.txt": "Mail it.", "it/old.txt": ""})
		papers.start(t)
		papers.ends(t, types.DataSourceSyncJobStatusSucceeded, "3", "1", "1", "1", "0")
		papers.holds(t, "s3://papers/hr/leave.md", "s3://papers/it/vpn.txt", "s3://papers/it/new.txt")

		more := map[string]string{}
		for i := range 200 {
			more[fmt.Sprintf("many/%03d.txt", i)] = fmt.Sprintf("Number %d.", i)
		}
		write(t, bucket, more)
		papers.start(t)
		papers.site.crash(t)
		papers.ends(t, types.DataSourceSyncJobStatusSucceeded, "203", "200", "0", "0", "0")
		papers.leaves(t)
	})
}

// TestFolderDataSource reads a folder of the server, where it may.
func TestFolderDataSource(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, root, map[string]string{"handbook/a.txt": "Be kind.", "handbook/deep/b.md": "# Pay\n\nOn the first."})
	s := open(t, "", "--folders", root)
	at := func(path string) members { return members{"repositoryEndpointMetadata": members{"path": path}} }
	folder := s.feed(t, "handbook", nil, members{"type": "DIRECTORY", "connectionConfiguration": at(filepath.Join(root, "handbook"))})
	folder.start(t)
	folder.ends(t, types.DataSourceSyncJobStatusSucceeded, "2", "2", "0", "0", "0")
	folder.leaves(t)

	elsewhere := s.feed(t, "elsewhere", nil, members{"type": "DIRECTORY", "connectionConfiguration": at(t.TempDir())})
	elsewhere.start(t)
	elsewhere.ends(t, types.DataSourceSyncJobStatusFailed, "0", "0", "0", "0", "0")
	if j := elsewhere.last(t); j.Error == nil || *j.DataSourceErrorCode != "NotConnected" {
		t.Errorf("%+v", j.Error)
	}
}
