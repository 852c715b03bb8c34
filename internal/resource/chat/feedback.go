package chat

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/core/op"
	"github.com/parleyhq/parley/internal/platform/store"
	"github.com/parleyhq/parley/internal/resource/application"
)

// feedback is what a person thinks of an answer, and whether they copied it.
type feedback struct {
	Usefulness api.MessageUsefulness        `json:"usefulness,omitzero"`
	Reason     *api.MessageUsefulnessReason `json:"reason,omitzero"`
	Comment    *string                      `json:"comment,omitzero"`
	Submitted  time.Time                    `json:"submitted,omitzero"`
	Copied     time.Time                    `json:"copied,omitzero"`
}

// take takes over what a request says: the later opinion replaces the earlier one as
// a whole, and copying is no opinion.
func (f *feedback) take(in *api.PutFeedbackInput) {
	if u := in.MessageUsefulness; u != nil {
		f.Usefulness, f.Reason, f.Comment, f.Submitted = u.Usefulness, u.Reason, u.Comment, u.SubmittedAt
	}
	if in.MessageCopiedAt != nil {
		f.Copied = *in.MessageCopiedAt
	}
}

// PutFeedback keeps what a person thinks of an answer that they were given. Guests
// may, too; a subscription is not asked for, as the model declares no such error.
func (s *Service) PutFeedback(ctx context.Context, c op.Caller, in *api.PutFeedbackInput) (*api.PutFeedbackOutput, error) {
	if in.MessageUsefulness == nil && in.MessageCopiedAt == nil {
		return nil, fault.InvalidField("messageUsefulness", "is missing: say how useful the message is, or with messageCopiedAt that it was copied")
	}
	o, _, err := s.speaker(ctx, c, in.ApplicationID, application.Named{User: in.UserID})
	if err != nil {
		return nil, err
	}
	p := place{o, in.ConversationID}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if _, err := findAnswer(tx, p, in.MessageID); err != nil {
			return err
		}
		f, err := loadFeedback(tx, p, in.MessageID)
		if err != nil {
			return err
		}
		f.take(in)
		return saveFeedback(tx, p, in.MessageID, f)
	})
	if err != nil {
		return nil, err
	}
	return &api.PutFeedbackOutput{}, nil
}

// findAnswer returns a system message of a conversation, or a ResourceNotFound.
func findAnswer(tx *store.Tx, p place, id string) (message, error) {
	if err := shown(tx, p); err != nil {
		return message{}, err
	}
	m, err := loadMessage(tx, p, id)
	if err == nil && m.Type != api.MessageTypeSystem || errors.Is(err, store.ErrNoRows) {
		return message{}, fault.NotFound("message", id, "The conversation %s has no system message with ID %s.", p.conversation, id)
	}
	return m, err
}

// loadFeedback returns a zero one when there is none.
func loadFeedback(tx *store.Tx, p place, message string) (f feedback, err error) {
	var doc string
	err = tx.Row(`SELECT doc FROM feedback WHERE tenant = $1 AND application = $2 AND user_id = $3 AND conversation = $4 AND message = $5`,
		p.tenant, p.application, p.user, p.conversation, message).Scan(&doc)
	if errors.Is(err, store.ErrNoRows) {
		return feedback{}, nil
	}
	if err != nil {
		return feedback{}, err
	}
	return f, json.Unmarshal([]byte(doc), &f)
}

func saveFeedback(tx *store.Tx, p place, message string, f feedback) error {
	doc, err := json.Marshal(f)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO feedback (tenant, application, user_id, conversation, message, put_at, doc)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant, application, user_id, conversation, message) DO UPDATE SET put_at = excluded.put_at, doc = excluded.doc`,
		p.tenant, p.application, p.user, p.conversation, message, store.Micros(tx.Now()), string(doc))
	return err
}
