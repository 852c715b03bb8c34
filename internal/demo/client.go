package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// client signs requests the way every AWS SDK does. The demo has no SDK of the
// service in it, so that the binary does not carry one.
type client struct {
	endpoint string
	region   string
	key      aws.Credentials
	http     *http.Client
	now      func() time.Time
}

// document is a JSON object, sent or received.
type document = map[string]any

// call sends one operation and returns its answer. An answer other than 200
// is an error that carries the type and the message the server gave.
func (c *client) call(ctx context.Context, method, path string, in document) (document, error) {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return nil, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, c.endpoint+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, c.key, req, hex.EncodeToString(sum[:]), "qbusiness", c.region, c.now()); err != nil {
		return nil, err
	}
	resp, err := c.http.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return answer(resp)
}

func answer(resp *http.Response) (document, error) {
	b, err := io.ReadAll(io.LimitReader(resp.Body, 8<<20))
	if err != nil {
		return nil, err
	}
	out := document{}
	if err := json.Unmarshal(b, &out); err != nil {
		return nil, fmt.Errorf("the server answered %s with something that is not a JSON object: %w", resp.Status, err)
	}
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answered %s: %s: %v", resp.Status, resp.Header.Get("x-amzn-ErrorType"), out["message"])
	}
	return out, nil
}
