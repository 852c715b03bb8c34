package providertest

import (
	"encoding/json"
	"net/http"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// Chat are the oddities of a server of chat completions.
type Chat struct {
	Split     int    // bytes of arguments in a piece; 0: whole
	Object    bool   // arguments are an object, not a text
	Index     string // of calls: "" as it should be, "zero" for all, "none"
	NoFinish  bool   // no finish_reason
	StopAlone bool   // finish_reason is stop, also after calls
	NoDone    bool   // no [DONE]
	NoUsage   bool
	EachUsage bool   // usage in every event
	Whole     bool   // one object, not a stream
	Comments  bool   // lines that say nothing, CRLF, and null members
	Errors    string // form of errors: "" OpenAI's, "text", "flat", "detail"
	LongError string // in which words it says that the prompt is too long
}

type object = map[string]any

// Answer writes events as a server of this kind does.
func (c Chat) Answer(events []llm.Event) [][]byte {
	if c.Whole {
		return [][]byte{c.whole(events)}
	}
	var out [][]byte
	add := func(choices []object, usage any) {
		e := object{"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
		if usage != nil {
			e["usage"] = usage
		}
		out = append(out, c.event(e))
	}
	var usage any
	if c.EachUsage {
		usage = object{"prompt_tokens": 0, "completion_tokens": 0}
	}
	add([]object{{"index": 0, "delta": object{"role": "assistant", "content": ""}, "finish_reason": nil}}, usage)
	n, used := 0, llm.Usage{}
	for _, e := range events {
		switch e := e.(type) {
		case llm.Text:
			add([]object{{"index": 0, "delta": object{"content": e.Text}, "finish_reason": nil}}, usage)
		case llm.ToolCall:
			for _, part := range c.parts(e, n) {
				add([]object{{"index": 0, "delta": object{"content": nil, "tool_calls": []object{part}}, "finish_reason": nil}}, usage)
			}
			n++
		case llm.Usage:
			used = e
		case llm.Stop:
			if !c.NoFinish {
				add([]object{{"index": 0, "delta": object{}, "finish_reason": c.finish(e.Reason)}}, usage)
			}
		}
	}
	if !c.NoUsage {
		add([]object{}, object{"prompt_tokens": used.Input, "completion_tokens": used.Output, "total_tokens": used.Input + used.Output})
	}
	if !c.NoDone {
		out = append(out, []byte("data: [DONE]\n\n"))
	}
	return out
}

func (c Chat) event(e object) []byte {
	line := "data: " + text(e)
	if c.Comments {
		return []byte(": still here\r\n\r\nevent: message\r\n" + line + "\r\n\r\n")
	}
	return []byte(line + "\n\n")
}

// parts are the pieces of a call.
func (c Chat) parts(call llm.ToolCall, n int) []object {
	var args any = string(call.Arguments)
	if c.Object {
		args = call.Arguments
	}
	first := object{"id": call.ID, "type": "function", "function": object{"name": call.Name, "arguments": args}}
	c.number(first, n)
	if c.Split == 0 || c.Object {
		return []object{first}
	}
	first["function"] = object{"name": call.Name, "arguments": ""}
	parts := []object{first}
	for rest := call.Arguments; len(rest) > 0; {
		k := min(c.Split, len(rest))
		for k < len(rest) && rest[k]&0xC0 == 0x80 { // JSON does not cut runes
			k++
		}
		part := object{"function": object{"arguments": string(rest[:k])}}
		c.number(part, n)
		parts, rest = append(parts, part), rest[k:]
	}
	return parts
}

func (c Chat) number(part object, n int) {
	switch c.Index {
	case "":
		part["index"] = n
	case "zero":
		part["index"] = 0
	}
}

func (c Chat) finish(r llm.StopReason) string {
	switch {
	case r == llm.CutShort:
		return "length"
	case r == llm.Withheld:
		return "content_filter"
	case r == llm.CallsMade && !c.StopAlone:
		return "tool_calls"
	}
	return "stop"
}

func (c Chat) whole(events []llm.Event) []byte {
	message, finish, used := object{"role": "assistant"}, any(nil), llm.Usage{}
	said, calls := "", []object{}
	for _, e := range events {
		switch e := e.(type) {
		case llm.Text:
			said += e.Text
		case llm.ToolCall:
			calls = append(calls, c.parts(e, len(calls))...)
		case llm.Usage:
			used = e
		case llm.Stop:
			finish = c.finish(e.Reason)
		}
	}
	message["content"], message["tool_calls"] = said, calls
	return []byte(text(object{
		"object": "chat.completion", "choices": []object{{"index": 0, "message": message, "finish_reason": finish}},
		"usage": object{"prompt_tokens": used.Input, "completion_tokens": used.Output},
	}))
}

// Refuse writes an error as a server of this kind does.
func (c Chat) Refuse(r Refusal, message string) (http.Header, string) {
	code, kind := "", "invalid_request_error"
	switch r {
	case Unauthenticated:
		code = "invalid_api_key"
	case NoModel:
		code, message = "model_not_found", "The model does not exist. "+message
	case Throttled:
		code, kind = "rate_limit_exceeded", "requests"
	case TooLong:
		code, message = "context_length_exceeded", "This model's maximum context length is 4096 tokens. "+message
		if c.LongError != "" {
			code, message = "", c.LongError+" "+message
		}
	case Broken, Down:
		kind = "server_error"
	case Bad, Forbidden:
	}
	h := http.Header{"Content-Type": {"application/json"}}
	switch c.Errors {
	case "text":
		return h, text(object{"error": message})
	case "flat":
		return h, text(object{"object": "error", "message": message, "type": kind, "param": nil, "code": 400})
	case "detail":
		return h, text(object{"detail": []object{{"msg": message}}})
	}
	e := object{"message": message, "type": kind, "param": nil, "code": nil}
	if code != "" {
		e["code"] = code
	}
	return h, text(object{"error": e})
}

// ChatImages reads the images of a request for a chat completion.
func ChatImages(body []byte) (images []llm.Image) {
	for _, m := range readAsked(body, "").Messages {
		images = append(images, m.Images...)
	}
	return images
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error() // nothing here cannot be written
	}
	return string(b)
}
