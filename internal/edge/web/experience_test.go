package web

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/core/fault"
)

// end is when sessions of the tests end.
func end() time.Time { return time.Date(2026, 11, 22, 15, 4, 0, 0, time.UTC) }

// door is an experience e1 that lets in with the pass "good", and knows its cookie.
func door(logs *bytes.Buffer) *Experience {
	return &Experience{
		Path: "/web/", Pass: "pass", Log: slog.New(slog.NewTextHandler(logs, nil)),
		Enter: func(_ context.Context, id, pass string) (Session, error) {
			if id != "e1" || pass != "good" {
				return Session{}, fault.Denied("This address was used before.")
			}
			return Session{Cookie: "c00kie", Until: end()}, nil
		},
		Show: func(_ context.Context, id, cookie string) (*Portal, error) {
			switch {
			case id == "e2":
				return &Portal{Application: "app-2", Region: "eu-west-1"}, nil
			case id == "broken":
				return nil, errors.New("the store's own words")
			case id == "slow":
				return nil, fault.Conflicts("web-experience", id, "The page is being set up.")
			case id != "e1":
				return nil, fault.NotFound("web-experience", id, "There is no such page.")
			case cookie != "c00kie":
				return nil, fault.Denied("You have no session.")
			}
			return &Portal{Title: "Ask <us>", Subtitle: "Anything", Welcome: "Good to have you.\nReally.", Application: "app-1", Region: "us-east-1", Until: end()}, nil
		},
	}
}

func open(t *testing.T, e *Experience, r *http.Request) shown {
	t.Helper()
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return shown{w.Result(), w.Body.String(), words(t, w.Body.String()), ""}
}

// TestExperience is a visit: an address that works once, and the page behind it.
func TestExperience(t *testing.T) {
	var logs bytes.Buffer
	e := door(&logs)
	entered := open(t, e, httptest.NewRequest("GET", "/web/e1/?pass=good", nil))
	want := "parley-session=c00kie; Path=/web/e1/; Expires=Sun, 22 Nov 2026 15:04:00 GMT; HttpOnly; SameSite=Lax"
	if got := entered.Header.Get("Set-Cookie"); entered.StatusCode != 303 || entered.Header.Get("Location") != "/web/e1/" || got != want {
		t.Errorf("%d %s\n%s\nwant\n%s", entered.StatusCode, entered.Header.Get("Location"), got, want)
	}
	for name, value := range map[string]string{"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"} {
		if got := entered.Header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}

	r := httptest.NewRequest("GET", "/web/e1/", nil)
	r.AddCookie(entered.Cookies()[0])
	page := open(t, e, r)
	text := "Ask <us>\nAnything\nGood to have you.\nReally.\nYour session is open until\n15:04 UTC\n.\nAsk through the API\n" +
		"Questions are asked with credentials of the account that this page belongs to. Every AWS SDK works, and so does the AWS CLI:\n" +
		"aws qbusiness chat-sync \\\n  --endpoint-url http://example.com \\\n  --region us-east-1 \\\n  --application-id app-1 \\\n  --user-message \"How do I begin?\""
	if diff := cmp.Diff(text, page.text); diff != "" || page.StatusCode != 200 {
		t.Errorf("%d (-want +got):\n%s", page.StatusCode, diff)
	}
	if strings.Contains(page.body, "<us>") || !strings.Contains(page.body, `<time datetime="2026-11-22T15:04:00Z">`) {
		t.Error(page.body)
	}
	for name, value := range map[string]string{
		"Content-Security-Policy": bounds{nobody, nobody, nobody}.policy(), "X-Frame-Options": "DENY", "Cache-Control": "no-store",
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Content-Type": "text/html; charset=utf-8",
	} {
		if got := page.Header.Get(name); got != value {
			t.Errorf("%s: %q, want %q", name, got, value)
		}
	}
}

// TestExperienceAnswers goes through what a browser may ask for.
func TestExperienceAnswers(t *testing.T) {
	for name, tt := range map[string]struct {
		method, target string
		header         string // "Name: value"
		status         int
		text           string
		location       string
	}{
		"for people who sign in": {"GET", "/web/e2/", "", 200, "Welcome\nAsk through the API\nPeople sign in through the API", ""},
		"other parameters":       {"GET", "/web/e2/?utm_source=mail", "", 200, "Welcome\nAsk", ""},
		"no session":             {"GET", "/web/e1/", "", 403, "!\nThis page cannot be opened\nYou have no session.", ""},
		"a session of others":    {"GET", "/web/e1/", "Cookie: parley-session=x", 403, "You have no session.", ""},
		"a used address":         {"GET", "/web/e1/?pass=used", "", 403, "This address was used before.", ""},
		"an empty pass":          {"GET", "/web/e1/?pass", "", 403, "This address was used before.", ""},
		"no such page":           {"GET", "/web/e9/", "", 404, "There is no such page.", ""},
		"not ready":              {"GET", "/web/slow/", "", 409, "The page is being set up.", ""},
		"nothing":                {"GET", "/web/", "", 404, "There is no such page.", ""},
		"below a page":           {"GET", "/web/e1/chat", "", 404, "There is no such page.", ""},
		"damaged":                {"GET", "/web/e1/?pass=%zz", "", 400, "is damaged", ""},
		"long":                   {"GET", "/web/e1/?pass=" + strings.Repeat("a", 20<<10), "", 400, "is damaged", ""},
		"posted":                 {"POST", "/web/e1/?pass=good", "", 405, "can only be read", ""},
		"broken":                 {"GET", "/web/broken/", "", 500, "Something went wrong on the server.", ""},
		"without a slash":        {"GET", "/web/e1?pass=good", "", 308, "", "/web/e1/?pass=good"},
		"another host":           {"GET", "/web//evil.example/", "", 404, "There is no such page.", ""},
		"only looked at":         {"HEAD", "/web/e1/?pass=good", "", 204, "", ""},
		"fetched ahead":          {"GET", "/web/e1/?pass=good", "Sec-Purpose: prefetch;prerender", 204, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var logs bytes.Buffer
			r := httptest.NewRequest(tt.method, tt.target, nil)
			if k, v, ok := strings.Cut(tt.header, ": "); ok {
				r.Header.Set(k, v)
			}
			got := open(t, door(&logs), r)
			if got.StatusCode != tt.status || !strings.Contains(got.text, tt.text) || got.Header.Get("Location") != tt.location || got.Header.Get("Set-Cookie") != "" {
				t.Errorf("%d %s %q\n%s", got.StatusCode, got.Header.Get("Location"), got.Header.Get("Set-Cookie"), got.text)
			}
			if strings.Contains(got.body, "own words") || strings.Contains(logs.String(), "own words") != (tt.status == 500) {
				t.Errorf("page:\n%s\nlog:\n%s", got.body, logs.String())
			}
			if tt.status == 405 && got.Header.Get("Allow") != "GET, HEAD" {
				t.Errorf("Allow: %q", got.Header.Get("Allow"))
			}
		})
	}
}

// TestExperienceOverTLS: cookies stay there, and go into frames of the sites that
// may have them.
func TestExperienceOverTLS(t *testing.T) {
	for name, tt := range map[string]struct {
		public, target string
		embedded       bool
		want           string
	}{
		"TLS":             {"", "https://parley.example/web/e1/?pass=good", false, "; HttpOnly; Secure; SameSite=Lax"},
		"behind a proxy":  {"https://parley.example", "/web/e1/?pass=good", false, "; HttpOnly; Secure; SameSite=Lax"},
		"in a frame":      {"", "https://parley.example/web/e1/?pass=good", true, "; HttpOnly; Secure; SameSite=None; Partitioned"},
		"in a plain page": {"", "/web/e1/?pass=good", true, "; HttpOnly; SameSite=Lax"},
	} {
		t.Run(name, func(t *testing.T) {
			e := door(new(bytes.Buffer))
			e.PublicURL = tt.public
			e.Enter = func(context.Context, string, string) (Session, error) {
				return Session{Cookie: "c", Until: end(), Embedded: tt.embedded}, nil
			}
			got := open(t, e, httptest.NewRequest("GET", tt.target, nil)).Header.Get("Set-Cookie")
			if !strings.HasSuffix(got, "GMT"+tt.want) {
				t.Errorf("%s, want …%s", got, tt.want)
			}
		})
	}
}

// TestExperienceLook: the logo, the icon and the frames that were asked for, and no
// others; where the API is.
func TestExperienceLook(t *testing.T) {
	e := door(new(bytes.Buffer))
	e.PublicURL = "https://parley.example/"
	e.Show = func(context.Context, string, string) (*Portal, error) {
		return &Portal{Title: "T", Logo: "https://cdn.example/logo.svg", Favicon: "https://cdn.example/f.ico", Origins: []string{"https://a.example", "http://b.example:8080"}}, nil
	}
	got := open(t, e, httptest.NewRequest("GET", "/web/e1/", nil))
	rules := got.Header.Get("Content-Security-Policy")
	for _, want := range []string{
		"; img-src https://cdn.example/logo.svg https://cdn.example/f.ico; ", "; frame-ancestors https://a.example http://b.example:8080",
	} {
		if !strings.Contains(rules, want) {
			t.Errorf("%s\nhas no %s", rules, want)
		}
	}
	if got.Header.Get("X-Frame-Options") != "" {
		t.Error("X-Frame-Options keeps the frames out")
	}
	for _, want := range []string{`<img class="logo" src="https://cdn.example/logo.svg" alt="">`, `<link rel="icon" href="https://cdn.example/f.ico">`, "--endpoint-url https://parley.example \\"} {
		if !strings.Contains(got.body, want) {
			t.Errorf("no %s in\n%s", want, got.body)
		}
	}
}
