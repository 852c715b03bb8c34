package chat

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op/optest"
	"github.com/parleyhq/parley/internal/platform/store"
)

// locked is a desk that wants a login.
func locked(t *testing.T, test func(t *testing.T, b *bench)) {
	t.Helper()
	each(t, func(t *testing.T, b *bench) {
		b.desk.set(func(d *desk) { d.login = true })
		test(t, b)
	})
}

func TestAReadWaitsForTheSignIn(t *testing.T) {
	locked(t, func(t *testing.T, b *bench) {
		out := b.chat(t, b.say("List the open tickets"))
		if out.AuthChallengeRequest == nil || out.AuthChallengeRequest.AuthorizationURL != loginAt {
			t.Fatalf("%+v", out)
		}
		if want := "Sign in to Desk first: then the answer follows."; *out.SystemMessage != want {
			t.Errorf("%s", *out.SystemMessage)
		}
		_, err := try(t, b, api.ChatSync, b.signIn(out, "bad"))
		optest.Refused(t, err, optest.Invalid("authChallengeResponse.responseMap"))
		done := b.chat(t, b.signIn(out, "good"))
		if !strings.HasPrefix(*done.SystemMessage, "| id |") {
			t.Errorf("%s", *done.SystemMessage)
		}
		if !slices.Equal(b.desk.calls, []string{"GET /tickets?status=open"}) {
			t.Errorf("calls %q", b.desk.calls)
		}
		if diff := cmp.Diff([]string{"List the open tickets", *out.SystemMessage, "Signed in.", *done.SystemMessage}, b.bodies(t, out)); diff != "" {
			t.Error(diff)
		}
		_, err = try(t, b, api.ChatSync, b.signIn(out, "good"))
		optest.Refused(t, err, optest.Invalid("authChallengeResponse"))
		b.chat(t, after(done, b.say("List the tickets"))) // the login holds
	})
}

func TestAConfirmedWriteWaitsForTheSignIn(t *testing.T) {
	locked(t, func(t *testing.T, b *bench) {
		form := b.form(t)
		out := b.chat(t, b.confirm(form, map[string]string{"priority": `"low"`}))
		if out.AuthChallengeRequest == nil || b.desk.arrived() != 0 {
			t.Fatalf("%+v", out)
		}
		if want := "Sign in to Desk first: then what you confirmed is sent; nothing has been sent yet."; *out.SystemMessage != want {
			t.Errorf("%s", *out.SystemMessage)
		}
		_, err := try(t, b, api.ChatSync, b.confirm(form, nil))
		optest.Refused(t, err, conflict("message", *form.SystemMessageID))
		done := b.chat(t, b.signIn(out, "good"))
		if !strings.HasPrefix(*done.SystemMessage, "Done: ") || len(b.desk.made()) != 1 {
			t.Fatalf("%s, made %q", *done.SystemMessage, b.desk.made())
		}
		same(t, b.desk.made()[0], `{"subject":"Printer on fire","priority":"low","source":"parley"}`)
		again := b.signIn(out, "good")
		_, err = try(t, b, api.ChatSync, again)
		optest.Refused(t, err, optest.Invalid("authChallengeResponse"))
		if len(b.desk.made()) != 1 {
			t.Error("sent twice")
		}
	})
}

// The reference has the client repeat the parentMessageId of the request that
// was challenged; clients that name the challenge's own message are right too.
func TestWhereASignInBelongs(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.desk.set(func(d *desk) { d.login = true })
		form := b.form(t)
		for name, parent := range map[string]func(out *api.ChatSyncOutput) *string{
			"the challenge":       func(out *api.ChatSyncOutput) *string { return out.SystemMessageID },
			"what was challenged": func(*api.ChatSyncOutput) *string { return form.SystemMessageID },
			"not said":            func(*api.ChatSyncOutput) *string { return nil },
		} {
			t.Run(name, func(t *testing.T) {
				b.desk.set(func(d *desk) { clear(d.users) })
				form = b.form(t)
				out := b.chat(t, b.confirm(form, nil))
				in := b.signIn(out, "good")
				in.ParentMessageID = new(noMessage)
				_, err := try(t, b, api.ChatSync, in)
				optest.Refused(t, err, optest.Invalid("parentMessageId"))
				in.ParentMessageID = parent(out)
				b.chat(t, in)
			})
		}
	})
}

func TestSignInsThatAreRefused(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.desk.set(func(d *desk) { d.login = true })
		out := b.chat(t, b.say("List the tickets"))
		_, err := try(t, b, api.ChatSync, as("bob", b.signIn(out, "good")))
		optest.Refused(t, err, absent(*out.ConversationID))
		in := b.signIn(out, "good")
		in.ChatModeConfiguration = &api.ChatModeConfiguration{PluginConfiguration: &api.PluginConfiguration{PluginID: otherID}}
		_, err = try(t, b, api.ChatSync, in)
		optest.Refused(t, err, optest.Invalid("chatModeConfiguration.pluginConfiguration.pluginId"))
		document := b.desk.document
		b.desk.set(func(d *desk) {
			d.document = strings.Replace(d.document, "operationId: listTickets", "operationId: tickets", 1)
		})
		_, err = try(t, b, api.ChatSync, b.signIn(out, "good"))
		optest.Refused(t, err, conflict("plugin", deskID))
		b.desk.set(func(d *desk) { d.document = document })
		b.clock.Advance(FormLife)
		_, err = try(t, b, api.ChatSync, b.signIn(out, "good"))
		optest.Refused(t, err, conflict("message", *out.SystemMessageID))
	})
}

// Nothing of a login is in what a conversation keeps.
func TestMessagesHoldNothingOfALogin(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.desk.set(func(d *desk) { d.login = true })
		out := b.chat(t, b.say("List the tickets"))
		b.chat(t, b.signIn(out, "good"))
		var docs strings.Builder
		err := b.DB.View(t.Context(), func(tx *store.Tx) error {
			for _, query := range []string{
				`SELECT doc FROM message WHERE tenant = $1`, `SELECT doc FROM conversation WHERE tenant = $1`, `SELECT doc FROM answer WHERE tenant = $1`,
			} {
				err := tx.Each(query, []any{b.caller.Tenant()}, func(r *store.Rows) error {
					var doc string
					err := r.Scan(&doc)
					docs.WriteString(doc)
					return err
				})
				if err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil || docs.Len() == 0 {
			t.Fatalf("%d bytes, %v", docs.Len(), err)
		}
		shown, err := json.Marshal(b.messages(t, out))
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"canary", "login.example.com", `"code"`, "good"} {
			if strings.Contains(docs.String(), secret) || strings.Contains(string(shown), secret) {
				t.Errorf("%q is kept", secret)
			}
		}
	})
}
