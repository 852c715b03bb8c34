package wire

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/edge/wire/eventstream"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
)

// duplex carries frames in both directions of one HTTP/2 stream. The client's are
// in signed envelopes.
type duplex struct {
	w       http.ResponseWriter
	r       *http.Request
	control *http.ResponseController
	frames  eventstream.Reader
	chain   *sigv4.Chain
}

func newDuplex(x *exchange) *duplex {
	return &duplex{
		w: x.w, r: x.r, control: http.NewResponseController(x.w), chain: x.chain,
		frames: eventstream.Reader{Source: x.r.Body, Most: maxFrame, Reserve: x.stream.reserve},
	}
}

// open sends the headers at once: clients wait for them before they send events.
// The time limits of the server give way to those of each event.
func (d *duplex) open() error {
	if d.r.ProtoMajor < 2 {
		return &fault.Error{Code: fault.Validation, Reason: fault.UnknownOperation,
			Message: "Chat needs HTTP/2, and the request came by " + spoken(d.r) + ". Use a client that speaks HTTP/2, and let every proxy in between pass it on; or use ChatSync, or the WebSocket form of Chat."}
	}
	_ = d.control.SetReadDeadline(time.Time{}) // of HTTP/2: both are supported
	_ = d.control.SetWriteDeadline(time.Time{})
	d.w.Header()["Content-Type"] = []string{mediaEvents}
	d.w.WriteHeader(http.StatusOK)
	return d.control.Flush()
}

// read opens the next envelope. An empty one is the client's end; without it the
// end could be anybody's.
func (d *duplex) read(ctx context.Context) (m eventstream.Message, err error) {
	err = interruptible(ctx, func() { _ = d.control.SetReadDeadline(longAgo()) }, func() error {
		m, err = d.frames.Next()
		return err
	})
	if errors.Is(err, io.EOF) {
		return m, &fault.Error{Code: fault.Validation, Reason: fault.CannotParse,
			Message: "The event stream ended without its end: a signed envelope with nothing in it."}
	}
	if err != nil {
		return m, err
	}
	frame, err := eventstream.Open(m, d.chain)
	if err != nil {
		return m, err
	}
	if len(frame) == 0 {
		return m, io.EOF
	}
	return eventstream.Parse(frame)
}

// ended leaves what the client still sends to HTTP/2, which holds it back.
func (d *duplex) ended() {}

func (d *duplex) write(ctx context.Context, frame []byte) error {
	return interruptible(ctx, func() { _ = d.control.SetWriteDeadline(longAgo()) }, func() error {
		if _, err := d.w.Write(frame); err != nil {
			return err
		}
		return d.control.Flush()
	})
}

func (d *duplex) exception(rep reply) string { return rep.code }

// close leaves the end to net/http, which writes it when the request is done.
func (d *duplex) close(reply) int { return http.StatusOK }

// spoken is the protocol of a request.
func spoken(r *http.Request) string { return fmt.Sprintf("HTTP/%d.%d", r.ProtoMajor, r.ProtoMinor) }

// longAgo is a deadline that has passed, whatever the time is.
func longAgo() time.Time { return time.Unix(1, 0) }

// interruptible does what may take long, and interrupts it when ctx ends before.
// When it returns, both are over.
func interruptible(ctx context.Context, interrupt func(), do func() error) error {
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(interrupted)
		interrupt()
	})
	err := do()
	if !stop() {
		<-interrupted
	}
	return err
}
