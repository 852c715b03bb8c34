package demo

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
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

	secure  string // the endpoint over TLS
	streams *http.Client
}

// document is a JSON object, sent or received.
type document = map[string]any

// as is the same client with another key.
func (c *client) as(key aws.Credentials) *client {
	other := *c
	other.key = key
	return &other
}

// call sends one operation of qbusiness and returns its answer. An answer other
// than 200 is an error that carries the type and the message the server gave.
func (c *client) call(ctx context.Context, method, path string, in document) (document, error) {
	return c.json(ctx, "qbusiness", method, path, http.Header{}, in)
}

// target sends one operation of a neighbour that speaks awsJson1_1.
func (c *client) target(ctx context.Context, service, target string, in document) (document, error) {
	return c.json(ctx, service, "POST", "/", http.Header{"X-Amz-Target": {target}, "Content-Type": {"application/x-amz-json-1.1"}}, in)
}

func (c *client) json(ctx context.Context, service, method, path string, header http.Header, in document) (document, error) {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return nil, err
		}
		if header.Get("Content-Type") == "" {
			header.Set("Content-Type", "application/json")
		}
	}
	resp, err := c.send(ctx, service, method, path, header, body)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	return answer(resp)
}

// form sends one operation of a neighbour that speaks awsQuery, and reads the
// answer into out, which has XML tags.
func (c *client) form(ctx context.Context, service string, in url.Values, out any) error {
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	resp, err := c.send(ctx, service, "POST", "/", header, []byte(in.Encode()))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answered %s to %s: %s", resp.Status, in.Get("Action"), b)
	}
	return xml.Unmarshal(b, out)
}

// send signs a request and sends it.
func (c *client) send(ctx context.Context, service, method, path string, header http.Header, body []byte) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, c.endpoint+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header = header
	sum := sha256.Sum256(body)
	if err := v4.NewSigner().SignHTTP(ctx, c.key, req, hex.EncodeToString(sum[:]), service, c.region, c.now()); err != nil {
		return nil, err
	}
	return c.http.Do(req)
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
