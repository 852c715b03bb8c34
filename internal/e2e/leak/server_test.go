package leak

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"

	"github.com/parleyhq/parley/internal/assembly"
	"github.com/parleyhq/parley/internal/edge/access"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/retrieval"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/index"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/session"
)

const account, region = "000000000000", "us-east-1"

// site is a server with an application, an index, a retriever and a data source, and
// a client for its operator and for everyone else.
type site struct {
	*assembly.Server
	url                   string
	http                  *http.Client
	admin                 *qbusiness.Client
	users                 []*qbusiness.Client
	app, index, retriever string
	source, execution     string
}

// reader is a policy of those who only read; ListDocuments is not theirs.
const reader = `{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["qbusiness:SearchRelevantContent", "qbusiness:GetDocumentContent", "qbusiness:ChatSync", "qbusiness:ListMessages"], "Resource": "*"}]}`

// open starts a server on a store of its own, or on a PostgreSQL.
func open(t *testing.T, postgres string, persons []person) *site {
	t.Helper()
	id, secret, err := principal.Mint(account)
	if err != nil {
		t.Fatal(err)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	server, err := assembly.New(ctx, assembly.Config{
		State: assembly.State{Dir: t.TempDir(), URL: postgres, Now: time.Now, Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))},
		Root:  access.Root{Account: account, AccessKeyID: id, Secret: secret}, Regions: []string{region}, TrustUnknownRoles: true,
	})
	if err != nil {
		stop()
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	s := &site{Server: server, url: "http://" + l.Addr().String(), http: &http.Client{Transport: tap{&http.Transport{MaxIdleConnsPerHost: 64}}}}
	s.admin = s.client(aws.Credentials{AccessKeyID: id, SecretAccessKey: secret})
	s.furnish(t)
	s.admit(t, persons)
	return s
}

func (s *site) client(c aws.Credentials) *qbusiness.Client {
	return qbusiness.New(qbusiness.Options{
		Region: region, BaseEndpoint: &s.url, HTTPClient: s.http, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(c.AccessKeyID, c.SecretAccessKey, c.SessionToken),
	})
}

// admit begins a session for everyone, which speaks for the owner of an address.
func (s *site) admit(t *testing.T, persons []person) {
	t.Helper()
	_, role, _, err := s.Principals.Add(t.Context(), account, "readers", nil, principal.Granted{Document: reader})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range persons {
		k, err := s.Sessions.Mint(session.Grant{Role: role, Name: fmt.Sprint("person-", i), Tags: map[string]string{"Email": p.address}, Life: 12 * time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		s.users = append(s.users, s.client(aws.Credentials{AccessKeyID: k.AccessKeyID, SecretAccessKey: k.Secret, SessionToken: k.Token}))
	}
}

// furnish makes the application and what is in it.
func (s *site) furnish(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	app, err := s.admin.CreateApplication(ctx, &qbusiness.CreateApplicationInput{
		DisplayName: new("leak"), IdentityType: types.IdentityTypeAwsIamIdpSaml, IamIdentityProviderArn: new("arn:aws:iam::" + account + ":saml-provider/p"),
	})
	fatal(t, err)
	s.app = *app.ApplicationId
	index, err := s.admin.CreateIndex(ctx, &qbusiness.CreateIndexInput{ApplicationId: &s.app, DisplayName: new("index"), CapacityConfiguration: &types.IndexCapacityConfiguration{Units: new(int32(10))}})
	fatal(t, err)
	s.index = *index.IndexId
	_, err = s.admin.UpdateIndex(ctx, &qbusiness.UpdateIndexInput{ApplicationId: &s.app, IndexId: &s.index, DocumentAttributeConfigurations: []types.DocumentAttributeConfiguration{
		{Name: new("dept"), Type: types.AttributeTypeString, Search: types.StatusEnabled},
		{Name: new("level"), Type: types.AttributeTypeNumber, Search: types.StatusEnabled},
		{Name: new("tags"), Type: types.AttributeTypeStringList, Search: types.StatusEnabled},
	}})
	fatal(t, err)
	retriever, err := s.admin.CreateRetriever(ctx, &qbusiness.CreateRetrieverInput{
		ApplicationId: &s.app, DisplayName: new("retriever"), Type: types.RetrieverTypeNativeIndex,
		Configuration: &types.RetrieverConfigurationMemberNativeIndexConfiguration{Value: types.NativeIndexConfiguration{IndexId: &s.index}},
	})
	fatal(t, err)
	s.retriever = *retriever.RetrieverId
	source, err := s.admin.CreateDataSource(ctx, &qbusiness.CreateDataSourceInput{
		ApplicationId: &s.app, IndexId: &s.index, DisplayName: new("source"), Configuration: custom(),
	})
	fatal(t, err)
	s.source = *source.DataSourceId
	sync, err := s.admin.StartDataSourceSyncJob(ctx, &qbusiness.StartDataSourceSyncJobInput{ApplicationId: &s.app, IndexId: &s.index, DataSourceId: &s.source})
	fatal(t, err)
	s.execution = *sync.ExecutionId
}

func fatal(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// settle waits until no document is being read, and all of them can be found: a search
// itself does not wait for long.
func (s *site) settle(t *testing.T) {
	t.Helper()
	for begun := time.Now(); ; {
		busy := 0
		for _, kind := range []string{"document.ingest", "document.fetch"} {
			for _, state := range []job.State{job.Waiting, job.Running} {
				jobs, err := s.Jobs.List(t.Context(), job.Filter{Kind: kind, State: state})
				fatal(t, err)
				busy += len(jobs)
			}
		}
		if busy == 0 {
			break
		}
		if time.Since(begun) > 5*time.Minute {
			t.Fatal("documents are still being read after 5 minutes")
		}
		<-time.After(2 * time.Millisecond) // nobody tells
	}
	tenant := account + ":" + region
	var head retrieval.Head
	fatal(t, s.DB.View(t.Context(), func(tx *store.Tx) (err error) {
		head, err = index.Head(tx, tenant, s.app, s.index)
		return err
	}))
	fatal(t, s.Library.Wait(t.Context(), retrieval.Key{Tenant: tenant, Application: s.app, Index: s.index}, head.Seq))
}

// tape is the bytes of the answers to one call.
type tape struct {
	mu     sync.Mutex
	status int
	header http.Header
	body   []byte
}

type tapeKey struct{}

// taped is a context whose calls are recorded.
func taped(ctx context.Context) (context.Context, *tape) {
	t := &tape{}
	return context.WithValue(ctx, tapeKey{}, t), t
}

// tap records the answers to requests whose context has a tape.
type tap struct{ next http.RoundTripper }

func (p tap) RoundTrip(r *http.Request) (*http.Response, error) {
	res, err := p.next.RoundTrip(r)
	tape, ok := r.Context().Value(tapeKey{}).(*tape)
	if err != nil || !ok {
		return res, err
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	if err := res.Body.Close(); err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	tape.mu.Lock()
	defer tape.mu.Unlock()
	tape.status, tape.header, tape.body = res.StatusCode, res.Header, append(tape.body, body...)
	return res, nil
}

// text is everything of the answers but what differs from one request to the next.
func (t *tape) text() string {
	var b strings.Builder
	fmt.Fprintln(&b, t.status)
	for _, name := range []string{"Content-Type", "X-Amzn-Errortype", "Content-Length", "Cache-Control", "Location", "Retry-After"} {
		fmt.Fprintln(&b, name, t.header.Values(name))
	}
	fmt.Fprintln(&b, len(t.header))
	b.Write(t.body)
	return b.String()
}
