package wire

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	aes "github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/coder/websocket"
	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
)

// withSockets accepts the signatures of WebSockets.
func withSockets(c *Config) { c.Auth = authenticator("qbusiness", SocketService) }

const chatInput = `{"applicationId":"` + appID + `","userId":null,"userGroups":null,"clientToken":null,"conversationId":null,"parentMessageId":null}`

// presigned is the URL of a WebSocket.
type presigned struct {
	input       string // left out when empty
	service     string
	expires     int
	key, secret string
}

func (p presigned) url(t testing.TB, f *fixture) string {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, "http://"+f.addr+"/chat", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	q := url.Values{"X-Amz-Expires": {strconv.Itoa(p.expires)}}
	if p.input != "" {
		q.Set("chat-input", p.input)
	}
	r.URL.RawQuery = q.Encode()
	signed, _, err := v4.NewSigner().PresignHTTP(t.Context(), aws.Credentials{AccessKeyID: p.key, SecretAccessKey: p.secret}, r, emptyHash, p.service, region, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func byRoot(input string) presigned {
	return presigned{input: input, service: "qbusiness", expires: 300, key: root.AccessKeyID, secret: root.Secret}
}

// socketTalk is a conversation over a WebSocket.
type socketTalk struct {
	t    testing.TB
	conn *websocket.Conn
	resp *http.Response
}

func (f *fixture) socket(t testing.TB, p presigned) *socketTalk {
	t.Helper()
	conn, resp, err := websocket.Dial(t.Context(), p.url(t, f), &websocket.DialOptions{HTTPHeader: http.Header{"Origin": {"https://intranet.example"}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	return &socketTalk{t, conn, resp}
}

func (k *socketTalk) send(message []byte) { k.sendKind(websocket.MessageBinary, message) }

func (k *socketTalk) sendKind(kind websocket.MessageType, message []byte) {
	k.t.Helper()
	if err := k.conn.Write(k.t.Context(), kind, message); err != nil {
		k.t.Fatal(err)
	}
}

// hear reads the next message, or how the connection was closed.
func (k *socketTalk) hear() (said, websocket.StatusCode) {
	k.t.Helper()
	kind, b, err := k.conn.Read(k.t.Context())
	if err != nil {
		var closed websocket.CloseError
		if !errors.As(err, &closed) {
			k.t.Fatal(err)
		}
		return said{}, closed.Code
	}
	if kind != websocket.MessageBinary {
		k.t.Errorf("a message of type %s", kind)
	}
	m, err := aes.NewDecoder().Decode(bytes.NewReader(b), nil)
	if err != nil {
		k.t.Fatal(err)
	}
	return heard(k.t, m), 0
}

func TestChatOverAWebSocket(t *testing.T) {
	f := start(t, chats(echo), withSockets)
	for _, service := range []string{"qbusiness", "qbusiness-websocket"} {
		p := byRoot(chatInput)
		p.service = service
		k := f.socket(t, p)
		head := map[string]string{}
		for _, name := range []string{"websocket-origin", "websocket-location"} {
			head[name] = k.resp.Header.Get(name)
		}
		if diff := cmp.Diff(map[string]string{"websocket-origin": "https://intranet.example", "websocket-location": "ws://" + f.addr + "/chat"}, head); diff != "" || k.resp.StatusCode != 101 {
			t.Errorf("%s %s", k.resp.Status, diff)
		}
		k.send(event(t, "textEvent", `{"userMessage":"hello"}`))
		got, _ := k.hear()
		want := said{"event textEvent application/json", map[string]any{"systemMessage": "text hello"}}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(said{})); diff != "" {
			t.Error(diff)
		}
		k.send(event(t, "endOfInputEvent", `{}`))
		if got, _ := k.hear(); got.payload["finalTextMessage"] != "Bye." {
			t.Errorf("%v", got)
		}
		if _, code := k.hear(); code != websocket.StatusNormalClosure {
			t.Errorf("closed with %d", code)
		}
		logged := f.logged(t, k.resp.Header.Get("x-amzn-RequestId"), "operation", "status", "error", "principal")
		if diff := cmp.Diff(map[string]any{"operation": "Chat", "status": 101., "principal": root.ARN()}, logged); diff != "" {
			t.Error(diff)
		}
	}
	waitFor(t, func() bool { return f.held.held.Load() == 0 })
	if strings.Contains(f.book.String(), "X-Amz-Signature") {
		t.Error("the log has a signature")
	}
}

// TestHandshakesRefused are answered as any request is.
func TestHandshakesRefused(t *testing.T) {
	f := start(t, chats(echo), withSockets)
	good := byRoot(chatInput)
	with := func(change func(*presigned)) string { p := good; change(&p); return p.url(t, f) }
	upgrade := map[string]string{"Connection": "keep-alive, Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA=="}
	but := func(name, value string) map[string]string {
		h := maps.Clone(upgrade)
		h[name] = value
		return h
	}
	for _, test := range []struct {
		name, method, url string
		header            map[string]string
		status            int
		code, message     string
		fields            []string
	}{
		{"not signed", "GET", "http://" + f.addr + "/chat?chat-input=" + url.QueryEscape(chatInput), upgrade, 403, sigv4.MissingAuthenticationToken, "Missing Authentication Token", nil},
		{"signed in a header", "GET", "http://" + f.addr + "/chat", but("Authorization", "AWS4-HMAC-SHA256 x"), 403, sigv4.IncompleteSignature, "has to be presigned", nil},
		{"for too long", "GET", with(func(p *presigned) { p.expires = 301 }), upgrade, 403, sigv4.IncompleteSignature, "X-Amz-Expires must be at most 300 for a WebSocket; got 301.", nil},
		{"another service", "GET", with(func(p *presigned) { p.service = "secretsmanager" }), upgrade, 403, sigv4.SignatureDoesNotMatch, "correct service", nil},
		{"another secret", "GET", with(func(p *presigned) { p.secret = "x" }), upgrade, 403, sigv4.SignatureDoesNotMatch, "does not match", nil},
		{"another input", "GET", strings.Replace(good.url(t, f), appID, pluginID, 1), upgrade, 403, sigv4.SignatureDoesNotMatch, "does not match", nil},
		{"may not", "GET", with(func(p *presigned) { p.key, p.secret = stranger.AccessKeyID, strangerSecret }), upgrade, 403, "AccessDeniedException", "qbusiness:Chat", nil},
		{"no input", "GET", with(func(p *presigned) { p.input = "" }), upgrade, 400, "ValidationException", "chat-input: This member is required.", []string{"chat-input"}},
		{"no JSON", "GET", with(func(p *presigned) { p.input = "{" }), upgrade, 400, "ValidationException", "not valid JSON", nil},
		{"null", "GET", with(func(p *presigned) { p.input = `{"applicationId":null}` }), upgrade, 400, "ValidationException", "applicationId", []string{"applicationId"}},
		{"two constraints", "GET", with(func(p *presigned) {
			p.input = `{"applicationId":"` + appID + `","conversationId":"x","parentMessageId":"y"}`
		}), upgrade, 400, "ValidationException", "conversationId", []string{"conversationId", "conversationId", "parentMessageId", "parentMessageId"}},
		{"not found", "GET", with(func(p *presigned) {
			p.input = `{"applicationId":"` + appID + `","conversationId":"` + pluginID + `"}`
		}), upgrade, 404, "ResourceNotFoundException", "There is no conversation", nil},
		{"no upgrade", "GET", good.url(t, f), but("Connection", "keep-alive"), 426, "MalformedHttpRequestException", "Connection: Upgrade", nil},
		{"another upgrade", "GET", good.url(t, f), but("Upgrade", "h2c"), 426, "MalformedHttpRequestException", "Upgrade: websocket", nil},
		{"an old version", "GET", good.url(t, f), but("Sec-WebSocket-Version", "8"), 426, "MalformedHttpRequestException", "has to be 13", nil},
		{"no key", "GET", good.url(t, f), but("Sec-WebSocket-Key", "AAAA"), 426, "MalformedHttpRequestException", "16 bytes", nil},
		{"another method", "POST", good.url(t, f), upgrade, 405, "UnknownOperationException", "it takes GET", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := http.NewRequest(test.method, test.url, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			for name, value := range test.header {
				r.Header.Set(name, value)
			}
			a := send(t, http.DefaultClient, r)
			if message, _ := a.members["message"].(string); a.status != test.status || a.header.Get("x-amzn-ErrorType") != test.code || !strings.Contains(message, test.message) {
				t.Errorf("%d %s %s", a.status, a.header.Get("x-amzn-ErrorType"), a.body)
			}
			var body struct{ Fields []struct{ Name string } }
			if err := json.Unmarshal(a.body, &body); err != nil {
				t.Fatal(err)
			}
			var fields []string
			for _, f := range body.Fields {
				fields = append(fields, f.Name)
			}
			if diff := cmp.Diff(test.fields, fields); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestHandshakeOverHTTP2 says which protocol a WebSocket needs.
func TestHandshakeOverHTTP2(t *testing.T) {
	f := start(t, chats(echo), withSockets)
	r, err := http.NewRequest("GET", byRoot(chatInput).url(t, f), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if a := send(t, overHTTP2(t), r); a.status != 426 || !strings.Contains(string(a.body), "HTTP/1.1") {
		t.Errorf("%d %s", a.status, a.body)
	} else if a.header.Get("Connection") != "" || a.header.Get("Upgrade") != "" {
		t.Errorf("headers that HTTP/2 forbids: %v", a.header)
	}
}

func TestBrokenMessages(t *testing.T) {
	good := event(t, "textEvent", `{"userMessage":"again"}`)
	for _, test := range []struct {
		name       string
		kind       websocket.MessageType
		message    []byte
		code, says string
		closed     websocket.StatusCode
	}{
		{"text", websocket.MessageText, []byte("hello"), "UnsupportedMediaTypeException", "Messages have to be binary", websocket.StatusUnsupportedData},
		{"no frame", websocket.MessageBinary, []byte("hello"), "BadRequestException", "in the middle of a frame", websocket.StatusPolicyViolation},
		{"two frames", websocket.MessageBinary, append(bytes.Clone(good), good...), "BadRequestException", "more than the one frame", websocket.StatusPolicyViolation},
		{"cut off", websocket.MessageBinary, good[:len(good)-1], "BadRequestException", "in the middle of a frame", websocket.StatusPolicyViolation},
		{"checksum", websocket.MessageBinary, flipped(good, len(good)-1), "BadRequestException", "checksum", websocket.StatusPolicyViolation},
		{"a constraint", websocket.MessageBinary, event(t, "textEvent", `{}`), "BadRequestException", "textEvent.userMessage: This member is required.", websocket.StatusPolicyViolation},
		{"a conflict", websocket.MessageBinary, event(t, "textEvent", `{"userMessage":"conflict"}`), "ConflictException", "Another turn", websocket.StatusPolicyViolation},
		{"an internal error", websocket.MessageBinary, event(t, "textEvent", `{"userMessage":"internal"}`), "InternalFailureException", "An internal error", websocket.StatusInternalError},
		{"a panic", websocket.MessageBinary, event(t, "textEvent", `{"userMessage":"panic"}`), "InternalFailureException", "An internal error", websocket.StatusInternalError},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := start(t, chats(echo), withSockets)
			k := f.socket(t, byRoot(chatInput))
			k.send(good)
			if got, _ := k.hear(); got.payload["systemMessage"] != "text again" {
				t.Fatalf("%v", got)
			}
			k.sendKind(test.kind, test.message)
			got, _ := k.hear()
			if message, _ := got.payload["message"].(string); got.kind != "exception "+test.code+" application/json" || !strings.Contains(message, test.says) {
				t.Errorf("%v", got)
			}
			if _, code := k.hear(); code != test.closed {
				t.Errorf("closed with %d, want %d", code, test.closed)
			}
			waitFor(t, func() bool { return f.held.held.Load() == 0 })
		})
	}
}

// onceReceived receives one event and then waits for the end of its context.
func onceReceived(ended chan<- error) func(context.Context, op.Caller, *api.ChatInput, chatStream) error {
	return func(ctx context.Context, _ op.Caller, _ *api.ChatInput, d chatStream) error {
		if _, err := d.Receive(ctx); err != nil {
			return err
		}
		if err := d.Send(ctx, &api.ChatOutputStream{TextEvent: &api.TextOutputEvent{}}); err != nil {
			return err
		}
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}
}

func TestAMessageAfterTheEnd(t *testing.T) {
	f := start(t, chats(onceReceived(make(chan error, 1))), withSockets)
	k := f.socket(t, byRoot(chatInput))
	k.send(event(t, "endOfInputEvent", `{}`))
	if got, _ := k.hear(); got.kind != "event textEvent application/json" {
		t.Fatalf("%v", got)
	}
	k.send(event(t, "textEvent", `{"userMessage":"and another thing"}`))
	if got, _ := k.hear(); got.kind != "exception BadRequestException application/json" || got.payload["message"] != "A message came after the end of the input." {
		t.Errorf("%v", got)
	}
	if _, code := k.hear(); code != websocket.StatusPolicyViolation {
		t.Errorf("closed with %d", code)
	}
}

// TestABrowserLeaves in three ways: with a close frame, without, and without a word.
func TestABrowserLeaves(t *testing.T) {
	for name, leave := range map[string]func(*socketTalk){
		"closes":    func(k *socketTalk) { _ = k.conn.Close(websocket.StatusGoingAway, "") },
		"vanishes":  func(k *socketTalk) { _ = k.conn.CloseNow() },
		"is silent": func(*socketTalk) {}, // it does not read, so it sends no pong
	} {
		t.Run(name, func(t *testing.T) {
			ended := make(chan error, 1)
			f := start(t, chats(onceReceived(ended)), withSockets, func(c *Config) { c.Streams.Ping = 50 * time.Millisecond })
			k := f.socket(t, byRoot(chatInput))
			k.send(event(t, "textEvent", `{"userMessage":"hello"}`))
			k.hear()
			leave(k)
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
			logged := f.logged(t, k.resp.Header.Get("x-amzn-RequestId"), "error", "level", "status")
			if diff := cmp.Diff(map[string]any{"error": "RequestAbortedException", "level": "INFO", "status": 101.}, logged); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestPingsKeepASocketOpen: a client that only listens is there.
func TestPingsKeepASocketOpen(t *testing.T) {
	release := make(chan struct{})
	f := start(t, chats(func(ctx context.Context, _ op.Caller, _ *api.ChatInput, d chatStream) error {
		if _, err := d.Receive(ctx); err != nil {
			return err
		}
		select {
		case <-release:
		case <-ctx.Done():
			return ctx.Err()
		}
		return d.Send(ctx, &api.ChatOutputStream{TextEvent: &api.TextOutputEvent{SystemMessage: new("at last")}})
	}), withSockets, func(c *Config) { c.Streams.Ping = 20 * time.Millisecond })
	pings := make(chan struct{}, 100)
	conn, _, err := websocket.Dial(t.Context(), byRoot(chatInput).url(t, f), &websocket.DialOptions{
		OnPingReceived: func(context.Context, []byte) bool { pings <- struct{}{}; return true },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.CloseNow() }()
	k := &socketTalk{t: t, conn: conn}
	k.send(event(t, "textEvent", `{"userMessage":"hello"}`))
	go func() {
		for range 5 {
			<-pings
		}
		close(release)
	}()
	if got, _ := k.hear(); got.payload["systemMessage"] != "at last" {
		t.Errorf("%v", got)
	}
}

// TestDrainAndSockets: those that end in time end well, the others are told.
func TestDrainAndSockets(t *testing.T) {
	f := start(t, chats(echo), withSockets)
	k := f.socket(t, byRoot(chatInput))
	k.send(event(t, "textEvent", `{"userMessage":"hello"}`))
	k.hear()
	said := make(chan error, 1)
	go func() { said <- f.end() }()
	waitFor(t, f.draining.Load)
	k.send(event(t, "endOfInputEvent", `{}`))
	if got, _ := k.hear(); got.payload["finalTextMessage"] != "Bye." {
		t.Errorf("%v", got)
	}
	if _, code := k.hear(); code != websocket.StatusNormalClosure {
		t.Errorf("closed with %d", code)
	}
	if err := <-said; err != nil {
		t.Error(err)
	}

	f = start(t, chats(echo), withSockets, func(c *Config) { c.Timeouts.Drain = 50 * time.Millisecond })
	k = f.socket(t, byRoot(chatInput))
	k.send(event(t, "textEvent", `{"userMessage":"hello"}`))
	k.hear()
	go func() { said <- f.end() }()
	if got, _ := k.hear(); got.kind != "exception ServiceUnavailable application/json" {
		t.Errorf("%v", got)
	}
	if _, code := k.hear(); code != websocket.StatusGoingAway {
		t.Errorf("closed with %d", code)
	}
	if err := <-said; err == nil || !strings.Contains(err.Error(), "cut off after 50ms") {
		t.Error(err)
	}
}
