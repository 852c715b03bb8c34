package provider

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// chunk is an event of a chat completion, or all of one that is not streamed.
type chunk struct {
	Choices []struct {
		Index   int    `json:"index"`
		Delta   spoken `json:"delta"`
		Message spoken `json:"message"` // instead of Delta, where there is no stream
		Finish  string `json:"finish_reason"`
	} `json:"choices"`
	Usage *struct {
		Input  int `json:"prompt_tokens"`
		Output int `json:"completion_tokens"`
	} `json:"usage"`
	Error  json.RawMessage `json:"error"`
	Object string          `json:"object"` // "error" of vLLM
}

type spoken struct {
	Content json.RawMessage `json:"content"` // a text, or parts that have one
	Refusal string          `json:"refusal"`
	Calls   []callPart      `json:"tool_calls"`
}

// callPart is a call, or a piece of one.
type callPart struct {
	Index    *int   `json:"index"`
	ID       string `json:"id"`
	Function struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"` // a string that holds JSON, or the object itself
	} `json:"function"`
}

// writing is an answer while it is written.
type writing struct {
	tell   func(llm.Event) error
	most   Bounds
	secret string

	calls     []*partial
	arguments int
	thoughts  thoughts
	usage     *llm.Usage
	finish    string
	done      bool // the server said that this is the end
}

// partial is a call while it is written.
type partial struct {
	index     int
	id, name  string
	arguments []byte
}

// chunk takes the next event.
func (w *writing) chunk(data []byte) error {
	var c chunk
	if err := json.Unmarshal(data, &c); err != nil {
		return &llm.Error{Reason: llm.BadAnswer, Detail: "an event of it is not a chat completion", Cause: err}
	}
	if len(c.Error) > 0 && string(c.Error) != "null" || c.Object == "error" {
		return complaint(data).err(w.secret)
	}
	if c.Usage != nil {
		w.usage = &llm.Usage{Input: c.Usage.Input, Output: c.Usage.Output}
	}
	for _, choice := range c.Choices {
		if choice.Index != 0 {
			continue // one answer was asked for
		}
		for _, said := range []spoken{choice.Delta, choice.Message} {
			if err := w.spoken(said); err != nil {
				return err
			}
		}
		if choice.Finish != "" {
			w.finish = choice.Finish
		}
	}
	return nil
}

func (w *writing) spoken(s spoken) error {
	text := w.thoughts.without(contentOf(s.Content)) + s.Refusal
	if text != "" {
		if err := w.tell(llm.Text{Text: text}); err != nil {
			return err
		}
	}
	for _, part := range s.Calls {
		if err := w.called(part); err != nil {
			return err
		}
	}
	return nil
}

// contentOf is the text of a content: a string, or a list of parts.
func contentOf(content json.RawMessage) string {
	var text string
	if json.Unmarshal(content, &text) == nil {
		return text
	}
	var parts []struct {
		Text string `json:"text"`
	}
	_ = json.Unmarshal(content, &parts) // null, or what nobody reads
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

// called takes a piece of a call.
func (w *writing) called(part callPart) error {
	p := w.callOf(part)
	if p == nil {
		if len(w.calls) == w.most.Calls {
			return tooMuch()
		}
		p = &partial{index: len(w.calls)}
		if part.Index != nil {
			p.index = *part.Index
		}
		w.calls = append(w.calls, p)
	}
	if p.id == "" {
		p.id = part.ID
	}
	if p.name == "" {
		p.name = part.Function.Name
	}
	more := argumentsOf(part.Function.Arguments)
	if w.arguments += len(more); w.arguments > w.most.Arguments {
		return tooMuch()
	}
	p.arguments = append(p.arguments, more...)
	return nil
}

// callOf is the call that a piece goes on with; nil: it begins another one.
// Ollama gave every call the index 0 for a time, and Gemini gives none.
func (w *writing) callOf(part callPart) *partial {
	for _, p := range slices.Backward(w.calls) {
		if part.Index != nil && p.index != *part.Index {
			continue
		}
		other := part.ID != "" && p.id != "" && part.ID != p.id
		again := part.Index == nil && part.ID == "" && part.Function.Name != ""
		if other || again {
			return nil
		}
		return p
	}
	return nil
}

func argumentsOf(raw json.RawMessage) []byte {
	var text string
	switch {
	case json.Unmarshal(raw, &text) == nil:
		return []byte(text)
	case bytes.HasPrefix(raw, []byte("{")):
		return raw
	}
	return nil
}

// end tells what is left to be told when nothing more comes.
func (w *writing) end() error {
	if w.finish == "" && !w.done {
		return &llm.Error{Reason: llm.Unavailable, Detail: "the answer broke off"}
	}
	if rest := w.thoughts.rest(); rest != "" {
		if err := w.tell(llm.Text{Text: rest}); err != nil {
			return err
		}
	}
	for i, p := range w.calls {
		if err := w.tell(p.call(i)); err != nil {
			return err
		}
	}
	if w.usage != nil {
		if err := w.tell(*w.usage); err != nil {
			return err
		}
	}
	return w.tell(llm.Stop{Reason: w.reason()})
}

func (p *partial) call(i int) llm.ToolCall {
	c := llm.ToolCall{ID: p.id, Name: p.name, Arguments: p.arguments}
	if c.ID == "" {
		c.ID = fmt.Sprintf("call%05d", i)
	}
	if len(bytes.TrimSpace(c.Arguments)) == 0 {
		c.Arguments = json.RawMessage("{}")
	}
	return c
}

func (w *writing) reason() llm.StopReason {
	switch {
	case w.finish == "length":
		return llm.CutShort
	case w.finish == "content_filter":
		return llm.Withheld
	case len(w.calls) > 0:
		return llm.CallsMade
	}
	return llm.EndOfTurn
}
