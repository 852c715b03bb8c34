package wire

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/edge/access"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
	"github.com/parleyhq/parley/internal/engine/policy"
)

const region = "us-east-1"

var (
	root     = access.Root{Account: "000000000000", AccessKeyID: "AKIAROOT", Secret: "the-root-secret-of-this-test"}
	stranger = op.Caller{Account: "111122223333", Principal: "arn:aws:iam::111122223333:role/isv", AccessKeyID: "AKIAISV"}
)

const strangerSecret = "the-secret-of-a-stranger"

// nobody permits the root everything, and nothing to anybody else.
func nobody() *access.Authorizer {
	return &access.Authorizer{Facts: access.Facts{
		Grants: func(context.Context, op.Caller) (policy.Set, error) { return policy.Set{}, nil },
		Who: func(c op.Caller) policy.Principal {
			return policy.Principal{Type: policy.RoleSession, ARN: c.Principal, Account: c.Account}
		},
		Keys:     func(op.Caller) policy.Context { return policy.NewContext(nil) },
		Owner:    func(context.Context, string, string) (string, error) { return "", nil },
		Landlord: func(context.Context, string) (bool, error) { return false, nil },
	}}
}

// functions are the operations of the tests: each answers in one way that an
// operation can answer.
func functions() *op.Registry {
	r := &op.Registry{Access: nobody(), Replays: forgetful{}}
	op.Handle(r, api.GetPlugin, func(_ context.Context, c op.Caller, in *api.GetPluginInput) (*api.GetPluginOutput, error) {
		return &api.GetPluginOutput{
			ApplicationID: &in.ApplicationID, PluginID: &in.PluginID,
			DisplayName: new("Café <1>"), Type: new(api.PluginTypeJiraCloud), State: new(api.PluginStateEnabled),
			PluginARN: new(c.ARN("application/%s/plugin/%s", in.ApplicationID, in.PluginID)),
			CreatedAt: new(time.UnixMilli(1700000000123)),
		}, nil
	})
	op.Handle(r, api.DeletePlugin, func(context.Context, op.Caller, *api.DeletePluginInput) (*api.DeletePluginOutput, error) {
		return &api.DeletePluginOutput{}, nil
	})
	op.Handle(r, api.CreatePlugin, func(_ context.Context, _ op.Caller, in *api.CreatePluginInput) (*api.CreatePluginOutput, error) {
		return nil, fault.Quota("Plugin", in.ApplicationID, "The application has 25 plugins already.")
	})
	op.Handle(r, api.GetApplication, func(_ context.Context, _ op.Caller, in *api.GetApplicationInput) (*api.GetApplicationOutput, error) {
		return nil, fault.NotFound("Application", in.ApplicationID, "There is no application %s.", in.ApplicationID)
	})
	op.Handle(r, api.DeleteApplication, func(_ context.Context, _ op.Caller, in *api.DeleteApplicationInput) (*api.DeleteApplicationOutput, error) {
		return nil, fault.Conflicts("Application", in.ApplicationID, "The application is being updated.")
	})
	op.Handle(r, api.UpdateApplication, func(context.Context, op.Caller, *api.UpdateApplicationInput) (*api.UpdateApplicationOutput, error) {
		return nil, fault.Invalid(fault.Field{Name: "roleArn", Message: "It has to be a role."}, fault.Field{Name: "displayName", Message: "It is taken."})
	})
	op.Handle(r, api.ListPlugins, func(context.Context, op.Caller, *api.ListPluginsInput) (*api.ListPluginsOutput, error) {
		return nil, fault.Quota("Plugin", "x", "ListPlugins does not declare this.")
	})
	op.Handle(r, api.ListApplications, func(context.Context, op.Caller, *api.ListApplicationsInput) (*api.ListApplicationsOutput, error) {
		return nil, errors.New("the disk of the store is full")
	})
	op.Handle(r, api.ListPluginTypeMetadata, func(context.Context, op.Caller, *api.ListPluginTypeMetadataInput) (*api.ListPluginTypeMetadataOutput, error) {
		panic("a slip of the programmer")
	})
	op.Handle(r, api.GetPolicy, func(context.Context, op.Caller, *api.GetPolicyInput) (*api.GetPolicyOutput, error) {
		return nil, &fault.Error{Code: fault.Throttling, Message: "Slow down."}
	})
	op.Handle(r, api.TagResource, func(context.Context, op.Caller, *api.TagResourceInput) (*api.TagResourceOutput, error) {
		return &api.TagResourceOutput{}, nil
	})
	return r
}

// forgetful keeps no answers.
type forgetful struct{}

func (forgetful) Find(context.Context, op.Caller, op.Token) (op.Kept, bool, error) {
	return op.Kept{}, false, nil
}

// logbook keeps what a server logs.
type logbook struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logbook) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// events are the records about a request, oldest first.
func (l *logbook) events(t *testing.T, id string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(l.String()) {
		var event map[string]any
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("log line %q: %v", line, err)
		}
		if event["request_id"] == id {
			found = append(found, event)
		}
	}
	return found
}

// fixture is a server behind a real listener.
type fixture struct {
	*Server
	addr    string
	figures *prometheus.Registry
	book    *logbook
	end     func() error // ends Serve and returns what it said
}

// config is a server of the functions above.
func config(book io.Writer) Config {
	return Config{
		Services: []*smithy.Service{api.Service, secretsmanager.Service}, Calls: functions(),
		Auth: authenticator("qbusiness", "secretsmanager"),
		Log:  slog.New(slog.NewJSONHandler(book, &slog.HandlerOptions{Level: slog.LevelDebug})),
		Now:  time.Now,
	}
}

// authenticator knows the root, a stranger, and a session that has ended.
func authenticator(services ...string) *access.Authenticator {
	find := func(_ context.Context, id, _ string) (access.Credential, error) {
		switch id {
		case stranger.AccessKeyID:
			return access.Credential{Caller: stranger, Secret: strangerSecret}, nil
		case "ASIAEXPIRED":
			return access.Credential{}, sigv4.ErrExpired
		}
		return access.Credential{}, sigv4.ErrUnknownKey
	}
	return access.NewAuthenticator(services, []string{region}, root, find, time.Now)
}

// start serves until the test ends.
func start(t testing.TB, change ...func(*Config)) *fixture {
	t.Helper()
	f := &fixture{figures: prometheus.NewRegistry(), book: new(logbook)}
	c := config(f.book)
	c.Metrics = NewMetrics(f.figures)
	for _, ch := range change {
		ch(&c)
	}
	f.Server = New(c)
	l := listen(t)
	f.addr = l.Addr().String()
	f.end = serve(t, f.Server, l)
	return f
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// serve runs Serve until the test ends or the returned function is called.
func serve(t testing.TB, s *Server, l ...net.Listener) (end func() error) {
	ctx, cancel := context.WithCancel(context.Background())
	said := make(chan error, 1)
	go func() { said <- s.Serve(ctx, l...) }()
	end = sync.OnceValue(func() error { cancel(); return <-said })
	t.Cleanup(func() { _ = end() })
	return end
}

// answer is what a client got.
type answer struct {
	status  int
	header  http.Header
	body    []byte
	members map[string]any
}

func (a answer) id() string { return a.header.Get("x-amzn-RequestId") }

// newRequest is an unsigned request.
func (f *fixture) newRequest(t testing.TB, method, target, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequest(method, "http://"+f.addr+target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	return r
}

// sign signs a request as the root.
func sign(t testing.TB, r *http.Request, body string) *http.Request {
	return signAs(t, r, body, root.AccessKeyID, root.Secret)
}

func signAs(t testing.TB, r *http.Request, body, id, secret string) *http.Request {
	t.Helper()
	sum := sha256.Sum256([]byte(body))
	return signHash(t, r, hex.EncodeToString(sum[:]), id, secret)
}

// signEvents signs a request whose body will be an event stream, with a key.
func signEvents(t testing.TB, r *http.Request, id, secret string) *http.Request {
	r.Header.Set("X-Amz-Content-Sha256", sigv4.EventsPayload)
	return signHash(t, r, sigv4.EventsPayload, id, secret)
}

func signHash(t testing.TB, r *http.Request, hash, id, secret string) *http.Request {
	t.Helper()
	err := v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: id, SecretAccessKey: secret},
		r, hash, "qbusiness", region, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// call sends a request signed by the root.
func (f *fixture) call(t testing.TB, method, target, body string) answer {
	t.Helper()
	return send(t, http.DefaultClient, sign(t, f.newRequest(t, method, target, body), body))
}

// send sends a request, and holds the answer to what every answer has.
func send(t testing.TB, client *http.Client, r *http.Request) answer {
	t.Helper()
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return read(t, r.Method, resp)
}

func read(t testing.TB, method string, resp *http.Response) answer {
	t.Helper()
	a := answer{status: resp.StatusCode, header: resp.Header}
	var err error
	if a.body, err = io.ReadAll(resp.Body); err != nil {
		t.Fatal(err)
	}
	if _, err := uuid.Parse(a.id()); err != nil {
		t.Errorf("x-amzn-RequestId %q: %v", a.id(), err)
	}
	if got := a.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("Content-Type %q", got)
	}
	if method == http.MethodHead {
		return a
	}
	if err := json.Unmarshal(a.body, &a.members); err != nil {
		t.Errorf("the body is not a JSON object: %v\n%s", err, a.body)
	}
	return a
}
