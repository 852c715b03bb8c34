package llm

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCollect(t *testing.T) {
	broken := &Error{Reason: Unavailable, Model: "m"}
	for name, test := range map[string]struct {
		events []Event
		err    error
		want   Answer
	}{
		"all": {
			[]Event{Text{"a"}, ToolCall{ID: "1"}, Text{"b"}, Usage{1, 2}, ToolCall{ID: "2"}, Stop{CallsMade}}, nil,
			Answer{Text: "ab", Calls: []ToolCall{{ID: "1"}, {ID: "2"}}, Usage: Usage{1, 2}, Stop: CallsMade},
		},
		"broken":  {[]Event{Text{"a"}}, broken, Answer{Text: "a"}},
		"nothing": {nil, nil, Answer{}},
	} {
		got, err := Collect(func(yield func(Event, error) bool) {
			for _, e := range test.events {
				if !yield(e, nil) {
					return
				}
			}
			if test.err != nil {
				yield(nil, test.err)
			}
		})
		if diff := cmp.Diff(test.want, got); diff != "" || !errors.Is(err, test.err) {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

func TestSentences(t *testing.T) {
	told := map[string]Reason{}
	for _, r := range []Reason{Unavailable, Timeout, RateLimited, Refused, UnknownModel, BadRequest, ContextTooLong, BadAnswer} {
		e := &Error{Reason: r, Model: "m", Detail: "detail", Cause: errors.New("canary")}
		s := e.Sentence()
		if !strings.HasSuffix(s, ".") || !strings.Contains(s, "language model") || strings.Contains(s, "detail") {
			t.Errorf("%s: %s", r, s)
		}
		if told[s] != "" {
			t.Errorf("%s and %s are told alike", r, told[s])
		}
		told[s] = r
		if want := "the language model m: " + string(r) + ": detail"; e.Error() != want {
			t.Errorf("%q, want %q", e, want)
		}
		if got := ReasonOf(fmt.Errorf("deciding: %w", e)); got != r {
			t.Errorf("reason %s of %s", got, r)
		}
	}
	if got := ReasonOf(errors.New("other")); got != "" {
		t.Errorf("reason %s of another error", got)
	}
	for d, want := range map[time.Duration]string{
		time.Millisecond: "1 second", 2 * time.Second: "2 seconds", 61 * time.Second: "61 seconds", 100 * time.Second: "2 minutes", time.Hour: "60 minutes",
	} {
		if s := (&Error{Reason: RateLimited, RetryAfter: d}).Sentence(); !strings.HasSuffix(s, "Try again in "+want+".") {
			t.Errorf("%v: %s", d, s)
		}
	}
}
