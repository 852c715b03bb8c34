package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
)

// A Portal is what the page of a web experience says.
type Portal struct {
	Title, Subtitle string    // empty: none
	Welcome         string    // of those who were let in
	Logo, Favicon   string    // URLs; empty: none
	Origins         []string  // of the sites that may embed it
	Application     string    // its ID, for calls of the API
	Region          string    // in which it is
	Until           time.Time // when the browser's session ends; zero: it has none and needs none
}

// A Session is a browser that was let in.
type Session struct {
	Cookie   string
	Until    time.Time
	Embedded bool // other sites may show the page in a frame
}

// Experience answers GET and HEAD for the pages of all web experiences: PATH/ID/,
// and with a pass in the query the addresses that let somebody in once. Where the
// server is reached over TLS is told by the request, or by PublicURL.
type Experience struct {
	Path string // with which they begin, such as /web/
	Pass string // the parameter of an address that works once

	// Enter spends a pass, and Show returns the page for a browser with a cookie. A
	// fault is told to the person; any other error is logged and hidden.
	Enter func(ctx context.Context, id, pass string) (Session, error)
	Show  func(ctx context.Context, id, cookie string) (*Portal, error)

	PublicURL string // where browsers reach the server; empty: where they did
	Log       *slog.Logger
}

// sessionCookie is the name of the cookie, whose path is the page's own.
const sessionCookie = "parley-session"

// ServeHTTP shows the page: 200; 403 to a browser that was not let in, 404 where
// there is none, 409 while it cannot be used. An address that lets somebody in leads
// there by a 303.
func (e *Experience) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	id, below, slash := strings.Cut(strings.TrimPrefix(r.URL.Path, e.Path), "/")
	query, err := url.ParseQuery(r.URL.RawQuery)
	switch {
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		w.Header().Set("Allow", "GET, HEAD")
		show(w, http.StatusMethodNotAllowed, closed("This page can only be read."))
	case id == "" || below != "":
		show(w, http.StatusNotFound, closed("There is no such page. Its address may be damaged, or it was taken away."))
	case err != nil || len(r.URL.RawQuery) > maxQuery:
		show(w, http.StatusBadRequest, closed("The address of this page is damaged. Copy all of it, or ask for another where you found it."))
	case !slash:
		redirect(w, r, e.Path+url.PathEscape(id)+"/", r.URL.RawQuery, http.StatusPermanentRedirect)
	case query.Has(e.Pass):
		e.enter(w, r, id, query.Get(e.Pass))
	default:
		e.show(w, r, id)
	}
}

// enter opens a session, unless nobody is there who wants one: a HEAD, or a browser
// that fetches what somebody may want next, must not spend the pass.
func (e *Experience) enter(w http.ResponseWriter, r *http.Request, id, pass string) {
	if r.Method == http.MethodHead || strings.Contains(r.Header.Get("Sec-Purpose"), "prefetch") {
		w.Header().Set("Cache-Control", "no-store")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	s, err := e.Enter(r.Context(), id, pass)
	if err != nil {
		e.refuse(w, r, err)
		return
	}
	page := e.Path + url.PathEscape(id) + "/"
	http.SetCookie(w, e.cookie(r, page, s))
	redirect(w, r, page, "", http.StatusSeeOther)
}

// cookie is the session for the browser. A frame in the page of another site has it
// only over TLS, and apart from the same page elsewhere.
func (e *Experience) cookie(r *http.Request, page string, s Session) *http.Cookie {
	secure := r.TLS != nil || strings.HasPrefix(e.PublicURL, "https://")
	c := &http.Cookie{ //nolint:gosec // a server on plain HTTP, such as on a laptop, cannot set a Secure one
		Name: sessionCookie, Value: s.Cookie, Path: page, Expires: s.Until,
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
	if secure && s.Embedded {
		c.SameSite, c.Partitioned = http.SameSiteNoneMode, true
	}
	return c
}

func redirect(w http.ResponseWriter, r *http.Request, path, query string, status int) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	http.Redirect(w, r, (&url.URL{Path: path, RawQuery: query}).String(), status)
}

func (e *Experience) show(w http.ResponseWriter, r *http.Request, id string) {
	var session string
	if c, err := r.Cookie(sessionCookie); err == nil {
		session = c.Value
	}
	p, err := e.Show(r.Context(), id, session)
	if err != nil {
		e.refuse(w, r, err)
		return
	}
	w.Header().Set("Referrer-Policy", "no-referrer")
	rules := bounds{forms: nobody, images: sources(p.Logo, p.Favicon), frames: sources(p.Origins...)}
	render(w, http.StatusOK, experienceTemplate, portal{Portal: p, Endpoint: e.endpoint(r)}, rules)
}

// sources lists URLs in a policy.
func sources(urls ...string) string {
	list := strings.Join(strings.Fields(strings.Join(urls, " ")), " ")
	if list == "" {
		return nobody
	}
	return list
}

// endpoint is where the API is.
func (e *Experience) endpoint(r *http.Request) string {
	switch {
	case e.PublicURL != "":
		return strings.TrimSuffix(e.PublicURL, "/")
	case r.TLS != nil:
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (e *Experience) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := fault.As(err)
	if f == nil {
		e.Log.ErrorContext(r.Context(), "the page of a web experience cannot be shown", "error", err)
		show(w, http.StatusInternalServerError, closed("Something went wrong on the server. Try again in a moment."))
		return
	}
	show(w, statusOf(f.Code), closed(f.Message))
}

func closed(text string) page {
	return page{Title: "This page cannot be opened", Text: text, Failed: true}
}

// portal is what the page of a web experience says. html/template escapes it.
type portal struct {
	style
	*Portal

	Endpoint string
}

// Heading is the title, or a word in its place.
func (p portal) Heading() string {
	if p.Title == "" {
		return "Welcome"
	}
	return p.Title
}

// End is when the session ends, in words and for programs.
func (p portal) End() string { return p.Until.UTC().Format("15:04 UTC") }

// EndTime is End for programs.
func (p portal) EndTime() string { return p.Until.UTC().Format(time.RFC3339) }
