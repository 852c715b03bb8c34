package secretstore_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"
	awserr "github.com/aws/smithy-go"

	"github.com/parleyhq/parley/internal/core/api"
	neighbour "github.com/parleyhq/parley/internal/core/api/secretsmanager"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/core/smithy"
	"github.com/parleyhq/parley/internal/edge/access"
	"github.com/parleyhq/parley/internal/edge/wire"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
	"github.com/parleyhq/parley/internal/engine/policy"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/principal"
	"github.com/parleyhq/parley/internal/resource/secretstore"
)

const (
	account = "111122223333"
	tenant  = account + ":us-east-1"
	canary  = "canary-7f3a-in-the-mine"
)

var root = access.Root{Account: account, AccessKeyID: "AKIAROOT", Secret: "root-secret-of-the-test"}

// site is a server of the secret store, with the SDK's client for it.
type site struct {
	*secretsmanager.Client
	store *secretstore.Service
	clock *storetest.Clock
	url   string
	log   *book
}

// book is what a server logs.
type book struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *book) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

var isv = op.Caller{Account: "444455556666", Principal: "arn:aws:iam::444455556666:role/isv", AccessKeyID: "AKIAISV"}

const isvSecret = "isv-secret-of-the-test"

// nobodyElse is who may, beside a root: nobody, for want of policies.
func nobodyElse() *access.Authorizer {
	return &access.Authorizer{Facts: access.Facts{
		Grants: func(context.Context, op.Caller) (policy.Set, error) { return policy.Set{}, nil },
		Who:    principal.Who, Keys: principal.Keys,
	}}
}

// newSite serves with the machine's clock, because clients sign by it.
func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{clock: storetest.NewClock(), log: new(book)}
	keys := seal.Random()
	s.store = &secretstore.Service{DB: storetest.New(t, storetest.WithClock(s.clock.Now)), Keys: keys, Pages: page.New(keys)}
	calls := &op.Registry{Access: nobodyElse(), Replays: optest.NoTokens{}}
	s.store.Mount(calls)
	find := func(_ context.Context, id, _ string) (access.Credential, error) {
		if id != isv.AccessKeyID {
			return access.Credential{}, sigv4.ErrUnknownKey
		}
		return access.Credential{Caller: isv, Secret: isvSecret}, nil
	}
	server := httptest.NewServer(wire.New(wire.Config{
		Services: []*smithy.Service{api.Service, neighbour.Service}, Calls: calls, Now: time.Now,
		Auth: access.NewAuthenticator([]string{"qbusiness", "secretsmanager"}, []string{"us-east-1"}, root, find, time.Now),
		Log:  slog.New(slog.NewJSONHandler(s.log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	s.Client = s.as(root.AccessKeyID, root.Secret)
	return s
}

// as is a client that signs with a key.
func (s *site) as(id, secret string) *secretsmanager.Client {
	return secretsmanager.New(secretsmanager.Options{
		Region: "us-east-1", BaseEndpoint: &s.url, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(id, secret, ""),
	})
}

func (s *site) create(t *testing.T, name, text string) string {
	t.Helper()
	out, err := s.CreateSecret(t.Context(), &secretsmanager.CreateSecretInput{Name: &name, SecretString: &text})
	if err != nil {
		t.Fatal(err)
	}
	return *out.ARN
}

// TestSDK: the Go SDK's client reads every answer, and knows every error.
func TestSDK(t *testing.T) {
	s := newSite(t)
	ctx := t.Context()
	arn := s.create(t, "team/jira", "one «ünï»\n")
	got, err := s.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("team/jira")})
	if err != nil || *got.SecretString != "one «ünï»\n" || *got.ARN != arn || !got.CreatedDate.Equal(s.clock.Now()) {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := s.PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &arn, SecretBinary: []byte{0, 0xff}}); err != nil {
		t.Fatal(err)
	}
	if got, err = s.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn}); err != nil || !bytes.Equal(got.SecretBinary, []byte{0, 0xff}) {
		t.Errorf("%v, %v", got, err)
	}
	if _, err := s.TagResource(ctx, &secretsmanager.TagResourceInput{SecretId: &arn, Tags: []types.Tag{{Key: aws.String("k"), Value: aws.String("v")}}}); err != nil {
		t.Error(err)
	}
	for range 4 {
		s.create(t, "more/"+rand(t, s), "x")
	}
	pages, n := secretsmanager.NewListSecretsPaginator(s, &secretsmanager.ListSecretsInput{MaxResults: aws.Int32(2)}), 0
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		n += len(out.SecretList)
	}
	if n != 5 {
		t.Errorf("%d secrets are listed, want 5", n)
	}
	_, err = s.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String("nothing")})
	if e, ok := errors.AsType[*types.ResourceNotFoundException](err); !ok || e.ErrorMessage() != "Secrets Manager can't find the specified secret." {
		t.Errorf("not there: %v", err)
	}
	_, err = s.CreateSecret(ctx, &secretsmanager.CreateSecretInput{Name: aws.String("team/jira")})
	if e, ok := errors.AsType[*types.ResourceExistsException](err); !ok || e.ErrorMessage() == "" {
		t.Errorf("there already: %v", err)
	}
	_, err = s.DeleteSecret(ctx, &secretsmanager.DeleteSecretInput{SecretId: &arn, RecoveryWindowInDays: aws.Int64(1)})
	if _, ok := errors.AsType[*types.InvalidParameterException](err); !ok {
		t.Errorf("a window of a day: %v", err)
	}
}

// rand is a name that nobody has.
func rand(t *testing.T, s *site) string {
	t.Helper()
	out, err := s.GetRandomPassword(t.Context(), &secretsmanager.GetRandomPasswordInput{ExcludePunctuation: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	return *out.RandomPassword
}

// TestWhoMay: the account's root may; others learn what they lack, and nothing
// of what is there.
func TestWhoMay(t *testing.T) {
	s := newSite(t)
	arn := s.create(t, "jira", canary)
	for id, resource := range map[string]string{
		arn: arn, "jira": "arn:aws:secretsmanager:us-east-1:444455556666:secret:jira", "nothing": "arn:aws:secretsmanager:us-east-1:444455556666:secret:nothing",
	} {
		_, err := s.as(isv.AccessKeyID, isvSecret).GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &id})
		refused, ok := errors.AsType[awserr.APIError](err)
		want := "User: arn:aws:iam::444455556666:role/isv is not authorized to perform: secretsmanager:GetSecretValue on resource: " + resource +
			" because no identity-based policy allows the secretsmanager:GetSecretValue action"
		if !ok || refused.ErrorCode() != "AccessDeniedException" || refused.ErrorMessage() != want {
			t.Errorf("%s: %v\nwant %s", id, err, want)
		}
	}
	_, err := s.as("AKIANOBODY", "x").ListSecrets(t.Context(), &secretsmanager.ListSecretsInput{})
	if refused, ok := errors.AsType[awserr.APIError](err); !ok || refused.ErrorCode() != "UnrecognizedClientException" {
		t.Errorf("an unknown key: %v", err)
	}
}

// TestCanary: what a secret holds is in no log and in no error, however it is
// sent.
func TestCanary(t *testing.T) {
	s := newSite(t)
	ctx := t.Context()
	arn := s.create(t, "jira", canary)
	var said strings.Builder
	note := func(err error) {
		if err != nil {
			said.WriteString(err.Error() + "\n")
		}
	}
	_, err := s.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &arn})
	note(err)
	for _, in := range []*secretsmanager.PutSecretValueInput{
		{SecretId: aws.String("nothing"), SecretString: aws.String(canary)},
		{SecretId: &arn, SecretString: aws.String(strings.Repeat(canary, 4000))},
		{SecretId: &arn, SecretString: aws.String(canary), SecretBinary: []byte(canary)},
		{SecretId: &arn, SecretString: aws.String(canary), VersionStages: []string{""}},
		{SecretId: &arn, SecretString: aws.String(""), SecretBinary: []byte(canary)},
	} {
		_, err := s.PutSecretValue(ctx, in)
		if err == nil {
			t.Errorf("%v was accepted", in.VersionStages)
		}
		note(err)
	}
	_, err = s.as(isv.AccessKeyID, isvSecret).PutSecretValue(ctx, &secretsmanager.PutSecretValueInput{SecretId: &arn, SecretString: aws.String(canary)})
	note(err)
	_, err = s.store.Value(ctx, tenant, arn+"x")
	note(err)
	for where, text := range map[string]string{"the log": s.log.String(), "an error": said.String()} {
		if strings.Contains(text, "canary") || strings.Contains(text, base64.StdEncoding.EncodeToString([]byte(canary))[:20]) {
			t.Errorf("%s has what a secret holds:\n%s", where, text)
		}
	}
	if !strings.Contains(said.String(), "AccessDenied") || !strings.Contains(s.log.String(), "secretsmanager:PutSecretValue") {
		t.Errorf("the canary was not sent everywhere:\n%s\n%s", said.String(), s.log.String())
	}
}

// remote reads from a site, as if it were AWS, for the applications of an account.
func (s *site) remote(t *testing.T, account, secret string) *secretstore.Remote {
	t.Helper()
	origin, err := outbound.ParseOrigin(s.url)
	if err != nil {
		t.Fatal(err)
	}
	return secretstore.NewRemote(secretstore.RemoteConfig{
		Account: account, Endpoint: s.url, Region: "us-east-1", Now: s.clock.Now,
		Credentials: credentials.NewStaticCredentialsProvider(root.AccessKeyID, secret, ""),
		HTTP:        outbound.New(outbound.Policy{Allow: []outbound.Origin{origin}}, slog.New(slog.NewTextHandler(io.Discard, nil))).HTTP(),
	})
}

// TestRemote reads what another server keeps, by the protocol.
func TestRemote(t *testing.T) {
	const ours = "000000000000:eu-west-1"
	afar := newSite(t)
	remote := afar.remote(t, "000000000000", root.Secret)
	arn := afar.create(t, "jira", canary)
	gone := afar.create(t, "gone", "x")
	if _, err := afar.DeleteSecret(t.Context(), &secretsmanager.DeleteSecretInput{SecretId: &gone}); err != nil {
		t.Fatal(err)
	}
	read := func(want string) {
		t.Helper()
		if got, err := remote.Value(t.Context(), ours, arn); err != nil || got != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
	}
	read(canary)
	if _, err := afar.PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: &arn, SecretBinary: []byte("rotated")}); err != nil {
		t.Fatal(err)
	}
	read(canary) // for a minute
	afar.clock.Advance(61 * time.Second)
	read("rotated")

	for name, tt := range map[string]struct {
		from        *secretstore.Remote
		tenant, arn string
		want        error
		words       string
	}{
		"not there":            {remote, ours, arn + "x", secretstore.ErrNoSecret, "there is no such secret"},
		"deleted":              {remote, ours, gone, secretstore.ErrDeleted, "restore it first"},
		"no ARN":               {remote, ours, "jira", secretstore.ErrForeign, "not that of a secret"},
		"no secret's ARN":      {remote, ours, "arn:aws:s3:eu-west-1:111122223333:secret:x", secretstore.ErrForeign, "not that of a secret"},
		"another's tenant":     {remote, "444455556666:us-east-1", arn, secretstore.ErrForeign, "not that of a secret"},
		"a refused credential": {afar.remote(t, "000000000000", "wrong"), ours, arn, nil, "AWS Secrets Manager refused it: InvalidSignatureException: The request signature we calculated"},
		"nobody serves":        {secretstore.NewRemote(secretstore.RemoteConfig{Now: afar.clock.Now}), ours, arn, secretstore.ErrForeign, "not that of a secret"},
	} {
		got, err := tt.from.Value(t.Context(), tt.tenant, tt.arn)
		why, ok := errors.AsType[*secretstore.UnavailableError](err)
		if got != "" || !ok || why.ARN != tt.arn || tt.want != nil && !errors.Is(err, tt.want) || !strings.Contains(err.Error(), tt.words) {
			t.Errorf("%s: %q, %v, want …%s…", name, got, err, tt.words)
		}
		if strings.Contains(err.Error(), root.Secret) || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: the error has a secret", name)
		}
	}
}

// TestRemoteThatIsAway says where the fault is, within the time of the policy.
func TestRemoteThatIsAway(t *testing.T) {
	remote := secretstore.NewRemote(secretstore.RemoteConfig{
		Account: account, Endpoint: "http://127.0.0.1:1", Region: "us-east-1", Now: storetest.Start,
		Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""),
		HTTP:        outbound.New(outbound.Policy{}, slog.New(slog.DiscardHandler)).HTTP(),
	})
	_, err := remote.Value(t.Context(), tenant, "arn:aws:secretsmanager:us-east-1:111122223333:secret:x")
	if refused, ok := errors.AsType[*outbound.RefusedError](err); !ok || !strings.Contains(err.Error(), "AWS Secrets Manager cannot be reached") {
		t.Errorf("%v, %v: what the operator did not open is not reached", err, refused)
	}
}

// TestResolver: what is kept here counts; only what is not is asked for afar.
func TestResolver(t *testing.T) {
	here, afar := newSite(t), newSite(t)
	both := &secretstore.Resolver{Own: here.store, Remote: afar.remote(t, account, root.Secret)}
	alone := &secretstore.Resolver{Own: here.store, Remote: secretstore.NewRemote(secretstore.RemoteConfig{Now: time.Now})}
	arnHere, arnAfar := here.create(t, "here", "kept here"), afar.create(t, "afar", "kept afar")
	afar.create(t, "here", "another")
	deleted := here.create(t, "deleted", "x")
	afar.create(t, "deleted", "not this")
	if _, err := here.DeleteSecret(t.Context(), &secretsmanager.DeleteSecretInput{SecretId: &deleted}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		from        *secretstore.Resolver
		tenant, arn string
		want        string
		err         error
	}{
		{both, tenant, arnHere, "kept here", nil},
		{both, tenant, arnHere[:len(arnHere)-7], "kept here", nil},
		{both, tenant, arnAfar, "kept afar", nil},
		{both, account + ":eu-west-1", arnAfar, "kept afar", nil},
		{both, tenant, deleted[:len(deleted)-7], "", secretstore.ErrDeleted},
		{both, tenant, arnAfar + "x", "", secretstore.ErrNoSecret},
		{both, "444455556666:us-east-1", arnAfar, "", secretstore.ErrForeign},
		{alone, tenant, arnHere, "kept here", nil},
		{alone, tenant, arnAfar, "", secretstore.ErrNoSecret},
	} {
		got, err := tt.from.Value(t.Context(), tt.tenant, tt.arn)
		if got != tt.want || !errors.Is(err, tt.err) {
			t.Errorf("%s for %s: %q, %v, want %q, %v", tt.arn, tt.tenant, got, err, tt.want, tt.err)
		}
	}
}
