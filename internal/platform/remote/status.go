package remote

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/parleyhq/parley/internal/platform/outbound"
)

// StatusError is an answer with a status other than 2xx. Its body is not kept.
type StatusError struct {
	Origin     string // who answered, scheme://host:port
	Status     int
	RequestID  string        // may be empty
	RetryAfter time.Duration // how long the third party wants to be left alone; 0 when it does not say
	Redirect   string        // the origin it redirects to, when that was not followed
}

// Error is a sentence for users.
func (e *StatusError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s answered with status %d", e.Origin, e.Status)
	if text := http.StatusText(e.Status); text != "" {
		fmt.Fprintf(&b, " (%s)", text)
	}
	b.WriteString(e.meaning())
	if e.RequestID != "" {
		fmt.Fprintf(&b, "; its request id is %s", e.RequestID)
	}
	return b.String()
}

// meaning says what a status wants to tell the user, where that is known.
func (e *StatusError) meaning() string {
	switch {
	case e.Redirect != "":
		return ": it redirects to " + e.Redirect + ", which is followed for plain reads only, so that nothing is sent twice or elsewhere; set the server's URL to the new place"
	case e.Status == http.StatusUnauthorized:
		return ": it does not accept the login"
	case e.Status == http.StatusForbidden:
		return ": the login is not allowed to do this"
	case e.Status == http.StatusNotFound || e.Status == http.StatusGone:
		return ": there is nothing of that name"
	case e.Status == http.StatusConflict || e.Status == http.StatusPreconditionFailed:
		return ": what is there has changed, or stands against it"
	case e.Status == http.StatusBadRequest || e.Status == http.StatusUnprocessableEntity:
		return ": it does not accept these values"
	case e.RetryAfter > 0:
		return fmt.Sprintf(": it asks to wait for %s before the next try", e.RetryAfter)
	case e.Status == http.StatusTooManyRequests:
		return ": it has had too many requests for now"
	case e.Status >= 500:
		return ": the fault is on its side"
	}
	return ""
}

// refusal makes an error of an answer whose status is not 2xx.
func (c *Caller) refusal(res *http.Response) *StatusError {
	e := &StatusError{
		Origin: outbound.OriginOf(res.Request.URL).String(), Status: res.StatusCode, RequestID: requestID(res.Header),
	}
	if e.Status == http.StatusTooManyRequests || e.Status == http.StatusServiceUnavailable {
		e.RetryAfter = retryAfter(res.Header.Get("Retry-After"), c.Now())
	}
	if to, err := res.Location(); err == nil && e.Status/100 == 3 {
		e.Redirect = outbound.OriginOf(to).String()
	}
	if res.ContentLength >= 0 && res.ContentLength <= 4096 { // then the connection can be used again
		_, _ = io.CopyN(io.Discard, res.Body, res.ContentLength)
	}
	return e
}

// retryAfter reads a Retry-After header, seconds or a date (RFC 9110, section
// 10.2.3): from one second to a day, or 0 when there is none that can be read.
func retryAfter(header string, now time.Time) time.Duration {
	header = strings.TrimSpace(header)
	const day = 24 * time.Hour
	if seconds, err := strconv.ParseUint(header, 10, 64); err == nil {
		return time.Duration(max(1, min(seconds, uint64(day/time.Second)))) * time.Second
	}
	at, err := http.ParseTime(header)
	if err != nil {
		return 0
	}
	return max(time.Second, min(at.Sub(now), day).Round(time.Second))
}

// requestID is the third party's name for a request: the first of the headers
// in which such names come that holds nothing but a name. It is shown to users
// and models, and so has no room for prose.
func requestID(h http.Header) string {
	for _, name := range []string{
		"X-Request-Id", "X-Amzn-Requestid", "X-Amz-Request-Id", "X-Ms-Request-Id", "Request-Id", "X-Sfdc-Request-Id",
		"X-Zendesk-Request-Id", "Atl-Request-Id", "Atl-Traceid", "X-Arequestid", "X-Transaction-Id", "X-Correlation-Id", "X-Trace-Id", "Cf-Ray",
	} {
		if id := h.Get(name); id != "" && len(id) <= 128 && strings.Trim(id, idBytes) == "" {
			return id
		}
	}
	return ""
}

const idBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/+=@|"
