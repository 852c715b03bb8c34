package provider_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/provider"
	"github.com/parleyhq/parley/internal/platform/provider/providertest"
)

// recorded is a server that keeps what it was sent.
type recorded struct {
	URL string

	mu     sync.Mutex
	paths  []string
	heads  []http.Header
	bodies []string
}

func record(t *testing.T, answer func(w http.ResponseWriter, body string)) *recorded {
	t.Helper()
	s := &recorded{}
	s.URL = serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.paths, s.heads, s.bodies = append(s.paths, r.Method+" "+r.URL.EscapedPath()), append(s.heads, r.Header.Clone()), append(s.bodies, string(body))
		s.mu.Unlock()
		answer(w, string(body))
	})
	return s
}

// serve serves for as long as the test runs.
func serve(t testing.TB, answer http.HandlerFunc) (url string) {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s.URL
}

// config reaches the servers of a test and nobody else.
func config(t *testing.T, urls ...string) provider.Config {
	t.Helper()
	var origins []outbound.Origin
	for _, u := range urls {
		origin, err := outbound.ParseOrigin(u)
		if err != nil {
			t.Fatal(err)
		}
		origins = append(origins, origin)
	}
	return reaching(origins...)
}

func reaching(origins ...outbound.Origin) provider.Config {
	return provider.Config{
		Model: "m/1:2", Out: outbound.New(outbound.Policy{Allow: origins}, slog.New(slog.DiscardHandler)), Now: func() time.Time { return time.Unix(1_770_000_000, 0) },
		Wait: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	}
}

func full() llm.Request {
	cold := 0.0
	return llm.Request{
		System: "Be brief.", MaxTokens: 500, Temperature: &cold,
		Messages: []llm.Message{
			{Role: llm.User, Text: "Hello"},
			{Role: llm.Assistant, Text: "Wait.", Calls: []llm.ToolCall{{ID: "c1", Name: "get", Arguments: json.RawMessage(`{"a":1}`)}}},
			{Role: llm.User, Results: []llm.ToolResult{{ID: "c1", Text: "none", Failed: true}}},
			{Role: llm.User, Text: "And now?"},
		},
		Tools: []llm.Tool{{Name: "get", Description: "Gets.", Parameters: json.RawMessage(`{"type":"object","properties":{"a":{"type":"integer"}}}`)}},
	}
}

// equal compares JSON texts.
func equal(t *testing.T, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Fatalf("%v: %s", err, got)
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(w, g); diff != "" {
		t.Error(diff)
	}
}

func events(c providertest.Chat, said ...llm.Event) func(w http.ResponseWriter, _ string) {
	return func(w http.ResponseWriter, _ string) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, piece := range c.Answer(said) {
			_, _ = w.Write(piece)
		}
	}
}

func TestChatRequest(t *testing.T) {
	s := record(t, events(providertest.Chat{}, llm.Stop{Reason: llm.EndOfTurn}))
	m := provider.OpenAI(provider.OpenAIConfig{Config: config(t, s.URL), URL: s.URL + "/v1", APIKey: "key"})
	if _, err := llm.Collect(m.Stream(t.Context(), full())); err != nil {
		t.Fatal(err)
	}
	if s.paths[0] != "POST /v1/chat/completions" || s.heads[0].Get("Authorization") != "Bearer key" || s.heads[0].Get("Content-Type") != "application/json" {
		t.Errorf("%s with %v", s.paths[0], s.heads[0])
	}
	equal(t, s.bodies[0], `{
		"model": "m/1:2", "stream": true, "stream_options": {"include_usage": true}, "max_tokens": 500, "temperature": 0,
		"messages": [
			{"role": "system", "content": "Be brief."},
			{"role": "user", "content": "Hello"},
			{"role": "assistant", "content": "Wait.", "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "get", "arguments": "{\"a\":1}"}}]},
			{"role": "tool", "content": "Failed: none", "tool_call_id": "c1"},
			{"role": "user", "content": "And now?"}
		],
		"tools": [{"type": "function", "function": {"name": "get", "description": "Gets.", "parameters": {"type": "object", "properties": {"a": {"type": "integer"}}}}}]
	}`)

	m = provider.OpenAI(provider.OpenAIConfig{Config: config(t, s.URL), URL: s.URL + "/v1"})
	if _, err := llm.Collect(m.Stream(t.Context(), llm.Request{Messages: full().Messages[:1]})); err != nil {
		t.Fatal(err)
	}
	if _, sent := s.heads[1]["Authorization"]; sent {
		t.Error("a header of authorization without a key")
	}
	equal(t, s.bodies[1], `{"model": "m/1:2", "stream": true, "stream_options": {"include_usage": true}, "messages": [{"role": "user", "content": "Hello"}]}`)
}

func TestBedrockRequest(t *testing.T) {
	s := record(t, func(w http.ResponseWriter, _ string) {
		w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
		for _, piece := range providertest.Converse([]llm.Event{llm.Stop{Reason: llm.EndOfTurn}}) {
			_, _ = w.Write(piece)
		}
	})
	m := bedrock(config(t, s.URL), s.URL)
	if _, err := llm.Collect(m.Stream(t.Context(), full())); err != nil {
		t.Fatal(err)
	}
	if s.paths[0] != "POST /model/m%2F1%3A2/converse-stream" {
		t.Errorf("path %s", s.paths[0])
	}
	if got := s.heads[0].Get("Authorization"); !strings.HasPrefix(got, "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/") || !strings.Contains(got, "/us-east-1/bedrock/aws4_request") {
		t.Errorf("authorization %s", got)
	}
	equal(t, s.bodies[0], `{
		"system": [{"text": "Be brief."}], "inferenceConfig": {"maxTokens": 500, "temperature": 0},
		"messages": [
			{"role": "user", "content": [{"text": "Hello"}]},
			{"role": "assistant", "content": [{"text": "Wait."}, {"toolUse": {"toolUseId": "c1", "name": "get", "input": {"a": 1}}}]},
			{"role": "user", "content": [{"toolResult": {"toolUseId": "c1", "status": "error", "content": [{"text": "none"}]}}, {"text": "And now?"}]}
		],
		"toolConfig": {"tools": [{"toolSpec": {"name": "get", "description": "Gets.", "inputSchema": {"json": {"type": "object", "properties": {"a": {"type": "integer"}}}}}}]}
	}`)
}

// What a server does not take is left out, and stays out.
func TestHabitsOfServers(t *testing.T) {
	said := llm.Stop{Reason: llm.EndOfTurn}
	s := record(t, func(w http.ResponseWriter, body string) {
		refuse := func(param, message string) {
			w.WriteHeader(http.StatusBadRequest)
			text, _ := json.Marshal(map[string]any{"error": map[string]any{"message": message, "type": "invalid_request_error", "param": param, "code": "unsupported_parameter"}})
			_, _ = w.Write(text)
		}
		switch {
		case strings.Contains(body, `"max_tokens"`):
			refuse("max_tokens", "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.")
		case strings.Contains(body, `"temperature"`):
			refuse("temperature", "Unsupported value: 'temperature' does not support 0 with this model.")
		case strings.Contains(body, `"stream_options"`):
			refuse("", "Extra inputs are not permitted: stream_options")
		default:
			events(providertest.Chat{NoUsage: true}, said)(w, body)
		}
	})
	m := provider.OpenAI(provider.OpenAIConfig{Config: config(t, s.URL), URL: s.URL})
	for range 2 {
		if _, err := llm.Collect(m.Stream(t.Context(), full())); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.bodies) != 5 { // three refusals, and two that went well
		t.Fatalf("%d requests", len(s.bodies))
	}
	if last := s.bodies[4]; !strings.Contains(last, `"max_completion_tokens":500`) || strings.Contains(last, "temperature") || strings.Contains(last, "stream_options") {
		t.Errorf("the last one is %s", last)
	}
}

func TestErrorsInTheMiddle(t *testing.T) {
	begun := "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Well\"}}]}\n\n"
	for name, test := range map[string]struct {
		event string
		want  llm.Reason
	}{
		"OpenAI":   {`{"error":{"message":"canary The server had an error","type":"server_error","param":null,"code":null}}`, llm.Unavailable},
		"vLLM":     {`{"object":"error","message":"canary This model's maximum context length is 10","type":"BadRequestError","code":400}`, llm.ContextTooLong},
		"Ollama":   {`{"error":"canary model runner has unexpectedly stopped"}`, llm.Unavailable},
		"limit":    {`{"error":{"message":"canary","type":"tokens","code":"rate_limit_exceeded"}}`, llm.RateLimited},
		"bad":      {`{"error":{"message":"canary","type":"invalid_request_error"}}`, llm.BadRequest},
		"nonsense": {`{"choices":"canary"}`, llm.BadAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			s := record(t, func(w http.ResponseWriter, _ string) { _, _ = io.WriteString(w, begun+"data: "+test.event+"\n\n") })
			m := provider.OpenAI(provider.OpenAIConfig{Config: config(t, s.URL), URL: s.URL})
			got, err := llm.Collect(m.Stream(t.Context(), full()))
			if got.Text != "Well" || llm.ReasonOf(err) != test.want || strings.Contains(err.Error(), "canary") || len(s.bodies) != 1 {
				t.Errorf("%+v, %v, %d requests", got, err, len(s.bodies))
			}
		})
	}
}

func TestExceptionsInTheMiddle(t *testing.T) {
	for name, want := range map[string]llm.Reason{
		"throttlingException": llm.RateLimited, "modelStreamErrorException": llm.Unavailable, "internalServerException": llm.Unavailable,
		"serviceUnavailableException": llm.Unavailable, "validationException": llm.BadRequest,
	} {
		t.Run(name, func(t *testing.T) {
			s := record(t, func(w http.ResponseWriter, _ string) {
				w.Header().Set("Content-Type", "application/vnd.amazon.eventstream")
				for _, piece := range providertest.Converse([]llm.Event{llm.Text{Text: "Well"}})[:2] {
					_, _ = w.Write(piece)
				}
				_, _ = w.Write(providertest.Exception(name, map[string]string{"message": "canary"}))
			})
			got, err := llm.Collect(bedrock(config(t, s.URL), s.URL).Stream(t.Context(), full()))
			if got.Text != "Well" || llm.ReasonOf(err) != want || strings.Contains(err.Error(), "canary") || len(s.bodies) != 1 {
				t.Errorf("%+v, %v, %d requests", got, err, len(s.bodies))
			}
		})
	}
}

// A key goes to its server and nowhere else.
func TestKeysStay(t *testing.T) {
	other := record(t, events(providertest.Chat{}, llm.Stop{Reason: llm.EndOfTurn}))
	s := record(t, func(w http.ResponseWriter, _ string) {
		w.Header().Set("Location", other.URL+"/chat/completions")
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	m := provider.OpenAI(provider.OpenAIConfig{Config: config(t, s.URL, other.URL), URL: s.URL, APIKey: "key"})
	_, err := llm.Collect(m.Stream(t.Context(), full()))
	if llm.ReasonOf(err) != llm.BadRequest || len(other.paths) != 0 {
		t.Errorf("%v; the other one was asked %d times", err, len(other.paths))
	}

	c := config(t)
	c.Wait = func(context.Context, time.Duration) error { t.Error("another try of what is not let out"); return nil }
	m = provider.OpenAI(provider.OpenAIConfig{Config: c, URL: s.URL, APIKey: "key"})
	_, err = llm.Collect(m.Stream(t.Context(), full()))
	if llm.ReasonOf(err) != llm.Unavailable || !strings.Contains(err.Error(), "refused") || len(s.paths) != 1 {
		t.Errorf("without leave: %v, %d requests", err, len(s.paths))
	}
}

// TestErrorsSayWhatIsNamed: codes are told, unless a server hides a key there.
func TestErrorsSayWhatIsNamed(t *testing.T) {
	for name, test := range map[string]struct {
		status int
		body   string
		want   string
		reason llm.Reason
	}{
		"param":    {400, `{"error":{"message":"x","type":"t","param":"tools[0].function.name","code":"invalid_value"}}`, "status 400, invalid_value, about tools[0].function.name", llm.BadRequest},
		"no tools": {400, `{"error":{"message":"registry/m does not support tools","type":"invalid_request_error","code":null}}`, "status 400, invalid_request_error, the server does not let this model call tools", llm.BadRequest},
		"quota":    {429, `{"error":{"message":"x","type":"insufficient_quota","code":"insufficient_quota"}}`, "status 429, insufficient_quota, the quota of the account is used up", llm.Refused},
		"no API":   {404, `404 page not found`, "status 404, there is no chat completions API at this URL", llm.BadRequest},
		"key":      {401, `{"error":{"code":"sk-canary-key","param":"canary","type":"a secret: sk-canary-key"}}`, "status 401", llm.Refused},
		"prose":    {400, `{"error":{"code":"you said: my password is 1"}}`, "status 400", llm.BadRequest},
		"large":    {413, `x`, "status 413", llm.ContextTooLong},
		"paid":     {402, ``, "status 402, the quota of the account is used up", llm.Refused},
	} {
		t.Run(name, func(t *testing.T) {
			s := record(t, func(w http.ResponseWriter, _ string) {
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, test.body)
			})
			m := provider.OpenAI(provider.OpenAIConfig{Config: config(t, s.URL), URL: s.URL, APIKey: "sk-canary-key"})
			_, err := llm.Collect(m.Stream(t.Context(), full()))
			want := "the language model m/1:2: " + string(test.reason) + ": " + test.want
			if err == nil || err.Error() != want {
				t.Errorf("err = %v\nwant %s", err, want)
			}
		})
	}
}
