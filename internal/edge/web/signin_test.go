package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/parleyhq/parley/internal/core/fault"
)

// asked is a form as the functions behind the page give it.
func asked() Step {
	return Step{
		Application: "Search desk", Ticket: "t1cket", Redirect: "https://vendor.example:8443/cb?x=1",
		Cancel: "https://vendor.example:8443/cb?error=access_denied&state=s",
	}
}

// signInPage is a sign-in page that answers with one step or error, and remembers what it
// was given.
type signInPage struct {
	SignIn
	step                   Step
	err                    error
	query                  url.Values
	ticket, user, password string
	logs                   bytes.Buffer
}

func newSignInPage(step Step, err error) *signInPage {
	p := &signInPage{step: step, err: err}
	p.Log = slog.New(slog.NewTextHandler(&p.logs, nil))
	p.Ask = func(_ context.Context, q url.Values) (Step, error) {
		p.query = q
		return p.step, p.err
	}
	p.Enter = func(_ context.Context, ticket, user, password string) (Step, error) {
		p.ticket, p.user, p.password = ticket, user, password
		return p.step, p.err
	}
	return p
}

// send sends a request, with headers in pairs.
func (p *signInPage) send(t *testing.T, method, target, body string, headers ...string) shown {
	t.Helper()
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	if method == "POST" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	p.ServeHTTP(w, r)
	return shown{w.Result(), w.Body.String(), words(t, w.Body.String()), p.logs.String()}
}

const typed = "ticket=t1cket&user=ann%40example.com&password=p%26ss"

func TestSignInForm(t *testing.T) {
	p := newSignInPage(asked(), nil)
	got := p.send(t, "GET", "/authorize?client_id=arn%3Aaws&state=s", "")
	want := "Sign in to Search desk\nYou will be sent back to vendor.example:8443.\nUser name\nPassword\nSign in\nGo back without signing in"
	if got.StatusCode != 200 || got.text != want {
		t.Errorf("%d\n%s\nwant\n%s", got.StatusCode, got.text, want)
	}
	if p.query.Get("client_id") != "arn:aws" {
		t.Errorf("%v", p.query)
	}
	fields := map[string]string{}
	root, err := html.Parse(strings.NewReader(got.body))
	if err != nil {
		t.Fatal(err)
	}
	for n := range root.Descendants() {
		attributes := map[string]string{}
		for _, a := range n.Attr {
			attributes[a.Key] = a.Val
		}
		switch n.Data {
		case "form":
			if attributes["method"] != "post" || attributes["action"] != "" {
				t.Errorf("form %v", attributes)
			}
		case "input":
			fields[attributes["name"]] = attributes["type"] + " " + attributes["value"] + " " + attributes["autocomplete"]
		case "a":
			if attributes["href"] != asked().Cancel {
				t.Errorf("the way out leads to %s", attributes["href"])
			}
		case "script", "img", "link", "iframe":
			t.Errorf("the page has a %s", n.Data)
		}
	}
	for name, want := range map[string]string{"ticket": "hidden t1cket ", "user": "text  username", "password": "password  current-password"} {
		if fields[name] != want {
			t.Errorf("%s: %q, want %q", name, fields[name], want)
		}
	}
	if len(got.Cookies()) != 0 || len(got.body) > 6<<10 {
		t.Errorf("%d cookies, %d bytes", len(got.Cookies()), len(got.body))
	}
}

func TestSignInHeaders(t *testing.T) {
	got := newSignInPage(asked(), nil).send(t, "GET", "/authorize", "")
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(got.body)
	hash := sha256.Sum256([]byte(style[1]))
	for name, want := range map[string]string{
		"Content-Type": "text/html; charset=utf-8",
		"Content-Security-Policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
			"'; base-uri 'none'; form-action 'self' https://vendor.example:8443; frame-ancestors 'none'",
		"Cache-Control":          "no-store",
		"Referrer-Policy":        "same-origin", // with no-referrer browsers would hide where the form comes from
		"X-Content-Type-Options": "nosniff",
		"X-Frame-Options":        "DENY",
	} {
		if value := got.Header.Get(name); value != want {
			t.Errorf("%s: %s\nwant %s", name, value, want)
		}
	}
}

func TestSignedInIsSentBack(t *testing.T) {
	const back = "https://vendor.example/cb?code=c0de&state=s"
	p := newSignInPage(Step{To: back}, nil)
	got := p.send(t, "POST", "/authorize?client_id=x", typed, "Sec-Fetch-Site", "same-origin")
	if got.StatusCode != 303 || got.Header.Get("Location") != back || got.Header.Get("Cache-Control") != "no-store" ||
		got.Header.Get("Referrer-Policy") != "same-origin" || got.body != "" || got.logs != "" {
		t.Errorf("%d %v %s%s", got.StatusCode, got.Header, got.body, got.logs)
	}
	if p.ticket != "t1cket" || p.user != "ann@example.com" || p.password != "p&ss" {
		t.Errorf("%q %q %q", p.ticket, p.user, p.password)
	}
	asking := newSignInPage(Step{To: "https://vendor.example/cb?error=invalid_scope"}, nil).send(t, "GET", "/authorize", "")
	if asking.StatusCode != 303 || asking.Header.Get("Location") != "https://vendor.example/cb?error=invalid_scope" {
		t.Errorf("%d %v", asking.StatusCode, asking.Header)
	}
}

func TestFailureKeepsTheName(t *testing.T) {
	step := asked()
	step.Failure = "That did not work."
	got := newSignInPage(step, nil).send(t, "POST", "/authorize", typed)
	if got.StatusCode != 401 || !strings.Contains(got.text, "That did not work.") || !strings.Contains(got.body, `value="ann@example.com"`) {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	if strings.Contains(got.body, "p&ss") || strings.Contains(got.body, "p&amp;ss") || got.logs != "" {
		t.Errorf("the page or the log has the password: %s", got.logs)
	}
}

func TestSignInRefuses(t *testing.T) {
	const title = "!\nThe sign-in did not work\n"
	for _, c := range []struct {
		name                 string
		method, target, body string
		headers              []string
		err                  error
		status               int
		text, logged         string
		reached              bool
	}{
		{name: "another site's form", method: "POST", target: "/authorize", body: typed, headers: []string{"Sec-Fetch-Site", "cross-site"}, status: 403,
			text: "This form was sent from another site. Go back to the application and begin again."},
		{name: "a sister site's form", method: "POST", target: "/authorize", body: typed, headers: []string{"Sec-Fetch-Site", "same-site"}, status: 403,
			text: "This form was sent from another site. Go back to the application and begin again."},
		{name: "another origin", method: "POST", target: "/authorize", body: typed, headers: []string{"Origin", "https://evil.example"}, status: 403,
			text: "This form was sent from another site. Go back to the application and begin again."},
		{name: "a hidden origin", method: "POST", target: "/authorize", body: typed, headers: []string{"Origin", "null"}, status: 403,
			text: "This form was sent from another site. Go back to the application and begin again."},
		{name: "too large", method: "POST", target: "/authorize", body: "user=" + strings.Repeat("x", maxForm), status: 400,
			text: "The form is damaged. Go back to the application and begin again."},
		{name: "no form", method: "POST", target: "/authorize", body: "user=%zz", status: 400,
			text: "The form is damaged. Go back to the application and begin again."},
		{name: "a damaged address", method: "GET", target: "/authorize?x=%zz", status: 400,
			text: "The address of this page is damaged. Go back to the application and begin again."},
		{name: "a long address", method: "GET", target: "/authorize?x=" + strings.Repeat("x", maxQuery), status: 400,
			text: "The address of this page is damaged. Go back to the application and begin again."},
		{name: "put", method: "PUT", target: "/authorize", status: 405, text: "This page is only for signing in."},
		{name: "head", method: "HEAD", target: "/authorize", status: 405, text: "This page is only for signing in."},
		{name: "fault", method: "GET", target: "/authorize", err: &fault.Error{Code: fault.Validation, Message: "Not known."}, status: 400, text: "Not known.", reached: true},
		{name: "denied", method: "POST", target: "/authorize", body: typed, err: fault.Denied("Not assigned."), status: 403, text: "Not assigned.", reached: true},
		{name: "internal", method: "POST", target: "/authorize", body: typed, err: errors.New("disk on fire"), status: 500,
			text: "Something went wrong on the server. Go back to the application and begin again.", logged: "disk on fire", reached: true},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newSignInPage(Step{To: "https://vendor.example/"}, c.err)
			got := p.send(t, c.method, c.target, c.body, c.headers...)
			if got.StatusCode != c.status || got.text != title+c.text {
				t.Errorf("%d\n%s\nwant %d\n%s", got.StatusCode, got.text, c.status, c.text)
			}
			if !strings.Contains(got.logs, c.logged) || (c.logged == "") != (got.logs == "") || strings.Contains(got.logs, "p&ss") {
				t.Errorf("logged %q", got.logs)
			}
			if reached := p.query != nil || p.ticket != ""; reached != c.reached {
				t.Errorf("the function was reached: %v", reached)
			}
			if csp := got.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'none'") {
				t.Errorf("%s", csp)
			}
			if c.status == 405 && got.Header.Get("Allow") != "GET, POST" {
				t.Errorf("Allow: %s", got.Header.Get("Allow"))
			}
		})
	}
}

// TestOwnFormIsTaken: what browsers send with the form of this very page.
func TestOwnFormIsTaken(t *testing.T) {
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "same-origin", "Origin", "https://parley.example"},
		{"Origin", "http://example.com"}, // the host of httptest's requests; plain HTTP has no Sec-Fetch-Site
		{},                               // no browser
	} {
		got := newSignInPage(Step{To: "https://vendor.example/"}, nil).send(t, "POST", "/authorize", typed, headers...)
		if got.StatusCode != 303 {
			t.Errorf("%v: %d %s", headers, got.StatusCode, got.text)
		}
	}
}

func TestNothingOfTheFormIsMarkup(t *testing.T) {
	const evil = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`
	step := Step{Application: evil, Ticket: evil, Redirect: "https://vendor.example", Cancel: "javascript:alert(1)", Failure: evil}
	got := newSignInPage(step, nil).send(t, "POST", "/authorize", "user="+url.QueryEscape(evil))
	if strings.Contains(got.body, "<script") || strings.Contains(got.body, "<img") || strings.Contains(got.body, "javascript:") {
		t.Errorf("%s", got.body)
	}
}

func TestDocument(t *testing.T) {
	for _, c := range []struct {
		method string
		text   []byte
		err    error
		status int
		body   string
	}{
		{"GET", []byte(`{"keys":[]}`), nil, 200, `{"keys":[]}`},
		{"HEAD", []byte(`{"keys":[]}`), nil, 200, ``},
		{"GET", nil, nil, 404, "There is no such document: this server was not told its public URL.\n"},
		{"GET", nil, errors.New("disk on fire"), 500, "The document cannot be shown.\n"},
		{"POST", nil, nil, 405, "This document can only be read.\n"},
	} {
		var logs bytes.Buffer
		d := &Document{Read: func(context.Context) ([]byte, error) { return c.text, c.err }, Log: slog.New(slog.NewTextHandler(&logs, nil))}
		w := httptest.NewRecorder()
		d.ServeHTTP(w, httptest.NewRequest(c.method, "/.well-known/jwks.json", nil))
		if w.Code != c.status || c.method != "HEAD" && w.Body.String() != c.body {
			t.Errorf("%s: %d %s", c.method, w.Code, w.Body)
		}
		if c.status == 200 && (w.Header().Get("Content-Type") != "application/json" || w.Header().Get("Cache-Control") != "public, max-age=300") {
			t.Errorf("%v", w.Header())
		}
		if (c.err != nil) != strings.Contains(logs.String(), "disk on fire") {
			t.Errorf("logged %q", &logs)
		}
	}
}
