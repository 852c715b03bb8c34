package plan

import (
	"context"
	"slices"
	"strings"

	"github.com/parleyhq/parley/internal/engine/llm"
)

// Model is the planner that asks a language model. What the model says is taken
// for no more than a proposal: a tool that there is not is not called, arguments
// that the action does not take are left out, and of several calls only the
// first counts. Whether a call is made is not decided here.
//
// An error is that of the LLM, an *llm.Error.
type Model struct {
	LLM      llm.Model
	Fallback Planner // decides when the model cannot be asked; nil: that is an error
}

// Bounds of a decision.
const (
	repairs   = 1      // how often the model is told that its call cannot be understood
	maxAnswer = 4096   // tokens, thoughts included
	maxReply  = 12_000 // characters of a text
)

// Decide implements Planner. The same turn asks the model the same thing.
func (m Model) Decide(ctx context.Context, t Turn) (Decision, error) {
	if len(t.Tools) == 0 {
		return Decision{Text: offer(nil), Unfit: true}, nil
	}
	k := newKit(t)
	r := k.request()
	for repaired := 0; ; repaired++ {
		answer, err := llm.Collect(m.LLM.Stream(ctx, r))
		if err != nil {
			return m.otherwise(ctx, t, err)
		}
		if len(answer.Calls) == 0 {
			return k.text(spoken(answer)), nil
		}
		call := answer.Calls[0]
		decision, wrong := k.decide(call)
		if wrong == "" {
			return decision, nil
		}
		if repaired == repairs {
			return k.lost(), nil
		}
		r.Messages = append(slices.Clip(r.Messages), k.refusal(call, wrong)...)
	}
}

// otherwise is what happens when the model cannot be asked.
func (m Model) otherwise(ctx context.Context, t Turn, err error) (Decision, error) {
	if m.Fallback == nil || ctx.Err() != nil {
		return Decision{}, err
	}
	return m.Fallback.Decide(ctx, t)
}

// spoken is the text of an answer without calls. Empty is what results speak
// for themselves in.
func spoken(a llm.Answer) string {
	if a.Stop == llm.Withheld {
		return "The language model's server withheld the answer. Say it in other words."
	}
	return clip(a.Text, maxReply)
}

// lost is the decision when the model does not make sense.
func (k *kit) lost() Decision {
	if len(k.turn.Steps) > 0 {
		return Decision{} // the results are the answer
	}
	return k.unfit()
}

// unfit is the decision that no action fits.
func (k *kit) unfit() Decision { return Decision{Text: offer(k.turn.Tools), Unfit: true} }

// text is the decision to say something. Where documents can be searched
// instead, what a model says without having looked anywhere is its own
// knowledge, unless it asks the person something.
func (k *kit) text(said string) Decision {
	if k.aside != "" && len(k.turn.Steps) == 0 && !inquires(said) {
		return k.unfit()
	}
	return Decision{Text: said}
}

// inquires says whether a text ends in a question.
func inquires(text string) bool {
	text = strings.TrimRight(text, " \t\n*_\"'”’»)")
	for _, mark := range []string{"?", "？", "؟", "՞", ";"} {
		if strings.HasSuffix(text, mark) {
			return true
		}
	}
	return false
}

// clip shortens a text to a number of characters.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	n := 0
	for i := range text {
		if n == most {
			return text[:i] + "…"
		}
		n++
	}
	return text
}
