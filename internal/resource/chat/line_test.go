package chat

import (
	"context"
	"io"
	"sync"
	"testing"

	"github.com/parleyhq/parley/internal/core/api"
	"github.com/parleyhq/parley/internal/core/op"
)

// line is a client's side of a stream: what it sends stands in it from the
// beginning, and what it is told is kept.
type line struct {
	in chan *api.ChatInputStream // closed: the client has closed its side

	mu   sync.Mutex
	told []*api.ChatOutputStream
	hear func(n int, event *api.ChatOutputStream) error // called for each event; nil: heard
}

var _ op.Events = (*line)(nil)

func newLine(events ...*api.ChatInputStream) *line {
	l := &line{in: make(chan *api.ChatInputStream, len(events)+1)}
	for _, e := range events {
		l.in <- e
	}
	return l
}

func (l *line) Receive(ctx context.Context, event any) error {
	select {
	case e, open := <-l.in:
		if !open {
			return io.EOF
		}
		*event.(*api.ChatInputStream) = *e
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (l *line) Send(_ context.Context, event any) error {
	e := event.(*api.ChatOutputStream)
	l.mu.Lock()
	l.told = append(l.told, e)
	n := len(l.told)
	l.mu.Unlock()
	if l.hear != nil {
		return l.hear(n, e)
	}
	return nil
}

func says(text string) *api.ChatInputStream {
	return &api.ChatInputStream{TextEvent: &api.TextInputEvent{UserMessage: text}}
}

func configures(e api.ConfigurationEvent) *api.ChatInputStream {
	return &api.ChatInputStream{ConfigurationEvent: &e}
}

func attaches(name, data string) *api.ChatInputStream {
	return &api.ChatInputStream{AttachmentEvent: &api.AttachmentInputEvent{Attachment: &api.AttachmentInput{Name: &name, Data: []byte(data)}}}
}

func ends() *api.ChatInputStream {
	return &api.ChatInputStream{EndOfInputEvent: &api.EndOfInputEvent{}}
}

// asks is the input of a Chat that says a text.
func asks(text string) *line { return newLine(says(text), ends()) }

// streamIn lets a Chat go on to its end.
func (b *bench) streamIn(t testing.TB, in *api.ChatInput, l *line) error {
	t.Helper()
	in.ApplicationID = b.app
	return b.Registry.Stream(t.Context(), b.caller, api.Chat.Route, in, l)
}

// stream is a Chat that has to succeed.
func (b *bench) stream(t testing.TB, in *api.ChatInput, l *line) *line {
	t.Helper()
	if err := b.streamIn(t, in, l); err != nil {
		t.Fatal(err)
	}
	return l
}

// behind is a Chat after what a stream has told.
func behind(l *line) *api.ChatInput {
	ids := l.told[0].TextEvent
	return &api.ChatInput{ConversationID: ids.ConversationID, ParentMessageID: ids.SystemMessageID}
}

// kinds are the events that were told, each by its name; texts without their text.
func (l *line) kinds() (names []string) {
	for _, e := range l.told {
		switch {
		case e.TextEvent != nil:
			names = append(names, "text "+string(*e.TextEvent.SystemMessageType))
		case e.ActionReviewEvent != nil:
			names = append(names, "review")
		case e.AuthChallengeRequestEvent != nil:
			names = append(names, "challenge")
		case e.FailedAttachmentEvent != nil:
			names = append(names, "failed "+*e.FailedAttachmentEvent.Attachment.Name)
		case e.MetadataEvent != nil:
			names = append(names, "metadata")
		}
	}
	return names
}

// text is what a client shows that adds up the texts as they are told.
func (l *line) text() (text string) {
	for _, e := range l.told {
		if e.TextEvent == nil {
			continue
		}
		if *e.TextEvent.SystemMessageType == api.SystemMessageTypeGroundedResponse {
			text = ""
		}
		text += *e.TextEvent.SystemMessage
	}
	return text
}

// metadata is the last event.
func (l *line) metadata(t testing.TB) *api.MetadataEvent {
	t.Helper()
	m := l.told[len(l.told)-1].MetadataEvent
	if m == nil {
		t.Fatalf("the last event is no metadataEvent: %q", l.kinds())
	}
	return m
}

// streamed is a ChatSync as a Chat.
func streamed(in *api.ChatSyncInput) (*api.ChatInput, *line) {
	var events []*api.ChatInputStream
	if in.ChatMode != nil || in.ChatModeConfiguration != nil || in.AttributeFilter != nil {
		events = append(events, configures(api.ConfigurationEvent{ChatMode: in.ChatMode, ChatModeConfiguration: in.ChatModeConfiguration, AttributeFilter: in.AttributeFilter}))
	}
	for i := range in.Attachments {
		events = append(events, &api.ChatInputStream{AttachmentEvent: &api.AttachmentInputEvent{Attachment: &in.Attachments[i]}})
	}
	if in.UserMessage != nil {
		events = append(events, says(*in.UserMessage))
	}
	if e := in.ActionExecution; e != nil {
		events = append(events, &api.ChatInputStream{ActionExecutionEvent: (*api.ActionExecutionEvent)(e)})
	}
	if r := in.AuthChallengeResponse; r != nil {
		events = append(events, &api.ChatInputStream{AuthChallengeResponseEvent: (*api.AuthChallengeResponseEvent)(r)})
	}
	return &api.ChatInput{
		ApplicationID: in.ApplicationID, UserID: in.UserID, UserGroups: in.UserGroups,
		ConversationID: in.ConversationID, ParentMessageID: in.ParentMessageID, ClientToken: in.ClientToken,
	}, newLine(append(events, ends())...)
}

// collected is what was told, as a ChatSync has it.
func (l *line) collected() *api.ChatSyncOutput {
	out := &api.ChatSyncOutput{}
	for _, e := range l.told {
		switch {
		case e.ActionReviewEvent != nil:
			r := e.ActionReviewEvent
			out.ActionReview = &api.ActionReview{PluginID: r.PluginID, PluginType: r.PluginType, Payload: r.Payload, PayloadFieldNameSeparator: r.PayloadFieldNameSeparator}
		case e.AuthChallengeRequestEvent != nil:
			out.AuthChallengeRequest = &api.AuthChallengeRequest{AuthorizationURL: e.AuthChallengeRequestEvent.AuthorizationURL}
		case e.FailedAttachmentEvent != nil:
			out.FailedAttachments = append(out.FailedAttachments, *e.FailedAttachmentEvent.Attachment)
		case e.MetadataEvent != nil:
			m := e.MetadataEvent
			out.ConversationID, out.UserMessageID, out.SystemMessageID = m.ConversationID, m.UserMessageID, m.SystemMessageID
			out.SystemMessage, out.SourceAttributions = m.FinalTextMessage, m.SourceAttributions
		}
	}
	return out
}
