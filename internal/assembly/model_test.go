package assembly

import (
	"bytes"
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/openapi"
	"github.com/parleyhq/parley/internal/engine/plan"
	"github.com/parleyhq/parley/internal/platform/provider/providertest"
)

const clock = `
openapi: 3.0.3
info: {title: Clock, version: '1'}
servers: [{url: 'https://clock.example.com'}]
paths:
  /time:
    get: {operationId: getTime, description: Tells the time., responses: {'200': {description: ok}}}
`

// turnOfClock is a turn with one action.
func turnOfClock(t *testing.T) plan.Turn {
	t.Helper()
	doc, findings := openapi.Parse([]byte(clock), openapi.DefaultLimits())
	if doc == nil {
		t.Fatal(findings)
	}
	return plan.Turn{Now: time.Unix(0, 0), Message: "How late is it?", Tools: []plan.Tool{{Plugin: "Clock", Document: doc, Action: &doc.Actions[0]}}}
}

func TestAModelChooses(t *testing.T) {
	said := []llm.Event{
		llm.ToolCall{ID: "1", Name: "getTime", Arguments: json.RawMessage(`{}`)},
		llm.Usage{Input: 90, Output: 7}, llm.Stop{Reason: llm.CallsMade},
	}
	for name, test := range map[string]struct {
		model Model
		path  string
		media string
		body  [][]byte
	}{
		"openai": {
			Model{Provider: OpenAI, Name: "m", APIKey: "key"}, "/chat/completions", "text/event-stream", providertest.Chat{}.Answer(said),
		},
		"bedrock": {
			Model{Provider: Bedrock, Name: "m", Region: "us-east-1", AccessKeyID: "AKID", Secret: "secret"},
			"/model/m/converse-stream", "application/vnd.amazon.eventstream", providertest.Converse(said),
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != test.path {
					w.WriteHeader(http.StatusNotFound)
					return
				}
				w.Header().Set("Content-Type", test.media)
				for _, piece := range test.body {
					_, _ = w.Write(piece)
				}
			}))
			defer server.Close()
			c := config(state(""))
			c.Model, c.Metrics = test.model, prometheus.NewRegistry()
			c.Model.URL = server.URL
			s, err := New(t.Context(), c)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			d, err := s.Chats.Planner.Decide(t.Context(), turnOfClock(t))
			if err != nil || d.Call == nil || d.Call.Tool != 0 {
				t.Fatalf("decided %+v, %v", d, err)
			}
			w := httptest.NewRecorder()
			s.Metrics().ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
			for _, want := range []string{
				`parley_model_requests_total{outcome="ok"} 1`,
				`parley_model_tokens_total{direction="input"} 90`, `parley_model_tokens_total{direction="output"} 7`,
			} {
				if !strings.Contains(w.Body.String(), want+"\n") {
					t.Errorf("/metrics has no %s", want)
				}
			}
		})
	}
}

// The model's origin is open to the model alone.
func TestAModelOpensNothingToPlugins(t *testing.T) {
	m := Model{Provider: OpenAI, Name: "m", URL: "http://10.0.0.5:8080/v1"}
	var log bytes.Buffer
	own, err := m.policy(Outbound{Allow: []string{"http://10.0.0.9:80"}}, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil || len(own.Allow) != 1 || own.Allow[0].String() != "http://10.0.0.5:8080" {
		t.Errorf("the model's way out opens %v, %v", own.Allow, err)
	}
	if !strings.Contains(log.String(), "in clear") {
		t.Errorf("no warning: %s", &log)
	}
	plugins, err := Outbound{Allow: []string{"http://10.0.0.9:80"}}.policy()
	if err != nil || len(plugins.Allow) != 1 || plugins.Allow[0].String() != "http://10.0.0.9:80" {
		t.Errorf("that of plugins %v, %v", plugins.Allow, err)
	}
	for _, here := range []string{"http://127.0.0.1:11434/v1", "http://localhost:11434/v1", "http://[::1]:11434/v1"} {
		m.URL = here
		own, err := m.policy(Outbound{Proxy: "http://proxy.example.com:3128"}, nil)
		if err != nil || own.Proxy == nil || len(own.Direct) != 1 || len(own.Allow) != 0 {
			t.Errorf("%s: %+v, %v", here, own, err)
		}
	}
}

func TestHalfAModel(t *testing.T) {
	for want, m := range map[string]Model{
		"the language model: the provider openai needs the name of a model":           {Provider: OpenAI, URL: "http://127.0.0.1:1"},
		"the language model: there is no provider \"clippy\": openai and bedrock are": {Provider: "clippy", Name: "m"},
		"the language model: its URL: ":                                               {Provider: OpenAI, Name: "m", URL: "ftp://127.0.0.1"},
	} {
		c := config(state(""))
		c.Model = m
		if _, err := New(t.Context(), c); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("err = %v, want %s", err, want)
		}
	}
	c := config(state(""))
	s, err := New(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.Chats.Planner != (plan.Words{}) {
		t.Errorf("without a model %T chooses", s.Chats.Planner)
	}
}
