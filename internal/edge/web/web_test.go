package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/parleyhq/parley/internal/core/fault"
)

// shown is a page as a person sees it.
type shown struct {
	*http.Response
	body string
	text string // without markup
	logs string
}

func visit(t *testing.T, method, target string, landed Landed, err error) shown {
	t.Helper()
	var logs bytes.Buffer
	c := &Callback{
		Land: func(context.Context, url.Values) (Landed, error) { return landed, err },
		Log:  slog.New(slog.NewTextHandler(&logs, nil)),
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, httptest.NewRequest(method, target, nil))
	body := w.Body.String()
	return shown{w.Result(), body, words(t, body), logs.String()}
}

// words is the text of a page's body.
func words(t *testing.T, page string) string {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for n := range root.Descendants() {
		if n.Type == html.TextNode && n.Parent.Data != "style" && n.Parent.Data != "title" && strings.TrimSpace(n.Data) != "" {
			all = append(all, strings.TrimSpace(n.Data))
		}
	}
	return strings.Join(all, "\n")
}

func TestSignedIn(t *testing.T) {
	got := visit(t, "GET", "/oauth/callback?code=c0de&state=5tate", Landed{Plugin: "helpdesk", User: "ann@example.com"}, nil)
	want := "✓\nYou are signed in to helpdesk\nYou can close this page and go back to your chat.\n" +
		"Signed in for ann@example.com. If that is not you, remove Parley’s access in your account there."
	if got.StatusCode != 200 || got.text != want {
		t.Errorf("%d\n%s\nwant\n%s", got.StatusCode, got.text, want)
	}
	if strings.Contains(got.body, "c0de") || strings.Contains(got.body, "5tate") || got.logs != "" {
		t.Errorf("the page or the log repeats the query: %s", got.logs)
	}
}

func TestTheQueryReachesTheFunction(t *testing.T) {
	var got url.Values
	c := &Callback{Land: func(_ context.Context, q url.Values) (Landed, error) { got = q; return Landed{}, nil }}
	c.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/oauth/callback?code=a%2Bb&state=s&state=t", nil))
	if got.Get("code") != "a+b" || len(got["state"]) != 2 {
		t.Errorf("%v", got)
	}
}

func TestFailures(t *testing.T) {
	const title = "!\nThe sign-in did not work\n"
	const internal = title + "Something went wrong on the server. Ask again in the chat to begin a new sign-in."
	for _, c := range []struct {
		name   string
		method string
		target string
		err    error
		status int
		text   string
		logged string
	}{
		{"used", "GET", "/", &fault.Error{Code: fault.Validation, Message: "The sign-in was used already."}, 400, title + "The sign-in was used already.", ""},
		{"declined", "GET", "/", fault.Denied("You said no."), 403, title + "You said no.", ""},
		{"third party", "GET", "/", fmt.Errorf("land: %w", &fault.Error{Code: fault.ExternalResource, Message: "It is down.", Cause: errors.New("refused")}), 502, title + "It is down.", "refused"},
		{"internal", "GET", "/", errors.New("disk on fire"), 500, internal, "disk on fire"},
		{"hidden", "GET", "/", fault.Hidden(errors.New("disk on fire")), 500, internal, "disk on fire"},
		{"another fault", "GET", "/", &fault.Error{Code: fault.Throttling, Message: "Slowly."}, 500, title + "Slowly.", ""},
		{"post", "POST", "/", nil, 405, title + "This page is only for coming back from a sign-in.", ""},
		{"head", "HEAD", "/", nil, 405, title + "This page is only for coming back from a sign-in.", ""},
		{"damaged", "GET", "/?code=%zz", nil, 400, title + "The address of this page is damaged. Ask again in the chat to begin a new sign-in.", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := visit(t, c.method, c.target, Landed{}, c.err)
			if got.StatusCode != c.status || got.text != c.text {
				t.Errorf("%d\n%s\nwant %d\n%s", got.StatusCode, got.text, c.status, c.text)
			}
			if (c.logged == "") != (got.logs == "") || !strings.Contains(got.logs, c.logged) {
				t.Errorf("logged %q, want %q in it", got.logs, c.logged)
			}
			if allow := got.Header.Get("Allow"); (c.status == 405) != (allow == "GET") {
				t.Errorf("Allow: %q", allow)
			}
		})
	}
}

func TestNothingIsMarkup(t *testing.T) {
	const evil = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>{{.}}`
	for _, got := range []shown{
		visit(t, "GET", "/?x="+url.QueryEscape(evil), Landed{Plugin: evil, User: evil}, nil),
		visit(t, "GET", "/", Landed{}, fault.Denied("%s", evil)),
	} {
		if strings.Contains(got.body, "<script") || strings.Contains(got.body, "<img") || !strings.Contains(got.text, evil) {
			t.Errorf("%s", got.body)
		}
	}
}

// TestHeaders holds the page to its policy: the one style sheet there is has the
// hash that the policy names, and nothing else is loaded.
func TestHeaders(t *testing.T) {
	for _, got := range []shown{
		visit(t, "GET", "/", Landed{Plugin: "helpdesk"}, nil),
		visit(t, "GET", "/", Landed{}, errors.New("x")),
		visit(t, "POST", "/", Landed{}, nil),
	} {
		style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(got.body)
		if style == nil {
			t.Fatal("no style sheet")
		}
		hash := sha256.Sum256([]byte(style[1]))
		for name, want := range map[string]string{
			"Content-Type": "text/html; charset=utf-8",
			"Content-Security-Policy": "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
				"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
			"Cache-Control":          "no-store",
			"Referrer-Policy":        "no-referrer",
			"X-Content-Type-Options": "nosniff",
			"X-Frame-Options":        "DENY",
		} {
			if value := got.Header.Get(name); value != want {
				t.Errorf("%s: %s\nwant %s", name, value, want)
			}
		}
		if regexp.MustCompile(`(?i)\s(src|href|style|on\w+)=|url\(`).MatchString(got.body) {
			t.Errorf("the page loads or runs something:\n%s", got.body)
		}
		if len(got.body) > 4096 {
			t.Errorf("%d bytes", len(got.body))
		}
	}
}
