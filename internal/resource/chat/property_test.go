package chat

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
)

// trial is one random life of a user: what was asked for, what was confirmed,
// and what has arrived at the desk meanwhile.
type trial struct {
	*bench

	user      string
	forms     []*api.ChatSyncOutput
	confirmed map[string]attempt // by the subject of the ticket, which is unique
	sent      []*api.ChatSyncInput
	seen      int // tickets of the desk that were looked at
	done      map[string]bool
}

// attempt is a confirmation that a client has sent.
type attempt struct {
	form string // ID of its message
	body string // what has to be sent for it, and nothing else
	good bool   // it confirms the form as it was shown
}

// TestNothingIsSentUnconfirmedOrTwice lets clients ask, confirm rightly and
// wrongly, repeat themselves and switch users, while the third party fails and
// servers die: whatever is sent was confirmed in exactly that form, and no form
// is sent twice.
func TestNothingIsSentUnconfirmedOrTwice(t *testing.T) {
	clock := storetest.NewClock()
	db, err := store.Open(t.Context(), store.Config{Now: clock.Now}) // its statements are linted elsewhere
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	b := newBench(t, db, clock)
	rapid.Check(t, func(rt *rapid.T) {
		b.desk.set(func(d *desk) { d.status, d.tickets, d.login = 0, nil, rapid.IntRange(0, 3).Draw(rt, "login") == 0 })
		l := &trial{bench: b, user: uuid.NewString(), confirmed: map[string]attempt{}, done: map[string]bool{}}
		rt.Repeat(map[string]func(*rapid.T){
			"":         l.check,
			"ask":      l.ask,
			"read":     l.read,
			"confirm":  l.confirmOne,
			"confirm!": l.confirmOne, // twice as often as the rest
			"repeat":   l.repeat,
			"sign in":  l.signInSomewhere,
			"sign out": func(*rapid.T) { b.desk.set(func(d *desk) { clear(d.users) }) },
			"fail": func(rt *rapid.T) {
				status := rapid.SampledFrom([]int{0, 0, 0, 0, 422, 408, 503}).Draw(rt, "status")
				b.desk.set(func(d *desk) { d.status = status })
			},
			"wait": func(rt *rapid.T) {
				b.clock.Advance(rapid.SampledFrom([]time.Duration{leaseTime, leaseTime, leaseTime, leaseTime, FormLife}).Draw(rt, "time"))
			},
			"job": func(rt *rapid.T) {
				if _, err := b.Jobs.RunDue(t.Context()); err != nil {
					rt.Fatal(err)
				}
			},
		})
	})
}

// send sends a request, of which the server may die.
func (l *trial) send(rt *rapid.T, in *api.ChatSyncInput) *api.ChatSyncOutput {
	if in.UserID == nil {
		in.UserID = &l.user
	}
	l.sent = append(l.sent, in)
	death := rapid.SampledFrom([]string{"", "", "before", "after"}).Draw(rt, "death")
	l.desk.set(func(d *desk) {
		die := func() { panic(errKilled) }
		switch death {
		case "before":
			d.before = die
		case "after":
			d.after = die
		}
	})
	defer func() {
		if got := recover(); got != nil && got != any(errKilled) {
			panic(got)
		} else if got != nil {
			l.start(l.DB)
		}
		l.desk.set(func(d *desk) { d.before, d.after = nil, nil })
	}()
	out, err := l.through(rt, in)
	if err != nil {
		if f := fault.As(err); f == nil || f.Code == fault.Internal {
			rt.Fatalf("%v: %v", err, errors.Unwrap(err))
		}
		return nil
	}
	return out
}

// through sends a request through one of the two operations that take it.
func (l *trial) through(rt *rapid.T, in *api.ChatSyncInput) (*api.ChatSyncOutput, error) {
	if rapid.Bool().Draw(rt, "sync") {
		out, err := l.Registry.Call(rt.Context(), l.caller, api.ChatSync.Route, in)
		if err != nil {
			return nil, err
		}
		return out.(*api.ChatSyncOutput), nil
	}
	to, events := streamed(in)
	if err := l.Registry.Stream(rt.Context(), l.caller, api.Chat.Route, to, events); err != nil {
		return nil, err
	}
	return events.collected(), nil
}

// somewhere puts a message into a new conversation, or behind a form.
func (l *trial) somewhere(rt *rapid.T, in *api.ChatSyncInput) *api.ChatSyncInput {
	if i := rapid.IntRange(-1, len(l.forms)-1).Draw(rt, "behind"); i >= 0 {
		in.ConversationID = l.forms[i].ConversationID
	}
	if rapid.Bool().Draw(rt, "token") {
		in.ClientToken = new(uuid.NewString())
	}
	return in
}

func (l *trial) ask(rt *rapid.T) {
	out := l.send(rt, l.somewhere(rt, l.say("Create a ticket with priority high")))
	if out != nil && out.ActionReview != nil {
		l.forms = append(l.forms, out)
	}
}

func (l *trial) read(rt *rapid.T) { l.send(rt, l.somewhere(rt, l.say("List the tickets"))) }

// confirmOne confirms a form, rightly or not.
func (l *trial) confirmOne(rt *rapid.T) {
	if len(l.forms) == 0 {
		rt.Skip("no form")
	}
	form := rapid.SampledFrom(l.forms[max(0, len(l.forms)-2):]).Draw(rt, "form")
	subject := uuid.NewString()
	priority := rapid.SampledFrom([]string{"low", "high"}).Draw(rt, "priority")
	in := l.confirm(form, map[string]string{"subject": fmt.Sprintf("%q", subject), "priority": fmt.Sprintf("%q", priority)})
	a := attempt{form: *form.SystemMessageID, body: fmt.Sprintf(`{"priority":%q,"source":"parley","subject":%q}`, priority, subject)}
	switch rapid.SampledFrom([]string{"right", "right", "right", "right", "right", "key", "separator", "plugin", "parent", "user"}).Draw(rt, "how") {
	case "right":
		a.good = true
	case "key":
		in.ActionExecution.Payload["source"] = api.ActionExecutionPayloadField{Value: json.RawMessage(`"evil"`)}
	case "separator":
		in.ActionExecution.PayloadFieldNameSeparator = "/"
	case "plugin":
		in.ActionExecution.PluginID = otherID
	case "parent":
		in.ParentMessageID = form.UserMessageID
	case "user":
		in.UserID = new("mallory")
	}
	if rapid.Bool().Draw(rt, "token") {
		in.ClientToken = new(uuid.NewString())
	}
	l.confirmed[subject] = a
	l.send(rt, in)
}

// repeat sends a request again as it was, as clients do that got no answer.
func (l *trial) repeat(rt *rapid.T) {
	if len(l.sent) == 0 {
		rt.Skip("nothing was sent")
	}
	in := *rapid.SampledFrom(l.sent).Draw(rt, "again")
	if out := l.send(rt, &in); out != nil && out.ActionReview != nil {
		l.forms = append(l.forms, out)
	}
}

func (l *trial) signInSomewhere(rt *rapid.T) {
	if len(l.forms) == 0 {
		rt.Skip("no form")
	}
	in := l.signIn(rapid.SampledFrom(l.forms).Draw(rt, "form"), rapid.SampledFrom([]string{"good", "good", "bad"}).Draw(rt, "code"))
	in.ParentMessageID = nil
	l.send(rt, in)
}

// check looks at what has arrived at the desk since the last look.
func (l *trial) check(rt *rapid.T) {
	made := l.desk.made()
	for _, body := range made[l.seen:] {
		var ticket struct{ Subject string }
		if err := json.Unmarshal([]byte(body), &ticket); err != nil {
			rt.Fatal(err)
		}
		a, ok := l.confirmed[ticket.Subject]
		if !ok || !a.good {
			rt.Fatalf("sent without a confirmation: %s", body)
		}
		var got, want map[string]string
		if json.Unmarshal([]byte(body), &got) != nil || json.Unmarshal([]byte(a.body), &want) != nil || fmt.Sprint(got) != fmt.Sprint(want) {
			rt.Fatalf("confirmed was %s, sent %s", a.body, body)
		}
		if l.done[a.form] {
			rt.Fatalf("sent twice: %s", body)
		}
		l.done[a.form] = true
	}
	l.seen = len(made)
}
