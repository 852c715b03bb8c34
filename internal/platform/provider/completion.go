package provider

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// The body of a request for a chat completion.
type completion struct {
	Model       string         `json:"model"`
	Messages    []chatMessage  `json:"messages"`
	Tools       []chatTool     `json:"tools,omitempty"`
	Stream      bool           `json:"stream"`
	Options     *streamOptions `json:"stream_options,omitempty"`
	MaxTokens   int            `json:"max_tokens,omitempty"`
	MaxComplete int            `json:"max_completion_tokens,omitempty"`
	Temperature *float64       `json:"temperature,omitempty"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

type chatMessage struct {
	Role    string     `json:"role"`
	Content content    `json:"content"` // also beside calls: templates of some models fail on null
	Calls   []chatCall `json:"tool_calls,omitempty"`
	CallID  string     `json:"tool_call_id,omitempty"`
}

// content is a text, and parts only where there are images: many servers know no
// parts.
type content struct {
	text   string
	images []llm.Image
}

type contentPart struct {
	Type  string    `json:"type"`
	Text  string    `json:"text,omitempty"`
	Image *imageURL `json:"image_url,omitempty"`
}

type imageURL struct {
	URL string `json:"url"`
}

// MarshalJSON writes the images first, as vendors advise, in data URLs (RFC 2397).
func (c content) MarshalJSON() ([]byte, error) {
	if len(c.images) == 0 {
		return json.Marshal(c.text)
	}
	var parts []contentPart
	for _, i := range c.images {
		url := "data:" + i.MediaType + ";base64," + base64.StdEncoding.EncodeToString(i.Data)
		parts = append(parts, contentPart{Type: "image_url", Image: &imageURL{url}})
	}
	if c.text != "" {
		parts = append(parts, contentPart{Type: "text", Text: c.text})
	}
	return json.Marshal(parts)
}

type chatCall struct {
	ID       string       `json:"id"`
	Type     string       `json:"type"`
	Function chatFunction `json:"function"`
}

type chatFunction struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

type chatTool struct {
	Type     string       `json:"type"`
	Function toolFunction `json:"function"`
}

type toolFunction struct {
	Name        string          `json:"name"`
	Description string          `json:"description,omitempty"`
	Parameters  json.RawMessage `json:"parameters"`
}

// habits are optional members that a server or a model does not take: OpenAI's
// own later models renamed max_tokens and fix the temperature, and some servers
// do not know stream_options.
type habits struct{ noOptions, newMaximum, noTemperature bool }

// without is what to send after a refusal; h itself when there is nothing to
// leave out.
func (h habits) without(r refusal) habits {
	if r.status != http.StatusBadRequest && r.status != http.StatusUnprocessableEntity {
		return h
	}
	about := r.about + " " + r.message[:min(len(r.message), 160)] // what comes later may be an echo of the request
	h.noOptions = h.noOptions || strings.Contains(about, "stream_options")
	h.newMaximum = h.newMaximum || strings.Contains(about, "max_completion_tokens")
	h.noTemperature = h.noTemperature || strings.Contains(about, "temperature")
	return h
}

func (h habits) and(o habits) habits {
	return habits{h.noOptions || o.noOptions, h.newMaximum || o.newMaximum, h.noTemperature || o.noTemperature}
}

func completionOf(model string, r llm.Request, h habits) completion {
	c := completion{Model: model, Stream: true, MaxTokens: r.MaxTokens, Temperature: r.Temperature}
	if !h.noOptions {
		c.Options = &streamOptions{IncludeUsage: true}
	}
	if h.newMaximum {
		c.MaxTokens, c.MaxComplete = 0, r.MaxTokens
	}
	if h.noTemperature {
		c.Temperature = nil
	}
	if r.System != "" {
		c.Messages = append(c.Messages, chatMessage{Role: "system", Content: content{text: r.System}})
	}
	for _, m := range r.Messages {
		c.Messages = append(c.Messages, chatMessages(m)...)
	}
	for _, t := range r.Tools {
		c.Tools = append(c.Tools, chatTool{"function", toolFunction{t.Name, t.Description, t.Parameters}})
	}
	return c
}

// chatMessages are a message's parts: each result is a message of its own.
func chatMessages(m llm.Message) (out []chatMessage) {
	for _, r := range m.Results {
		text := r.Text
		if r.Failed {
			text = "Failed: " + text
		}
		out = append(out, chatMessage{Role: "tool", Content: content{text: text}, CallID: r.ID})
	}
	if m.Text == "" && len(m.Images) == 0 && len(m.Calls) == 0 {
		return out
	}
	said := chatMessage{Role: string(m.Role), Content: content{m.Text, m.Images}}
	for _, c := range m.Calls {
		said.Calls = append(said.Calls, chatCall{c.ID, "function", chatFunction{c.Name, string(c.Arguments)}})
	}
	return append(out, said)
}
