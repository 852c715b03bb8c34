// Package web serves the pages that people see in a browser. Today there is one:
// where a third party sends the browser back to after a sign-in.
//
// It owns how the page looks, and the headers that keep it to itself. It knows
// no family: what the browser brings goes to a function (Callback.Land).
package web

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
)

// A Landed says what a sign-in was for.
type Landed struct {
	Plugin string // display name
	User   string // who began it
}

// Callback answers GET /oauth/callback.
type Callback struct {
	// Land takes the browser's query. A fault is told to the person; any other
	// error is logged and hidden.
	Land func(ctx context.Context, query url.Values) (Landed, error)
	Log  *slog.Logger
}

// ServeHTTP shows how the sign-in went.
func (c *Callback) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.WriteHeader(http.StatusNotImplemented)
}
