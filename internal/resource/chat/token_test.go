package chat

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

func TestATokenIsAnsweredTheSame(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		form := b.chat(t, withToken("1", b.say(`Create a ticket with subject "A" and priority low`)))
		done := b.chat(t, withToken("2", b.confirm(form, nil)))
		b.desk.set(func(d *desk) { d.disabled = true }) // what was answered stays answered
		for token, want := range map[string]*api.ChatSyncOutput{"1": form, "2": done} {
			in := withToken("1", b.say(`Create a ticket with subject "A" and priority low`))
			if token == "2" {
				in = withToken("2", b.confirm(form, nil))
			}
			if diff := cmp.Diff(want, b.chat(t, in)); diff != "" {
				t.Errorf("%s: %s", token, diff)
			}
		}
		if n := len(b.desk.made()); n != 1 {
			t.Errorf("made %d", n)
		}
		if n := len(b.bodies(t, form)); n != 4 {
			t.Errorf("%d messages", n)
		}
	})
}

func TestATokenIsOfOneRequestAndOneUser(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		first := b.chat(t, withToken("1", b.say("List the tickets")))
		_, err := try(t, b, api.ChatSync, withToken("1", b.say("List the open tickets")))
		optest.Refused(t, err, conflict("clientToken", "1"))
		hers := b.caller
		hers.Principal, hers.Root = "arn:aws:iam::111122223333:role/ann", false
		out := optest.Must(t, b.Registry, hers, api.ChatSync, withToken("1", b.say("List the tickets")))
		if *out.ConversationID == *first.ConversationID {
			t.Error("another user was answered with what the first one had been answered")
		}
	})
}

func TestAFailureIsAnAnswerToItsToken(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		form := b.form(t)
		b.desk.set(func(d *desk) { d.status = 500 })
		_, err := try(t, b, api.ChatSync, withToken("1", b.confirm(form, nil)))
		first := optest.Refused(t, err, thirdParty())
		b.desk.set(func(d *desk) { d.status = 0 })
		_, err = try(t, b, api.ChatSync, withToken("1", b.confirm(form, nil)))
		if words := optest.Refused(t, err, thirdParty()); words != first {
			t.Errorf("got %s, want %s", words, first)
		}
		if n := b.desk.arrived(); n != 1 {
			t.Errorf("%d calls", n)
		}
	})
}

func TestARefusalGivesItsTokenBack(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		form := b.form(t)
		_, err := try(t, b, api.ChatSync, withToken("1", b.confirm(form, map[string]string{"owner": `1`})))
		optest.Refused(t, err, optest.Invalid("actionExecution.payload.owner"))
		b.chat(t, withToken("1", b.confirm(form, nil)))
		b.desk.set(func(d *desk) { d.refused = errors.New("internal") })
		_, err = try(t, b, api.ChatSync, withToken("2", b.say("List the tickets"))) // would be a new conversation
		if !fault.Is(err, fault.Internal) {
			t.Fatal(err)
		}
		b.desk.set(func(d *desk) { d.refused = nil })
		b.chat(t, withToken("2", b.say("List the tickets")))
		if list := must(t, b, api.ListConversations, &api.ListConversationsInput{ApplicationID: b.app}).Conversations; len(list) != 2 {
			t.Errorf("%d conversations", len(list))
		}
	})
}

// stall lets the next call wait until go on is called, and returns once it waits.
func (b *bench) stall(t *testing.T, in *api.ChatSyncInput) (goOn func(), answer <-chan error) {
	t.Helper()
	waits, released, answered := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	b.desk.set(func(d *desk) { d.before = func() { close(waits); <-released } })
	go func() {
		_, err := b.Registry.Call(t.Context(), b.caller, api.ChatSync.Route, in)
		answered <- err
	}()
	<-waits
	b.desk.set(func(d *desk) { d.before = nil })
	return func() { close(released) }, answered
}

func TestOneTurnAtATime(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		form := b.form(t)
		goOn, answer := b.stall(t, withToken("1", b.confirm(form, nil)))
		_, err := try(t, b, api.ChatSync, withToken("1", b.confirm(form, nil)))
		optest.Refused(t, err, conflict("clientToken", "1"))
		_, err = try(t, b, api.ChatSync, b.confirm(form, nil))
		optest.Refused(t, err, conflict("conversation", *form.ConversationID))
		_, err = try(t, b, api.ChatSync, after(form, b.say("List the tickets")))
		optest.Refused(t, err, conflict("conversation", *form.ConversationID))
		_, err = try(t, b, api.DeleteConversation, &api.DeleteConversationInput{ApplicationID: b.app, ConversationID: *form.ConversationID})
		optest.Refused(t, err, conflict("conversation", *form.ConversationID))
		b.chat(t, b.say("List the tickets")) // elsewhere life goes on
		goOn()
		if err := <-answer; err != nil {
			t.Error(err)
		}
		b.chat(t, withToken("1", b.confirm(form, nil)))
		if n := len(b.desk.made()); n != 1 {
			t.Errorf("made %d", n)
		}
	})
}

// A turn that is declared dead while it goes on does not write what it has come
// to: the conversation says already that nobody knows.
func TestATurnThatTakesTooLong(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		form := b.form(t)
		b.work(t) // from now on there is a job every minute
		goOn, answer := b.stall(t, b.confirm(form, nil))
		b.clock.Advance(leaseTime)
		b.work(t)
		goOn()
		optest.Refused(t, <-answer, conflict("conversation", *form.ConversationID))
		bodies := b.bodies(t, form)
		if len(bodies) != 4 || bodies[3] != unknown("Create a ticket") {
			t.Errorf("messages %q", bodies)
		}
	})
}

func TestManyConfirmAtOnce(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		form := b.form(t)
		errs := make(chan error, 8)
		for range cap(errs) {
			go func() {
				_, err := b.Registry.Call(t.Context(), b.caller, api.ChatSync.Route, b.confirm(form, nil))
				errs <- err
			}()
		}
		ok := 0
		for range cap(errs) {
			if err := <-errs; err == nil {
				ok++
			} else if !fault.Is(err, fault.Conflict) {
				t.Error(err)
			}
		}
		if n := len(b.desk.made()); ok != 1 || n != 1 {
			t.Errorf("%d were answered, %d made", ok, n)
		}
	})
}

// errKilled is what a test dies of in the middle of a turn.
var errKilled = errors.New("killed")

// kill lets a request die at a moment, with nothing cleaned up, and starts a
// server anew on the same store.
func (b *bench) kill(t *testing.T, at func(d *desk, die func()), in *api.ChatSyncInput) {
	t.Helper()
	b.desk.set(func(d *desk) { at(d, func() { panic(errKilled) }) })
	func() {
		defer func() {
			if got := recover(); got != any(errKilled) {
				t.Fatalf("died of %v", got)
			}
		}()
		_, err := try(t, b, api.ChatSync, in)
		t.Fatalf("it lives: %v", err)
	}()
	b.desk.set(func(d *desk) { d.before, d.after = nil, nil })
	b.start(b.DB)
}

func before(d *desk, die func())  { d.before = die }
func afterIt(d *desk, die func()) { d.after = die }

// A server that dies while a write is sent leaves it at most once sent, whatever
// the client does next, and the conversation says what is not known.
func TestAServerDiesInAWrite(t *testing.T) {
	for name, tt := range map[string]struct {
		at   func(d *desk, die func())
		made int
	}{"before it was sent": {before, 0}, "after it was answered": {afterIt, 1}} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, b *bench) {
				form := b.form(t)
				b.kill(t, tt.at, withToken("1", b.confirm(form, nil)))
				_, err := try(t, b, api.ChatSync, withToken("1", b.confirm(form, nil)))
				optest.Refused(t, err, conflict("clientToken", "1"))
				_, err = try(t, b, api.ChatSync, b.confirm(form, nil))
				optest.Refused(t, err, conflict("conversation", *form.ConversationID))
				b.clock.Advance(leaseTime)
				out := b.chat(t, withToken("1", b.confirm(form, nil)))
				const want = "The server was interrupted while “Create a ticket” was being sent. Whether it was carried out is not known: look there before you ask for it again."
				if *out.SystemMessage != want {
					t.Errorf("%s", *out.SystemMessage)
				}
				_, err = try(t, b, api.ChatSync, b.confirm(form, nil))
				optest.Refused(t, err, conflict("message", *form.SystemMessageID))
				if diff := cmp.Diff([]string{"Confirmed: “Create a ticket”.", want}, b.bodies(t, form)[2:]); diff != "" {
					t.Error(diff)
				}
				b.chat(t, after(out, b.say("List the tickets")))
				if n := len(b.desk.made()); n != tt.made {
					t.Errorf("made %d, want %d", n, tt.made)
				}
			})
		})
	}
}

// A client that never asks again finds the same in the list of messages, and can
// go on behind the last answer it knows of.
func TestADeadTurnIsSettledByAJob(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		form := b.form(t)
		b.kill(t, before, b.confirm(form, nil))
		b.work(t)
		b.clock.Advance(leaseTime)
		b.work(t)
		if bodies := b.bodies(t, form); len(bodies) != 4 || bodies[3] != unknown("Create a ticket") {
			t.Fatalf("messages %q", bodies)
		}
		b.chat(t, after(form, b.say("List the tickets")))
	})
}

// Who has found that in the list may go on behind it: the next message follows what it
// names, and a sign-in that it needs may name the same.
func TestAMessageFollowsWhatItNames(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		form := b.form(t)
		b.kill(t, before, b.confirm(form, nil))
		b.work(t)
		b.clock.Advance(leaseTime)
		b.work(t)
		b.desk.set(func(d *desk) { d.login = true; clear(d.users) })
		settled := &api.ChatSyncOutput{ConversationID: form.ConversationID, SystemMessageID: b.messages(t, form)[3].MessageID}
		out := b.chat(t, after(settled, b.say("List the tickets")))
		if out.AuthChallengeRequest == nil {
			t.Fatalf("%+v", out)
		}
		b.chat(t, after(settled, b.signIn(out, "good")))
	})
}

// A turn without a write that died is as if it had never been.
func TestAServerDiesInARead(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		first := b.form(t)
		b.kill(t, before, withToken("1", after(first, b.say("List the tickets"))))
		b.kill(t, afterIt, withToken("2", b.say("List the tickets"))) // a conversation that never was
		b.clock.Advance(leaseTime)
		b.chat(t, withToken("1", after(first, b.say("List the tickets"))))
		b.chat(t, withToken("2", b.say("List the tickets")))
		if n := len(b.bodies(t, first)); n != 4 {
			t.Errorf("%d messages", n)
		}
		if list := must(t, b, api.ListConversations, &api.ListConversationsInput{ApplicationID: b.app}).Conversations; len(list) != 2 {
			t.Errorf("%d conversations", len(list))
		}
	})
}

func TestAServerDiesInASignIn(t *testing.T) {
	locked(t, func(t *testing.T, b *bench) {
		out := b.chat(t, b.say("List the tickets"))
		b.kill(t, before, b.signIn(out, "good"))
		b.clock.Advance(leaseTime)
		b.chat(t, b.signIn(out, "good")) // a read may well be sent again
		form := b.form(t)
		b.desk.set(func(d *desk) { clear(d.users) })
		out = b.chat(t, b.confirm(form, nil))
		b.kill(t, afterIt, b.signIn(out, "good"))
		b.clock.Advance(leaseTime)
		_, err := try(t, b, api.ChatSync, b.signIn(out, "good"))
		optest.Refused(t, err, conflict("message", *out.SystemMessageID))
		if n := len(b.desk.made()); n != 1 {
			t.Errorf("made %d", n)
		}
	})
}

// tokens counts the turns that are kept.
func (b *bench) tokens(t *testing.T) (n int) {
	t.Helper()
	err := b.DB.View(t.Context(), func(tx *store.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM turn WHERE tenant = $1`, b.caller.Tenant()).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestATokenLivesAsLongAsItsConversationMay(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		first := b.chat(t, withToken("1", b.say("List the tickets")))
		b.clock.Advance(Life - time.Second)
		b.chat(t, after(first, b.say("List the tickets")))
		b.work(t)
		if n := b.tokens(t); n != 1 {
			t.Errorf("%d tokens before their time", n)
		}
		b.clock.Advance(time.Hour)
		b.work(t)
		if n := b.tokens(t); n != 0 {
			t.Errorf("%d tokens after their time", n)
		}
	})
}
