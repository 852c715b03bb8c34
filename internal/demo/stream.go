package demo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// event is one event of a stream, sent or received.
type event struct {
	name string
	body document
}

// stream calls Chat the way the SDKs do that have it: events in both directions
// over HTTP/2 and TLS, each of the client's signed, each after the one before.
// Each of the server's is told as it comes.
func (c *client) stream(ctx context.Context, path string, query url.Values, said []event, tell func(event) error) error {
	body, send := io.Pipe()
	defer body.Close()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.secure+path+"?"+query.Encode(), body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/vnd.amazon.eventstream")
	req.Header.Set("X-Amz-Content-Sha256", "STREAMING-AWS4-HMAC-SHA256-EVENTS")
	if err := v4.NewSigner().SignHTTP(ctx, c.key, req, req.Header.Get("X-Amz-Content-Sha256"), "qbusiness", c.region, c.now()); err != nil {
		return err
	}
	seed, err := v4.GetSignedRequestSignature(req)
	if err != nil {
		return err
	}
	w := &signedEvents{to: send, now: c.now, signer: v4.NewStreamSigner(c.key, "qbusiness", c.region, seed)}
	go func() { send.CloseWithError(w.all(ctx, said)) }()
	resp, err := c.streams.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		_, err := answer(resp)
		return err
	}
	return received(resp.Body, tell)
}

// trust makes streams possible: the server's certificate was made by itself, and
// the one that vouches for it lies in the data directory.
func (c *client) trust(data string) error {
	pem, err := os.ReadFile(filepath.Join(data, "tls", "ca.pem"))
	if err != nil {
		return err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return errors.New("the server's ca.pem has no certificate")
	}
	c.secure = "https" + strings.TrimPrefix(c.endpoint, "http")
	c.streams = &http.Client{Timeout: time.Minute, Transport: &http.Transport{
		ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS13},
	}}
	return nil
}

// signedEvents writes a client's events.
type signedEvents struct {
	to     io.Writer
	now    func() time.Time
	signer *v4.StreamSigner
}

// all writes the events, and the empty one that ends them.
func (w *signedEvents) all(ctx context.Context, events []event) error {
	for _, e := range events {
		inner, err := encoded(e)
		if err == nil {
			err = w.sign(ctx, inner)
		}
		if err != nil {
			return err
		}
	}
	return w.sign(ctx, nil)
}

// encoded is an event as a frame.
func encoded(e event) ([]byte, error) {
	body, err := json.Marshal(e.body)
	if err != nil {
		return nil, err
	}
	m := eventstream.Message{Payload: body}
	m.Headers.Set(":message-type", eventstream.StringValue("event"))
	m.Headers.Set(":event-type", eventstream.StringValue(e.name))
	m.Headers.Set(":content-type", eventstream.StringValue("application/json"))
	var b strings.Builder
	err = eventstream.NewEncoder().Encode(&b, m)
	return []byte(b.String()), err
}

// sign puts a frame into another one, which has its signature.
func (w *signedEvents) sign(ctx context.Context, inner []byte) error {
	now := w.now().UTC()
	m := eventstream.Message{Payload: inner}
	m.Headers.Set(":date", eventstream.TimestampValue(now))
	var date strings.Builder
	if err := eventstream.EncodeHeaders(&date, m.Headers); err != nil {
		return err
	}
	signature, err := w.signer.GetSignature(ctx, []byte(date.String()), inner, now)
	if err != nil {
		return err
	}
	m.Headers.Set(":chunk-signature", eventstream.BytesValue(signature))
	return eventstream.NewEncoder().Encode(w.to, m)
}

// received tells the server's events, as they come, to the end of the stream.
func received(body io.Reader, tell func(event) error) error {
	for decoder := eventstream.NewDecoder(); ; {
		m, err := decoder.Decode(body, nil)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		e := event{body: document{}}
		if err := json.Unmarshal(m.Payload, &e.body); err != nil {
			return fmt.Errorf("an event that is not JSON: %s", hex.EncodeToString(m.Payload))
		}
		if v := m.Headers.Get(":exception-type"); v != nil {
			return fmt.Errorf("the stream ended with %v: %v", v, e.body["message"])
		}
		if v := m.Headers.Get(":event-type"); v != nil {
			e.name = v.String()
		}
		if err := tell(e); err != nil {
			return err
		}
	}
}
