package eventstream_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	aws "github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/edge/wire/eventstream"
)

// encode writes a frame as the Go SDK does.
func encode(t testing.TB, payload string, headers ...aws.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := aws.NewEncoder().Encode(&b, aws.Message{Headers: headers, Payload: []byte(payload)}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func textHeader(name, value string) aws.Header {
	return aws.Header{Name: name, Value: aws.StringValue(value)}
}

// everyType has a header of each type.
func everyType(t testing.TB) []byte {
	return encode(t, `{"a":"é"}`,
		aws.Header{Name: "true", Value: aws.BoolValue(true)}, aws.Header{Name: "false", Value: aws.BoolValue(false)},
		aws.Header{Name: "byte", Value: aws.Int8Value(-1)}, aws.Header{Name: "short", Value: aws.Int16Value(300)},
		aws.Header{Name: "integer", Value: aws.Int32Value(-2)}, aws.Header{Name: "long", Value: aws.Int64Value(3)},
		aws.Header{Name: "bytes", Value: aws.BytesValue{1, 2, 3}}, textHeader("string", "text"),
		aws.Header{Name: "timestamp", Value: aws.TimestampValue(time.UnixMilli(1700000000123))},
		aws.Header{Name: "uuid", Value: aws.UUIDValue{1, 2, 3}},
	)
}

func reader(src io.Reader, most int) *eventstream.Reader {
	return &eventstream.Reader{Source: src, Most: most, Reserve: func(int) error { return nil }}
}

func TestReadsWhatTheSDKWrites(t *testing.T) {
	m, err := eventstream.Parse(everyType(t))
	if err != nil {
		t.Fatal(err)
	}
	want := eventstream.Message{Payload: []byte(`{"a":"é"}`), Headers: []eventstream.Header{
		{Name: "true", Type: eventstream.True, Value: []byte{}}, {Name: "false", Type: eventstream.False, Value: []byte{}},
		{Name: "byte", Type: eventstream.Byte, Value: []byte{0xff}}, {Name: "short", Type: eventstream.Short, Value: []byte{1, 44}},
		{Name: "integer", Type: eventstream.Integer, Value: []byte{0xff, 0xff, 0xff, 0xfe}}, {Name: "long", Type: eventstream.Long, Value: []byte{0, 0, 0, 0, 0, 0, 0, 3}},
		{Name: "bytes", Type: eventstream.Bytes, Value: []byte{1, 2, 3}}, {Name: "string", Type: eventstream.String, Value: []byte("text")},
		{Name: "timestamp", Type: eventstream.Timestamp, Value: binary.BigEndian.AppendUint64(nil, 1700000000123)},
		{Name: "uuid", Type: eventstream.UUID, Value: append([]byte{1, 2, 3}, make([]byte, 13)...)},
	}}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Error(diff)
	}
	if s, ok := m.Text("string"); s != "text" || !ok {
		t.Errorf("%q, %t", s, ok)
	}
	if s, ok := m.Text("bytes"); s != "" || ok {
		t.Errorf("bytes are no text: %q, %t", s, ok)
	}
}

func TestTheSDKReadsWhatWeWrite(t *testing.T) {
	prefix := []byte("before")
	for _, test := range []struct {
		frame []byte
		want  []string
	}{
		{eventstream.AppendEvent(prefix, "textEvent", func(dst []byte) []byte { return append(dst, `{"x":1}`...) }), []string{"event", "textEvent", "", "application/json", `{"x":1}`}},
		{eventstream.AppendException(prefix, "ConflictException", []byte(`{"message":"no"}`)), []string{"exception", "", "ConflictException", "application/json", `{"message":"no"}`}},
	} {
		m, err := aws.NewDecoder().Decode(bytes.NewReader(test.frame[len(prefix):]), nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, name := range []string{":message-type", ":event-type", ":exception-type", ":content-type"} {
			text := ""
			if v := m.Headers.Get(name); v != nil {
				text = v.String()
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(test.want, append(got, string(m.Payload))); diff != "" {
			t.Error(diff)
		}
	}
}

// TestSplitAnywhere cuts a stream of frames at every byte.
func TestSplitAnywhere(t *testing.T) {
	one, two := everyType(t), encode(t, strings.Repeat("x", 5000), textHeader("a", "b"))
	all := slices.Concat(one, two)
	for cut := range all {
		r := reader(io.MultiReader(bytes.NewReader(all[:cut]), bytes.NewReader(all[cut:])), 1<<20)
		for i, want := range []int{len(`{"a":"é"}`), 5000} {
			m, err := r.Next()
			if err != nil || len(m.Payload) != want {
				t.Fatalf("cut at %d, frame %d: %d bytes, %v", cut, i, len(m.Payload), err)
			}
		}
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Fatalf("cut at %d: %v at the end", cut, err)
		}
	}
	r := reader(iotest.OneByteReader(bytes.NewReader(all)), 1<<20)
	for range 2 {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
	}
}

// TestCutOff ends a stream at every byte: that is an end between frames only.
func TestCutOff(t *testing.T) {
	b := everyType(t)
	for n := range b {
		_, err := reader(bytes.NewReader(b[:n]), 1<<20).Next()
		if n == 0 && err != io.EOF || n > 0 && !fault.Is(err, fault.Validation) {
			t.Errorf("%d bytes: %v", n, err)
		}
		if _, err := eventstream.Parse(b[:n]); !fault.Is(err, fault.Validation) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// TestEveryBitCounts: no bit of a frame can be flipped unnoticed.
func TestEveryBitCounts(t *testing.T) {
	b := everyType(t)
	for i := range len(b) * 8 {
		b[i/8] ^= 1 << (i % 8)
		if _, err := eventstream.Parse(b); !fault.Is(err, fault.Validation) {
			t.Errorf("bit %d: %v", i, err)
		}
		b[i/8] ^= 1 << (i % 8)
	}
}

// built is a frame with right checksums around whatever headers.
func built(headers string, total, headersLength uint32) []byte {
	b := binary.BigEndian.AppendUint32(nil, total)
	b = binary.BigEndian.AppendUint32(b, headersLength)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	b = append(b, headers...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
}

func TestMalformed(t *testing.T) {
	fits := func(headers string) []byte { return built(headers, uint32(len(headers))+16, uint32(len(headers))) }
	for name, test := range map[string]struct {
		frame []byte
		says  string
	}{
		"no room for the checksum":   {built("", 15, 0), "a frame of 15 bytes cannot have 0 bytes of headers"},
		"headers past the end":       {built("", 16, 1), "a frame of 16 bytes cannot have 1 bytes of headers"},
		"lengths that overflow":      {built("", 16, 0xffffffff), "a frame of 16 bytes cannot have 4294967295 bytes of headers"},
		"many bytes of headers":      {built("", 1<<20, 16<<10+1), "at most 16384 are taken"},
		"larger than taken":          {built("", 1<<20+1, 0), "at most 1048576 are taken"},
		"a name without a value":     {fits("\x01a"), "a header of a frame is malformed"},
		"a header without a name":    {fits("\x00\x00"), "a header of a frame is malformed"},
		"a name past the end":        {fits("\x05a\x00"), "a header of a frame is malformed"},
		"an unknown type":            {fits("\x01a\x0a"), "a header of a frame is malformed"},
		"a text past the end":        {fits("\x01a\x07\x00\x02b"), "a header of a frame is malformed"},
		"a text without a length":    {fits("\x01a\x07\x00"), "a header of a frame is malformed"},
		"a timestamp past the end":   {fits("\x01a\x08\x00\x00"), "a header of a frame is malformed"},
		"a header twice":             {fits("\x01a\x00\x01a\x01"), "a frame has a header twice"},
		"more headers than bearable": {fits(many(65)), "more than 64 headers"},
	} {
		_, err := reader(bytes.NewReader(test.frame), 1<<20).Next()
		f := fault.As(err)
		if f == nil || f.Code != fault.Validation || f.Reason != fault.CannotParse || !strings.HasPrefix(f.Message, "The event stream cannot be read: ") || !strings.Contains(f.Message, test.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if m, err := eventstream.Parse(fits(many(64))); err != nil || len(m.Headers) != 64 {
		t.Errorf("%d headers, %v", len(m.Headers), err)
	}
}

// many is so many headers.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("\x01" + string(rune(' '+i)) + "\x00")
	}
	return b.String()
}

// TestMemoryIsAskedForBeforeItIsSpent: and never for more than twice what came.
func TestMemoryIsAskedForBeforeItIsSpent(t *testing.T) {
	b := encode(t, strings.Repeat("x", 1<<20))
	full := errors.New("full")
	asked := 0
	r := &eventstream.Reader{Source: bytes.NewReader(b[:100_000]), Most: 2 << 20, Reserve: func(n int) error { asked += n; return nil }}
	if _, err := r.Next(); !fault.Is(err, fault.Validation) || asked > 200_000 {
		t.Errorf("%d bytes were asked for, %v", asked, err)
	}
	asked = 0
	r = &eventstream.Reader{Source: bytes.NewReader(b), Most: 2 << 20, Reserve: func(n int) error { asked += n; return nil }}
	if _, err := r.Next(); err != nil || asked != len(b) {
		t.Errorf("%d bytes were asked for, %d came, %v", asked, len(b), err)
	}
	r = &eventstream.Reader{Source: bytes.NewReader(b), Most: 2 << 20, Reserve: func(int) error { return full }}
	if _, err := r.Next(); !errors.Is(err, full) {
		t.Error(err)
	}
}

// TestASourceThatFails is not the client's mistake.
func TestASourceThatFails(t *testing.T) {
	failure := errors.New("reset by peer")
	for _, n := range []int{0, 5, 30} {
		src := io.MultiReader(bytes.NewReader(everyType(t)[:n]), iotest.ErrReader(failure))
		if _, err := reader(src, 1<<20).Next(); !errors.Is(err, failure) {
			t.Errorf("after %d bytes: %v", n, err)
		}
	}
}
