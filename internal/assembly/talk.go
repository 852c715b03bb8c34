package assembly

import (
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/resource/attachment"
	"github.com/parleyhq/parley/internal/resource/chat"
	"github.com/parleyhq/parley/internal/resource/chatcontrol"
)

// talk furnishes the rooms of conversations, on all that they are about.
func (r *Rooms) talk(c Config, world reach, pages *page.Tokens) {
	r.Files = &attachment.Service{
		DB: r.DB, Apps: r.Applications, Pages: pages, NewID: uuid.NewString, Now: c.Now,
		Extract: r.Fence.Extract, Licensed: r.Subscriptions.Licensed,
	}
	r.Controls = &chatcontrol.Service{
		DB: r.DB, Apps: r.Applications, Indexes: r.Indexes, Sources: r.Sources.HasSource,
		Replays: r.Replays, Pages: pages, NewID: uuid.NewString,
	}
	r.Chats = &chat.Service{
		DB: r.DB, Jobs: r.Jobs, Pages: pages, Apps: r.Applications,
		Documents: r.Retrievers, Attachments: r.Files, Plugins: r.Plugins,
		Planner: planner(world.model), Model: world.model, Sees: c.Model.Vision, NewID: uuid.NewString, Zone: c.zone(), Now: c.Now,
		Licensed: r.Subscriptions.Licensed, Done: countTurns(c.Metrics),
	}
}

// countTurns registers the figures of conversations, and returns what keeps them; nil
// without a registry.
func countTurns(r *prometheus.Registry) func(chat.Told) {
	if r == nil {
		return nil
	}
	turns := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "parley_chat_turns_total", Help: "Turns of conversations that have begun, by outcome.",
	}, []string{"outcome"})
	attached := prometheus.NewCounter(prometheus.CounterOpts{
		Name: "parley_chat_attached_turns_total", Help: "Those of them that came with files.",
	})
	buckets := []float64{.01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120}
	first := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "parley_chat_first_text_seconds", Help: "Time from a turn's beginning to the first text of its answer.", Buckets: buckets,
	})
	whole := prometheus.NewHistogram(prometheus.HistogramOpts{
		Name: "parley_chat_turn_seconds", Help: "Time that turns took.", Buckets: buckets,
	})
	r.MustRegister(turns, attached, first, whole)
	return func(t chat.Told) {
		turns.WithLabelValues(string(t.Outcome)).Inc()
		if t.Attached {
			attached.Inc()
		}
		if t.First > 0 {
			first.Observe(t.First.Seconds())
		}
		whole.Observe(t.Whole.Seconds())
	}
}
