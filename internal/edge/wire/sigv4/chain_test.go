package sigv4

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// chained is a chain and the SDK's signer, both at the seed of one request that was
// signed at noon.
func chained(t testing.TB, now func() time.Time) (*Chain, *v4.StreamSigner) {
	t.Helper()
	r := newRequest(t, http.MethodPost, "/applications/a/conversations", "", nil)
	r.Header.Set("X-Amz-Content-Sha256", EventsPayload)
	if err := v4.NewSigner().SignHTTP(t.Context(), sdkCredentials(""), r, EventsPayload, "service", "us-east-1", now()); err != nil {
		t.Fatal(err)
	}
	seed, err := v4.GetSignedRequestSignature(r)
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := arrive(onTheWire(t, r))
	if err != nil {
		t.Fatal(err)
	}
	v := suiteVerifier("")
	v.Now = now
	res, err := v.VerifyHash(t.Context(), got, EventsPayload)
	if err != nil {
		t.Fatal(err)
	}
	return res.Chain, v4.NewStreamSigner(sdkCredentials(""), "service", "us-east-1", seed)
}

// bySDK is what the SDK signs an event with.
func bySDK(t testing.TB, s *v4.StreamSigner, headers, payload string, at time.Time) []byte {
	t.Helper()
	signature, err := s.GetSignature(t.Context(), []byte(headers), []byte(payload), at)
	if err != nil {
		t.Fatal(err)
	}
	return signature
}

func TestChain(t *testing.T) {
	chain, signer := chained(t, suiteNow)
	for _, payload := range []string{"one", "two", strings.Repeat("three", 1000), ""} {
		at := suiteNow().Add(123 * time.Millisecond)
		if err := chain.Verify(at, []byte("headers"), []byte(payload), bySDK(t, signer, "headers", payload, at)); err != nil {
			t.Fatalf("%.10q: %v", payload, err)
		}
	}
}

// TestChainOverMidnight: an event is signed with the key of its own day.
func TestChainOverMidnight(t *testing.T) {
	now := time.Date(2026, 11, 22, 23, 59, 59, 0, time.UTC)
	chain, signer := chained(t, func() time.Time { return now })
	for range 3 {
		if err := chain.Verify(now, []byte("h"), []byte("p"), bySDK(t, signer, "h", "p", now)); err != nil {
			t.Fatalf("%s: %v", now, err)
		}
		now = now.Add(time.Second)
	}
}

func TestChainRefuses(t *testing.T) {
	now := suiteNow()
	for _, test := range []struct {
		name             string
		headers, payload string
		at               time.Time
		first            bool // the signature of the event before
		code, says       string
	}{
		{"other headers", "x", "p", now, false, SignatureDoesNotMatch, "The signature of event 2 does not match"},
		{"another payload", "h", "x", now, false, SignatureDoesNotMatch, "The signature of event 2 does not match"},
		{"another date", "h", "p", now.Add(time.Second), false, SignatureDoesNotMatch, "The signature of event 2 does not match"},
		{"the signature before", "h", "p", now, true, SignatureDoesNotMatch, "The signature of event 2 does not match"},
		{"late", "h", "p", now.Add(-MaxSkew - time.Second), false, RequestExpired, "Event 2 is dated 20150830T123059Z, and it is now 20150830T123600Z"},
		{"early", "h", "p", now.Add(MaxSkew + time.Second), false, RequestExpired, "Event 2 is dated 20150830T124101Z"},
		{"before all time", "h", "p", time.UnixMilli(-1 << 62), false, RequestExpired, "Event 2 is dated"},
	} {
		chain, signer := chained(t, suiteNow)
		one := bySDK(t, signer, "h", "p", now)
		if err := chain.Verify(now, []byte("h"), []byte("p"), one); err != nil {
			t.Fatal(err)
		}
		two := bySDK(t, signer, "h", "p", now)
		if test.first {
			two = one
		}
		var refused *Error
		err := chain.Verify(test.at, []byte(test.headers), []byte(test.payload), two)
		if !errors.As(err, &refused) || refused.Code != test.code || refused.Status != http.StatusForbidden || !strings.Contains(refused.Message, test.says) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// TestOnlyEventsHaveAChain: a body's signature is over once it is verified.
func TestOnlyEventsHaveAChain(t *testing.T) {
	v := vectors()[0]
	r := readRequest(t, v.method, v.target, v.headerLines(), v.body)
	res, err := suiteVerifier(v.token).Verify(t.Context(), r, []byte(v.body))
	if err != nil || res.Chain != nil {
		t.Errorf("%+v, %v", res, err)
	}
}

func TestLifetime(t *testing.T) {
	for _, test := range []struct {
		target string
		life   time.Duration
		ok     bool
	}{
		{"/chat?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=300", 5 * time.Minute, true},
		{"/chat?X-Amz-Algorithm=AWS4-HMAC-SHA256", MaxSkew, true},
		{"/chat?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=x", 0, false},
		{"/chat?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=%zz", 0, false},
		{"/chat?X-Amz-Expires=300", 0, false},
		{"/chat", 0, false},
		{"/chat?X-Amz-Algorithm=x&y=" + strings.Repeat("y", maxQuery), 0, false},
	} {
		r := readRequest(t, "GET", test.target, []string{"Host:" + suiteHost}, "")
		if life, ok := Lifetime(r); life != test.life || ok != test.ok {
			t.Errorf("%.80s: %s, %t", test.target, life, ok)
		}
	}
}
