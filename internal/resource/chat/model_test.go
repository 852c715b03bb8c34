package chat

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/plan"
	"github.com/parleyhq/parley/internal/platform/outbound"
	"github.com/parleyhq/parley/internal/platform/provider"
	"github.com/parleyhq/parley/internal/platform/provider/providertest"
)

// newModel is the planner with a model at a server of chat completions, which
// answers as it is told to, and then that it has too much to do. What it was
// asked is in asked.
func newModel(t *testing.T, answers ...[]llm.Event) (planner plan.Model, asked *[]string) {
	t.Helper()
	asked = &[]string{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		*asked = append(*asked, string(body))
		if len(*asked) > len(answers) {
			w.Header().Set("Retry-After", "90")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		for _, piece := range (providertest.Chat{Split: 4}).Answer(answers[len(*asked)-1]) {
			_, _ = w.Write(piece)
		}
	}))
	t.Cleanup(server.Close)
	origin, err := outbound.ParseOrigin(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	return plan.Model{LLM: provider.OpenAI(provider.OpenAIConfig{
		URL: server.URL, APIKey: providertest.Key,
		Config: provider.Config{
			Model: "m", Now: func() time.Time { return time.Unix(0, 0) },
			Out: outbound.New(outbound.Policy{Allow: []outbound.Origin{origin}}, slog.New(slog.DiscardHandler)),
		},
	})}, asked
}

func calls(tool, args string) []llm.Event {
	return []llm.Event{llm.ToolCall{ID: "1", Name: tool, Arguments: json.RawMessage(args)}, llm.Stop{Reason: llm.CallsMade}}
}

// A read, a form made of what it found, its confirmation; then a model that
// cannot be asked.
func TestALanguageModelPlans(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		planner, asked := newModel(t,
			calls("listTickets", `{"status":"open","tenant":"other"}`),
			calls("createTicket", `{"subject":"Printer on fire","priority":"at once","source":"evil"}`),
		)
		b.Planner = planner
		out := b.chat(t, b.say("Open another ticket for what is on fire"))
		if len(*asked) != 2 || b.desk.arrived() != 1 || out.ActionReview == nil {
			t.Fatalf("asked %d times, %d calls, review %v", len(*asked), b.desk.arrived(), out.ActionReview)
		}
		if got := out.ActionReview.Payload; string(got["subject"].Value) != `"Printer on fire"` || got["priority"].Value != nil || len(got) != 5 {
			t.Errorf("the form has %+v", got)
		}
		if !strings.Contains((*asked)[1], "No coffee") || strings.Contains((*asked)[0], "No coffee") {
			t.Error("the model is told the answer when there is one")
		}
		for _, text := range *asked {
			if strings.Contains(text, b.desk.server.URL) || strings.Contains(text, providertest.Key) {
				t.Errorf("the prompt tells too much: %s", text)
			}
		}

		done := b.chat(t, b.confirm(out, map[string]string{"priority": `"high"`}))
		if len(*asked) != 2 || len(b.desk.made()) != 1 {
			t.Fatalf("asked %d times; made %q", len(*asked), b.desk.made())
		}
		same(t, b.desk.made()[0], `{"subject":"Printer on fire","priority":"high","source":"parley"}`)

		_, err := try(t, b, api.ChatSync, after(done, b.say("And another")))
		f := fault.As(err)
		if f == nil || f.Code != fault.ExternalResource || f.Message != "The language model has too much to do. Try again in 90 seconds." || llm.ReasonOf(f) != llm.RateLimited {
			t.Errorf("%+v", f)
		}
	})
}
