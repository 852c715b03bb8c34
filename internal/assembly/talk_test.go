package assembly

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/parleyhq/parley/internal/resource/chat"
)

// Turns are counted by what they came to.
func TestTurnsAreCounted(t *testing.T) {
	if countTurns(nil) != nil {
		t.Error("something counts without a registry")
	}
	r := prometheus.NewRegistry()
	count := countTurns(r)
	count(chat.Told{Outcome: chat.Answered, Attached: true, First: 20 * time.Millisecond, Whole: time.Second})
	count(chat.Told{Outcome: chat.Blocked, Whole: time.Millisecond})
	const want = `
# HELP parley_chat_attached_turns_total Those of them that came with files.
# TYPE parley_chat_attached_turns_total counter
parley_chat_attached_turns_total 1
# HELP parley_chat_turns_total Turns of conversations that have begun, by outcome.
# TYPE parley_chat_turns_total counter
parley_chat_turns_total{outcome="answered"} 1
parley_chat_turns_total{outcome="blocked"} 1
`
	if err := testutil.GatherAndCompare(r, strings.NewReader(want), "parley_chat_attached_turns_total", "parley_chat_turns_total"); err != nil {
		t.Error(err)
	}
	if n, err := testutil.GatherAndCount(r, "parley_chat_first_text_seconds", "parley_chat_turn_seconds"); err != nil || n != 2 {
		t.Errorf("%d histograms, %v", n, err)
	}
}
