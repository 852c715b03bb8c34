package remote

import (
	"fmt"
	"net/http"
	"strings"
	"time"
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
