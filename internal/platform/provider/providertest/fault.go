package providertest

import (
	"io"
	"maps"
	"net/http"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// A Fault is a way in which a Server does not give the answer of its script.
type Fault string

// The faults there are: refusals, and what goes wrong on the way. Those below
// FirstLate come after the events that a Reply lets through first.
const (
	Dropped         Fault = "connection closed before an answer"
	InvalidKey      Fault = "status 401"
	MissingModel    Fault = "status 404, no such model"
	TooManyRequests Fault = "status 429"
	ServerError     Fault = "status 500"
	Overloaded      Fault = "status 503"
	ContextLength   Fault = "prompt too long"
	FirstLate       Fault = "silence before an answer" // until the client leaves

	Silence    Fault = "silence in an answer" // until the client leaves
	Cut        Fault = "connection cut in an answer"
	Ended      Fault = "answer ends without an end"
	Malformed  Fault = "event that is no JSON"
	ErrorEvent Fault = "error event in an answer"
	Filtered   Fault = "answer stopped by a content filter"
	OutOfRoom  Fault = "answer stopped at the most tokens"
)

// Faults are all there are.
func Faults() []Fault {
	return []Fault{
		Dropped, InvalidKey, MissingModel, TooManyRequests, ServerError, Overloaded, ContextLength, FirstLate,
		Silence, Cut, Ended, Malformed, ErrorEvent, Filtered, OutOfRoom,
	}
}

// Reason is the error that a provider reports for the fault; empty for Filtered and
// OutOfRoom, which are ends of an answer and no errors.
func (f Fault) Reason() llm.Reason {
	switch f {
	case InvalidKey:
		return llm.Refused
	case MissingModel:
		return llm.UnknownModel
	case TooManyRequests:
		return llm.RateLimited
	case ContextLength:
		return llm.ContextTooLong
	case FirstLate, Silence:
		return llm.Timeout
	case Malformed:
		return llm.BadAnswer
	case Filtered, OutOfRoom:
		return ""
	case Dropped, ServerError, Overloaded, Cut, Ended, ErrorEvent:
	}
	return llm.Unavailable
}

// Begins reports whether the fault comes in place of an answer: a provider then asks
// again, where that may help.
func (f Fault) Begins() bool {
	switch f {
	case Dropped, InvalidKey, MissingModel, TooManyRequests, ServerError, Overloaded, ContextLength, FirstLate:
		return true
	case Silence, Cut, Ended, Malformed, ErrorEvent, Filtered, OutOfRoom:
	}
	return false
}

// refusal is how the fault is said in a status, if it is.
func (f Fault) refusal() (status int, r Refusal) {
	switch f {
	case InvalidKey:
		return http.StatusUnauthorized, Unauthenticated
	case MissingModel:
		return http.StatusNotFound, NoModel
	case TooManyRequests:
		return http.StatusTooManyRequests, Throttled
	case ServerError:
		return http.StatusInternalServerError, Broken
	case Overloaded:
		return http.StatusServiceUnavailable, Down
	case ContextLength:
		return http.StatusBadRequest, TooLong
	case Dropped, FirstLate, Silence, Cut, Ended, Malformed, ErrorEvent, Filtered, OutOfRoom:
	}
	return 0, ""
}

// begin does a fault that comes in place of an answer.
func (f Fault) begin(w http.ResponseWriter, r *http.Request, retryAfter string) {
	switch f {
	case Dropped:
		panic(http.ErrAbortHandler)
	case FirstLate:
		<-r.Context().Done()
		return
	}
	status, kind := f.refusal()
	h, body := Chat{}.Refuse(kind, Body)
	maps.Copy(w.Header(), h)
	if retryAfter != "" {
		w.Header().Set("Retry-After", retryAfter)
	}
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)
}

// end does a fault of an answer that has begun. What it leaves is the rest of the
// answer, if that has one.
func (f Fault) end(r *http.Request) (rest [][]byte) {
	finish := func(reason llm.StopReason) [][]byte {
		return Chat{}.Answer([]llm.Event{llm.Stop{Reason: reason}})[1:]
	}
	switch f {
	case Silence:
		<-r.Context().Done()
	case Cut:
		panic(http.ErrAbortHandler)
	case Malformed:
		return [][]byte{[]byte("data: {" + Body + "\n\n")}
	case ErrorEvent:
		return [][]byte{[]byte(`data: {"error":{"message":"` + Body + `","type":"server_error"}}` + "\n\n")}
	case Filtered:
		return finish(llm.Withheld)
	case OutOfRoom:
		return finish(llm.CutShort)
	}
	return nil
}
