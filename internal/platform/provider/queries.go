package provider

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// Queries embeds what people search for: in the time that a search has for it,
// or not at all. It is safe for concurrent use.
type Queries struct {
	Open func(model string) (Embedder, error)
	Now  func() time.Time
	Log  *slog.Logger
	Done func(outcome string) // called for each query: ok, remembered, a reason of llm, or skipped; nil: nobody counts

	Within time.Duration // that a vector has to be there; default 2 s
	Rest   time.Duration // after a failure, in which the embedder is left alone; default 5 s

	mu      sync.Mutex
	resting time.Time           // until then
	vectors map[asked][]float32 // the latest
	before  map[asked][]float32 // those that go next
}

type asked struct{ model, text string }

// remembered is how many vectors are kept, for the next page of a search.
const remembered = 256

// Vector is that of a query by a model, or nil: then words have to do.
func (q *Queries) Vector(ctx context.Context, model, text string) []float32 {
	if v := q.recall(asked{model, text}); v != nil {
		q.count("remembered")
		return v
	}
	if q.rests() {
		q.count("skipped")
		return nil
	}
	v, err := q.embed(ctx, model, text)
	if err != nil {
		q.fail(ctx, model, err)
		return nil
	}
	q.keep(asked{model, text}, v)
	q.count("ok")
	return v
}

func (q *Queries) embed(ctx context.Context, model, text string) ([]float32, error) {
	e, err := q.Open(model)
	if err != nil {
		return nil, err
	}
	limited, stop := context.WithTimeout(ctx, positive(q.Within, 2*time.Second))
	defer stop()
	vectors, err := e.Embed(limited, []string{text}, true)
	if err != nil {
		return nil, err
	}
	return vectors[0], nil
}

func (q *Queries) fail(ctx context.Context, model string, err error) {
	outcome := "unavailable"
	if reason := llm.ReasonOf(err); reason != "" {
		outcome = string(reason)
	}
	q.count(outcome)
	if ctx.Err() != nil {
		return // whoever searched has left
	}
	q.mu.Lock()
	q.resting = q.Now().Add(positive(q.Rest, 5*time.Second))
	q.mu.Unlock()
	q.Log.WarnContext(ctx, "a search goes by words alone: its query has no vector", "model", model, "error", err)
}

func (q *Queries) count(outcome string) {
	if q.Done != nil {
		q.Done(outcome)
	}
}

func (q *Queries) rests() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.Now().Before(q.resting)
}

func (q *Queries) recall(a asked) []float32 {
	q.mu.Lock()
	defer q.mu.Unlock()
	if v := q.vectors[a]; v != nil {
		return v
	}
	return q.before[a]
}

// keep remembers a vector. When there are enough, those before them go.
func (q *Queries) keep(a asked, v []float32) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.vectors == nil || len(q.vectors) >= remembered/2 {
		q.before, q.vectors = q.vectors, map[asked][]float32{}
	}
	q.vectors[a] = v
}
