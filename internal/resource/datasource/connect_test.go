package datasource

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/acl"
	"github.com/parleyhq/parley/internal/engine/facet"
	"github.com/parleyhq/parley/internal/platform/blob"
	"github.com/parleyhq/parley/internal/platform/connector"
	"github.com/parleyhq/parley/internal/platform/connector/connectortest"
	"github.com/parleyhq/parley/internal/platform/connector/folder"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/resource/document"
)

// locked is a kind whose sources want a secret.
type locked struct {
	*connectortest.Memory
	pairs map[string]string
}

func (l *locked) Open(ctx context.Context, config json.RawMessage, env connector.Env) (connector.Source, error) {
	settings, _ := connector.SettingsOf(config)
	var err error
	if l.pairs, err = env.Secret(ctx, settings.Secret); err != nil {
		return nil, err
	}
	return l.Memory.Open(ctx, config, env)
}

func (l *locked) Needs(json.RawMessage) []connector.Need { return nil }

// TestSecretsAreReadAsTheRole that the source was given, which may be let do so or
// not.
func TestSecretsAreReadAsTheRole(t *testing.T) {
	b := newScratch(t)
	kind := &locked{Memory: b.memory}
	b.sources.Kinds["MEMORY"] = kind
	secret := func(name, value string) string {
		t.Helper()
		out, err := b.sources.Secrets.Own.Create(t.Context(), b.caller, &secretsmanager.CreateSecretInput{Name: name, SecretString: &value})
		if err != nil {
			t.Fatal(err)
		}
		return *out.ARN
	}
	source := func(arn string) string {
		in := b.input(fmt.Sprintf(`{"type":"MEMORY","secretArn":%q}`, arn))
		in.RoleARN = new(role)
		return *optest.Must(t, b.Registry, b.caller, api.CreateDataSource, in).DataSourceID
	}
	pairs, plain := secret("pairs", `{"userName":"ann","password":"key"}`), secret("plain", "key")
	id := source(pairs)
	if j := b.sync(t, id); *j.Status != api.DataSourceSyncJobStatusSucceeded {
		t.Fatalf("%s: %s", *j.Status, said(j))
	}
	if diff := cmp.Diff(map[string]string{"userName": "ann", "password": "key"}, kind.pairs); diff != "" {
		t.Errorf("the secret (-want +got):\n%s", diff)
	}
	j := b.sync(t, source(plain))
	want := `InvalidRequest: The secret ` + plain + ` is not a JSON object of texts, such as {"username": "…", "password": "…"}.`
	if said(j) != want || *j.DataSourceErrorCode != "NotConnected" {
		t.Errorf("got  %s\nwant %s", said(j), want)
	}
	b.sources.Roles.TrustUnknown = false
	if j := b.sync(t, id); *j.Status != api.DataSourceSyncJobStatusFailed || *j.DataSourceErrorCode != "AccessDenied" {
		t.Errorf("%s: %s", *j.Status, said(j))
	}
	_, err := optest.Call(t, b.Registry, b.caller, api.CreateDataSource, b.input(memoryConfig))
	if said := optest.Refused(t, err, optest.Invalid("roleArn")); said != "roleArn: is missing: a data source of type MEMORY is read as a role that you hand over" {
		t.Error(said)
	}
}

// TestWhatUsersAreTold of why a job could not go on, and whether it is tried
// again.
func TestWhatUsersAreTold(t *testing.T) {
	for _, tt := range []struct {
		err  error
		want problem
	}{
		{fault.Quota("index", "i", "It is full."), problem{"It is full.", api.ErrorCodeInvalidRequest, "IndexIsFull"}},
		{fault.NotFound("index", "i", "It is gone."), problem{"It is gone.", api.ErrorCodeResourceNotFound, ""}},
		{fault.Conflicts("index", "i", "It is going."), problem{"It is going.", api.ErrorCodeResourceInactive, ""}},
		{fault.InvalidField("x", "is bad"), problem{"x: is bad", api.ErrorCodeInvalidRequest, ""}},
		{fmt.Errorf("%w: s3://b", blob.ErrNoBucket), problem{"No such bucket: s3://b.", api.ErrorCodeInvalidRequest, "NoSuchBucket"}},
		{fmt.Errorf("%w: s3://b", blob.ErrDenied), problem{"Access to the object is denied: s3://b.", api.ErrorCodeInvalidRequest, "AccessDenied"}},
		{openError{errors.New("no such host")}, problem{"No such host.", api.ErrorCodeInvalidRequest, "NotConnected"}},
		{errors.New("connection reset"), problem{"Connection reset.", api.ErrorCodeInternalError, ""}},
	} {
		if diff := cmp.Diff(&tt.want, problemOf(tt.err)); diff != "" {
			t.Errorf("%v (-want +got):\n%s", tt.err, diff)
		}
		_, permanent := errors.AsType[job.PermanentError](definite(tt.err))
		if permanent == (tt.want.Code == api.ErrorCodeInternalError) {
			t.Errorf("%v is not tried again: %t", tt.err, permanent)
		}
	}
}

// TestAttributesFitTheIndex: what it does not have is left out, one entry is a
// list of one, and what cannot be compared fails the document.
func TestAttributesFitTheIndex(t *testing.T) {
	c := &crawl{kinds: map[string]facet.Kind{
		"_source_uri": facet.String, "_created_at": facet.Date, "_last_updated_at": facet.Date, "topics": facet.StringList, "pages": facet.Number, "due": facet.Date,
	}}
	when := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	got, problem := c.fit(connector.Item{
		URI: "https://a", CreatedAt: when, ModifiedAt: when.Add(time.Hour),
		Attributes: facet.Values{"topics": facet.OfString("bread"), "pages": facet.OfNumber(3), "due": facet.OfString("2026-01-02T03:04:05Z"), "shelf": facet.OfString("A"), "_source_uri": facet.OfString("https://b")},
	})
	want := facet.Values{
		"_source_uri": facet.OfString("https://b"), "_created_at": facet.OfDate(when), "_last_updated_at": facet.OfDate(when.Add(time.Hour)),
		"topics": facet.OfList("bread"), "pages": facet.OfNumber(3), "due": facet.OfDate(when),
	}
	if diff := cmp.Diff(want, got); diff != "" || problem != "" {
		t.Errorf("%s (-want +got):\n%s", problem, diff)
	}
	_, problem = c.fit(connector.Item{Attributes: facet.Values{"pages": facet.OfString("three")}})
	if want := "its attribute pages is of type STRING; that of the index is of type NUMBER"; problem != want {
		t.Errorf("got  %s\nwant %s", problem, want)
	}
}

// TestWithoutAccessControl everything is for everyone.
func TestWithoutAccessControl(t *testing.T) {
	list := &acl.List{Controls: []acl.Control{{Entries: []acl.Entry{{Principal: acl.Principal{Name: "ann@example.com"}}}}}}
	for on, want := range map[bool]*acl.List{true: list, false: nil} {
		b := newScratch(t)
		c := &crawl{run: &run{Service: b.sources, job: &syncJob{}}, settings: connector.Settings{ACL: on}, kinds: map[string]facet.Kind{}}
		b.memory.Put(connector.Item{ID: "a", ACL: list}, "text")
		err := b.memory.Crawl(t.Context(), "", func(ctx context.Context, it connector.Item) error {
			_, err := c.read(ctx, it)
			return err
		}, func(string) error { return nil })
		if err != nil || len(c.puts) != 1 {
			t.Fatalf("%v, %d documents", err, len(c.puts))
		}
		if diff := cmp.Diff(want, c.puts[0].ACL); diff != "" {
			t.Errorf("with access control %t (-want +got):\n%s", on, diff)
		}
	}
}

// TestLargeItemsAreNotRead to their end.
func TestLargeItemsAreNotRead(t *testing.T) {
	endless := func(context.Context) (io.ReadCloser, error) { return io.NopCloser(zeros{}), nil }
	for size, opens := range map[int64]func(context.Context) (io.ReadCloser, error){maxDocument + 1: nil, -1: endless} {
		_, err := content(t.Context(), connector.Item{Size: size, Open: opens})
		if want := "has more than 50 MB, the most a document may have"; err == nil || err.Error() != want {
			t.Errorf("size %d: %v, want %s", size, err, want)
		}
	}
}

// zeros is a file without an end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// TestDocumentsArePutAFewAtATime: a batch ends before it has too many of them, or
// too many bytes.
func TestDocumentsArePutAFewAtATime(t *testing.T) {
	b := newScratch(t)
	id := b.create(t, memoryConfig)
	b.mustStart(t, id)
	j := b.last(t, id)
	args := syncArgs{Application: b.app, Index: b.idx, Execution: *j.ExecutionID}
	c := &crawl{run: &run{Service: b.sources, tenant: b.caller.Tenant(), args: args, job: &syncJob{place: placeOf(b.caller, b.app, b.idx, id)}}}
	for i := range 3 {
		doc := document.Incoming{ID: fmt.Sprint(i), Data: make([]byte, batchBytes/2), ContentType: "PLAIN_TEXT"}
		if err := c.add(t.Context(), doc); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.puts) != 1 || c.bytes != batchBytes/2 {
		t.Errorf("%d documents of %d bytes wait", len(c.puts), c.bytes)
	}
	if n := len(b.documents(t, id)); n != 2 {
		t.Errorf("%d documents were put", n)
	}
}

// TestFoldersAreOfAnAccount: those of one account are not read by another's sources.
func TestFoldersAreOfAnAccount(t *testing.T) {
	b := newScratch(t)
	b.sources.Kinds["DIRECTORY"] = folder.Kind{}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.txt"), []byte("soup"), 0o600); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf(`{"type":"DIRECTORY","connectionConfiguration":{"repositoryEndpointMetadata":{"path":%q}}}`, dir)
	id := *optest.Must(t, b.Registry, b.caller, api.CreateDataSource, b.input(config)).DataSourceID
	b.sources.Folders = map[string][]string{"444455556666": {dir}}
	j := b.sync(t, id)
	const want = "InvalidRequest: No folders of this server may be read by data sources of this account: start it with --folders DIR, or ACCOUNT=DIR where it is not the server's own."
	if *j.Status != api.DataSourceSyncJobStatusFailed || said(j) != want {
		t.Errorf("%s: %s", *j.Status, said(j))
	}
	b.sources.Folders[b.caller.Account] = []string{dir}
	if j := b.sync(t, id); *j.Status != api.DataSourceSyncJobStatusSucceeded || *j.Metrics.DocumentsAdded != "1" {
		t.Errorf("%s: %s", *j.Status, said(j))
	}
}
