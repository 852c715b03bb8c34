package e2e

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httputil"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// tape keeps every answer, as it came over the wire.
type tape struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// client is an HTTP client whose answers are kept; the SDK's own without a tape.
func (t *tape) client() aws.HTTPClient {
	if t == nil {
		return nil
	}
	return &http.Client{Transport: t}
}

// RoundTrip sends a request.
func (t *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	head, err := httputil.DumpResponse(resp, false)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	resp.Body = io.NopCloser(bytes.NewReader(body))
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text.Write(head)
	t.text.Write(body)
	return resp, err
}

func (t *tape) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}
