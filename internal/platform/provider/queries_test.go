package provider_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/platform/provider"
	"github.com/parleyhq/parley/internal/platform/provider/providertest"
)

// asking is Queries on a clock of a test.
type asking struct {
	*provider.Queries

	now      time.Time
	outcomes []string
	opened   []string
}

func queries(e provider.Embedder) *asking {
	a := &asking{now: time.Unix(1_770_000_000, 0)}
	a.Queries = &provider.Queries{
		Open: func(model string) (provider.Embedder, error) {
			a.opened = append(a.opened, model)
			if e == nil {
				return nil, errors.New("no such model")
			}
			return e, nil
		},
		Now: func() time.Time { return a.now }, Log: slog.New(slog.DiscardHandler),
		Done: func(outcome string) { a.outcomes = append(a.outcomes, outcome) },
	}
	return a
}

func TestQueriesAreEmbedded(t *testing.T) {
	m := &providertest.Meaning{Name: "m", Dimensions: 4}
	a := queries(m)
	for range 2 {
		if diff := cmp.Diff(m.Vector("holiday"), a.Vector(t.Context(), "m", "holiday")); diff != "" {
			t.Error(diff)
		}
	}
	a.Vector(t.Context(), "other", "holiday")
	if diff := cmp.Diff([]string{"ok", "remembered", "ok"}, a.outcomes); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"m", "other"}, a.opened); diff != "" {
		t.Error(diff)
	}
	for i := range 1000 {
		a.Vector(t.Context(), "m", fmt.Sprint(i))
	}
	a.outcomes = nil
	a.Vector(t.Context(), "m", "999")
	a.Vector(t.Context(), "m", "900")
	a.Vector(t.Context(), "m", "holiday")
	if diff := cmp.Diff([]string{"remembered", "remembered", "ok"}, a.outcomes); diff != "" {
		t.Error(diff)
	}
}

// An embedder that fails costs one search its time, and then a while none.
func TestQueriesGoWithout(t *testing.T) {
	m := &providertest.Meaning{Name: "m", Dimensions: 4}
	a := queries(m)
	m.Fail(&llm.Error{Reason: llm.Unavailable})
	for range 3 {
		if v := a.Vector(t.Context(), "m", "x"); v != nil {
			t.Error(v)
		}
	}
	a.now = a.now.Add(5 * time.Second)
	m.Fail(nil)
	if v := a.Vector(t.Context(), "m", "x"); v == nil {
		t.Error("no vector from an embedder that is well")
	}
	if diff := cmp.Diff([]string{"unavailable", "skipped", "skipped", "ok"}, a.outcomes); diff != "" {
		t.Error(diff)
	}

	none := queries(nil)
	if v := none.Vector(t.Context(), "m", "x"); v != nil || !slices.Equal(none.outcomes, []string{"unavailable"}) {
		t.Error(v, none.outcomes)
	}

	gone := queries(m)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	gone.Vector(ctx, "m", "x")
	if v := gone.Vector(t.Context(), "m", "x"); v == nil {
		t.Error("one who leaves makes others go without")
	}
}

// slow answers when it is told to give up.
type slow struct{}

func (slow) Model() string { return "slow" }

func (slow) Embed(ctx context.Context, _ []string, _ bool) ([][]float32, error) {
	<-ctx.Done()
	return nil, &llm.Error{Reason: llm.Timeout, Cause: ctx.Err()}
}

func TestQueriesDoNotWait(t *testing.T) {
	a := queries(slow{})
	a.Within = time.Millisecond
	if v := a.Vector(t.Context(), "slow", "x"); v != nil || !slices.Equal(a.outcomes, []string{"timeout"}) {
		t.Error(v, a.outcomes)
	}
}
