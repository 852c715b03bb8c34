package eventstream_test

import (
	"bytes"
	"testing"

	aws "github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/edge/wire/eventstream"
)

// FuzzParse holds frames against the Go SDK's decoder: what we take, it takes, with
// the same payload and headers. What we refuse is the client's mistake.
func FuzzParse(f *testing.F) {
	f.Add(everyType(f))
	f.Add(encode(f, ""))
	f.Add(encode(f, "x", textHeader(":event-type", "textEvent")))
	f.Add(built("\x01a\x00", 19, 3))
	f.Add(built("", 15, 0))
	f.Add([]byte("hello"))
	f.Fuzz(func(t *testing.T, b []byte) {
		m, err := eventstream.Parse(b)
		streamed, streamErr := reader(bytes.NewReader(b), 1<<20).Next()
		if err != nil {
			if !fault.Is(err, fault.Validation) {
				t.Fatal(err)
			}
			return
		}
		if streamErr != nil || !bytes.Equal(streamed.Payload, m.Payload) || len(streamed.Headers) != len(m.Headers) {
			t.Fatalf("as a stream: %v", streamErr)
		}
		theirs, err := aws.NewDecoder().Decode(bytes.NewReader(b), nil)
		if err != nil {
			t.Fatalf("the SDK refuses it: %v", err)
		}
		if !bytes.Equal(theirs.Payload, m.Payload) || len(theirs.Headers) != len(m.Headers) {
			t.Fatalf("the SDK reads %d headers and %q, we %d and %q", len(theirs.Headers), theirs.Payload, len(m.Headers), m.Payload)
		}
		for i, h := range m.Headers {
			if theirs.Headers[i].Name != h.Name {
				t.Fatalf("header %d is %q to the SDK, %q to us", i, theirs.Headers[i].Name, h.Name)
			}
		}
	})
}

// FuzzHeaders puts any bytes where headers stand, with checksums that are right.
func FuzzHeaders(f *testing.F) {
	f.Add("\x01a\x00")
	f.Add("\x01a\x07\x00\x02bc")
	f.Add("\x05:date\x08\x00\x00\x00\x00\x00\x00\x00\x00")
	f.Add(many(3))
	f.Fuzz(func(t *testing.T, headers string) {
		if len(headers) > 20_000 {
			return
		}
		b := built(headers, uint32(len(headers))+16, uint32(len(headers)))
		m, err := eventstream.Parse(b)
		if err != nil {
			return
		}
		theirs, err := aws.NewDecoder().Decode(bytes.NewReader(b), nil)
		if err != nil || len(theirs.Headers) != len(m.Headers) {
			t.Fatalf("the SDK: %v, %d headers, we %d", err, len(theirs.Headers), len(m.Headers))
		}
	})
}
