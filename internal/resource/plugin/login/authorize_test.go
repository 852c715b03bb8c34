package login

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/plugin/catalogue"
	"github.com/parleyhq/parley/internal/resource/plugin/login/oauthtest"
)

func TestAPersonSignsInOnceAndIsThenAuthorized(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		target := w.target("tickets:read")
		w.signIn(t, target)
		for range 3 {
			if status := w.third.Call(w.pass(t, target).Apply); status != 200 {
				t.Errorf("the API answered %d", status)
			}
		}
		if n := w.third.Requests(""); n != 1 {
			t.Errorf("%d token requests, want 1", n)
		}
		other := holder()
		other.User = "bob@example.com"
		if _, err := w.Authorize(t.Context(), other, chat, target); err == nil || fault.As(err) != nil {
			t.Errorf("another user: %v, want a challenge", err)
		}
	})
}

func TestAuthorizationURL(t *testing.T) {
	w := newWorld(t, storetest.New(t), storetest.NewClock())
	for _, c := range []struct {
		name   string
		change func(target *Target)
		want   map[string][]string
	}{
		{"of the document", func(*Target) {}, map[string][]string{"scope": {"tickets:read tickets:write"}}},
		{"without scopes", func(target *Target) { target.Security[0].Schemes[0].Scopes = nil }, map[string][]string{}},
		{"with a query of its own", func(target *Target) {
			target.Schemes[0].AuthorizationURL += "?audience=api.example.com&prompt=consent&scope=old"
		}, map[string][]string{"scope": {"tickets:read tickets:write"}, "audience": {"api.example.com"}, "prompt": {"consent"}}},
		{"of the authConfiguration", func(target *Target) {
			target.Auth.OAuth2ClientCredentialConfiguration.AuthorizationURL = new(w.third.URL + "/authorize?tenant=1")
		}, map[string][]string{"scope": {"tickets:read tickets:write"}, "tenant": {"1"}}},
		{"relative to the server", func(target *Target) { target.Schemes[0].AuthorizationURL = "/authorize" },
			map[string][]string{"scope": {"tickets:read tickets:write"}}},
		{"of a built-in type", func(target *Target) {
			target.Server = w.third.URL
			target.Type = catalogue.Type{Name: "ASANA", AuthorizationURL: "{server}/authorize", TokenURL: "{server}/token", Scopes: []string{"default", "email"}}
		}, map[string][]string{"scope": {"default email"}}},
		{"with what a vendor is known to need", func(target *Target) {
			target.Server = w.third.URL
			target.Type = catalogue.Type{Name: "GOOGLE_CALENDAR", AuthorizationURL: w.third.URL + "/authorize?access_type=offline&prompt=consent", TokenURL: "{server}/token"}
			target.Auth.OAuth2ClientCredentialConfiguration.AuthorizationURL = new(w.third.URL + "/authorize?prompt=none")
		}, map[string][]string{"access_type": {"offline"}, "prompt": {"none"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			target := w.target("tickets:read", "tickets:write")
			c.change(&target)
			u, err := url.Parse(w.challenged(t, target))
			if err != nil {
				t.Fatal(err)
			}
			if got := u.Scheme + "://" + u.Host + u.Path; got != w.third.URL+"/authorize" {
				t.Errorf("the person is sent to %s", got)
			}
			got := map[string][]string(u.Query())
			c.want["response_type"], c.want["client_id"], c.want["redirect_uri"] = []string{"code"}, []string{w.third.ID}, []string{w.third.Redirect}
			c.want["state"] = got["state"]
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if len(u.String()) > 2048 {
				t.Errorf("%d characters, more than authChallengeRequest can hold", len(u.String()))
			}
		})
	}
}

func TestTheSecretMayLeaveTheRedirectURIToTheServer(t *testing.T) {
	w := newWorld(t, storetest.New(t), storetest.NewClock())
	w.vault.put(`{"client_id":"parley-client","client_secret":"s"}`)
	_, err := w.Authorize(t.Context(), holder(), chat, w.target())
	w.says(t, err, fault.ExternalResource, "The plugin helpdesk cannot be authorized: the secret "+arn+" has no key redirect_uri.")
	w.CallbackURL = "https://parley.example.com/oauth/callback"
	if u := w.challenged(t, w.target()); !strings.Contains(u, "redirect_uri=https%3A%2F%2Fparley.example.com%2Foauth%2Fcallback") {
		t.Errorf("the person is sent to %s", u)
	}
}

func TestAnActionThatNeedsMoreScopesAsksForAllOfThem(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signIn(t, w.target("read"))
		u, err := url.Parse(w.challenged(t, w.target("write")))
		if err != nil || u.Query().Get("scope") != "read write" {
			t.Errorf("scope %q, %v", u.Query().Get("scope"), err)
		}
		w.signIn(t, w.target("write"))
		for _, scope := range []string{"read", "write"} {
			w.pass(t, w.target(scope))
		}
	})
}

func TestATokenIsRenewedOneMinuteBeforeItExpires(t *testing.T) {
	for _, rotate := range []bool{false, true} {
		t.Run(fmt.Sprintf("rotation %t", rotate), func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				w.third.Behave(func(b *oauthtest.Behaviour) { b.Life, b.Rotate = 3600, rotate })
				target := w.target()
				w.signIn(t, target)
				for n := 1; n <= 3; n++ {
					w.clock.Advance(59*time.Minute - time.Microsecond)
					w.pass(t, target)
					if got := w.third.Requests("refresh_token"); got != n-1 {
						t.Fatalf("%d renewals with a minute left, want %d", got, n-1)
					}
					w.clock.Advance(time.Microsecond)
					if status := w.third.Call(w.pass(t, target).Apply); status != 200 {
						t.Errorf("the API answered %d", status)
					}
					if got := w.third.Requests("refresh_token"); got != n {
						t.Fatalf("%d renewals, want %d", got, n)
					}
				}
			})
		})
	}
}

func TestATokenOfAShortLifeIsUsedForHalfOfIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Life = 20 })
		w.signIn(t, w.target())
		w.clock.Advance(9 * time.Second)
		w.pass(t, w.target())
		if n := w.third.Requests("refresh_token"); n != 0 {
			t.Errorf("%d renewals", n)
		}
	})
}

func TestATokenWithoutAnEndIsUsedUntilItIsRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signIn(t, w.target())
		w.clock.Advance(1000 * 24 * time.Hour)
		p := w.pass(t, w.target())
		if n := w.third.Requests(""); n != 1 {
			t.Errorf("%d token requests", n)
		}
		w.third.RevokeAccess()
		if err := w.Reject(t.Context(), holder(), w.target(), p); err != nil {
			t.Fatal(err)
		}
		if status := w.third.Call(w.pass(t, w.target()).Apply); status != 200 {
			t.Errorf("the API answered %d", status)
		}
	})
}

func TestWithoutARefreshTokenThePersonSignsInAgain(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Life, b.NoRefresh = 3600, true })
		w.signIn(t, w.target("read"))
		p := w.pass(t, w.target("read"))
		if err := w.Reject(t.Context(), holder(), w.target("read"), p); err != nil {
			t.Fatal(err)
		}
		w.challenged(t, w.target("read"))
		w.signIn(t, w.target("read"))
		w.clock.Advance(time.Hour)
		if u := w.challenged(t, w.target()); !strings.Contains(u, "scope=read&") {
			t.Errorf("what was asked for before is not asked for again: %s", u)
		}
		if n := w.third.Requests("refresh_token"); n != 0 {
			t.Errorf("%d renewals", n)
		}
	})
}

func TestARevokedGrantLeadsToANewSignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Life = 3600 })
		w.signIn(t, w.target())
		w.third.Revoke()
		w.clock.Advance(time.Hour)
		w.challenged(t, w.target())
		w.challenged(t, w.target())
		if n := w.third.Requests("refresh_token"); n != 1 {
			t.Errorf("%d renewals were tried, want 1: the grant is dropped", n)
		}
		w.signIn(t, w.target())
		w.pass(t, w.target())
	})
}

func TestATokenThatHoldsOutIsUsedWhileTheServerCannotRenewIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Life = 3600 })
		w.signIn(t, w.target())
		w.third.Behave(func(b *oauthtest.Behaviour) {
			b.Answer = func(url.Values) (int, string) { return 503, oauthtest.Canary }
		})
		w.clock.Advance(59*time.Minute + 30*time.Second)
		if status := w.third.Call(w.pass(t, w.target()).Apply); status != 200 {
			t.Errorf("the API answered %d", status)
		}
		w.clock.Advance(time.Minute)
		_, err := w.Authorize(t.Context(), holder(), chat, w.target())
		w.says(t, err, fault.ExternalResource, "The authorization server URL of the plugin helpdesk gave no token: HTTP 503 without a known error code.")
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Answer = nil })
		w.pass(t, w.target())
	})
}

// TestAHundredCallsRenewOnce is also about three servers on one store.
func TestAHundredCallsRenewOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Life, b.Rotate = 3600, true })
		w.signIn(t, w.target())
		w.clock.Advance(time.Hour)
		servers := []*Service{w.Service, w.server(), w.server()}
		var all sync.WaitGroup
		headers := make([]string, 100)
		for i := range headers {
			all.Go(func() {
				p, err := servers[i%len(servers)].Authorize(t.Context(), holder(), chat, w.target())
				if err != nil {
					t.Error(err)
					return
				}
				headers[i] = header(t, p)
			})
		}
		all.Wait()
		if n := w.third.Requests("refresh_token"); n != 1 {
			t.Errorf("%d renewals, want 1", n)
		}
		for _, h := range headers {
			if h != headers[0] || h == "" {
				t.Fatal("the calls got different tokens")
			}
		}
	})
}

// TestConflictsAskForNoSecondToken has the database refuse one statement or
// commit in five, as a cluster under load does.
func TestConflictsAskForNoSecondToken(t *testing.T) {
	clock := storetest.NewClock()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		w := newWorld(t, db, clock)
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Life, b.Rotate = 3600, true })
		for n := 1; n <= 5; n++ {
			w.signIn(t, w.target(fmt.Sprint(n)))
			w.clock.Advance(time.Hour)
			w.pass(t, w.target())
			reject(t, w, w.target())
			w.pass(t, w.target())
			if codes, renewals := w.third.Requests("authorization_code"), w.third.Requests("refresh_token"); codes != n || renewals != 2*n {
				t.Fatalf("%d codes and %d refresh tokens were sent, want %d and %d", codes, renewals, n, 2*n)
			}
		}
	}, storetest.WithClock(clock.Now), storetest.WithConflicts(1, 0.2))
}

func TestAHundredRefusalsRenewOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Rotate = true })
		w.signIn(t, w.target())
		passes := make([]*Pass, 100)
		for i := range passes {
			passes[i] = w.pass(t, w.target())
		}
		w.third.RevokeAccess()
		servers := []*Service{w.Service, w.server(), w.server()}
		var all sync.WaitGroup
		for i, p := range passes {
			all.Go(func() {
				s := servers[i%len(servers)]
				if err := s.Reject(t.Context(), holder(), w.target(), p); err != nil {
					t.Error(err)
				}
				if _, err := s.Authorize(t.Context(), holder(), chat, w.target()); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if n := w.third.Requests("refresh_token"); n != 1 {
			t.Errorf("%d renewals, want 1", n)
		}
		if status := w.third.Call(w.pass(t, w.target()).Apply); status != 200 {
			t.Errorf("the API answered %d", status)
		}
	})
}

func TestATokenThatIsRefusedAgainLeadsToANewSignIn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signIn(t, w.target())
		for range 2 { // refused long after the renewal, it is renewed once more
			reject(t, w, w.target())
			w.pass(t, w.target())
			w.clock.Advance(time.Hour)
		}
		reject(t, w, w.target())
		reject(t, w, w.target())
		w.challenged(t, w.target())
		if n := w.third.Requests("refresh_token"); n != 3 {
			t.Errorf("%d renewals, want 3", n)
		}
	})
}

func reject(t *testing.T, w *world, target Target) {
	t.Helper()
	if err := w.Reject(t.Context(), holder(), target, w.pass(t, target)); err != nil {
		t.Fatal(err)
	}
}

func TestTheLeaseOfADeadServerRunsOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Life = 3600 })
		w.signIn(t, w.target())
		w.clock.Advance(time.Hour)
		c := w.clientOf(t, w.target())
		dead := w.server()
		h, is, err := dead.claim(t.Context(), holder().key(c), c, "lease-1")
		if err != nil || is != claimed {
			t.Fatalf("%v, %v", is, err)
		}
		survivor, looks := w.server(), 0
		survivor.Wait = wait(func() {
			looks++
			w.clock.Advance(leaseTime / 3)
		})
		if _, err := survivor.Authorize(t.Context(), holder(), chat, w.target()); err != nil {
			t.Fatal(err)
		}
		if looks != 3 || w.third.Requests("refresh_token") != 1 {
			t.Errorf("%d looks and %d renewals, want 3 and 1", looks, w.third.Requests("refresh_token"))
		}
		// What the dead one might still write is refused.
		err = w.DB.Update(t.Context(), func(tx *store.Tx) error {
			h.grant = grant{Access: "stale"}
			kept, err := dead.settle(tx, h, "lease-1")
			if kept {
				t.Error("a lost lease still writes")
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// What a server had in hand that is gone is free at once, a living one's is not, and
// what it might still write is refused.
func TestTheLeasesOfAServerThatIsGoneEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Life = 3600 })
		w.signIn(t, w.target())
		w.clock.Advance(time.Hour)
		c := w.clientOf(t, w.target())
		gone := w.server()
		gone.Jobs = job.New(w.DB, w.Log, w.clock.Now)
		h, is, err := gone.claim(t.Context(), holder().key(c), c, "lease-1")
		if err != nil || is != claimed {
			t.Fatalf("%v, %v", is, err)
		}
		query := w.third.Visit(w.challenged(t, w.target("more")))
		r, err := readQuery(query)
		if err != nil {
			t.Fatal(err)
		}
		at, _ := w.locate(r.state)
		_, sign, err := gone.step(t.Context(), at, r, landed)
		if err != nil || sign.stage != exchanging {
			t.Fatalf("%s %v", sign.stage, err)
		}
		free := func(server string) {
			t.Helper()
			err := w.DB.Update(t.Context(), func(tx *store.Tx) error {
				_, err := w.Free(tx, server, 1)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		free("another")
		if _, is, err := w.claim(t.Context(), holder().key(c), c, "lease-2"); err != nil || is != busy {
			t.Errorf("a living server's renewal is %v, %v", is, err)
		}
		free(gone.Jobs.Server())
		w.Wait = wait(func() { t.Error("waited for a server that is gone") })
		if _, err := w.Authorize(t.Context(), holder(), chat, w.target()); err != nil {
			t.Error(err)
		}
		if err := w.Respond(t.Context(), holder(), chat, w.target("more"), first(query)); err != nil {
			t.Error(err)
		}
		err = w.DB.Update(t.Context(), func(tx *store.Tx) error {
			h.grant = grant{Access: "stale"}
			kept, err := gone.settle(tx, h, "lease-1")
			if err != nil {
				return err
			}
			moved, err := gone.move(tx, sign, sign)
			if kept || moved {
				t.Errorf("what was lost is still written: %t, %t", kept, moved)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	})
}

// clientOf is the client that a target comes to.
func (w *world) clientOf(t *testing.T, target Target) *client {
	t.Helper()
	x, err := w.open(t.Context(), target.reads(holder()))
	if err != nil {
		t.Fatal(err)
	}
	parts, err := w.choose(holder(), target, x)
	if err != nil {
		t.Fatal(err)
	}
	return parts[0].client
}

func TestTokensAreBoundToClientEndpointAndServer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signIn(t, w.target())
		for name, change := range map[string]func(target *Target){
			"another server": func(target *Target) { target.Server = "https://evil.example.com" },
			"another token endpoint": func(target *Target) {
				target.Auth.OAuth2ClientCredentialConfiguration.TokenURL = new("https://evil.example.com/token")
			},
		} {
			target := w.target()
			change(&target)
			if _, err := w.Authorize(t.Context(), holder(), chat, target); err == nil {
				t.Errorf("%s: the user's token was given away", name)
			}
		}
		target := w.target()
		target.Server += "/v2"
		w.pass(t, target)
		w.vault.put(strings.Replace(w.third.Secret(), w.third.ID, "another-client", 1))
		w.challenged(t, w.target())
	})
}

func TestMovedTokensAreNotOpened(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signIn(t, w.target())
		err := w.DB.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Exec(`UPDATE login_grant SET holder = $2 WHERE tenant = $1`, tenant, "eve@example.com")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		eve := holder()
		eve.User = "eve@example.com"
		if _, err := w.Authorize(t.Context(), eve, chat, w.target()); err == nil || fault.As(err) != nil {
			t.Errorf("%v, want a challenge", err)
		}
		if !strings.Contains(w.logs.String(), "the tokens of a user cannot be read") {
			t.Errorf("nothing of it is logged: %s", w.logs)
		}
	})
}

func TestClientCredentialsAreThePlugins(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Life, b.Instance = 3600, "http://eu7.example.com" })
		var all sync.WaitGroup
		servers := []*Service{w.Service, w.server(), w.server()}
		for i := range 60 {
			all.Go(func() {
				h := holder()
				h.User = fmt.Sprintf("user-%d", i)
				p, err := servers[i%3].Authorize(t.Context(), h, chat, w.machine())
				if err != nil {
					t.Error(err)
				} else if p.Server != "http://eu7.example.com" {
					t.Errorf("the server is %q", p.Server)
				}
			})
		}
		all.Wait()
		if n := w.third.Requests("client_credentials"); n != 1 {
			t.Errorf("%d token requests for 60 users, want 1", n)
		}
		w.clock.Advance(59 * time.Minute)
		if status := w.third.Call(w.pass(t, w.machine()).Apply); status != 200 {
			t.Errorf("the API answered %d", status)
		}
		if n := w.third.Requests("client_credentials"); n != 2 {
			t.Errorf("%d token requests after 59 minutes, want 2", n)
		}
		reject(t, w, w.machine())
		p := w.pass(t, w.machine())
		w.says(t, w.Reject(t.Context(), holder(), w.machine(), p), fault.ExternalResource,
			"The API of the plugin helpdesk does not accept the token that its authorization server gives for the client in the secret "+arn+".")
	})
}

func TestMovedServer(t *testing.T) {
	for _, c := range []struct{ server, instance, want string }{
		{"https://acme.my.salesforce.com", "https://eu7.salesforce.com", "https://eu7.salesforce.com"},
		{"https://acme.my.salesforce.com/services/", "https://eu7.salesforce.com/", "https://eu7.salesforce.com/services"},
		{"https://acme.my.salesforce.com", "https://acme.my.salesforce.com", ""},
		{"https://acme.my.salesforce.com", "http://eu7.salesforce.com", ""},
		{"https://acme.my.salesforce.com", "https://user@eu7.salesforce.com", ""},
		{"https://acme.my.salesforce.com", "javascript:alert(1)", ""},
		{"https://acme.my.salesforce.com", "%zz", ""},
		{"https://acme.my.salesforce.com", "", ""},
	} {
		if got := moved(c.server, c.instance); got != c.want {
			t.Errorf("moved(%q, %q) = %q, want %q", c.server, c.instance, got, c.want)
		}
	}
}

func TestWithoutAUserNobodySignsIn(t *testing.T) {
	w := newWorld(t, storetest.New(t), storetest.NewClock())
	h := holder()
	h.User = ""
	_, err := w.Authorize(t.Context(), h, chat, w.target())
	w.says(t, err, fault.AccessDenied, "The plugin helpdesk needs each user to sign in, and this request names no user.")
}

func TestIdentityTokensArePassedOn(t *testing.T) {
	w := newWorld(t, storetest.New(t), storetest.NewClock())
	target := w.target()
	target.Auth = api.PluginAuthConfiguration{IDCAuthConfiguration: &api.IDCAuthConfiguration{}}
	_, err := w.Authorize(t.Context(), holder(), chat, target)
	w.says(t, err, fault.ExternalResource, "The plugin helpdesk cannot be authorized: it passes the user's own identity token on, and this request was made without one.")
	h := holder()
	h.IdentityToken = "ey.ann"
	p, err := w.Authorize(t.Context(), h, chat, target)
	if err != nil || header(t, p) != "Bearer ey.ann" {
		t.Fatalf("%v", err)
	}
	w.says(t, w.Reject(t.Context(), h, target, p), fault.ExternalResource, "The API of the plugin helpdesk does not accept the user's identity token (HTTP 401).")
}

func TestForget(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.signIn(t, w.target())
		if err := w.Forget(t.Context(), holder()); err != nil {
			t.Fatal(err)
		}
		w.challenged(t, w.target())
	})
}
