// Package remote makes one call to a third party: a request that engine/action
// has bound goes out through platform/outbound, and comes back as an answer
// that may be shown, or as an error that says in a sentence what happened.
//
// It owns sending again (reads only, once), waiting when the third party asks
// for it, turning bodies into text, and keeping whatever may be secret out of
// errors: they hold no query, no credential and no body. It does not bind
// arguments (engine/action), obtain credentials (resource/plugin/login), or
// decide where requests may go (platform/outbound).
package remote

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/platform/outbound"
)

// Call is one request to a third party.
type Call struct {
	Request   *action.Request
	Read      bool                      // changes nothing there, so it may be sent again
	Authorize func(*http.Request) error // adds the credentials to a request about to be sent; nil for none
}

// Answer is what a third party answered with a status of 2xx.
type Answer struct {
	Status    int
	MediaType string // lower case, without parameters; sniffed when none was announced
	Body      []byte // UTF-8 text, at most Caller.MaxBody bytes; empty when Binary
	Size      int64  // bytes of the body: announced, or counted as far as it was read
	Truncated bool   // Body is the beginning only
	Binary    bool   // the body is not text, and is left out
	RequestID string // the third party's name for the request, for its support; may be empty
}

// Caller makes calls. Out, Now and Log are needed; the rest has defaults.
type Caller struct {
	Out  *outbound.Client
	Now  func() time.Time
	Wait func(ctx context.Context, d time.Duration) error // nil waits by the clock
	Log  *slog.Logger

	MaxBody int64         // bytes of Answer.Body; default 1 MiB
	MaxWait time.Duration // longest Retry-After that is waited for; default 10 s
}

// UnreachableError is a call that got no answer: Origin and Why say who and why.
type UnreachableError = outbound.UnreachableError

// Do makes a call. A status other than 2xx is a *StatusError, no answer is an
// *UnreachableError, and one that the operator's rules keep in is an
// *outbound.RefusedError. An error of Authorize is returned as it is.
func (c *Caller) Do(ctx context.Context, call Call) (*Answer, error) {
	return nil, nil
}
