package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/google/go-cmp/cmp"
)

// stack is an application with an index.
type stack struct {
	*site

	app, index string
}

func (s *site) stack(t *testing.T) *stack {
	t.Helper()
	app := must(s.CreateApplication(t.Context(), &qbusiness.CreateApplicationInput{
		DisplayName: new("library"), IdentityType: types.IdentityTypeAwsIamIdpOidc,
		IamIdentityProviderArn: new("arn:aws:iam::000000000000:oidc-provider/login.example.com"), ClientIdsForOIDC: []string{"parley"},
	}))(t)
	index := must(s.CreateIndex(t.Context(), &qbusiness.CreateIndexInput{ApplicationId: app.ApplicationId, DisplayName: new("docs")}))(t)
	return &stack{s, *app.ApplicationId, *index.IndexId}
}

// sheet is a document of plain text, for everybody or for some.
func sheet(id, text string, readers ...string) types.Document {
	d := types.Document{Id: &id, Title: new("The " + id), ContentType: types.ContentTypePlainText, Content: &types.DocumentContentMemberBlob{Value: []byte(text)}}
	if len(readers) > 0 {
		var all []types.Principal
		for _, r := range readers {
			all = append(all, &types.PrincipalMemberUser{Value: types.PrincipalUser{Id: &r, Access: types.ReadAccessTypeAllow}})
		}
		d.AccessConfiguration = &types.AccessConfiguration{AccessControls: []types.AccessControl{{Principals: all}}}
	}
	return d
}

func (s *stack) put(t *testing.T, docs ...types.Document) []types.FailedDocument {
	t.Helper()
	in := &qbusiness.BatchPutDocumentInput{ApplicationId: &s.app, IndexId: &s.index, Documents: docs}
	return must(s.BatchPutDocument(t.Context(), in))(t).FailedDocuments
}

// statuses are the documents of the index, with their statuses.
func (s *stack) statuses(t *testing.T) map[string]types.DocumentStatus {
	t.Helper()
	all := map[string]types.DocumentStatus{}
	pages := qbusiness.NewListDocumentsPaginator(s, &qbusiness.ListDocumentsInput{ApplicationId: &s.app, IndexId: &s.index, MaxResults: new(int32(2))})
	for pages.HasMorePages() {
		for _, d := range must(pages.NextPage(t.Context()))(t).DocumentDetailList {
			all[*d.DocumentId] = d.Status
		}
	}
	return all
}

// become waits until the documents are as they are to be.
func (s *stack) become(t *testing.T, want map[string]types.DocumentStatus) {
	t.Helper()
	var got map[string]types.DocumentStatus
	defer func() {
		if t.Failed() {
			t.Logf("documents: %v", got)
		}
	}()
	eventually(t, "the documents are read", func() bool {
		got = s.statuses(t)
		return cmp.Equal(got, want)
	})
}

// by is the API as a person sees it.
func (s *stack) by(t *testing.T, address string) *qbusiness.Client {
	t.Helper()
	var key aws.Credentials
	if err := json.Unmarshal([]byte(s.token(t, address)), &key); err != nil {
		t.Fatal(err)
	}
	return client(s.server.Endpoint, aws.Credentials{AccessKeyID: key.AccessKeyID, SecretAccessKey: key.SecretAccessKey, SessionToken: key.SessionToken})
}

func TestDocuments(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, site *site) {
		s := site.stack(t)
		failed := s.put(t, sheet("menu", "Soup, fish and cake."), sheet("payroll", "Ann earns much.", "ann@example.com"),
			types.Document{Id: new("void"), Content: &types.DocumentContentMemberBlob{Value: []byte{}}},
			types.Document{Id: new("broken"), ContentType: types.ContentTypePdf, Content: &types.DocumentContentMemberBlob{Value: []byte("%PDF-1.7\nnothing")}})
		if len(failed) != 1 || *failed[0].Id != "void" || failed[0].Error.ErrorCode != types.ErrorCodeInvalidRequest ||
			*failed[0].Error.ErrorMessage != "The document is empty: its content has no bytes." || failed[0].DataSourceId != nil {
			t.Errorf("failed: %+v", failed)
		}
		s.become(t, map[string]types.DocumentStatus{"menu": types.DocumentStatusIndexed, "payroll": types.DocumentStatusIndexed, "broken": types.DocumentStatusFailed})
		s.checks(t)
		s.downloads(t)

		s.put(t, sheet("menu", "Salad."))
		s.become(t, map[string]types.DocumentStatus{"menu": types.DocumentStatusIndexed, "payroll": types.DocumentStatusIndexed, "broken": types.DocumentStatusFailed})
		gone := must(s.BatchDeleteDocument(t.Context(), &qbusiness.BatchDeleteDocumentInput{ApplicationId: &s.app, IndexId: &s.index,
			Documents: []types.DeleteDocument{{DocumentId: new("broken")}, {DocumentId: new("payroll")}, {DocumentId: new("ghost")}}}))(t)
		if len(gone.FailedDocuments) != 1 || *gone.FailedDocuments[0].Id != "ghost" || gone.FailedDocuments[0].Error.ErrorCode != types.ErrorCodeResourceNotFound {
			t.Errorf("failed to delete: %+v", gone.FailedDocuments)
		}
		s.become(t, map[string]types.DocumentStatus{"menu": types.DocumentStatusIndexed})
	})
}

func (s *stack) checks(t *testing.T) {
	t.Helper()
	for user, want := range map[string]bool{"Ann+home@example.com": true, "ben@example.com": false} {
		out := must(s.CheckDocumentAccess(t.Context(), &qbusiness.CheckDocumentAccessInput{ApplicationId: &s.app, IndexId: &s.index, DocumentId: new("payroll"), UserId: &user}))(t)
		if *out.HasAccess != want || *out.DocumentAcl.Allowlist.Conditions[0].Users[0].Id != "ann@example.com" || out.DocumentAcl.DenyList != nil {
			t.Errorf("%s: %+v", user, out)
		}
	}
	_, err := s.CheckDocumentAccess(t.Context(), &qbusiness.CheckDocumentAccessInput{ApplicationId: &s.app, IndexId: &s.index, DocumentId: new("ghost"), UserId: new("ann@example.com")})
	if e := fails[*types.ResourceNotFoundException](t, err); *e.ResourceId != "ghost" || *e.ResourceType != "document" {
		t.Errorf("%+v", e)
	}
}

func (s *stack) downloads(t *testing.T) {
	t.Helper()
	ann, ben := s.by(t, "ann@example.com"), s.by(t, "ben@example.com")
	in := &qbusiness.GetDocumentContentInput{ApplicationId: &s.app, IndexId: &s.index, DocumentId: new("payroll")}
	out := must(ann.GetDocumentContent(t.Context(), in))(t)
	if *out.MimeType != "text/plain" || !strings.HasPrefix(*out.PresignedUrl, s.server.Endpoint+"/documents/content?") {
		t.Errorf("%s, %s", *out.MimeType, *out.PresignedUrl)
	}
	header, body := fetch(t, *out.PresignedUrl, http.StatusOK)
	want := map[string]string{
		"Content-Type": "text/plain", "Content-Disposition": "attachment; filename=payroll.txt", "X-Content-Type-Options": "nosniff",
		"Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'", "Cache-Control": "private, no-store", "Content-Length": "15",
	}
	for name, value := range want {
		if got := header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
	if body != "Ann earns much." {
		t.Errorf("%q", body)
	}
	fetch(t, *out.PresignedUrl+"x", http.StatusForbidden)

	in.OutputFormat = types.OutputFormatExtracted
	out = must(ann.GetDocumentContent(t.Context(), in))(t)
	if _, body := fetch(t, *out.PresignedUrl, http.StatusOK); *out.MimeType != "application/json" || body != `{"schemaVersionId":"V1","outputFormat":"JSON","plainTextDocumentContent":"Ann earns much."}` {
		t.Errorf("%s: %s", *out.MimeType, body)
	}

	_, hidden := ben.GetDocumentContent(t.Context(), in)
	in.DocumentId = new("ghost00")
	_, absent := ben.GetDocumentContent(t.Context(), in)
	a, b := fails[*types.ResourceNotFoundException](t, hidden), fails[*types.ResourceNotFoundException](t, absent)
	if strings.ReplaceAll(*a.Message, "payroll", "ghost00") != *b.Message || *a.ResourceId != "payroll" || *b.ResourceId != "ghost00" {
		t.Errorf("what is hidden and what is absent are told apart: %q, %q", *a.Message, *b.Message)
	}
}

// fetch follows an address without any credential.
func fetch(t *testing.T, address string, status int) (http.Header, string) {
	t.Helper()
	resp, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != status {
		t.Errorf("%d, want %d: %s", resp.StatusCode, status, body)
	}
	return resp.Header, string(body)
}

// What was acknowledged before the server is killed is read by the next one, and
// what is large is not left half.
func TestDocumentsOfAKilledServer(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, site *site) {
		s := site.stack(t)
		want := map[string]types.DocumentStatus{}
		for _, id := range []string{"a", "b", "c", "d", "e", "f"} {
			s.put(t, sheet(id, strings.Repeat("Words about "+id+" that fill a passage or two.\n", 20_000)))
			want[id] = types.DocumentStatusIndexed
		}
		s.crash(t)
		s.Client = client(s.server.Endpoint, s.server.Key)
		s.become(t, want)
		index := must(s.GetIndex(t.Context(), &qbusiness.GetIndexInput{ApplicationId: &s.app, IndexId: &s.index}))(t)
		if n := *index.IndexStatistics.TextDocumentStatistics.IndexedTextDocumentCount; n != 6 {
			t.Errorf("%d documents are indexed", n)
		}
	})
}
