package login

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/store/storetest"
	"github.com/parleyhq/parley/internal/resource/plugin/login/oauthtest"
)

const (
	retry  = " Ask again in the chat to sign in once more."
	noGive = "The authorization server URL of the plugin helpdesk gave no token: "
)

func TestAnswersOfATokenEndpointThatAreNoTokens(t *testing.T) {
	const hidden = `"error_description":"` + oauthtest.Canary + `"`
	notAccepted := func(what string) string {
		return "The authorization server URL does not accept the client in the secret " + arn + " of the plugin helpdesk (" + what + "). Correct client_id and client_secret." + retry
	}
	each(t, func(t *testing.T, w *world) {
		for _, c := range []struct {
			name     string
			status   int
			body     string
			want     string
			requests int
			spent    bool // the code is of no more use
		}{
			{"invalid_grant", 400, `{"error":"invalid_grant",` + hidden + `}`, noGive + "invalid_grant, HTTP 400." + retry, 1, true},
			{"invalid_grant at 401", 401, `{"error":"invalid_grant"}`, noGive + "invalid_grant, HTTP 401." + retry, 1, true},
			{"invalid_scope", 400, `{"error":"invalid_scope"}`, noGive + "invalid_scope, HTTP 400." + retry, 1, true},
			{"invalid_client", 401, `{"error":"invalid_client",` + hidden + `}`, notAccepted("invalid_client, HTTP 401"), 2, false},
			{"unauthorized_client", 400, `{"error":"unauthorized_client"}`, notAccepted("unauthorized_client, HTTP 400"), 1, false},
			{"a bare 401", 401, ``, notAccepted("HTTP 401 without a known error code"), 2, false},
			{"a code of its own", 400, `{"error":"` + oauthtest.Canary + `"}`, noGive + "HTTP 400 without a known error code." + retry, 1, true},
			{"an error with 200", 200, `{"error":"bad_verification_code",` + hidden + `}`, noGive + "HTTP 200 without a known error code." + retry, 1, true},
			{"an error that is an object", 200, `{"error":{"message":"` + oauthtest.Canary + `"}}`, noGive + "HTTP 200 without a known error code." + retry, 1, true},
			{"busy", 503, `{"error":"temporarily_unavailable"}`, noGive + "temporarily_unavailable, HTTP 503." + retry, 1, false},
			{"broken", 500, oauthtest.Canary, noGive + "HTTP 500 without a known error code." + retry, 1, false},
			{"too many", 429, ``, noGive + "HTTP 429 without a known error code." + retry, 1, false},
			{"not there", 404, `<html>`, noGive + "HTTP 404 without a known error code." + retry, 1, false},
			{"a page", 200, `<html>` + oauthtest.Canary, noGive + "HTTP 200 without a token that can be used." + retry, 1, false},
			{"no token", 200, `{"refresh_token":"` + oauthtest.Canary + `"}`, noGive + "HTTP 200 without a token that can be used." + retry, 1, false},
			{"a token that no header holds", 200, `{"access_token":"` + oauthtest.Canary + `\r\nX: y"}`, noGive + "HTTP 200 without a token that can be used." + retry, 1, false},
			{"a token that needs a proof", 200, `{"access_token":"` + oauthtest.Canary + `","token_type":"DPoP"}`, noGive + "HTTP 200 without a token that can be used." + retry, 1, false},
			{"far too long", 200, `{"access_token":"` + strings.Repeat("x", maxAnswer) + `"}`, noGive + "HTTP 200 without a token that can be used." + retry, 1, false},
		} {
			t.Run(c.name, func(t *testing.T) {
				w.third.Behave(func(b *oauthtest.Behaviour) {
					b.Answer = func(url.Values) (int, string) { return c.status, c.body }
				})
				query := w.third.Visit(w.challenged(t, w.target(c.name)))
				before := w.third.Requests("")
				_, err := w.Callback(t.Context(), query)
				w.says(t, err, fault.ExternalResource, c.want)
				if n := w.third.Requests("") - before; n != c.requests {
					t.Errorf("%d token requests, want %d", n, c.requests)
				}
				w.third.Behave(func(b *oauthtest.Behaviour) { b.Answer = nil })
				_, err = w.Callback(t.Context(), query) // the page is loaded again
				if !c.spent && err != nil {
					t.Errorf("the code was still good: %v", err)
				}
				if c.spent {
					w.says(t, err, fault.Validation, spentText)
				}
			})
		}
	})
}

func TestTokenEndpointsThatCannotBeReached(t *testing.T) {
	w := newWorld(t, storetest.New(t), storetest.NewClock())
	target := w.target()
	query := w.third.Visit(w.challenged(t, target))
	w.third.Behave(func(b *oauthtest.Behaviour) { b.Hold = func(*http.Request) { panic(http.ErrAbortHandler) } })
	_, err := w.Callback(t.Context(), query)
	w.says(t, err, fault.ExternalResource, "The authorization server URL of the plugin helpdesk cannot be reached: the connection broke before the whole answer had come."+retry)

	w.Out = outbound.New(outbound.Policy{}, w.Log)
	_, err = w.Callback(t.Context(), query)
	w.says(t, err, fault.ExternalResource, "The authorization server URL of the plugin helpdesk cannot be reached: outbound request to URL refused: plain http is not open; use https, or have the operator open the origin in the outbound allow-list."+retry)
	discreet(t, w.logs.String())
}

func TestTheWayToNameTheClientIsFoundAndRemembered(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.third.Rotate(oauthtest.Canary + "+ü:%&=")
		w.vault.put(w.third.Secret())
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Life, b.InHeader = 3600, true })
		w.signIn(t, w.target())
		if n := w.third.Requests(""); n != 2 {
			t.Errorf("%d token requests to find out, want 2", n)
		}
		w.clock.Advance(time.Hour)
		w.pass(t, w.target())
		if n := w.third.Requests("refresh_token"); n != 1 {
			t.Errorf("%d renewals, want 1", n)
		}
	})
}

func TestARotatedSecretIsUsedAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.third.Behave(func(b *oauthtest.Behaviour) { b.Life = 3600 })
		w.signIn(t, w.target())
		w.third.Rotate(oauthtest.Canary + "-new")
		w.clock.Advance(time.Hour)
		_, err := w.Authorize(t.Context(), holder(), chat, w.target())
		w.says(t, err, fault.ExternalResource, "The authorization server URL does not accept the client in the secret "+arn+" of the plugin helpdesk (invalid_client, HTTP 401). Correct client_id and client_secret.")
		w.vault.put(w.third.Secret())
		w.pass(t, w.target())
	})
}

func TestLifetime(t *testing.T) {
	for text, want := range map[string]time.Duration{
		`3600`: time.Hour, `"3600"`: time.Hour, `3599.5`: time.Hour - time.Second/2, `0`: 0, `-5`: 0, `null`: 0, `"soon"`: 0, `{}`: 0, `true`: 0,
		`1e300`: 10 * 365 * 24 * time.Hour, `"Inf"`: 10 * 365 * 24 * time.Hour, `"NaN"`: 0,
	} {
		d := json.NewDecoder(strings.NewReader(text))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		if got := lifetime(v); got != want {
			t.Errorf("lifetime(%s) = %s, want %s", text, got, want)
		}
	}
}
