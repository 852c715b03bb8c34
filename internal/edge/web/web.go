// Package web serves the pages that people see in a browser: where a third party
// sends it back to after a sign-in (Callback), where a user of the identity store signs in
// (SignIn), and the page of a web experience (Experience); and the documents that are there for everybody.
//
// It owns how pages look, and the headers that keep them to themselves. It knows
// no family: what the browser brings goes to a function.
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/parleyhq/parley/internal/core/fault"
)

// A Landed says what a sign-in was for.
type Landed struct {
	Plugin string // display name
	User   string // who began it
}

// Callback answers GET /oauth/callback. The page says whom the sign-in was for:
// somebody who was sent there by another person can tell.
type Callback struct {
	// Land takes the browser's query. A fault is told to the person; any other
	// error is logged and hidden.
	Land func(ctx context.Context, query url.Values) (Landed, error)
	Log  *slog.Logger
}

// ServeHTTP shows how the sign-in went: 200, or the status of the fault. Only GET
// is answered, because a HEAD is nobody who wants to sign in. Nothing of the
// query is repeated.
func (c *Callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		show(w, http.StatusMethodNotAllowed, failed("This page is only for coming back from a sign-in."))
		return
	}
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		show(w, http.StatusBadRequest, failed("The address of this page is damaged. Ask again in the chat to begin a new sign-in."))
		return
	}
	landed, err := c.Land(r.Context(), query)
	if err != nil {
		c.refuse(w, r, err)
		return
	}
	show(w, http.StatusOK, page{
		Title: "You are signed in to " + landed.Plugin,
		Text:  "You can close this page and go back to your chat.",
		User:  landed.User,
	})
}

func (c *Callback) refuse(w http.ResponseWriter, r *http.Request, err error) {
	status, text := told(r, c.Log, err, "Something went wrong on the server. Ask again in the chat to begin a new sign-in.")
	show(w, status, failed(text))
}

func statusOf(code fault.Code) int {
	switch code {
	case fault.Validation:
		return http.StatusBadRequest
	case fault.AccessDenied:
		return http.StatusForbidden
	case fault.ResourceNotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.ExternalResource:
		return http.StatusBadGateway
	}
	return http.StatusInternalServerError
}
