package wire

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/edge/wire/sigv4"
)

const (
	defaultInFlight = 256 * mib // of request bodies held at once
	firstRead       = 64 << 10  // bytes held for a body before any has come
	maxDrain        = 32 * mib  // bytes of a refused body that are read and thrown away
)

// readBody reads the body of the request into x.body. Memory is spent only as
// bytes arrive, and never more than x.limit. That of an
// event stream is read by the operation, event by event.
func (s *Server) readBody(x *exchange) error {
	if x.endpoint != nil && x.endpoint.streams {
		return nil
	}
	limit, length := x.limit, x.r.ContentLength
	if length > limit {
		return tooLarge(x, length)
	}
	x.body = []byte{}
	if length == 0 {
		return nil
	}
	x.purse = s.purse(sigv4.ClaimedKey(x.r))
	for {
		if err := s.makeRoom(x, limit, length); err != nil {
			return err
		}
		n, err := x.r.Body.Read(x.body[len(x.body):cap(x.body)])
		x.body = x.body[:len(x.body)+n]
		switch {
		case int64(len(x.body)) > limit:
			return tooLarge(x, -1)
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return unread(err)
		}
	}
}

// makeRoom grows a full body buffer: to what the client announced if that is
// little, else doubling. The budget is charged with every byte.
func (s *Server) makeRoom(x *exchange, limit, announced int64) error {
	size := int64(cap(x.body))
	if int64(len(x.body)) < size {
		return nil
	}
	grown := max(2*size, firstRead)
	if size < announced && announced <= grown {
		grown = announced + 1 // one more, to see the end
	}
	grown = min(grown, limit+1)
	if !s.reserve(x, grown-size) {
		return noMemory()
	}
	body := make([]byte, len(x.body), grown)
	copy(body, x.body)
	x.body = body
	return nil
}

// reserve takes memory for a body whose signature can be verified only when all of it
// is there. Requests that name no key we know have half of what there is, so that
// strangers who send slowly keep nobody else out; nor does a key that we know, which
// has its share (shares).
func (s *Server) reserve(x *exchange, n int64) bool {
	if !x.known && !s.strange.take(n) {
		if x.known = s.knows(x); !x.known {
			return false
		}
		s.strange.give(x.strange)
		x.strange = 0
	}
	if !x.known {
		x.strange += n
	}
	if !x.purse.take(n) {
		return false
	}
	x.held += n
	return true
}

// knows reports whether a request names a key that is known. It is asked only where
// strangers have their half.
func (s *Server) knows(x *exchange) bool {
	service, signed := sigv4.ClaimedService(x.r)
	return signed && s.config.Auth.Known(x.r.Context(), x.r, service) == nil
}

// noMemory refuses bytes that others have the room of.
func noMemory() error {
	return &fault.Error{Code: fault.Throttling,
		Message: "The server holds as many request bodies as it has memory for. Wait and try again."}
}

// tooLarge refuses a body, and throws away what a client is about to send
// anyway: one that is cut off while it writes does not read the answer.
func tooLarge(x *exchange, length int64) error {
	x.body = nil
	waits := strings.EqualFold(x.r.Header.Get("Expect"), "100-continue")
	if !waits && length <= maxDrain {
		_, _ = io.CopyN(io.Discard, x.r.Body, maxDrain)
	}
	name := "an operation of this service"
	if x.endpoint != nil {
		name = x.endpoint.Name
	}
	message := fmt.Sprintf("The body is larger than the %d bytes that %s takes.", x.limit, name)
	if length > 0 {
		message = fmt.Sprintf("The body has %d bytes; %s takes at most %d.", length, name, x.limit)
	}
	return &refusal{status: http.StatusRequestEntityTooLarge, code: "RequestEntityTooLargeException", message: message}
}

// unread says why a body did not come to its end.
func unread(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return &refusal{status: http.StatusRequestTimeout, code: "RequestTimeoutException", cause: err,
			message: "The body did not arrive in time."}
	}
	return &refusal{status: http.StatusBadRequest, code: "RequestAbortedException", cause: err,
		message: "The body ended before its announced end."}
}
