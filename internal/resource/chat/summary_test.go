package chat

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/engine/llm"
)

// lengthy is a conversation with a model that has become too long to be told whole.
func (b *bench) lengthy(t *testing.T) *api.ChatSyncOutput {
	t.Helper()
	out := b.chat(t, b.inMode(api.ChatModeCreatorMode, "My name is canary-name. "+strings.Repeat("Remember this. ", 40)))
	for i := range 5 {
		b.clock.Advance(time.Second)
		out = b.chat(t, after(out, b.inMode(api.ChatModeCreatorMode, fmt.Sprint("Question ", i, ". ", strings.Repeat("Please answer. ", 150)))))
	}
	return out
}

// summaries are the requests for one.
func (o *oracle) summaries() (asked []llm.Request) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, r := range o.asked {
		if strings.Contains(r.System, "memory of a conversation") {
			asked = append(asked, r)
		}
	}
	return asked
}

// What no longer fits is summarised by a job, once, and told to the model in its
// place.
func TestWhatNoLongerFitsIsSummarised(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		model := &oracle{replies: []reply{words("A summary with canary-summary.")}}
		b.Model = model
		out := b.lengthy(t)
		b.work(t)
		asked := model.summaries()
		if len(asked) != 1 || !strings.Contains(heard(asked[0]), "canary-name") {
			t.Fatalf("%d summaries were made", len(asked))
		}
		out = b.chat(t, after(out, b.inMode(api.ChatModeCreatorMode, "What is my name?")))
		if told := heard(model.last()); !strings.Contains(told, "canary-summary") || strings.Contains(told, "canary-name") || !strings.Contains(told, "Question 4.") {
			t.Errorf("the model is told %s", told)
		}
		b.work(t)
		if n := len(model.summaries()); n != 1 {
			t.Errorf("%d summaries", n)
		}
		for i := range 5 {
			out = b.chat(t, after(out, b.inMode(api.ChatModeCreatorMode, fmt.Sprint("Later ", i, ". ", strings.Repeat("Please answer. ", 150)))))
		}
		b.work(t)
		if asked = model.summaries(); len(asked) != 2 || !strings.Contains(heard(asked[1]), "canary-summary") {
			t.Errorf("%d summaries: the second is made of the first", len(asked))
		}
	})
}

// A model that fails at a summary does no harm, and is asked again later.
func TestASummaryThatFails(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		model := &oracle{replies: []reply{words("Yes.")}}
		b.Model = model
		out := b.lengthy(t)
		for kind, fails := range failures() {
			t.Run(kind, func(t *testing.T) {
				model.replies, model.asked = []reply{fails}, nil
				b.work(t)
				if len(model.asked) != 1 {
					t.Fatalf("the model was asked %d times", len(model.asked))
				}
				model.replies = []reply{words("Yes.")}
				for range 3 {
					out = b.chat(t, after(out, b.inMode(api.ChatModeCreatorMode, "Go on. "+strings.Repeat("Please answer. ", 300))))
				}
			})
		}
	})
}

// An answer that cites a document is not in a summary: the person may not be allowed
// to see it any more.
func TestASummaryHoldsNothingOfDocuments(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		b.stock(t, doc("secret", "Bonus", "The bonus is canary-million.", "ann@example.com"))
		model := &oracle{replies: []reply{words("The bonus is canary-million. [1]")}}
		b.Model = model
		ask := func() *api.ChatSyncInput {
			return as("ann@example.com", b.inMode(api.ChatModeRetrievalMode, "What is the bonus? "+strings.Repeat("Tell me. ", 80)))
		}
		out := b.chat(t, ask())
		for range 15 {
			out = b.chat(t, after(out, ask()))
		}
		b.work(t)
		asked := model.summaries()
		if len(asked) != 1 || strings.Contains(heard(asked[0]), "canary-million") || !strings.Contains(heard(asked[0]), "What is the bonus?") {
			t.Errorf("%d summaries", len(asked))
		}
	})
}

// What a model is told does not grow with the conversation, and neither does what is
// read for it.
func TestALongConversationCostsWhatAShortOneDoes(t *testing.T) {
	one(t, func(t *testing.T, b *bench) {
		model := &oracle{replies: []reply{words("Yes. " + strings.Repeat("And so on. ", 20))}}
		b.Model = model
		out := b.chat(t, b.inMode(api.ChatModeCreatorMode, "Question"))
		var told []int
		for i := range 150 {
			out = b.chat(t, after(out, b.inMode(api.ChatModeCreatorMode, "Question")))
			told = append(told, len(heard(model.last())))
			if i%10 == 0 {
				b.work(t)
			}
		}
		if most := slices.Max(told[100:]); most > converse.HistoryRoom+converse.SummaryRoom+4000 {
			t.Errorf("the model is told %d characters", most)
		}
	})
}
