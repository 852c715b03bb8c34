package llm

import (
	"errors"
	"fmt"
	"time"
)

// Reason says what kind of error it is: what may help against it.
type Reason string

// The reasons there are.
const (
	Unavailable    Reason = "unavailable"      // not reached, broken off, or a fault on its side: later may do
	Timeout        Reason = "timeout"          // no word, or no further one, in the time there is
	RateLimited    Reason = "rate limited"     // too many requests for now
	Refused        Reason = "refused"          // the credentials, or what they allow
	UnknownModel   Reason = "unknown model"    // the server has no model of that name
	BadRequest     Reason = "bad request"      // the server does not take what was sent
	ContextTooLong Reason = "context too long" // more than the model can read
	BadAnswer      Reason = "bad answer"       // what came cannot be understood, or is more than is read
	Cancelled      Reason = "cancelled"        // by whoever asked
)

// An Error is a request that was not answered, or not to the end. Its text holds
// nothing of what was sent or received, and no credential.
type Error struct {
	Reason     Reason
	Model      string        // the model's name, as the operator gave it
	Detail     string        // a clause for the operator, such as "status 404"; may be empty
	RetryAfter time.Duration // of RateLimited and Unavailable: how long the server wants to be left alone; 0: it does not say
	Cause      error         // for errors.Is; its text may quote anything, and is never shown
}

// Error is a sentence for the operator's log.
func (e *Error) Error() string {
	text := fmt.Sprintf("the language model %s: %s", e.Model, e.Reason)
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Sentence says to the person who waits for the answer what went wrong, and what
// to do.
func (e *Error) Sentence() string {
	switch e.Reason {
	case Timeout:
		return "The language model took too long to answer. Try again."
	case RateLimited:
		if e.RetryAfter > 0 {
			return fmt.Sprintf("The language model has too much to do. Try again in %s.", inWords(e.RetryAfter))
		}
		return "The language model has too much to do. Try again in a moment."
	case Refused:
		return "The language model does not accept this server's credentials. Tell the administrator."
	case UnknownModel:
		return "The language model that this server is configured for is not there. Tell the administrator."
	case BadRequest:
		return "The language model does not accept what it was asked. Tell the administrator."
	case ContextTooLong:
		return "This is more than the language model can read at once. Say it in fewer words, or begin a new conversation."
	case BadAnswer:
		return "The language model gave an answer that cannot be used. Try again."
	case Unavailable, Cancelled:
	}
	return "The language model cannot be reached, or broke off. Try again; if it stays, tell the administrator."
}

// inWords rounds up to seconds or minutes.
func inWords(d time.Duration) string {
	n, unit := int((d+time.Second-1)/time.Second), "second"
	if n > 90 {
		n, unit = int((d+time.Minute-1)/time.Minute), "minute"
	}
	if n != 1 {
		unit += "s"
	}
	return fmt.Sprintf("%d %s", n, unit)
}

// ReasonOf is the Reason of an error of a Model; empty for another error.
func ReasonOf(err error) Reason {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Reason
	}
	return ""
}
