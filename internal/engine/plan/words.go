package plan

import (
	"context"
	"errors"
)

// Words is the planner that needs no model.
type Words struct{}

// Decide implements Planner.
func (Words) Decide(ctx context.Context, t Turn) (Decision, error) {
	return Decision{}, errors.New("plan: not built yet")
}
