package login

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/seal"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/plugin/login/oauthtest"
)

const (
	unknownText = "This is not the state of a sign-in that is under way here. Ask again in the chat to begin a new one."
	expiredText = "The sign-in was not finished within 10 minutes. Ask again in the chat to begin a new one."
	spentText   = "The sign-in was used already. If it did not succeed, ask again in the chat to begin a new one."
)

// field is how a Validation error tells of one member of the responseMap.
func field(member, text string) string {
	return "authChallengeResponse.responseMap." + member + ": " + text
}

func TestRespondRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			name   string
			change func(h *Holder, conversation *string, m map[string]string)
			member string
			text   string
		}{
			{"no state", func(_ *Holder, _ *string, m map[string]string) { delete(m, "state") }, "state", "The state is missing that was in the authorization URL."},
			{"no code", func(_ *Holder, _ *string, m map[string]string) { delete(m, "code") }, "code", "The code is missing that the third party gave for the sign-in."},
			{"another's state", func(_ *Holder, _ *string, m map[string]string) { m["state"] = "xyz" }, "state", unknownText},
			{"an altered state", func(_ *Holder, _ *string, m map[string]string) { m["state"] = "B" + m["state"][1:] }, "state", unknownText},
			{"a long state", func(_ *Holder, _ *string, m map[string]string) { m["state"] = strings.Repeat("A", 1<<20) }, "state", unknownText},
			{"another user", func(h *Holder, _ *string, _ map[string]string) { h.User = "eve@example.com" }, "state", unknownText},
			{"another plugin", func(h *Holder, _ *string, _ map[string]string) { h.Plugin = "plugin-2" }, "state", unknownText},
			{"another application", func(h *Holder, _ *string, _ map[string]string) { h.Application = "app-2" }, "state", unknownText},
			{"another tenant", func(h *Holder, _ *string, _ map[string]string) { h.Tenant = "444455556666:us-east-1" }, "state", unknownText},
			{"another conversation", func(_ *Holder, conversation *string, _ map[string]string) { *conversation = "other" }, "state", unknownText},
			{"a URL that is none", func(_ *Holder, _ *string, m map[string]string) { m["redirectUrl"] = "%zz" }, "redirectUrl", "It is not the URL that the browser was sent to after the sign-in."},
			{"a URL with two states", func(_ *Holder, _ *string, m map[string]string) {
				delete(m, "state")
				m["url"] = "https://x.example.com/?state=a&state=b"
			}, "state", "It is there twice."},
		} {
			t.Run(c.name, func(t *testing.T) {
				before := w.third.Requests("")
				h, conversation, m := holder(), chat, first(w.third.Visit(w.challenged(t, w.target())))
				right := maps.Clone(m)
				c.change(&h, &conversation, m)
				err := w.Respond(t.Context(), h, conversation, w.target(), m)
				w.says(t, err, fault.Validation, field(c.member, c.text))
				if f := fault.As(err); len(f.Fields) != 1 || f.Fields[0].Name != "authChallengeResponse.responseMap."+c.member || f.Reason != fault.FieldValidationFailed {
					t.Errorf("%s %v", f.Reason, f.Fields)
				}
				if n := w.third.Requests("") - before; n != 0 {
					t.Errorf("%d token requests", n)
				}
				// None of it spoils the sign-in.
				if err := w.Respond(t.Context(), holder(), chat, w.target(), right); err != nil {
					t.Error(err)
				}
				if err := w.Forget(t.Context(), holder()); err != nil {
					t.Error(err)
				}
			})
		}
	})
}

func TestAStateIsGoodOnceAndForTenMinutes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		m := first(w.third.Visit(w.challenged(t, w.target())))
		w.clock.Advance(10*time.Minute - time.Microsecond)
		if err := w.Respond(t.Context(), holder(), chat, w.target(), m); err != nil {
			t.Fatal(err)
		}
		w.says(t, w.Respond(t.Context(), holder(), chat, w.target(), m), fault.Validation, field("state", spentText))
		m["code"] = "another"
		w.says(t, w.Respond(t.Context(), holder(), chat, w.target(), m), fault.Validation, field("state", spentText))

		m = first(w.third.Visit(w.challenged(t, w.target("more"))))
		w.clock.Advance(10 * time.Minute)
		w.says(t, w.Respond(t.Context(), holder(), chat, w.target(), m), fault.Validation, field("state", expiredText))
		if n := w.third.Requests(""); n != 1 {
			t.Errorf("%d token requests, want 1", n)
		}
	})
}

func TestTheWholeURLWillDo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, name := range []string{"redirectUrl", "url"} {
			query := w.third.Visit(w.challenged(t, w.target(name)))
			err := w.Respond(t.Context(), holder(), chat, w.target(), map[string]string{name: w.third.Redirect + "?" + query.Encode()})
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

func TestTheBrowserMayLandAtParley(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			name string
			keep []string
		}{{"code and state", []string{"code", "state"}}, {"state alone", []string{"state"}}} {
			t.Run(c.name, func(t *testing.T) {
				before := w.third.Requests("")
				query := w.third.Visit(w.challenged(t, w.target(c.name)))
				got, err := w.Callback(t.Context(), query)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(Landed{Plugin: "helpdesk", User: "ann@example.com"}, got); diff != "" {
					t.Error(diff)
				}
				_, err = w.Callback(t.Context(), query)
				w.says(t, err, fault.Validation, spentText)

				w.clock.Advance(9 * time.Minute) // to come back to the chat
				m := map[string]string{}
				for _, k := range c.keep {
					m[k] = query.Get(k)
				}
				eve := holder()
				eve.User = "eve@example.com"
				w.says(t, w.Respond(t.Context(), eve, chat, w.target(), m), fault.Validation, field("state", unknownText))
				if err := w.Respond(t.Context(), holder(), chat, w.target(), m); err != nil {
					t.Fatal(err)
				}
				w.says(t, w.Respond(t.Context(), holder(), chat, w.target(), m), fault.Validation, field("state", spentText))
				if n := w.third.Requests("") - before; n != 1 {
					t.Errorf("%d token requests, want 1", n)
				}
				w.pass(t, w.target(c.name))
			})
		}
	})
}

func TestCallbackRefuses(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for query, want := range map[string]string{
			"":                                   "The state is missing that was in the authorization URL.",
			"code=1":                             "The state is missing that was in the authorization URL.",
			"code=1&state=2":                     unknownText,
			"code=1&state=2&code=3":              "It is there twice.",
			"error=access_denied&state=<script>": unknownText,
		} {
			q, err := url.ParseQuery(query)
			if err != nil {
				t.Fatal(err)
			}
			_, err = w.Callback(t.Context(), q)
			w.says(t, err, fault.Validation, want)
		}
		query := w.third.Visit(w.challenged(t, w.target()))
		w.clock.Advance(10 * time.Minute)
		_, err := w.Callback(t.Context(), query)
		w.says(t, err, fault.Validation, expiredText)
	})
}

func TestAPersonWhoSaysNo(t *testing.T) {
	const declined = "The sign-in for the plugin helpdesk was declined, so nothing was done. Ask again to be sent there once more."
	each(t, func(t *testing.T, w *world) {
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Deny = true })
		m := first(w.third.Visit(w.challenged(t, w.target())))
		w.says(t, w.Respond(t.Context(), holder(), chat, w.target(), m), fault.AccessDenied, declined)
		w.says(t, w.Respond(t.Context(), holder(), chat, w.target(), m), fault.Validation, field("state", spentText))

		_, err := w.Callback(t.Context(), w.third.Visit(w.challenged(t, w.target())))
		w.says(t, err, fault.AccessDenied, declined)

		query := w.third.Visit(w.challenged(t, w.target()))
		query.Set("error", "server_error")
		_, err = w.Callback(t.Context(), query)
		w.says(t, err, fault.ExternalResource, "The authorization server of the plugin helpdesk ended the sign-in with an error: server_error.")

		query = w.third.Visit(w.challenged(t, w.target()))
		query.Set("error", oauthtest.Canary)
		_, err = w.Callback(t.Context(), query)
		w.says(t, err, fault.ExternalResource, "The authorization server of the plugin helpdesk ended the sign-in with an error: an unknown error.")
	})
}

func TestACodeIsExchangedOnceWhoeverBringsIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		query := w.third.Visit(w.challenged(t, w.target()))
		servers := []*Service{w.Service, w.server(), w.server()}
		var went atomic.Int64
		var all sync.WaitGroup
		for i := range 30 {
			all.Go(func() {
				err := servers[i%3].Respond(t.Context(), holder(), chat, w.target(), first(query))
				if err == nil {
					went.Add(1)
					return
				}
				w.says(t, err, fault.Validation, field("state", spentText))
			})
		}
		all.Wait()
		if went.Load() != 1 || w.third.Requests("") != 1 {
			t.Errorf("%d went well with %d token requests, want 1 and 1", went.Load(), w.third.Requests(""))
		}
		w.pass(t, w.target())
	})
}

func TestASignInSurvivesARestart(t *testing.T) {
	clock := storetest.NewClock()
	storetest.EachConfig(t, func(t *testing.T, c store.Config) {
		c.Now = clock.Now
		open := func() *store.DB {
			db, err := store.Open(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			return db
		}
		db := open()
		w := newWorld(t, db, clock)
		query := w.third.Visit(w.challenged(t, w.target()))
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		w.DB = open()
		w.Roles.Principals.DB = w.DB
		defer w.DB.Close()
		if err := w.Respond(t.Context(), holder(), chat, w.target(), first(query)); err != nil {
			t.Fatal(err)
		}
		w.pass(t, w.target())

		// Under another master key nobody made that state.
		query = w.third.Visit(w.challenged(t, w.target("more")))
		w.Keys = seal.Random()
		w.says(t, w.Respond(t.Context(), holder(), chat, w.target(), first(query)), fault.Validation, field("state", unknownText))
	})
}

func TestAServerThatDiesInTheExchangeIsReplaced(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		query := w.third.Visit(w.challenged(t, w.target()))
		r, err := readQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := w.locate(r.state)
		if _, is, err := w.server().step(t.Context(), at, r, landed); err != nil || is.stage != exchanging {
			t.Fatalf("%s %v", is.stage, err)
		}
		survivor := w.server()
		survivor.Wait = wait(func() { w.clock.Advance(leaseTime / 2) })
		if err := survivor.Respond(t.Context(), holder(), chat, w.target(), first(query)); err != nil {
			t.Fatal(err)
		}
		w.pass(t, w.target())
	})
}

func TestAnExchangeGoesOnWithoutItsCaller(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		query := w.third.Visit(w.challenged(t, w.target()))
		ctx, leave := context.WithCancel(t.Context())
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Hold = func(*http.Request) { leave() } })
		if err := w.Respond(ctx, holder(), chat, w.target(), first(query)); err != nil {
			t.Fatal(err)
		}
		w.pass(t, w.target())
	})
}

func TestARenewalGoesOnWithoutItsCaller(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Life, b.Rotate = 3600, true })
		w.signIn(t, w.target())
		w.clock.Advance(time.Hour)
		ctx, leave := context.WithCancel(t.Context())
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Hold = func(*http.Request) { leave() } })
		if _, err := w.Authorize(ctx, holder(), chat, w.target()); err != nil && !errors.Is(err, ctx.Err()) {
			t.Fatal(err)
		}
		w.pass(t, w.target()) // with the token that the first one left behind
		if n := w.third.Requests("refresh_token"); n != 1 {
			t.Errorf("%d renewals, want 1", n)
		}
	})
}

func TestAnotherSecretEndsASignIn(t *testing.T) {
	const text = "The plugin helpdesk was given another secret while you signed in. Ask again to sign in anew."
	each(t, func(t *testing.T, w *world) {
		query := w.third.Visit(w.challenged(t, w.target()))
		target := w.target()
		target.Auth.OAuth2ClientCredentialConfiguration.SecretARN += "2"
		w.says(t, w.Respond(t.Context(), holder(), chat, target, first(query)), fault.ExternalResource, text)
		w.vault.put(`{"client_id":"other","client_secret":"x","redirect_uri":"https://chat.example.com/oauth/callback"}`)
		w.says(t, w.Respond(t.Context(), holder(), chat, w.target(), first(query)), fault.ExternalResource, text)
		if n := w.third.Requests(""); n != 0 {
			t.Errorf("%d token requests", n)
		}
	})
}

func TestNoTokensForAPluginThatWasDeletedMeanwhile(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		query := w.third.Visit(w.challenged(t, w.target()))
		w.third.Behave(func(b *oauthtest.Behaviour) {
			b.Hold = func(*http.Request) {
				err := w.DB.Update(t.Context(), func(tx *store.Tx) error {
					return w.PurgePlugin(tx, tenant, "app-1", "plugin-1")
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
		_, err := w.Callback(t.Context(), query)
		w.says(t, err, fault.Validation, unknownText)
		w.challenged(t, w.target())
	})
}
