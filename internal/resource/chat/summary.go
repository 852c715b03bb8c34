package chat

import (
	"context"
	"errors"
	"math"
	"strings"
	"time"
	"unicode/utf8"

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
	Through time.Time `json:"through,omitzero"` // time of the latest message that it stands for
}

const (
	summaryMost = 100              // messages that one job takes in
	summaryTime = 10 * time.Minute // after which a job that makes one counts as lost
	modelTime   = time.Minute      // that the model has for it
)

// history is what a model is told of what was said since the summary, oldest first: the
// latest messages, but no answer that cites what the person may not see any more.
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
		m := &latest[i]
		since := t.plugins() || m.Sent.After(t.home.Summary.Through) // who plans is told no summary
		if since && !m.Untold && visible.all(m.Sources) {
			told = append(told, m.told())
		}
	}
	return told, nil
}

func (m *message) told() plan.Utterance {
	return plan.Utterance{Person: m.Type == api.MessageTypeUser, Text: m.Body}
}

const summariseKind = "chat.summarise"

// askSummary asks for a summary when so many characters more make one due, unless it
// is being made.
func (s *Service) askSummary(tx *store.Tx, v *conversation, more int) error {
	if s.Model == nil || v.Said+more < converse.SummaryDue || tx.Now().Before(v.Summing) {
		return nil
	}
	v.Summing = tx.Now().Add(summaryTime)
	return s.Jobs.Enqueue(tx, v.tenant, v.application, summariseKind, removeArgs{v.application, v.user, v.conversation})
}

// summarise makes the summary of a conversation anew, of the one before and the
// messages since.
func (s *Service) summarise(ctx context.Context, tenant string, args removeArgs) error {
	p := place{owner{tenant, args.Application, args.User}, args.Conversation}
	var f fold
	err := s.DB.View(ctx, func(tx *store.Tx) (err error) {
		f, err = folding(tx, p)
		return err
	})
	if isNone(err) {
		return nil // it is gone
	}
	if err != nil {
		return err
	}
	var failed error
	if len(f.said) > 0 {
		asking, stop := context.WithTimeout(ctx, modelTime)
		defer stop()
		var answer llm.Answer
		answer, failed = llm.Collect(s.Model.Stream(asking, converse.Summarise(f.before.Text, f.said)))
		if f.made.Text = strings.TrimSpace(answer.Text); f.made.Text == "" && failed == nil {
			failed = errNoSummary
		}
	}
	if err := s.keepSummary(ctx, p, f, failed == nil); err != nil || failed == nil {
		return err
	}
	return job.PermanentError{Err: failed} // for the operator; the next turn asks for a summary again
}

var errNoSummary = errors.New("chat: the language model wrote no summary")

// fold is what a summary takes in.
type fold struct {
	before, made summary
	said         []plan.Utterance
	size         int // characters that a conversation has to be told less of
}

// folding are the messages that are to be put into a conversation's summary.
func folding(tx *store.Tx, p place) (f fold, err error) {
	v, err := loadConversation(tx, p)
	if err != nil {
		return f, err
	}
	f.before, f.made, f.size = v.Summary, v.Summary, v.Said
	messages, err := messagesAfter(tx, p, v.Summary.Through, summaryMost)
	if err != nil {
		return f, err
	}
	all := make([]plan.Utterance, len(messages))
	for i := range messages {
		all[i] = messages[i].told()
	}
	n := converse.Due(all)
	if n == 0 {
		return f, nil // it is counted anew
	}
	f.size = 0
	for i := range messages[:n] {
		m := &messages[i]
		f.made.Through, f.size = m.Sent, f.size+m.size()
		if len(m.Sources) == 0 && !m.Untold {
			f.said = append(f.said, m.told())
		}
	}
	return f, nil
}

// size is how much of a conversation a message is, in characters.
func (m *message) size() int { return utf8.RuneCountInString(m.Body) }

// keepSummary ends the making of a summary.
func (s *Service) keepSummary(ctx context.Context, p place, f fold, made bool) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		v, err := loadConversation(tx, p)
		if isNone(err) {
			return nil
		}
		if err != nil {
			return err
		}
		v.Summing = time.Time{}
		if made {
			v.Summary, v.Said = f.made, max(0, v.Said-f.size)
		}
		return saveConversation(tx, v)
	})
}
