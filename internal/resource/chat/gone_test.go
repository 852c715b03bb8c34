package chat

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

// free lets it be found that a server is gone.
func (b *bench) free(t *testing.T, server string) {
	t.Helper()
	err := b.DB.Update(t.Context(), func(tx *store.Tx) error {
		_, err := b.Free(tx, server, 1000)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// stored counts the conversations that are stored, shown or not.
func (b *bench) stored(t *testing.T) (n int) {
	t.Helper()
	err := b.DB.View(t.Context(), func(tx *store.Tx) error {
		return tx.Row(`SELECT COUNT(*) FROM conversation WHERE tenant = $1`, b.caller.Tenant()).Scan(&n)
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func (b *bench) listed(t *testing.T) int {
	t.Helper()
	return len(must(t, b, api.ListConversations, &api.ListConversationsInput{ApplicationID: b.app}).Conversations)
}

// The turns of servers that are gone end at once, by no clock, and a living server's
// go on.
func TestTheTurnsOfAServerThatIsGoneEnd(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		form, other := b.form(t), b.form(t)
		b.work(t) // from now on there is a job every minute
		first := b.Jobs.Server()
		b.kill(t, afterIt, withToken("1", b.confirm(form, nil)))
		second := b.Jobs.Server()
		b.kill(t, before, withToken("2", b.say("List the tickets")))
		goOn, answer := b.stall(t, withToken("3", b.confirm(other, nil)))
		b.free(t, first)
		b.free(t, second)
		b.work(t)
		if bodies := b.bodies(t, form); len(bodies) != 4 || bodies[3] != unknown("Create a ticket") {
			t.Errorf("messages %q", bodies)
		}
		if n := b.stored(t); n != 2 {
			t.Errorf("%d conversations are stored", n)
		}
		b.chat(t, withToken("1", b.confirm(form, nil)))
		b.chat(t, withToken("2", b.say("List the tickets")))
		goOn()
		if err := <-answer; err != nil {
			t.Errorf("a turn of the living server: %v", err)
		}
		if n := len(b.desk.made()); n != 2 {
			t.Errorf("made %d", n)
		}
	})
}

// Many turns end in more than one batch.
func TestTurnsEndInBatches(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		var forms []*api.ChatSyncOutput
		for range 5 {
			b.clock.Advance(time.Second)
			forms = append(forms, b.form(t))
			b.kill(t, before, b.confirm(forms[len(forms)-1], nil))
		}
		batches := 0
		for more := true; more; batches++ {
			err := b.DB.Update(t.Context(), func(tx *store.Tx) (err error) {
				if _, err := tx.Exec(`UPDATE conversation SET server = 'gone' WHERE tenant = $1`, b.caller.Tenant()); err != nil {
					return err
				}
				more, err = b.Free(tx, "gone", 2)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := b.settleAll(t.Context()); err != nil {
			t.Error(err)
		}
		for _, form := range forms {
			if n := len(b.bodies(t, form)); n != 4 {
				t.Errorf("%d messages", n)
			}
		}
		if batches != 3 {
			t.Errorf("%d batches of 2 turns for 5", batches)
		}
	})
}

// A server that was slow only, and is taken for gone, writes nothing when it comes
// back: neither before nor after others have settled its turns. What it then sends is
// what nobody else sends.
func TestAServerThatComesBackWritesNothing(t *testing.T) {
	for name, settled := range map[string]bool{"before they are settled": false, "after": true} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, b *bench) {
				form := b.form(t)
				b.work(t)
				slow := b.Jobs.Server()
				write, written := b.stall(t, withToken("1", b.confirm(form, nil)))
				read, done := b.stall(t, withToken("2", b.say("List the tickets")))
				b.start(b.DB)
				b.free(t, slow)
				var first *api.ChatSyncOutput
				if settled {
					b.work(t)
					first = b.chat(t, withToken("2", b.say("List the tickets")))
				}
				write()
				optest.Refused(t, <-written, conflict("conversation", *form.ConversationID))
				read()
				if err := <-done; !fault.Is(err, fault.Conflict) {
					t.Errorf("a new conversation: %v", err)
				}
				b.work(t)
				if bodies := b.bodies(t, form); len(bodies) != 4 || bodies[3] != unknown("Create a ticket") {
					t.Errorf("messages %q", bodies)
				}
				if out := b.chat(t, withToken("1", b.confirm(form, nil))); *out.SystemMessage != unknown("Create a ticket") {
					t.Errorf("%s", *out.SystemMessage)
				}
				again := b.chat(t, withToken("2", b.say("List the tickets")))
				if first != nil {
					if diff := cmp.Diff(first, again); diff != "" {
						t.Error(diff)
					}
				}
				if n, stored := b.listed(t), b.stored(t); n != 2 || stored != 2 {
					t.Errorf("%d conversations, %d stored", n, stored)
				}
				if n := len(b.desk.made()); n != 1 {
					t.Errorf("made %d", n)
				}
			})
		})
	}
}

// Who has heard of a new conversation, because its first answer is being told, is
// told to wait, and nobody is shown it yet.
func TestANewConversationIsBusy(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("canteen", "The canteen", canteen))
		b.Model = &oracle{replies: []reply{words("The canteen opens at noon. [1]")}}
		l := newLine(retrieves(), says("When does the canteen open?"), ends())
		l.hear = func(n int, e *api.ChatOutputStream) error {
			if n > 1 {
				return nil
			}
			id := e.TextEvent.ConversationID
			for _, in := range []*api.ChatSyncInput{
				{ApplicationID: b.app, ConversationID: id, UserMessage: new("And when does it close?")},
				{ApplicationID: b.app, ConversationID: id, AuthChallengeResponse: &api.AuthChallengeResponse{ResponseMap: map[string]string{"code": "good"}}},
			} {
				_, err := try(t, b, api.ChatSync, in)
				optest.Refused(t, err, conflict("conversation", *id))
			}
			optest.Refused(t, b.streamIn(t, &api.ChatInput{ConversationID: id}, asks("And when does it close?")), conflict("conversation", *id))
			_, err := try(t, b, api.DeleteConversation, &api.DeleteConversationInput{ApplicationID: b.app, ConversationID: *id})
			optest.Refused(t, err, conflict("conversation", *id))
			_, err = try(t, b, api.ListMessages, &api.ListMessagesInput{ApplicationID: b.app, ConversationID: *id})
			optest.Refused(t, err, absent(*id))
			if n := b.listed(t); n != 0 {
				t.Errorf("%d conversations are listed", n)
			}
			return nil
		}
		if err := b.streamIn(t, &api.ChatInput{}, l); err != nil {
			t.Fatal(err)
		}
		if n := b.listed(t); n != 1 {
			t.Errorf("%d conversations are listed", n)
		}
		b.stream(t, behind(l), asks("And when does it close?"))
	})
}

// A conversation whose dead turn cannot be ended keeps no other.
func TestOneBadConversationKeepsNoOther(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		forms := []*api.ChatSyncOutput{b.form(t), b.form(t), b.form(t)}
		for _, form := range forms {
			server := b.Jobs.Server()
			b.kill(t, before, b.confirm(form, nil))
			b.free(t, server)
		}
		bad := *forms[1].ConversationID
		err := b.DB.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE conversation SET doc = '{' WHERE tenant = $1 AND conversation = $2`, b.caller.Tenant(), bad)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := b.settleAll(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "ending the turn of conversation "+bad+": ") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v", err)
		}
		for _, form := range []*api.ChatSyncOutput{forms[0], forms[2]} {
			if bodies := b.bodies(t, form); len(bodies) != 4 {
				t.Errorf("messages %q", bodies)
			}
		}
	})
}

// Both messages of a turn follow the same one, whoever wrote them.
func TestMessagesOfATurnFollowTheSame(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		form := b.form(t)
		server := b.Jobs.Server()
		b.kill(t, before, b.confirm(form, nil))
		b.free(t, server)
		b.chat(t, after(form, b.say("List the tickets")))
		var parents []string
		for _, listed := range b.messages(t, form) {
			err := b.DB.View(t.Context(), func(tx *store.Tx) error {
				m, err := loadMessage(tx, place{owner{b.caller.Tenant(), b.app, b.caller.Principal}, *form.ConversationID}, *listed.MessageID)
				parents = append(parents, m.Parent)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		named := *form.SystemMessageID
		if want := []string{"", "", named, named, named, named}; !slices.Equal(parents, want) {
			t.Errorf("got %q, want %q", parents, want)
		}
	})
}

// The job and all who ask may settle a dead turn at the same moment.
func TestManySettleAtOnce(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		for range 5 {
			form := b.form(t)
			server := b.Jobs.Server()
			b.kill(t, before, b.confirm(form, nil))
			b.free(t, server)
			errs := make(chan error, 8)
			for range cap(errs) {
				go func() {
					errs <- b.settle(t.Context(), place{owner{b.caller.Tenant(), b.app, b.caller.Principal}, *form.ConversationID}, "")
				}()
			}
			for range cap(errs) {
				if err := <-errs; err != nil {
					t.Error(err)
				}
			}
			if n := len(b.bodies(t, form)); n != 4 {
				t.Errorf("%d messages", n)
			}
		}
	})
}
