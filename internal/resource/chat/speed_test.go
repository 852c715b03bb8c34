package chat

import (
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// BenchmarkTurn measures a read through ChatSync, on a store that waits for the
// disk, beside the bare call to the same API.
func BenchmarkTurn(b *testing.B) {
	clock := storetest.NewClock()
	open := func(b *testing.B) *bench {
		b.Helper()
		db, err := store.Open(b.Context(), store.Config{Dir: b.TempDir(), Now: clock.Now})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = db.Close() })
		return newBench(b, db, clock)
	}
	b.Run("bare call", func(b *testing.B) {
		s := open(b)
		live, err := s.desk.Live(b.Context(), s.caller, s.app, deskID)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			if _, err := s.desk.Call(b.Context(), s.caller, "", "", live, &live.Document.Actions[0], action.Args{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("new conversation", func(b *testing.B) {
		s := open(b)
		for b.Loop() {
			s.chat(b, s.say("List the tickets"))
		}
	})
	b.Run("same conversation", func(b *testing.B) {
		s := open(b)
		out := s.chat(b, s.say("List the tickets"))
		for b.Loop() {
			out = s.chat(b, after(out, s.say("List the tickets")))
		}
	})
	b.Run("planning", func(b *testing.B) {
		s := open(b)
		live, err := s.desk.Live(b.Context(), s.caller, s.app, deskID)
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			t := &turn{request: &request{caller: s.caller, mode: api.ChatModePluginMode}, fresh: true, home: &conversation{}, said: "List the tickets"}
			t.bring(live)
			s.drive(b.Context(), t, &voice{})
		}
	})
}
