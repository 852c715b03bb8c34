package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/engine/plan"
	"github.com/parleyhq/parley/internal/platform/store"
)

// chatty is a server whose planner only talks.
func chatty(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	each(t, func(t *testing.T, b *bench) {
		b.Planner = &script{decisions: slices.Repeat([]plan.Decision{{Text: "Well."}}, 10_000)}
		test(t, b)
	})
}

func TestListsPageNewestFirst(t *testing.T) {
	chatty(t, func(t *testing.T, b *bench) {
		var newest []string
		var last *api.ChatSyncOutput
		for i := range 5 {
			b.clock.Advance(time.Second)
			last = b.chat(t, b.say(fmt.Sprint("Talk ", i)))
			newest = append([]string{*last.ConversationID}, newest...)
		}
		var got []string
		in := &api.ListConversationsInput{ApplicationID: b.app, MaxResults: new(int32(2))}
		for pages := 1; ; pages++ {
			out := must(t, b, api.ListConversations, in)
			for _, v := range out.Conversations {
				got = append(got, *v.ConversationID)
			}
			if in.NextToken = out.NextToken; in.NextToken == nil {
				if pages != 3 {
					t.Errorf("%d pages", pages)
				}
				break
			}
		}
		if !slices.Equal(got, newest) {
			t.Errorf("got %q, want %q", got, newest)
		}
		for i := range 3 { // all at one moment
			last = b.chat(t, after(last, b.say(fmt.Sprint("More ", i))))
		}
		var bodies []string
		list := &api.ListMessagesInput{ApplicationID: b.app, ConversationID: *last.ConversationID, MaxResults: new(int32(3))}
		for {
			out := must(t, b, api.ListMessages, list)
			for _, m := range out.Messages {
				bodies = append(bodies, *m.Body)
			}
			if list.NextToken = out.NextToken; list.NextToken == nil {
				break
			}
		}
		if want := []string{"Well.", "More 2", "Well.", "More 1", "Well.", "More 0", "Well.", "Talk 4"}; !slices.Equal(bodies, want) {
			t.Errorf("got %q, want %q", bodies, want)
		}
	})
}

func TestAPageTokenIsOfOneList(t *testing.T) {
	chatty(t, func(t *testing.T, b *bench) {
		first := b.chat(t, b.say("a"))
		b.chat(t, b.say("b"))
		conversations := must(t, b, api.ListConversations, &api.ListConversationsInput{ApplicationID: b.app, MaxResults: new(int32(1))}).NextToken
		messages := must(t, b, api.ListMessages, &api.ListMessagesInput{ApplicationID: b.app, ConversationID: *first.ConversationID, MaxResults: new(int32(1))}).NextToken
		_, err := try(t, b, api.ListConversations, &api.ListConversationsInput{ApplicationID: b.app, UserID: new("bob"), NextToken: conversations})
		optest.Refused(t, err, optest.Invalid("nextToken"))
		_, err = try(t, b, api.ListConversations, &api.ListConversationsInput{ApplicationID: b.app, NextToken: messages})
		optest.Refused(t, err, optest.Invalid("nextToken"))
		_, err = try(t, b, api.ListMessages, &api.ListMessagesInput{ApplicationID: b.app, ConversationID: noMessage, NextToken: messages})
		optest.Refused(t, err, optest.Invalid("nextToken"))
	})
}

func TestTitles(t *testing.T) {
	for text, want := range map[string]string{
		"Hello":                     "Hello",
		"  two\n lines ":            "two lines",
		strings.Repeat("word ", 30): strings.TrimSpace(strings.Repeat("word ", 12)) + "…",
		strings.Repeat("ä", 61):     strings.Repeat("ä", 60) + "…",
		strings.Repeat("ä", 60):     strings.Repeat("ä", 60),
	} {
		if got := title(text); got != want {
			t.Errorf("title(%q) = %q, want %q", text, got, want)
		}
	}
}

// rows counts what the family keeps.
func (b *bench) rows(t *testing.T) (n int) {
	t.Helper()
	err := b.DB.View(t.Context(), func(tx *store.Tx) error {
		for _, table := range []string{"conversation", "message", "answer", "turn", "feedback", "attachment", "attachment_part"} {
			var k int
			if err := tx.Row(`SELECT COUNT(*) FROM `+table+` WHERE tenant = $1`, b.caller.Tenant()).Scan(&k); err != nil {
				return err
			}
			n += k
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestADeletedConversationIsGone(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		stays := b.chat(t, b.say("List the tickets"))
		kept := b.rows(t)
		gone := b.chat(t, withToken("1", b.say("List the tickets")))
		gone = b.chat(t, withToken("2", after(gone, b.say("List the tickets"))))
		in := &api.DeleteConversationInput{ApplicationID: b.app, ConversationID: *gone.ConversationID}
		must(t, b, api.DeleteConversation, in)
		_, err := try(t, b, api.DeleteConversation, in)
		optest.Refused(t, err, absent(*gone.ConversationID))
		_, err = try(t, b, api.ListMessages, &api.ListMessagesInput{ApplicationID: b.app, ConversationID: *gone.ConversationID})
		optest.Refused(t, err, absent(*gone.ConversationID))
		_, err = try(t, b, api.ChatSync, after(gone, b.say("List the tickets")))
		optest.Refused(t, err, absent(*gone.ConversationID))
		b.work(t)
		if n := b.rows(t); n != kept {
			t.Errorf("%d rows, want %d", n, kept)
		}
		if n := len(b.bodies(t, stays)); n != 2 {
			t.Errorf("the other conversation has %d messages", n)
		}
	})
}

func TestIdleConversationsExpire(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		b.work(t)
		idle := b.chat(t, b.say("List the tickets"))
		b.clock.Advance(time.Hour)
		lively := b.chat(t, b.say("List the tickets"))
		b.clock.Advance(Life - time.Hour - time.Second)
		b.work(t)
		if n := len(b.bodies(t, idle)); n != 2 {
			t.Errorf("a second before its time: %d messages", n)
		}
		b.clock.Advance(time.Second)
		b.clock.Advance(time.Hour - time.Second)
		b.work(t)
		_, err := try(t, b, api.ListMessages, &api.ListMessagesInput{ApplicationID: b.app, ConversationID: *idle.ConversationID})
		optest.Refused(t, err, absent(*idle.ConversationID))
		if n := len(b.bodies(t, lively)); n != 2 {
			t.Errorf("the other one has %d messages", n)
		}
		b.clock.Advance(2 * time.Hour)
		b.work(t)
		if n := b.rows(t); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

func TestADeletedApplicationTakesItsConversations(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		for i := range 3 {
			out := b.chat(t, withToken(fmt.Sprint(i), as(fmt.Sprint("user", i), b.say("List the tickets"))))
			b.chat(t, as(fmt.Sprint("user", i), after(out, b.say("List the tickets"))))
		}
		err := b.DB.Update(t.Context(), func(tx *store.Tx) error {
			more, err := PurgeApplication(tx, b.caller.Tenant(), b.app, 4)
			if !more {
				t.Error("4 rows of 24 and no more")
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if n := b.rows(t); n != 3+12+6+3-4 {
			t.Errorf("%d rows after 4 were removed", n)
		}
		must(t, b, api.DeleteApplication, &api.DeleteApplicationInput{ApplicationID: b.app})
		b.work(t)
		if n := b.rows(t); n != 0 {
			t.Errorf("%d rows are left", n)
		}
	})
}

func TestListsOfAnApplicationThatIsNotThere(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		want := fault.Error{Code: fault.ResourceNotFound, ResourceType: "application", ResourceID: noMessage}
		_, err := try(t, b, api.ListConversations, &api.ListConversationsInput{ApplicationID: noMessage})
		optest.Refused(t, err, want)
		_, err = try(t, b, api.ListMessages, &api.ListMessagesInput{ApplicationID: noMessage, ConversationID: noMessage})
		optest.Refused(t, err, want)
		_, err = try(t, b, api.DeleteConversation, &api.DeleteConversationInput{ApplicationID: noMessage, ConversationID: noMessage})
		optest.Refused(t, err, want)
	})
}
