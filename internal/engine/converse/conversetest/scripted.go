package conversetest

import (
	"context"
	"encoding/json"
	"iter"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// Scripted is a language model that says what it is told to say: one Answer for
// each request, of which the last stays.
type Scripted struct {
	Answers []Answer
	Asked   []llm.Request
}

// An Answer is a stream: pieces of text, calls, the end. With an error there is
// that instead of the end.
type Answer struct {
	Pieces []string
	Calls  []string // of tools by these names
	Stop   llm.StopReason
	Err    error
}

// Says is a Scripted of answers of one piece each.
func Says(texts ...string) *Scripted {
	s := &Scripted{}
	for _, text := range texts {
		s.Answers = append(s.Answers, Answer{Pieces: []string{text}})
	}
	return s
}

// Stream implements llm.Model.
func (s *Scripted) Stream(_ context.Context, r llm.Request) iter.Seq2[llm.Event, error] {
	return func(yield func(llm.Event, error) bool) {
		s.Asked = append(s.Asked, r)
		a := s.Answers[min(len(s.Asked), len(s.Answers))-1]
		for _, e := range a.events() {
			if !yield(e, nil) {
				return
			}
		}
		if a.Err != nil {
			yield(nil, a.Err)
		}
	}
}

func (a Answer) events() (events []llm.Event) {
	for _, p := range a.Pieces {
		events = append(events, llm.Text{Text: p})
	}
	for _, name := range a.Calls {
		events = append(events, llm.ToolCall{ID: "c", Name: name, Arguments: json.RawMessage("{}")})
	}
	if a.Err != nil {
		return events
	}
	stop := a.Stop
	if stop == "" {
		stop = llm.EndOfTurn
	}
	return append(events, llm.Usage{Input: 1, Output: 1}, llm.Stop{Reason: stop})
}
