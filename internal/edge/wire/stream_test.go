package wire

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	aes "github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/edge/access"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
)

const chatPath = "/applications/" + appID + "/conversations"

// talk is a conversation by hand, with the SDK's codec and signer.
type talk struct {
	t      testing.TB
	w      *io.PipeWriter
	resp   *http.Response
	signer *v4.StreamSigner
}

// overHTTP2 is a client that speaks it in clear.
func overHTTP2(t testing.TB) *http.Client {
	return client(t, nil, func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) })
}

// chat begins a conversation. It returns when the headers are there.
func (f *fixture) chat(t testing.TB, c *http.Client) *talk {
	return f.chatAs(t, c, root.AccessKeyID, root.Secret)
}

func (f *fixture) chatAs(t testing.TB, c *http.Client, id, secret string) *talk {
	t.Helper()
	body, w := io.Pipe()
	r, err := http.NewRequest(http.MethodPost, "http://"+f.addr+chatPath, body)
	if err != nil {
		t.Fatal(err)
	}
	signEvents(t, r, id, secret)
	seed, err := v4.GetSignedRequestSignature(r)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := c.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { resp.Body.Close() })
	credentials := aws.Credentials{AccessKeyID: id, SecretAccessKey: secret}
	return &talk{t: t, w: w, resp: resp, signer: v4.NewStreamSigner(credentials, "qbusiness", region, seed)}
}

func frame(t testing.TB, payload string, headers ...aes.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := aes.NewEncoder().Encode(&b, aes.Message{Headers: headers, Payload: []byte(payload)}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func header(name, value string) aes.Header {
	return aes.Header{Name: name, Value: aes.StringValue(value)}
}

// event is the frame of an event as a client writes it.
func event(t testing.TB, name, payload string) []byte {
	return frame(t, payload, header(":message-type", "event"), header(":event-type", name), header(":content-type", "application/json"))
}

// sealed puts a frame into a signed envelope, which is the next of the chain.
func (k *talk) sealed(inner []byte) []byte { return k.sealedAt(inner, time.Now()) }

func (k *talk) sealedAt(inner []byte, at time.Time) []byte {
	k.t.Helper()
	date := aes.Header{Name: ":date", Value: aes.TimestampValue(at)}
	var headers bytes.Buffer
	if err := aes.EncodeHeaders(&headers, aes.Headers{date}); err != nil {
		k.t.Fatal(err)
	}
	signature, err := k.signer.GetSignature(context.Background(), headers.Bytes(), inner, at)
	if err != nil {
		k.t.Fatal(err)
	}
	return frame(k.t, string(inner), date, aes.Header{Name: ":chunk-signature", Value: aes.BytesValue(signature)})
}

// send writes bytes; the server may have ended the stream before.
func (k *talk) send(b []byte) { _, _ = k.w.Write(b) }

func (k *talk) say(message string) {
	k.send(k.sealed(event(k.t, "textEvent", asJSONText(map[string]string{"userMessage": message}))))
}

func asJSONText(v any) string { return string(asJSON(v)) }

// said is a frame of the server's, as text: its type, and the members of its payload.
type said struct {
	kind    string
	payload map[string]any
}

// hear reads the next frame; io.EOF at the end.
func (k *talk) hear() (said, error) {
	m, err := aes.NewDecoder().Decode(k.resp.Body, nil)
	if err != nil {
		return said{}, err
	}
	return heard(k.t, m), nil
}

func heard(t testing.TB, m aes.Message) said {
	t.Helper()
	s := said{payload: map[string]any{}}
	for _, name := range []string{":message-type", ":event-type", ":exception-type", ":content-type"} {
		if v := m.Headers.Get(name); v != nil {
			s.kind += v.String() + " "
		}
	}
	s.kind = strings.TrimSpace(s.kind)
	if err := json.Unmarshal(m.Payload, &s.payload); err != nil {
		t.Errorf("%s: %v", m.Payload, err)
	}
	return s
}

// last reads to the exception, or to the end.
func (k *talk) last() (last said) {
	k.t.Helper()
	for {
		s, err := k.hear()
		if errors.Is(err, io.EOF) {
			return last
		}
		if err != nil {
			k.t.Fatal(err)
		}
		last = s
	}
}

func TestChatOverHTTP2(t *testing.T) {
	f := start(t, chats(echo))
	k := f.chat(t, overHTTP2(t))
	if k.resp.StatusCode != http.StatusOK || k.resp.Header.Get("Content-Type") != mediaEvents || k.resp.Header.Get("x-amzn-RequestId") == "" {
		t.Fatalf("%s %v", k.resp.Status, k.resp.Header)
	}
	for i := range 3 { // question by question: neither side is buffered
		k.say(fmt.Sprint(i))
		got, err := k.hear()
		want := said{"event textEvent application/json", map[string]any{"systemMessage": fmt.Sprint("text ", i)}}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(said{})); err != nil || diff != "" {
			t.Fatalf("%v %s", err, diff)
		}
	}
	k.send(k.sealed([]byte{}))
	k.w.Close()
	if last := k.last(); last.kind != "event metadataEvent application/json" || last.payload["finalTextMessage"] != "Bye." {
		t.Errorf("%v", last)
	}
}

// TestAKeyThatEndsMeanwhile: what comes after the end of a key, or of a session, is not
// heard, though the stream was opened before.
func TestAKeyThatEndsMeanwhile(t *testing.T) {
	for code, end := range map[string]error{"InvalidClientTokenId": sigv4.ErrUnknownKey, "ExpiredTokenException": sigv4.ErrExpired} {
		var ended atomic.Bool
		find := func(context.Context, string, string) (access.Credential, error) {
			if ended.Load() {
				return access.Credential{}, end
			}
			return access.Credential{Caller: op.Caller{Account: root.Account, Principal: root.ARN(), Root: true}, Secret: strangerSecret}, nil
		}
		f := start(t, chats(echo), func(c *Config) {
			c.Auth = access.NewAuthenticator([]string{"qbusiness"}, []string{region}, root, find, time.Now)
		})
		k := f.chatAs(t, overHTTP2(t), stranger.AccessKeyID, strangerSecret)
		k.say("before")
		if first, err := k.hear(); err != nil || first.payload["systemMessage"] != "text before" {
			t.Fatalf("%v, %v", first, err)
		}
		ended.Store(true)
		k.say("after")
		if last := k.last(); last.kind != "exception "+code+" application/json" {
			t.Errorf("%v, want %s", last, code)
		}
	}
}

// TestEventsByTheByte sends each byte on its own.
func TestEventsByTheByte(t *testing.T) {
	k := start(t, chats(echo)).chat(t, overHTTP2(t))
	go func() {
		for _, b := range [][]byte{k.sealed(event(t, "textEvent", `{"userMessage":"slowly"}`)), k.sealed([]byte{})} {
			for i := range b {
				k.send(b[i : i+1])
			}
		}
		k.w.Close()
	}()
	first, err := k.hear()
	if err != nil || first.payload["systemMessage"] != "text slowly" {
		t.Fatalf("%v, %v", first, err)
	}
	if last := k.last(); last.payload["finalTextMessage"] != "Bye." {
		t.Errorf("%v", last)
	}
}

// reseal writes the checksums of a frame anew.
func reseal(b []byte) []byte {
	b = bytes.Clone(b)
	binary.BigEndian.PutUint32(b[8:], crc32.ChecksumIEEE(b[:8]))
	end := len(b) - 4
	binary.BigEndian.PutUint32(b[end:], crc32.ChecksumIEEE(b[:end]))
	return b
}

func flipped(b []byte, i int) []byte {
	b = bytes.Clone(b)
	b[i] ^= 1
	return b
}

// brokenEvent is what a client sends, and the exception that follows.
type brokenEvent struct {
	name                         string
	send                         func(k *talk) []byte
	code, message, reason, field string
}

// TestBrokenEvents sends a good event and then what is none: the answer to the first
// is followed by an exception, and the end.
func TestBrokenEvents(t *testing.T) {
	plain := func(inner []byte) func(*talk) []byte { return func(k *talk) []byte { return k.sealed(inner) } }
	good := event(t, "textEvent", `{"userMessage":"again"}`)
	tests := []brokenEvent{
		{"unsigned", func(*talk) []byte { return good }, sigv4.IncompleteSignature, "Every event has to be signed", "", ""},
		{"a signature of nothing", func(k *talk) []byte {
			return frame(k.t, string(good), aes.Header{Name: ":date", Value: aes.TimestampValue(time.Now())}, aes.Header{Name: ":chunk-signature", Value: aes.BytesValue{}})
		}, sigv4.SignatureDoesNotMatch, "The signature of event 2", "", ""},
		{"altered", func(k *talk) []byte { b := k.sealed(good); return reseal(flipped(b, len(b)-8)) }, sigv4.SignatureDoesNotMatch, "The signature of event 2", "", ""},
		{"sent again", func(k *talk) []byte { b := k.sealed(good); k.send(b); return b }, sigv4.SignatureDoesNotMatch, "The signature of event 3", "", ""},
		{"out of order", func(k *talk) []byte { k.sealed(good); return k.sealed(good) }, sigv4.SignatureDoesNotMatch, "The signature of event 2", "", ""},
		{"dated yesterday", func(k *talk) []byte { return k.sealedAt(good, time.Now().Add(-24*time.Hour)) }, sigv4.RequestExpired, "Event 2 is dated", "", ""},
		{"dated in the future", func(k *talk) []byte { return k.sealedAt(good, time.Now().Add(6*time.Minute)) }, sigv4.RequestExpired, "Event 2 is dated", "", ""},
		{"one more header", func(k *talk) []byte {
			return frame(k.t, "", aes.Header{Name: ":date", Value: aes.TimestampValue(time.Now())}, aes.Header{Name: ":chunk-signature", Value: aes.BytesValue{}}, header("x", "y"))
		}, sigv4.IncompleteSignature, "and no other", "", ""},

		{"checksum of the lengths", func(k *talk) []byte { return flipped(k.sealed(good), 9) }, "ValidationException", "checksum of a frame's lengths", "CANNOT_PARSE", ""},
		{"checksum of the frame", func(k *talk) []byte { b := k.sealed(good); return flipped(b, len(b)-1) }, "ValidationException", "checksum of a frame does not match", "CANNOT_PARSE", ""},
		{"no frame", func(*talk) []byte { return []byte(`{"userMessage":"hello"}`) }, "ValidationException", "this may be no event stream at all", "CANNOT_PARSE", ""},
		{"no frame in the envelope", plain([]byte(`{"userMessage":"hello"}`)), "ValidationException", "this may be no event stream at all", "CANNOT_PARSE", ""},
		{"longer than it says", plain(append(bytes.Clone(good), 0)), "ValidationException", "bytes, and", "CANNOT_PARSE", ""},
		{"too large", func(*talk) []byte {
			b := binary.BigEndian.AppendUint32(nil, maxFrame+1)
			b = binary.BigEndian.AppendUint32(b, 0)
			return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
		}, "ValidationException", "at most 16777216 are taken", "CANNOT_PARSE", ""},
		{"too many headers", func(*talk) []byte {
			b := binary.BigEndian.AppendUint32(nil, 1<<20)
			b = binary.BigEndian.AppendUint32(b, 1<<19)
			return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
		}, "ValidationException", "bytes of headers; at most", "CANNOT_PARSE", ""},

		{"no type of message", plain(frame(t, "{}", header(":event-type", "textEvent"))), "ValidationException", ":message-type", "CANNOT_PARSE", ":message-type"},
		{"an exception", plain(frame(t, "{}", header(":message-type", "exception"))), "ValidationException", ":message-type", "CANNOT_PARSE", ":message-type"},
		{"unknown event", plain(event(t, "metadataEvent", `{}`)), "ValidationException", "one of configurationEvent, textEvent", "CANNOT_PARSE", ":event-type"},
		{"another media type", plain(frame(t, "<a/>", header(":message-type", "event"), header(":event-type", "textEvent"), header(":content-type", "text/xml"))), "ValidationException", "application/json", "CANNOT_PARSE", ":content-type"},
		{"no JSON", plain(event(t, "textEvent", `{"userMessage":`)), "ValidationException", "textEvent: The body is not valid JSON", "CANNOT_PARSE", "textEvent"},
		{"another type", plain(event(t, "textEvent", `{"userMessage":7}`)), "ValidationException", "textEvent.userMessage", "CANNOT_PARSE", "textEvent.userMessage"},
		{"a member is missing", plain(event(t, "textEvent", `{}`)), "ValidationException", "textEvent.userMessage: This member is required.", "FIELD_VALIDATION_FAILED", "textEvent.userMessage"},
		{"nothing at all", plain(frame(t, "", header(":message-type", "event"), header(":event-type", "textEvent"))), "ValidationException", "textEvent.userMessage: This member is required.", "FIELD_VALIDATION_FAILED", "textEvent.userMessage"},
		{"a constraint", plain(event(t, "configurationEvent", `{"chatMode":"SHOUTING"}`)), "ValidationException", "RETRIEVAL_MODE", "FIELD_VALIDATION_FAILED", "configurationEvent.chatMode"},
		{"a nested constraint", plain(event(t, "attachmentEvent", `{"attachment":{"name":""}}`)), "ValidationException", "attachmentEvent.attachment.name", "FIELD_VALIDATION_FAILED", "attachmentEvent.attachment.name"},
	}
	f := start(t, chats(echo))
	c := overHTTP2(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			k := f.chat(t, c)
			go func() {
				k.say("hello")
				k.send(test.send(k))
			}()
			if first, err := k.hear(); err != nil || first.payload["systemMessage"] != "text hello" {
				t.Fatalf("%v, %v", first, err)
			}
			test.check(t, k.last())
			waitFor(t, func() bool { return f.held.held.Load() == 0 })
		})
	}
}

func (test *brokenEvent) check(t *testing.T, got said) {
	t.Helper()
	if want := "exception " + test.code + " application/json"; got.kind != want {
		t.Errorf("%s, want %s", got.kind, want)
	}
	if message, _ := got.payload["message"].(string); !strings.Contains(message, test.message) {
		t.Errorf("message %q", message)
	}
	if reason, _ := got.payload["reason"].(string); reason != test.reason {
		t.Errorf("reason %q, want %q", reason, test.reason)
	}
	var field string
	if fields, _ := got.payload["fields"].([]any); len(fields) > 0 {
		field = fields[0].(map[string]any)["name"].(string)
	}
	if field != test.field {
		t.Errorf("field %q, want %q", field, test.field)
	}
}
