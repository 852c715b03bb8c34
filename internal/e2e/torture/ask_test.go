package torture

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/qbusiness"
	"github.com/aws/aws-sdk-go-v2/service/qbusiness/types"
)

// turn is one turn of a conversation: what was said and what was answered.
type turn struct {
	Conversation, User, System string // IDs

	Said    string   // empty of a confirmation
	Files   []string // names of those attached
	Text    string
	Sources string // what the answer rests on, as JSON
	Form    string // ID of the plugin whose form it shows; empty: it shows none
}

func sourcesOf(list []*types.SourceAttribution) string {
	if len(list) == 0 {
		return ""
	}
	text, err := json.Marshal(list)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// heard is what a client has been told of a turn.
type heard struct {
	turn

	told  strings.Builder
	ended bool
}

func (h *heard) take(e types.ChatOutputStream) {
	switch e := e.(type) {
	case *types.ChatOutputStreamMemberTextEvent:
		h.Conversation, h.User, h.System = *e.Value.ConversationId, *e.Value.UserMessageId, *e.Value.SystemMessageId
		h.told.WriteString(*e.Value.SystemMessage)
	case *types.ChatOutputStreamMemberActionReviewEvent:
		h.Form = *e.Value.PluginId
	case *types.ChatOutputStreamMemberMetadataEvent:
		h.Text, h.Sources, h.ended = *e.Value.FinalTextMessage, sourcesOf(e.Value.SourceAttributions), true
	}
}

// errUnended is a stream that ended well without its last event.
var errUnended = errors.New("the stream ended without a metadataEvent")

// askFor sends a request and hears its answer. The SDK writes into what it sends, so
// that a copy is sent.
func askFor(ctx context.Context, api *qbusiness.Client, in qbusiness.ChatSyncInput, streamed bool) (*heard, error) {
	h := &heard{}
	if in.UserMessage != nil {
		h.Said = *in.UserMessage
	}
	for _, f := range in.Attachments {
		h.Files = append(h.Files, *f.Name)
	}
	if streamed {
		return h, h.stream(ctx, api, &in)
	}
	out, err := api.ChatSync(ctx, &in)
	if err != nil {
		return h, err
	}
	h.Conversation, h.User, h.System = *out.ConversationId, *out.UserMessageId, *out.SystemMessageId
	h.Text, h.Sources, h.ended = *out.SystemMessage, sourcesOf(out.SourceAttributions), true
	if out.ActionReview != nil {
		h.Form = *out.ActionReview.PluginId
	}
	return h, nil
}

// stream sends a request as the events of a Chat.
func (h *heard) stream(ctx context.Context, api *qbusiness.Client, in *qbusiness.ChatSyncInput) error {
	out, err := api.Chat(ctx, &qbusiness.ChatInput{
		ApplicationId: in.ApplicationId, UserId: in.UserId, ClientToken: in.ClientToken,
		ConversationId: in.ConversationId, ParentMessageId: in.ParentMessageId,
	})
	if err != nil {
		return err
	}
	stream := out.GetStream()
	defer stream.Close()
	for _, e := range eventsOf(in) {
		if err := stream.Send(ctx, e); err != nil {
			return errors.Join(err, stream.Err())
		}
	}
	for e := range stream.Events() {
		h.take(e)
	}
	switch err := stream.Err(); {
	case answered(err):
		return err
	case h.ended:
		return nil // what came after it does not matter
	case err != nil:
		return err
	}
	return errUnended
}

// losable is a transport that notices when the connection of a stream is lost: what
// the SDK sends of one cannot be closed by who reads it, and net/http waits for that.
type losable struct{ http.RoundTripper }

// RoundTrip sends the request, with a body that can be closed.
func (l losable) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.ContentLength >= 0 {
		return l.RoundTripper.RoundTrip(r)
	}
	body, w := io.Pipe()
	go func() {
		_, err := io.Copy(w, r.Body)
		w.CloseWithError(err)
	}()
	again := r.Clone(r.Context())
	again.Body = body
	return l.RoundTripper.RoundTrip(again)
}

func eventsOf(in *qbusiness.ChatSyncInput) (events []types.ChatInputStream) {
	if in.ChatMode != "" {
		events = append(events, &types.ChatInputStreamMemberConfigurationEvent{Value: types.ConfigurationEvent{
			ChatMode: in.ChatMode, ChatModeConfiguration: in.ChatModeConfiguration,
		}})
	}
	for _, f := range in.Attachments {
		events = append(events, &types.ChatInputStreamMemberAttachmentEvent{Value: types.AttachmentInputEvent{Attachment: &f}})
	}
	if in.UserMessage != nil {
		events = append(events, &types.ChatInputStreamMemberTextEvent{Value: types.TextInputEvent{UserMessage: in.UserMessage}})
	}
	if x := in.ActionExecution; x != nil {
		events = append(events, &types.ChatInputStreamMemberActionExecutionEvent{Value: types.ActionExecutionEvent{
			PluginId: x.PluginId, Payload: x.Payload, PayloadFieldNameSeparator: x.PayloadFieldNameSeparator,
		}})
	}
	return append(events, &types.ChatInputStreamMemberEndOfInputEvent{})
}
