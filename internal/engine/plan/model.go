package plan

import (
	"context"
	"errors"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// Model is the planner that asks a language model.
type Model struct {
	LLM      llm.Model
	Fallback Planner // decides when the model cannot be asked; nil: that is an error
}

// Decide implements Planner.
func (m Model) Decide(ctx context.Context, t Turn) (Decision, error) {
	return Decision{}, errors.New("plan: being built")
}
