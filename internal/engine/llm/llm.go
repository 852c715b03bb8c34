// Package llm is the vocabulary in which language models are spoken to, whoever
// runs them: a Request, the Events of its answer, and the errors there are.
//
// It owns the words and the rules of a stream, nothing else. How a vendor's API
// is called is platform/provider's business, and what a model is asked is that
// of whoever asks, such as engine/plan.
package llm

import (
	"context"
	"encoding/json"
	"iter"
)

// A Model answers requests. It is safe for concurrent use.
//
// A stream has Texts, which are parts of one text, and ToolCalls, each complete,
// and ends
// with a Stop, or else with the one error that it has, an *Error. A Usage may
// come at any place before the Stop, and counts for all of the answer. Nothing
// is sent before the stream is ranged over; leaving the range, or the end of
// ctx, ends the request.
type Model interface {
	Stream(ctx context.Context, r Request) iter.Seq2[Event, error]
}

// A Request is what a model is asked.
type Request struct {
	System      string // instructions that stand above the messages
	Messages    []Message
	Tools       []Tool
	MaxTokens   int      // of the answer; 0: what the model allows
	Temperature *float64 // 0 to 1; nil: the model's own
}

// A Message is a part of the conversation. Its members are in the order in
// which they were said.
type Message struct {
	Role    Role
	Results []ToolResult // of a user: what came of the calls in the message before
	Text    string
	Images  []Image    // of a user; a model that cannot see gets none
	Calls   []ToolCall // of an assistant
}

// An Image is a picture for the model to look at. Whoever asks sends one only
// to a model that can see.
type Image struct {
	MediaType string // image/png, image/jpeg, image/gif or image/webp
	Data      []byte // the file
}

// Role says whose a Message is.
type Role string

// The roles there are. What a tool answered is a user's message, too.
const (
	User      Role = "user"
	Assistant Role = "assistant"
)

// A Tool is something that a model may ask to be done.
type Tool struct {
	Name        string          // letters, digits, _ and -; at most 64
	Description string          // when to use it, and what it does
	Parameters  json.RawMessage // JSON Schema of an object
}

// A ToolCall asks for something to be done.
type ToolCall struct {
	ID        string
	Name      string          // as the model says it: there may be no such tool
	Arguments json.RawMessage // a JSON object, or what the model took for one
}

// A ToolResult is what came of a ToolCall.
type ToolResult struct {
	ID     string // of the call
	Text   string
	Failed bool
}

// An Event is a part of an answer: a Text, a ToolCall, a Usage or a Stop.
//
//sumtype:decl
type Event interface{ event() }

// Text is more of the text.
type Text struct{ Text string }

// Usage is what an answer took, in tokens. Servers that do not count send none.
type Usage struct{ Input, Output int }

// Stop is the end of an answer.
type Stop struct{ Reason StopReason }

// StopReason says why an answer ended.
type StopReason string

// The reasons there are. One that a server does not give is EndOfTurn, or
// CallsMade where there are calls.
const (
	EndOfTurn StopReason = "end of turn"
	CallsMade StopReason = "calls made"
	CutShort  StopReason = "cut short" // MaxTokens, or the model's own bound
	Withheld  StopReason = "withheld"  // by a filter of the model's server
)

func (Text) event()     {}
func (ToolCall) event() {}
func (Usage) event()    {}
func (Stop) event()     {}
