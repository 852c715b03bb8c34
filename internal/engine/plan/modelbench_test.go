package plan

import (
	"testing"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// BenchmarkModel is what a decision costs beside the model.
func BenchmarkModel(b *testing.B) {
	turn := Turn{Now: now, Message: "Show me the open issues of Anna", Tools: tools(b, "jira_cloud")}
	for b.Loop() {
		m := &scripted{answers: [][]llm.Event{says("Which ones?")}}
		if _, err := (Model{LLM: m}).Decide(b.Context(), turn); err != nil {
			b.Fatal(err)
		}
	}
}
