package chat

import (
	"context"
	"time"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/fault"
	"github.com/parleyhq/parley/internal/engine/action"
	"github.com/parleyhq/parley/internal/engine/converse"
	"github.com/parleyhq/parley/internal/platform/store"
)

// summary is what ListConversations shows.
func (c *conversation) summary() api.Conversation {
	return api.Conversation{ConversationID: &c.conversation, Title: &c.Title, StartTime: &c.Started}
}

// show is what ListMessages shows, with the sources that the user may see now. The
// model's bound of 1000 characters on a body is not kept: real answers are longer,
// and clients do not check it.
func (m message) show(visible seen) api.Message {
	return api.Message{
		MessageID: &m.ID, Body: &m.Body, Time: &m.Sent, Type: &m.Type, Attachments: m.Files,
		SourceAttribution: attributions(visible.of(m.Sources)),
		ActionReview:      m.Form.show(), ActionExecution: m.Execution,
	}
}

// show is a form as the API has it.
func (f *form) show() *api.ActionReview {
	if f == nil {
		return nil
	}
	payload := make(map[string]api.ActionReviewPayloadField, len(f.Review.Fields))
	for _, field := range f.Review.Fields {
		payload[field.Key] = showField(field)
	}
	return &api.ActionReview{
		PluginID: &f.Call.Plugin, PluginType: &f.Type,
		Payload: payload, PayloadFieldNameSeparator: &f.Review.Separator,
	}
}

func showField(f action.ReviewField) api.ActionReviewPayloadField {
	shown := api.ActionReviewPayloadField{
		DisplayName: &f.DisplayName, DisplayOrder: new(int32(f.Order)), Type: new(api.ActionPayloadFieldType(f.Kind)),
		Value: f.Value, ArrayItemJSONSchema: f.Items, Required: &f.Required,
	}
	if f.Description != "" {
		shown.DisplayDescription = &f.Description
	}
	if f.Format != "" {
		shown.AllowedFormat = &f.Format
	}
	for _, c := range f.Allowed {
		shown.AllowedValues = append(shown.AllowedValues, api.ActionReviewPayloadFieldAllowedValue{Value: c.Value, DisplayValue: c.Display})
	}
	return shown
}

// answerTo is the output of a turn that ended in a system message.
func answerTo(v *conversation, user, system message) *api.ChatSyncOutput {
	return &api.ChatSyncOutput{
		ConversationID: &v.conversation, UserMessageID: &user.ID,
		SystemMessageID: &system.ID, SystemMessage: &system.Body,
		ActionReview:       system.Form.show(),
		SourceAttributions: attributions(system.Sources),
		FailedAttachments:  failedOf(user.Files),
	}
}

// failedOf are the files of a message that could not be read.
func failedOf(files []api.AttachmentOutput) (failed []api.AttachmentOutput) {
	for _, f := range files {
		if *f.Status == api.AttachmentStatusFailed {
			failed = append(failed, f)
		}
	}
	return failed
}

// Answer is what a third party answered to one call of a turn, in full as far
// as it was read.
type Answer struct {
	Plugin    string    `json:"plugin"`    // ID
	Operation string    `json:"operation"` // operationId
	Status    int       `json:"status"`
	MediaType string    `json:"mediaType,omitzero"`
	Size      int64     `json:"size"`               // bytes of the whole body, as far as known
	Truncated bool      `json:"truncated,omitzero"` // Body is its beginning only
	Binary    bool      `json:"binary,omitzero"`    // Body is left out
	RequestID string    `json:"requestId,omitzero"` // the third party's
	Sent      time.Time `json:"-"`                  // time of the system message
	Body      []byte    `json:"-"`
}

// kept is a result in the form that outlives the turn.
func (t *turn) kept(r converse.Result) Answer {
	return Answer{
		Plugin: t.of[r.Call.Tool].ID, Operation: t.tools[r.Call.Tool].Action.OperationID,
		Status: r.Answer.Status, MediaType: r.Answer.MediaType, Size: r.Answer.Size,
		Truncated: r.Answer.Truncated, Binary: r.Answer.Binary, RequestID: r.Answer.RequestID, Body: r.Answer.Body,
	}
}

// Answers returns what third parties answered in the turn that ended in a
// system message, in the order of the calls. The error is a ResourceNotFound
// when the user has no such message.
func (s *Service) Answers(ctx context.Context, tenant, application, user, conversation, message string) (found []Answer, err error) {
	p := place{owner{tenant, application, user}, conversation}
	err = s.DB.View(ctx, func(tx *store.Tx) error {
		if err := shown(tx, p); err != nil {
			return err
		}
		m, err := loadMessage(tx, p, message)
		if isNone(err) {
			return fault.NotFound("message", message, "The conversation %s has no message with ID %s.", conversation, message)
		}
		if err != nil {
			return err
		}
		found, err = answers(tx, p, m)
		return err
	})
	return found, err
}
