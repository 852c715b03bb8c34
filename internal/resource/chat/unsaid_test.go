package chat

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// What is the matter with a language model is said in a sentence; its cause is
// for the log.
func TestUnsaid(t *testing.T) {
	busy := &llm.Error{Reason: llm.RateLimited, Model: "canary", Detail: "canary", RetryAfter: 20 * time.Second}
	got := unsaid(t.Context(), fmt.Errorf("deciding: %w", busy))
	if got.Text != "The language model has too much to do. Try again in 20 seconds." || !errors.Is(got.Cause, busy) {
		t.Errorf("%+v", got)
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if got := unsaid(gone, &llm.Error{Reason: llm.Cancelled}); got.Text != "" || got.Cause == nil {
		t.Errorf("of one that has left: %+v", got)
	}
}
