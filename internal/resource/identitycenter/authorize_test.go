package identitycenter

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/api/ssoadmin"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op/optest"
)

// sent are the parameters of a browser that is sent back to the vendor.
func sent(t *testing.T, to string) url.Values {
	t.Helper()
	base, rest, _ := strings.Cut(to, "?")
	if base != callback {
		t.Fatalf("sent to %s", to)
	}
	q, err := url.ParseQuery(rest)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func TestSignInPage(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.byCodes(t, arn)
		asked, err := w.Authorize(t.Context(), query(arn))
		if err != nil || asked.To != "" || asked.Application != "Search desk" || asked.Redirect != callback || asked.Failure != "" || asked.Ticket == "" {
			t.Fatalf("%+v, %v", asked, err)
		}
		declined := url.Values{"error": {"access_denied"}, "error_description": {"the user did not want to sign in"}, "state": {"s7&%"}, "iss": {"https://parley.example"}}
		if diff := cmp.Diff(declined, sent(t, asked.Cancel)); diff != "" {
			t.Error(diff)
		}
		for _, wrong := range [][2]string{{"ann", "wrong"}, {"nobody", password}, {"", ""}} {
			again, err := w.SignIn(t.Context(), asked.Ticket, wrong[0], wrong[1])
			if err != nil || again.To != "" || again.Ticket == "" || again.Failure == "" || strings.Contains(again.Failure, "ann") {
				t.Errorf("%v: %+v, %v", wrong, again, err)
			}
			asked = again
		}
		done, err := w.SignIn(t.Context(), asked.Ticket, " Ann ", password)
		if err != nil {
			t.Fatal(err)
		}
		got := sent(t, done.To)
		if got.Get("code") == "" || got.Get("state") != "s7&%" || got.Get("iss") != "https://parley.example" || len(got) != 3 {
			t.Errorf("%v", got)
		}
	})
}

// TestAskingAmiss: whose redirect URI is not known is shown a page; everybody else is
// told by a redirect.
func TestAskingAmiss(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.byCodes(t, arn, "http://127.0.0.1:4000/cb", "https://vendor.example/cb?tenant=7")
		noCodes, disabled := w.application(t), w.application(t)
		w.byCodes(t, disabled)
		optest.Must(t, w.calls, w.admin, ssoadmin.UpdateApplication, &ssoadmin.UpdateApplicationInput{ApplicationARN: disabled, Status: new(ssoadmin.ApplicationStatusDisabled)})
		for name, q := range map[string]url.Values{
			"no application":          query(arn, "client_id", ""),
			"another one":             query(applicationARN(customer, "apl-0000000000000000")),
			"no ARN":                  query("desk"),
			"no code grant":           query(noCodes),
			"disabled":                query(disabled),
			"no redirect URI":         query(arn, "redirect_uri", ""),
			"another redirect URI":    query(arn, "redirect_uri", "https://evil.example/callback"),
			"a longer one":            query(arn, "redirect_uri", callback+"/x"),
			"with a query":            query(arn, "redirect_uri", callback+"?x=1"),
			"with a user":             query(arn, "redirect_uri", "https://vendor.example@evil.example/callback"),
			"another path, loopback":  query(arn, "redirect_uri", "http://127.0.0.1:4000/other"),
			"another host, loopback":  query(arn, "redirect_uri", "http://localhost:4000/cb"),
			"with a user, loopback":   query(arn, "redirect_uri", "http://a:b@127.0.0.1:5/cb"),
			"another port, elsewhere": query(arn, "redirect_uri", "https://vendor.example:444/callback"),
			"a fragment, loopback":    query(arn, "redirect_uri", "http://127.0.0.1:5/cb#"),
			"an odd port, loopback":   query(arn, "redirect_uri", "http://127.0.0.1:4000x/cb"),
			"twice":                   {"client_id": {arn, arn}, "redirect_uri": {callback}, "response_type": {"code"}},
			"a long state":            query(arn, "state", strings.Repeat("x", maxParameter+1)),
		} {
			got, err := w.Authorize(t.Context(), q)
			optest.Refused(t, err, code(fault.Validation))
			if got != (Outcome{}) {
				t.Errorf("%s: %+v", name, got)
			}
		}
		for name, c := range map[string]struct {
			q    url.Values
			want string
		}{
			"no response type":      {query(arn, "response_type", ""), "unsupported_response_type"},
			"another response type": {query(arn, "response_type", "token"), "unsupported_response_type"},
			"plain challenge":       {query(arn, "code_challenge", strings.Repeat("x", 43), "code_challenge_method", "plain"), "invalid_request"},
			"challenge, no method":  {query(arn, "code_challenge", strings.Repeat("x", 43)), "invalid_request"},
			"short challenge":       {query(arn, "code_challenge", "x", "code_challenge_method", "S256"), "invalid_request"},
			"method, no challenge":  {query(arn, "code_challenge_method", "S256"), "invalid_request"},
			"another scope":         {query(arn, "scope", "openid everything"), "invalid_scope"},
		} {
			got, err := w.Authorize(t.Context(), c.q)
			if err != nil || got.Ticket != "" {
				t.Errorf("%s: %+v, %v", name, got, err)
				continue
			}
			if q := sent(t, got.To); q.Get("error") != c.want || q.Get("state") != "s7&%" || q.Get("error_description") == "" {
				t.Errorf("%s: %v", name, q)
			}
		}
		for _, right := range []string{callback, "http://127.0.0.1:4000/cb", "http://127.0.0.1:51234/cb", "https://vendor.example/cb?tenant=7"} {
			got, err := w.Authorize(t.Context(), query(arn, "redirect_uri", right, "scope", "openid "+scopeContent))
			if err != nil || got.Redirect != right || got.Ticket == "" {
				t.Errorf("%s: %+v, %v", right, got, err)
			}
			if strings.Contains(right, "tenant") && !strings.Contains(got.Cancel, "tenant=7") {
				t.Errorf("the query is lost: %s", got.Cancel)
			}
		}
	})
}

func TestTicketsAreRefused(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.byCodes(t, arn)
		asked, err := w.Authorize(t.Context(), query(arn))
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{"", "nonsense", asked.Ticket[1:], asked.Ticket + "A", strings.Repeat("A", maxTicket+1)} {
			_, err := w.SignIn(t.Context(), text, "ann", password)
			optest.Refused(t, err, code(fault.Validation))
		}
		w.clock.Advance(ticketLife - time.Microsecond)
		if done, err := w.SignIn(t.Context(), asked.Ticket, "ann", password); err != nil || done.To == "" {
			t.Errorf("%+v, %v", done, err)
		}
		w.clock.Advance(time.Microsecond)
		_, err = w.SignIn(t.Context(), asked.Ticket, "ann", password)
		optest.Refused(t, err, code(fault.Validation))

		// What changed since the form was shown counts.
		if asked, err = w.Authorize(t.Context(), query(arn)); err != nil {
			t.Fatal(err)
		}
		w.grant(t, arn, grantCode, ssoadmin.Grant{AuthorizationCode: &ssoadmin.AuthorizationCodeGrant{RedirectUris: []string{"https://vendor.example/new"}}})
		_, err = w.SignIn(t.Context(), asked.Ticket, "ann", password)
		optest.Refused(t, err, code(fault.Validation))
	})
}

// TestNotAssignedIsTold: only to who has the password.
func TestNotAssignedIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		arn := w.application(t)
		w.byCodes(t, arn)
		w.open(t, arn, false)
		asked, err := w.Authorize(t.Context(), query(arn))
		if err != nil {
			t.Fatal(err)
		}
		if again, err := w.SignIn(t.Context(), asked.Ticket, "ann", "wrong"); err != nil || again.Failure == "" {
			t.Errorf("%+v, %v", again, err)
		}
		_, err = w.SignIn(t.Context(), asked.Ticket, "ann", password)
		optest.Refused(t, err, code(fault.AccessDenied))
		w.assign(t, arn, ssoadmin.PrincipalTypeUser, w.ann)
		if done, err := w.SignIn(t.Context(), asked.Ticket, "ann", password); err != nil || sent(t, done.To).Get("code") == "" {
			t.Errorf("%+v, %v", done, err)
		}
	})
}
