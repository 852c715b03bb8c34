package wire

import (
	"context"
	"io"
	"log/slog"
	"runtime"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
)

func quiet(c *Config) { c.Log = slog.New(slog.DiscardHandler) }

// token is an event of a few characters, as a model's are.
func token() *api.ChatOutputStream {
	return &api.ChatOutputStream{TextEvent: &api.TextOutputEvent{
		ConversationID: new(pluginID), SystemMessageID: new(pluginID), UserMessageID: new(pluginID), SystemMessage: new("token "),
	}}
}

// BenchmarkSentEvent is what each event costs from Send to the client's hands,
// client included.
func BenchmarkSentEvent(b *testing.B) {
	sends := func(b *testing.B) func(*Config) {
		return chats(func(ctx context.Context, _ op.Caller, _ *api.ChatInput, d chatStream) error {
			event := token()
			for range b.N {
				if err := d.Send(ctx, event); err != nil {
					return err
				}
			}
			return nil
		})
	}
	b.Run("HTTP2", func(b *testing.B) {
		f := start(b, sends(b), quiet)
		c := overHTTP2(b)
		b.ResetTimer()
		k := f.chat(b, c)
		if _, err := io.Copy(io.Discard, k.resp.Body); err != nil {
			b.Fatal(err)
		}
	})
	b.Run("WebSocket", func(b *testing.B) {
		f := start(b, sends(b), withSockets, quiet)
		url := byRoot(chatInput).url(b, f)
		b.ResetTimer()
		conn, _, err := websocket.Dial(b.Context(), url, nil)
		if err != nil {
			b.Fatal(err)
		}
		for websocket.CloseStatus(err) != websocket.StatusNormalClosure {
			if _, _, err = conn.Read(b.Context()); err != nil && websocket.CloseStatus(err) == -1 {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkOpenStreams is the memory of a stream that waits for its next token, with
// that of its client in the same process.
func BenchmarkOpenStreams(b *testing.B) {
	const streams = 200
	wait := func(ctx context.Context, _ op.Caller, _ *api.ChatInput, d chatStream) error {
		if _, err := d.Receive(ctx); err != nil {
			return err
		}
		if err := d.Send(ctx, token()); err != nil {
			return err
		}
		<-ctx.Done()
		return ctx.Err()
	}
	for name, open := range map[string]func(*fixture) (hear func()){
		"HTTP2": func(f *fixture) func() {
			k := f.chat(b, overHTTP2(b))
			k.say("hello")
			return func() { _, _ = k.hear() }
		},
		"WebSocket": func(f *fixture) func() {
			k := f.socket(b, byRoot(chatInput))
			k.send(event(b, "textEvent", `{"userMessage":"hello"}`))
			return func() { k.hear() }
		},
	} {
		b.Run(name, func(b *testing.B) {
			for range b.N {
				f := start(b, chats(wait), withSockets, quiet, func(c *Config) { c.Timeouts.Drain = time.Millisecond })
				before := memory()
				for range streams {
					open(f)()
				}
				b.ReportMetric((memory()-before)/streams, "B/stream")
				if err := f.end(); err == nil {
					b.Error("the streams were open")
				}
			}
		})
	}
}

func memory() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc + m.StackInuse)
}
