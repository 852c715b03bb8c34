package e2e

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/parleyhq/parley/internal/e2e/launch"
)

func provide(key aws.Credentials) func(context.Context) (aws.Credentials, error) {
	return func(context.Context) (aws.Credentials, error) { return key, nil }
}

// signing is how a raw request is signed; the zero value of a field means what
// a correct client does.
type signing struct {
	key     aws.Credentials
	service string
	region  string
	at      time.Time
	none    bool   // send no signature at all
	payload string // in place of the body's hash
}

// answer is a raw HTTP answer.
type answer struct {
	status int
	header http.Header
	body   map[string]any
	text   string
}

// send sends one request with a signature of the caller's making.
func (s *site) send(t *testing.T, how signing, method, path, contentType string, body []byte) answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, s.server.Endpoint+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if !how.none {
		s.sign(t, how, req, body)
	}
	resp, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	return read(t, resp)
}

func (s *site) sign(t *testing.T, how signing, req *http.Request, body []byte) {
	t.Helper()
	if how.key.AccessKeyID == "" {
		how.key = s.server.Key
	}
	if how.service == "" {
		how.service = "qbusiness"
	}
	if how.region == "" {
		how.region = launch.Region
	}
	if how.at.IsZero() {
		how.at = time.Now()
	}
	if how.payload == "" {
		sum := sha256.Sum256(body)
		how.payload = hex.EncodeToString(sum[:])
	} else {
		req.Header.Set("X-Amz-Content-Sha256", how.payload)
	}
	if err := v4.NewSigner().SignHTTP(t.Context(), how.key, req, how.payload, how.service, how.region, how.at); err != nil {
		t.Fatal(err)
	}
}

// read demands what every answer has: a request id and a JSON object.
func read(t *testing.T, resp *http.Response) answer {
	t.Helper()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	a := answer{status: resp.StatusCode, header: resp.Header, text: string(b)}
	if resp.Header.Get("x-amzn-RequestId") == "" {
		t.Errorf("answer %d has no x-amzn-RequestId", a.status)
	}
	if err := json.Unmarshal(b, &a.body); err != nil {
		t.Errorf("answer %d is not a JSON object: %v\n%s", a.status, err, b)
	}
	return a
}

// errorType is what SDKs take as the error's name.
func (a answer) errorType() string { return a.header.Get("x-amzn-ErrorType") }
