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
	"cmp"
	"context"
	"errors"
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
// *UnreachableError, and a call that the operator's rules keep in is an
// *outbound.RefusedError. An error of Authorize is returned as it is. No error
// holds a query, a header or a body.
//
// A read is sent once more when the connection broke or the third party said
// that a moment later may do (and by net/http, when a connection that was kept
// alive turns out to be dead); anything else is sent at most once.
func (c *Caller) Do(ctx context.Context, call Call) (*Answer, error) {
	answer, err := c.send(ctx, call)
	if err == nil || !call.Read {
		return answer, err
	}
	pause, again := c.pause(ctx, err)
	if !again || pause > 0 && c.wait(ctx, pause) != nil {
		return nil, err
	}
	return c.send(ctx, call)
}

// send sends the request of a call once.
func (c *Caller) send(ctx context.Context, call Call) (*Answer, error) {
	r, terms, err := prepare(ctx, call)
	if err != nil {
		return nil, err
	}
	began := c.Now()
	res, err := c.Out.Send(r, terms)
	if err != nil {
		c.Log.DebugContext(ctx, "third party gave no answer", "method", r.Method, "origin", outbound.OriginOf(r.URL).String(),
			"duration", c.Now().Sub(began), "error", err)
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	c.Log.DebugContext(ctx, "third party answered", "method", r.Method, "origin", outbound.OriginOf(res.Request.URL).String(),
		"duration", c.Now().Sub(began), "status", res.StatusCode, "third_party_request_id", requestID(res.Header))
	if res.StatusCode/100 != 2 {
		return nil, c.refusal(res)
	}
	return c.answer(res)
}

// pause says whether a read that failed is worth another try, and after how long.
func (c *Caller) pause(ctx context.Context, err error) (time.Duration, bool) {
	if unreachable, ok := errors.AsType[*UnreachableError](err); ok {
		return 0, unreachable.Broken
	}
	status, ok := errors.AsType[*StatusError](err)
	if !ok {
		return 0, false
	}
	pause := status.RetryAfter
	switch status.Status {
	case http.StatusTooManyRequests:
	case http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		pause = max(pause, 250*time.Millisecond)
	default:
		return 0, false
	}
	deadline, bounded := ctx.Deadline()
	inTime := !bounded || c.Now().Add(pause).Before(deadline)
	return pause, pause > 0 && pause <= cmp.Or(c.MaxWait, 10*time.Second) && inTime
}

func (c *Caller) wait(ctx context.Context, d time.Duration) error {
	if c.Wait != nil {
		return c.Wait(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Caller) maxBody() int64 { return cmp.Or(c.MaxBody, 1<<20) }
