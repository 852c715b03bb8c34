package eventstream_test

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	aws "github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/parleyhq/parley/internal/edge/wire/eventstream"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
)

var credentials = sdk.Credentials{AccessKeyID: "AKIAROOT", SecretAccessKey: "secret"}

func noon() time.Time { return time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC) }

// chain is that of a request which the SDK has signed, with its signer.
func chain(t testing.TB) (*sigv4.Chain, *v4.StreamSigner) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "http://127.0.0.1:7272/applications/a/conversations", http.NoBody)
	r.Header.Set("X-Amz-Content-Sha256", sigv4.EventsPayload)
	if err := v4.NewSigner().SignHTTP(t.Context(), credentials, r, sigv4.EventsPayload, "qbusiness", "us-east-1", noon()); err != nil {
		t.Fatal(err)
	}
	v := &sigv4.Verifier{Services: []string{"qbusiness"}, Regions: []string{"us-east-1"}, Now: noon,
		Lookup: func(context.Context, string, string) (sigv4.Credential, error) {
			return sigv4.Credential{Secret: credentials.SecretAccessKey}, nil
		}}
	result, err := v.VerifyHash(t.Context(), r, sigv4.EventsPayload)
	if err != nil {
		t.Fatal(err)
	}
	seed, err := hex.DecodeString(result.Signature)
	if err != nil {
		t.Fatal(err)
	}
	return result.Chain, v4.NewStreamSigner(credentials, "qbusiness", "us-east-1", seed)
}

// seal puts a payload into the envelope that the SDK would.
func seal(t testing.TB, signer *v4.StreamSigner, payload string) eventstream.Message {
	t.Helper()
	date := aws.Header{Name: ":date", Value: aws.TimestampValue(noon())}
	var headers bytes.Buffer
	if err := aws.EncodeHeaders(&headers, aws.Headers{date}); err != nil {
		t.Fatal(err)
	}
	signature, err := signer.GetSignature(t.Context(), headers.Bytes(), []byte(payload), noon())
	if err != nil {
		t.Fatal(err)
	}
	m, err := eventstream.Parse(encode(t, payload, date, aws.Header{Name: ":chunk-signature", Value: aws.BytesValue(signature)}))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestOpen(t *testing.T) {
	c, signer := chain(t)
	for _, payload := range []string{"one", "two", ""} {
		if got, err := eventstream.Open(seal(t, signer, payload), c); err != nil || string(got) != payload {
			t.Errorf("%q, %v", got, err)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*eventstream.Message){
		"no date":             func(m *eventstream.Message) { m.Headers = m.Headers[1:] },
		"no signature":        func(m *eventstream.Message) { m.Headers = m.Headers[:1] },
		"a date as a number":  func(m *eventstream.Message) { m.Headers[0].Type = eventstream.Long },
		"a signature as text": func(m *eventstream.Message) { m.Headers[1].Type = eventstream.String },
		"another header":      func(m *eventstream.Message) { m.Headers = append(m.Headers, eventstream.Header{Name: "x"}) },
	} {
		c, signer := chain(t)
		m := seal(t, signer, "payload")
		spoil(&m)
		var refused *sigv4.Error
		if _, err := eventstream.Open(m, c); !errors.As(err, &refused) || refused.Code != sigv4.IncompleteSignature || refused.Status != http.StatusForbidden || !strings.HasPrefix(refused.Message, "Every event has to be signed") {
			t.Errorf("%s: %v", name, err)
		}
	}
	c, signer := chain(t)
	m := seal(t, signer, "payload")
	m.Payload = []byte("another")
	var refused *sigv4.Error
	if _, err := eventstream.Open(m, c); !errors.As(err, &refused) || refused.Code != sigv4.SignatureDoesNotMatch {
		t.Error(err)
	}
}

// FuzzOpen alters a sealed frame: whatever opens is what was sealed.
func FuzzOpen(f *testing.F) {
	f.Add(0, byte(1), "payload")
	f.Add(40, byte(0x80), "payload")
	f.Add(20, byte(7), "")
	f.Fuzz(func(t *testing.T, at int, mask byte, payload string) {
		if len(payload) > 1000 {
			return
		}
		c, signer := chain(t)
		m := seal(t, signer, payload)
		parts := [][]byte{m.Payload, m.Headers[0].Value, m.Headers[1].Value}
		size := len(m.Payload) + 8 + 32
		i := (at%size + size) % size
		for _, part := range parts {
			if i < len(part) {
				part[i] ^= mask
				break
			}
			i -= len(part)
		}
		got, err := eventstream.Open(m, c)
		if mask == 0 && (err != nil || string(got) != payload) {
			t.Fatalf("%q, %v", got, err)
		}
		if err == nil && string(got) != payload {
			t.Fatalf("%q was sealed, and %q opened", payload, got)
		}
	})
}
