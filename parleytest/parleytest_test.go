package parleytest

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
	"github.com/aws/smithy-go"
	"go.uber.org/goleak"

	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

const missing = "7c8ff2f0-0c4e-4b3a-9d5e-000000000001"

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newApplication(t *testing.T, c *qbusiness.Client) string {
	t.Helper()
	out, err := c.CreateApplication(t.Context(), &qbusiness.CreateApplicationInput{
		DisplayName: aws.String("helpdesk"), IdentityType: types.IdentityTypeAnonymous,
	})
	if err != nil {
		t.Fatal(err)
	}
	return *out.ApplicationArn
}

func TestAServerHasItsOwnState(t *testing.T) {
	one, two := Start(t), Start(t, WithAccount("111122223333"), WithRegion("eu-west-1"))
	arn := newApplication(t, qbusiness.NewFromConfig(one.Config()))
	if want := "arn:aws:qbusiness:us-east-1:000000000000:application/"; !strings.HasPrefix(arn, want) {
		t.Errorf("%s, want %s…", arn, want)
	}
	arn = newApplication(t, qbusiness.NewFromConfig(two.Config()))
	if want := "arn:aws:qbusiness:eu-west-1:111122223333:application/"; !strings.HasPrefix(arn, want) {
		t.Errorf("%s, want %s…", arn, want)
	}
	for _, s := range []*Server{one, two} {
		out, err := qbusiness.NewFromConfig(s.Config()).ListApplications(t.Context(), &qbusiness.ListApplicationsInput{})
		if err != nil || len(out.Applications) != 1 {
			t.Errorf("%s: %d applications, %v; want its own one", s.URL, len(out.Applications), err)
		}
	}
}

// TestARoleOfAnotherAccount may do everything there, and nothing here: nobody
// shares with it.
func TestARoleOfAnotherAccount(t *testing.T) {
	s := Start(t)
	id, secret, err := s.AddRole(t.Context(), "111122223333", "partners/isv", nil)
	if err != nil {
		t.Fatal(err)
	}
	c := qbusiness.NewFromConfig(s.ConfigFor(id, secret))
	_, err = c.GetPlugin(t.Context(), &qbusiness.GetPluginInput{ApplicationId: aws.String(missing), PluginId: aws.String(missing)})
	var denied *types.AccessDeniedException
	want := fmt.Sprintf("User: arn:aws:sts::111122223333:assumed-role/isv/%s is not authorized to perform: qbusiness:GetPlugin on resource: "+
		"arn:aws:qbusiness:us-east-1:*:application/%s because no resource-based policy allows the qbusiness:GetPlugin action", id, missing)
	if !errors.As(err, &denied) || denied.ErrorMessage() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	out, err := c.ListApplications(t.Context(), &qbusiness.ListApplicationsInput{})
	if err != nil || len(out.Applications) != 0 {
		t.Errorf("it has %v, %v; want none", out, err)
	}
}

// TestUnknownRoles are refused unless the test says otherwise.
func TestUnknownRoles(t *testing.T) {
	in := &qbusiness.CreateApplicationInput{
		DisplayName: aws.String("helpdesk"), IdentityType: types.IdentityTypeAnonymous, RoleArn: aws.String("arn:aws:iam::000000000000:role/none"),
	}
	_, err := qbusiness.NewFromConfig(Start(t).Config()).CreateApplication(t.Context(), in)
	var invalid *types.ValidationException
	if !errors.As(err, &invalid) || len(invalid.Fields) != 1 || *invalid.Fields[0].Name != "roleArn" {
		t.Errorf("%v, want a ValidationException about roleArn", err)
	}
	if _, err := qbusiness.NewFromConfig(Start(t, WithUnknownRoles()).Config()).CreateApplication(t.Context(), in); err != nil {
		t.Error(err)
	}
}

func TestAWrongSecretIsRefused(t *testing.T) {
	s := Start(t)
	c := qbusiness.NewFromConfig(s.ConfigFor(s.AccessKeyID, "not-the-secret"))
	_, err := c.ListApplications(t.Context(), &qbusiness.ListApplicationsInput{})
	var e smithy.APIError
	if !errors.As(err, &e) || e.ErrorCode() != "SignatureDoesNotMatch" {
		t.Errorf("got %v, want SignatureDoesNotMatch", err)
	}
}

func TestBucketsAreRead(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "schemas"), 0o700); err != nil {
		t.Fatal(err)
	}
	doc := `{"openapi":"3.0.3","info":{"title":"t","version":"1"},"servers":[{"url":"https://api.example.com"}],` +
		`"paths":{"/tasks":{"get":{"operationId":"listTasks","summary":"List tasks","description":"List tasks","responses":{"200":{"description":"tasks"}}}}}}`
	if err := os.WriteFile(filepath.Join(dir, "schemas", "tasks.json"), []byte(doc), 0o600); err != nil {
		t.Fatal(err)
	}
	s := Start(t, WithBuckets(dir))
	c := qbusiness.NewFromConfig(s.Config())
	arn := newApplication(t, c)
	app := arn[strings.LastIndexByte(arn, '/')+1:]
	made, err := c.CreatePlugin(t.Context(), &qbusiness.CreatePluginInput{
		ApplicationId: &app, DisplayName: aws.String("tasks"), Type: types.PluginTypeCustom,
		AuthConfiguration: &types.PluginAuthConfigurationMemberNoAuthConfiguration{},
		CustomPluginConfiguration: &types.CustomPluginConfiguration{
			Description: aws.String("Tasks"), ApiSchemaType: types.APISchemaTypeOpenApiV3,
			ApiSchema: &types.APISchemaMemberS3{Value: types.S3{Bucket: aws.String("schemas"), Key: aws.String("tasks.json")}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	for { // the job runs on its own; go test's timeout bounds the wait
		got, err := c.GetPlugin(t.Context(), &qbusiness.GetPluginInput{ApplicationId: &app, PluginId: made.PluginId})
		if err != nil {
			t.Fatal(err)
		}
		if got.BuildStatus == types.PluginBuildStatusReady {
			return
		}
		if got.BuildStatus != types.PluginBuildStatusCreateInProgress {
			t.Fatalf("build %s", got.BuildStatus)
		}
	}
}

func TestServersShareADatabase(t *testing.T) {
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		if c.URL == "" {
			t.Skip("the embedded store is one server's")
		}
		one, two := Start(t, WithDatabase(c.URL)), Start(t, WithDatabase(c.URL))
		arn := newApplication(t, qbusiness.NewFromConfig(one.Config()))
		out, err := qbusiness.NewFromConfig(two.Config()).ListApplications(t.Context(), &qbusiness.ListApplicationsInput{})
		if err != nil || len(out.Applications) != 1 || !strings.HasSuffix(arn, *out.Applications[0].ApplicationId) {
			t.Errorf("%v, %v; want the other server's %s", out, err, arn)
		}
		id, secret, err := one.AddRole(t.Context(), "111122223333", "isv", nil)
		if err != nil {
			t.Fatal(err)
		}
		out, err = qbusiness.NewFromConfig(two.ConfigFor(id, secret)).ListApplications(t.Context(), &qbusiness.ListApplicationsInput{})
		if err != nil || len(out.Applications) != 0 {
			t.Errorf("a key minted by the other server: %v, %v; want the applications of its own account, none", out, err)
		}
	})
}

func TestStartRefusals(t *testing.T) {
	for name, opt := range map[string]Option{
		"account":  WithAccount("12"),
		"buckets":  WithBuckets(filepath.Join(t.TempDir(), "absent")),
		"outbound": WithOutbound("ftp://127.0.0.1"),
		"database": WithDatabase("postgres://nobody@127.0.0.1:1/none?connect_timeout=1"),
	} {
		if s, err := New(opt); err == nil {
			t.Errorf("%s: a server on %s, want an error", name, s.URL)
		}
	}
}

func TestCloseEndsIt(t *testing.T) {
	s, err := New()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if resp, err := http.Get(s.URL + "/healthz"); err == nil {
		resp.Body.Close()
		t.Error("it still answers")
	}
}

func TestWithLog(t *testing.T) {
	var log strings.Builder
	s, err := New(WithLog(&log))
	if err != nil {
		t.Fatal(err)
	}
	newApplication(t, qbusiness.NewFromConfig(s.Config()))
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log.String(), "operation=CreateApplication status=200") {
		t.Errorf("no line for the request:\n%s", log.String())
	}
	if strings.Contains(log.String(), s.SecretAccessKey) {
		t.Error("the log holds the secret")
	}
}

// TestChat holds a streamed conversation with the SDK as it comes: TLS, HTTP/2 and
// the CA are Config's business.
func TestChat(t *testing.T) {
	c := qbusiness.NewFromConfig(Start(t).Config())
	app := newApplication(t, c)
	out, err := c.Chat(t.Context(), &qbusiness.ChatInput{ApplicationId: aws.String(app[strings.LastIndexByte(app, '/')+1:])})
	if err != nil {
		t.Fatal(err)
	}
	stream := out.GetStream()
	defer stream.Close()
	for _, event := range []types.ChatInputStream{
		&types.ChatInputStreamMemberTextEvent{Value: types.TextInputEvent{UserMessage: aws.String("What is a parrot?")}},
		&types.ChatInputStreamMemberEndOfInputEvent{},
	} {
		if err := stream.Send(t.Context(), event); err != nil {
			t.Fatal(err)
		}
	}
	var text string
	var end *types.MetadataEvent
	for event := range stream.Events() {
		switch event := event.(type) {
		case *types.ChatOutputStreamMemberTextEvent:
			text += *event.Value.SystemMessage
		case *types.ChatOutputStreamMemberMetadataEvent:
			end = &event.Value
		}
	}
	if err := stream.Err(); err != nil {
		t.Fatal(err)
	}
	if end == nil || text == "" || *end.FinalTextMessage != text {
		t.Errorf("said %q, and at the end %+v", text, end)
	}
}

// TestPlainAndTLS: both URLs are one port, and nobody trusts it without the CA.
func TestPlainAndTLS(t *testing.T) {
	s := Start(t)
	if want := strings.Replace(s.URL, "http://", "https://", 1); s.TLSURL != want {
		t.Errorf("%s, want %s", s.TLSURL, want)
	}
	web := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := web.Get(s.URL + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp, err = web.Get(s.TLSURL + "/healthz"); err == nil {
		resp.Body.Close()
		t.Error("a stranger trusts it")
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(s.CA) {
		t.Fatal("there is no CA")
	}
	web.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: roots}
	if resp, err = web.Get(s.TLSURL + "/healthz"); err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}
