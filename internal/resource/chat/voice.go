package chat

import (
	"context"
	"strings"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/engine/converse"
)

// voice tells a client of a turn while it goes on: the IDs first, before anything
// that takes time, then files that failed, the text as it grows, what the person has
// to do, and last what it all rests on. One without send, for a ChatSync, tells
// nobody.
type voice struct {
	send func(ctx context.Context, event *api.ChatOutputStream) error

	conversation, user, system string // IDs; empty until the turn has begun
	told                       strings.Builder
	gone                       error // why nobody listens any more
}

// begun reports whether a client knows the IDs of the turn.
func (v *voice) begun() bool { return v.system != "" }

// put sends an event, unless nobody listens. Once the client is gone, it stays so.
func (v *voice) put(ctx context.Context, event api.ChatOutputStream) error {
	if v.send != nil && v.gone == nil {
		v.gone = v.send(ctx, &event)
	}
	return v.gone
}

// begin tells the IDs of a turn, and which of its files failed.
func (v *voice) begin(ctx context.Context, t *turn) error {
	if v.send == nil {
		return nil
	}
	var failed []api.AttachmentOutput
	for _, f := range t.files {
		if f.Failed != nil {
			failed = append(failed, f.Output())
		}
	}
	return v.introduce(ctx, t.home.conversation, t.user.ID, t.system, failed)
}

func (v *voice) introduce(ctx context.Context, conversation, user, system string, failed []api.AttachmentOutput) error {
	v.conversation, v.user, v.system = conversation, user, system
	_ = v.text(ctx, api.SystemMessageTypeResponse, "")
	for i := range failed {
		_ = v.put(ctx, api.ChatOutputStream{FailedAttachmentEvent: &api.FailedAttachmentEvent{
			ConversationID: &v.conversation, UserMessageID: &v.user, SystemMessageID: &v.system, Attachment: &failed[i],
		}})
	}
	return v.gone
}

// event tells what happens in a turn. What ends it, end tells.
func (v *voice) event(ctx context.Context, event converse.Event) error {
	switch event := event.(type) {
	case converse.Text:
		return v.text(ctx, api.SystemMessageTypeResponse, event.Text)
	case converse.Grounded:
		return v.text(ctx, api.SystemMessageTypeGroundedResponse, event.Text)
	case converse.Review, converse.Challenge, converse.Result, converse.Failure, converse.Final:
	}
	return v.gone
}

// text tells more of the text, or what takes the place of all of it.
func (v *voice) text(ctx context.Context, kind api.SystemMessageType, text string) error {
	if v.send == nil {
		return nil
	}
	if kind == api.SystemMessageTypeGroundedResponse {
		v.told.Reset()
	}
	v.told.WriteString(text)
	return v.put(ctx, api.ChatOutputStream{TextEvent: &api.TextOutputEvent{
		SystemMessageType: &kind, ConversationID: &v.conversation, UserMessageID: &v.user, SystemMessageID: &v.system, SystemMessage: &text,
	}})
}

// end tells how a turn has ended. One that was answered before, to a token that is
// repeated, is told from the beginning.
func (v *voice) end(ctx context.Context, out *api.ChatSyncOutput) error {
	if !v.begun() {
		_ = v.introduce(ctx, *out.ConversationID, *out.UserMessageID, *out.SystemMessageID, out.FailedAttachments)
	}
	if rest, more := strings.CutPrefix(*out.SystemMessage, v.told.String()); !more {
		_ = v.text(ctx, api.SystemMessageTypeGroundedResponse, *out.SystemMessage)
	} else if rest != "" {
		_ = v.text(ctx, api.SystemMessageTypeResponse, rest)
	}
	if r := out.ActionReview; r != nil {
		_ = v.put(ctx, api.ChatOutputStream{ActionReviewEvent: &api.ActionReviewEvent{
			ConversationID: &v.conversation, UserMessageID: &v.user, SystemMessageID: &v.system,
			PluginID: r.PluginID, PluginType: r.PluginType, Payload: r.Payload, PayloadFieldNameSeparator: r.PayloadFieldNameSeparator,
		}})
	}
	if a := out.AuthChallengeRequest; a != nil {
		_ = v.put(ctx, api.ChatOutputStream{AuthChallengeRequestEvent: &api.AuthChallengeRequestEvent{AuthorizationURL: a.AuthorizationURL}})
	}
	return v.put(ctx, api.ChatOutputStream{MetadataEvent: &api.MetadataEvent{
		ConversationID: &v.conversation, UserMessageID: &v.user, SystemMessageID: &v.system,
		SourceAttributions: out.SourceAttributions, FinalTextMessage: out.SystemMessage,
	}})
}
