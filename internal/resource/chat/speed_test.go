package chat

import (
	"strings"
	"testing"
	"time"

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

// BenchmarkConversation measures what is added to a language model that answers at
// once: the time before it is asked, with a search of a few documents in it, and the
// time of each piece of its answer, in a stream of a client that reads at once.
func BenchmarkConversation(b *testing.B) {
	clock := storetest.NewClock()
	db, err := store.Open(b.Context(), store.Config{Dir: b.TempDir(), Now: clock.Now})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = db.Close() })
	s := newBench(b, db, clock)
	s.stock(b, doc("canteen", "The canteen", canteen), doc("garage", "The garage", "The garage is closed at night."))
	const pieces = 2000
	say := words(strings.Repeat("word ", pieces))
	var asked time.Time
	say.before = func() { asked = time.Now() }
	s.Model = &oracle{replies: []reply{say}}
	var before, after time.Duration
	l := newLine()
	for b.Loop() {
		in := &api.ChatInput{}
		if len(l.told) > 0 {
			in = behind(l)
		}
		l = newLine(retrieves(), says("When does the canteen open?"), ends())
		began := time.Now()
		s.stream(b, in, l)
		before += asked.Sub(began)
		after += time.Since(asked)
	}
	b.ReportMetric(float64(before.Microseconds())/float64(b.N)/1000, "ms-before-model")
	b.ReportMetric(float64(after.Microseconds())/float64(b.N)/pieces, "µs/piece")
}

// BenchmarkLongConversation measures early and late turns of one conversation, whose
// beginning is summarised on the way.
func BenchmarkLongConversation(b *testing.B) {
	clock := storetest.NewClock()
	s := newBench(b, storetest.New(b, storetest.WithClock(clock.Now)), clock)
	s.stock(b, doc("canteen", "The canteen", canteen))
	s.Model = &oracle{replies: []reply{words("The canteen opens at noon. [1] " + strings.Repeat("That is what I know. ", 20))}}
	out := s.chat(b, s.inMode(api.ChatModeRetrievalMode, "When does the canteen open?"))
	turns := func(n int) time.Duration {
		began := time.Now()
		for range n {
			out = s.chat(b, after(out, s.inMode(api.ChatModeRetrievalMode, "When does the canteen open?")))
		}
		return time.Since(began) / time.Duration(n)
	}
	turns(4)
	early := turns(10)
	for range 97 {
		turns(10)
		s.work(b)
	}
	late := turns(20)
	b.ReportMetric(float64(early.Microseconds()), "µs/10th")
	b.ReportMetric(float64(late.Microseconds()), "µs/1000th")
	b.ReportMetric(0, "ns/op")
}
