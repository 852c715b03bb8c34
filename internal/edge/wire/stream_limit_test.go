package wire

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/http2"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
)

// logged waits for the event of the request, and returns what it says of these.
func (f *fixture) logged(t *testing.T, id string, names ...string) map[string]any {
	t.Helper()
	var found map[string]any
	waitFor(t, func() bool {
		for _, e := range f.book.events(t, id) {
			if e["msg"] == "request" {
				found = e
			}
		}
		return found != nil
	})
	picked := map[string]any{}
	for _, name := range names {
		if v, ok := found[name]; ok {
			picked[name] = v
		}
	}
	return picked
}

// TestHTTP1IsTold that Chat needs another protocol.
func TestHTTP1IsTold(t *testing.T) {
	f := start(t, chats(echo))
	r := f.newRequest(t, "POST", chatPath, "")
	a := send(t, http.DefaultClient, signEvents(t, r, root.AccessKeyID, root.Secret))
	if a.status != 400 || a.header.Get("x-amzn-ErrorType") != "ValidationException" || a.members["reason"] != "UNKNOWN_OPERATION" ||
		!strings.HasPrefix(a.members["message"].(string), "Chat needs HTTP/2, and the request came by HTTP/1.1.") {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestHTTP1IsToldAtOnce: clients keep their side open until they have an answer.
func TestHTTP1IsToldAtOnce(t *testing.T) {
	f := start(t, chats(echo))
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	r := signEvents(t, f.newRequest(t, "POST", chatPath, ""), root.AccessKeyID, root.Secret).WithContext(ctx)
	body, more := io.Pipe()
	defer func() { _ = more.Close() }()
	r.Body, r.ContentLength = body, -1
	if a := send(t, http.DefaultClient, r); a.status != 400 || a.members["reason"] != "UNKNOWN_OPERATION" {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestNothingSaid: an operation that neither receives nor sends has an empty answer.
func TestNothingSaid(t *testing.T) {
	f := start(t, chats(func(context.Context, op.Caller, *api.ChatInput, chatStream) error { return nil }))
	k := f.chat(t, overHTTP2(t))
	if got := k.last(); k.resp.StatusCode != http.StatusOK || got.kind != "" {
		t.Errorf("%s, then %v", k.resp.Status, got)
	}
}

func chatEndpoint(t *testing.T, f *fixture) *endpoint {
	t.Helper()
	u, err := url.Parse(chatPath)
	if err != nil {
		t.Fatal(err)
	}
	e, err := f.paths.find(http.MethodPost, u)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestStreamLimits(t *testing.T) {
	wait := func(ctx context.Context, _ op.Caller, _ *api.ChatInput, d chatStream) error {
		if _, err := d.Receive(ctx); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	}
	tests := []struct {
		name          string
		change        func(*Config)
		fn            func(context.Context, op.Caller, *api.ChatInput, chatStream) error
		most          int64 // bytes of a request
		says          []string
		end           bool // by closing the connection's side
		code, message string
	}{
		{name: "no event comes", change: func(c *Config) { c.Streams.Idle = 50 * time.Millisecond }, fn: echo, says: []string{"a"},
			code: "RequestTimeoutException", message: "No event came for 50ms."},
		{name: "a long turn", change: func(c *Config) { c.Streams.Turn = 50 * time.Millisecond }, fn: wait, says: []string{"a"},
			code: "RequestTimeoutException", message: "The turn took longer than 50ms."},
		{name: "too many events", change: func(c *Config) { c.Streams.Events = 2 }, fn: echo, says: []string{"a", "b", "c"},
			code: "ValidationException", message: "Chat takes at most 2 events."},
		{name: "too many bytes", fn: echo, most: 2000, says: []string{"a", strings.Repeat("b", 2000)},
			code: "RequestEntityTooLargeException", message: "more than the 2000 bytes that Chat takes"},
		{name: "no memory", change: func(c *Config) { c.InFlight = 2000 }, fn: echo, says: []string{"a", strings.Repeat("b", 2000)},
			code: "ThrottlingException", message: "as it has memory for"},
		{name: "no end", fn: echo, says: []string{"a"}, end: true,
			code: "ValidationException", message: "The event stream ended without its end"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := start(t, chats(test.fn), func(c *Config) {
				if test.change != nil {
					test.change(c)
				}
			})
			if test.most > 0 {
				chatEndpoint(t, f).limit = test.most
			}
			k := f.chat(t, overHTTP2(t))
			go func() {
				for _, message := range test.says {
					k.say(message)
				}
				if test.end {
					k.w.Close()
				}
			}()
			got := k.last()
			if message, _ := got.payload["message"].(string); got.kind != "exception "+test.code+" application/json" || !strings.Contains(message, test.message) {
				t.Errorf("%v", got)
			}
			event := f.logged(t, k.resp.Header.Get("x-amzn-RequestId"), "status", "error", "level")
			if diff := cmp.Diff(map[string]any{"status": 200., "error": test.code, "level": "INFO"}, event); diff != "" {
				t.Error(diff)
			}
			waitFor(t, func() bool { return f.held.held.Load() == 0 })
		})
	}
}

// TestTheClientLeaves: the operation's context ends with the client.
func TestTheClientLeaves(t *testing.T) {
	ended := make(chan error, 1)
	f := start(t, chats(func(ctx context.Context, _ op.Caller, _ *api.ChatInput, d chatStream) error {
		if err := d.Send(ctx, &api.ChatOutputStream{TextEvent: &api.TextOutputEvent{}}); err != nil {
			return err
		}
		<-ctx.Done()
		ended <- ctx.Err()
		return d.Send(ctx, &api.ChatOutputStream{TextEvent: &api.TextOutputEvent{}})
	}))
	k := f.chat(t, overHTTP2(t))
	if _, err := k.hear(); err != nil {
		t.Fatal(err)
	}
	k.resp.Body.Close()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	event := f.logged(t, k.resp.Header.Get("x-amzn-RequestId"), "error", "level")
	if diff := cmp.Diff(map[string]any{"error": "RequestAbortedException", "level": "INFO"}, event); diff != "" {
		t.Error(diff)
	}
}

// TestASlowClient takes nothing: sending waits, and fails at its deadline.
func TestASlowClient(t *testing.T) {
	failed := make(chan error, 1)
	f := start(t, chats(func(ctx context.Context, _ op.Caller, _ *api.ChatInput, d chatStream) error {
		event := &api.ChatOutputStream{TextEvent: &api.TextOutputEvent{SystemMessage: new(strings.Repeat("x", 64<<10))}}
		for {
			if err := d.Send(ctx, event); err != nil {
				failed <- err
				return err
			}
		}
	}), func(c *Config) { c.Streams.Write = 100 * time.Millisecond })
	k := f.chat(t, overHTTP2(t))
	if err := <-failed; err.Error() != "RequestTimeoutException: The client took no event for 100ms." {
		t.Error(err)
	}
	event := f.logged(t, k.resp.Header.Get("x-amzn-RequestId"), "error", "status")
	if diff := cmp.Diff(map[string]any{"error": "RequestTimeoutException", "status": 200.}, event); diff != "" {
		t.Error(diff)
	}
}

// TestAStreamOutlivesTheServersTimeouts, which are for requests that are answered in
// one piece.
func TestAStreamOutlivesTheServersTimeouts(t *testing.T) {
	f := start(t, chats(echo), func(c *Config) {
		c.Timeouts.Read, c.Timeouts.Write = 100*time.Millisecond, 100*time.Millisecond
	})
	k := f.chat(t, overHTTP2(t))
	began := time.Now()
	waitFor(t, func() bool { return time.Since(began) > 250*time.Millisecond })
	k.say("still there?")
	if got, err := k.hear(); err != nil || got.payload["systemMessage"] != "text still there?" {
		t.Errorf("%v, %v", got, err)
	}
}

// TestDrainWaitsForStreams: a conversation goes on while the server shuts down.
func TestDrainWaitsForStreams(t *testing.T) {
	f := start(t, chats(echo))
	k := f.chat(t, overHTTP2(t))
	ended := make(chan error, 1)
	go func() { ended <- f.end() }()
	waitFor(t, f.draining.Load)
	k.say("one more")
	if got, err := k.hear(); err != nil || got.payload["systemMessage"] != "text one more" {
		t.Errorf("%v, %v", got, err)
	}
	k.send(k.sealed([]byte{}))
	k.w.Close()
	if got := k.last(); got.payload["finalTextMessage"] != "Bye." {
		t.Errorf("%v", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestLateCalls: who keeps a stream after its operation has returned gets errors.
func TestLateCalls(t *testing.T) {
	var kept chatStream
	f := start(t, chats(func(ctx context.Context, _ op.Caller, _ *api.ChatInput, d chatStream) error {
		kept = d
		return d.Send(ctx, &api.ChatOutputStream{TextEvent: &api.TextOutputEvent{}})
	}))
	k := f.chat(t, overHTTP2(t))
	k.last()
	f.logged(t, k.resp.Header.Get("x-amzn-RequestId"))
	if _, err := kept.Receive(t.Context()); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("received: %v", err)
	}
	if err := kept.Send(t.Context(), &api.ChatOutputStream{TextEvent: &api.TextOutputEvent{}}); err == nil {
		t.Error("sent")
	}
}

// TestMistakenEvents: a union without a member, or with two, is the operation's
// mistake.
func TestMistakenEvents(t *testing.T) {
	for _, event := range []*api.ChatOutputStream{{}, {TextEvent: &api.TextOutputEvent{}, MetadataEvent: &api.MetadataEvent{}}} {
		f := start(t, chats(func(ctx context.Context, _ op.Caller, _ *api.ChatInput, d chatStream) error {
			return d.Send(ctx, event)
		}))
		k := f.chat(t, overHTTP2(t))
		if got := k.last(); got.kind != "exception InternalServerException application/json" || got.payload["message"] != fault.Hidden(nil).Message {
			t.Errorf("%v", got)
		}
		id := k.resp.Header.Get("x-amzn-RequestId")
		if diff := cmp.Diff(map[string]any{"level": "ERROR", "status": 200.}, f.logged(t, id, "level", "status")); diff != "" {
			t.Error(diff)
		}
	}
}

// TestTheEventOfAStream counts the bytes of both directions.
func TestTheEventOfAStream(t *testing.T) {
	f := start(t, chats(echo))
	k := f.chat(t, overHTTP2(t))
	in := 0
	for _, b := range [][]byte{k.sealed(event(t, "textEvent", `{"userMessage":"hello"}`)), k.sealed(event(t, "endOfInputEvent", `{}`))} {
		in += len(b)
		k.send(b)
	}
	out, err := io.ReadAll(k.resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	got := f.logged(t, k.resp.Header.Get("x-amzn-RequestId"), "operation", "status", "bytes_in", "bytes_out", "error", "principal")
	want := map[string]any{"operation": "Chat", "status": 200., "bytes_in": float64(in), "bytes_out": float64(len(out)), "principal": root.ARN()}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestAClientWithoutAWord is asked whether it is there, and let go when it says
// nothing.
func TestAClientWithoutAWord(t *testing.T) {
	f := start(t, func(c *Config) { c.Streams.Ping = 50 * time.Millisecond })
	c := dial(t, f.addr)
	if _, err := io.WriteString(c, http2.ClientPreface); err != nil {
		t.Fatal(err)
	}
	framer := http2.NewFramer(c, c)
	if err := framer.WriteSettings(); err != nil {
		t.Fatal(err)
	}
	asked := false
	for {
		got, err := framer.ReadFrame()
		if err != nil {
			break
		}
		_, ping := got.(*http2.PingFrame)
		asked = asked || ping
	}
	if !asked {
		t.Error("it was not asked")
	}
}
