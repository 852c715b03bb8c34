package access

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
)

var (
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	root = Root{Account: "000000000000", AccessKeyID: "AKIAROOT", Secret: "root-secret-of-the-test"}
	isv  = op.Caller{
		Account: "111122223333", Principal: "arn:aws:iam::111122223333:role/isv",
		AccessKeyID: "AKIAISV", Tags: map[string]string{"team": "search"},
	}
	guest = op.Caller{
		Account: "111122223333", Principal: "arn:aws:sts::111122223333:assumed-role/isv/guest",
		Role: isv.Principal, AccessKeyID: "ASIAGUEST",
	}
)

const (
	isvSecret   = "isv-secret-of-the-test"
	guestSecret = "guest-secret-of-the-test"
	guestToken  = "guest-token-of-the-test"
)

// plain compares addresses as the values that they are.
var plain = cmpopts.EquateComparable(netip.Addr{})

// empty is a request without a body; a nil body is an event stream.
var empty = []byte{}

// book is the truth about keys, as resource/principal is in production.
type book struct {
	removed bool
	over    bool // the session
	broken  error
	asked   int
}

func (b *book) find(_ context.Context, id, token string) (Credential, error) {
	b.asked++
	switch {
	case b.broken != nil:
		return Credential{}, b.broken
	case id == isv.AccessKeyID && !b.removed:
		return Credential{Caller: isv, Secret: isvSecret}, nil
	case id == guest.AccessKeyID && b.over:
		return Credential{}, fmt.Errorf("session: %w", sigv4.ErrExpired)
	case id == guest.AccessKeyID && token != "" && token != guestToken:
		return Credential{}, fmt.Errorf("session: %w", sigv4.ErrToken)
	case id == guest.AccessKeyID:
		return Credential{Caller: guest, Secret: guestSecret, Temporary: true}, nil
	}
	return Credential{}, sigv4.ErrUnknownKey
}

func newAuthenticator(b *book) *Authenticator {
	return NewAuthenticator([]string{"qbusiness", "secretsmanager"}, []string{"us-east-1", "eu-west-1"}, root, b.find, func() time.Time { return noon })
}

// signed is a request as the Go SDK signs it.
func signed(t testing.TB, id, secret, token, service, region string, body []byte) *http.Request {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:7272/applications", bytes.NewReader(body))
	sum := sha256.Sum256(body)
	return signedOver(t, r, hex.EncodeToString(sum[:]), id, secret, token, service, region)
}

func signedOver(t testing.TB, r *http.Request, hash, id, secret, token, service, region string) *http.Request {
	t.Helper()
	creds := aws.Credentials{AccessKeyID: id, SecretAccessKey: secret, SessionToken: token}
	if err := v4.NewSigner().SignHTTP(t.Context(), creds, r, hash, service, region, noon); err != nil {
		t.Fatal(err)
	}
	return r
}

func TestAuthenticateNamesTheCaller(t *testing.T) {
	body := []byte(`{"displayName":"a"}`)
	for name, tt := range map[string]struct {
		id, secret, token, region string
		want                      op.Caller
	}{
		"root": {root.AccessKeyID, root.Secret, "", "eu-west-1", op.Caller{
			Account: "000000000000", Region: "eu-west-1", Root: true, ID: "000000000000",
			Principal: "arn:aws:iam::000000000000:root", AccessKeyID: "AKIAROOT",
		}},
		"role of another account": {isv.AccessKeyID, isvSecret, "", "us-east-1", op.Caller{
			Account: "111122223333", Region: "us-east-1",
			Principal: "arn:aws:iam::111122223333:role/isv", AccessKeyID: "AKIAISV",
			Tags: map[string]string{"team": "search"},
		}},
		"session of a role": {guest.AccessKeyID, guestSecret, guestToken, "us-east-1", op.Caller{
			Account: "111122223333", Region: "us-east-1",
			Principal: "arn:aws:sts::111122223333:assumed-role/isv/guest", Role: "arn:aws:iam::111122223333:role/isv",
			AccessKeyID: "ASIAGUEST",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := signed(t, tt.id, tt.secret, tt.token, "qbusiness", tt.region, body)
			got, err := newAuthenticator(&book{}).Authenticate(t.Context(), r, "qbusiness", body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, plain); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestGlobalEndpoints(t *testing.T) {
	b := &book{}
	a := NewAuthenticator([]string{"iam", "sts", "qbusiness"}, []string{"eu-west-1"}, root, b.find, func() time.Time { return noon })
	for _, tt := range []struct{ service, region, refusal string }{
		{"iam", "us-east-1", ""},
		{"iam", "eu-west-1", ""},
		{"sts", "us-east-1", ""},
		{"sts", "eu-west-1", ""},
		{"iam", "us-west-2", `Credential should be scoped to a valid region: expected "eu-west-1" or "us-east-1", got "us-west-2".`},
		{"qbusiness", "us-east-1", `Credential should be scoped to a valid region: expected "eu-west-1", got "us-east-1".`},
	} {
		c, err := a.Authenticate(t.Context(), signed(t, isv.AccessKeyID, isvSecret, "", tt.service, tt.region, empty), tt.service, empty)
		refused, _ := errors.AsType[*sigv4.Error](err)
		switch {
		case tt.refusal == "" && (err != nil || c.Region != tt.region):
			t.Errorf("%s in %s: %q, %v", tt.service, tt.region, c.Region, err)
		case tt.refusal != "" && (refused == nil || refused.Message != tt.refusal):
			t.Errorf("%s in %s: %v, want %s", tt.service, tt.region, err, tt.refusal)
		}
	}
}

func TestAuthenticateRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		id, secret, token, service, region string
		code, message                      string
	}{
		"unknown key": {
			"AKIANOBODY", "x", "", "qbusiness", "us-east-1",
			sigv4.InvalidClientTokenID, `The security token included in the request is invalid: there is no access key "AKIANOBODY" here.`,
		},
		"empty root id prefix": {
			"AKIAROO", root.Secret, "", "qbusiness", "us-east-1",
			sigv4.InvalidClientTokenID, `The security token included in the request is invalid: there is no access key "AKIAROO" here.`,
		},
		"root key with a role's secret": {
			root.AccessKeyID, isvSecret, "", "qbusiness", "us-east-1",
			sigv4.SignatureDoesNotMatch, "The request signature we calculated does not match",
		},
		"role's key with root's secret": {
			isv.AccessKeyID, root.Secret, "", "qbusiness", "us-east-1",
			sigv4.SignatureDoesNotMatch, "The request signature we calculated does not match",
		},
		"session token with a long-term key": {
			root.AccessKeyID, root.Secret, "session", "qbusiness", "us-east-1",
			sigv4.InvalidClientTokenID, "this access key is not temporary; leave X-Amz-Security-Token out.",
		},
		"session token with a role's key": {
			isv.AccessKeyID, isvSecret, "session", "qbusiness", "us-east-1",
			sigv4.InvalidClientTokenID, "this access key is not temporary; leave X-Amz-Security-Token out.",
		},
		"temporary key without a token": {
			guest.AccessKeyID, guestSecret, "", "qbusiness", "us-east-1",
			sigv4.InvalidClientTokenID, "this access key is temporary; send its session token as X-Amz-Security-Token.",
		},
		"temporary key with another token": {
			guest.AccessKeyID, guestSecret, "other", "qbusiness", "us-east-1",
			sigv4.InvalidClientTokenID, "the session token does not belong to this access key.",
		},
		"temporary key with another secret": {
			guest.AccessKeyID, isvSecret, guestToken, "qbusiness", "us-east-1",
			sigv4.SignatureDoesNotMatch, "The request signature we calculated does not match",
		},
		"another service": {
			root.AccessKeyID, root.Secret, "", "s3", "us-east-1",
			sigv4.SignatureDoesNotMatch, `Credential should be scoped to correct service: expected "qbusiness", got "s3".`,
		},
		"another region": {
			root.AccessKeyID, root.Secret, "", "qbusiness", "us-west-2",
			sigv4.SignatureDoesNotMatch, `Credential should be scoped to a valid region: expected "us-east-1" or "eu-west-1", got "us-west-2".`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := signed(t, tt.id, tt.secret, tt.token, tt.service, tt.region, empty)
			c, err := newAuthenticator(&book{}).Authenticate(t.Context(), r, "qbusiness", empty)
			var refused *sigv4.Error
			if !errors.As(err, &refused) {
				t.Fatalf("error %v, want a *sigv4.Error", err)
			}
			if refused.Code != tt.code || refused.Status != http.StatusForbidden || !strings.Contains(refused.Message, tt.message) {
				t.Errorf("%d %s: %s\nwant 403 %s: …%s…", refused.Status, refused.Code, refused.Message, tt.code, tt.message)
			}
			if diff := cmp.Diff(op.Caller{}, c, plain); diff != "" {
				t.Errorf("a refused request has a caller: %s", diff)
			}
			if strings.Contains(refused.Message, root.Secret) || strings.Contains(refused.Message, isvSecret) {
				t.Error("the message holds a secret")
			}
		})
	}
}

// TestEachServiceHasItsSignatures: a signature is good for the one service that
// it names.
func TestEachServiceHasItsSignatures(t *testing.T) {
	a := newAuthenticator(&book{})
	for _, signedFor := range []string{"qbusiness", "secretsmanager"} {
		for _, service := range []string{"qbusiness", "secretsmanager"} {
			r := signed(t, root.AccessKeyID, root.Secret, "", signedFor, "us-east-1", empty)
			c, err := a.Authenticate(t.Context(), r, service, empty)
			var refused *sigv4.Error
			want := "Credential should be scoped to correct service: expected \"" + service + "\", got \"" + signedFor + "\"."
			switch {
			case signedFor == service && (err != nil || !c.Root):
				t.Errorf("%s: %v", service, err)
			case signedFor != service && (!errors.As(err, &refused) || refused.Code != sigv4.SignatureDoesNotMatch || refused.Message != want):
				t.Errorf("signed for %s, %s: %v", signedFor, service, err)
			}
		}
	}
	var refused *sigv4.Error
	if _, err := a.Authenticate(t.Context(), signed(t, root.AccessKeyID, root.Secret, "", "iam", "us-east-1", empty), "iam", empty); err == nil || errors.As(err, &refused) {
		t.Errorf("a service that is not there: %v, want an internal error", err)
	}
}

func TestAnEventStreamSignsItsName(t *testing.T) {
	a := newAuthenticator(&book{})
	request := func(hash string) *http.Request {
		r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:7272/applications/a/conversations", nil)
		return signedOver(t, r, hash, root.AccessKeyID, root.Secret, "", "qbusiness", "us-east-1")
	}
	if c, chain, err := a.AuthenticateEvents(t.Context(), request(sigv4.EventsPayload), "qbusiness"); err != nil || !c.Root || c.Region != "us-east-1" || chain == nil {
		t.Errorf("root %t in %s, chain %t, %v", c.Root, c.Region, chain != nil, err)
	}
	sum := sha256.Sum256(nil)
	var refused *sigv4.Error
	if _, _, err := a.AuthenticateEvents(t.Context(), request(hex.EncodeToString(sum[:])), "qbusiness"); !errors.As(err, &refused) || refused.Code != sigv4.SignatureDoesNotMatch {
		t.Errorf("the hash of an empty body signs no event stream: %v", err)
	}
	if _, err := a.Authenticate(t.Context(), request(sigv4.EventsPayload), "qbusiness", empty); !errors.As(err, &refused) || refused.Code != sigv4.SignatureDoesNotMatch {
		t.Errorf("the name of an event stream signs no body: %v", err)
	}
	if _, _, err := a.AuthenticateEvents(t.Context(), request(sigv4.EventsPayload), "iam"); err == nil || errors.As(err, new(*sigv4.Error)) {
		t.Errorf("a service that is not there: %v, want an internal error", err)
	}
}

func TestARemovedKeyIsRefusedOnTheNextRequest(t *testing.T) {
	b := &book{}
	a := newAuthenticator(b)
	authenticate := func() error {
		_, err := a.Authenticate(t.Context(), signed(t, isv.AccessKeyID, isvSecret, "", "qbusiness", "us-east-1", empty), "qbusiness", empty)
		return err
	}
	if err := authenticate(); err != nil {
		t.Fatal(err)
	}
	b.removed = true
	var refused *sigv4.Error
	if err := authenticate(); !errors.As(err, &refused) || refused.Code != sigv4.InvalidClientTokenID {
		t.Errorf("after removal: %v, want %s", err, sigv4.InvalidClientTokenID)
	}
	if b.asked != 2 {
		t.Errorf("the truth was asked %d times for 2 requests", b.asked)
	}
}

func TestASessionPastItsTimeIsRefused(t *testing.T) {
	b := &book{}
	a := newAuthenticator(b)
	r := signed(t, guest.AccessKeyID, guestSecret, guestToken, "qbusiness", "us-east-1", empty)
	if _, err := a.Authenticate(t.Context(), r, "qbusiness", empty); err != nil {
		t.Fatal(err)
	}
	b.over = true
	var refused *sigv4.Error
	_, err := a.Authenticate(t.Context(), r, "qbusiness", empty)
	if !errors.As(err, &refused) || refused.Code != sigv4.ExpiredToken || refused.Status != http.StatusForbidden {
		t.Errorf("after its end: %v, want 403 %s", err, sigv4.ExpiredToken)
	}
}

func TestAFailingLookupIsNoRefusal(t *testing.T) {
	broken := errors.New("the database is away")
	a := newAuthenticator(&book{broken: broken})
	_, err := a.Authenticate(t.Context(), signed(t, isv.AccessKeyID, isvSecret, "", "qbusiness", "us-east-1", empty), "qbusiness", empty)
	var refused *sigv4.Error
	if !errors.Is(err, broken) || errors.As(err, &refused) {
		t.Errorf("got %v, want the lookup's own error, which the wire answers with 500", err)
	}
	r := signed(t, root.AccessKeyID, root.Secret, "", "qbusiness", "us-east-1", empty)
	if _, err := a.Authenticate(t.Context(), r, "qbusiness", empty); err != nil {
		t.Errorf("root needs no row, yet: %v", err)
	}
}

// TestLasts: a key that was good when a request was signed may be none later; the time
// of the signature does not matter any more.
func TestLasts(t *testing.T) {
	old := signed(t, root.AccessKeyID, root.Secret, "", "qbusiness", "us-east-1", []byte("a"))
	a := newAuthenticator(&book{})
	if err := a.Lasts(t.Context(), old, "qbusiness"); err != nil {
		t.Error(err)
	}
	gone := signed(t, "AKIANOBODYKNOWS", "x", "", "qbusiness", "us-east-1", []byte("a"))
	if e, ok := errors.AsType[*sigv4.Error](a.Lasts(t.Context(), gone, "qbusiness")); !ok || e.Code != sigv4.InvalidClientTokenID {
		t.Errorf("%v", e)
	}
	if err := a.Lasts(t.Context(), old, "nobody's"); err == nil {
		t.Error("a service that nobody speaks")
	}
}

// TestKnown: a key that is known, named for the service, a moment ago; whatever the
// signature.
func TestKnown(t *testing.T) {
	for name, test := range map[string]struct {
		r    *http.Request
		code string
	}{
		"signed":          {signed(t, root.AccessKeyID, root.Secret, "", "qbusiness", "us-east-1", []byte("a")), ""},
		"another secret":  {signed(t, root.AccessKeyID, "another", "", "qbusiness", "us-east-1", []byte("a")), ""},
		"another service": {signed(t, root.AccessKeyID, root.Secret, "", "iam", "us-east-1", []byte("a")), sigv4.SignatureDoesNotMatch},
		"another Region":  {signed(t, root.AccessKeyID, root.Secret, "", "qbusiness", "eu-west-9", []byte("a")), sigv4.SignatureDoesNotMatch},
		"an unknown key":  {signed(t, "AKIANOBODYKNOWS", "x", "", "qbusiness", "us-east-1", []byte("a")), sigv4.InvalidClientTokenID},
		"no signature":    {httptest.NewRequest(http.MethodPost, "/", http.NoBody), sigv4.MissingAuthenticationToken},
	} {
		err := newAuthenticator(&book{}).Known(t.Context(), test.r, "qbusiness")
		var refused *sigv4.Error
		if errors.As(err, &refused); err != nil && refused == nil || (err == nil) != (test.code == "") || refused != nil && refused.Code != test.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := newAuthenticator(&book{}).Known(t.Context(), httptest.NewRequest(http.MethodPost, "/", http.NoBody), "nobody's"); err == nil {
		t.Error("a service that nobody speaks")
	}
}
