package chat

import (
	"context"
	"runtime"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

// TestOneUserIsNotACrowd: so many requests of one user are answered at once, and no
// more, whether they have said anything yet or not; others are answered all the same.
func TestOneUserIsNotACrowd(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.Quotas.Turns = 2
		full := fault.Error{Code: fault.Throttling}
		silent, waiting := [2]*line{newLine(), newLine()}, make(chan error, 2)
		for i, l := range silent {
			go func() {
				waiting <- b.Registry.Stream(context.WithoutCancel(t.Context()), b.caller, api.Chat.Route, &api.ChatInput{ApplicationID: b.app}, l)
			}()
			for b.answering() <= i {
				runtime.Gosched()
			}
		}
		l := newLine()
		optest.Refused(t, b.streamIn(t, &api.ChatInput{}, l), full)
		_, err := try(t, b, api.ChatSync, b.say("List the tickets"))
		optest.Refused(t, err, full)
		b.chat(t, as("ben@example.com", b.say("List the tickets")))

		silent[0].in <- usesDesk()
		silent[0].in <- says("List the tickets")
		silent[0].in <- ends()
		if err := <-waiting; err != nil {
			t.Fatal(err)
		}
		b.chat(t, b.say("List the tickets"))
		close(silent[1].in)
		optest.Refused(t, <-waiting, optest.Invalid("endOfInputEvent"))
		if len(b.crowd.of) != 0 {
			t.Errorf("some are counted that have left: %v", b.crowd.of)
		}
	})
}

// answering is how many requests are counted.
func (b *bench) answering() (n int) {
	b.crowd.mu.Lock()
	defer b.crowd.mu.Unlock()
	for _, some := range b.crowd.of {
		n += some
	}
	return n
}

// Guests of an application without users come as one principal, and are many.
func TestGuestsAreACrowd(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.Quotas.Turns = 1
		b.in(t, api.IdentityTypeAnonymous)
		l := newLine(says("Hello"), ends())
		l.hear = func(n int, _ *api.ChatOutputStream) error {
			if n == 1 {
				b.chat(t, &api.ChatSyncInput{ApplicationID: b.app, UserMessage: new("Hello")})
			}
			return nil
		}
		b.stream(t, &api.ChatInput{}, l)
	})
}
