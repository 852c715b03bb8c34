package chat

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/engine/llm"
	"github.com/parleyhq/parley/internal/engine/plan"
	"github.com/parleyhq/parley/internal/platform/job"
	"github.com/parleyhq/parley/internal/platform/page"
	"github.com/parleyhq/parley/internal/platform/store"
)

// summary stands for the oldest messages of a conversation, which a model is not
// told word for word any more. One that is lost costs nothing but memory.
//
// It is made of what the person said, and of answers that cite nothing: what stands
// in documents is looked up anew each time, because the person may not be allowed to
// see it any more.
type summary struct {
	Text    string    `json:"text,omitzero"`
	Count   int       `json:"count,omitzero"`   // of messages that it stands for
	Through time.Time `json:"through,omitzero"` // time of the latest of them
}

const (
	summaryEvery = 10               // messages that have to wait for a summary
	summaryMost  = 100              // that one job takes in
	summaryTime  = 10 * time.Minute // after which a job that makes one counts as lost
	modelTime    = time.Minute      // that the model has for it
)

// history is what a model is told of what was said before, oldest first: the latest
// messages, but no answer that cites what the person may not see any more.
func (s *Service) history(tx *store.Tx, t *turn) ([]plan.Utterance, error) {
	latest, err := listMessages(tx, t.home.place, page.Place{Created: math.MaxInt64}, historyOf)
	if err != nil {
		return nil, err
	}
	visible, err := s.visible(tx, t.caller, t.application, t.who, latest)
	if err != nil {
		return nil, err
	}
	told := make([]plan.Utterance, 0, len(latest))
	for i := len(latest) - 1; i >= 0; i-- {
		if m := &latest[i]; visible.all(m.Sources) {
			told = append(told, m.told())
		}
	}
	return told, nil
}

func (m *message) told() plan.Utterance {
	return plan.Utterance{Person: m.Type == api.MessageTypeUser, Text: m.Body}
}

const summariseKind = "chat.summarise"

// askSummary asks for a summary when enough messages are beyond what a model is
// told, unless one is being made.
func (s *Service) askSummary(tx *store.Tx, v *conversation) error {
	if s.Model == nil || v.Count-historyOf-v.Summary.Count < summaryEvery || tx.Now().Before(v.Summing) {
		return nil
	}
	v.Summing = tx.Now().Add(summaryTime)
	return s.Jobs.Enqueue(tx, v.tenant, v.application, summariseKind, removeArgs{v.application, v.user, v.conversation})
}

// summarise makes the summary of a conversation anew, of the one before and the
// messages since.
func (s *Service) summarise(ctx context.Context, tenant string, args removeArgs) error {
	p := place{owner{tenant, args.Application, args.User}, args.Conversation}
	var made summary
	var said []plan.Utterance
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		made, said, err = unsummed(tx, p)
		return err
	})
	if errors.Is(err, store.ErrNoRows) || err == nil && len(said) == 0 && made.Count == 0 {
		return nil // it is gone
	}
	if err != nil {
		return err
	}
	if len(said) > 0 {
		asking, stop := context.WithTimeout(ctx, modelTime)
		defer stop()
		answer, err := llm.Collect(s.Model.Stream(asking, converse.Summarise(made.Text, said)))
		if err != nil || answer.Text == "" {
			return s.keepSummary(ctx, p, nil, err)
		}
		made.Text = answer.Text
	}
	return s.keepSummary(ctx, p, &made, nil)
}

// unsummed are the messages that a summary does not stand for and should, and the
// summary as it will be, but for its text.
func unsummed(tx *store.Tx, p place) (made summary, said []plan.Utterance, err error) {
	v, err := loadConversation(tx, p)
	if err != nil {
		return summary{}, nil, err
	}
	made = v.Summary
	due := min(v.Count-historyOf-made.Count, summaryMost)
	if due <= 0 {
		return made, nil, nil
	}
	messages, err := messagesAfter(tx, p, made.Through, due)
	for i := range messages {
		m := &messages[i]
		made.Count, made.Through = made.Count+1, m.Sent
		if len(m.Sources) == 0 {
			said = append(said, m.told())
		}
	}
	return made, said, err
}

// keepSummary ends the making of a summary; nil: there is none, for a reason that an
// operator finds with the job. The next turn asks for one again.
func (s *Service) keepSummary(ctx context.Context, p place, made *summary, why error) error {
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		v, err := loadConversation(tx, p)
		if errors.Is(err, store.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		v.Summing = time.Time{}
		if made != nil {
			v.Summary = *made
		}
		return saveConversation(tx, v)
	})
	if err == nil && why != nil {
		err = job.PermanentError{Err: why}
	}
	return err
}
