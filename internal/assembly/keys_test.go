package assembly

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/parleyhq/parley/internal/core/api/iam"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// site is a server with a clock, and who signs requests to it.
type site struct {
	*Server
	*storetest.Clock
	t *testing.T
}

func newSite(t *testing.T) *site {
	clock := storetest.NewClock()
	c := config(state(""))
	c.Now = clock.Now
	s, err := New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &site{s, clock, t}
}

// An ask is a request in one of the protocols.
type ask struct{ service, method, path, media, target, body string }

var (
	identity     = ask{"sts", "POST", "/", "application/x-www-form-urlencoded", "", "Action=GetCallerIdentity&Version=2011-06-15"}
	applications = ask{"qbusiness", "GET", "/applications", "", "", ""}
	secrets      = ask{"secretsmanager", "POST", "/", "application/x-amz-json-1.1", "secretsmanager.ListSecrets", "{}"}
)

// sign makes a request of now.
func (s *site) sign(k aws.Credentials, a ask) *http.Request {
	s.t.Helper()
	r := httptest.NewRequest(a.method, "http://127.0.0.1:7272"+a.path, strings.NewReader(a.body))
	for name, value := range map[string]string{"Content-Type": a.media, "X-Amz-Target": a.target} {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	sum := sha256.Sum256([]byte(a.body))
	if err := v4.NewSigner().SignHTTP(s.t.Context(), k, r, hex.EncodeToString(sum[:]), a.service, "us-east-1", s.Now()); err != nil {
		s.t.Fatal(err)
	}
	return r
}

// call answers the status and the body.
func (s *site) call(k aws.Credentials, a ask) (int, string) {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.wire.ServeHTTP(w, s.sign(k, a))
	body, err := io.ReadAll(w.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return w.Code, string(body)
}

// role makes a role that its account may assume, and which may list.
func (s *site) role(account, name string) (arn string) {
	s.t.Helper()
	root := op.Caller{Account: account, Root: true}
	out, err := s.Principals.CreateRole(s.t.Context(), root, &iam.CreateRoleInput{RoleName: name, AssumeRolePolicyDocument: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"` + account + `"},"Action":"sts:AssumeRole"}}`})
	if err != nil {
		s.t.Fatal(err)
	}
	_, err = s.Principals.PutRolePolicy(s.t.Context(), root, &iam.PutRolePolicyInput{RoleName: name, PolicyName: "list",
		PolicyDocument: `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":["qbusiness:ListApplications","secretsmanager:ListSecrets"],"Resource":"*"}}`})
	if err != nil {
		s.t.Fatal(err)
	}
	return out.Role.ARN
}

// assume is AssumeRole over the wire.
func (s *site) assume(k aws.Credentials, role string) aws.Credentials {
	s.t.Helper()
	status, body := s.call(k, ask{"sts", "POST", "/", identity.media, "", "Action=AssumeRole&Version=2011-06-15&RoleSessionName=ann&RoleArn=" + role})
	var out struct {
		ID     string `xml:"AssumeRoleResult>Credentials>AccessKeyId"`
		Secret string `xml:"AssumeRoleResult>Credentials>SecretAccessKey"`
		Token  string `xml:"AssumeRoleResult>Credentials>SessionToken"`
	}
	if err := xml.Unmarshal([]byte(body), &out); err != nil || status != http.StatusOK {
		s.t.Fatalf("AssumeRole: %d %s", status, body)
	}
	return aws.Credentials{AccessKeyID: out.ID, SecretAccessKey: out.Secret, SessionToken: out.Token}
}

var rootKey = aws.Credentials{AccessKeyID: "AKIAROOT", SecretAccessKey: "root-secret-of-the-test"}

// refusals are how each protocol says that a session is over, or not known.
var refusals = []struct {
	ask
	expired, unknown             string
	expiredStatus, unknownStatus int
}{
	{identity, "<Code>ExpiredToken</Code>", "<Code>InvalidClientTokenId</Code>", 403, 403},
	{applications, `"The security token included in the request is expired: get new temporary credentials."`, "The security token included in the request is invalid", 403, 403},
	{secrets, `"__type":"ExpiredTokenException"`, `"__type":"UnrecognizedClientException"`, 400, 400},
}

func TestASessionInEachProtocol(t *testing.T) {
	s := newSite(t)
	k := s.assume(rootKey, s.role("000000000000", "reader"))
	for _, p := range refusals {
		if status, body := s.call(k, p.ask); status != http.StatusOK {
			t.Errorf("%s: %d %s", p.service, status, body)
		}
		bare := k
		bare.SessionToken = ""
		if status, body := s.call(bare, p.ask); status != p.unknownStatus || !strings.Contains(body, "this access key is temporary; send its session token as X-Amz-Security-Token.") {
			t.Errorf("%s without the token: %d %s", p.service, status, body)
		}
		forged := k
		forged.SessionToken = "A" + k.SessionToken[1:]
		if forged == k {
			forged.SessionToken = "B" + k.SessionToken[1:]
		}
		if status, body := s.call(forged, p.ask); status != p.unknownStatus || !strings.Contains(body, "the session token does not belong to this access key.") {
			t.Errorf("%s with a forged token: %d %s", p.service, status, body)
		}
	}
	if _, body := s.call(k, identity); !strings.Contains(body, "<Arn>arn:aws:sts::000000000000:assumed-role/reader/ann</Arn>") {
		t.Errorf("the caller is %s", body)
	}
	s.Advance(time.Hour)
	for _, p := range refusals {
		if status, body := s.call(k, p.ask); status != p.expiredStatus || !strings.Contains(body, p.expired) {
			t.Errorf("%s of an expired session: %d %s, want %d %s", p.service, status, body, p.expiredStatus, p.expired)
		}
	}
}

func TestARevokedSessionInEachProtocol(t *testing.T) {
	s := newSite(t)
	first, second := s.role("000000000000", "reader"), s.role("000000000000", "writer")
	byKey, byRole := s.assume(rootKey, first), s.assume(rootKey, second)
	if err := s.Sessions.RevokeKey(t.Context(), byKey.AccessKeyID); err != nil {
		t.Fatal(err)
	}
	if err := s.Sessions.RevokeRole(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	for _, p := range refusals {
		for _, k := range []aws.Credentials{byKey, byRole} {
			if status, body := s.call(k, p.ask); status != p.unknownStatus || !strings.Contains(body, p.unknown) {
				t.Errorf("%s: %d %s, want %d %s", p.service, status, body, p.unknownStatus, p.unknown)
			}
		}
	}
}
