package fence

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"
	"syscall"
	"time"

	"github.com/parleyhq/parley/internal/engine/extract"
)

// breakage is why a child is gone.
type breakage struct {
	reason reason
	busy   bool // the machine was: the child did not get half a processor
}

// reason is said in the log; of what the child said, nothing is.
type reason string

const (
	tookTooLong    reason = "time"
	tookTooMuch    reason = "memory"
	wasEnded       reason = "ended by the system"
	crashed        reason = "crash"
	brokeOurSpeech reason = "protocol"
)

func (b *breakage) Error() string { return "fence: a child broke: " + string(b.reason) }

// explain finds out why the child is gone, which it is by now.
func (c *child) explain(late bool, err error) *breakage {
	var spent time.Duration
	signaled := false
	if state := c.cmd.ProcessState; state != nil {
		spent = state.UserTime() + state.SystemTime()
		signaled = state.ExitCode() < 0 && isCut(err)
	}
	switch {
	case late:
		return &breakage{reason: tookTooLong, busy: spent-c.cpu < c.config.Time/2}
	case c.stderr.has("out of memory", "cannot allocate memory"):
		return &breakage{reason: tookTooMuch}
	case c.stderr.has("panic:", "fatal error:", "SIGSEGV"):
		return &breakage{reason: crashed}
	case signaled && spent >= lifetime(c.config)-time.Second:
		return &breakage{reason: tookTooLong}
	case signaled:
		return &breakage{reason: wasEnded}
	}
	return &breakage{reason: brokeOurSpeech}
}

// isCut reports whether the child fell silent; otherwise it said something wrong,
// and it was we who ended it.
func isCut(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.EPIPE)
}

// refusal is what the user is told.
func (b *breakage) refusal(c Config) *extract.Error {
	switch {
	case b.reason == tookTooLong && b.busy:
		return &extract.Error{Code: extract.InternalError, Message: "The document could not be read in time, because the server is busy.", Retry: true}
	case b.reason == tookTooLong:
		return tooSlow(c.Time)
	case b.reason == tookTooMuch:
		return &extract.Error{Code: extract.InvalidRequest, Message: fmt.Sprintf("The document needs more than %d MB of memory to be read, which it does not get.", c.Memory>>20)}
	case b.reason == wasEnded:
		return &extract.Error{Code: extract.InternalError, Message: "The document could not be read: its reader was ended by the system.", Retry: true}
	}
	return &extract.Error{Code: extract.InvalidRequest, Message: "The document could not be read: it is damaged in a way that broke its reader."}
}

// tooSlow says that a document took too long.
func tooSlow(most time.Duration) *extract.Error {
	return &extract.Error{Code: extract.InvalidRequest, Message: fmt.Sprintf("The document takes longer than %s to be read.", most)}
}

// head keeps the beginning of what a child says to its standard error, which says
// why it ended. It is never shown to anybody: it may quote the document.
type head struct {
	mu   sync.Mutex
	kept []byte
}

// Write takes all and keeps little.
func (h *head) Write(p []byte) (int, error) {
	const most = 16 << 10
	h.mu.Lock()
	defer h.mu.Unlock()
	h.kept = append(h.kept, p[:min(len(p), most-len(h.kept))]...)
	return len(p), nil
}

func (h *head) has(words ...string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, w := range words {
		if bytes.Contains(h.kept, []byte(w)) {
			return true
		}
	}
	return false
}
