package providertest

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/protocol/eventstream"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// Converse writes events as Bedrock's ConverseStream does.
func Converse(events []llm.Event) [][]byte {
	out := [][]byte{Frame("messageStart", object{"role": "assistant"})}
	block, used, open := 0, llm.Usage{}, false
	shut := func() {
		if open {
			out = append(out, Frame("contentBlockStop", object{"contentBlockIndex": block}))
			block++
		}
		open = false
	}
	for _, e := range events {
		switch e := e.(type) {
		case llm.Text:
			open = true
			out = append(out, Frame("contentBlockDelta", object{"contentBlockIndex": block, "delta": object{"text": e.Text}, "p": "abcdef"}))
		case llm.ToolCall:
			shut()
			out = append(out, Frame("contentBlockStart", object{"contentBlockIndex": block, "start": object{"toolUse": object{"toolUseId": e.ID, "name": e.Name}}}))
			for part := range strings.SplitSeq(string(e.Arguments), ",") { // pieces of any size
				input := part
				if !strings.HasSuffix(string(e.Arguments), part) || strings.Count(string(e.Arguments), part) > 1 {
					input += ","
				}
				out = append(out, Frame("contentBlockDelta", object{"contentBlockIndex": block, "delta": object{"toolUse": object{"input": input}}}))
			}
			open = true
			shut()
		case llm.Usage:
			used = e
		case llm.Stop:
			shut()
			out = append(out, Frame("messageStop", object{"stopReason": stopOf(e.Reason)}))
		}
	}
	return append(out, Frame("metadata", object{
		"usage":   object{"inputTokens": used.Input, "outputTokens": used.Output, "totalTokens": used.Input + used.Output},
		"metrics": object{"latencyMs": 7},
	}))
}

// ConverseImages reads the images of a request of Bedrock's ConverseStream.
func ConverseImages(body []byte) (images []llm.Image) {
	var in struct {
		Messages []struct {
			Content []struct {
				Image *struct {
					Format string `json:"format"`
					Source struct {
						Bytes []byte `json:"bytes"`
					} `json:"source"`
				} `json:"image"`
			} `json:"content"`
		} `json:"messages"`
	}
	_ = json.Unmarshal(body, &in) // no request has no images
	for _, m := range in.Messages {
		for _, c := range m.Content {
			if c.Image != nil {
				images = append(images, llm.Image{MediaType: "image/" + c.Image.Format, Data: c.Image.Source.Bytes})
			}
		}
	}
	return images
}

func stopOf(r llm.StopReason) string {
	switch r {
	case llm.CutShort:
		return "max_tokens"
	case llm.Withheld:
		return "guardrail_intervened"
	case llm.CallsMade:
		return "tool_use"
	case llm.EndOfTurn:
	}
	return "end_turn"
}

// Frame is an event of an AWS event stream.
func Frame(event string, payload any) []byte {
	return frame(payload, map[string]string{":message-type": "event", ":event-type": event, ":content-type": "application/json"})
}

// Exception is an event that ends a stream.
func Exception(name string, payload any) []byte {
	return frame(payload, map[string]string{":message-type": "exception", ":exception-type": name, ":content-type": "application/json"})
}

func frame(payload any, headers map[string]string) []byte {
	m := eventstream.Message{Payload: []byte(text(payload))}
	for name, value := range headers {
		m.Headers.Set(name, eventstream.StringValue(value))
	}
	var b bytes.Buffer
	if err := eventstream.NewEncoder().Encode(&b, m); err != nil {
		return nil // a buffer takes everything
	}
	return b.Bytes()
}

// RefuseAWS writes an error as AWS's REST services in JSON do.
func RefuseAWS(r Refusal, message string) (http.Header, string) {
	name := map[Refusal]string{
		Unauthenticated: "UnrecognizedClientException", Forbidden: "AccessDeniedException",
		NoModel: "ResourceNotFoundException", Throttled: "ThrottlingException", Bad: "ValidationException",
		TooLong: "ValidationException", Broken: "InternalServerException", Down: "ServiceUnavailableException",
	}[r]
	if r == TooLong {
		message = "Input is too long for requested model. " + message
	}
	return http.Header{"Content-Type": {"application/json"}, "X-Amzn-Errortype": {name + ":http://internal.amazon.com/coral/"}},
		text(object{"message": message})
}
